"""``%connect --add … --register``: a client that the provider makes at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from attio_nb import OAuthError, ProviderUnavailableError
from attio_nb.app import App, OAuth2
from attio_nb.app.current import AppFile
from attio_nb.connections.model import Slot
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import CommandError
from attio_nb.notebook.adding import added, definition_of
from attio_nb.notebook.command import parse_connect
from attio_nb.session import Session
from tests.loopback import Loopback, reply, serving

LINE = "--add user mail --register --issuer {url} --scope mail.read"
CREATED = 201

Register = Callable[..., tuple[App, Session]]


class Provider:
    """A provider that registers clients as it is told.

    Attributes:
        answer: What its answer holds beside the client id.
        status: The status of that answer.
        metadata: What its metadata hold beside the issuer.
    """

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.status = CREATED
        self.metadata: dict[str, Any] = {"registration_endpoint": "/register"}
        self.loopback: Loopback

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "GET":
            url = self.loopback.url
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            addresses = {k: url + v for k, v in (endpoints | self.metadata).items()}
            reply(handler, body=json.dumps({"issuer": url, **addresses}).encode())
        else:
            members = {"client_id": "made-for-you", **self.answer}
            reply(handler, self.status, json.dumps(members).encode())

    @property
    def wish(self) -> dict[str, Any]:
        """What was asked for."""
        (posted,) = [each for each in self.loopback.received if each.method == "POST"]
        assert posted.path == "/register"
        wish: dict[str, Any] = json.loads(posted.body)
        return wish


@pytest.fixture
def provider() -> Any:
    told = Provider()
    with serving(told) as told.loopback:
        yield told


@pytest.fixture
def register(provider: Provider, tmp_path: Path) -> Register:
    """Run a line, in a folder without an app file, and return what it made."""

    def run(line: str = LINE) -> tuple[App, Session]:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        command = parse_connect(line.format(url=provider.loopback.url))
        app = session.register(definition_of(command, say=print, ask=None))
        return app, session

    return run


def made(app: App) -> OAuth2:
    oauth2 = app.definition("user", "mail").oauth2
    assert oauth2 is not None
    return oauth2


def test_the_client_that_was_made_stands_in_the_app_file(
    provider: Provider, register: Register
) -> None:
    app, _ = register()
    assert app.path is not None
    assert 'client_id = "made-for-you"' in app.path.read_text()
    assert provider.wish == {
        "client_name": "User connection “mail” (Jupyter)",
        "redirect_uris": ["http://127.0.0.1:8723/callback", "http://127.0.0.1:8724/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "mail.read",
    }
    assert made(app).redirect_ports == (8723, 8724)


def test_what_the_provider_made_of_the_wish_is_used(provider: Provider, register: Register) -> None:
    provider.answer = {
        "token_endpoint_auth_method": "client_secret_basic",
        "client_secret": "made-secret",
        "scope": "mail.read mail.send",
        "redirect_uris": ["http://localhost:9000/other"],
    }
    app, session = register()
    assert made(app) == OAuth2(
        client_id="made-for-you",
        issuer=provider.loopback.url,
        client_authentication="client_secret_basic",
        scopes=("mail.read", "mail.send"),
        redirect_host="localhost",
        redirect_ports=(9000,),
        redirect_path="/other",
    )
    assert app.path is not None
    assert "made-secret" not in app.path.read_text()
    kept = session.store.get(Slot(app.id, "local", "client", made(app).authority, "mail"))
    assert kept is not None and f"{kept.value}" == "made-secret"


def test_no_secret_is_kept_for_a_client_without_one(provider: Provider, register: Register) -> None:
    provider.answer = {"token_endpoint_auth_method": "none", "client_secret": "of no use"}
    _, session = register()
    assert session.store.entries() == {}


def test_an_address_that_nothing_listens_at_is_pasted_from(
    provider: Provider, register: Register
) -> None:
    provider.answer = {"redirect_uris": ["https://app.example/callback"]}
    app, _ = register()
    assert made(app).redirect_uri == "https://app.example/callback"
    assert made(app).redirect_ports == ()


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"error": "invalid_redirect_uri", "error_description": "No <b>\x1b[1m"}, 400, "“No <b>”"),
        ({"client_id": ""}, 201, "registered no client"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, 201, "“private_key_jwt”"),
        ({"token_endpoint_auth_method": "client_secret_post"}, 201, "gave no secret"),
    ],
)
def test_a_client_of_no_use_is_told_and_nothing_is_added(
    provider: Provider,
    register: Register,
    tmp_path: Path,
    answer: dict[str, Any],
    status: int,
    said: str,
) -> None:
    provider.answer, provider.status = answer, status
    with pytest.raises(OAuthError, match="--client-id") as caught:
        register()
    assert said in str(caught.value)
    assert not (tmp_path / "attio-app.toml").exists()


def test_a_provider_that_is_down_is_told(provider: Provider, register: Register) -> None:
    provider.status = 503
    with pytest.raises(ProviderUnavailableError, match="Try again in a moment"):
        register()


def test_a_provider_that_lets_no_program_register_is_told(
    provider: Provider, register: Register
) -> None:
    provider.metadata = {}
    with pytest.raises(OAuthError, match="Register one on its pages"):
        register()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{LINE} --client-id mine", "leave --client-id out"),
        ("--add user mail --register --provider google", "give --issuer"),
    ],
)
def test_a_line_that_cannot_mean_it_is_refused(register: Register, line: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        register(line)


def test_no_client_is_registered_for_a_key_that_is_taken(
    provider: Provider, register: Register
) -> None:
    register()
    with pytest.raises(CommandError, match="already"):
        register()
    assert provider.wish["client_name"] == "User connection “mail” (Jupyter)"


def test_what_is_said_of_it_asks_for_nothing_more(provider: Provider, register: Register) -> None:
    app, _ = register()
    command = parse_connect(LINE.format(url=provider.loopback.url))
    said = added(app.definition("user", "mail"), command, "attio-app.toml")
    assert said.startswith(
        'Added the user connection "mail" to attio-app.toml. %connect user mail signs in.\n'
    )
    assert "Register" not in said
