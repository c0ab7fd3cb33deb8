"""What the tracebacks of other libraries hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from types import FrameType

__all__ = ["clear_foreign_frames", "related_errors"]

LIBRARIES = frozenset(
    {"anyio", "asyncio", "contextlib", "h11", "h2", "httpcore", "httpx", "socksio", "ssl"}
)


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


def clear_foreign_frames(error: BaseException) -> None:
    """Clear the local variables in the frames of HTTP libraries, which hold requests and bodies.

    Frames that still run keep theirs.

    Args:
        error: The error whose tracebacks, causes and contexts are cleared.
    """
    for each in related_errors(error):
        for frame in _frames(each):
            if frame.f_globals.get("__name__", "").partition(".")[0] in LIBRARIES:
                # RuntimeError: it still runs.
                with suppress(RuntimeError):
                    frame.clear()


def _frames(error: BaseException) -> Iterator[FrameType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame
        traceback = traceback.tb_next
