"""What a page shows of an app's connections, as one member sees them. No value is ever in it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from attio_nb.app.hosts import shown_host
from attio_nb.app.naming import new_key
from attio_nb.connections.approval import new_addresses
from attio_nb.connections.environment import variable_in_use
from attio_nb.connections.resolve import find, place_of
from attio_nb.errors import AttioError, InvalidSecretError, NotAllowedError, SetupError
from attio_nb.execution import Execution
from attio_nb.plain_text import escape_unprintable
from attio_nb.tab.definition import definition_json
from attio_nb.tab.expired import why_expired
from attio_nb.tab.testing import why_no_test
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from attio_nb.app import App, ConnectionDefinition
    from attio_nb.connections.model import Grant, StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.session import Session

__all__ = ["Problem", "overview"]

Standing = Literal[
    "not-configured", "not-connected", "connected", "changed", "expired", "refused", "unknown"
]

NO_CLIENT_SECRET = "The secret of its OAuth client is not stored yet: connecting asks for it first."  # noqa: S105
NOBODY_KNOWS = "Nobody knows what is stored, so there is nothing to test yet."
NEW_ADDRESSES = "The app file names {}, which nobody has approved for its value."
REFUSED = "The service has refused it, with the status 401: connect again."


class Problem(NamedTuple):
    """What keeps part of the state from being known.

    Attributes:
        kind: What it is about.
        message: What happened and what to do next.
        line: The line of the app file that is at fault, or None.
        file: The app file that is at fault, or None.
    """

    kind: Literal["app-file", "vault", "vault-locked", "person", "folder"]
    message: str
    line: int | None = None
    file: Path | None = None


class _Found(NamedTuple):
    """How one connection stands."""

    standing: Standing
    detail: str = ""
    stored: StoredConnection | None = None
    variable: str = ""
    new_addresses: tuple[str, ...] = ()


def overview(
    session: Session,
    *,
    acting: str = "",
    problems: Iterable[Problem] = (),
    opened: bool = True,
    contents_path: Callable[[Path], str | None] = lambda file: None,
    vault: str = "",
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """Return the state of an app as ``labextension/src/state.ts`` describes it.

    Args:
        session: A session whose store holds what the vault does.
        acting: The member for whom it is shown; "" for whoever started the process.
        problems: What kept the session from holding all.
        opened: Whether the vault could be looked into.
        contents_path: Names a file as Jupyter's contents API does, or returns None.
        vault: The name of the vault.
        environ: The environment.
        clock: Seconds since the epoch.
    """
    people, app = session.people, session.file.app()
    found = list(problems)
    execution = None
    user = acting or people.default_user()
    # A member is chosen then, so that nothing is wrong.
    unlisted = not people.may_be_member(user)
    try:
        execution = None if unlisted else people.execution_of(user)
    except AttioError as error:
        found.append(Problem("person", str(error)))
    rows = _Rows(session, app, execution, opened, environ, clock()) if app else None
    return {
        "app": _app(app, contents_path) if app else None,
        "problems": [_problem(problem, contents_path) for problem in found],
        "members": _members(app, people.own_user()),
        "admins": list(app.admins()) if app and app.members else [people.own_user()],
        "own_user": people.own_user(),
        "unlisted_user": user if unlisted else "",
        "acting": {"id": execution.user, "role": execution.role} if execution else None,
        "connections": [rows.row(each) for each in app.connections] if app and rows else [],
        "vault": vault,
        "key_file": str(session.store.key_file() or ""),
    }


class _Rows:
    """The connections of an app as one member sees them.

    Args:
        session: Has the store.
        app: The app.
        execution: On whose behalf one looks; None where that is not known.
        opened: Whether the store holds what the vault does.
        environ: The environment.
        now: Seconds since the epoch.
    """

    def __init__(
        self,
        session: Session,
        app: App,
        execution: Execution | None,
        opened: bool,
        environ: Mapping[str, str],
        now: float,
    ) -> None:
        self._session = session
        self._app = app
        self._person = execution
        self._opened = opened
        self._environ = environ
        self._now = now
        # Whose a workspace connection is depends on nobody.
        self._execution = execution or Execution(app.workspace, "", "member")

    def row(self, definition: ConnectionDefinition) -> dict[str, Any]:
        """Return one connection."""
        place = place_of(self._app.id, definition, self._execution)
        found = self._found(place)
        stored = None if found.variable else found.stored
        may_configure, whom_to_ask = self._right(definition)
        needs_asking = found.standing not in ("connected", "unknown")
        return {
            "owner": definition.owner,
            "key": definition.key,
            "type": definition.type,
            "label": definition.label,
            "help_url": definition.help_url,
            "hosts": [shown_host(host) for host in definition.hosts],
            "standing": found.standing,
            "detail": " ".join(filter(None, [found.detail, whom_to_ask if needs_asking else ""])),
            "variable": found.variable,
            "owned_by": place.slot.owner_id,
            "created_by": stored.created_by if stored else "",
            "created_at": stored.created_at.timestamp() if stored else None,
            "account": stored.account if stored else "",
            **_granted(definition, stored.grant if stored else None),
            "provider": _provider(definition),
            "may_configure": may_configure,
            "why_no_test": NOBODY_KNOWS
            if found.standing == "unknown"
            else why_no_test(definition, found.stored, found.new_addresses),
            "new_addresses": list(found.new_addresses),
            "suggested_key": definition.key or new_key(definition, self._app.connections),
            **self._stored(definition, place, may_configure and needs_asking),
            "definition": definition_json(definition),
        }

    def _stored(
        self, definition: ConnectionDefinition, place: Place, is_offered: bool
    ) -> dict[str, Any]:
        """Say for whom a connection is stored, and whether it may be stored under another key."""
        changes = self._session.key_changes
        is_offered = is_offered and not variable_in_use(definition, self._environ)
        under = changes.stored_under(self._app, definition, place.slot.owner_id)
        return {
            "stored_for": list(changes.stored_for(self._app, definition)),
            "client_secret_stored": changes.has_own_client_secret(self._app, definition),
            "stored_under": {"key": under.key, "members": list(under.owner_ids)}
            if under and is_offered
            else None,
        }

    def _right(self, definition: ConnectionDefinition) -> tuple[bool, str]:
        """Say whether this member may configure a connection, and whom to ask where not."""
        if self._person is None:
            return False, ""
        if definition.owner == "workspace":
            try:
                self._session.people.require_admin(self._person)
            except NotAllowedError as error:
                return False, str(error)
        return True, ""

    def _found(self, place: Place) -> _Found:
        if self._person is None and place.definition.owner == "user":
            return _Found("unknown")
        if variable := variable_in_use(place.definition, self._environ):
            return self._from_variable(place, variable)
        if not self._opened:
            return _Found("unknown")
        stored = find(place, environ=self._environ, store=self._session.store)
        if stored is None:
            return self._missing(place)
        addresses = self._new_addresses(place, stored)
        standing, detail = self._standing(place, stored, addresses)
        # A prompt to connect again shows them itself.
        shown = addresses if standing == "changed" else ()
        return _Found(standing, detail, stored, new_addresses=shown)

    def _from_variable(self, place: Place, variable: str) -> _Found:
        try:
            stored = find(place, environ=self._environ, store=self._session.store)
        except InvalidSecretError as error:
            return _Found("not-connected", str(error), variable=variable)
        detail = (
            f"It comes from the environment variable {variable} of the Jupyter server, which "
            "wins over what is stored."
        )
        addresses = self._new_addresses(place, stored) if stored else ()
        return _Found("connected", detail, stored, variable, addresses)

    def _new_addresses(self, place: Place, stored: StoredConnection) -> tuple[str, ...]:
        # Test reports why the approved addresses cannot be read.
        with suppress(SetupError):
            return new_addresses(self._session.approvals.unapproved(place, stored))
        return ()

    def _missing(self, place: Place) -> _Found:
        oauth2 = place.definition.oauth2
        if oauth2 is None or oauth2.client_authentication == "none":
            return _Found("not-connected")
        if self._session.grants.client.client_secret(place) is not None:
            return _Found("not-connected")
        return _Found("not-configured", NO_CLIENT_SECRET)

    def _standing(
        self, place: Place, stored: StoredConnection, addresses: tuple[str, ...]
    ) -> tuple[Standing, str]:
        if why := why_expired(place, stored, now=self._now):
            return "expired", why
        if addresses:
            return "changed", NEW_ADDRESSES.format(" and ".join(addresses))
        return ("connected", "") if stored.refused_at is None else ("refused", REFUSED)


def _app(app: App, contents_path: Callable[[Path], str | None]) -> dict[str, Any]:
    return {
        "id": app.id,
        "name": escape_unprintable(app.name),
        "workspace": app.workspace,
        "file": app.path.name if app.path else "",
        "path": contents_path(app.path) if app.path else None,
    }


def _problem(problem: Problem, contents_path: Callable[[Path], str | None]) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "message": problem.message,
        "line": problem.line,
        "path": contents_path(problem.file) if problem.file else None,
    }


def _members(app: App | None, own_user: str) -> list[dict[str, str]]:
    if app and app.members:
        return [{"id": member.id, "role": member.role} for member in app.members]
    return [{"id": own_user, "role": "admin"}]


def _granted(definition: ConnectionDefinition, grant: Grant | None) -> dict[str, Any]:
    if grant is None:
        return {"expires_at": None, "is_renewed": False, "scopes": [], "missing_scopes": []}
    asked = definition.oauth2.scopes if definition.oauth2 else ()
    return {
        "expires_at": None if grant.expires_at == inf else grant.expires_at,
        "is_renewed": grant.refresh_token is not None and not grant.expired,
        "scopes": [escape_unprintable(scope) for scope in grant.scopes],
        "missing_scopes": _missing_scopes(asked, grant.scopes),
    }


def _missing_scopes(asked: tuple[str, ...], granted: tuple[str, ...]) -> list[str]:
    if set(asked) <= set(granted):
        return []
    from attio_nb.oauth.scopes import missing_scopes  # not needed where all is well

    return list(missing_scopes(asked, granted))


def _provider(definition: ConnectionDefinition) -> str:
    oauth2 = definition.oauth2
    if oauth2 is None:
        return ""
    return parse_web_address(oauth2.authorization_endpoint or oauth2.issuer).netloc
