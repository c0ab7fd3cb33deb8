"""Errors of ours that end a script, shown on one line in place of a traceback.

Python calls ``sys.excepthook`` with an error that nobody has caught, and ends the process with
status 1 whatever the hook prints. Debuggers, test runners and services that collect errors have
hooks of their own; where there is one already, it stays.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

from attio_nb.console import say
from attio_nb.errors import AttioError
from attio_nb.plain_text import escape_unprintable
from attio_nb.script.wording import in_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["TRACEBACK_VARIABLE", "error_lines", "show_uncaught_errors_on_one_line"]

TRACEBACK_VARIABLE = "ATTIO_NB_TRACEBACK"
"""Set to anything but 0, it has a script show the traceback all the same."""


def show_uncaught_errors_on_one_line() -> None:
    """Show errors of ours that end this process, or a thread of it, on one line of stderr."""
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _excepthook
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _thread_excepthook


def error_lines(error: BaseException) -> list[str]:
    """Return what to show of an error: a line, and the notes that code has added (PEP 678).

    Args:
        error: An error of ours, or a group with nothing else in it, of which each is shown.

    Returns:
        Nothing for any other error.
    """
    leaves = list(_leaves(error))
    if not all(isinstance(leaf, AttioError) for leaf in leaves):
        return []
    lines = [line for leaf in leaves for line in _lines(leaf)]
    notes = _notes(error) if isinstance(error, BaseExceptionGroup) else []
    return list(dict.fromkeys([*lines, *notes]))


def _lines(error: BaseException) -> list[str]:
    message = in_terminal(" ".join(str(error).splitlines()))
    return [f"{type(error).__name__}: {message}", *_notes(error)]


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", ())
    known = notes if isinstance(notes, list | tuple) else ()
    return [escape_unprintable(str(note)) for note in known]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def _wants_traceback(environ: Mapping[str, str] = os.environ) -> bool:
    """Say whether the person looks for a fault: development mode, or ``python -i``."""
    return (
        environ.get(TRACEBACK_VARIABLE, "0") not in ("", "0")
        or sys.flags.dev_mode
        or bool(sys.flags.inspect)
    )


def _excepthook(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    lines = [] if _wants_traceback() else error_lines(error)
    if not lines or sys.stderr is None:
        sys.__excepthook__(kind, error, traceback)
        return
    for line in lines:
        say(line, stream=sys.stderr)


def _thread_excepthook(args: threading.ExceptHookArgs) -> None:
    error = args.exc_value
    lines = [] if error is None or _wants_traceback() else error_lines(error)
    if not lines or sys.stderr is None:
        threading.__excepthook__(args)
        return
    name = args.thread.name if args.thread is not None else "?"
    for number, line in enumerate(lines):
        say(f"Thread {name}: {line}" if number == 0 else line, stream=sys.stderr)
