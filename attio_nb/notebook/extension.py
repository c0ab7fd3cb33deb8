"""The IPython extension: what ``%load_ext attio_nb`` puts into a shell, and takes out again."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attio_nb.connections.prompter import NobodyToAsk
from attio_nb.errors import VaultError
from attio_nb.notebook.channel import ControlChannel
from attio_nb.notebook.completion import Completion
from attio_nb.notebook.groups import show_only_error_of_group
from attio_nb.notebook.magics import ConnectMagics
from attio_nb.notebook.prompt import KernelPrompter
from attio_nb.notebook.prompts import Prompts
from attio_nb.notebook.stdin import StdinPrompter
from attio_nb.notebook.swallowed import explain, reached
from attio_nb.session import default_session

if TYPE_CHECKING:
    from attio_nb.connections.prompter import Prompter
    from attio_nb.session import Missing, Session

__all__ = ["Extension", "load", "unload"]


def load(shell: Any) -> None:
    """Put the extension into a shell, once."""
    if _loaded(shell) is None:
        Extension(shell, default_session()).load()


def unload(shell: Any) -> None:
    """Take the extension out of a shell again."""
    extension = _loaded(shell)
    if extension is not None:
        extension.unload()


def _loaded(shell: Any) -> Extension | None:
    magics = shell.magics_manager.registry.get(ConnectMagics.__name__)
    extension: Extension | None = getattr(magics, "extension", None)
    return extension


class Extension:
    """Connects a session with a shell.

    Args:
        shell: The shell of a kernel or of a terminal.
        session: The session whose getters ask here from now on.
    """

    def __init__(self, shell: Any, session: Session) -> None:
        self._shell = shell
        self._session = session
        self._notices: list[str] = []
        self._prompts = Prompts()
        self._channel: ControlChannel | None = None
        self._completion = Completion(session)
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            self._channel = ControlChannel(kernel, self._prompts)
        self._prompter = self._prompter_of(kernel)

    def load(self) -> None:
        """Put everything in."""
        magics = ConnectMagics(self._shell, self._session)
        magics.extension = self
        self._shell.register_magics(magics)
        self._completion.register(self._shell)
        self._shell.events.register("pre_run_cell", self._before_cell)
        self._shell.events.register("post_run_cell", self._after_cell)
        self._session.prompter = self._prompter
        self._session.notices.show = self._notices.append
        if self._channel is not None:
            self._channel.open()
        show_only_error_of_group(self._shell)

    def unload(self) -> None:
        """Take everything out."""
        self._shell.events.unregister("pre_run_cell", self._before_cell)
        self._shell.events.unregister("post_run_cell", self._after_cell)
        self._completion.unregister(self._shell)
        self._shell.magics_manager.registry.pop(ConnectMagics.__name__)
        for name in ("connect", "disconnect"):
            self._shell.magics_manager.magics["line"].pop(name)
        self._session.prompter = NobodyToAsk()
        self._session.notices.reset()
        if self._channel is not None:
            self._channel.close()

    def _prompter_of(self, kernel: Any) -> Prompter:
        if kernel is not None:
            return KernelPrompter(kernel, self._prompts, prepare=self._prepare)
        return StdinPrompter() if sys.stdin.isatty() else NobodyToAsk()

    def _prepare(self) -> None:
        # Whatever is wrong with the vault is said when the answer is saved.
        with suppress(VaultError):
            self._session.store.prepare()

    def _before_cell(self, info: object) -> None:
        self._session.file.look_again()
        self._session.missing.clear()

    def _after_cell(self, result: Any) -> None:
        missing, self._session.missing[:] = list(self._session.missing), []
        asked = set()
        for one in missing:
            if not reached(result.error_in_exec, one.error):
                self._say(explain(one.error))
            if one.request.identity not in asked:
                asked.add(one.request.identity)
                self._leave_prompt(one)
        while self._notices:
            self._say(self._notices.pop(0))

    def _leave_prompt(self, missing: Missing) -> None:
        if isinstance(self._prompter, KernelPrompter):
            self._prompter.show(missing.request)

    def _say(self, message: str) -> None:
        sys.stderr.write(f"attio_nb: {message}\n")
