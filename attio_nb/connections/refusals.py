"""What services make of a stored value: one that is refused is marked, until one takes it again."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from attio_nb.errors import VaultError
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.store import Store

__all__ = ["Refusals", "Witness"]


class _News(NamedTuple):
    slot: Slot
    sent: StoredConnection
    refused: bool

    def tells(self, there: StoredConnection | None) -> bool:
        """Say whether this is about what is stored now, and not known there."""
        return (
            there is not None
            and (there.id, there.value) == (self.sent.id, self.sent.value)
            and (there.refused_at is not None) is not self.refused
        )


class Refusals:
    """Marks the values that services refuse.

    A request never waits for that: a thread does the writing, in the order in which the answers
    came. Nothing hangs on a mark but what people are shown, so that a vault which cannot be written
    is passed over, and a process which ends is not held up.

    Args:
        store: Where the values are.
        clock: Seconds since the epoch.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._news: deque[_News] = deque()
        self._writer: int | None = None

    def heard(self, slot: Slot, sent: StoredConnection, *, refused: bool) -> None:
        """Have a value marked as refused, or no longer so, if it is still what is stored.

        Args:
            slot: Where it was found.
            sent: What was found there.
            refused: Whether a service has refused it, or taken it.
        """
        # No thread can be started any more while the process ends.
        with self._lock, suppress(RuntimeError):
            self._news.append(_News(slot, sent, refused))
            # Of a process that was forked off, the threads stay behind.
            if self._writer != os.getpid():
                threading.Thread(
                    target=with_installed_packages(self._write_all),
                    name="attio_nb refusals",
                    daemon=True,
                ).start()
                self._writer = os.getpid()

    def mark(self, slot: Slot, sent: StoredConnection, *, refused: bool) -> None:
        """Mark a value as `heard` does, and return once that is written.

        Args:
            slot: Where it was found.
            sent: What was found there.
            refused: Whether a service has refused it, or taken it.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
        """
        self._write(_News(slot, sent, refused))

    def _write_all(self) -> None:
        while (news := self._next()) is not None:
            with suppress(VaultError):
                self._write(news)

    def _next(self) -> _News | None:
        with self._lock:
            if self._news:
                return self._news.popleft()
            self._writer = None
            return None

    def _write(self, news: _News) -> None:
        if not news.tells(self._store.get(news.slot)):
            return
        # A renewal has to find what it has read, or else the token that it brings is lost.
        with self._store.renewing(news.slot):
            there = self._store.get(news.slot)
            if there is not None and news.tells(there):
                refused_at = self._clock() if news.refused else None
                self._store.replace(news.slot, there, there._replace(refused_at=refused_at))


class Witness:
    """Hears what services answer to one stored secret.

    Args:
        refusals: Where it tells of it.
        slot: Where the secret was found.
        stored: What was found there.
    """

    def __init__(self, refusals: Refusals, slot: Slot, stored: StoredConnection) -> None:
        self._refusals = refusals
        self._slot = slot
        self._stored = stored
        self._refused = stored.refused_at is not None

    def __reduce__(self) -> tuple[Any, ...]:
        # Whoever unpickles a connection has another store.
        return type(None), ()

    def heard(self, *, refused: bool) -> None:
        """Take note that a service has refused the secret, or taken it."""
        if refused or self._refused:
            self._refused = refused
            self._refusals.heard(self._slot, self._stored, refused=refused)
