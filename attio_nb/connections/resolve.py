"""The one path to a connection: the environment, the store, the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attio_nb.connections.approval import unapproved_hosts
from attio_nb.connections.environment import from_environment
from attio_nb.connections.environment_grants import grant_from_environment
from attio_nb.connections.model import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app import ConnectionDefinition
    from attio_nb.connections.model import StoredConnection
    from attio_nb.connections.store import Store
    from attio_nb.errors import OAuthError
    from attio_nb.execution import Execution

__all__ = ["Place", "SignInNeeded", "find", "place_of", "resolve"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where one member's connection is looked for; it is the same as itself only.

    Attributes:
        slot: Its place in the store.
        variable: The environment variable that wins over the store.
        user: The id of the member for whom it is looked up.
        definition: What the app file says of it.
        authority: What a grant has to be bound to, see `OAuth2.authority`; "" for a secret.
    """

    slot: Slot
    variable: str
    user: str
    definition: ConnectionDefinition
    authority: str = ""


def place_of(app: str, definition: ConnectionDefinition, execution: Execution) -> Place:
    """Return where a connection is looked for.

    Args:
        app: The id of the app.
        definition: What the app file says of the connection.
        execution: On whose behalf it is looked up.
    """
    owner_id = execution.workspace if definition.owner == "workspace" else execution.user
    slot = Slot(app, execution.workspace, definition.owner, owner_id, definition.key)
    authority = definition.oauth2.authority if definition.oauth2 else ""
    return Place(slot, definition.environment_variable, execution.user, definition, authority)


class SignInNeeded(Exception):
    """A grant cannot be renewed as it is; raised by who renews, caught by who asks.

    Args:
        error: What the provider has refused with, and what is raised where nobody can be asked;
            None where the grant has ended.
        client_secret: Whether the provider refuses the client secret, so that the grant is good
            again once another one is typed.
    """

    def __init__(self, error: OAuthError | None = None, *, client_secret: bool = False) -> None:
        super().__init__()
        self.error = error
        self.client_secret = client_secret


def find(place: Place, *, environ: Mapping[str, str], store: Store) -> StoredConnection | None:
    """Return the connection that is there without asking anybody, or None."""
    found = from_environment(place.variable, user=place.user, environ=environ)
    if found is None and place.definition.oauth2 is not None:
        found = grant_from_environment(place.definition, user=place.user, environ=environ)
    if found is not None:
        return found
    stored = store.get(place.slot)
    # What was kept while the app file said another type is not what it asks for now.
    if stored is not None and (stored.grant is None) is not (place.definition.oauth2 is None):
        return None
    return stored


def resolve(
    place: Place,
    *,
    environ: Mapping[str, str],
    store: Store,
    renew: Callable[[Place, StoredConnection], StoredConnection],
    ask: Callable[[SignInNeeded | None], None],
    approve: Callable[[StoredConnection], None],
) -> StoredConnection:
    """Return the connection, asked for first where there is none.

    Args:
        place: Where to look.
        environ: The environment.
        store: The store.
        renew: Returns the connection with a token that is good, or raises `SignInNeeded`.
        ask: Gets an answer from a person into the store, or raises; is told why the connection that
            is there cannot be renewed, or None where there is none.
        approve: Has a person approve hosts that the app file names and the owner of the connection
            has not seen, or raises.

    Raises:
        MissingConnectionError: There is none, and nobody connected when asked.
        UnapprovedAddressError: It may not go to a host that the app file names.
        OAuthError: It could not be renewed just now.
    """
    while True:
        found = find(place, environ=environ, store=store)
        if found is None:
            ask(None)
            continue
        ended: SignInNeeded | None = None
        current = found
        if found.grant is not None:
            try:
                current = renew(place, found)
            except SignInNeeded as needed:
                ended = needed
        if ended is not None:
            ask(ended)
        elif not unapproved_hosts(current, place.definition):
            return current
        else:
            approve(current)
