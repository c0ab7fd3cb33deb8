"""A real Jupyter server with the extension as installed, and a sign-in that comes back to it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.callback import CallbackFiles
from attio_nb.connections.model import Slot
from attio_nb.connections.own import default_vault
from attio_nb.connections.resolve import Place
from attio_nb.connections.store import MemoryStore
from attio_nb.connections.vault import Vault
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.sign_in import SignIn
from tests.notebook.provider import Provider, running_provider
from tests.servers import answers, end_server, wait_for_server

Reply = dict[str, Any]


@dataclass(frozen=True)
class Server:
    """Where a server answers, what it wants to see before it does, and where its files are."""

    url: str
    base_url: str
    token: str
    files: CallbackFiles
    log: Path
    root: Path
    data: Path
    http: httpx.Client
    process: subprocess.Popen[bytes]

    @property
    def callback(self) -> str:
        """Where a sign-in comes back to."""
        return f"{self.url}attio-nb/oauth/callback"

    @property
    def headers(self) -> dict[str, str]:
        """What lets a request in."""
        return {"Authorization": f"token {self.token}"}

    @property
    def vault(self) -> Vault:
        """Its vault, as another process of the same person opens it."""
        environ = {"ATTIO_NB_DATA_DIR": str(self.data)}
        return default_vault(environ, notify=lambda message: None)

    def request(self, method: str, route: str, **settings: Any) -> httpx.Response:
        """Ask a route of the extension."""
        url = f"{self.url}attio-nb/{route}"
        return self.http.request(method, url, headers=self.headers, **settings)

    def state(self, path: str, **parameters: str) -> Reply:
        """Return the state of the app of a notebook."""
        answer = self.request("GET", "connections", params={"path": path, **parameters})
        assert answer.status_code == 200, answer.text
        state: Reply = answer.json()
        return state

    def ask(self, type_: str, **content: Any) -> Reply:
        """Ask what a kernel could be asked as well."""
        # As JSON that is plain ASCII, which holds every string.
        answer = self.request("POST", f"ask/{type_}", content=json.dumps(content))
        assert answer.status_code == 200, answer.text
        reply: Reply = answer.json()
        return reply


@contextmanager
def running_server(
    directory: Path, root: Path, *, cwd: Path | None = None, **environ: str
) -> Iterator[Server]:
    """Run a Jupyter server below a path, as it does on JupyterHub, until the block ends.

    Args:
        directory: Its own files go below.
        root: What it shows.
        cwd: The folder that it is started in; None for that of the tests.
        environ: What its environment has beside that of the tests.
    """
    root.mkdir(parents=True, exist_ok=True)
    log, runtime, data = directory / "server.log", directory / "runtime", directory / "data"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0"]
    command += ["--debug"]
    command += ["--ServerApp.base_url=/user/alice/", f"--ServerApp.root_dir={root}"]
    places = {"JUPYTER_RUNTIME_DIR": str(runtime), "ATTIO_NB_DATA_DIR": str(data)}
    person = {"JUPYTERHUB_USER": "alice"}
    with (
        httpx.Client(timeout=60) as http,
        log.open("wb") as output,
        subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env={**os.environ, **places, **person, **environ},
        ) as process,
    ):
        try:
            told = wait_for_server(process, runtime, log)
            # It says where before it listens there.
            while not answers(f"{told['url']}api"):
                with suppress(subprocess.TimeoutExpired):
                    raise AssertionError(f"It ended with {process.wait(0.05)}: {log.read_text()}")
            files = CallbackFiles.below(runtime)
            address = told["url"], told["base_url"], told["token"]
            yield Server(*address, files, log, root, data, http, process)
        finally:
            end_server(process)


@pytest.fixture(scope="session")
def server(session_home: Path) -> Iterator[Server]:
    """A server that many tests share; each has a folder and an app of its own."""
    with running_server(session_home, session_home / "root") as running:
        yield running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server that one test has for itself."""
    with ExitStack() as stack:

        def start(*, cwd: Path | None = None, **environ: str) -> Server:
            server = running_server(tmp_path, tmp_path / "root", cwd=cwd, **environ)
            return stack.enter_context(server)

        yield start


class Project:
    """An app below the root of a server.

    Args:
        server: The server.
        folder: Where it is, as the contents API names it.
    """

    def __init__(self, server: Server, folder: str) -> None:
        self.server = server
        self.folder = server.root / folder
        self.folder.mkdir(parents=True)
        self.path = f"{folder}/notebook.ipynb"
        self.file = self.folder / "attio-app.toml"

    def write(self, *parts: str) -> None:
        """Write the app file, in place of what was there."""
        self.file.write_text(f'[app]\nid = "{self.folder.name}"\n' + "".join(parts))

    def state(self, **parameters: str) -> Reply:
        """Return its state."""
        return self.server.state(self.path, **parameters)

    def ask(self, type_: str, **content: Any) -> Reply:
        """Ask the server about it."""
        return self.server.ask(type_, path=self.path, **content)

    def standings(self, **parameters: str) -> list[str]:
        """Return how its connections stand."""
        return [each["standing"] for each in self.state(**parameters)["connections"]]


@pytest.fixture
def project(server: Server) -> Project:
    """A folder for one test."""
    return Project(server, f"project-{secrets.token_hex(4)}")


@dataclass(frozen=True)
class Begun:
    """A sign-in that waits for its browser, as a kernel begins it, and the tokens that it got."""

    sign_in: SignIn
    provider: Provider
    got: list[str] = field(default_factory=list)


@contextmanager
def begun(files: CallbackFiles, **oauth2_keys: Any) -> Iterator[Begun]:
    """Begin a sign-in that these files lead back to, and end it with the block."""
    got: list[str] = []
    with running_provider() as provider, httpx.HTTPTransport() as transport:
        oauth2 = OAuth2(
            client_id="notebooks",
            authorization_endpoint=f"{provider.url}/authorize",
            token_endpoint=f"{provider.url}/token",
            **oauth2_keys,
        )
        definition = ConnectionDefinition(owner="user", type="oauth2", oauth2=oauth2)
        place = Place(Slot("app", "local", "user", "alice", None), "VARIABLE", "alice", definition)
        sign_in = OAuthClient(MemoryStore(), transport=transport).sign_in(
            place,
            lambda token, received_at: got.append(f"{token.access_token}"),
            callbacks=files,
        )
        sign_in.start()
        assert sign_in.wait_until_ready(30)
        yield Begun(sign_in, provider, got)
        sign_in.close()
