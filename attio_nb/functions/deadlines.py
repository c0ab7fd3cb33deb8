"""The deadlines of requests, which stand still while a person is asked for a connection."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Deadlines"]


class Deadlines:
    """Ends requests that take too long, without the time in which a person is asked.

    A prompt blocks the event loop of its thread. So it stops every deadline of that thread: the one
    of the request that asks, and those of requests that other tasks have sent. In other threads,
    requests go on meanwhile, and so do their deadlines.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stopped = _Stopped()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the deadlines of this thread while the block runs.

        A deadline that begins within the block is not stopped by it: its request waits for a
        service, and not for the person.
        """
        began = self._clock()
        self._stopped.depth += 1
        try:
            yield
        finally:
            self._stopped.depth -= 1
            # One prompt within another counts once.
            if self._stopped.depth == 0:
                self._stopped.seconds += self._clock() - began

    @contextmanager
    def ending(self, limit: asyncio.Timeout, seconds: float | None) -> Iterator[None]:
        """Let a time-out of asyncio expire when the block has run for so long.

        Args:
            limit: The time-out, which has been entered and has no end of its own.
            seconds: How long the block may run while no deadline is stopped; None for no end.
        """
        if seconds is None:
            yield
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds - self._stopped.seconds
        timers: list[asyncio.TimerHandle] = []

        def check() -> None:
            # Whatever was asked meanwhile moves the end.
            left = end + self._stopped.seconds - loop.time()
            if left > 0:
                timers[:] = [loop.call_later(left, check)]
            else:
                limit.reschedule(loop.time())

        check()
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()


class _Stopped(threading.local):
    """How long the deadlines of each thread were stopped so far, and in how many blocks it is."""

    seconds = 0.0
    depth = 0
