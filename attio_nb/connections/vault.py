"""The store that lasts: all connections in one encrypted file.

Layout: the line ``attio_nb vault 1``, one byte that says where the key is kept, eight that tell
keys apart, a nonce of twelve, then AES-256-GCM over JSON, with everything before the nonce
authenticated as well.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
import warnings
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.connections.entries import Entries, parsed, serialised
from attio_nb.connections.generation import Generations
from attio_nb.connections.keys import VAULT_KEY_VARIABLE, KeyPlace
from attio_nb.connections.secret import SecretBytes
from attio_nb.errors import VaultError, VaultKeyError
from attio_nb.files import (
    UnsafeFolderError,
    make_private_directory,
    os_error_message,
    os_error_reason,
    remove_leftovers,
    replace_file,
    require_private_directory,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from attio_nb.connections.keys import VaultKey, VaultKeys
    from attio_nb.connections.model import Slot, StoredConnection

__all__ = ["Vault"]

MAGIC = b"attio_nb vault 1\n"
FINGERPRINT_BYTES = 8
NONCE_BYTES = 12
HEADER_BYTES = len(MAGIC) + 1 + FINGERPRINT_BYTES

SETTLED_NS = 50_000_000
"""A file that changed this recently may change again without its time stamp showing it, so it is
read again.
"""

ROOM = 64 * 1024
"""In bytes, for what a provider sends: a token and a refresh token of 16 kB each, encrypted."""

POLL_SECONDS = 0.01
"""Between two looks at a lock that another process holds: it is held for milliseconds, or while a
token is renewed, and then several kernels wait for it, one after the other.
"""

Signature = tuple[int, int, int]


class _Unreadable(Exception):
    """The file is no vault that the key opens; the message says why, as the end of a sentence."""


class Vault:
    """Connections in one file, encrypted and authenticated, shared by all kernels of a person.

    A read costs one `os.stat` unless another process has written since. A write holds a file lock,
    reads what is there, and replaces the file whole. A file that cannot be opened is set aside
    under another name, never overwritten.

    Args:
        path: The file; it and its directory are made at the first write.
        keys: Where its key comes from.
        lock_timeout: Seconds to wait for another process that is writing; more than a keyring is
            waited for.
        clock: Wall clock in nanoseconds.
        replace: Puts a new content in place of the file.
        notify: Is told what was set aside, and where to.

    Attributes:
        path: The file.
        keys: Where its key comes from.
    """

    def __init__(
        self,
        path: Path,
        keys: VaultKeys,
        *,
        lock_timeout: float = 90.0,
        clock: Callable[[], int] = time.time_ns,
        replace: Callable[[Path, bytes], object] = replace_file,
        notify: Callable[[str], None] = warnings.warn,
    ) -> None:
        self.path = path
        self._name = os.fspath(path)
        self.keys = keys
        self._lock_timeout = lock_timeout
        self._clock = clock
        self._replace = replace
        self._notify = notify
        self._key: VaultKey | None = None
        self._cached: tuple[Signature | None, Entries] = None, {}
        # Beside the key, and so not in a copy of the vault's folder.
        self._generations = Generations(keys.key_file.with_name("generations.json"))
        # By the fingerprint of the key, since a vault that was begun anew with another key counts
        # anew as well.
        self._highest: dict[str, int] | None = None
        self._older: tuple[int, int] | None = None

    def get(self, slot: Slot) -> StoredConnection | None:
        """Return what the slot holds, or None.

        Raises:
            VaultError: The file is there and cannot be read.
        """
        return self._current().get(slot)

    def entries(self) -> Mapping[Slot, StoredConnection]:
        """Return everything that is kept.

        Raises:
            VaultError: The file is there and cannot be read.
        """
        return dict(self._current())

    def inspect(self) -> Mapping[Slot, StoredConnection] | None:
        """Return everything that is kept, or None where there is no vault; change nothing.

        Raises:
            VaultError: It cannot be read or opened, and why.
        """
        if not self.path.exists():
            return None
        try:
            return self._read()
        except _Unreadable as error:
            raise VaultError(
                f"The vault {self.path} cannot be opened: {error}. Give it its key, or a copy from "
                "before; when it is used next it is set aside, and a new one is begun."
            ) from None

    def older_copy(self) -> str:
        """Return that the vault is older than the one before, as a sentence, or ""; read it first.

        What was disconnected since may be in it again.
        """
        if self._older is None:
            return ""
        number, last = self._older
        return (
            f"The vault {self.path} is an older copy: it was written {number} times, and the last "
            f"one seen {last} times. If you did not restore it yourself, look at what is "
            "connected: what you disconnected may be back, and newer values are missing."
        )

    def needs_keyring(self) -> bool:
        """Say whether reading it would ask the operating system's keyring for its key.

        Raises:
            VaultError: The file is there and cannot be read.
        """
        header = (self._content() or b"")[:HEADER_BYTES]
        if not header.startswith(MAGIC + KeyPlace.KEYRING.value):
            return False
        is_at_hand = self._key is not None and header.endswith(self._key.fingerprint)
        return not is_at_hand and self.keys.place() is not KeyPlace.ENVIRONMENT

    def key_file(self) -> Path | None:
        """Return the file that holds its key, or None where no file does, or there is no vault."""
        with suppress(VaultError):
            if (self._content() or b"").startswith(MAGIC + KeyPlace.FILE.value):
                return self.keys.key_file
        return None

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        """Keep it in the slot, in place of what was there.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
        """
        with self._changing() as entries:
            entries[slot] = stored

    def replace(self, slot: Slot, before: StoredConnection, after: StoredConnection) -> bool:
        """Put `after` in place of `before`, and say whether that was still there.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
        """
        with self._locked():
            entries = self._read_or_set_aside()
            if entries.get(slot) != before:
                return False
            entries[slot] = after
            self._write(entries)
            return True

    def delete(self, slot: Slot) -> bool:
        """Empty the slot, and say whether it held anything.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
        """
        if slot not in self._current():
            return False
        with self._changing() as entries:
            return entries.pop(slot, None) is not None

    def update(self, change: Callable[[dict[Slot, StoredConnection]], object]) -> None:
        """Change what several slots hold in one step: all of it is done, or nothing.

        Args:
            change: Is given everything that is kept, and changes it.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
        """
        with self._changing() as entries:
            change(entries)

    @contextmanager
    def renewing(self, slot: Slot) -> Iterator[None]:
        """Keep every other thread and process from renewing what the slot holds.

        The lock is another one than that of the file, which can be read and written meanwhile. The
        operating system frees it when its holder is killed.

        Raises:
            VaultError: Another process has held it for too long.
        """
        name = hashlib.sha256(json.dumps(slot).encode()).hexdigest()[:32]
        with self._holding(self.path.parent / f"renewing-{name}.lock"):
            yield

    def prepare(self) -> None:
        """Do what the first write would have to wait for: load the cipher, and have a key at hand.

        Raises:
            VaultError: The key cannot be had, or put away.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: F401

        with self._locked(), suppress(_Unreadable):
            if not self._read():
                self._key = self._key_for_writing()

    def require_writable(self) -> None:
        """Raise if the vault could not be written now; nothing that is stored is changed.

        A file of the vault's size, and room for more, is written beside it and removed again.

        Raises:
            VaultError: The folder or the disk takes no file, or the key cannot be had.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: F401

        with self._locked():
            # What cannot be opened is set aside by the write, which then begins a new vault.
            with suppress(_Unreadable):
                self._read()
            self._key = self._key_for_writing()
            self._probe()

    def _probe(self) -> None:
        # Under a name that `remove_leftovers` finds, should this process be killed.
        beside = self.path.with_name(f".{self.path.name}-probe.tmp")
        try:
            size = self.path.stat().st_size if self.path.exists() else 0
            # Random, since some file systems keep nothing of what is all zeros.
            self._replace(beside, os.urandom(size + ROOM))
        except OSError as error:
            raise self._write_error(error) from error
        finally:
            with suppress(OSError):
                beside.unlink()

    def _current(self) -> Entries:
        try:
            status = os.stat(self._name)
        except FileNotFoundError:
            self._cached = None, {}
            return {}
        except OSError as error:
            raise self._read_error(error) from error
        signature = (status.st_mtime_ns, status.st_ino, status.st_size)
        seen, entries = self._cached
        return entries if signature == seen else self._load(signature)

    def _load(self, signature: Signature) -> Entries:
        try:
            entries = self._read()
        except _Unreadable:
            with self._locked():
                entries = self._read_or_set_aside()
        is_settled = self._clock() - signature[0] > SETTLED_NS
        # In one step: another thread must find what goes with the signature that it sees.
        self._cached = signature if is_settled else None, entries
        return entries

    @contextmanager
    def _changing(self) -> Iterator[Entries]:
        with self._locked():
            entries = self._read_or_set_aside()
            yield entries
            self._write(entries)

    def _locked(self) -> AbstractContextManager[None]:
        return self._holding(Path(f"{self._name}.lock"))

    @contextmanager
    def _holding(self, path: Path) -> Iterator[None]:
        from filelock import FileLock, Timeout

        self._make_directory()
        # A lock object of its own for each change, so that the threads of one process exclude each
        # other as well.
        lock = FileLock(
            path,
            timeout=self._lock_timeout,
            mode=0o600,
            thread_local=False,
            fallback_to_soft=False,
        )
        try:
            lock.acquire(poll_interval=POLL_SECONDS)
        except Timeout:
            raise VaultError(
                f"Another process has held the vault {self.path} for {self._lock_timeout:.0f} "
                "seconds. "
                "Nothing was changed; end that process and try again."
            ) from None
        except OSError as error:
            raise self._write_error(error) from error
        try:
            yield
        finally:
            lock.release()

    def _make_directory(self) -> None:
        try:
            make_private_directory(self.path.parent)
        except OSError as error:
            raise self._write_error(error) from error

    def _read(self) -> Entries:
        # Before the file: what another thread writes meanwhile makes nothing older.
        highest = dict(self._highest_seen())
        content = self._content()
        if content is None:
            # A key from before may have gone along with the file.
            self._key = None
            return {}
        opened = self._opened(content)
        # The errors hold what was read, which is every value.
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            entries, generation = parsed(opened)
            self._compare(generation, highest)
            return entries
        raise _Unreadable("its content is not of this version")

    def _highest_seen(self) -> dict[str, int]:
        if self._highest is None:
            self._highest = self._generations.seen(self.path)
        return self._highest

    def _compare(self, generation: int, highest: Mapping[str, int]) -> None:
        key = self._key.fingerprint.hex() if self._key else ""
        last, seen = highest.get(key, 0), self._highest_seen()
        if generation >= last:
            seen[key], self._older = max(seen.get(key, 0), generation), None
        elif self._older != (generation, last):
            self._older = generation, last
            self._notify(self.older_copy())

    def _content(self) -> bytes | None:
        try:
            content = self.path.read_bytes()
            require_private_directory(self.path.parent)
            return content
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._read_error(error) from error

    def _opened(self, content: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        header, body = content[:HEADER_BYTES], content[HEADER_BYTES:]
        key = self._key_for_reading(header)
        # What is raised is raised outside of the handler: its error holds the key in its frames.
        with suppress(InvalidTag, ValueError):
            opened = AESGCM(key.secret).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], header)
            return SecretBytes(opened)
        raise _Unreadable("it was damaged")

    def _key_for_reading(self, header: bytes) -> VaultKey:
        place = header[len(MAGIC) : len(MAGIC) + 1]
        if not header.startswith(MAGIC) or place not in {p.value for p in KeyPlace}:
            raise _Unreadable("it is no vault of this version")
        fingerprint = header[len(MAGIC) + 1 :]
        if self._key is None or self._key.fingerprint != fingerprint:
            self._key = self.keys.find(KeyPlace(place))
        if self._key is None:
            raise _Unreadable("its key is gone")
        if self._key.fingerprint != fingerprint:
            self._require_key_of(KeyPlace(place), self._key)
            raise _Unreadable("it was made with another key")
        return self._key

    def _require_key_of(self, place: KeyPlace, key: VaultKey) -> None:
        # The vault is well; it is the variable that belongs to another one.
        if key.place is KeyPlace.ENVIRONMENT and place is not KeyPlace.ENVIRONMENT:
            self._key = None
            raise VaultKeyError(
                f"{VAULT_KEY_VARIABLE} does not open the vault {self.path}, whose key is kept "
                "elsewhere. Unset it, or give it a vault of its own with ATTIO_NB_DATA_DIR."
            )

    def _key_for_writing(self) -> VaultKey:
        return self._key or self.keys.find_or_make()

    def _read_or_set_aside(self) -> Entries:
        try:
            return self._read()
        except _Unreadable as error:
            self._set_aside(str(error))
            self._key = None
            return {}

    def _set_aside(self, why: str) -> None:
        stamp = datetime.fromtimestamp(self._clock() / 1e9, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        aside = self.path.with_name(f"{self.path.name}.unreadable-{stamp}")
        try:
            os.rename(self.path, aside)
        except OSError as error:
            raise self._write_error(error) from error
        self._notify(
            f"The vault could not be opened: {why}. It was set aside as {aside} and a new one is "
            "begun; "
            "nothing in it was lost. Connect again, or give it its key and its old name back."
        )

    def _write(self, entries: Entries) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._key = key = self._key_for_writing()
        header = MAGIC + key.place.value + key.fingerprint
        nonce = os.urandom(NONCE_BYTES)
        name = key.fingerprint.hex()
        generation = self._highest_seen().get(name, 0) + 1
        sealed = AESGCM(key.secret).encrypt(nonce, serialised(entries, generation), header)
        try:
            remove_leftovers(self.path)
            self._replace(self.path, header + nonce + sealed)
        except OSError as error:
            raise self._write_error(error) from error
        # Only once it is written, since a reader compares with it.
        self._highest_seen()[name], self._older = generation, None
        self._generations.remember(self.path, {name: generation})

    def _read_error(self, error: OSError) -> VaultError:
        fix = "Make it readable and try again."
        return VaultError(os_error_message(error, f"The vault {self.path}", "read", fix))

    def _write_error(self, error: OSError) -> VaultError:
        if isinstance(error, UnsafeFolderError):
            return VaultError(error.message(f"The vault {self.path}"))
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            problem = f"The vault {self.path} cannot be written: the disk is full."
            remedy = "free some space and try again."
        else:
            problem = f"The vault {self.path} cannot be written: {os_error_reason(error)}."
            remedy = "make its folder writable, or set ATTIO_NB_DATA_DIR to one that is."
        return VaultError(f"{problem} Nothing was changed; {remedy}", problem=problem)
