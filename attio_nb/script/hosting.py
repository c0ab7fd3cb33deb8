"""Hosting the session of a process that no IPython shell hosts: a script."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attio_nb.session import Session

__all__ = ["host_in_script"]


def host_in_script(session: Session) -> None:
    """Let a session ask in the terminal of a script, and show its errors on one line.

    Args:
        session: The session of this process.
    """
    from attio_nb.script.prompter import TerminalPrompter
    from attio_nb.script.uncaught import show_uncaught_errors_on_one_line

    session.prompter = TerminalPrompter()
    session.refusal_scope = running_loop
    show_uncaught_errors_on_one_line()


def running_loop() -> object:
    """Return what a refusal holds for in a script: the event loop that runs, or else nothing.

    Two getters in one ``asyncio.gather`` ask once. Two calls after each other ask twice: a script
    has no cell whose end would end a refusal.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return object()
