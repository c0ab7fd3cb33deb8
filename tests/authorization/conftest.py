"""A session of ours, whose person signs in at an authorization server that is not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.model import Connection, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.secret import SecretStr
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.sign_in import SignIn
from attio_nb.session import Session
from tests.authorization.person import NO_TLS, browser, sign_in, visit
from tests.authorization.servers import CLIENT_SECRET, AuthorizationServer

A_DAY = 24 * 60 * 60.0


class AtTheBrowser:
    """A prompter whose person signs in at the pages of the provider.

    Attributes:
        asked: What they were asked for.
        landed: Where the provider sent them each time.
        pages: What they saw there.
        refuses: Whether they say no.
        client_secret: What they type as the secret of the client.
        there: What somebody makes of the address that they are sent to.
        back: What somebody makes of the address that they come back to.
    """

    def __init__(self) -> None:
        self.asked: list[ConnectionRequest] = []
        self.landed: list[str] = []
        self.pages: list[str] = []
        self.refuses = False
        self.client_secret = CLIENT_SECRET
        self.there: Callable[[str], str] = str
        self.back: Callable[[str], str] = str

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)
        if request.client_secret_wanted():
            request.accept_client_secret(SecretStr(self.client_secret))
        assert request.sign_in is not None
        signing_in = request.sign_in()
        signing_in.start()
        if signing_in.wait_until_ready(30):
            self.answer(signing_in)
        assert signing_in.wait(30)
        if signing_in.error is not None:
            raise signing_in.error

    def answer(self, signing_in: SignIn) -> None:
        """Sign in, and let the browser go where it is sent."""
        url = self.there(signing_in.authorization_url())
        self.landed.append(self.back(sign_in(url, refuse=self.refuses)))
        self.pages.append(visit(self.landed[-1]).text)


class AtAnotherDevice(AtTheBrowser):
    """A prompter whose person signs in with a code."""

    def answer(self, signing_in: SignIn) -> None:
        assert signing_in.has_device
        signing_in.use_device()
        while (device := signing_in.device) is None:
            assert not signing_in.wait(0.05), signing_in.error
        page = device.verification_uri_complete or device.verification_uri
        self.landed.append(sign_in(page, refuse=self.refuses, user_code=device.user_code))


class Project:
    """A folder with an app file, and the sessions of the kernels there, which share a vault.

    Args:
        folder: The folder.
        server: Where its connection is signed in to.
        transport: What carries the requests of the OAuth client.
    """

    def __init__(
        self, folder: Path, server: AuthorizationServer, transport: httpx.BaseTransport
    ) -> None:
        self.server = server
        vault = {"ATTIO_NB_DATA_DIR": str(folder / "data")}
        self.store = default_vault(vault, notify=lambda message: None)
        self._transport = transport
        self._folder = folder
        self.write()

    def write(self, client_id: str = "public", *more: str, scopes: str = "") -> None:
        """Write its app file anew."""
        app_file = self.server.app_file(client_id, *more, scopes=scopes)
        (self._folder / "attio-app.toml").write_text(app_file)

    def session(self, prompter: Any = None) -> Session:
        """Return a session that has seen nothing yet."""
        return Session(
            self.store,
            file=AppFile(lambda: self._folder),
            prompter=prompter,
            make_oauth_client=lambda store: OAuthClient(store, transport=self._transport),
            environ={"JUPYTERHUB_USER": "me"},
        )

    @property
    def stored(self) -> StoredConnection:
        """The one connection that is kept."""
        (stored,) = (kept for kept in self.store.entries().values() if kept.grant)
        return stored

    @property
    def refresh_token(self) -> str:
        """What renews it."""
        assert self.stored.grant is not None
        assert self.stored.grant.refresh_token is not None
        return str.__str__(self.stored.grant.refresh_token)

    def let_time_pass(self) -> None:
        """Make the token one of yesterday."""
        (slot,) = (slot for slot, kept in self.store.entries().items() if kept.grant)
        stored = self.stored
        grant = stored.grant
        assert grant is not None
        older = grant._replace(
            received_at=grant.received_at - A_DAY,
            stale_at=grant.stale_at - A_DAY,
            expires_at=grant.expires_at - A_DAY,
        )
        self.store.put(slot, stored._replace(grant=older))

    def post(self, endpoint: str, **form: str) -> httpx.Response:
        """Post a form to an endpoint of the server, as somebody else might."""
        metadata = visit(f"{self.server.issuer}/.well-known/{self.server.metadata}").json()
        with browser() as client:
            return client.post(metadata[endpoint], data={"client_id": "public", **form})

    def call(self, connection: Connection) -> httpx.Response:
        """Call the API with a connection."""
        with browser() as client:
            return client.get(self.server.api, auth=connection.auth())

    def opens(self, connection: Connection) -> bool:
        """Say whether the API takes the token of a connection, as it is, for alice's."""
        answer = visit(self.server.api, Authorization=f"Bearer {connection.value}")
        return answer.status_code == 200 and answer.json()["sub"] == "alice"


@pytest.fixture(params=["oidc_provider", "django_provider"])
def server(request: pytest.FixtureRequest) -> AuthorizationServer:
    """Each server in turn."""
    server: AuthorizationServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def project(tmp_path: Path, server: AuthorizationServer) -> Iterator[Project]:
    """A project whose connection is signed in to at the server."""
    with httpx.HTTPTransport(verify=NO_TLS) as transport:
        yield Project(tmp_path, server, transport)


@pytest.fixture
def person() -> AtTheBrowser:
    return AtTheBrowser()


@pytest.fixture
def connect(project: Project, person: AtTheBrowser) -> Callable[[], Connection]:
    """Get the connection, in a new session each time."""
    return lambda: project.session(person).get_connection("user")
