"""Where code is running: in which cell, and whether it may wait there for a person."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from attio_nb.prompts.cell import Cell

__all__ = ["RunningCells"]

RUN_CELL = ("IPython.core.interactiveshell", "run_cell_async")
"""The module and the name of the function that runs each cell."""


class RunningCells:
    """The cells that a kernel is running: more than one where a cell runs others.

    Args:
        kernel: The ipykernel kernel.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._process = os.getpid()
        self._lock = threading.Lock()
        # The extension is loaded in the midst of a cell, whose end will be told of, as will be that
        # of each cell which has run this one. Of a silent one IPython tells neither the beginning
        # nor the end.
        first = self._request()
        is_told_of = first is not None and not first["content"].get("silent")
        self._running = _running_now() * [first["header"]["msg_id"]] if first and is_told_of else []

    def begin(self) -> bool:
        """Take note that a cell begins; say whether none was running."""
        request = self._request()
        with self._lock:
            was_idle = not self._running
            self._running.append(request["header"]["msg_id"] if request else "")
            return was_idle

    def end(self) -> bool:
        """Take note that the last cell that began has ended; say whether none is running now."""
        with self._lock:
            if self._running:
                self._running.pop()
            return not self._running

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Let no cell begin or end while the block runs; it is given whether one is running."""
        with self._lock:
            yield bool(self._running)

    def here(self) -> Cell | None:
        """Return the cell that this code runs in.

        Returns:
            None in a thread, in a widget's callback, in a task whose cell has ended, and in a
            process that was forked off.
        """
        # Loaded with the first question, and not with the extension.
        from attio_nb.prompts.cell import Cell

        request = self._request()
        if request is None or request["header"]["msg_id"] not in self._running:
            return None
        content = request["content"]
        return Cell(
            cell_id=str(request.get("metadata", {}).get("cellId", "")),
            code=content.get("code", ""),
            allow_stdin=bool(content.get("allow_stdin")),
        )

    def _request(self) -> dict[str, Any] | None:
        on_main_thread = threading.current_thread() is threading.main_thread()
        if not on_main_thread or os.getpid() != self._process:
            return None
        request: dict[str, Any] = self._kernel.get_parent("shell")
        is_cell = request and request["header"]["msg_type"] == "execute_request"
        return request if is_cell else None


def _running_now() -> int:
    """Return how many cells this code runs in: ``%run other.ipynb`` runs cells within a cell."""
    frame: FrameType | None = sys._getframe()
    count = 0
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        count += (module, frame.f_code.co_name) == RUN_CELL
        frame = frame.f_back
    return max(count, 1)
