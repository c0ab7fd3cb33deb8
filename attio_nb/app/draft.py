"""A connection that is not in the app file yet: what it would be there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attio_nb.app.check import check_app
from attio_nb.app.document import Document
from attio_nb.app.guard import require_no_credential
from attio_nb.app.model import ConnectionDefinition
from attio_nb.app.naming import new_key
from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attio_nb.app.model import Owner

__all__ = ["draft_connection", "require_renamable"]


def draft_connection(
    text: str,
    path: Path,
    values: Mapping[str, Any],
    editing: tuple[Owner, str | None] | None,
) -> ConnectionDefinition:
    """Return the connection that an app file would have, which stays as it is.

    Args:
        text: What stands in the file.
        path: The file.
        values: The keys of the connection and what would stand there, of any types that JSON has.
        editing: Owner and key of the connection that would be changed; None for a new one.

    Raises:
        AppFileError: The file is not right, or would not be; an error about the connection itself
            has a place and no line.
        UnknownConnectionError: There is no such connection to change.
    """
    document = Document.parse(text, path)
    app = check_app(document)
    before = app.definition(*editing) if editing else None
    index = app.connections.index(before) if before else len(app.connections)
    there = document.data["connections"][index] if before else {}
    # Before its other faults are told, some of which repeat what was typed.
    require_no_credential(
        {name: value for name, value in values.items() if there.get(name) != value}, path, index
    )
    connections = list(document.data.get("connections", ()))
    given = dict(values) if before else _with_key(dict(values), app.connections)
    connections[index : index + 1] = [given]
    data = {**document.data, "connections": connections}
    draft = check_app(replace(document, data=data, unwritten=index)).connections[index]
    if before:
        require_renamable(before, draft, path, index)
    return draft


def _with_key(
    values: dict[str, Any], connections: tuple[ConnectionDefinition, ...]
) -> dict[str, Any]:
    """Return a new connection with the key that it gets where none was chosen."""
    if "key" in values:
        return values
    title, hosts = values.get("title"), values.get("hosts")
    made = ConnectionDefinition(
        owner="workspace" if values.get("owner") == "workspace" else "user",
        title=title if isinstance(title, str) else "",
        hosts=tuple(filter(_is_text, hosts)) if isinstance(hosts, list) else (),
    )
    return {**values, "key": new_key(made, connections)}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def require_renamable(
    before: ConnectionDefinition, after: ConnectionDefinition, path: Path, index: int
) -> None:
    """Refuse a change of what names a connection, but for another key.

    Raises:
        AppFileError: The connection would have another owner, or no key any more.
    """
    if before.owner != after.owner:
        raise AppFileError(
            "the owner of a connection stays as it is, since what is stored belongs to that owner. "
            "For another owner, add a connection, and remove this one.",
            path=path,
            place=("connections", index, "owner"),
        )
    if before.key is not None and after.key is None:
        raise AppFileError(
            f'this connection has the key "{before.key}". Keep it, or write another key: code '
            "names the connection by it.",
            path=path,
            place=("connections", index, "key"),
        )
