"""A hidden line that a person types, unless something else comes first."""

from __future__ import annotations

import getpass
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from attio_nb.connections.secret import SecretStr
from attio_nb.notebook.hidden_line import read_terminal_line, require_whole

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HiddenLine", "read_hidden"]


def read_hidden(prompt: str) -> str:
    """Show a prompt and return a hidden line.

    ``getpass`` is looked up at each call: ipykernel puts one of its own in place while a cell runs.

    Raises:
        InvalidSecretError: A terminal may have cut it.
    """
    if getpass.getpass is getattr(getpass, "unix_getpass", None):
        line = read_terminal_line(prompt)
        if line is not None:
            return line
    line = SecretStr(getpass.getpass(prompt))
    require_whole(line)
    return line


class HiddenLine:
    """Reads lines on the main thread, until `end` is called on any other.

    What ends a line that is being read is an interrupt that this class sends itself. It takes every
    interrupt while it reads, so that none, its own or the person's, is raised anywhere else: a
    KeyboardInterrupt that leaves an asyncio task ends the kernel.

    Args:
        read: Shows a prompt and returns a hidden line.
    """

    def __init__(self, read: Callable[[str], str] = read_hidden) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._ended = False
        self._reading = False
        self._sent = False
        self._arrived = False
        self._interrupted = False
        self._may_raise = False

    def end(self) -> None:
        """Let the line that is being read, and each one after it, be none."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            if self._reading:
                self._sent = True
                _interrupt_main_thread()

    def read(self, prompt: str) -> SecretStr | None:
        """Return what the person types, masked; "" where the input has ended.

        Returns:
            None once `end` was called.

        Raises:
            KeyboardInterrupt: The person has interrupted. It is raised by this method itself.
        """
        before = signal.signal(signal.SIGINT, self._on_interrupt)
        try:
            line = self._read_once(prompt) if self._begin() else None
        finally:
            self._finish()
            signal.signal(signal.SIGINT, before)
        if self._interrupted:
            raise KeyboardInterrupt
        return None if self._ended else line

    def _begin(self) -> bool:
        with self._lock:
            self._reading = not self._ended
            return self._reading

    def _finish(self) -> None:
        self._may_raise = False
        with self._lock:
            self._reading = False
        while self._sent and not self._arrived:
            time.sleep(0.001)

    def _read_once(self, prompt: str) -> SecretStr:
        line = SecretStr("")
        try:
            self._may_raise = True
            # One that has come before now was not raised.
            if not (self._arrived or self._interrupted):
                line = self._line(prompt)
            self._may_raise = False
        except KeyboardInterrupt:
            # `_on_interrupt` raises once. Windows' getpass raises by itself.
            self._interrupted |= not self._arrived
        return line

    def _line(self, prompt: str) -> SecretStr:
        try:
            return SecretStr(self._read(prompt))
        except EOFError:
            return SecretStr("")

    def _on_interrupt(self, *_: Any) -> None:
        if self._sent and not self._arrived:
            self._arrived = True
        else:
            self._interrupted = True
        if self._may_raise:
            self._may_raise = False
            raise KeyboardInterrupt


def _interrupt_main_thread() -> None:
    if os.name == "nt":
        import _thread

        _thread.interrupt_main()
        return
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGINT)
