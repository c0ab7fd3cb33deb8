"""Having a page open its form for a new connection, in place of asking in input lines."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from attio_nb.errors import CommandError
from attio_nb.notebook.interrupts import interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.prompts.answers import Content

__all__ = ["AddForm"]

ADD = "attio_add"
POLL_SECONDS = 0.05
FIRST_WAIT, LATER_WAIT = 2.0, 0.4
"""In seconds. A front end without our labextension never answers, and stays as it is."""


class AddForm:
    """The form for a new connection in the Connections tab of a page.

    Args:
        kernel: The ipykernel kernel.
        clock: Monotonic time in seconds.
    """

    def __init__(self, kernel: Any, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._kernel = kernel
        self._clock = clock
        self._wait = FIRST_WAIT
        self._id = ""
        self._opened = threading.Event()

    def open(self, fields: Mapping[str, str]) -> bool:
        """Have a page open the form, and say whether one did; call it on the main thread.

        Args:
            fields: What the form begins with, by the names in an app file.
        """
        self._id = uuid.uuid4().hex
        self._opened.clear()
        self._send(fields)
        until = self._clock() + self._wait
        with interruptible() as interrupted:
            while not self._opened.wait(POLL_SECONDS):
                if interrupted.is_set():
                    raise CommandError("Interrupted. Nothing was added.")
                if self._clock() > until:
                    self._id, self._wait = "", LATER_WAIT
                    return False
        self._wait = FIRST_WAIT
        return True

    def note_opened(self, content: Content) -> Content:
        """Take note that a page opens the form; a second page is told not to.

        Args:
            content: What the page sent.

        Raises:
            CommandError: It is open elsewhere, or is not waited for any more.
        """
        if not self._id or content.get("add_id") != self._id:
            raise CommandError("This form is not waited for any more.")
        self._id = ""
        self._opened.set()
        return {}

    def _send(self, fields: Mapping[str, str]) -> None:
        # It belongs to no cell, so that it is put into no output.
        content = {"add_id": self._id, "fields": dict(fields)}
        kernel = self._kernel
        kernel.session.send(kernel.iopub_socket, ADD, content, ident=ADD.encode())
