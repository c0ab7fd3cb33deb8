"""Tab completion of ``%connect`` and ``%disconnect``: owners, keys and members."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attio_nb.errors import AttioError

if TYPE_CHECKING:
    from attio_nb.session import Session

__all__ = ["Completion"]

OPTIONS = ["--add", "--as", "--on-missing"]
ADD_OPTIONS = ["--title", "--help-url", "--host"]
OWNERS = ["workspace", "user"]
COMMANDS = ("%connect", "connect", "%disconnect", "disconnect")


class Completion:
    """Completes the magics' words from the app file.

    Args:
        session: Knows the app file and the members.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def register(self, shell: Any) -> None:
        """Complete in this shell from now on."""
        for command in COMMANDS:
            shell.set_hook("complete_command", self.complete, str_key=command)

    def unregister(self, shell: Any) -> None:
        """Complete in this shell no more."""
        for command in COMMANDS:
            shell.strdispatchers["complete_command"].strs.pop(command, None)

    def complete(self, shell: Any, event: Any) -> list[str]:
        """Return the words that may stand where the cursor is.

        Args:
            shell: The shell.
            event: IPython's completion event: ``line`` and ``symbol``.
        """
        before = event.line[: len(event.line) - len(event.symbol)].split()
        with suppress(AttioError):
            return self._words(before[1:], disconnecting="disconnect" in before[0])
        return []

    def _words(self, before: list[str], *, disconnecting: bool) -> list[str]:
        match before:
            case []:
                return OWNERS if disconnecting else [*OWNERS, *OPTIONS]
            case ["--as"]:
                return list(self._session.people.members())
            case ["--on-missing"]:
                return ["ask", "raise"]
            case ["--add"]:
                return OWNERS
            case ["--add", *_]:
                return ADD_OPTIONS
            case ["workspace" | "user" as owner]:
                return self._keys(owner)
        return []

    def _keys(self, owner: str) -> list[str]:
        app = self._session.file.app()
        return [c.key for c in (app.connections if app else ()) if c.owner == owner and c.key]
