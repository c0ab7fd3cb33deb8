"""Names of files as a person can read them, and paste them into a shell."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["allow_command", "shell_word"]


def allow_command(app_file: Path | None) -> str:
    """Return the command that allows an app file and the addresses in it.

    Args:
        app_file: The app file; None for the one that is found from the working directory.
    """
    return f"attio-nb allow {shell_word(app_file)}" if app_file else "attio-nb allow"


def shell_word(path: Path) -> str:
    """Return a path as one word of a command line, without a character that a terminal hides."""
    text = os.fspath(path)
    if os.name == "nt":
        # Windows allows no quotation mark in a name.
        return f'"{on_one_line(text)}"'
    if text.isprintable():
        return shlex.quote(text)
    # What Bash and Zsh read as one word, with each hidden byte as a number.
    return "$'" + "".join(map(_in_ansi_c_quotes, text)) + "'"


def _in_ansi_c_quotes(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
