"""Asking in a notebook: in the cell where our labextension answers, in a line where it does not."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import missing_error
from attio_nb.imports import with_installed_packages
from attio_nb.notebook.interrupts import interruptible
from attio_nb.notebook.lines import is_output_captured
from attio_nb.notebook.stdin import StdinPrompter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attio_nb.connections.prompter import ConnectionRequest, Prompter
    from attio_nb.notebook.cell import RunningCells
    from attio_nb.prompts.cell import Cell
    from attio_nb.prompts.pending import Action, PendingPrompt
    from attio_nb.prompts.prompts import Prompts

__all__ = ["KernelPrompter"]

READY_SECONDS = 3.0
POLL_SECONDS = 0.1
REMIND_SECONDS = 1.0


class KernelPrompter:
    """Asks the person in front of a kernel.

    Args:
        cells: The cells that its kernel is running.
        prompts: Its prompts.
        stdin: Asks where no labextension draws the prompt.
        prepare: Is run on a thread while the person types: what saving the answer would have to
            wait for.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self,
        cells: RunningCells,
        prompts: Prompts,
        *,
        stdin: Prompter | None = None,
        prepare: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cells = cells
        self._prompts = prompts
        self._stdin = stdin or StdinPrompter(leaves_field=True, is_captured=is_output_captured)
        self._prepare = prepare
        self._clock = clock
        # What stays in this cell for a connection: a prompt, or None where nobody draws one.
        self._left: dict[tuple[str, ...], PendingPrompt | None] = {}

    def begin(self) -> None:
        """Take note that a cell begins, in which nobody was asked yet."""
        self._left.clear()

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask in the cell that is running, and wait there.

        Unless the request insists, the page that draws the prompt may choose whether it is waited
        for.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """
        cell = self._cells.here()
        if cell is None:
            raise missing_error(request, "not-in-a-cell")
        if not cell.allow_stdin:
            raise missing_error(request, "nobody-to-ask")
        if not wait and request.insists:
            raise missing_error(request, "not-waiting", prompt="below")
        self._require_not_left(request)
        self._ask_in(cell, request, wait=wait)

    def show(self, request: ConnectionRequest) -> bool:
        """Leave a prompt in a cell that ends, and say whether a front end has drawn it."""
        cell = self._cells.here()
        if cell is None or not cell.allow_stdin or request.identity in self._left:
            return False
        prompt = self._prompts.open(request, cell, waiting=False)
        return self._drawn(prompt)

    def _require_not_left(self, request: ConnectionRequest) -> None:
        if request.identity not in self._left:
            return
        prompt = self._left[request.identity]
        if prompt is None or not prompt.is_over:
            raise missing_error(request, "not-waiting", prompt="above" if prompt else None)

    def _ask_in(self, cell: Cell, request: ConnectionRequest, *, wait: bool) -> None:
        prompt = self._prompts.open(request, cell, waiting=wait, heeds=not request.insists)
        prepare = with_installed_packages(self._prepare)
        threading.Thread(target=prepare, name="attio_nb prepare", daemon=True).start()
        with self._reminding(), prompt.over_at_the_end():
            drawn = self._drawn(prompt)
            if prompt.waiting:
                self._wait(prompt)
        if not prompt.waiting:
            self._left[request.identity] = prompt if drawn else None
            raise missing_error(request, "not-waiting", prompt="above" if drawn else None)

    @contextmanager
    def _reminding(self) -> Iterator[None]:
        """Let pages that are loaded while the block runs learn that a cell waits."""
        ended = threading.Event()

        def remind() -> None:
            while not ended.wait(REMIND_SECONDS):
                self._prompts.remind()

        threading.Thread(target=remind, name="attio_nb remind", daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def _drawn(self, prompt: PendingPrompt) -> bool:
        # The last prompt has shown that no page draws any, and none has said a word since.
        patience = 0.0 if self._prompts.has_page is False else READY_SECONDS
        until = self._clock() + patience
        with interruptible() as interrupted:
            while not prompt.drawn.wait(POLL_SECONDS):
                if interrupted.is_set() and prompt.end("interrupted"):
                    raise missing_error(prompt.request, "interrupted")
                if self._clock() > until:
                    self._prompts.has_page = False
                    if not prompt.waiting:
                        prompt.end("over", "No page has shown this prompt. Run the cell again.")
                    return False
        # One that has come just as the page has drawn it.
        if interrupted.is_set() and prompt.end("interrupted"):
            raise missing_error(prompt.request, "interrupted")
        return True

    def _wait(self, prompt: PendingPrompt) -> None:
        """Wait for the answer: in the page that draws the prompt, or in a line until one does."""
        # One that was answered as soon as it was drawn is over by now: its action tells how.
        while prompt.drawn.is_set() or not prompt.is_over:
            if prompt.drawn.is_set():
                if self._answered(prompt):
                    return
                break
            if self._answered_in_line(prompt):
                prompt.end("connected", prompt.request.success)
                return
        self._stdin.ask(prompt.request)

    def _answered_in_line(self, prompt: PendingPrompt) -> bool:
        """Ask in a line; False where a page has drawn the prompt meanwhile."""
        prompt.leave_to_line()
        taken_over = replace(prompt.request, is_taken_over=prompt.drawn.is_set)
        self._stdin.ask(taken_over)
        if prompt.drawn.is_set() and not prompt.request.is_connected():
            prompt.take_from_line()
            return False
        return True

    def _answered(self, prompt: PendingPrompt) -> bool:
        """Wait for the answer; False where the person wants to give it in a line."""
        until = self._clock() + prompt.request.timeout
        with interruptible() as interrupted:
            while True:
                match self._next_action(prompt):
                    case Exception() as error:
                        raise error
                    case "connected":
                        return True
                    case "stdin":
                        return False
                    case "cancel":
                        raise missing_error(prompt.request, "cancelled")
                if interrupted.is_set() and prompt.end("interrupted"):
                    raise missing_error(prompt.request, "interrupted")
                if self._clock() > until and prompt.end("timed-out"):
                    raise missing_error(prompt.request, "timed-out")
                if prompt.request.is_connected() and prompt.end(
                    "connected", prompt.request.success_elsewhere
                ):
                    return True

    def _next_action(self, prompt: PendingPrompt) -> Action | None:
        try:
            return prompt.actions.get(timeout=POLL_SECONDS)
        except queue.Empty:
            return None
