"""What a prompt says, in the notebook and in a terminal alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attio_nb.connections.prompter import ConnectionRequest

__all__ = ["description", "heading"]


def heading(request: ConnectionRequest) -> str:
    """Return the first line of a prompt."""
    key = f" “{request.key}”" if request.key else ""
    if request.definition is None:
        return f"This app has no {request.owner} connection{key} yet"
    return f"Connect {request.definition.title or f'the {request.owner} connection{key}'}"


def description(request: ConnectionRequest) -> str:
    """Return the sentence of a prompt that says whose connection it is, and who uses it."""
    app = request.app_name or "this app"
    if request.owner == "workspace":
        return (
            f"A workspace connection of {app}: one value, shared by every member of the workspace."
        )
    # It becomes a trait of a widget, which may be saved, and an e-mail address is not to be.
    user = request.execution.user if "@" not in request.execution.user else "its owner"
    return f"A user connection of {app}: used only when the code runs on behalf of {user}."
