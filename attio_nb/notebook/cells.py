"""What happens around each cell of a shell, once it has a session."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attio_nb.callback import CallbackFiles
from attio_nb.connections.prompter import NobodyToAsk
from attio_nb.errors import MissingConnectionError, VaultError
from attio_nb.notebook.hosting import ShellPrompter
from attio_nb.notebook.lines import is_output_captured
from attio_nb.notebook.prompt import KernelPrompter
from attio_nb.notebook.stdin import StdinPrompter

if TYPE_CHECKING:
    from attio_nb.connections.prompter import Prompter
    from attio_nb.notebook.cell import RunningCells
    from attio_nb.prompts.prompts import Prompts
    from attio_nb.session import Missing, Session

__all__ = ["Cells"]


class Cells:
    """Lets a session ask in the cells of a shell.

    Args:
        session: The session whose getters ask here from now on.
        running: The cells that the kernel is running; None in a terminal.
        prompts: The prompts of the kernel.
        is_other_kernel: Whether the shell is that of a kernel that is not ipykernel.
    """

    def __init__(
        self,
        session: Session,
        running: RunningCells | None,
        prompts: Prompts,
        *,
        is_other_kernel: bool = False,
    ) -> None:
        self._session = session
        self._notices: list[str] = []
        self._prompter = (
            _other_kernel_prompter() if is_other_kernel else self._prompter_of(running, prompts)
        )
        session.prompter = self._prompter
        session.notices.show = self._notices.append
        session.people.changed = prompts.changed
        if running is not None or is_other_kernel:
            # A notebook's page brings sign-ins back to its Jupyter server, on whatever machine.
            session.grants.callbacks = _callback_files()

    def close(self) -> None:
        """Let the session ask here no more; a getter that has to ask has it hosted anew."""
        self._session.prompter = ShellPrompter(self._session)
        self._session.grants.callbacks = None
        self._session.notices.reset()
        self._session.people.reset()

    def before(self) -> None:
        """Begin a cell: the app file may have been changed, and nothing is missing yet."""
        if isinstance(self._prompter, KernelPrompter):
            self._prompter.begin()
        self._session.file.look_again()
        self._session.missing.clear()
        self._session.refused.clear()

    def after(self, result: Any) -> None:
        """End a cell: leave a prompt for what was missing, and say what is to be said.

        Args:
            result: IPython's result of the cell.
        """
        missing, self._session.missing[:] = list(self._session.missing), []
        asked = set()
        for one in missing:
            self._tell_if_swallowed(one, result.error_in_exec)
            if one.request.identity not in asked:
                asked.add(one.request.identity)
                self._leave_prompt(one)
        while self._notices:
            self._say(self._notices.pop(0))
        self._show_hidden(result.error_in_exec)

    def _prompter_of(self, running: RunningCells | None, prompts: Prompts) -> Prompter:
        if running is not None:
            return KernelPrompter(running, prompts, prepare=self._prepare)
        if sys.stdin.isatty():
            return StdinPrompter(is_captured=is_output_captured)
        return NobodyToAsk()

    def _prepare(self) -> None:
        # Whatever is wrong with the vault is said when the answer is saved.
        with suppress(VaultError):
            self._session.store.prepare()

    def _tell_if_swallowed(self, missing: Missing, ended_with: BaseException | None) -> None:
        from attio_nb.notebook.swallowed import explain, reached

        # An error that ends a thread is caught by nobody's code.
        if missing.error.reason != "not-in-a-cell" and not reached(ended_with, missing.error):
            self._say(explain(missing.error))

    def _show_hidden(self, error: BaseException | None) -> None:
        from attio_nb.console import say
        from attio_nb.notebook.voila import hidden_message

        if message := hidden_message(error):
            # Voila hides what is printed to stderr, too.
            say(message)

    def _leave_prompt(self, missing: Missing) -> None:
        # Interrupted while it looks for a front end: then there is no prompt, and that is all.
        with suppress(MissingConnectionError):
            # A thread cannot ask, and the cell itself may have asked after it.
            if isinstance(self._prompter, KernelPrompter) and not missing.request.is_connected():
                self._prompter.show(missing.request)

    def _say(self, message: str) -> None:
        from attio_nb.console import say

        say(f"attio_nb: {message}", stream=sys.stderr)


def _other_kernel_prompter() -> Prompter:
    from attio_nb.notebook.other_kernel import OtherKernelPrompter

    return OtherKernelPrompter()


def _callback_files() -> CallbackFiles:
    # Every kernel has loaded it, and a terminal does not need it.
    from jupyter_core.paths import jupyter_runtime_dir

    return CallbackFiles.below(Path(jupyter_runtime_dir()))
