"""The app file of a running process."""

from __future__ import annotations

from collections.abc import Callable
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
