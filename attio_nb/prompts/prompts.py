"""All the prompts of one kernel, or of one server."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from attio_nb.errors import CommandError
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.prompts.cell import Cell
    from attio_nb.prompts.pending import PendingPrompt

__all__ = ["Prompts"]

MOST_OVER = 200
"""How many prompts are remembered that are over: a page may still ask how one of them ended."""


class Prompts:
    """All prompts, by id.

    Args:
        output: Returns what shows a line in the output of the cell that runs; None where no cells
            run.

    Attributes:
        changed: Is called, on any thread, after what pages see of a prompt has changed; it must not
            wait for anything.
        has_page: Whether a page of our labextension is there to draw them, as far as is known: a
            prompt that none draws in time says no, whatever a page says later says yes.
        remind: Is called, on any thread, now and then while a cell waits, so that a page that is
            loaded meanwhile learns of it.
    """

    def __init__(self, output: Callable[[], Callable[[str], object]] | None = None) -> None:
        self.changed: Callable[[], object] = _nothing
        self.has_page: bool | None = None
        self.remind: Callable[[], object] = _nothing
        self._output = output
        self._prompts: dict[str, PendingPrompt] = {}
        # Two pages may ask for one at the same time.
        self._lock = threading.Lock()
        self._closed = False

    def open(
        self, request: ConnectionRequest, cell: Cell, *, waiting: bool, heeds: bool = False
    ) -> PendingPrompt:
        """Show a prompt in a cell; an older one in a cell for the same connection is over.

        Args:
            request: What is asked.
            cell: The cell.
            waiting: Whether it waits for the answer.
            heeds: Whether the page that draws the prompt may choose otherwise.
        """
        return self._open(request, cell, waiting=waiting, heeds=heeds)

    def open_aside(self, request: ConnectionRequest) -> PendingPrompt:
        """Open a prompt that the page draws outside of every cell, in place of an older one.

        Raises:
            CommandError: Nobody listens to prompts any more.
        """
        return self._open(request, None, waiting=False)

    def noticed(self) -> None:
        """End the prompts that nobody waits for, where somebody has connected elsewhere.

        A cell that waits looks by itself. This may wait for the key of the vault.
        """
        for prompt in self.asking():
            is_left = not prompt.waiting and prompt.state == "asking"
            if is_left and prompt.request.is_connected():
                prompt.end("connected", prompt.request.success_elsewhere)

    def asking(self) -> list[PendingPrompt]:
        """Return the prompts that can still be answered."""
        return [prompt for prompt in list(self._prompts.values()) if not prompt.is_over]

    def close(self) -> None:
        """End all prompts: nobody listens to them any more."""
        with self._lock:
            self._closed = True
        for prompt in list(self._prompts.values()):
            todo = "Load it, then run the cell again." if prompt.cell else prompt.again
            prompt.end("over", f"attio_nb was unloaded. {todo}")

    def get(self, prompt_id: object) -> PendingPrompt:
        """Return a prompt.

        Raises:
            CommandError: There is no such prompt here.
        """
        prompt = self._prompts.get(str(prompt_id))
        if prompt is None:
            raise CommandError(
                "This prompt belongs to another kernel, or to one that was restarted. Run the cell "
                "again, or press Connect again."
            )
        return prompt

    def known(self, prompt_ids: object) -> list[PendingPrompt]:
        """Return those of the prompts that are known here."""
        wanted = prompt_ids if isinstance(prompt_ids, list) else []
        found = (self._prompts.get(id_) for id_ in wanted if isinstance(id_, str))
        return [prompt for prompt in found if prompt is not None]

    def _open(
        self,
        request: ConnectionRequest,
        cell: Cell | None,
        *,
        waiting: bool,
        heeds: bool = False,
    ) -> PendingPrompt:
        from attio_nb.prompts.pending import PendingPrompt

        say = self._output() if self._output and cell else _nothing
        prompt = PendingPrompt(
            request,
            cell,
            waiting=waiting,
            heeds=heeds,
            say=say,
            changed=lambda: self._has_changed(prompt),
        )
        # Known before it is shown: the front end speaks of it as soon as it has drawn it.
        for older in self._replaced_by(prompt):
            older.end(
                "over", "Asked again further on." if cell else "Asked again in another place."
            )
        prompt.show()
        return prompt

    def _replaced_by(self, prompt: PendingPrompt) -> list[PendingPrompt]:
        """Take a prompt in, and return the older ones in whose place it comes."""
        with self._lock:
            if self._closed:
                raise CommandError("attio_nb was unloaded. Load it, then try again.")
            older = [
                each
                for each in self._prompts.values()
                if each.request.identity == prompt.request.identity
                and bool(each.cell) is bool(prompt.cell)
            ]
            self._forget_oldest()
            self._prompts[prompt.id] = prompt
        return older

    def _forget_oldest(self) -> None:
        over = [id_ for id_, prompt in self._prompts.items() if prompt.is_over]
        for id_ in over[:-MOST_OVER]:
            del self._prompts[id_]

    def _has_changed(self, prompt: PendingPrompt) -> None:
        self.changed()
        if prompt.cell is None and prompt.state == "connected":
            notice = with_installed_packages(self.noticed)
            threading.Thread(target=notice, name="attio_nb noticed", daemon=True).start()


def _nothing(*_: object) -> None:
    """Tell nobody."""
