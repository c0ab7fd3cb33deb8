"""One session, asked by a cell and by the Connections tab at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from attio_nb.app import App, ConnectionDefinition, Owner
from attio_nb.app.current import AppFile
from attio_nb.connections.approval import approve
from attio_nb.connections.model import Addresses
from attio_nb.connections.prompter import Answer
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.session import Session

APP = '[app]\nid = "a"\n[[connections]]\nowner = "user"\ntype = "secret"\nhosts = ["{}.example"]\n'


@dataclass(frozen=True)
class OvertakenApp(App):
    """An app of which another thread reads a newer file, before anybody looks at this one."""

    meanwhile: Callable[[], None] = lambda: None

    def definition(self, owner: Owner, key: str | None) -> ConnectionDefinition:
        """Return a connection."""
        other = threading.Thread(target=self.meanwhile)
        other.start()
        other.join()
        return super().definition(owner, key)


class OvertakenFile(AppFile):
    """An app file that is read by one thread, and then by another before the first goes on."""

    meanwhile: Callable[[], None] | None = None

    def app(self) -> App | None:
        """Return what it says."""
        app, meanwhile = super().app(), self.meanwhile
        if app is None or meanwhile is None:
            return app
        said = {field.name: getattr(app, field.name) for field in fields(App)}
        return OvertakenApp(**said, meanwhile=meanwhile)


def test_what_was_read_before_another_thread_saw_a_change_is_not_kept_after_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "attio-app.toml"
    path.write_text(APP.format("before"))
    file = OvertakenFile(lambda: tmp_path)
    session = Session(MemoryStore(), file=file)
    session.request("user").accept(Answer(SecretStr("a value")))
    ((slot, _),) = session.store.entries().items()
    approve(session.store, slot, Addresses(("first.example", "second.example")))
    seen: list[tuple[str, ...]] = []

    def overtake() -> None:
        file.meanwhile = None
        path.write_text(APP.format("second"))
        file.look_again()
        seen.append(session.get_connection("user").hosts)

    path.write_text(APP.format("first"))
    file.look_again()
    file.meanwhile = overtake
    session.get_connection("user")
    assert seen == [("second.example",)]
    assert session.get_connection("user").hosts == ("second.example",)
