"""The secrets of OAuth clients: where they are kept, and what becomes of one that is replaced."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.errors import OAuthError

if TYPE_CHECKING:
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.store import Store

__all__ = ["ClientSecrets", "client_slot"]

BEFORE = "before "
"""Stands before the id of the client where the secret is kept that another one has replaced."""


class ClientSecrets:
    """The secrets of the clients that the connections of one store sign in with.

    A secret that is replaced stays stored until the new one has worked, or is forgotten with it.

    Args:
        store: Where they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, place: Place) -> SecretStr | None:
        """Return the secret of the client that a connection signs in with, or None."""
        stored = self._store.get(client_slot(place))
        return stored.value if stored else None

    def before(self, place: Place) -> SecretStr | None:
        """Return the secret that was replaced by one that has not worked yet, or None."""
        stored = self._store.get(_slot_before(place))
        return stored.value if stored else None

    def keep(self, place: Place, secret: SecretStr) -> None:
        """Keep a secret, in place of one that was there.

        Raises:
            VaultError: It could not be kept.
        """
        slot = client_slot(place)
        there = self._store.get(slot)
        # Of several that were tried since, none has worked.
        if there is not None and there.value != secret and self.before(place) is None:
            self._store.put(_slot_before(place), there)
        self._store.put(
            slot, StoredConnection(str(uuid.uuid4()), secret, place.user, datetime.now(UTC))
        )

    def forget(self, place: Place) -> bool:
        """Forget the secret, also one that was replaced, and say whether there was one.

        Raises:
            VaultError: It could not be deleted.
        """
        had_before = self._store.delete(_slot_before(place))
        return self._store.delete(client_slot(place)) or had_before

    def confirm(self, place: Place, secret: SecretStr | None) -> None:
        """Take note that a secret has worked: the one that it has replaced is not needed any more.

        Raises:
            VaultError: That one could not be deleted.
        """
        if self.before(place) is not None and self.get(place) == secret:
            self._store.delete(_slot_before(place))

    def restore(self, place: Place, secret: SecretStr | None) -> bool:
        """Put the secret back that a refused one has replaced, and say whether there was one.

        Raises:
            VaultError: It could not be kept.
        """
        before = self._store.get(_slot_before(place))
        if before is None or self.get(place) != secret:
            return False
        self._store.put(client_slot(place), before)
        self._store.delete(_slot_before(place))
        return True


def client_slot(place: Place) -> Slot:
    """Return where the secret of the client is kept that a connection signs in with.

    Another provider that the app file names is another place, so that it is not sent the secret.
    """
    slot, oauth2 = place.slot, place.definition.oauth2
    if oauth2 is None:
        raise OAuthError("The app file says of this connection that it is a secret.")
    return Slot(slot.app, slot.workspace, "client", oauth2.authority, slot.key)


def _slot_before(place: Place) -> Slot:
    slot = client_slot(place)
    return slot._replace(owner_id=f"{BEFORE}{slot.owner_id}")
