"""Signing in for a device that has no browser (RFC 8628)."""

from __future__ import annotations

import httpx
import pytest

from .conftest import Guest, HandClock


def decide(guest: Guest, user_code: str, **fields: object) -> httpx.Response:
    return guest.http.post("/oauth/device", data={"user_code": user_code, **fields})


def test_a_device_is_told_what_its_person_has_to_do(guest: Guest) -> None:
    device = guest.device()

    uri = f"{str(guest.http.base_url).rstrip('/')}/oauth/device"
    assert device["verification_uri"] == uri
    assert device["verification_uri_complete"] == f"{uri}?user_code={device['user_code']}"
    assert (device["expires_in"], device["interval"]) == (600, 5)
    assert (
        f'value="{device["user_code"]}"' in guest.http.get(device["verification_uri_complete"]).text
    )


def test_a_person_types_the_code_signs_in_and_allows_it(guest: Guest) -> None:
    device = guest.device(scope="sequences:read")
    typed = device["user_code"].lower().replace("-", " ")

    sign_in = decide(guest, typed)
    consent = decide(guest, typed, person="bob")
    done = decide(guest, typed, person="bob", decision="allow")
    tokens = guest.poll(device["device_code"]).json()

    assert "Continue as Bob" in sign_in.text
    assert "sequences:read" in consent.text
    assert "Connected" in done.text
    assert tokens["scope"] == "sequences:read"
    assert guest.me(tokens["access_token"]).json()["owner"] == "bob@sequencer.example"
    assert guest.refresh(tokens["refresh_token"]).status_code == 200


def test_a_person_may_allow_a_device_less(guest: Guest) -> None:
    device = guest.device()
    decide(guest, device["user_code"], person="bob", decision="allow", scope="mailboxes:read")

    assert guest.poll(device["device_code"]).json()["scope"] == "mailboxes:read"


def test_a_device_waits_until_its_person_has_decided(guest: Guest, clock: HandClock) -> None:
    device = guest.device()

    for _ in range(3):
        waiting = guest.poll(device["device_code"])
        assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
        clock.now += 5


def test_a_hasty_device_is_told_to_slow_down_for_good(guest: Guest, clock: HandClock) -> None:
    device = guest.device()
    guest.poll(device["device_code"])
    clock.now += 4

    assert guest.poll(device["device_code"]).json()["error"] == "slow_down"
    clock.now += 9
    assert guest.poll(device["device_code"]).json()["error"] == "slow_down"
    clock.now += 15
    assert guest.poll(device["device_code"]).json()["error"] == "authorization_pending"


def test_a_device_is_told_of_a_no(guest: Guest) -> None:
    device = guest.device()
    done = decide(guest, device["user_code"], person="alice", decision="deny")

    assert "Not connected" in done.text
    assert guest.poll(device["device_code"]).json()["error"] == "access_denied"


def test_a_code_expires_on_both_sides(guest: Guest, clock: HandClock) -> None:
    device = guest.device()
    clock.now += 600

    assert guest.poll(device["device_code"]).json()["error"] == "expired_token"
    assert "No device waits" in decide(guest, device["user_code"]).text


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_person_decides_once(guest: Guest, decision: str) -> None:
    device = guest.device()
    decide(guest, device["user_code"], person="alice", decision=decision)

    again = decide(guest, device["user_code"], person="bob", decision="allow")

    assert again.status_code == 400
    assert "No device waits" in again.text


def test_a_device_gets_tokens_once(guest: Guest, clock: HandClock) -> None:
    device = guest.device()
    decide(guest, device["user_code"], person="alice", decision="allow")
    assert guest.poll(device["device_code"]).status_code == 200
    clock.now += 5

    assert guest.poll(device["device_code"]).json()["error"] == "invalid_grant"


def test_a_device_code_of_another_client_is_refused(guest: Guest) -> None:
    device = guest.device()
    other = Guest(guest.http, "sandbox-confidential")

    answer = other.token(
        grant_type="urn:ietf:params:oauth:grant-type:device_code",
        device_code=device["device_code"],
        client_secret="sandbox-client-secret",
    )

    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"client_id": "nobody"}, "invalid_client"), ({"scope": "everything"}, "invalid_scope")],
)
def test_a_device_that_asks_wrongly_is_refused(
    guest: Guest, fields: dict[str, str], error: str
) -> None:
    assert guest.device(**fields)["error"] == error


def test_what_is_typed_is_shown_as_text(guest: Guest) -> None:
    page = decide(guest, '"><script>alert(1)</script>').text

    assert "<script>alert" not in page
    assert 'role="alert"' in page
