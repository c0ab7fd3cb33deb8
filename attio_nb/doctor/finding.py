"""What one look found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from attio_nb.errors import AttioError

__all__ = ["Finding", "from_error", "ok", "problem"]

INDENT = " " * 9


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a diagnosis.

    Attributes:
        well: Whether all is well.
        text: What was found.
        fix: What to do where it is not; "" otherwise.
    """

    well: bool
    text: str
    fix: str = ""

    def __str__(self) -> str:
        # A folder may have a line break in its name.
        line = f"{'ok' if self.well else 'problem':{len(INDENT)}}{on_one_line(self.text)}"
        return f"{line}\n{INDENT}{on_one_line(self.fix)}" if self.fix else line


def ok(text: str) -> Finding:
    """Return that all is well."""
    return Finding(True, text)


def problem(text: str, fix: str) -> Finding:
    """Return that something is not, and what to do."""
    return Finding(False, text, fix)


def from_error(subject: str, error: AttioError, fix: str = "") -> Finding:
    """Return a problem that an error tells of.

    Args:
        subject: What was looked at.
        error: Its message says what happened and, in most cases, what to do.
        fix: What to do, where the message does not say it.
    """
    if fix:
        return problem(f"{subject}: {error}", fix)
    happened, _, rest = str(error).partition(". ")
    return problem(f"{subject}: {happened.rstrip('.')}.", rest)
