"""Tab completion of ``%connect`` and ``%disconnect``: owners, keys and members."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, context_matcher

from attio_nb.errors import AttioError
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from attio_nb.session import Session

__all__ = ["Completion"]

OPTIONS = ["--add", "--as", "--on-missing"]
OWNERS = ["workspace", "user"]
CONNECTION_OPTIONS = [
    "--client-secret",
    "--forget-client-secret",
    "--rename-key",
    "--use-stored",
]
DISCONNECT_OPTIONS = ["--remove", "--keep"]
COMMANDS = ("connect", "disconnect")


# What they need is loaded when somebody presses Tab, not with the extension.
def _add_options() -> list[str]:
    from attio_nb.notebook.command import ADD_OPTIONS

    return list(ADD_OPTIONS)


def _presets() -> list[str]:
    from attio_nb.app.presets import presets

    return list(presets())


def _providers() -> list[str]:
    from attio_nb.app.presets import providers

    return list(providers())


def _client_authentications() -> list[str]:
    from attio_nb.app.oauth2 import CLIENT_AUTHENTICATIONS

    return list(CLIENT_AUTHENTICATIONS)


def _redirect_hosts() -> list[str]:
    from attio_nb.web_address import LOOPBACK_HOSTS

    return list(LOOPBACK_HOSTS)


CHOICES: dict[str, Callable[[], list[str]]] = {
    "--preset": _presets,
    "--provider": _providers,
    "--client-authentication": _client_authentications,
    "--redirect-host": _redirect_hosts,
}
"""What may follow an option."""


class Completion:
    """Completes the magics' words from the app file.

    Args:
        session: Returns the session, which knows the app file and the members.
    """

    def __init__(self, session: Callable[[], Session]) -> None:
        self._session = session

    def register(self, shell: Any) -> None:
        """Complete in this shell from now on."""
        if shell.Completer is not None:
            shell.Completer.custom_matchers.append(self.match)

    def unregister(self, shell: Any) -> None:
        """Complete in this shell no more."""
        if shell.Completer is not None and self.match in shell.Completer.custom_matchers:
            shell.Completer.custom_matchers.remove(self.match)

    # Before Jedi, which it then quiets.
    @context_matcher(identifier="attio_nb", priority=100)  # type: ignore[untyped-decorator]
    def match(self, context: Any) -> dict[str, Any]:
        """Return the words that may stand where the cursor is, and nothing else beside them.

        Args:
            context: IPython's completion context.

        Returns:
            A result of IPython's second completion API.
        """
        words = self._fitting(context.line_with_cursor[: context.cursor_position])
        return {
            "completions": [SimpleCompletion(word, type="magic") for word in words],
            "suppress": bool(words),
            "ordered": True,
        }

    # Tab must not run a module of the notebook's folder.
    @with_installed_packages
    def _fitting(self, line: str) -> list[str]:
        words = line.split(" ")
        if words[0].removeprefix("%") not in COMMANDS or len(words) < 2:
            return []
        before = [word for word in words[1:-1] if word]
        if words[-1].startswith("-") and before and before[0] in OWNERS:
            options = DISCONNECT_OPTIONS if "disconnect" in words[0] else CONNECTION_OPTIONS
            return [word for word in options if word.startswith(words[-1])]
        with suppress(AttioError):
            known = self._words(before, disconnecting="disconnect" in words[0])
            return [word for word in known if word.startswith(words[-1])]
        return []

    def _words(self, before: list[str], *, disconnecting: bool) -> list[str]:
        match before:
            case []:
                return OWNERS if disconnecting else [*OWNERS, *OPTIONS]
            case ["--as"]:
                return list(self._session().people.members())
            case ["--on-missing"]:
                return ["ask", "raise"]
            case ["--add"]:
                return OWNERS
            case ["--add", *_, option] if option in CHOICES:
                return CHOICES[option]()
            case ["--add", *_]:
                return _add_options()
            case ["workspace" | "user" as owner]:
                return self._keys(owner)
        return []

    def _keys(self, owner: str) -> list[str]:
        app = self._session().file.app()
        return [c.key for c in (app.connections if app else ()) if c.owner == owner and c.key]
