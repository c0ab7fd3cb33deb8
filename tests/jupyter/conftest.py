"""A real Jupyter server with the extension as installed, and a sign-in that comes back to it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.callback import CallbackFiles
from attio_nb.connections.model import Slot
from attio_nb.connections.resolve import Place
from attio_nb.connections.store import MemoryStore
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.sign_in import SignIn
from tests.notebook.provider import Provider, running_provider
from tests.servers import wait_for_server


@dataclass(frozen=True)
class Server:
    """Where a server answers, and what it wants to see before it does."""

    url: str
    base_url: str
    token: str
    files: CallbackFiles
    log: Path

    @property
    def callback(self) -> str:
        """Where a sign-in comes back to."""
        return f"{self.url}attio-nb/oauth/callback"

    @property
    def headers(self) -> dict[str, str]:
        """What lets a request in."""
        return {"Authorization": f"token {self.token}"}


@pytest.fixture(scope="session")
def server(session_home: Path) -> Iterator[Server]:
    """A Jupyter server that runs below a path, as it does on JupyterHub."""
    log = session_home / "server.log"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0"]
    command += ["--debug"]
    command += ["--ServerApp.base_url=/user/alice/", f"--ServerApp.root_dir={session_home}"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            runtime = session_home / ".local/share/jupyter/runtime"
            told = wait_for_server(process, runtime, log)
            files = CallbackFiles.below(runtime)
            yield Server(told["url"], told["base_url"], told["token"], files, log)
        finally:
            process.terminate()


@dataclass(frozen=True)
class Begun:
    """A sign-in that waits for its browser, as a kernel begins it, and the tokens that it got."""

    sign_in: SignIn
    provider: Provider
    got: list[str] = field(default_factory=list)


@contextmanager
def begun(files: CallbackFiles) -> Iterator[Begun]:
    """Begin a sign-in that these files lead back to, and end it with the block."""
    got: list[str] = []
    with running_provider() as provider, httpx.HTTPTransport() as transport:
        oauth2 = OAuth2(
            client_id="notebooks",
            authorization_endpoint=f"{provider.url}/authorize",
            token_endpoint=f"{provider.url}/token",
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
