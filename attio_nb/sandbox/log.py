"""The latest requests to the API, for the page and the terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Entry", "RequestLog"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request that was answered.

    Attributes:
        at: When.
        method: Its HTTP method.
        path: Its path; the query is left out.
        status: The HTTP status of the answer; 0 when there was none.
        key_name: The name of its key, or of the client and what it asked for; empty when it
            carried no good one.
        fault: The fault of the provider that was switched on and made this answer; mostly empty.
    """

    at: datetime
    method: str
    path: str
    status: int
    key_name: str
    fault: str = ""


class RequestLog:
    """Keeps the latest requests in memory.

    Args:
        listener: Called with each entry as it comes.
        size: How many are kept.
    """

    def __init__(self, listener: Callable[[Entry], None], *, size: int = 20) -> None:
        self._listener = listener
        self._entries: deque[Entry] = deque(maxlen=size)

    def add(self, entry: Entry) -> None:
        """Keep a request, and tell the listener."""
        self._entries.appendleft(entry)
        self._listener(entry)

    def latest(self) -> list[Entry]:
        """List the requests that are kept, the newest first."""
        return list(self._entries)
