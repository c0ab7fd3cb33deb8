"""Hidden lines that end when somebody connects in another place."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from attio_nb.imports import with_installed_packages
from attio_nb.notebook.line import HiddenLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest

__all__ = ["CLOSE_FIELD", "ElsewhereWatch"]

POLL_SECONDS = 0.2

CLOSE_FIELD = "If the input field is still there, press Enter in it: it is not read any more."
"""For front ends that keep the field of an input request which the kernel has given up."""


class ElsewhereWatch:
    """Looks, on a thread, whether somebody has connected in another place, and ends the line then.

    Another kernel, a terminal or the panel may ask for the same connection at the same time.

    Args:
        request: What is asked for.
        read: Shows a prompt and returns a hidden line.
        connecting: Says whether it is this prompt itself that is connecting just now.
    """

    def __init__(
        self,
        request: ConnectionRequest,
        read: Callable[[str], str],
        *,
        connecting: Callable[[], bool] = lambda: False,
    ) -> None:
        self._request = request
        self._read = read
        self._connecting = connecting
        self._lock = threading.Lock()
        self._left = threading.Event()
        self._connected = False
        self._line: HiddenLine | None = None

    def __enter__(self) -> Self:
        watch = with_installed_packages(self._watch)
        threading.Thread(target=watch, name="attio_nb elsewhere", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    @property
    def connected(self) -> bool:
        """Whether somebody has connected in another place, or a page asks by now."""
        return self._connected

    def line(self) -> HiddenLine:
        """Return a line that ends then."""
        line = HiddenLine(self._read)
        with self._lock:
            self._line = line
            if self._connected:
                line.end()
        return line

    def _watch(self) -> None:
        while not self._left.wait(POLL_SECONDS):
            # An error is reported when the connection has to be read.
            with suppress(Exception):
                if self._is_over():
                    self._end()
                    return

    def _is_over(self) -> bool:
        # In this order: a prompt that connects by itself says so before it does it.
        is_over = self._request.is_connected() or self._request.is_taken_over()
        return is_over and not self._connecting()

    def _end(self) -> None:
        with self._lock:
            self._connected = True
            if self._line is not None:
                self._line.end()
