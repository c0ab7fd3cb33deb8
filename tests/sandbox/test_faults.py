"""The ways in which the provider can be told to misbehave."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from attio_nb.sandbox.log import Entry
from attio_nb.sandbox.problems import ProblemError
from attio_nb.sandbox.provider import effects
from attio_nb.sandbox.provider.faults import FAULTS, Faults, FaultSetting
from attio_nb.sandbox.server import running_sandbox

from .conftest import Guest, HandClock, answered, new_client

CASES = range(1, 63)
METADATA = "/.well-known/oauth-authorization-server/oauth"


def revoke(guest: Guest, token: str) -> httpx.Response:
    return guest.http.post("/oauth/revoke", data={"client_id": guest.client_id, "token": token})


class TestTheSwitches:
    def test_each_fault_says_what_it_does_and_for_which_case(self) -> None:
        for name, fault in FAULTS.items():
            assert name.startswith(f"{fault.place}-")
            assert fault.does.endswith(".")
            assert fault.cases
            assert set(fault.cases) <= set(CASES)

    def test_each_fault_does_something(self) -> None:
        tables = (
            effects.CALLBACK,
            effects.DEVICE,
            effects.INSTEAD,
            effects.MEMBERS,
            effects.METADATA,
            effects.WIRE,
        )
        done = {name for table in tables for name in table} | effects.KEEPING

        assert done | {"token-late", "api-token-ends", "api-redirect"} == FAULTS.keys()

    def test_next_happens_so_often_and_then_no_more(self) -> None:
        faults = Faults({"token-500": "next 2"})

        happened = [faults.take("token") is not None for _ in range(4)]

        assert happened == [True, True, False, False]
        assert faults.all() == {}

    def test_always_happens_until_it_is_off(self) -> None:
        faults = Faults({"token-500": "always"})
        assert all(faults.take("token") for _ in range(5))

        faults.set({"token-500": "off"})

        assert faults.take("token") is None

    @pytest.mark.parametrize(("when", "least", "most"), [("0 %", 0, 0), ("100%", 400, 400)])
    def test_all_or_none_of_a_hundred_is_certain(self, when: str, least: int, most: int) -> None:
        faults = Faults({"token-500": when})

        assert least <= sum(faults.take("token") is not None for _ in range(400)) <= most

    def test_a_share_happens_about_so_often(self) -> None:
        faults = Faults({"token-500": "12.5 %"})

        # One in a million runs is further off than this.
        assert 300 < sum(faults.take("token") is not None for _ in range(4000)) < 700

    def test_a_fault_happens_at_its_own_place_and_grant_only(self) -> None:
        faults = Faults({"token-500": FaultSetting(when="always", grant_type="refresh_token")})

        assert faults.take("revoke") is None
        assert faults.take("token", "authorization_code") is None
        assert faults.take("token", "refresh_token") is not None

    @pytest.mark.parametrize("when", ["", "sometimes", "next 0", "next -1", "5", "%", "1000 %"])
    def test_a_frequency_that_is_none_is_refused(self, when: str) -> None:
        with pytest.raises(ProblemError, match="is not off, next 1, 5 % or always"):
            Faults({"token-500": when})

    def test_a_fault_that_is_none_is_refused_with_its_like_and_nothing_is_turned(
        self, guest: Guest
    ) -> None:
        answer = guest.http.post(
            "/oauth/faults", json={"token-502": "always", "token-5oo": "always"}
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-fault")
        assert "token-500" in answer.json()["detail"]
        assert guest.http.post("/oauth/faults", json={}).json() == {}

    def test_a_program_turns_them_and_is_told_which_are_on(self, guest: Guest) -> None:
        setting = {"when": "5 %", "grant_type": "refresh_token", "seconds": 12}
        guest.http.post("/oauth/faults", json={"token-slow": setting})

        on = guest.http.post("/oauth/faults", json={"token-500": "next 3"}).json()

        assert on["token-slow"] == setting
        assert on["token-500"] == {"when": "next 3", "grant_type": "", "seconds": 3}
        assert guest.http.delete("/oauth/faults").json() == {}

    def test_a_person_turns_them_on_the_page(self, guest: Guest) -> None:
        form = {"change": "save", "grant_type": "refresh_token", "token-500": "next 3"}
        saved = guest.http.post("/oauth/faults/form", data={**form, "revoke-503": "always"})
        page = guest.http.get("/oauth/faults").text
        on = guest.http.post("/oauth/faults", json={}).json()
        guest.http.post("/oauth/faults/form", data={**form, "change": "clear"})

        assert (saved.status_code, saved.headers["Location"]) == (303, "/oauth/faults")
        assert page.count("<option selected>next 3") == 1
        assert on["token-500"]["grant_type"] == "refresh_token"
        assert on["revoke-503"]["grant_type"] == ""
        assert guest.http.post("/oauth/faults", json={}).json() == {}

    def test_the_page_lists_every_fault(self, guest: Guest) -> None:
        page = guest.http.get("/oauth/faults").text

        assert [name for name in FAULTS if f'<select name="{name}"' not in page] == []

    def test_they_may_be_on_from_the_start_and_are_told_with_each_request(self) -> None:
        told: list[Entry] = []
        faults = {"token-500": "next 1", "token-hang-up": "next 1"}
        with (
            running_sandbox(faults=faults, on_request=told.append) as url,
            new_client(url) as http,
        ):
            guest = Guest(http)
            assert guest.refresh("x").status_code == 500
            with pytest.raises(httpx.RemoteProtocolError):
                guest.refresh("x")
            guest.refresh("x")

        assert [(entry.fault, entry.status) for entry in told] == [
            ("token-500", 500),
            ("token-hang-up", 0),
            ("", 400),
        ]
        assert {entry.key_name for entry in told} == {"sandbox-public (refresh_token)"}


class TestTheMetadata:
    @pytest.mark.parametrize(
        ("fault", "name", "value"),
        [
            ("metadata-wrong-issuer", "issuer", "https://evil.example"),
            ("metadata-plain-http", "token_endpoint", "http://sequencer.example/oauth/token"),
            ("metadata-no-s256", "code_challenge_methods_supported", ["plain"]),
            ("metadata-silent", "grant_types_supported", None),
            ("metadata-silent", "code_challenge_methods_supported", None),
        ],
    )
    def test_says_something_else(self, guest: Guest, fault: str, name: str, value: object) -> None:
        guest.faults(**{fault: "next 1"})

        assert guest.http.get(METADATA).json().get(name) == value
        assert guest.http.get(METADATA).json()[name] != value

    def test_is_not_there(self, guest: Guest) -> None:
        guest.faults(metadata_503="next 1")

        assert guest.http.get(METADATA).status_code == 503
        assert guest.http.get(METADATA).status_code == 200


class TestTheWayBack:
    @pytest.mark.parametrize(
        ("fault", "changes"),
        [
            ("callback-wrong-state", {"state": "another-state"}),
            ("callback-no-state", {"state": None}),
            ("callback-access-denied", {"code": None, "error": "access_denied"}),
            (
                "callback-denied-wrong-state",
                {"code": None, "error": "access_denied", "state": "another-state"},
            ),
            ("callback-empty", {"code": None}),
            ("callback-code-and-error", {"error": "server_error"}),
            ("callback-wrong-iss", {"iss": "https://evil.example"}),
            ("callback-no-iss", {"iss": None}),
        ],
    )
    def test_brings_something_else(
        self, guest: Guest, fault: str, changes: dict[str, str | None]
    ) -> None:
        usual = answered(guest.sent_back())
        guest.faults(**{fault: "next 1"})
        told = answered(guest.sent_back())

        expected = {**usual, **changes}
        expected = {name: value for name, value in expected.items() if value is not None}
        assert told.keys() == expected.keys()
        assert told | {"code": ""} == expected | {"code": ""}

    def test_writes_the_issuer_with_a_slash(self, guest: Guest) -> None:
        guest.faults(callback_iss_slash="next 1")

        assert answered(guest.sent_back())["iss"].endswith("/oauth/")

    def test_brings_a_script(self, guest: Guest) -> None:
        guest.faults(callback_script="next 1")

        told = answered(guest.sent_back())
        assert told["error_description"].startswith("<script>alert(1)</script> \x1b[31m")
        assert "code" not in told

    @pytest.mark.parametrize(("decision", "name"), [("allow", "code"), ("deny", "error")])
    def test_brings_the_answer_twice(self, guest: Guest, decision: str, name: str) -> None:
        guest.faults(callback_duplicate="next 1")

        query = urlsplit(guest.sent_back(decision=decision)).query
        assert len(parse_qs(query)[name]) == 2


class TestAnAnswerInsteadOfTokens:
    """Nothing is done then: the refresh token is still good."""

    @pytest.mark.parametrize(
        ("fault", "status", "content"),
        [
            ("token-500", 500, '{"message":'),
            ("token-502", 502, "<!doctype html>"),
            ("token-html", 200, "<!doctype html>"),
            ("token-deep", 200, "[[[["),
            ("token-redirect", 307, ""),
            ("token-429", 429, '{"message":'),
            ("token-401", 401, '{"message":'),
            ("token-error-200", 200, '{"error":"bad_verification_code"'),
            ("token-error-object", 400, '{"error":{"message":'),
            ("token-error-script", 400, '{"error":"invalid_request","error_description":"<script>'),
            ("token-invalid-grant", 400, '{"error":"invalid_grant"}'),
            ("token-huge", 200, '{"access_token": "xxxx'),
        ],
    )
    def test_comes(self, guest: Guest, fault: str, status: int, content: str) -> None:
        tokens = guest.signed_in()
        guest.faults(**{fault: "next 1"})

        answer = guest.refresh(tokens["refresh_token"])

        assert answer.status_code == status
        assert answer.text.startswith(content)
        assert guest.refresh(tokens["refresh_token"]).status_code == 200

    def test_says_how_long_to_wait(self, guest: Guest) -> None:
        guest.faults(token_429={"when": "next 1", "seconds": 7})

        assert guest.refresh("x").headers["Retry-After"] == "7"

    def test_is_huge(self, guest: Guest) -> None:
        guest.faults(token_huge="next 1")

        assert len(guest.refresh("x").content) > 5_000_000

    def test_is_none_at_all(self, guest: Guest, clock: HandClock) -> None:
        tokens = guest.signed_in()
        guest.faults(token_hang_up="next 1")

        with pytest.raises(httpx.RemoteProtocolError):
            guest.refresh(tokens["refresh_token"])

        clock.now += 3600
        assert guest.refresh(tokens["refresh_token"]).status_code == 200


class TestTokensToldOtherwise:
    @pytest.mark.parametrize(
        ("fault", "changes"),
        [
            ("token-no-expires-in", {"expires_in": None}),
            ("token-odd-expires-in", {"expires_in": "soon"}),
            ("token-text-expires-in", {"expires_in": "3600"}),
            ("token-no-type", {"token_type": None}),
            ("token-dpop", {"token_type": "DPoP"}),
            ("token-scope-commas", {"scope": "sequences:read,sequences:write"}),
            ("token-scope-list", {"scope": ["sequences:read", "sequences:write"]}),
            ("token-no-scope", {"scope": None}),
        ],
    )
    def test_lack_something_or_say_it_oddly(
        self, guest: Guest, fault: str, changes: dict[str, Any]
    ) -> None:
        guest.faults(**{fault: "next 1"})

        odd, usual = guest.signed_in(), guest.signed_in()

        expected = {**usual, **changes}
        missing = {name for name, value in changes.items() if value is None}
        assert odd.keys() == expected.keys() - missing
        assert {name: odd.get(name) for name in changes} == changes

    def test_hold_a_line_break(self, guest: Guest) -> None:
        guest.faults(token_line_break="next 1")

        assert "\r\n" in guest.signed_in()["access_token"]

    def test_come_nested(self, guest: Guest) -> None:
        guest.faults(token_nested="next 1")

        tokens = guest.signed_in()
        assert tokens.keys() == {"ok", "authed_user"}
        assert guest.me(tokens["authed_user"]["access_token"]).status_code == 200

    def test_come_as_a_form(self, guest: Guest) -> None:
        guest.faults(token_form="next 1")

        answer = guest.redeem(guest.code())
        assert answer.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
        tokens = dict(parse_qsl(answer.text))
        assert guest.me(tokens["access_token"]).status_code == 200

    @pytest.mark.parametrize(
        ("fault", "changes"),
        [
            ("token-no-rotation", {}),
            ("token-null-refresh", {"refresh_token": None}),
            ("token-empty-refresh", {"refresh_token": ""}),
        ],
    )
    def test_come_without_a_new_refresh_token_and_the_old_one_stays(
        self, guest: Guest, clock: HandClock, fault: str, changes: dict[str, Any]
    ) -> None:
        guest.faults(**{fault: "next 2"})
        tokens = guest.signed_in()

        for _ in range(2):
            renewed = guest.refresh(tokens["refresh_token"]).json()
            assert {name: renewed[name] for name in renewed if name == "refresh_token"} == changes
            assert guest.me(renewed["access_token"]).status_code == 200
            clock.now += 3600
        assert guest.refresh(tokens["refresh_token"]).json()["refresh_token"]

    def test_come_never_though_it_was_done(self, guest: Guest, clock: HandClock) -> None:
        tokens = guest.signed_in()
        guest.faults(token_lost_reply="next 1")

        with pytest.raises(httpx.RemoteProtocolError):
            guest.refresh(tokens["refresh_token"])

        clock.now += 60
        assert guest.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"

    @pytest.mark.parametrize("fault", ["token-slow", "token-late"])
    def test_come_after_a_while(self, guest: Guest, fault: str) -> None:
        guest.faults(**{fault: {"when": "next 1", "seconds": 0.3}})
        code, begun = guest.code(), time.monotonic()

        tokens = guest.redeem(code).json()

        assert time.monotonic() - begun > 0.25
        assert guest.me(tokens["access_token"]).status_code == 200

    @pytest.mark.parametrize("fault", ["token-slow", "token-late"])
    def test_come_too_late_for_whoever_does_not_wait(self, guest: Guest, fault: str) -> None:
        tokens = guest.signed_in()
        guest.faults(**{fault: {"when": "next 1", "seconds": 0.5}})

        guest.http.timeout = httpx.Timeout(0.1)
        with pytest.raises(httpx.ReadTimeout):
            guest.refresh(tokens["refresh_token"])
        guest.http.timeout = httpx.Timeout(5)

        renewed = guest.refresh(tokens["refresh_token"]).json()
        assert guest.refresh(renewed["refresh_token"]).status_code == 200


class TestARevocation:
    @pytest.mark.parametrize(("fault", "status"), [("revoke-503", 503), ("revoke-401", 401)])
    def test_is_refused(self, guest: Guest, fault: str, status: int) -> None:
        tokens = guest.signed_in()
        guest.faults(**{fault: "next 1"})

        assert revoke(guest, tokens["refresh_token"]).status_code == status
        assert guest.me(tokens["access_token"]).status_code == 200

    def test_is_done_and_not_told(self, guest: Guest) -> None:
        tokens = guest.signed_in()
        guest.faults(revoke_hang_up="next 1")

        with pytest.raises(httpx.RemoteProtocolError):
            revoke(guest, tokens["refresh_token"])

        assert guest.me(tokens["access_token"]).status_code == 401


class TestADevice:
    @pytest.mark.parametrize(
        ("fault", "lacks", "has"),
        [
            ("device-no-interval", {"interval"}, set()),
            ("device-no-complete-uri", {"verification_uri_complete"}, set()),
            (
                "device-verification-url",
                {"verification_uri", "verification_uri_complete"},
                {"verification_url"},
            ),
        ],
    )
    def test_is_told_less(self, guest: Guest, fault: str, lacks: set[str], has: set[str]) -> None:
        usual = guest.device().keys()
        guest.faults(**{fault: "next 1"})

        assert guest.device().keys() == (usual - lacks) | has

    @pytest.mark.parametrize(
        ("fault", "error"),
        [("token-slow-down", "slow_down"), ("token-expired", "expired_token")],
    )
    def test_is_told_to_wait_or_to_give_up(self, guest: Guest, fault: str, error: str) -> None:
        device = guest.device()
        guest.faults(**{fault: "next 1"})

        assert "access_token" in guest.signed_in()
        assert guest.poll(device["device_code"]).json()["error"] == error
        assert guest.poll(device["device_code"]).json()["error"] == "authorization_pending"

    def test_is_told_nothing(self, guest: Guest) -> None:
        guest.faults(device_500="next 1")

        assert guest.device() == {"message": "Internal error"}


class TestTheApi:
    def test_ends_a_good_token_before_its_time(self, guest: Guest) -> None:
        tokens = guest.signed_in()
        guest.faults(api_token_ends="next 1")

        assert guest.me(tokens["access_token"]).json()["code"] == "expired-token"
        assert guest.me(tokens["access_token"]).status_code == 401
        renewed = guest.refresh(tokens["refresh_token"]).json()
        assert guest.me(renewed["access_token"]).status_code == 200

    def test_redirects_to_another_origin(self, guest: Guest) -> None:
        tokens = guest.signed_in()
        guest.faults(api_redirect="next 1")

        answer = guest.me(tokens["access_token"])

        assert answer.status_code == 307
        port = guest.http.base_url.port
        assert answer.headers["Location"] == f"http://localhost:{port}/api/v1/me"
        assert guest.me(tokens["access_token"]).status_code == 200

    def test_does_no_harm_to_whoever_comes_with_a_key(
        self, guest: Guest, client: httpx.Client
    ) -> None:
        guest.faults(api_redirect="always")

        assert client.get("/api/v1/me").status_code == 200
