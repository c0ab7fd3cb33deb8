"""The token endpoint, revocation, and what the API makes of an access token."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import pytest

from attio_nb.sandbox.provider.grants import Grants
from attio_nb.sandbox.provider.model import Policy
from attio_nb.sandbox.server import running_sandbox
from attio_nb.sandbox.store import SandboxStore, utc_now

from .conftest import Guest, HandClock, Sandbox, new_client

ADA = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}
CONFIDENTIAL = "sandbox-confidential"
SECRET = "sandbox-client-secret"


def basic(client_id: str, secret: str) -> dict[str, str]:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def error(answer: httpx.Response) -> str:
    assert answer.status_code in (400, 401)
    return str(answer.json()["error"])


def test_a_code_becomes_tokens_that_nobody_keeps_a_copy_of(guest: Guest, sandbox: Sandbox) -> None:
    answer = guest.redeem(guest.code())

    tokens = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert tokens["scope"] == "sequences:read sequences:write"
    kept = b"".join(path.read_bytes() for path in sandbox.database.parent.iterdir())
    assert b"oauth_grants" in kept
    assert tokens["access_token"].encode() not in kept
    assert tokens["refresh_token"].encode() not in kept


def test_a_code_used_twice_takes_back_what_it_gave(guest: Guest) -> None:
    code = guest.code()
    tokens = guest.redeem(code).json()

    assert error(guest.redeem(code)) == "invalid_grant"
    assert guest.me(tokens["access_token"]).status_code == 401
    assert error(guest.refresh(tokens["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 64},
        {"redirect_uri": "http://127.0.0.1:49152/other"},
        {"redirect_uri": "http://localhost:49152/callback"},
    ],
)
def test_a_code_is_good_for_who_asked_for_it_and_lost_to_who_guesses(
    guest: Guest, changes: dict[str, str]
) -> None:
    code = guest.code()

    wrong = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://127.0.0.1:49152/callback",
        "code_verifier": guest.verifier,
    }
    assert error(guest.token(**wrong | changes)) == "invalid_grant"
    assert error(guest.redeem(code)) == "invalid_grant"


def test_a_code_lasts_a_minute(guest: Guest, clock: HandClock) -> None:
    code = guest.code()
    clock.now += 60

    assert error(guest.redeem(code)) == "invalid_grant"


def test_a_code_of_another_client_is_refused(guest: Guest) -> None:
    code = guest.code()
    other = Guest(guest.http, CONFIDENTIAL)

    assert error(other.redeem(code, client_secret=SECRET)) == "invalid_grant"
    assert guest.redeem(code).status_code == 200


@pytest.mark.parametrize("missing", ["code", "redirect_uri", "code_verifier", "grant_type"])
def test_a_field_that_is_missing_is_named(guest: Guest, missing: str) -> None:
    fields = {
        "grant_type": "authorization_code",
        "code": guest.code(),
        "redirect_uri": "http://127.0.0.1:49152/callback",
        "code_verifier": guest.verifier,
    }
    answer = guest.token(**fields | {missing: ""})

    assert error(answer) == "invalid_request"
    assert missing in answer.json()["error_description"]


def test_a_grant_type_that_is_none_is_refused(guest: Guest) -> None:
    assert error(guest.token(grant_type="password")) == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "application/json"}, b"{}"),
        ({}, b"grant_type=refresh_token"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"client_id=a&client_id=a"),
    ],
)
def test_a_body_that_is_no_proper_form_is_refused(
    browser: httpx.Client, headers: dict[str, str], content: bytes
) -> None:
    answer = browser.post("/oauth/token", headers=headers, content=content)

    assert error(answer) == "invalid_request"
    assert answer.headers["Cache-Control"] == "no-store"


class TestAClientWithASecret:
    @pytest.fixture
    def guest(self, browser: httpx.Client) -> Guest:
        return Guest(browser, CONFIDENTIAL)

    def test_proves_itself_within_the_form(self, guest: Guest) -> None:
        assert guest.redeem(guest.code(), client_secret=SECRET).status_code == 200

    def test_proves_itself_with_basic_encoded_as_a_form(self, guest: Guest) -> None:
        pair = "sandbox%2Dconfidential:sandbox%2dclient-secret"
        guest.http.headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()

        assert guest.redeem(guest.code(), client_id="").status_code == 200

    @pytest.mark.parametrize("secret", ["", "wrong", "sandbox-client-secrét"])
    def test_is_refused_with_a_wrong_secret_or_none(self, guest: Guest, secret: str) -> None:
        code = guest.code()
        answer = guest.redeem(code, client_secret=secret)

        assert (answer.status_code, error(answer)) == (401, "invalid_client")
        assert "WWW-Authenticate" not in answer.headers
        assert guest.redeem(code, client_secret=SECRET).status_code == 200

    @pytest.mark.parametrize(
        "authorization", ["Basic ???", "Basic /w==", "Bearer x", "Basic YTpi", "Basic"]
    )
    def test_is_challenged_when_its_header_is_wrong(self, guest: Guest, authorization: str) -> None:
        guest.http.headers["Authorization"] = authorization
        answer = guest.token(grant_type="refresh_token", client_id="")

        assert (answer.status_code, error(answer)) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="sequencer"'

    def test_proves_itself_in_one_way_only(self, guest: Guest) -> None:
        guest.http.headers.update(basic(CONFIDENTIAL, SECRET))

        assert error(guest.redeem(guest.code(), client_secret=SECRET)) == "invalid_request"


def test_a_client_without_a_secret_has_none_to_send(guest: Guest) -> None:
    assert error(guest.redeem(guest.code(), client_secret="x")) == "invalid_client"


class TestARefresh:
    def test_gives_new_tokens_and_spends_the_old_one(self, guest: Guest) -> None:
        first = guest.signed_in()
        second = guest.refresh(first["refresh_token"]).json()

        assert second.keys() == first.keys()
        assert second["access_token"] != first["access_token"]
        assert second["refresh_token"] != first["refresh_token"]
        assert guest.me(second["access_token"]).status_code == 200
        assert guest.refresh(second["refresh_token"]).status_code == 200

    def test_with_a_spent_token_revokes_the_whole_family(self, guest: Guest) -> None:
        first = guest.signed_in()
        second = guest.refresh(first["refresh_token"]).json()
        third = guest.refresh(second["refresh_token"]).json()

        assert error(guest.refresh(first["refresh_token"])) == "invalid_grant"
        assert error(guest.refresh(third["refresh_token"])) == "invalid_grant"
        for tokens in (first, second, third):
            assert guest.me(tokens["access_token"]).json()["code"] == "revoked-token"

    def test_whose_reply_was_lost_may_be_sent_again_within_the_grace(
        self, guest: Guest, clock: HandClock
    ) -> None:
        first = guest.signed_in()
        lost = guest.refresh(first["refresh_token"]).json()
        clock.now += 59
        again = guest.refresh(first["refresh_token"]).json()

        assert again["refresh_token"] != lost["refresh_token"]
        assert guest.refresh(again["refresh_token"]).status_code == 200

    def test_that_was_carried_out_late_does_no_harm(self, guest: Guest) -> None:
        first = guest.signed_in()
        kept = guest.refresh(first["refresh_token"]).json()
        guest.refresh(first["refresh_token"])

        assert guest.refresh(kept["refresh_token"]).status_code == 200

    def test_after_the_grace_is_a_second_use(self, guest: Guest, clock: HandClock) -> None:
        first = guest.signed_in()
        lost = guest.refresh(first["refresh_token"]).json()
        clock.now += 60

        assert error(guest.refresh(first["refresh_token"])) == "invalid_grant"
        assert error(guest.refresh(lost["refresh_token"])) == "invalid_grant"

    def test_has_no_grace_once_a_successor_was_used(self, guest: Guest) -> None:
        first = guest.signed_in()
        one = guest.refresh(first["refresh_token"]).json()
        other = guest.refresh(first["refresh_token"]).json()
        newest = guest.refresh(one["refresh_token"]).json()

        assert error(guest.refresh(other["refresh_token"])) == "invalid_grant"
        assert error(guest.refresh(newest["refresh_token"])) == "invalid_grant"

    def test_for_less_than_was_granted_leaves_the_grant_as_it_was(self, guest: Guest) -> None:
        first = guest.signed_in()
        less = guest.refresh(first["refresh_token"], scope="sequences:read").json()

        assert less["scope"] == "sequences:read"
        assert guest.refresh(less["refresh_token"]).json()["scope"] == first["scope"]

    def test_for_more_than_was_granted_is_refused_and_spends_nothing(self, guest: Guest) -> None:
        first = guest.signed_in()

        more = guest.refresh(first["refresh_token"], scope="mailboxes:read")

        assert error(more) == "invalid_scope"
        assert guest.refresh(first["refresh_token"]).status_code == 200

    @pytest.mark.parametrize("token", ["nonsense", "sandbox-refresh-nonsense"])
    def test_with_an_unknown_token_is_refused(self, guest: Guest, token: str) -> None:
        assert error(guest.refresh(token)) == "invalid_grant"

    def test_of_another_client_is_refused_and_harms_nobody(self, guest: Guest) -> None:
        tokens = guest.signed_in()
        other = Guest(guest.http, CONFIDENTIAL)

        answer = other.refresh(tokens["refresh_token"], client_secret=SECRET)

        assert error(answer) == "invalid_grant"
        assert guest.refresh(tokens["refresh_token"]).status_code == 200


def test_without_a_grace_every_second_use_revokes() -> None:
    with (
        running_sandbox(refresh_grace=0) as url,
        new_client(url) as http,
    ):
        guest = Guest(http)
        first = guest.signed_in()
        lost = guest.refresh(first["refresh_token"]).json()

        assert error(guest.refresh(first["refresh_token"])) == "invalid_grant"
        assert error(guest.refresh(lost["refresh_token"])) == "invalid_grant"


def test_tokens_last_as_long_as_told_and_grants_outlive_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.sqlite"
    with (
        running_sandbox(database=database, token_lifetime=20) as url,
        new_client(url) as http,
    ):
        tokens = Guest(http).signed_in()
    with (
        running_sandbox(database=database) as url,
        new_client(url) as http,
    ):
        guest = Guest(http)
        assert tokens["expires_in"] == 20
        assert guest.me(tokens["access_token"]).status_code == 200
        assert guest.refresh(tokens["refresh_token"]).json()["expires_in"] == 3600


def test_two_processes_share_a_grant(guest: Guest, sandbox: Sandbox) -> None:
    tokens = guest.signed_in()
    with closing(SandboxStore(sandbox.database)) as store:
        [grant] = Grants(store.database, Policy(), utc_now).standing()
        Grants(store.database, Policy(), utc_now).revoke(grant.id)

    assert guest.me(tokens["access_token"]).status_code == 401


class TestARevocation:
    @pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
    def test_of_either_token_ends_the_whole_grant(self, guest: Guest, kind: str) -> None:
        tokens = guest.signed_in()

        answer = guest.http.post(
            "/oauth/revoke", data={"client_id": guest.client_id, "token": tokens[kind]}
        )

        assert (answer.status_code, answer.text) == (200, "")
        assert guest.me(tokens["access_token"]).json()["code"] == "revoked-token"
        assert error(guest.refresh(tokens["refresh_token"])) == "invalid_grant"

    def test_leaves_other_grants_alone(self, guest: Guest) -> None:
        alice, bob = guest.signed_in("alice"), guest.signed_in("bob")

        guest.http.post(
            "/oauth/revoke", data={"client_id": guest.client_id, "token": alice["refresh_token"]}
        )

        assert guest.me(bob["access_token"]).status_code == 200

    def test_of_an_unknown_token_is_no_trouble(self, guest: Guest) -> None:
        fields = {"client_id": guest.client_id, "token": "nonsense"}

        assert guest.http.post("/oauth/revoke", data=fields).status_code == 200

    def test_without_a_token_is_refused(self, guest: Guest) -> None:
        answer = guest.http.post("/oauth/revoke", data={"client_id": guest.client_id})

        assert error(answer) == "invalid_request"

    def test_by_another_client_is_refused(self, guest: Guest) -> None:
        tokens = guest.signed_in()

        answer = guest.http.post(
            "/oauth/revoke",
            data={"token": tokens["refresh_token"]},
            headers=basic(CONFIDENTIAL, SECRET),
        )

        assert error(answer) == "unauthorized_client"
        assert guest.me(tokens["access_token"]).status_code == 200


class TestTheApi:
    def test_tells_who_signed_in_and_what_they_allowed(self, guest: Guest) -> None:
        me = guest.me(guest.signed_in("bob")["access_token"]).json()

        assert (me["name"], me["owner"]) == ("Bob (OAuth)", "bob@sequencer.example")
        assert me["scopes"] == ["sequences:read", "sequences:write"]

    def test_says_who_added_a_prospect(self, guest: Guest) -> None:
        tokens = guest.signed_in()

        added = guest.http.post("/api/v1/sequences", json=ADA, headers=bearer(tokens))

        assert added.json()["addedBy"] == "Alice (OAuth)"
        activity = guest.http.get("/activity").text
        assert ">Alice (OAuth)<" in activity
        assert "sandbox-public (authorization_code)" in activity

    def test_refuses_what_was_not_granted_and_says_how_to_get_it(self, guest: Guest) -> None:
        tokens = guest.signed_in(scope="sequences:read")

        answer = guest.http.post("/api/v1/sequences", json=ADA, headers=bearer(tokens))

        assert answer.status_code == 403
        challenge = answer.headers["WWW-Authenticate"]
        assert 'error="insufficient_scope", scope="sequences:write"' in challenge
        assert "Connect again, and allow it." in answer.json()["detail"]

    def test_refuses_a_token_that_has_expired(self, guest: Guest, clock: HandClock) -> None:
        tokens = guest.signed_in()
        clock.now += 3600

        answer = guest.me(tokens["access_token"])

        assert (answer.status_code, answer.json()["code"]) == (401, "expired-token")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert tokens["access_token"] not in answer.text

    @pytest.mark.parametrize("scheme", ["API-Key", "Basic", "X-API-Key"])
    def test_takes_an_access_token_as_bearer_only(self, guest: Guest, scheme: str) -> None:
        token = guest.signed_in()["access_token"]
        encoded = base64.b64encode(f":{token}".encode()).decode()
        headers = {
            "API-Key": {"Authorization": f"API-Key {token}"},
            "Basic": {"Authorization": f"Basic {encoded}"},
            "X-API-Key": {"X-API-Key": token},
        }

        answer = guest.http.get("/api/v1/me", headers=headers[scheme])

        assert (answer.status_code, answer.json()["code"]) == (401, "unknown-key")

    def test_does_not_take_a_refresh_token(self, guest: Guest) -> None:
        assert guest.me(guest.signed_in()["refresh_token"]).status_code == 401

    def test_counts_the_requests_of_a_grant_and_not_of_a_token(self, guest: Guest) -> None:
        tokens = guest.signed_in()
        for _ in range(600):
            guest.me(tokens["access_token"])

        renewed = guest.refresh(tokens["refresh_token"]).json()

        assert guest.me(renewed["access_token"]).status_code == 429
        assert guest.me(guest.signed_in()["access_token"]).status_code == 200
