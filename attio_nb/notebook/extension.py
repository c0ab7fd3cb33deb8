"""The IPython extension: what ``%load_ext attio_nb`` puts into a shell, and takes out again.

It puts in no more than what waits: the session, the prompts and all that they need are loaded when
a cell first uses them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from attio_nb.hosting import process_hosting
from attio_nb.notebook.cell import RunningCells
from attio_nb.notebook.channel import ControlChannel
from attio_nb.notebook.completion import Completion
from attio_nb.notebook.groups import show_only_error_of_group, stop_showing_only_error
from attio_nb.notebook.magics import ConnectMagics
from attio_nb.notebook.nudges import Nudges
from attio_nb.notebook.surroundings import Surroundings
from attio_nb.prompts.prompts import Prompts

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.hosting import Hosting
    from attio_nb.notebook.cells import Cells
    from attio_nb.notebook.widget import PromptWidget
    from attio_nb.prompts.answers import Content
    from attio_nb.prompts.pending import PendingPrompt
    from attio_nb.session import Session

__all__ = ["Extension", "load", "unload"]


def load(shell: Any) -> None:
    """Put the extension into a shell, once."""
    if _loaded(shell) is None:
        Extension(shell, process_hosting()).load()


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
    """Connects the session of this process with a shell.

    Args:
        shell: The shell of a kernel or of a terminal.
        hosting: Hands the session over.
    """

    def __init__(self, shell: Any, hosting: Hosting) -> None:
        self._shell = shell
        self._hosting = hosting
        self._prompts = Prompts(_prompt_widget)
        self._completion = Completion(_session)
        self._channel: ControlChannel | None = None
        self._running: RunningCells | None = None
        self._cells: Cells | None = None
        self._nudges: Nudges | None = None
        self._surroundings = Surroundings.now()
        kernel = getattr(shell, "kernel", None)
        if kernel is not None:
            self._running = RunningCells(kernel)
            self._channel = ControlChannel(
                kernel, functools.partial(_answers, hosting, self._running, self._prompts)
            )
            self._nudges = Nudges(kernel)
            self._prompts.changed = self._nudges

    def load(self) -> None:
        """Put everything in."""
        magics = ConnectMagics(self._shell, _session)
        magics.extension = self
        self._shell.register_magics(magics)
        self._completion.register(self._shell)
        self._shell.events.register("pre_run_cell", self._before_cell)
        self._shell.events.register("post_run_cell", self._after_cell)
        if self._channel is not None:
            self._channel.open()
        show_only_error_of_group(self._shell)
        self._hosting.begin(self._host)
        self._tell(loaded=True)

    def unload(self) -> None:
        """Take everything out."""
        self._hosting.end()
        self._shell.events.unregister("pre_run_cell", self._before_cell)
        self._shell.events.unregister("post_run_cell", self._after_cell)
        self._completion.unregister(self._shell)
        self._shell.magics_manager.registry.pop(ConnectMagics.__name__)
        for name in ("connect", "disconnect"):
            self._shell.magics_manager.magics["line"].pop(name)
        self._prompts.close()
        stop_showing_only_error(self._shell)
        if self._cells is not None:
            self._cells.close()
        if self._channel is not None:
            self._channel.close()
        self._tell(loaded=False)

    def _host(self, session: Session) -> None:
        from attio_nb.notebook.cells import Cells

        self._cells = Cells(session, self._running, self._prompts)

    def _before_cell(self, info: object) -> None:
        if self._running is not None and self._running.begin():
            self._between_cells()
        if self._cells is not None:
            self._cells.before()

    def _after_cell(self, result: Any) -> None:
        try:
            if self._cells is not None:
                self._cells.after(result)
        finally:
            if self._running is not None and self._running.end():
                self._between_cells()

    def _between_cells(self) -> None:
        if self._hosting.session is not None:
            self._hosting.session.people.take_up_choice()
        before, self._surroundings = self._surroundings, Surroundings.now()
        if self._nudges is not None and self._surroundings != before:
            self._nudges()

    def _tell(self, *, loaded: bool) -> None:
        if self._nudges is not None:
            self._nudges.loaded = loaded
            self._nudges()


def _session() -> Session:
    from attio_nb.session import default_session

    return default_session()


def _answers(
    hosting: Hosting, running: RunningCells, prompts: Prompts
) -> dict[str, Callable[[Content], Content]]:
    from attio_nb.notebook.tab import KernelTab
    from attio_nb.prompts.answers import answers

    return {**answers(prompts), **KernelTab(hosting, _session, running, prompts).answers()}


def _prompt_widget(prompt: PendingPrompt) -> PromptWidget:
    # Widgets are loaded when the first prompt is needed.
    from attio_nb.notebook.widget import prompt_widget

    return prompt_widget(prompt)
