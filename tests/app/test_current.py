"""The app file of a running process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from attio_nb.app import ConnectionDefinition
from attio_nb.app.current import AppFile

DEFINITION = ConnectionDefinition(owner="user", title="Mailbox password")


def test_what_is_written_while_the_file_is_looked_at_is_seen(tmp_path: Path) -> None:
    """A page asks for it on a thread of its own, just when a cell's answer defines a connection."""
    file = AppFile(lambda: tmp_path, clock=Moments(lambda: write(file)))

    def write(file: AppFile) -> None:
        AppFile(lambda: tmp_path).define(DEFINITION)
        file.look_again()

    file.app()
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


class Moments:
    """A clock that stands still, and at which something happens when it is read a second time."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self._happens = happens
        self._reads = 0

    def __call__(self) -> float:
        self._reads += 1
        if self._reads == 2:
            self._happens()
        return 0.0
