"""Telling the pages of a kernel that something has changed, so that they ask again."""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["Nudges"]

CHANGED = "attio_changed"
TOGETHER_SECONDS = 0.02
"""What changes within so short a time is told of once."""


class Nudges:
    """Sends every page of a kernel a message that says little more than to ask again.

    It belongs to no cell, so that it is put into no output.

    Args:
        kernel: The ipykernel kernel.

    Attributes:
        loaded: Whether the kernel answers those who ask; the message says so too.
    """

    def __init__(self, kernel: Any) -> None:
        self.loaded = True
        self._kernel = kernel
        self._lock = threading.Lock()
        self._is_due = False

    def __call__(self) -> None:
        """Tell them in a moment; it may be called on any thread, and waits for nothing."""
        stream = getattr(self._kernel, "control_stream", None)
        if stream is None:
            return
        with self._lock:
            if self._is_due:
                return
            self._is_due = True
        loop = stream.io_loop
        loop.add_callback(loop.call_later, TOGETHER_SECONDS, self._send)

    def _send(self) -> None:
        # What changes from here on is told of anew.
        with self._lock:
            self._is_due = False
        kernel = self._kernel
        content = {"loaded": self.loaded}
        kernel.session.send(kernel.iopub_socket, CHANGED, content, ident=CHANGED.encode())
