"""A real Jupyter server, with the extension as it is installed."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    """Where a server answers, and what it wants to see before it does."""

    url: str
    base_url: str
    token: str


@pytest.fixture(scope="session")
def server(session_home: Path) -> Iterator[Server]:
    """A Jupyter server that runs below a path, as it does on JupyterHub."""
    log = session_home / "server.log"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--port=0"]
    command += ["--ServerApp.base_url=/user/alice/", f"--ServerApp.root_dir={session_home}"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            yield started(process, session_home / ".local/share/jupyter/runtime", log)
        finally:
            process.terminate()


def started(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> Server:
    """Wait for the file that a server writes once it listens."""
    description = runtime / f"jpserver-{process.pid}.json"
    while not description.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"It ended with {process.wait(0.05)}: {log.read_text()}")
    told = json.loads(description.read_text(encoding="utf-8"))
    return Server(told["url"], told["base_url"], told["token"])
