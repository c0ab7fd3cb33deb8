"""How often may be asked what somebody could guess at, or what asks others."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Bucket", "TooManyError"]


class TooManyError(Exception):
    """It was asked too often.

    Args:
        seconds: How long to wait.
    """

    def __init__(self, seconds: int) -> None:
        unit = "second" if seconds == 1 else "seconds"
        super().__init__(f"That was tried too often. Wait {seconds} {unit}, then try again.")
        self.seconds = seconds


class Bucket:
    """Holds so many tries, and is filled up again over time.

    Args:
        most: How many there are at first.
        per_second: How many are added each second.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, most: float, per_second: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._left = most
        self._at = clock()

    def take(self) -> None:
        """Take one try.

        Raises:
            TooManyError: There is none left.
        """
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._at) * self._per_second)
            self._at = now
            if self._left < 1:
                raise TooManyError(math.ceil((1 - self._left) / self._per_second))
            self._left -= 1
