"""Which key a request carries, what it may do, and how often."""

from __future__ import annotations

import base64
from collections.abc import Callable

import httpx
import pytest

from .conftest import HandClock

ClientFor = Callable[[str], httpx.Client]

KEY = "sandbox-full-access"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer {KEY}"},
        {"Authorization": basic(f":{KEY}")},
        {"Authorization": f"API-Key {KEY}"},
        {"X-API-Key": KEY},
    ],
)
def test_a_key_may_be_sent_in_each_way_that_real_apis_use(
    base_url: str, headers: dict[str, str]
) -> None:
    response = httpx.get(f"{base_url}/api/v1/me", headers=headers, trust_env=False)

    assert response.status_code == 200
    assert response.json()["name"] == "Full access"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "no-key"),
        ({"Authorization": "Bearer"}, "no-key"),
        ({"Authorization": "Bearer nobodys-key"}, "unknown-key"),
        ({"X-API-Key": "nobodys-key"}, "unknown-key"),
        ({"Authorization": "Bearer sandbox-revoked"}, "revoked-key"),
        ({"Authorization": f"Token {KEY}"}, "unknown-scheme"),
        ({"Authorization": KEY}, "unknown-scheme"),
        ({"Authorization": basic(f"{KEY}:")}, "malformed-key"),
        ({"Authorization": basic(KEY)}, "malformed-key"),
        ({"Authorization": "Basic ???"}, "malformed-key"),
        ({"Authorization": "Basic /w=="}, "malformed-key"),
    ],
)
def test_a_request_without_a_good_key_answers_401(
    base_url: str, headers: dict[str, str], code: str
) -> None:
    response = httpx.get(f"{base_url}/api/v1/me", headers=headers, trust_env=False)

    assert response.status_code == 401
    assert response.json()["code"] == code
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="sequencer"')
    assert KEY not in response.text
    assert "nobodys-key" not in response.text


@pytest.mark.parametrize(
    ("key", "method", "path", "scope"),
    [
        ("sandbox-read-only", "POST", "/api/v1/sequences", "sequences:write"),
        ("sandbox-read-only", "DELETE", "/api/v1/enrolments/1", "sequences:write"),
        ("sandbox-read-only", "POST", "/api/v1/enrolments/1/pause", "sequences:write"),
        ("sandbox-mailboxes", "GET", "/api/v1/sequences", "sequences:read"),
        ("sandbox-mailboxes", "GET", "/api/v1/prospects", "prospects:read"),
    ],
)
def test_a_key_without_the_right_answers_403_and_names_the_right(
    client_for: ClientFor, key: str, method: str, path: str, scope: str
) -> None:
    body = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}

    response = client_for(key).request(method, path, json=body if method == "POST" else None)

    assert response.status_code == 403
    assert response.json()["code"] == "missing-scope"
    assert scope in response.json()["detail"]
    assert f'scope="{scope}"' in response.headers["WWW-Authenticate"]


def test_a_read_only_key_reads(client_for: ClientFor) -> None:
    client = client_for("sandbox-read-only")

    for path in ("me", "mailboxes", "prospects", "sequences", "enrolments"):
        assert client.get(f"/api/v1/{path}").status_code == 200


def test_a_key_used_too_often_answers_429_and_tells_when_to_come_back(
    client_for: ClientFor, clock: HandClock
) -> None:
    slow = client_for("sandbox-slow")
    slow.get("/api/v1/me")
    clock.now += 3.5
    slow.get("/api/v1/me")

    refused = slow.get("/api/v1/me")

    assert refused.status_code == 429
    assert refused.json()["code"] == "rate-limited"
    assert refused.headers["Retry-After"] == "7"
    clock.now += 6.4
    assert slow.get("/api/v1/me").status_code == 429
    clock.now += 0.2
    assert slow.get("/api/v1/me").status_code == 200


def test_a_request_that_was_refused_does_not_count(client_for: ClientFor, clock: HandClock) -> None:
    slow = client_for("sandbox-slow")
    for _ in range(20):
        last = slow.get("/api/v1/me")
    clock.now += float(last.headers["Retry-After"])

    assert slow.get("/api/v1/me").status_code == 200


def test_each_key_has_a_limit_of_its_own(client_for: ClientFor) -> None:
    slow = client_for("sandbox-slow")
    while slow.get("/api/v1/me").status_code == 200:
        pass

    assert client_for(KEY).get("/api/v1/me").status_code == 200
