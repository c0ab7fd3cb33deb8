"""Which vault one looks into: a kernel may keep its connections elsewhere than its server looks."""

from __future__ import annotations

import hashlib
import os
import socket
from typing import TYPE_CHECKING

from attio_nb.connections.vault import Vault

if TYPE_CHECKING:
    from attio_nb.connections.store import Store

__all__ = ["vault_id"]

LENGTH = 16


def vault_id(store: Store) -> str:
    """Return a name for the vault, the same in each process that uses it, or "" for other stores.

    Args:
        store: Where connections are kept.
    """
    if not isinstance(store, Vault):
        return ""
    # The same path on another machine is another file.
    named = f"{socket.gethostname()}:{os.path.realpath(store.path)}"
    return hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:LENGTH]
