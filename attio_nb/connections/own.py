"""The vault of the person who runs a process."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.vault import Vault
from attio_nb.errors import VaultError
from attio_nb.home import NO_HOME, expanded, user_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.connections.store import Store

__all__ = ["default_store", "default_vault"]


def default_store(
    environ: Mapping[str, str] = os.environ, *, notify: Callable[[str], None] = warnings.warn
) -> Store:
    """Return the vault of the person who runs this process, or a store that keeps nothing.

    Args:
        environ: The environment.
        notify: Is told what no error says.
    """
    try:
        return default_vault(environ, notify=notify)
    except VaultError as error:
        from attio_nb.connections.no_store import NoStore

        return NoStore(str(error))


def default_vault(
    environ: Mapping[str, str] = os.environ, *, notify: Callable[[str], None] = warnings.warn
) -> Vault:
    """Return the vault of the person who runs this process; neither it nor its key is touched yet.

    ``ATTIO_NB_DATA_DIR`` moves both, for homes that cannot be written.

    Args:
        environ: The environment.
        notify: Is told what no error says.

    Raises:
        VaultError: The person has no home.
    """
    named = environ.get("ATTIO_NB_DATA_DIR")
    data = config = expanded(named) if named else None
    if data is None or config is None:
        data, config = user_folder("data"), user_folder("config")
    if data is None or config is None:
        raise VaultError(NO_HOME)
    keys = VaultKeys(config / "key" / "vault.key", environ=environ, notify=notify)
    return Vault(data / "vault" / "vault.bin", keys, notify=notify)
