"""Looking at a vault and at app files without changing either."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.connections.vault import SETTLED_NS
from attio_nb.errors import AppFileError, AppFileNotAllowedError, VaultError
from attio_nb.tab.overview import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attio_nb.app import App
    from attio_nb.app.trust import AppFileTrust
    from attio_nb.connections.vault import Vault

__all__ = ["KeptAppFile", "Look", "NoAppFile", "VaultLooks"]

LOCKED = (
    "The operating system's keyring is locked, and the key of the vault is in it. Unlock it to see "
    "what is connected."
)

Signature = tuple[int, int, int]


class Look(NamedTuple):
    """What a look into the vault found.

    Attributes:
        store: What is kept in it; empty where it could not be looked into.
        problem: Why it could not be, or None.
    """

    store: MemoryStore
    problem: Problem | None = None


class VaultLooks:
    """Looks into a vault; one that cannot be opened is left where it is.

    Args:
        vault: The vault.
        clock: Wall clock in nanoseconds.
    """

    def __init__(self, vault: Vault, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._vault = vault
        self._clock = clock
        self._seen: tuple[Signature, Look] | None = None

    def look(self, *, unlock: bool = False) -> Look:
        """Return what is kept, from memory where the file has not changed.

        Args:
            unlock: Whether a locked keyring may be asked, which puts up a window.
        """
        try:
            return self._looked(unlock)
        except VaultError as error:
            return Look(MemoryStore(), Problem("vault", str(error)))
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            message = f"The vault {self._vault.path} cannot be read: {why}. Make it readable."
            return Look(MemoryStore(), Problem("vault", message))

    def _looked(self, unlock: bool) -> Look:
        signature, seen = _signature(self._vault.path), self._seen
        if signature is None:
            return Look(MemoryStore())
        if seen is not None and seen[0] == signature:
            return seen[1]
        look = self._opened(unlock)
        # A file that has just changed may change again without its time stamp showing it.
        is_settled = self._clock() - signature[0] > SETTLED_NS
        self._seen = (signature, look) if is_settled and look.problem is None else None
        return look

    def _opened(self, unlock: bool) -> Look:
        store = MemoryStore()
        if not unlock and self._vault.needs_keyring() and self._vault.keys.locked():
            return Look(store, Problem("vault-locked", LOCKED))
        entries = self._vault.inspect() or {}
        store = MemoryStore(key_file=self._vault.key_file())
        for slot, stored in entries.items():
            store.put(slot, stored)
        return Look(store)


class NoAppFile(AppFile):
    """No app file at all."""

    def app(self) -> App | None:
        """Return None."""
        return None


class KeptAppFile(AppFile):
    """The app file above a folder; while it cannot be read, what it said last.

    Args:
        folder: The folder.
        kept: What app files said last, by their paths; it is added to.
        trust: Refuses a file that may not be used.

    Attributes:
        lock: Is to be held from `look_again` until all is read.
        problem: Why the file cannot be read, or None.
    """

    def __init__(
        self, folder: Path, kept: dict[Path, App], *, trust: AppFileTrust | None = None
    ) -> None:
        super().__init__(lambda: folder, trust=trust)
        self.lock = threading.Lock()
        self.problem: Problem | None = None
        self._kept = kept
        self._shown: App | None = None

    def look_again(self) -> None:
        """Look at the file now."""
        super().look_again()
        try:
            self._shown, self.problem = super().app(), None
        except AppFileError as error:
            is_refused = isinstance(error, AppFileNotAllowedError)
            self._shown = None if is_refused else self._kept.get(error.path)
            # A page cannot open what this server does not show.
            file = None if is_refused else error.path
            self.problem = Problem("app-file", str(error), error.line, file)
        else:
            if self._shown is not None and self._shown.path is not None:
                self._kept[self._shown.path] = self._shown

    def app(self) -> App | None:
        """Return what the file said when it was looked at."""
        return self._shown


def _signature(path: Path) -> Signature | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
