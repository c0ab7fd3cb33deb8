"""Hosting the session in the IPython shell of this process, where nobody has loaded the extension.

A getter that is imported and called in a kernel asks there all the same. So the session, when it is
made, brings in what ``%load_ext attio_nb`` would bring in.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attio_nb.connections.prompter import missing_error

if TYPE_CHECKING:
    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.session import Session

__all__ = ["ShellPrompter", "host_in_shell"]


def host_in_shell(session: Session) -> bool:
    """Let a session ask in the shell that this process runs, and say whether there is one.

    Args:
        session: The session of this process.
    """
    if _shell() is None:
        return False
    session.prompter = ShellPrompter(session)
    _host()
    return True


class ShellPrompter:
    """Has the shell of this process host the session as soon as it asks, and then asks there.

    Args:
        session: The session; it gets another prompter once it is hosted.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask as the prompter of the shell does.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """
        _host()
        if self._session.prompter is self:
            error = missing_error(request, "not-in-a-cell")
            # Nothing has added the magics that it names.
            error.args = (str(error).replace("Run %", "Run %load_ext attio_nb and %"),)
            raise error
        self._session.prompter.ask(request, wait=wait)


def _host() -> None:
    shell = _shell()
    # Only the main thread knows in which cell it is, and a process that was forked off has the
    # shell of another one.
    if threading.current_thread() is threading.main_thread() and not _is_forked(shell):
        from attio_nb.notebook.extension import load

        load(shell, automatically=True)


def _shell() -> Any:
    """Return the IPython shell of this process, or None."""
    # Where IPython is not loaded, no shell of it can be running.
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython() if get_ipython is not None else None


def _is_forked(shell: Any) -> bool:
    with suppress(AttributeError):
        # jupyter_client's session keeps the id of the process that it was made in.
        return bool(shell.kernel.session.pid != os.getpid())
    return False
