"""Telling the pages of a kernel that something has changed, so that they ask again."""

from __future__ import annotations

import threading
from typing import Any

__all__ = ["Nudges"]

CHANGED = "attio_changed"
WAITING = "attio_waiting"
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
        stream = self._stream
        if stream is None:
            return
        with self._lock:
            if self._is_due:
                return
            self._is_due = True
        loop = stream.io_loop
        loop.add_callback(loop.call_later, TOGETHER_SECONDS, self._send_changed)

    def remind(self) -> None:
        """Tell pages that know nothing of this kernel yet that a cell waits for a person."""
        stream = self._stream
        if stream is not None:
            stream.io_loop.add_callback(self._send, WAITING)

    @property
    def _stream(self) -> Any:
        return getattr(self._kernel, "control_stream", None)

    def _send_changed(self) -> None:
        # What changes from here on is told of anew.
        with self._lock:
            self._is_due = False
        self._send(CHANGED)

    def _send(self, kind: str) -> None:
        kernel = self._kernel
        content = {"loaded": self.loaded}
        kernel.session.send(kernel.iopub_socket, kind, content, ident=kind.encode())
