"""What is stored under the key of a connection, for every member, and its way to another key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attio_nb.connections.approval import unapproved_hosts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from attio_nb.app import App, ConnectionDefinition, Owner
    from attio_nb.connections.entries import Entries
    from attio_nb.connections.model import Slot, StoredConnection

__all__ = ["StoredUnder", "client_slots", "move", "owned_slots", "stored_under"]


class StoredUnder(NamedTuple):
    """A value that fits a connection, and is stored under a key that the app file does not name.

    Attributes:
        key: That key, or None where the connection had none.
        owner_ids: For whom it is stored: the ids of members, or of the workspace.
    """

    key: str | None
    owner_ids: tuple[str, ...]

    @property
    def name(self) -> str:
        """What to call the key in a sentence, such as ``the key "mail"``."""
        return f'the key "{self.key}"' if self.key else "no key"


def owned_slots(
    entries: Mapping[Slot, StoredConnection], app: App, owner: Owner, key: str | None
) -> tuple[Slot, ...]:
    """Return the slots that hold a connection, one for each member or the workspace.

    Args:
        entries: What is stored.
        app: The app.
        owner: Whose connection it is.
        key: Its key, or None.
    """
    return tuple(slot for slot in entries if _is_of(slot, app, owner, key))


def client_slots(
    entries: Mapping[Slot, StoredConnection], app: App, key: str | None
) -> tuple[Slot, ...]:
    """Return the slots that hold the secrets of OAuth clients for the connections with a key."""
    return tuple(slot for slot in entries if _is_of(slot, app, "client", key))


def move(entries: Entries, app: App, definition: ConnectionDefinition, before: str | None) -> int:
    """Move what is stored for a connection to its key.

    The values of all members move, with the addresses that were approved for them and the secrets
    of the OAuth client. What the key holds already stays, and so does what would take its place.

    Args:
        entries: What is stored; it is changed.
        app: What the app file says, once the connection has its new key.
        definition: The connection, with its new key.
        before: The key under which it is stored.

    Returns:
        How many connections moved.
    """
    moved = 0
    for slot in owned_slots(entries, app, definition.owner, before):
        target = slot._replace(key=definition.key)
        if target not in entries:
            entries[target] = entries.pop(slot)
            moved += 1
    if definition.oauth2 is not None:
        _move_client_secrets(entries, app, definition, before)
    return moved


def _move_client_secrets(
    entries: Entries, app: App, definition: ConnectionDefinition, before: str | None
) -> None:
    # The workspace and the users may have connections with one key, and then with one secret.
    is_shared = uses_client(app, before)
    authority = definition.oauth2.authority if definition.oauth2 else ""
    for slot in client_slots(entries, app, before):
        target = slot._replace(key=definition.key)
        if not is_shared:
            entries.setdefault(target, entries.pop(slot))
        elif slot.owner_id.endswith(authority):
            entries.setdefault(target, entries[slot])


def uses_client(app: App, key: str | None) -> bool:
    """Say whether a connection with this key, of either owner, has an OAuth client."""
    return any(each.key == key and each.oauth2 is not None for each in app.connections)


def stored_under(
    entries: Mapping[Slot, StoredConnection],
    app: App,
    definition: ConnectionDefinition,
    owner_id: str,
) -> StoredUnder | None:
    """Return what is stored for a connection under a key that it had before; None for nothing.

    A key that was written or changed in an editor leaves behind what was stored under the key
    before. It fits where it is of the same type, and of the same provider and client, or was
    approved for one of the hosts. Where several values fit, nobody can tell which one is meant.

    Args:
        entries: What is stored.
        app: The app.
        definition: The connection.
        owner_id: The member, or the workspace, for whom it is looked up.
    """
    if any(slot.owner_id == owner_id for slot in _slots(entries, app, definition)):
        return None
    keys = {each.key for each in app.definitions(definition.owner)}
    left = {
        slot.key: stored
        for slot, stored in entries.items()
        if slot.owner_id == owner_id
        and slot.key not in keys
        and _is_of(slot, app, definition.owner, slot.key)
    }
    for fit in ("surely", "perhaps"):
        fitting = [key for key, stored in left.items() if _fits(stored, definition) == fit]
        if fitting:
            break
    else:
        return None
    if len(fitting) > 1 or (fit == "perhaps" and _fits_another(left[fitting[0]], app, definition)):
        return None
    (key,) = fitting
    owners = (slot.owner_id for slot in owned_slots(entries, app, definition.owner, key))
    return StoredUnder(key, tuple(owners))


def _slots(
    entries: Mapping[Slot, StoredConnection], app: App, definition: ConnectionDefinition
) -> tuple[Slot, ...]:
    return owned_slots(entries, app, definition.owner, definition.key)


def _is_of(slot: Slot, app: App, owner: Owner | Literal["client"], key: str | None) -> bool:
    return (slot.app, slot.workspace, slot.owner, slot.key) == (app.id, app.workspace, owner, key)


def _fits(
    stored: StoredConnection, definition: ConnectionDefinition
) -> Literal["surely", "perhaps", ""]:
    """Say how sure it is that a value was stored for a connection."""
    if stored.grant is not None or definition.oauth2 is not None:
        is_bound = (
            stored.grant is not None
            and definition.oauth2 is not None
            and stored.grant.is_bound_to(definition.oauth2)
        )
        return "surely" if is_bound else ""
    approved = stored.approved.hosts if stored.approved else ()
    if not approved or not definition.hosts:
        return "perhaps"
    is_new_alone = len(unapproved_hosts(stored, definition)) == len(definition.hosts)
    return "" if is_new_alone else "surely"


def _fits_another(stored: StoredConnection, app: App, definition: ConnectionDefinition) -> bool:
    others = (each for each in app.definitions(definition.owner) if each != definition)
    return any(_fits(stored, each) == "surely" for each in others)
