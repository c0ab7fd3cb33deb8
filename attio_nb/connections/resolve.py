"""The one path to a connection: the environment, the store, the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attio_nb.connections.environment import from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app import ConnectionDefinition
    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.store import Store

__all__ = ["Place", "find", "resolve"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where one member's connection is looked for; it is the same as itself only.

    Attributes:
        slot: Its place in the store.
        variable: The environment variable that wins over the store.
        user: The id of the member for whom it is looked up.
        definition: What the app file says of it.
    """

    slot: Slot
    variable: str
    user: str
    definition: ConnectionDefinition


def find(place: Place, *, environ: Mapping[str, str], store: Store) -> StoredConnection | None:
    """Return the connection that is there without asking anybody, or None."""
    return from_environment(place.variable, user=place.user, environ=environ) or store.get(
        place.slot
    )


def resolve(
    place: Place, *, environ: Mapping[str, str], store: Store, ask: Callable[[], None]
) -> StoredConnection:
    """Return the connection, asked for first where there is none.

    Args:
        place: Where to look.
        environ: The environment.
        store: The store.
        ask: Gets an answer from a person into the store, or raises.

    Raises:
        MissingConnectionError: There is none, and nobody connected when asked.
    """
    while (found := find(place, environ=environ, store=store)) is None:
        ask()
    return found
