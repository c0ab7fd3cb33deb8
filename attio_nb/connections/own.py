"""The vault of the person who runs a process."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["default_vault"]


def default_vault(
    environ: Mapping[str, str] = os.environ, *, notify: Callable[[str], None] = warnings.warn
) -> Vault:
    """Return the vault of the person who runs this process; neither it nor its key is touched yet.

    ``ATTIO_NB_DATA_DIR`` moves both, for homes that cannot be written.

    Args:
        environ: The environment.
        notify: Is told what no error says.
    """
    if directory := environ.get("ATTIO_NB_DATA_DIR"):
        base = Path(directory).expanduser().absolute()
        data, config = base / "vault", base / "key"
    else:
        import platformdirs

        data = platformdirs.user_data_path("attio_nb", appauthor=False) / "vault"
        config = platformdirs.user_config_path("attio_nb", appauthor=False) / "key"
    keys = VaultKeys(config / "vault.key", environ=environ, notify=notify)
    return Vault(data / "vault.bin", keys, notify=notify)
