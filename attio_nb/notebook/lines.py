"""The lines that are shown beside an input line, also where the cell's output is captured."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lines", "is_output_captured"]


class Lines:
    """Shows lines, and has the input line repeat them where nobody can see them.

    ``%%capture`` and ``capture_output()`` keep what a cell prints, but not what it asks. So the
    input line says what is asked, with the link to sign in.

    Args:
        read: Shows a prompt and returns a hidden line.
        show: Shows a line.
        is_captured: Says whether what is shown now is kept from the person.
    """

    def __init__(
        self,
        read: Callable[[str], str],
        show: Callable[[str], None],
        *,
        is_captured: Callable[[], bool],
    ) -> None:
        self._read = read
        self._show = show
        self._is_captured = is_captured
        self._unseen: list[str] = []

    def show(self, text: str) -> None:
        """Show a line."""
        self._show(text)
        if self._is_captured():
            self._unseen.append(text)

    def show_picture(self, text: str) -> None:
        """Show a picture made of several lines, which no input line repeats."""
        if not self._is_captured():
            self._show(text)

    def read(self, prompt: str) -> str:
        """Show a prompt, below the lines that the person has not seen, and return a hidden line."""
        lines, self._unseen = [*self._unseen, prompt], []
        return self._read("\n".join(lines))

    def forget(self) -> None:
        """Forget the lines that nobody has seen: something else is asked from now on."""
        self._unseen.clear()


def is_output_captured() -> bool:
    """Return whether code has put something else in place of what a cell or a terminal prints to.

    A kernel prints to a stream of its own, and a terminal to itself. ``%%capture``,
    ``capture_output()`` and ``redirect_stdout()`` put a buffer or a file in its place.
    """
    stream = sys.stdout
    if stream is None:
        return True
    is_own = type(stream).__module__.startswith("ipykernel") or stream is sys.__stdout__
    return not is_own and isinstance(stream, io.TextIOBase) and not stream.isatty()
