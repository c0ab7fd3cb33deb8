"""What becomes of stored connections when a key changes, or a connection leaves the app file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app import APP_FILE
from attio_nb.connections.approval import rename_variable
from attio_nb.connections.rekey import client_slots, move, owned_slots, stored_under, uses_client
from attio_nb.connections.resolve import Place
from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from attio_nb.app import App, ConnectionDefinition
    from attio_nb.app.allowed import AllowedFiles
    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.rekey import StoredUnder
    from attio_nb.connections.store import Store
    from attio_nb.grants import Grants

__all__ = [
    "KeyChanges",
    "Moved",
    "Removed",
    "moved_message",
    "removed_message",
    "renamed_message",
]


class Moved(NamedTuple):
    """What came of changing a key.

    Attributes:
        definition: The connection, with its new key.
        connections: How many stored connections moved to it.
    """

    definition: ConnectionDefinition
    connections: int


class Removed(NamedTuple):
    """What came of removing a connection from the app file.

    Attributes:
        disconnected: The ids of the owners whose stored connections were deleted.
        kept: The ids of those whose stored connections stay in the store.
        messages: What came of revoking them at their provider.
    """

    disconnected: tuple[str, ...]
    kept: tuple[str, ...]
    messages: tuple[str, ...] = ()


class KeyChanges:
    """Moves and deletes what is stored for a connection, for every member.

    Args:
        store: Where connections are kept.
        grants: The OAuth side of it.
        allowed: Returns the app files that the person has allowed.
    """

    def __init__(
        self, store: Store, grants: Grants, *, allowed: Callable[[], AllowedFiles]
    ) -> None:
        self._store = store
        self._grants = grants
        self._allowed = allowed

    def require_free(self, app: App, definition: ConnectionDefinition, key: str) -> None:
        """Refuse a key under which something else is stored, which would be taken for this.

        Raises:
            CommandError: Something is stored there.
            VaultError: What is stored cannot be read.
        """
        entries = self._store.entries()
        if owned_slots(entries, app, definition.owner, key):
            raise CommandError(
                f'The vault still holds a value under the key "{key}", of a connection that the '
                "app file had before. Nothing was changed: choose another key, or add a "
                f'connection with the key "{key}" and disconnect it first.'
            )

    def move(
        self, app: App, definition: ConnectionDefinition, before: ConnectionDefinition
    ) -> Moved:
        """Move what is stored for a connection to its new key.

        Args:
            app: What the app file says now.
            definition: The connection, with its new key.
            before: The connection, with the key under which it is stored.

        Raises:
            VaultError: It could not be written; what is stored stays under the key before.
        """
        counted: list[int] = []

        def change(entries: dict[Slot, StoredConnection]) -> None:
            counted.append(move(entries, app, definition, before.key))

        slots = owned_slots(self._store.entries(), app, definition.owner, before.key)
        with self._not_refreshing(slots):
            self._store.update(change)
            self._grants.rename_slots(slots, definition.key)
        self._rename_variables(app.path, before, definition)
        return Moved(definition, counted[-1])

    def stored_under(
        self, app: App, definition: ConnectionDefinition, owner_id: str
    ) -> StoredUnder | None:
        """Return what is stored for a connection under a key that it had before.

        Raises:
            VaultError: What is stored cannot be read.
        """
        return stored_under(self._store.entries(), app, definition, owner_id)

    def stored_for(self, app: App, definition: ConnectionDefinition) -> tuple[str, ...]:
        """Return the ids of the members, or of the workspace, for whom a connection is stored.

        Raises:
            VaultError: What is stored cannot be read.
        """
        entries = self._store.entries()
        slots = owned_slots(entries, app, definition.owner, definition.key)
        return tuple(slot.owner_id for slot in slots)

    def has_own_client_secret(self, app: App, definition: ConnectionDefinition) -> bool:
        """Say whether a client secret is stored that no other connection of the app uses.

        Raises:
            VaultError: What is stored cannot be read.
        """
        return bool(
            definition.oauth2 is not None
            and client_slots(self._store.entries(), app, definition.key)
            and not uses_client(_without(app, definition), definition.key)
        )

    def disconnect_all(self, app: App, definition: ConnectionDefinition) -> Removed:
        """Revoke and delete what is stored for a connection that the app file has no more.

        Args:
            app: What the app file says now.
            definition: What it said of the connection.

        Raises:
            VaultError: It could not be deleted.
        """
        messages = []
        slots = owned_slots(self._store.entries(), app, definition.owner, definition.key)
        for slot in slots:
            try:
                revocation = self._grants.give_back(_place(slot, definition))
            finally:
                self._store.delete(slot)
            if revocation is not None:
                messages.append(revocation.message)
        if not uses_client(app, definition.key):
            for slot in client_slots(self._store.entries(), app, definition.key):
                self._store.delete(slot)
        ids = tuple(slot.owner_id for slot in slots)
        return Removed(ids, (), tuple(dict.fromkeys(messages)))

    def _not_refreshing(self, slots: Iterable[Slot]) -> ExitStack:
        """Keep every process from refreshing what these slots hold, until the stack is closed."""
        with ExitStack() as stack:
            # In one order, so that no two processes wait for each other.
            for slot in sorted(slots, key=repr):
                stack.enter_context(self._store.renewing(slot))
            return stack.pop_all()

    def _rename_variables(
        self, path: Path | None, before: ConnectionDefinition, after: ConnectionDefinition
    ) -> None:
        if path is None:
            return
        rename_variable(
            self._allowed(), path, before.environment_variable, after.environment_variable
        )


def renamed_message(moved: Moved) -> str:
    """Return what to tell a person after a connection got another key."""
    definition = moved.definition
    getter = f'get_{definition.owner}_connection("{definition.key}")'
    first = f'The key is "{definition.key}" now. Code gets the connection with {getter}.'
    return f"{first} {moved_message(moved)}" if moved.connections else first


def moved_message(moved: Moved) -> str:
    """Return what to tell a person after stored connections moved to another key."""
    if not moved.connections:
        return "Nothing was moved: a value is stored under the new key already."
    if moved.definition.owner == "workspace" or moved.connections == 1:
        return "The stored value moved along."
    return f"The stored values of {moved.connections} members moved along."


def removed_message(removed: Removed) -> str:
    """Return what to tell a person after a connection left the app file."""
    first = f"The connection was removed from {APP_FILE}."
    if removed.kept:
        return (
            f"{first} Its value stays in the vault; a new connection with the same owner and key "
            "finds it."
        )
    if not removed.disconnected:
        return first
    return " ".join([first, "What was stored of it was deleted.", *removed.messages])


def _place(slot: Slot, definition: ConnectionDefinition) -> Place:
    authority = definition.oauth2.authority if definition.oauth2 else ""
    return Place(slot, definition.environment_variable, slot.owner_id, definition, authority)


def _without(app: App, definition: ConnectionDefinition) -> App:
    left = tuple(each for each in app.connections if each != definition)
    return replace(app, connections=left)
