"""A hidden line of a terminal, of any length.

A terminal that hands over whole lines (canonical mode) cuts each after 4,095 characters without a
word (termios(3), MAX_CANON). So this reads character by character, as `getpass` does on Windows.
"""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import TYPE_CHECKING

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import InvalidSecretError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CUT_AT", "read_terminal_line", "require_whole"]

TERMINAL = "/dev/tty"
CUT_AT = 4095
"""In bytes: what is left of a longer line that a terminal has handed over whole."""

PASTE_SECONDS = 0.1
"""What comes as soon after the end of a line was pasted with it. Nobody types as fast."""

LONGEST = 1024 * 1024
"""In bytes. What is longer is no value, and is not kept in memory."""

ENTER, END, ERASE, KILL, WORD = (b"\n", b"\r"), b"\x04", (b"\x7f", b"\x08"), b"\x15", b"\x17"


def read_terminal_line(prompt: str) -> SecretStr | None:
    """Show a prompt in the terminal of this process and return a hidden line, however long.

    Several lines that are pasted at once are returned together.

    Args:
        prompt: What to show.

    Returns:
        None where the process has no terminal of that kind.

    Raises:
        EOFError: The person has pressed Ctrl-D, or the terminal is gone.
        InvalidSecretError: It is longer than any value.
    """
    if os.name == "nt":
        return None
    try:
        descriptor = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        # A container may have no terminal of its own but a standard input that is one.
        own = _standard_input()
        return None if own is None else _read(own, prompt)
    try:
        return _read(descriptor, prompt)
    finally:
        os.close(descriptor)


def require_whole(line: str) -> None:
    """Refuse a line that a terminal may have cut.

    Args:
        line: What `getpass`, or another program's terminal, has read.

    Raises:
        InvalidSecretError: It is as long as what is left of a line that was cut.
    """
    if len(str.__str__(line).encode("utf-8", "replace")) == CUT_AT:
        raise InvalidSecretError(
            f"A terminal passes on {CUT_AT:,} characters of a line at most, and so many have come: "
            "the rest may be lost. Paste it in JupyterLab, or in a terminal with python or ipython."
        )


def _standard_input() -> int | None:
    """Return the descriptor of the standard input, or None where that is no terminal."""
    with contextlib.suppress(ValueError, OSError):
        if sys.__stdin__ is not None and sys.__stdin__.isatty():
            return sys.__stdin__.fileno()
    return None


def _read(descriptor: int, prompt: str) -> SecretStr | None:
    import termios

    try:
        with _unbuffered(descriptor):
            _write(descriptor, prompt)
            try:
                typed = _line(descriptor)
            finally:
                _write(descriptor, "\n")
    except termios.error:
        return None
    return SecretStr(typed.decode("utf-8", "replace"))


@contextlib.contextmanager
def _unbuffered(descriptor: int) -> Iterator[None]:
    """Let a terminal hand over each character at once, and show none."""
    import termios

    before = termios.tcgetattr(descriptor)
    changed = termios.tcgetattr(descriptor)
    # Ctrl-C still interrupts.
    changed[3] &= ~(termios.ECHO | termios.ICANON)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    # As `getpass`: what was typed before the prompt is no answer to it.
    termios.tcsetattr(descriptor, termios.TCSAFLUSH, changed)
    try:
        yield
    finally:
        # What was pasted beyond the answer must not reach a shell, which would run it.
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)


def _write(descriptor: int, text: str) -> None:
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"
    os.write(descriptor, text.encode(encoding, "replace"))


def _line(descriptor: int) -> bytes:
    line = bytearray()
    while True:
        for character in _characters(os.read(descriptor, 65536)):
            if character == END and not line:
                raise EOFError
            _take(line, character)
        if len(line) > LONGEST:
            raise InvalidSecretError("This is longer than any value. Paste the value itself.")
        if line.endswith(ENTER) and not select.select([descriptor], [], [], PASTE_SECONDS)[0]:
            return bytes(line[:-1])


def _characters(received: bytes) -> Iterator[bytes]:
    if not received:
        raise EOFError
    for number in received:
        yield bytes([number])


def _take(line: bytearray, character: bytes) -> None:
    """Add a character to a line, or edit the line as the terminal would."""
    if character in ERASE:
        # All bytes of a character of UTF-8 go together.
        while line and line.pop() & 0xC0 == 0x80:
            pass
    elif character == KILL:
        line.clear()
    elif character == WORD:
        kept = bytes(line).rstrip().rpartition(b" ")[0]
        line[:] = kept + b" " if kept else b""
    elif character != END:
        line += character
