"""The sandbox of the tour: one that is running already, or one of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx

from attio_nb.errors import SetupError
from attio_nb.sandbox.server import LOOPBACK, default_database, running_sandbox

__all__ = ["sandbox_beside"]

PATIENCE_SECONDS = 2.0


@contextlib.contextmanager
def sandbox_beside(port: int, *, is_chosen: bool) -> Iterator[str]:
    """Have a sandbox running while the block runs.

    Args:
        port: The port on 127.0.0.1. A sandbox that runs there already is used, and left running.
        is_chosen: Whether the person named the port. Otherwise a free port is taken where another
            program uses this one.

    Yields:
        Its base URL.

    Raises:
        SetupError: The port that the person named cannot be used.
    """
    if 0 < port < 65536 and _is_sandbox(url := f"http://{LOOPBACK}:{port}"):
        yield url
        return
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(_started(port, is_chosen=is_chosen))


@contextlib.contextmanager
def _started(port: int, *, is_chosen: bool) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(running_sandbox(port=port, database=default_database()))
        except SetupError:
            if is_chosen:
                raise
            url = stack.enter_context(running_sandbox(database=default_database()))
        yield url


def _is_sandbox(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError, ValueError):
        answer = httpx.get(f"{url}/openapi.json", timeout=PATIENCE_SECONDS, trust_env=False)
        described: Any = answer.json()
        return isinstance(described, dict) and _title(described) == "Sequencer"
    return False


def _title(described: dict[str, Any]) -> object:
    info = described.get("info")
    return info.get("title") if isinstance(info, dict) else None
