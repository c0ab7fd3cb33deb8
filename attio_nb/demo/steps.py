"""The steps of the demo: how many there were, how long they took, and their requests in short."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from attio_nb.demo.person import Say
from attio_nb.sandbox.log import Entry

__all__ = ["Steps"]

MOST_SHOWN = 3
"""How many different requests of one step are named."""


class Steps:
    """Counts the steps, and prints the requests of each step as one line.

    Args:
        say: Prints a line.
        clock: Seconds that only grow.
    """

    def __init__(self, say: Say, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._began = clock()
        self._count = 0
        self._requests: list[str] = []

    def add_request(self, entry: Entry) -> None:
        """Note a request that the sandbox has answered; any thread may call this."""
        self._requests.append(f"{entry.status} {entry.method} {entry.path}")

    def end_step(self) -> None:
        """Count a step, and print the requests that were made in it."""
        self._count += 1
        requests, self._requests = self._requests, []
        if requests:
            self._say(f"      sandbox {_folded(requests)}")

    def summary(self, *, failed: bool) -> str:
        """Return the last line of the demo.

        Args:
            failed: Whether the last step has failed.
        """
        steps = f"{self._count} step{'' if self._count == 1 else 's'}"
        seconds = f"{self._clock() - self._began:.0f} seconds"
        outcome = "the last one failed" if failed else "all as expected"
        return f"{steps} in {seconds}, {outcome}."


def _folded(requests: list[str]) -> str:
    counted = Counter(requests)
    shown = [f"{each} ({count} times)" if count > 1 else each for each, count in counted.items()]
    if len(shown) > MOST_SHOWN:
        named = shown[: MOST_SHOWN - 1]
        rest = len(requests) - sum(list(counted.values())[: MOST_SHOWN - 1])
        shown = [*named, f"{rest} more"]
    return ", ".join(shown)
