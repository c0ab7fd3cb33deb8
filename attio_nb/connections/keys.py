"""The one key of the vault: in the environment, in a keyring, or in a key file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
import threading
import warnings
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from attio_nb.connections.configured_keyring import configured_keyring
from attio_nb.connections.secret import SecretBytes, SecretStr
from attio_nb.errors import VaultKeyError
from attio_nb.files import (
    make_private_directory,
    os_error_message,
    replace_file,
    require_private_directory,
)
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from keyring.backend import KeyringBackend

__all__ = ["VAULT_KEY_VARIABLE", "KeyPlace", "VaultKey", "VaultKeys"]

VAULT_KEY_VARIABLE = "ATTIO_NB_VAULT_KEY"
KEY_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWN_VAULT = f"set {VAULT_KEY_VARIABLE} and, for a vault of its own, ATTIO_NB_DATA_DIR"
SERVICE, ENTRY = "attio_nb", "vault-key"

TRUSTED_BACKENDS = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)
"""keyring may be set to a back end that writes plain text, and says nothing of it: only these are
used.
"""

SECRET_SERVICES = ("keyring.backends.SecretService", "keyring.backends.libsecret")
"""Those that say whether they are locked."""


class KeyPlace(Enum):
    """Where the key of a vault is kept; the vault's header tells."""

    ENVIRONMENT = b"e"
    KEYRING = b"k"
    FILE = b"f"


@dataclass(frozen=True, slots=True)
class VaultKey:
    """The key of a vault and where it is kept.

    Attributes:
        secret: 32 bytes; the repr leaves them out.
        place: Where they are kept.
    """

    secret: bytes
    place: KeyPlace

    def __repr__(self) -> str:
        return f"VaultKey(place={self.place.name})"

    @property
    def fingerprint(self) -> bytes:
        """Eight bytes that tell two keys apart and give neither away."""
        return hashlib.sha256(b"attio_nb vault key\0" + self.secret).digest()[:8]


class VaultKeys:
    """Finds the key of a vault, or makes the first one.

    Args:
        key_file: Where the key goes when there is no trusted keyring; kept apart from the vault.
        environ: Read for ``ATTIO_NB_VAULT_KEY``, which overrides every other place.
        find_keyring: Returns the operating system's keyring; the default asks the keyring package.
        patience: Seconds to wait for a keyring, which may be showing a window that asks for a
            password.
        notify: Is told, once, that other users may read the key file.
    """

    def __init__(
        self,
        key_file: Path,
        *,
        environ: Mapping[str, str] = os.environ,
        find_keyring: Callable[[], KeyringBackend] | None = None,
        patience: float = 60.0,
        notify: Callable[[str], None] = warnings.warn,
    ) -> None:
        self.key_file = key_file
        self._environ = environ
        self._find_keyring = find_keyring or configured_keyring
        self._patience = patience
        self._notify = notify
        self._told: set[str] = set()

    def find(self, place: KeyPlace) -> VaultKey | None:
        """Return the key in the environment where that is set, or else the one in this place.

        Returns:
            None where the place can be asked and has no key.

        Raises:
            VaultKeyError: The place cannot be asked, or what it holds is no key.
        """
        if (key := self._from_environment()) is not None:
            return key
        if place is KeyPlace.ENVIRONMENT:
            raise VaultKeyError(
                f"The vault was made with a key from {VAULT_KEY_VARIABLE}, which is not set here. "
                "Set it and try again."
            )
        return self._from_keyring() if place is KeyPlace.KEYRING else self._from_file()

    def find_or_make(self) -> VaultKey:
        """Return the key for a new vault, made and put away first where there is none.

        Raises:
            VaultKeyError: The keyring is locked or silent, or the key file cannot be written.
        """
        if (key := self._from_environment()) is not None:
            return key
        if self.trusted_keyring() is not None:
            return self._from_keyring() or self._into_keyring(secrets.token_bytes(KEY_BYTES))
        return self._from_file() or self._into_file(secrets.token_bytes(KEY_BYTES))

    def trusted_keyring(self) -> KeyringBackend | None:
        """Return the keyring that a key may be kept in, or None where there is none to trust."""
        keyring = self._asked(self._find_keyring)
        for backend in [keyring, *getattr(keyring, "backends", ())]:
            if type(backend).__module__ in TRUSTED_BACKENDS:
                return backend  # type: ignore[no-any-return]  # a chain of keyrings is untyped
        return None

    def place(self) -> KeyPlace:
        """Return where the key of a new vault would be kept.

        Raises:
            VaultKeyError: The keyring is silent.
        """
        if self._environ.get(VAULT_KEY_VARIABLE):
            return KeyPlace.ENVIRONMENT
        return KeyPlace.FILE if self.trusted_keyring() is None else KeyPlace.KEYRING

    def locked(self) -> bool:
        """Say whether the keyring would put up a window if it were asked for a key, without asking.

        Raises:
            VaultKeyError: The keyring is silent, or failed.
        """
        keyring = self.trusted_keyring()
        return keyring is not None and bool(self._asked(_locked, keyring))

    def describe(self) -> str:
        """Say in a few words where the key of a new vault would be kept."""
        if self._environ.get(VAULT_KEY_VARIABLE):
            return f"environment variable {VAULT_KEY_VARIABLE}"
        keyring = self.trusted_keyring()
        return f"key file {self.key_file}" if keyring is None else f"keyring {keyring.name}"

    def _from_environment(self) -> VaultKey | None:
        text = SecretStr(self._environ.get(VAULT_KEY_VARIABLE, ""))
        return _decoded(text, KeyPlace.ENVIRONMENT, VAULT_KEY_VARIABLE) if text else None

    def _from_keyring(self) -> VaultKey | None:
        keyring = self.trusted_keyring()
        if keyring is None:
            raise VaultKeyError(
                "The key of the vault is in the operating system's keyring, which cannot be "
                "reached from here. "
                f"Start Jupyter from your desktop session, or {OWN_VAULT}."
            )
        text = self._asked(keyring.get_password, SERVICE, ENTRY)
        if text is None:
            return None
        text = SecretStr(text)
        return _decoded(text, KeyPlace.KEYRING, f"The keyring entry {SERVICE}/{ENTRY}")

    def _into_keyring(self, secret: bytes) -> VaultKey:
        keyring = self.trusted_keyring()
        if keyring is None:
            raise VaultKeyError(
                "The keyring went away while a key was being put into it. Try again."
            )
        self._asked(keyring.set_password, SERVICE, ENTRY, base64.b64encode(secret).decode())
        return VaultKey(secret, KeyPlace.KEYRING)

    def _from_file(self) -> VaultKey | None:
        try:
            text, status = self._key_text()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._key_file_error(error, "read", "Make it readable") from error
        key = _decoded(text, KeyPlace.FILE, f"The key file {self.key_file}")
        self._tell_if_open(status)
        return key

    def _key_text(self) -> tuple[SecretStr, os.stat_result]:
        with self.key_file.open(encoding="ascii", errors="replace") as file:
            require_private_directory(self.key_file.parent, reading=True)
            return SecretStr(file.read()), os.fstat(file.fileno())

    def _tell_if_open(self, status: os.stat_result) -> None:
        # It is used all the same: some file systems have no modes, and those of a secret that is
        # mounted into a container cannot be changed.
        if os.name != "nt" and status.st_uid == os.geteuid() and status.st_mode & OTHERS:
            self._notify_once(
                f"Other users may read the key file {self.key_file} (mode "
                f"{stat.S_IMODE(status.st_mode):04o}). Take that away from them: "
                "attio-nb doctor --fix"
            )

    def _notify_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._notify(message)

    def _key_file_error(self, error: OSError, action: str, fix: str) -> VaultKeyError:
        subject = f"The key file {self.key_file}"
        return VaultKeyError(os_error_message(error, subject, action, f"{fix}, or {OWN_VAULT}."))

    def _into_file(self, secret: bytes) -> VaultKey:
        try:
            make_private_directory(self.key_file.parent)
            replace_file(self.key_file, base64.b64encode(secret) + b"\n")
        except OSError as error:
            raise self._key_file_error(error, "written", "Make the folder writable") from error
        return VaultKey(secret, KeyPlace.FILE)

    def _asked(self, question: Callable[..., Any], *args: object) -> Any:
        # A keyring may put up a window and wait for its password without end: so it is asked on a
        # thread of its own.
        answers: list[Any] = []
        thread = threading.Thread(
            target=with_installed_packages(_answer),
            args=(answers, question, args),
            name="attio_nb keyring",
            daemon=True,
        )
        thread.start()
        thread.join(self._patience)
        if not answers:
            raise VaultKeyError(
                f"The keyring did not answer within {self._patience:.0f} seconds; it may be "
                "showing a window that asks "
                f"for its password. Unlock it and try again, or {OWN_VAULT}."
            )
        if isinstance(answers[0], Exception):
            raise _keyring_error(answers[0]) from None
        return answers[0]


def _answer(answers: list[Any], question: Callable[..., Any], args: tuple[object, ...]) -> None:
    try:
        answers.append(question(*args))
    except Exception as error:
        answers.append(error)


def _locked(keyring: KeyringBackend) -> bool:
    if type(keyring).__module__ not in SECRET_SERVICES:
        return False
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        try:
            locked: bool = secretstorage.get_any_collection(bus).is_locked()
        except secretstorage.ItemNotFoundException:
            # It asks for a new password before it keeps anything.
            return True
        return locked


def _keyring_error(error: Exception) -> VaultKeyError:
    from keyring.errors import KeyringLocked

    if isinstance(error, VaultKeyError):
        return VaultKeyError(f"{error} Or {OWN_VAULT}.")
    if isinstance(error, KeyringLocked):
        return VaultKeyError(
            f"The operating system's keyring is locked. Unlock it and try again, or {OWN_VAULT}."
        )
    return VaultKeyError(
        f"The operating system's keyring failed ({type(error).__name__}). Try again, or "
        f"{OWN_VAULT}."
    )


def _decoded(text: SecretStr, place: KeyPlace, name: str) -> VaultKey:
    with suppress(binascii.Error, ValueError):
        secret = SecretBytes(base64.b64decode(text.strip().encode(), validate=True))
        if len(secret) == KEY_BYTES:
            return VaultKey(secret, place)
    raise VaultKeyError(
        f"{name} does not hold a vault key: 32 bytes in base64 are expected. "
        'Make one with: python -c "import base64, os; '
        'print(base64.b64encode(os.urandom(32)).decode())"'
    )
