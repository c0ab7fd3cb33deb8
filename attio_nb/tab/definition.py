"""A connection as a form sends it: what the app file makes of it, and that it is written there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from attio_nb.app import ConnectionDefinition
from attio_nb.app.presets import presets
from attio_nb.app.written import written
from attio_nb.errors import AppFileError, AttioError, CommandError, NotAllowedError
from attio_nb.tab.given import connection_given
from attio_nb.tab.registration import registration

if TYPE_CHECKING:
    from attio_nb.app import Owner
    from attio_nb.app.presets import Preset
    from attio_nb.session import Session

__all__ = [
    "Checked",
    "check_definition",
    "definition_json",
    "drafted_key",
    "presets_json",
    "registration",
    "save_definition",
]

Name = tuple["Owner", str | None]


class Checked(NamedTuple):
    """What came of looking at a definition.

    Attributes:
        field: The key that is at fault, or "" for all of it.
        message: What is wrong and what would be right; "" where nothing is.
    """

    field: str
    message: str


def definition_json(definition: ConnectionDefinition) -> dict[str, Any]:
    """Return the keys of a connection and what stands there, less what goes without saying."""
    return written(definition)


def presets_json() -> list[dict[str, Any]]:
    """Return the presets, and what each puts into a definition."""
    return [_preset_json(preset) for preset in presets().values()]


def check_definition(session: Session, given: object, editing: Name | None) -> Checked:
    """Say what the app file would make of a definition.

    Args:
        session: Whose app file it is, and who acts.
        given: The keys of a connection, as JSON; an empty value is no value.
        editing: Owner and key of the connection that is edited; None for a new one.
    """
    try:
        _draft(session, given, editing)
    except AppFileError as error:
        # What is not written yet has a place, and no line.
        is_own = error.line is None and len(error.place) > 2
        return Checked(str(error.place[2]), error.problem) if is_own else Checked("", str(error))
    except NotAllowedError as error:
        return Checked("owner", str(error))
    except AttioError as error:
        return Checked("", str(error))
    return Checked("", "")


def drafted_key(session: Session, given: object, editing: Name | None) -> str | None:
    """Return the key that a connection has or gets; None where it has none, or is not right.

    Args:
        session: Whose app file it is, and who acts.
        given: The keys of a connection, as JSON; an empty value is no value.
        editing: Owner and key of the connection that is edited; None for a new one.
    """
    with suppress(AttioError):
        return _draft(session, given, editing).key
    return None


def save_definition(
    session: Session, given: object, editing: Name | None, opened: object = None
) -> ConnectionDefinition:
    """Write a definition into the app file, and return it; a new one has a key.

    Args:
        session: Whose app file it is, and who acts.
        given: The keys of a connection, as JSON; an empty value is no value.
        editing: Owner and key of the connection that is edited; None for a new one.
        opened: Its keys, as JSON, when somebody began to edit it: what others have changed since
            then stays. None where that is as the file has it.

    Raises:
        AppFileError: The file would not be right with it, or somebody else has changed the same;
            nothing was written.
        NotAllowedError: It is the workspace's, and the person is no admin.
        UnknownConnectionError: The connection that is edited is not there any more.
        CommandError: It is no definition, or a new one that says nothing of what it is.
    """
    definition = _draft(session, given, editing)
    if editing is None:
        _require_description(given)
        return session.define(definition).connections[-1]
    before = None if opened is None else _draft(session, opened, editing)
    app = session.redefine(*editing, definition, opened=before)
    return app.exact_definition(definition.owner, definition.key)


def _require_description(given: object) -> None:
    """Refuse a form that was saved as it was opened: nobody would know what to paste."""
    values = connection_given(given)
    if values.get("type") != "oauth2" and not any(map(values.get, ("title", "key", "hosts"))):
        raise CommandError("Give the connection a title or a key, or choose a service.")


def _draft(session: Session, given: object, editing: Name | None) -> ConnectionDefinition:
    values = connection_given(given)
    if "workspace" in (values.get("owner"), editing[0] if editing else None):
        session.people.require_admin(session.people.execution())
    return session.file.draft(values, editing)


def _preset_json(preset: Preset) -> dict[str, Any]:
    keys = definition_json(preset.definition("user"))
    del keys["owner"]
    return {
        "id": preset.id,
        "name": preset.name,
        "definition": keys,
        "help_url": preset.help_url,
        "docs_url": preset.docs_url,
        "steps": list(preset.steps),
        "notes": list(preset.notes),
        "example_scope": preset.example_scope,
    }
