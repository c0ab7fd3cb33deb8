"""The line of plain text that a prompt leaves in a cell's output."""

from __future__ import annotations

import threading
import uuid
from typing import Any

__all__ = ["OutputLine"]


class OutputLine:
    """One line in the output of the cell that runs now, which can be replaced later.

    Plain text is all that a saved notebook keeps of a prompt, so that every front end can show it.
    It is sent without IPython's ``display``, which belongs to the main thread.

    Args:
        kernel: The ipykernel kernel.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._cell = kernel.get_parent("shell")
        self._display_id = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._shown = ""

    def __call__(self, text: str) -> None:
        """Show the text, in place of the one before; it may be called on any thread."""
        with self._lock:
            if text == self._shown:
                return
            # https://jupyter-client.readthedocs.io/en/stable/messaging.html#update-display-data
            kind = "update_display_data" if self._shown else "display_data"
            self._shown = text
            content = {
                "data": {"text/plain": text},
                "metadata": {},
                "transient": {"display_id": self._display_id},
            }
            kernel = self._kernel
            kernel.session.send(
                kernel.iopub_socket, kind, content, parent=self._cell, ident=kind.encode()
            )
