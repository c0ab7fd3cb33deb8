"""How often a key may be used: a sliding window, kept in memory."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from attio_nb.sandbox.model import Limit

__all__ = ["RateLimiter"]


class RateLimiter:
    """Counts the requests of each key.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait(self, key: str, limit: Limit) -> float:
        """Take one request of a key, if there is one left.

        Args:
            key: Whose request it is.
            limit: How often this key may be used.

        Returns:
            The seconds until a request is free again; 0 when this one was taken.
        """
        with self._lock:
            now, taken = self._clock(), self._taken[key]
            while taken and taken[0] + limit.seconds <= now:
                taken.popleft()
            if len(taken) >= limit.requests:
                return taken[0] + limit.seconds - now
            taken.append(now)
            return 0.0
