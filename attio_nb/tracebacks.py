"""What errors hold beside their message: frames with local variables, causes and contexts.

An error that leaves us may be kept, shown with all its variables, or sent away by a service that
collects errors. So it holds no request, no body and no value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import TypeVar

__all__ = ["clear_frames", "related_errors", "without_secrets"]

PACKAGES = frozenset({"anyio", "attio_nb", "h11", "h2", "httpcore", "httpx", "socksio", "ssl"})
"""Whose frames are cleared. Those of the code that calls us are its own."""

E = TypeVar("E", bound=BaseException)


def related_errors(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes and contexts, and those in groups, each once.

    Args:
        error: The error.
    """
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [near for near in (each.__context__, each.__cause__) if near is not None]


def clear_frames(error: BaseException) -> None:
    """Clear the local variables in our frames and those of HTTP libraries.

    A traceback goes on to show files and lines. Frames that still run keep their variables.

    Args:
        error: The error whose traceback is cleared, with those of its causes and contexts.
    """
    for each in related_errors(error):
        for frame in _frames(each):
            if frame.f_globals.get("__name__", "").partition(".")[0] in PACKAGES:
                # RuntimeError: it still runs.
                with suppress(RuntimeError):
                    frame.clear()


def without_secrets(error: E) -> E:
    """Return an error without local variables, and without the errors that led to it.

    Those may be of other libraries, and hold a request, a response or a document that could not be
    read. The message of ours says all of it that helps.

    Args:
        error: The error. Where its cause is an error of the operating system, it keeps that.
    """
    clear_frames(error)
    error.__context__ = None
    # Setting the cause hides the context as well.
    error.__cause__ = error.__cause__ if type(error.__cause__).__module__ == "builtins" else None
    return error


def _frames(error: BaseException) -> Iterator[FrameType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next
