"""A real Jupyter server, with the extension as it is installed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from attio_nb.callback import CallbackFiles
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
