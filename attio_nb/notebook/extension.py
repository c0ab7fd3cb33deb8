"""The IPython extension: what ``%load_ext attio_nb`` puts into a shell, and takes out again.

It puts in no more than what waits: the session, the prompts and all that they need are loaded when
a cell first uses them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from attio_nb.hosting import process_hosting
from attio_nb.notebook.add_form import AddForm
from attio_nb.notebook.cell import RunningCells
from attio_nb.notebook.channel import ControlChannel, is_ipykernel
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
    from attio_nb.notebook.output import OutputLine
    from attio_nb.prompts.answers import Content
    from attio_nb.session import Session

__all__ = ["Extension", "load", "unload"]

MAGICS = ("connect", "disconnect")


def load(shell: Any, *, automatically: bool = False) -> None:
    """Put the extension into a shell, once.

    Args:
        shell: The shell of a kernel or of a terminal.
        automatically: Whether a getter needs it, and nobody has asked for the magics: those of
            others stay, whatever their names are.
    """
    extension = _loaded(shell)
    if extension is None:
        extension = Extension(shell, process_hosting())
        extension.load()
    if not automatically or extension.may_add_magics:
        extension.add_magics()


def unload(shell: Any) -> None:
    """Take the extension out of a shell again."""
    extension = _loaded(shell)
    if extension is not None:
        extension.unload()


def _loaded(shell: Any) -> Extension | None:
    host = process_hosting().host
    return host if isinstance(host, Extension) and host.shell is shell else None


class Extension:
    """Connects the session of this process with a shell.

    Args:
        shell: The shell of a kernel or of a terminal.
        hosting: Hands the session over.

    Attributes:
        shell: The shell.
    """

    def __init__(self, shell: Any, hosting: Hosting) -> None:
        self.shell = shell
        self._hosting = hosting
        kernel = getattr(shell, "kernel", None)
        self._prompts = Prompts(functools.partial(_output_line, kernel))
        self._completion = Completion(_session)
        self._channel: ControlChannel | None = None
        self._running: RunningCells | None = None
        self._cells: Cells | None = None
        self._has_magics = False
        self._nudges: Nudges | None = None
        self._add_form: AddForm | None = None
        self._surroundings = Surroundings.now()
        self._is_other_kernel = kernel is not None and not is_ipykernel(kernel)
        if kernel is not None and not self._is_other_kernel:
            self._running = RunningCells(kernel)
            self._add_form = AddForm(kernel)
            self._channel = ControlChannel(
                kernel,
                functools.partial(_answers, hosting, self._running, self._prompts, self._add_form),
            )
            self._nudges = Nudges(kernel)
            self._prompts.changed = self._nudges
            self._prompts.remind = self._nudges.remind

    @property
    def may_add_magics(self) -> bool:
        """Whether no magic of somebody else has a name of ours."""
        return self._lines.keys().isdisjoint(MAGICS)

    def load(self) -> None:
        """Put everything in but the magics."""
        self.shell.events.register("pre_run_cell", self._before_cell)
        self.shell.events.register("post_run_cell", self._after_cell)
        if self._channel is not None:
            self._channel.open()
        show_only_error_of_group(self.shell)
        self._hosting.begin(self)
        self._tell(loaded=True)

    def add_magics(self) -> None:
        """Put the magics in, with their completion."""
        if not self._has_magics:
            self._has_magics = True
            self.shell.register_magics(ConnectMagics(self.shell, _session, self._add_form))
            self._completion.register(self.shell)

    def unload(self) -> None:
        """Take everything out."""
        self._hosting.end()
        self.shell.events.unregister("pre_run_cell", self._before_cell)
        self.shell.events.unregister("post_run_cell", self._after_cell)
        if self._has_magics:
            self._completion.unregister(self.shell)
            self.shell.magics_manager.registry.pop(ConnectMagics.__name__, None)
            for name in MAGICS:
                self._lines.pop(name, None)
        self._prompts.close()
        stop_showing_only_error(self.shell)
        if self._cells is not None:
            self._cells.close()
        if self._channel is not None:
            self._channel.close()
        self._tell(loaded=False)

    def host(self, session: Session) -> None:
        """Let the session ask here from now on."""
        from attio_nb.notebook.cells import Cells

        self._cells = Cells(
            session, self._running, self._prompts, is_other_kernel=self._is_other_kernel
        )

    @property
    def _lines(self) -> dict[str, Any]:
        lines: dict[str, Any] = self.shell.magics_manager.magics["line"]
        return lines

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
    hosting: Hosting, running: RunningCells, prompts: Prompts, add_form: AddForm
) -> dict[str, Callable[[Content], Content]]:
    from attio_nb.notebook.tab import KernelTab
    from attio_nb.prompts.answers import answers

    # Only a page of the labextension asks.
    prompts.has_page = True
    return {
        **answers(prompts),
        **KernelTab(hosting, _session, running, prompts).answers(),
        "attio_add": add_form.note_opened,
    }


def _output_line(kernel: Any) -> OutputLine:
    # Loaded when the first prompt is needed.
    from attio_nb.notebook.output import OutputLine

    return OutputLine(kernel)
