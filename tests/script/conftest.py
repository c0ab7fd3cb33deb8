"""Scripts in a terminal of their own, in a folder with an app file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notebook.provider import Provider, running_provider

APP_FILE = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["api.example.com"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with an app file."""
    (folder := tmp_path / "project").mkdir()
    (folder / "attio-app.toml").write_text(APP_FILE)
    return folder


@pytest.fixture
def provider(project: Path) -> Iterator[Provider]:
    """A provider, and an app file whose user connection is signed in to there."""
    with running_provider() as running:
        (project / "attio-app.toml").write_text(running.app_file())
        yield running


@pytest.fixture
def run(project: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a script without a terminal."""

    def run(code: str, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
        (project / "add.py").write_text(code)
        return subprocess.run(
            [sys.executable, *options, "add.py"],
            cwd=project,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture
def terminal(project: Path) -> Iterator[Callable[..., Any]]:
    """Start a shell command in a new terminal."""
    pexpect = pytest.importorskip("pexpect", reason="a terminal to talk to needs POSIX")
    started = []

    def start(command: str, **environ: str) -> Any:
        process = pexpect.spawn(
            "/bin/sh",
            ["-c", command.replace("python", sys.executable)],
            cwd=str(project),
            encoding="utf-8",
            timeout=30,
            env={**os.environ, "TERM": "dumb", **environ},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.close(force=True)
