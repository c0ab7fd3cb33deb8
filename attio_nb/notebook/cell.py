"""Where code is running: in which cell, and whether it may wait there for a person."""

from __future__ import annotations

import os
import threading
from typing import Any

from attio_nb.prompts.cell import Cell

__all__ = ["RunningCells"]


class RunningCells:
    """The cells that a kernel is running: more than one where a cell runs others.

    Args:
        kernel: The ipykernel kernel.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._process = os.getpid()
        # The extension is loaded in the midst of a cell.
        first = self._request()
        self._running = [first["header"]["msg_id"]] if first else []

    def begin(self) -> None:
        """Take note that a cell begins."""
        request = self._request()
        self._running.append(request["header"]["msg_id"] if request else "")

    def end(self) -> None:
        """Take note that the last cell that began has ended."""
        if self._running:
            self._running.pop()

    def here(self) -> Cell | None:
        """Return the cell that this code runs in.

        Returns:
            None in a thread, in a widget's callback, in a task whose cell has ended, and in a
            process that was forked off.
        """
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
