"""The real sandbox on a free port, with clocks that only move when a test moves them."""

from __future__ import annotations

import base64
import hashlib
import secrets
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from attio_nb.sandbox.server import running_sandbox
from attio_nb.sandbox.store import SandboxStore

REDIRECT_URI = "http://127.0.0.1:49152/callback"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody, and so reads no list of whom to trust, which takes longer than most tests."""


class HandClock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sandbox(NamedTuple):
    """A sandbox that runs."""

    url: str
    database: Path
    clock: HandClock


@pytest.fixture(scope="session")
def one_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests, since a web server takes its time to stop."""
    database, clock = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite", HandClock()
    with running_sandbox(
        database=database, clock=clock, now=lambda: datetime.fromtimestamp(clock.now, UTC)
    ) as url:
        yield Sandbox(url, database, clock)


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    """The sandbox with its seeded data only, every rate limit free again, and no faults."""
    with closing(SandboxStore(one_sandbox.database)) as store:
        store.reset()
    httpx.delete(f"{one_sandbox.url}/oauth/faults", verify=NO_TLS, trust_env=False)
    one_sandbox.clock.now += 3600
    return one_sandbox


@pytest.fixture
def base_url(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def clock(sandbox: Sandbox) -> HandClock:
    return sandbox.clock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.sqlite"


@pytest.fixture
def client_for(base_url: str) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def client_for(key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        clients.append(new_client(base_url, headers))
        return clients[-1]

    yield client_for
    for client in clients:
        client.close()


@pytest.fixture
def client(client_for: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_for("sandbox-full-access")


def new_client(url: str, headers: dict[str, str] | None = None) -> httpx.Client:
    return httpx.Client(base_url=url, headers=headers, verify=NO_TLS, trust_env=False)


class Guest:
    """A program that signs people in, and their browser.

    Attributes:
        http: Sends its requests.
        client_id: Which client it is.
    """

    def __init__(self, http: httpx.Client, client_id: str = "sandbox-public") -> None:
        self.http = http
        self.client_id = client_id
        self.verifier = secrets.token_urlsafe(48)

    def query(self, **changes: str) -> str:
        """The query of an authorization request; an empty value leaves a parameter out."""
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": "sequences:read sequences:write",
            "state": "the-state",
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return urlencode({name: value for name, value in parameters.items() if value})

    def sent_back(self, person: str = "alice", decision: str = "allow", **changes: str) -> str:
        """Where the browser is sent once the person has decided."""
        answer = self.http.post(
            f"/oauth/authorize?{self.query(**changes)}",
            data={"person": person, "decision": decision},
        )
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def code(self, person: str = "alice", **changes: str) -> str:
        return answered(self.sent_back(person, **changes))["code"]

    def redeem(self, code: str, **changes: str) -> httpx.Response:
        return self.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=REDIRECT_URI,
            code_verifier=self.verifier,
            **changes,
        )

    def refresh(self, token: str, **changes: str) -> httpx.Response:
        return self.token(grant_type="refresh_token", refresh_token=token, **changes)

    def token(self, **fields: str) -> httpx.Response:
        """An answer of the token endpoint; an empty value leaves a field out."""
        fields = {"client_id": self.client_id, **fields}
        return self.http.post(
            "/oauth/token", data={name: value for name, value in fields.items() if value}
        )

    def signed_in(self, person: str = "alice", **changes: str) -> Any:
        """Tokens for a person."""
        return self.redeem(self.code(person, **changes)).json()

    def device(self, **fields: str) -> Any:
        """What a device is told."""
        fields = {"client_id": self.client_id, **fields}
        return self.http.post("/oauth/device_authorization", data=fields).json()

    def poll(self, device_code: str) -> httpx.Response:
        return self.token(
            grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=device_code
        )

    def me(self, access_token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.http.get("/api/v1/me", headers=headers)

    def faults(self, **settings: object) -> None:
        """Tell the provider to misbehave; ``token_500`` is the fault ``token-500``."""
        named = {name.replace("_", "-"): setting for name, setting in settings.items()}
        assert self.http.post("/oauth/faults", json=named).status_code == 200


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def answered(address: str) -> dict[str, str]:
    """What a callback address brings; each parameter stands in it once."""
    parameters = parse_qs(urlsplit(address).query, strict_parsing=True)
    assert {len(values) for values in parameters.values()} == {1}
    return {name: values[0] for name, values in parameters.items()}


@pytest.fixture
def browser(client_for: Callable[[str], httpx.Client]) -> httpx.Client:
    """One that brings no key."""
    return client_for("")


@pytest.fixture
def guest(browser: httpx.Client) -> Guest:
    return Guest(browser)
