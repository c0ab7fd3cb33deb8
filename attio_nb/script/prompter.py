"""Asking in the terminal of a script, as ``getpass`` does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import missing_error
from attio_nb.errors import MissingConnectionError
from attio_nb.script.terminal import find_terminal, open_browser
from attio_nb.script.wording import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.script.terminal import Terminal

__all__ = ["TerminalPrompter"]


class TerminalPrompter:
    """Asks in the terminal of this process, and raises where there is none.

    Args:
        terminal: Returns the terminal, or None where nobody can be asked.
        browse: Opens an address in a browser, where there is one.
    """

    def __init__(
        self,
        terminal: Callable[[], Terminal | None] = find_terminal,
        browse: Callable[[str], object] = open_browser,
    ) -> None:
        self._terminal = terminal
        self._browse = browse
        self._process = os.getpid()

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask until an answer is taken, or somebody has connected in another place.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """
        try:
            self._ask(request, wait=wait)
        except MissingConnectionError as error:
            error.args = (in_terminal(str(error)), *error.args[1:])
            raise

    def _ask(self, request: ConnectionRequest, *, wait: bool) -> None:
        # A process that was forked off shares its terminal with the one that started it.
        terminal = self._terminal() if os.getpid() == self._process else None
        if terminal is None:
            raise missing_error(request, "nobody-to-ask")
        from attio_nb.notebook.stdin import StdinPrompter

        def show(text: str) -> None:
            terminal.show(in_terminal(text))

        StdinPrompter(show=show, browse=self._browse).ask(request, wait=wait)
