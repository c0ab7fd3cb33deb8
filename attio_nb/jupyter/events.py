"""Telling pages that something has changed, through Jupyter's own event service."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyter_events import EventLogger

__all__ = ["CHANGED", "Changes", "What"]

CHANGED = "urn:attio-nb:connections-changed"

What = Literal["state", "prompts"]

SCHEMA: dict[str, Any] = {
    "$id": CHANGED,
    "version": "1",
    "title": "Connections changed",
    "description": "What a page of attio_nb shows has changed. It asks anew; nothing else is told.",
    "type": "object",
    "properties": {
        "what": {
            "title": "What",
            "description": (
                "state: the app file or what is connected. prompts: a prompt that the server holds."
            ),
            "enum": ["state", "prompts"],
        }
    },
    "required": ["what"],
    "additionalProperties": False,
}


class Changes:
    """Tells every page that is open.

    Args:
        events: The event logger of the Jupyter server.
        soon: Runs something on the server's event loop, and may be called on any thread.
    """

    def __init__(self, events: EventLogger, soon: Callable[[Callable[[], None]], object]) -> None:
        self._events = events
        self._soon = soon
        self._lock = threading.Lock()
        self._due: set[What] = set()
        if CHANGED not in events.schemas:
            events.register_event_schema(SCHEMA)

    def tell(self, what: What) -> None:
        """Tell of a change, on any thread; several at once are told of as one."""
        with self._lock:
            is_first = not self._due
            self._due.add(what)
        if is_first:
            self._soon(self._emit)

    def _emit(self) -> None:
        with self._lock:
            due, self._due = sorted(self._due), set()
        for what in due:
            self._events.emit(schema_id=CHANGED, data={"what": what})
