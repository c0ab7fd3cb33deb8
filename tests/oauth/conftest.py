"""A project whose connection is signed in to at a provider that can be told how to misbehave."""

from __future__ import annotations

import base64
import functools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest

from attio_nb.app import OAuth2
from attio_nb.app.current import AppFile
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Connection, Grant, Slot, StoredConnection
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.resolve import Place
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore, Store
from attio_nb.connections.vault import Vault
from attio_nb.grants import Grants
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.sign_in import SignIn
from attio_nb.session import Session
from tests.authorization.person import NO_TLS
from tests.oauth.stub import PROMPTLY, Pairs, Provider, running

A_DAY = 24 * 60 * 60.0
USER = "me"
VAULT_KEY = base64.b64encode(bytes(range(32))).decode()

APP_FILE = """\
[app]
id = "mail"
name = "Mail"

[[connections]]
owner = "user"
type = "oauth2"
title = "Mail"
hosts = ["127.0.0.1"]
client_id = "the client"
"""


class Person:
    """Somebody with a browser, who always agrees.

    Attributes:
        asked: What they were asked for.
        client_secret: What they type as the secret of the client.
        agrees: Whether they sign in at all; else they are asked, and cancel.
    """

    def __init__(self) -> None:
        self.asked: list[ConnectionRequest] = []
        self.client_secret = "the-client-secret"

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)
        if request.client_secret_wanted():
            request.accept_client_secret(SecretStr(self.client_secret))
        assert request.sign_in is not None
        signing_in = request.sign_in()
        signing_in.start()
        if signing_in.wait_until_ready(PROMPTLY):
            self.comes_back(signing_in)
        assert signing_in.wait(PROMPTLY)
        if signing_in.error is not None:
            raise signing_in.error

    def ask_secret(self, project: Project) -> None:
        """Type the secret of the client, as the prompt asks first."""
        project.client().keep_client_secret(project.place, SecretStr(self.client_secret))

    def sent_back(self, signing_in: SignIn) -> str:
        """Sign in, and return the address that the provider sends the browser to."""
        answer = get(signing_in.authorization_url())
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    def comes_back(self, signing_in: SignIn) -> Seen:
        """Sign in, go where the provider sends one, and return the page there."""
        return get(self.sent_back(signing_in))


class Seen(NamedTuple):
    """What a browser is shown."""

    status_code: int
    text: str
    headers: dict[str, str]


def get(url: str, **headers: str) -> Seen:
    """Return what an address answers to a browser, which logs nothing of where it was."""
    parts = urlsplit(url)
    with closing(HTTPConnection(parts.netloc, timeout=PROMPTLY)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}".rstrip("?"), headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return Seen(answer.status, text, {name.lower(): each for name, each in answer.getheaders()})


@contextmanager
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(verify=NO_TLS, trust_env=False, timeout=PROMPTLY) as client:
        yield client


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def changed(address: str, **changes: str | None) -> str:
    """Return an address with other parameters; None takes one out."""
    pairs = [(name, value) for name, value in query(address) if name not in changes]
    added = [(name, value) for name, value in changes.items() if value is not None]
    return with_query(address, [*pairs, *added])


def query(address: str) -> Pairs:
    return parse_qsl(urlsplit(address).query, keep_blank_values=True)


def with_query(address: str, pairs: Pairs) -> str:
    return urlunsplit(urlsplit(address)._replace(query=urlencode(pairs)))


def without(*names: str) -> Callable[[Pairs], Pairs]:
    """Return what takes parameters out of a callback."""
    return lambda pairs: [pair for pair in pairs if pair[0] not in names]


def replaced(**changes: str) -> Callable[[Pairs], Pairs]:
    """Return what changes parameters of a callback, or adds them."""
    return lambda pairs: [*without(*changes)(pairs), *changes.items()]


class Project:
    """A folder with an app file, the store of its connections, and the sessions that share it."""

    def __init__(self, folder: Path, provider: Provider, store: Store) -> None:
        self.provider = provider
        self.store = store
        self.person = Person()
        self.notices: list[str] = []
        self.transport: httpx.BaseTransport = httpx.HTTPTransport(verify=NO_TLS)
        self.oauth2 = OAuth2(client_id="the client", issuer=provider.url)
        self._folder = folder
        self._signing_in = ExitStack()
        self.write(f'issuer = "{provider.url}"', 'scopes = ["mail.read", "mail.send"]')

    @property
    def folder(self) -> Path:
        """Where the app file is."""
        return self._folder

    def close(self) -> None:
        self._signing_in.close()
        self.transport.close()

    def write(self, *lines: str) -> None:
        """Write the app file, with these lines in its connection."""
        (self._folder / "attio-app.toml").write_text(APP_FILE + "\n".join(lines) + "\n")

    def wants(self, **changes: Any) -> None:
        """Change what the app file says of the provider."""
        definition = self.place.definition
        assert definition.oauth2 is not None
        self.oauth2 = replace(definition.oauth2, **changes)
        lines = []
        for name in OAuth2.__slots__:
            value = getattr(self.oauth2, name)
            if name == "client_id" or value == getattr(OAuth2("the client"), name):
                continue
            if name == "authorization_parameters":
                value = ", ".join(f'{key} = "{each}"' for key, each in value)
                lines.append(f"{name} = {{ {value} }}")
            elif isinstance(value, tuple):
                lines.append(f"{name} = {list(value)!r}")
            else:
                lines.append(f"{name} = {value!r}")
        self.write(*lines)
        text = (self._folder / "attio-app.toml").read_text()
        client_id = f'client_id = "{self.oauth2.client_id}"'
        text = text.replace('client_id = "the client"', client_id)
        (self._folder / "attio-app.toml").write_text(text)

    @property
    def place(self) -> Place:
        """Where the connection is kept, as the app file says now."""
        app = AppFile(lambda: self._folder).app()
        assert app is not None
        definition = app.definition("user")
        slot = Slot(app.id, app.workspace, "user", USER, None)
        return Place(slot, definition.environment_variable, USER, definition)

    def session(self, prompter: Any = None, **options: Any) -> Session:
        """Return a session that has seen nothing yet."""
        session = Session(
            self.store,
            file=AppFile(lambda: self._folder),
            prompter=prompter,
            make_oauth_client=lambda store: self.client(**options),
            environ={"JUPYTERHUB_USER": USER},
        )
        session.notices.show = self.notices.append
        return session

    def client(self, **options: Any) -> OAuthClient:
        """Return an OAuth client that knows nothing yet."""
        return OAuthClient(self.store, **{"transport": self.transport, **options})

    def sign_in(self, *, timeout: float = 60.0, **options: Any) -> SignIn:
        """Return a sign-in that has not begun, and keeps what it brings as a session does."""
        client = self.client(**options)
        grants = Grants(self.store, make_client=lambda store: client, notify=self.notices.append)
        place = self.place
        signing_in = client.sign_in(place, functools.partial(grants.keep, place), timeout=timeout)
        self._signing_in.callback(signing_in.close)
        return signing_in

    def begin(self, **options: Any) -> SignIn:
        """Return a sign-in that waits for the browser."""
        signing_in = self.sign_in(**options)
        signing_in.start()
        assert signing_in.wait_until_ready(PROMPTLY), signing_in.error
        return signing_in

    def fail(self, **options: Any) -> SignIn:
        """Return a sign-in that has failed before it was ready."""
        signing_in = self.sign_in(**options)
        signing_in.start()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "failed"
        return signing_in

    def connect(self) -> Connection:
        """Get the connection in a new session, signed in to first where that is needed."""
        return self.session(self.person).get_connection("user")

    @property
    def stored(self) -> StoredConnection | None:
        """What is kept of the connection."""
        return self.store.get(self.place.slot)

    @property
    def grant(self) -> Grant:
        """What is kept beside its access token."""
        assert self.stored is not None
        assert self.stored.grant is not None
        return self.stored.grant

    @property
    def token(self) -> str:
        """The access token that is kept."""
        assert self.stored is not None
        return f"{self.stored.value}"

    @property
    def refresh_token(self) -> str:
        """The refresh token that is kept."""
        assert self.grant.refresh_token is not None
        return f"{self.grant.refresh_token}"

    def keep(self, **changes: Any) -> StoredConnection:
        """Change what is kept beside the access token."""
        assert self.stored is not None
        changed = self.stored._replace(grant=self.grant._replace(**changes))
        self.store.put(self.place.slot, changed)
        return changed

    def expire(self) -> StoredConnection:
        """Connect, and make the token one of yesterday."""
        if self.stored is None:
            self.connect()
        now = time.time()
        return self.keep(
            received_at=now - A_DAY, stale_at=now - A_DAY + 3570, expires_at=now - A_DAY + 3600
        )

    def is_known(self, connection: Connection) -> bool:
        """Say whether the API knows the token of a connection, sent as it is."""
        url = f"{self.provider.url}/api"
        return get(url, Authorization=f"Bearer {connection.value}").status_code == 200

    def call(self, connection: Connection, path: str = "/api") -> httpx.Response:
        """Call the API as an app does."""
        with browser() as client:
            return client.get(f"{self.provider.url}{path}", auth=connection.auth())


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    """Another server, which has no business with any of this."""
    with running() as provider:
        yield provider


@pytest.fixture
def make_vault(tmp_path: Path) -> Callable[[], Vault]:
    """Make one more vault of the same file, as another process has."""
    folder = tmp_path / "data"

    def make() -> Vault:
        keys = VaultKeys(folder / "key/vault.key", environ={"ATTIO_NB_VAULT_KEY": VAULT_KEY})
        return Vault(folder / "vault/vault.bin", keys)

    return make


@pytest.fixture(params=["memory", "vault"])
def store(request: pytest.FixtureRequest, make_vault: Callable[[], Vault]) -> Store:
    """Each store in turn; a class of tests may name one."""
    return make_vault() if request.param == "vault" else MemoryStore()


@pytest.fixture
def project(tmp_path: Path, provider: Provider, store: Store) -> Iterator[Project]:
    folder = tmp_path / "project"
    folder.mkdir()
    project = Project(folder, provider, store)
    yield project
    project.close()
