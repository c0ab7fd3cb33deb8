"""Lines for a person, on whatever console they have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["can_show", "say"]


def say(text: object, *, stream: TextIO | None = None) -> None:
    """Print a line; a character that the console cannot encode is shown as ``?``.

    Args:
        text: The line.
        stream: Where to; None for the standard output of this moment, which IPython replaces.
    """
    stream = stream or sys.stdout
    if stream is None:
        # The shell, or a program without a console, has closed it.
        return
    line = str(text)
    if not can_show(line, stream=stream):
        encoding = _encoding(stream)
        line = line.encode(encoding, "replace").decode(encoding)
    print(line, file=stream, flush=True)  # this module is for printing


def can_show(text: str, *, stream: TextIO | None = None) -> bool:
    """Return whether the console can encode a text.

    Args:
        text: The text.
        stream: The console; None for the standard output of this moment.
    """
    stream = stream or sys.stdout
    try:
        text.encode(_encoding(stream))
    except UnicodeEncodeError:
        return False
    return True


def _encoding(stream: TextIO) -> str:
    # A stream that keeps text has none, and that of another kernel not even the attribute.
    return getattr(stream, "encoding", None) or "utf-8"
