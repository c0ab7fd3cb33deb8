"""A connection that is not in the app file yet: what it would be there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attio_nb.app.check import check_app
from attio_nb.app.document import Document
from attio_nb.app.guard import require_no_credential
from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attio_nb.app.model import ConnectionDefinition, Owner

__all__ = ["draft_connection", "require_same_name"]


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
    connections[index : index + 1] = [dict(values)]
    data = {**document.data, "connections": connections}
    draft = check_app(replace(document, data=data, unwritten=index)).connections[index]
    if before:
        require_same_name(before, draft, path, index)
    return draft


def require_same_name(
    before: ConnectionDefinition, after: ConnectionDefinition, path: Path, index: int
) -> None:
    """Refuse a change of what names what is stored.

    Raises:
        AppFileError: The connection would have another owner or another key.
    """
    for name in ("owner", "key"):
        if getattr(before, name) != getattr(after, name):
            raise AppFileError(
                f"the {name} of a connection stays as it is, since what is stored is kept under "
                "it. For another one, add a connection, and take this one out of the file.",
                path=path,
                place=("connections", index, name),
            )
