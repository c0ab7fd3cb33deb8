"""The app: its file, who runs it, and what is connected."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from attio_nb.app.shown import allow_command
from attio_nb.app.trust import APP_FILE_VARIABLE
from attio_nb.doctor.finding import from_error, ok, problem
from attio_nb.errors import AppFileError, AppFileNotAllowedError, AttioError
from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from attio_nb.app import ConnectionDefinition
    from attio_nb.doctor.finding import Finding
    from attio_nb.session import Session, Status

__all__ = ["check_app_file", "check_connections", "check_person", "check_redirect_uris"]


def check_app_file(session: Session) -> Finding:
    """Tell which app file is used, or what is wrong in it.

    Args:
        session: A session in the folder to look at.
    """
    try:
        app = session.file.app()
    except AppFileNotAllowedError as error:
        return from_error("App file", error)
    except AppFileError as error:
        return from_error("App file", error, f"Correct {error.path}.")
    if app is None:
        folder = on_one_line(session.file.folder)
        return ok(
            f"App file: none in {folder} or in a folder above it; a getter's prompt offers to make "
            f"one. For one that is elsewhere, set {APP_FILE_VARIABLE} to its path"
        )
    return ok(f"App file: {app.path} (“{app.name}”)")


def check_person(session: Session) -> Finding:
    """Tell who runs this, and what they may do."""
    try:
        execution = session.people.execution()
    except AttioError as error:
        return from_error("Person", error)
    return ok(f"Person: {execution.user}, {execution.role} of the workspace {execution.workspace}")


def check_connections(session: Session, *, opened: bool = True) -> Iterator[Finding]:
    """Tell what is connected, by whom and since when, and never a value.

    Args:
        session: A session whose store holds what is in the vault.
        opened: Whether the vault could be looked into.
    """
    try:
        session.people.execution()
    except AttioError:
        # check_person tells it.
        return
    try:
        statuses = session.overview()
    except AttioError as error:
        yield from_error("Connections", error)
        return
    app = session.file.app()
    for status in statuses:
        yield _finding(status, opened, app.path if app else None)


def check_redirect_uris(session: Session) -> Iterator[Finding]:
    """Tell of providers that share one redirect URI without naming themselves in their answers.

    The answer of one could be taken for that of another (RFC 9700 section 4.4). Nothing is said of
    a provider whose metadata cannot be had now.

    Args:
        session: A session in the folder to look at.
    """
    from attio_nb.app.redirects import shared_redirect_uris

    app = session.file.app()
    for group in shared_redirect_uris(app.connections if app else ()):
        unnamed = [each for each in group if _sends_iss(session, each) is False]
        if unnamed:
            yield problem(
                f"Redirect URIs: {_labels(group)} share one at different providers, and the "
                f"provider of {_labels(unnamed)} does not promise to name itself in its answers "
                "(RFC 9207), so one answer could be taken for that of another.",
                _own_redirect_uris(group[1:]),
            )


def _labels(definitions: Sequence[ConnectionDefinition]) -> str:
    return " and ".join(f"“{each.label}”" for each in definitions)


def _own_redirect_uris(definitions: Sequence[ConnectionDefinition]) -> str:
    keys = " and ".join(
        f"another redirect_uri for “{each.label}”"
        if each.oauth2 and each.oauth2.redirect_uri
        else f'redirect_path = "/callback/{each.key or each.owner}" for “{each.label}”'
        for each in definitions
    )
    return f"Write {keys} in attio-app.toml, and register that address at the provider."


def _sends_iss(session: Session, definition: ConnectionDefinition) -> bool | None:
    oauth2 = definition.oauth2
    if oauth2 is None or not oauth2.issuer:
        return False
    try:
        return session.grants.client.sends_iss(oauth2)
    except AttioError:
        return None


def _finding(status: Status, opened: bool, app_file: Path | None) -> Finding:
    line = f"Connection {_name(status)}: {_state(status, opened)}"
    stored = status.stored
    if status.problem:
        told = f"Connection {_name(status)}: {status.problem}"
        return problem(told, f"Correct {status.variable}, or unset it.")
    if status.variable or stored is None:
        return ok(line)
    command = " ".join(filter(None, ["%connect", status.definition.owner, status.definition.key]))
    if stored.grant is not None and stored.grant.expired:
        return problem(f"{line}, and expired since", f"Sign in again: {command}")
    if status.new_addresses:
        return problem(
            f"{line}; the app file names {' and '.join(status.new_addresses)}, which nobody has "
            "approved for it",
            f"If it may go there: {allow_command(app_file)}",
        )
    if stored.refused_at is not None:
        at = datetime.fromtimestamp(stored.refused_at).astimezone()
        return problem(
            f"{line}, and refused by the service on {at:%Y-%m-%d %H:%M}",
            f"Connect again: {command}",
        )
    return ok(line)


def _name(status: Status) -> str:
    definition = status.definition
    where = definition.owner + (f", key {definition.key}" if definition.key else "")
    return f"“{definition.label}” ({where})"


def _state(status: Status, opened: bool) -> str:
    if status.variable:
        return f"from the environment variable {status.variable}"
    if status.stored is not None:
        since = status.stored.created_at.astimezone()
        return f"connected by {status.stored.created_by} since {since:%Y-%m-%d %H:%M}"
    return "not connected" if opened else "unknown, since the vault was not opened"
