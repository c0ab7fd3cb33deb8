"""Asking in a kernel for Python that is not ipykernel, such as xeus-python.

It draws no prompt of ours, since it has neither ipykernel's control channel nor its record of
messages. Where it brings a `getpass.getpass` of its own, that asks in an input line.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import missing_error
from attio_nb.notebook.line import read_hidden
from attio_nb.notebook.lines import is_output_captured
from attio_nb.notebook.stdin import StdinPrompter

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest, Prompter

__all__ = ["OtherKernelPrompter"]


class _NoInput(Exception):
    """The front end takes no input."""


def _brings_getpass() -> bool:
    # The one of the standard library would wait at the terminal of the Jupyter server.
    return getattr(getpass.getpass, "__module__", None) != getpass.__name__


class OtherKernelPrompter:
    """Asks in the input line of a kernel, and raises where it has none.

    Args:
        read: Shows a prompt and returns a hidden line. It raises a RuntimeError or a
            NotImplementedError where the front end takes no input, as xeus-python and IPython do.
        has_line: Says whether the kernel has a hidden line at all.
    """

    def __init__(
        self,
        read: Callable[[str], str] = read_hidden,
        *,
        has_line: Callable[[], bool] = _brings_getpass,
    ) -> None:
        self._read = read
        self._has_line = has_line
        self._stdin: Prompter = StdinPrompter(
            self._line, leaves_field=True, is_captured=is_output_captured
        )

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask until an answer is taken, or somebody has connected in another place.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """
        is_asked = self._has_line()
        if is_asked:
            try:
                self._stdin.ask(request, wait=wait)
            except _NoInput:
                is_asked = False
        if not is_asked:
            raise missing_error(request, "nobody-to-ask")

    def _line(self, prompt: str) -> str:
        try:
            return self._read(prompt)
        except (RuntimeError, NotImplementedError) as error:
            raise _NoInput from error
