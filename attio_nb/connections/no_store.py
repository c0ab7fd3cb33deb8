"""The store of a person without a home: it is empty, and says why it keeps nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from attio_nb.errors import VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from attio_nb.connections.model import Slot, StoredConnection

__all__ = ["NoStore"]


class NoStore:
    """Keeps nothing, so that connections come from the environment alone.

    Args:
        reason: Why nothing can be kept, and what to do.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def get(self, slot: Slot) -> StoredConnection | None:
        """Return None."""
        return None

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        """Raise a `VaultError`."""
        self._refuse()

    def replace(self, slot: Slot, before: StoredConnection, after: StoredConnection) -> bool:
        """Return False: nothing was there."""
        return False

    def delete(self, slot: Slot) -> bool:
        """Return False: nothing was there."""
        return False

    def update(self, change: Callable[[dict[Slot, StoredConnection]], object]) -> None:
        """Raise a `VaultError`."""
        self._refuse()

    def entries(self) -> Mapping[Slot, StoredConnection]:
        """Return nothing."""
        return {}

    @contextmanager
    def renewing(self, slot: Slot) -> Iterator[None]:
        """Do nothing: there is nothing to renew."""
        yield

    def prepare(self) -> None:
        """Raise a `VaultError`."""
        self._refuse()

    def key_file(self) -> Path | None:
        """Return None."""
        return None

    def require_writable(self) -> None:
        """Raise a `VaultError`."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise VaultError(f"The connection was not saved. {self._reason}")
