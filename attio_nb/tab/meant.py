"""The app that a person had before them when they asked for something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from attio_nb.session import Session

__all__ = ["require_app"]


def require_app(session: Session, shown: object) -> None:
    """Refuse what is meant for another app, which has connections of the same names.

    Args:
        session: Whose app file it would be done to.
        shown: The app that the page showed, as JSON with its id and its workspace; None where it
            knew of none.

    Raises:
        CommandError: There is another app by now, or none.
        AppFileError: The app file cannot be read.
    """
    if not isinstance(shown, dict):
        return
    app = session.file.app()
    if app is not None and (shown.get("id"), shown.get("workspace")) == (app.id, app.workspace):
        return
    found = f"it is another app, {app.name}" if app else "there is no app file"
    raise CommandError(
        f"What the tab showed is not here any more: by now {found}. Nothing was done: look again, "
        "then try anew."
    )
