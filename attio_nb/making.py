"""Connections as code gets them, made of what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.connections.environment import is_from_environment
from attio_nb.connections.model import Actor, Connection
from attio_nb.connections.refusals import Refusals, Witness
from attio_nb.grants import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.connections.model import StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.store import Store
    from attio_nb.grants import Grants

__all__ = ["Making"]


class Making:
    """Makes the connections of one store.

    Args:
        store: Where their values are.
        grants: The OAuth side of it.
        environ: The environment.
    """

    def __init__(self, store: Store, grants: Grants, *, environ: Mapping[str, str]) -> None:
        self._store = store
        self._grants = grants
        self._environ = environ
        self._refusals = Refusals(store)

    def connection(
        self, place: Place, stored: StoredConnection, *, ask: Callable[[], StoredConnection]
    ) -> Connection:
        """Return what code gets of a connection.

        Args:
            place: Where it is kept.
            stored: What is kept there.
            ask: Returns it once somebody has signed in again, or raises, when a token has ended
                that is about to be sent.
        """
        # What is in no store can be neither renewed nor marked.
        is_kept = bool(place.slot.app) and not is_from_environment(stored)
        return Connection(
            id=stored.id,
            value=stored.value,
            connection_key=place.slot.key,
            owned_by=Actor(place.definition.owner, place.slot.owner_id),
            created_by=Actor("user", stored.created_by),
            hosts=place.definition.hosts,
            tokens=self._tokens(place, ask) if stored.grant else None,
            witness=Witness(self._refusals, place.slot, stored) if is_kept else None,
        )

    def _tokens(self, place: Place, ask: Callable[[], StoredConnection]) -> Tokens:
        return Tokens(
            self._grants,
            place,
            environ=self._environ,
            store=self._store,
            refusals=self._refusals,
            ask=ask,
        )
