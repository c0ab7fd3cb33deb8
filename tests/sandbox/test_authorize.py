"""Where a person signs in and consents, and where they are sent then."""

from __future__ import annotations

import re

import httpx
import pytest

from .conftest import REDIRECT_URI, Guest, answered

FORMS = (
    "/.well-known/oauth-authorization-server/oauth",
    "/.well-known/openid-configuration/oauth",
    "/oauth/.well-known/openid-configuration",
    "/oauth/.well-known/oauth-authorization-server",
)


@pytest.mark.parametrize("path", FORMS)
def test_the_metadata_stands_at_each_well_known_form(browser: httpx.Client, path: str) -> None:
    metadata = browser.get(path).json()

    issuer = f"{str(browser.base_url).rstrip('/')}/oauth"
    assert metadata["issuer"] == issuer
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["grant_types_supported"] == [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
    ]
    endpoints = {name: url for name, url in metadata.items() if name.endswith("_endpoint")}
    assert sorted(endpoints.values()) == [
        f"{issuer}/{path}" for path in ("authorize", "device_authorization", "revoke", "token")
    ]


def test_the_provider_goes_by_the_name_that_it_is_asked_by(browser: httpx.Client) -> None:
    metadata = browser.get(FORMS[0], headers={"Host": "localhost:8787"}).json()

    assert metadata["issuer"] == "http://localhost:8787/oauth"
    assert metadata["token_endpoint"] == "http://localhost:8787/oauth/token"


def test_a_person_signs_in_sees_who_asks_for_what_and_is_sent_back(guest: Guest) -> None:
    address = f"/oauth/authorize?{guest.query()}"

    sign_in = guest.http.get(address)
    consent = guest.http.post(address, data={"person": "alice"})
    done = guest.http.post(address, data={"person": "alice", "decision": "allow"})

    assert "alice@sequencer.example" in sign_in.text
    assert "bob@sequencer.example" in sign_in.text
    for shown in ("Your notebook", "sandbox-public", "alice@sequencer.example", REDIRECT_URI):
        assert shown in consent.text
    assert re.findall(r'type="checkbox" name="scope" value="([^"]+)" checked', consent.text) == [
        "sequences:read",
        "sequences:write",
    ]
    assert done.status_code == 303
    assert done.headers["Location"].startswith(f"{REDIRECT_URI}?")
    assert answered(done.headers["Location"]).keys() == {"code", "state", "iss"}


def test_the_answer_brings_back_the_state_and_names_the_issuer(guest: Guest) -> None:
    allowed = answered(guest.sent_back(state="a state & more=%20"))
    denied = answered(guest.sent_back(decision="deny"))

    assert allowed["state"] == "a state & more=%20"
    assert allowed["iss"] == f"{str(guest.http.base_url).rstrip('/')}/oauth"
    assert denied["error"] == "access_denied"
    assert (denied["state"], denied["iss"]) == ("the-state", allowed["iss"])


def test_a_request_without_a_state_is_answered_without_one(guest: Guest) -> None:
    assert "state" not in answered(guest.sent_back(state=""))


def test_a_query_of_the_redirect_uri_stays(guest: Guest) -> None:
    sent_back = guest.sent_back(redirect_uri=f"{REDIRECT_URI}?tenant=7")

    assert answered(sent_back)["tenant"] == "7"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "http://127.0.0.1:1/any/path",
        "http://127.0.0.1/callback",
        "http://localhost:65535/callback",
        "http://[::1]:8000/callback",
        "https://hub.example.org/hub/user-redirect/attio-nb/oauth/callback",
        "http://lab.test:8888/user/ada/attio-nb/oauth/callback",
    ],
)
def test_a_loopback_address_and_every_jupyter_callback_are_registered(
    guest: Guest, redirect_uri: str
) -> None:
    assert guest.sent_back(redirect_uri=redirect_uri).startswith(f"{redirect_uri}?code=")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "<script>alert(1)</script>"},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1@evil.example/callback"},
        {"redirect_uri": "http://evil.example/attio-nb/oauth/callback/more"},
        {"redirect_uri": "http://user@127.0.0.1/callback"},
        {"redirect_uri": "http://127.0.0.1:99999/callback"},
        {"redirect_uri": "http://127.0.0.1:80/callback#fragment"},
        {"redirect_uri": "http://127.0.0.1:80/call back"},
        {"redirect_uri": "http://127.0.0.1:80/callback\r\nX-Header: 1"},
        {"redirect_uri": "https://127.0.0.1:80/callback"},
        {"redirect_uri": "javascript:alert(1)//attio-nb/oauth/callback"},
        {"redirect_uri": "http://[::1"},
    ],
)
def test_an_unknown_client_or_address_ends_on_a_page_and_sends_nobody_anywhere(
    guest: Guest, changes: dict[str, str]
) -> None:
    address = f"/oauth/authorize?{guest.query(**changes)}"

    for answer in (
        guest.http.get(address),
        guest.http.post(address, data={"person": "alice", "decision": "allow"}),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "This sign-in cannot go on" in answer.text
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state"])
def test_a_client_or_address_named_twice_sends_nobody_anywhere(guest: Guest, name: str) -> None:
    answer = guest.http.get(f"/oauth/authorize?{guest.query()}&{name}=other")

    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": ""}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "sequences:read everything"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_what_else_is_wrong_is_told_the_client(
    guest: Guest, changes: dict[str, str], error: str
) -> None:
    answer = guest.http.get(f"/oauth/authorize?{guest.query(**changes)}")

    assert answer.status_code == 303
    told = answered(answer.headers["Location"])
    assert (told["error"], told["state"]) == (error, "the-state")
    assert told["iss"].endswith("/oauth")


def test_a_parameter_that_stands_there_twice_is_told_the_client(guest: Guest) -> None:
    answer = guest.http.get(f"/oauth/authorize?{guest.query()}&scope=sequences:read")

    assert answered(answer.headers["Location"])["error"] == "invalid_request"


def test_whoever_names_no_scope_asks_for_all(guest: Guest) -> None:
    assert guest.signed_in(scope="")["scope"] == (
        "mailboxes:read prospects:read sequences:read sequences:write"
    )


def test_a_person_may_allow_less_than_was_asked(guest: Guest) -> None:
    answer = guest.http.post(
        f"/oauth/authorize?{guest.query()}",
        data={"person": "bob", "decision": "allow", "scope": ["", "sequences:read"]},
    )

    code = answered(answer.headers["Location"])["code"]
    assert guest.redeem(code).json()["scope"] == "sequences:read"


def test_a_person_cannot_be_made_to_allow_more_than_was_asked(guest: Guest) -> None:
    answer = guest.http.post(
        f"/oauth/authorize?{guest.query()}",
        data={"person": "bob", "decision": "allow", "scope": ["sequences:read", "mailboxes:read"]},
    )

    code = answered(answer.headers["Location"])["code"]
    assert guest.redeem(code).json()["scope"] == "sequences:read"


def test_allowing_nothing_is_a_no(guest: Guest) -> None:
    answer = guest.http.post(
        f"/oauth/authorize?{guest.query()}",
        data={"person": "bob", "decision": "allow", "scope": ""},
    )

    assert answered(answer.headers["Location"])["error"] == "access_denied"


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        (REDIRECT_URI, "http://127.0.0.1:49152"),
        ("https://hub.example.org/x/attio-nb/oauth/callback", "https://hub.example.org"),
        ("http://[::1]:8000/callback", "http:"),
    ],
)
def test_the_consent_page_lets_the_browser_follow_the_redirect_and_no_other(
    guest: Guest, redirect_uri: str, source: str
) -> None:
    consent = guest.http.post(
        f"/oauth/authorize?{guest.query(redirect_uri=redirect_uri)}", data={"person": "alice"}
    )

    policy = consent.headers["Content-Security-Policy"]
    assert policy.endswith(f"; form-action 'self' {source}")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["authorize", "device", "grants", "faults", "faults/form"])
def test_a_page_of_a_foreign_site_presses_no_button_here(
    guest: Guest, path: str, site: str
) -> None:
    answer = guest.http.post(
        f"/oauth/{path}?{guest.query()}",
        data={"person": "alice", "decision": "allow"},
        headers={"Sec-Fetch-Site": site},
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "foreign-page"


def test_a_form_without_end_is_not_read(guest: Guest) -> None:
    answer = guest.http.post("/oauth/device", content=b"user_code=" + b"x" * 100_000)

    assert answer.status_code == 413
