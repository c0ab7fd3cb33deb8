"""Where connections are kept: the protocol, and the store that forgets."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from attio_nb.connections.model import Slot, StoredConnection

__all__ = ["MemoryStore", "Store"]


class Store(Protocol):
    """Keeps one connection a slot."""

    def get(self, slot: Slot) -> StoredConnection | None:
        """Return what the slot holds, or None."""

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        """Keep it in the slot, in place of what was there, for longer than this call."""

    def replace(self, slot: Slot, before: StoredConnection, after: StoredConnection) -> bool:
        """Put `after` in place of `before`, and say whether that was still there."""

    def delete(self, slot: Slot) -> bool:
        """Empty the slot, and say whether it held anything."""

    def update(self, change: Callable[[dict[Slot, StoredConnection]], object]) -> None:
        """Change what several slots hold in one step: all of it is done, or nothing.

        Args:
            change: Is given everything that is kept, and changes it.
        """

    def entries(self) -> Mapping[Slot, StoredConnection]:
        """Return everything that is kept, for lists; the values are masked."""

    def renewing(self, slot: Slot) -> AbstractContextManager[None]:
        """Keep every other thread and process from renewing what the slot holds."""

    def prepare(self) -> None:
        """Do now what the first `put` would have to wait for."""

    def key_file(self) -> Path | None:
        """Return the file that holds the key to what is kept, or None where no file does."""

    def require_writable(self) -> None:
        """Raise a `VaultError` if `put` and `replace` would fail now, as far as that can be told.

        It is called before something is spent that only a later `put` or `replace` makes up for.
        """


class MemoryStore:
    """A store that lasts as long as the process.

    Args:
        key_file: The file that holds the key to what this is a copy of, or None.
    """

    def __init__(self, *, key_file: Path | None = None) -> None:
        self._key_file = key_file
        self._entries: dict[Slot, StoredConnection] = {}
        self._lock = threading.Lock()
        self._renewing: dict[Slot, threading.Lock] = {}

    def get(self, slot: Slot) -> StoredConnection | None:
        """Return what the slot holds, or None."""
        return self._entries.get(slot)

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        """Keep it in the slot, in place of what was there."""
        self._entries[slot] = stored

    def replace(self, slot: Slot, before: StoredConnection, after: StoredConnection) -> bool:
        """Put `after` in place of `before`, and say whether that was still there."""
        with self._lock:
            if self._entries.get(slot) != before:
                return False
            self._entries[slot] = after
            return True

    def delete(self, slot: Slot) -> bool:
        """Empty the slot, and say whether it held anything."""
        return self._entries.pop(slot, None) is not None

    def update(self, change: Callable[[dict[Slot, StoredConnection]], object]) -> None:
        """Change what several slots hold in one step."""
        with self._lock:
            entries = dict(self._entries)
            change(entries)
            self._entries = entries

    def entries(self) -> Mapping[Slot, StoredConnection]:
        """Return everything that is kept."""
        return dict(self._entries)

    @contextmanager
    def renewing(self, slot: Slot) -> Iterator[None]:
        """Keep every other thread from renewing what the slot holds."""
        with self._lock:
            lock = self._renewing.setdefault(slot, threading.Lock())
        with lock:
            yield

    def prepare(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def key_file(self) -> Path | None:
        """Return the file that holds the key to what this is a copy of, or None."""
        return self._key_file

    def require_writable(self) -> None:
        """Do nothing: memory can be written."""
