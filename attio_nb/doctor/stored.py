"""Where connections are kept: the key, the vault, and vaults that were set aside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attio_nb.connections.keys import VAULT_KEY_VARIABLE, KeyPlace
from attio_nb.doctor.finding import from_error, ok, problem
from attio_nb.errors import VaultError, VaultKeyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from attio_nb.connections.keys import VaultKeys
    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.vault import Vault
    from attio_nb.doctor.finding import Finding

__all__ = ["check_folder", "check_key", "check_older_copy", "check_set_aside", "check_vault"]


def check_key(keys: VaultKeys) -> Finding:
    """Tell where the key of the vault is kept, and whether it can be had.

    Args:
        keys: Where it comes from.
    """
    try:
        place = keys.place()
        if place is KeyPlace.KEYRING and keys.locked():
            return problem(
                "Vault key: the operating system's keyring is locked, or was never set up.",
                f"Unlock it, and run this again; or set {VAULT_KEY_VARIABLE}.",
            )
        key = keys.find(place)
    except VaultKeyError as error:
        return from_error("Vault key", error)
    made = "" if key else ", where the first one will be put"
    reason = " (no operating-system keyring is here)" if place is KeyPlace.FILE else ""
    return ok(f"Vault key: {keys.describe()}{reason}{made}")


def check_vault(vault: Vault) -> tuple[Finding, Mapping[Slot, StoredConnection]]:
    """Tell whether the vault opens, and leave it where it is.

    Args:
        vault: The vault.

    Returns:
        What was found, and the connections in the vault.
    """
    try:
        entries = vault.inspect()
    except VaultError as error:
        return from_error("Vault", error), {}
    if entries is None:
        return ok(f"Vault: none yet; it will be {vault.path}"), {}
    # The secret of an OAuth client is no connection.
    count = sum(slot.owner != "client" for slot in entries)
    number = f"{count} connection{'' if count == 1 else 's'}"
    return ok(f"Vault: {number}, in {vault.path}"), entries


def check_older_copy(vault: Vault) -> Iterator[Finding]:
    """Tell whether the vault is older than one that was there before.

    Args:
        vault: The vault, which was inspected.
    """
    if older := vault.older_copy():
        happened, _, fix = older.partition(". ")
        yield problem(f"Vault: {happened.removeprefix('The vault ')}.", fix)


def check_set_aside(path: Path) -> Iterator[Finding]:
    """Tell of vaults that could not be opened once, and how to get them back.

    Args:
        path: The vault.
    """
    for aside in sorted(path.parent.glob(f"{path.name}.unreadable-*")):
        yield problem(
            f"Vault: {aside.name} was set aside, since it could not be opened.",
            f"With its key, rename it to {path}; once everything is connected again, delete it.",
        )


def check_folder(path: Path) -> Finding | None:
    """Tell whether a file cannot be written, such as in a home that is read-only.

    Args:
        path: The file, which need not be there yet.
    """
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if folder.is_dir() and os.access(folder, os.W_OK):
        return None
    return problem(
        f"Vault: {path} cannot be written, since {folder} cannot.",
        "Make the folder writable, or set ATTIO_NB_DATA_DIR to one that is.",
    )
