"""Jupyter servers of the tests' own."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any


def wait_for_server(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> dict[str, Any]:
    """Wait for the file that a Jupyter server writes once it listens, and return what it says.

    Args:
        process: The server.
        runtime: Its ``JUPYTER_RUNTIME_DIR``.
        log: Where its output goes, for the message when it ends instead.
    """
    description = runtime / f"jpserver-{process.pid}.json"
    while not description.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"It ended with {process.wait(0.05)}: {log.read_text()}")
    told: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
    return told
