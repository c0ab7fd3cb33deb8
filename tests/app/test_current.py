"""The app file of a running process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from attio_nb.app import ConnectionDefinition
from attio_nb.app.current import AppFile

DEFINITION = ConnectionDefinition(owner="user", key="mailbox", title="Mailbox password")


def test_what_is_written_while_the_file_is_looked_at_is_seen(tmp_path: Path) -> None:
    """A page asks for it on a thread of its own, just when a cell's answer defines a connection."""
    (before := tmp_path / "before").mkdir()
    (after := tmp_path / "after").mkdir()
    AppFile(lambda: after).define(DEFINITION)
    found = iter([before, after])

    def directory() -> Path:
        file.look_again()
        return next(found)

    file = AppFile(directory)
    assert file.app() is None
    app = file.app()
    assert app is not None
    assert app.connections == (DEFINITION,)


def test_who_asks_while_another_thread_looks_waits_for_what_it_finds(tmp_path: Path) -> None:
    """A cell and a page need the app of a new session at the same time."""
    AppFile(lambda: tmp_path).define(DEFINITION)
    looking, go_on = threading.Event(), threading.Event()

    def directory() -> Path:
        looking.set()
        assert go_on.wait(10)
        return tmp_path

    file = AppFile(directory)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(file.app)
        assert looking.wait(10)
        second = threads.submit(file.app)
        with suppress(TimeoutError):
            second.result(timeout=0.2)
        go_on.set()
        assert first.result() is not None
        assert second.result() is first.result()


def test_what_it_defines_itself_is_seen_at_once(tmp_path: Path) -> None:
    file = AppFile(lambda: tmp_path)
    assert file.app() is None
    file.define(DEFINITION)
    app = file.app()
    assert app is not None
    assert app.connections == (DEFINITION,)
