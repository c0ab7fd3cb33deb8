"""What waits, for another process or for a service, keeps nothing else of the server waiting."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from filelock import FileLock

from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from tests.jupyter.conftest import Project

if TYPE_CHECKING:
    from tests.jupyter.conftest import Server

MANY = 40
"""More than an event loop has threads of its own."""

SOON = 30.0
"""Seconds; the vault is waited for much longer."""

USER = """
[[connections]]
owner = "user"
type = "secret"
"""


def test_many_who_wait_for_the_vault_hold_up_neither_a_page_nor_the_end(
    start: Callable[..., Server],
) -> None:
    server = start()
    project = Project(server, "project")
    project.write(USER)
    stored = StoredConnection("an-id", SecretStr("a value"), "alice", datetime.now(UTC))
    server.vault.put(Slot("project", "local", "user", "alice", None), stored)

    def disconnect(number: int) -> None:
        # It is cut off when the server ends.
        with suppress(httpx.HTTPError):
            project.ask("attio_disconnect", owner="user", key=None, acting="")

    server.http.timeout = httpx.Timeout(SOON)
    with (
        ThreadPoolExecutor(MANY) as pool,
        FileLock(f"{server.vault.path}.lock", fallback_to_soft=False),
    ):
        waiting = [pool.submit(disconnect, number) for number in range(MANY)]
        for _ in range(5):
            assert project.standings() == ["connected"]
        assert not any(each.done() for each in waiting)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=SOON) == 0
    assert "Traceback" not in server.log.read_text()
