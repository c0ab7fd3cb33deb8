"""The composition root: what a kernel or a script has of this project, put together."""

from __future__ import annotations

import copy
import functools
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app import APP_FILE, ConnectionDefinition
from attio_nb.app.current import AppFile
from attio_nb.app.naming import with_key
from attio_nb.app.trust import AppFileTrust
from attio_nb.app.written import written
from attio_nb.asking import DEFAULT_TIMEOUT, Asking
from attio_nb.choosing import MemberChoice
from attio_nb.connections.approval import Approvals, new_addresses, unapproved_hosts
from attio_nb.connections.environment import (
    doubt_about,
    from_environment,
    is_from_environment,
    variable_in_use,
)
from attio_nb.connections.own import default_store
from attio_nb.connections.prompter import ConnectionRequest, NobodyToAsk, Prompter, missing_error
from attio_nb.connections.resolve import Place, find, place_of, resolve
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import (
    AppFileNotAllowedError,
    AttioError,
    CommandError,
    InvalidSecretError,
    MissingConnectionError,
    SetupError,
    UnknownConnectionError,
    UnknownMemberError,
    VaultError,
)
from attio_nb.execution import Execution, current_execution
from attio_nb.functions.fetch import Fetch
from attio_nb.grants import Grants, make_client
from attio_nb.hosting import process_hosting
from attio_nb.key_changes import KeyChanges, Moved, Removed
from attio_nb.making import Making
from attio_nb.notices import Notices
from attio_nb.people import DEFAULT_WORKSPACE, People
from attio_nb.tracebacks import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from attio_nb.app import App, OnMissing, Owner
    from attio_nb.app.allowed import AllowedFiles
    from attio_nb.connections.model import Connection, StoredConnection
    from attio_nb.connections.rekey import StoredUnder
    from attio_nb.connections.resolve import SignInNeeded
    from attio_nb.connections.store import Store
    from attio_nb.errors import MissingReason, OAuthError
    from attio_nb.oauth.client import OAuthClient
    from attio_nb.oauth.register import Registration
    from attio_nb.oauth.revoke import Revocation

__all__ = ["Disconnection", "Missing", "Session", "Status", "default_session"]

ON_MISSING: tuple[OnMissing, ...] = ("ask", "raise")


class Missing(NamedTuple):
    """A getter that raised instead of waiting.

    Attributes:
        request: What it would have asked.
        error: What it raised.
    """

    request: ConnectionRequest
    error: MissingConnectionError


class Disconnection(NamedTuple):
    """What came of disconnecting.

    Attributes:
        was_connected: Whether there was something to delete; then it is deleted.
        revocation: What came of revoking it at its provider; None for a secret.
    """

    was_connected: bool
    revocation: Revocation | None = None


class Status(NamedTuple):
    """One connection of the app, as the person who runs this sees it.

    Attributes:
        definition: What the app file says of it.
        stored: What is kept, or None where nobody has connected.
        variable: The environment variable that it comes from, or "" where it comes from the store.
        place: Where it is looked for.
        new_addresses: What the app file names for it and nobody has approved, as a person is shown
            it.
        stored_under: What is stored for it under the key that it had before, where nobody has
            connected since.
        problem: Why the environment variable cannot be used, as a sentence; "" where it can.
    """

    definition: ConnectionDefinition
    stored: StoredConnection | None
    variable: str
    place: Place
    new_addresses: tuple[str, ...] = ()
    stored_under: StoredUnder | None = None
    problem: str = ""


class Session:
    """The app, the people, and their connections, as one process sees them.

    Args:
        store: Where connections are kept.
        file: The app file.
        prompter: Who asks for a missing connection.
        fetch: The HTTP client of server functions.
        notices: Where the store says what no error says.
        make_oauth_client: Makes the OAuth client, when a connection first needs it.
        allowed: Returns the app files that the person has allowed.
        environ: The environment.

    Attributes:
        grants: The OAuth side of it.
        approvals: The addresses that a person has approved.
        making: Makes the connections that code gets.
        key_changes: Moves and deletes what is stored for every member.
        people: The members, and who is acting.
        missing: The getters that raised in this cell instead of waiting.
        refused: The connections that were asked for in this cell in vain, and why.
        refusal_scope: Returns what a refusal holds for; None, as in a shell, until the cell ends.
    """

    def __init__(
        self,
        store: Store,
        *,
        file: AppFile | None = None,
        prompter: Prompter | None = None,
        fetch: Fetch | None = None,
        notices: Notices | None = None,
        make_oauth_client: Callable[[Store], OAuthClient] | None = None,
        allowed: Callable[[], AllowedFiles] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.store = store
        self.file = file or AppFile(trust=AppFileTrust(environ=environ))
        self.people = People(self.file, environ=environ)
        self.prompter: Prompter = prompter or NobodyToAsk()
        self.fetch = fetch or Fetch(secrets=self._handed_out)
        self.missing: list[Missing] = []
        self.refused: dict[object, MissingReason] = {}
        self.refusal_scope: Callable[[], object] = _until_the_cell_ends
        self.notices = notices or Notices()
        self.grants = Grants(
            store,
            notify=self.notices,
            make_client=make_oauth_client or make_client,
            environ=environ,
        )
        self.making = Making(store, self.grants, environ=environ)
        self.approvals = Approvals(
            store, app_file=self._app_path, allowed=allowed or (lambda: _allowed_files(environ))
        )
        self.key_changes = KeyChanges(
            store, self.grants, allowed=allowed or (lambda: _allowed_files(environ))
        )
        self._asking = Asking(
            store,
            self.file,
            self.grants,
            self.approvals,
            stored_under=self.stored_under,
            environ=environ,
        )
        self._environ = environ
        self._on_missing: OnMissing | None = None
        self._edition = -1
        self._told = ""
        self._doubted: set[str] = set()
        self._places: dict[tuple[Owner, str | None, str, str], Place] = {}
        self._connections: dict[Place, tuple[StoredConnection, Connection]] = {}

    def get_connection(self, owner: Owner, key: str | None = None) -> Connection:
        """Return a connection, asked for first where there is none.

        Args:
            owner: Whose it is: ``workspace``, or ``user`` for the member on whose behalf this runs.
            key: Its key; None where the owner has one connection only.

        Raises:
            MissingConnectionError: There is none, and nobody connected when asked.
            OAuthError: Its access token could not be renewed just now.
            NotAllowedError: It is the workspace's, it is missing, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
        """
        try:
            return self._get_connection(owner, key)
        except AttioError as error:
            failure = without_secrets(error)
        raise failure

    def _get_connection(self, owner: Owner, key: str | None) -> Connection:
        try:
            execution = self._member_for(owner, key)
        except AppFileNotAllowedError as error:
            if (connection := self._from_variable(owner, key)) is None:
                raise
            self._tell_once(str(error))
            return connection
        place = self._place(owner, key, execution) or self._undefined(owner, key, execution)
        stored = find(place, environ=self._environ, store=self.store)
        if stored is not None and stored.grant is not None:
            stored = self.grants.latest(place, stored)
        known = self._connections.get(place)
        # What was made of it before was asked about then.
        if known is not None and known[0] is stored and self.grants.is_fresh(place, stored):
            return known[1]
        if stored is None or not self._is_ready(place, stored):
            stored = self._resolved(place, owner, key, execution)
        return self._made(place, stored, execution)

    def _member_for(self, owner: Owner, key: str | None) -> Execution:
        try:
            return self.people.execution()
        except UnknownMemberError:
            if self._is_from_environment(owner, key):
                return self.people.execution_of_anybody()
        return self.require_member()

    def require_member(self) -> Execution:
        """Return on whose behalf code runs; a user whom the app file does not list chooses first.

        Raises:
            UnknownMemberError: Nobody can be asked, or nobody has chosen a member.
        """
        if self.on_missing == "raise":
            return self.people.execution()
        app = self.file.app()
        timeout = app.prompt_timeout if app else DEFAULT_TIMEOUT
        choice = MemberChoice(self.file, self.people)
        with self.fetch.deadlines.stopped():
            return choice.require(self.prompter, timeout=timeout)

    def _from_variable(self, owner: Owner, key: str | None) -> Connection | None:
        # In CI, the checkout may belong to another user. The app file is not read, so no host is
        # known that the value may go to.
        user = self.people.own_user()
        execution = current_execution.get() or Execution(DEFAULT_WORKSPACE, user, "admin")
        place = place_of("", ConnectionDefinition(owner=owner, key=key), execution)
        found = from_environment(place.variable, user=place.user, environ=self._environ)
        if found is None:
            return None
        return self.making.connection(place, found, ask=lambda: found)

    def _is_from_environment(self, owner: Owner, key: str | None) -> bool:
        """Say whether the environment has a workspace connection, which needs no member."""
        app = self.file.app()
        return (
            app is not None
            and owner == "workspace"
            and variable_in_use(app.definition(owner, key), self._environ) != ""
        )

    def _tell_once(self, message: str) -> None:
        if message != self._told:
            self._told = message
            self.notices(message)

    def _is_ready(self, place: Place, stored: StoredConnection) -> bool:
        """Say whether a stored connection can be used without asking anybody anything."""
        return self.grants.is_fresh(place, stored) and not unapproved_hosts(
            stored, place.definition
        )

    def _resolved(
        self, place: Place, owner: Owner, key: str | None, execution: Execution
    ) -> StoredConnection:
        return resolve(
            place,
            environ=self._environ,
            store=self.store,
            renew=self.grants.current,
            ask=lambda ended: self._ask_when_missing(owner, key, execution, ended),
            approve=lambda stored: self._ask_when_getting(
                self._asking.approval(place, stored, execution)
            ),
        )

    def connect(
        self, owner: Owner, key: str | None = None, *, client_secret: bool = False
    ) -> Connection:
        """Ask for a connection, even if an answer replaces one; raises as `get_connection` does.

        Args:
            owner: Whose it is.
            key: Its key, or None.
            client_secret: Whether the secret of its OAuth client is asked for first; where that
                works with the grant that is there, nobody has to sign in.

        Raises:
            CommandError: A client secret is to be asked for, and its client has none.
        """
        execution = self.people.execution()
        place = self._place(owner, key, execution)
        if client_secret:
            _require_client_secret(place)
        request = self._asking.request(
            owner, key, execution, place=place, client_secret="replace" if client_secret else ""
        )
        self._ask(replace(request, insists=True), wait=True)
        return self.get_connection(owner, key)

    def forget_client_secret(self, owner: Owner, key: str | None = None) -> bool:
        """Forget the secret of the OAuth client of a connection, and say whether there was one.

        The connection itself stays; it cannot be refreshed until the secret is typed anew.

        Raises:
            CommandError: Its client has none.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: It could not be deleted.
        """
        execution = self.people.execution()
        self._require_right(owner, execution)
        return self.grants.forget_client_secret(
            _require_client_secret(self._place(owner, key, execution))
        )

    def request(
        self, owner: Owner, key: str | None = None, *, client_secret: bool = False
    ) -> ConnectionRequest:
        """Return what to ask for one connection, for whoever puts it to the person by themselves.

        Args:
            owner: Whose it is.
            key: Its key, or None.
            client_secret: Whether the secret of its OAuth client is asked for first, as `connect`
                does.

        Raises:
            CommandError: A client secret is to be asked for, and its client has none.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored cannot be read.
        """
        execution = self.people.execution()
        self._require_right(owner, execution)
        place = self._place(owner, key, execution)
        stored = find(place, environ=self._environ, store=self.store) if place else None
        has_ended = stored is not None and stored.grant is not None and stored.grant.expired
        if client_secret:
            _require_client_secret(place)
        return self._asking.request(
            owner,
            key,
            execution,
            place=place,
            expired=has_ended,
            client_secret="replace" if client_secret else "",
        )

    def approval_request(self, owner: Owner, key: str | None = None) -> ConnectionRequest:
        """Return what to ask before a stored value goes to addresses that nobody has approved.

        Raises:
            CommandError: There is nothing to approve.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored cannot be read.
        """
        execution = self.people.execution()
        self._require_right(owner, execution)
        status = self.status(owner, key)
        if status.stored is None or not status.new_addresses:
            raise CommandError(
                f"{status.definition.label} has no address to approve. Look at the row again."
            )
        return self._asking.approval(status.place, status.stored, execution)

    def disconnect(self, owner: Owner, key: str | None = None) -> Disconnection:
        """Revoke a connection at its provider where there is one, then delete it.

        It is deleted whatever the provider says.

        Raises:
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: It could not be deleted.
        """
        execution = self.people.execution()
        self._require_right(owner, execution)
        place = self._place(owner, key, execution)
        if place is None:
            return Disconnection(was_connected=False)
        revocation = None
        try:
            revocation = self.grants.give_back(place)
        finally:
            was_connected = self.store.delete(place.slot)
        return Disconnection(was_connected, revocation)

    def define(self, definition: ConnectionDefinition) -> App:
        """Add a connection to the app file, which is made where there is none.

        Returns:
            What the file says now; the new connection, which has a key, is its last one.

        Raises:
            AppFileError: The file would not be right with it; nothing was written.
            NotAllowedError: It is the workspace's, and the person is no admin.
        """
        self._require_right(definition.owner, self.people.execution())
        return self.file.define(self._completed(definition))

    def redefine(
        self,
        owner: Owner,
        key: str | None,
        definition: ConnectionDefinition,
        *,
        opened: ConnectionDefinition | None = None,
    ) -> App:
        """Change what the app file says of a connection, as `AppFile.redefine` does.

        Where it gets another key, what is stored moves to that, for every member.

        Raises:
            AppFileError: As there; nothing was written.
            CommandError: Something else is stored under the new key; nothing was written.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored could not be moved.
        """
        self._require_right(owner, self.people.execution())
        before = self._definition_to_change(owner, key)
        if definition.key == before.key:
            return self.file.redefine(owner, before.key, definition, opened=opened)
        self._require_movable(before, definition)
        app = self.file.redefine(owner, before.key, definition, opened=opened)
        self._move_stored(app, app.exact_definition(owner, definition.key), before)
        return app

    def rename_key(self, owner: Owner, key: str | None, new_key: str) -> Moved:
        """Give a connection another key; what is stored moves along, for every member.

        Args:
            owner: Whose it is.
            key: Its key until now, or None.
            new_key: Its key from now on.

        Raises:
            AppFileError: It cannot be a key, or another connection has it; nothing was written.
            CommandError: Something else is stored under the new key; nothing was written.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored could not be moved.
        """
        self._require_right(owner, self.people.execution())
        before = self._definition_to_change(owner, key)
        definition = self.file.draft(
            {**written(before), "key": new_key}, editing=(owner, before.key)
        )
        if definition.key == before.key:
            return Moved(before, 0)
        self._require_movable(before, definition)
        app = self.file.redefine(owner, before.key, definition)
        return self._move_stored(app, app.exact_definition(owner, definition.key), before)

    def move_stored(self, owner: Owner, key: str | None, from_key: str | None) -> Moved:
        """Move what is stored under a key that the app file does not name any more.

        Args:
            owner: Whose connection it is.
            key: Its key in the app file, or None.
            from_key: The key under which it is stored, or None.

        Raises:
            CommandError: Nothing is stored there, or the app file still names that key.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored could not be moved.
        """
        execution = self.people.execution()
        self._require_right(owner, execution)
        definition = self._definition_to_change(owner, key)
        app = self._app_to_change()
        before = replace(definition, key=from_key)
        is_named = any(each.key == from_key for each in app.definitions(owner))
        if is_named or not self.key_changes.stored_for(app, before):
            named = f'the key "{from_key}"' if from_key else "no key"
            raise CommandError(
                f"There is nothing to move: the vault holds no {owner} connection under {named} "
                "that the app file has left."
            )
        return self.key_changes.move(app, definition, before)

    def remove(self, owner: Owner, key: str | None, *, disconnect: bool) -> Removed:
        """Take a connection out of the app file.

        Args:
            owner: Whose it is.
            key: Its key, or None for the one without a key.
            disconnect: Whether what is stored is revoked and deleted, for every member; otherwise
                it stays, and a new connection with the same owner and key finds it.

        Raises:
            AppFileError: The file cannot be written so; nothing was changed.
            NotAllowedError: It is the workspace's, and the person is no admin.
            UnknownConnectionError: The app file defines no such connection.
            VaultError: What is stored cannot be read, or could not be deleted.
        """
        self._require_right(owner, self.people.execution())
        definition = self._app_to_change().exact_definition(owner, key)
        stored_for = self.key_changes.stored_for(self._app_to_change(), definition)
        if disconnect and stored_for:
            self.store.require_writable()
        app = self.file.remove(owner, key)
        if disconnect:
            return self.key_changes.disconnect_all(app, definition)
        return Removed((), stored_for)

    def stored_under(self, place: Place) -> StoredUnder | None:
        """Return what is stored for a connection under a key that it had before an edit by hand.

        Raises:
            VaultError: What is stored cannot be read.
        """
        app = self.file.app()
        if app is None or app.id != place.slot.app:
            return None
        return self.key_changes.stored_under(app, place.definition, place.slot.owner_id)

    def _app_to_change(self) -> App:
        app = self.file.app()
        if app is None:
            raise UnknownConnectionError(self.file.missing())
        return app

    def _definition_to_change(self, owner: Owner, key: str | None) -> ConnectionDefinition:
        return self._app_to_change().exact_definition(owner, key)

    def _require_movable(self, before: ConnectionDefinition, after: ConnectionDefinition) -> None:
        app = self._app_to_change()
        if self.key_changes.stored_for(app, before):
            if after.key is not None:
                self.key_changes.require_free(app, after, after.key)
            self.store.require_writable()

    def _move_stored(
        self, app: App, definition: ConnectionDefinition, before: ConnectionDefinition
    ) -> Moved:
        try:
            return self.key_changes.move(app, definition, before)
        except VaultError as error:
            error.add_sentence(
                f"{APP_FILE} has the new key, and what is stored is still under the key before. "
                "The Connections tab offers to move it."
            )
            raise

    def register(self, definition: ConnectionDefinition) -> App:
        """Register a client for a connection, then add it to the app file with that.

        Everything that is to be written is checked first. A client that cannot be kept all the same
        is deleted at the provider again, where it allows that (RFC 7592). The secret of the client,
        where it has one, goes to the store.

        Raises:
            CommandError: The app has such a connection already; no client was registered.
            OAuthError: The provider lets no program register, or gives no good answer.
            AppFileError: The file would not be right with it; nothing was written.
            NotAllowedError: It is the workspace's, and the person is no admin.
            VaultError: The store cannot keep a client secret.
        """
        execution = self.people.execution()
        self._require_right(definition.owner, execution)
        self._require_new(definition)
        definition = self._completed(definition)
        check, define = self.file.definer(dry_run=True), self.file.definer()
        expected = self.grants.registrable(definition)
        self._require_writable_store(place_of(check(expected).id, expected, execution))
        registration = self.grants.register(definition)
        try:
            return self._keep_registered(definition, registration, define, execution)
        except BaseException as error:
            sentence = self.grants.unregister(registration)
            if isinstance(error, AttioError):
                error.add_sentence(sentence)
            else:
                self.notices(sentence)
            raise

    def _require_writable_store(self, place: Place) -> None:
        # Only a write tells whether the store can be written: a folder may be read-only or full.
        self.grants.keep_client_secret(place, SecretStr("not-a-secret"))
        self.grants.forget_client_secret(place)

    def _keep_registered(
        self,
        definition: ConnectionDefinition,
        registration: Registration,
        define: Callable[[ConnectionDefinition], App],
        execution: Execution,
    ) -> App:
        registered = replace(definition, oauth2=registration.oauth2)
        app = define(registered)
        if registration.client_secret is not None:
            place = place_of(app.id, app.connections[-1], execution)
            try:
                self.grants.keep_client_secret(place, registration.client_secret)
            except VaultError as error:
                raise VaultError(
                    f"{error} The client secret is lost: take the connection out of {APP_FILE}, "
                    "and register again."
                ) from error
        return app

    def overview(self) -> list[Status]:
        """Return the app's connections and their state, as whoever this runs for sees them."""
        app, execution = self.file.app(), self.people.execution()
        return [self._status(app, each, execution) for each in app.connections] if app else []

    def status(self, owner: Owner, key: str | None = None) -> Status:
        """Return one connection of the app and its state, as `overview` does.

        Raises:
            UnknownConnectionError: The app file defines no such connection.
        """
        app, execution = self.file.app(), self.people.execution()
        if app is None:
            raise UnknownConnectionError(self.file.missing())
        return self._status(app, app.definition(owner, key), execution)

    @property
    def on_missing(self) -> OnMissing:
        """What a getter does without a connection: ``ask``, or ``raise`` as Attio does."""
        if self._on_missing is not None:
            return self._on_missing
        if chosen := self._environ.get("ATTIO_NB_ON_MISSING"):
            return _on_missing(chosen, "The environment variable ATTIO_NB_ON_MISSING")
        app = self.file.app()
        return app.on_missing if app else "ask"

    @on_missing.setter
    def on_missing(self, chosen: str) -> None:
        self._on_missing = _on_missing(chosen, "--on-missing")

    def _handed_out(self) -> list[SecretStr]:
        """Return the values that code has got from this session."""
        return [stored.value for stored, _ in list(self._connections.values())]

    def _app_path(self) -> Path | None:
        app = self.file.app()
        return app.path if app else None

    def _place(self, owner: Owner, key: str | None, execution: Execution) -> Place | None:
        # Whoever asked for the execution has looked at the app file with that.
        if self._edition != self.file.edition:
            # The edition comes last: who finds it current takes what is there for what is new.
            self._places, self._connections, self._edition = {}, {}, self.file.edition
        # What else an execution says makes no other place.
        wanted = (owner, key, execution.workspace, execution.user)
        return self._places.get(wanted) or self._new_place(owner, key, execution)

    def _new_place(self, owner: Owner, key: str | None, execution: Execution) -> Place | None:
        places, app = self._places, self.file.app()
        if app is None or not app.definitions(owner):
            return None
        place = place_of(app.id, app.definition(owner, key), execution)
        # Another thread may have gone on to another edition meanwhile.
        if self._places is places and self._edition == self.file.edition:
            places[owner, key, execution.workspace, execution.user] = place
        return place

    def _undefined(self, owner: Owner, key: str | None, execution: Execution) -> Place:
        # In CI the environment variable may be all there is; a person's answer defines the
        # connection in the app file.
        undefined = place_of("", ConnectionDefinition(owner=owner, key=key), execution)
        if from_environment(undefined.variable, user=undefined.user, environ=self._environ) is None:
            self._ask_when_missing(owner, key, execution)
            return self._place(owner, key, execution) or undefined
        return undefined

    def _made(self, place: Place, stored: StoredConnection, execution: Execution) -> Connection:
        def ask() -> StoredConnection:
            # The app file may have been changed since.
            self.file.app()
            owner, key = place.definition.owner, place.slot.key
            there = self._place(owner, key, execution) or place
            return self._resolved(there, owner, key, execution)

        if is_from_environment(stored):
            self._tell_doubt(place.variable, stored)
        connection = self.making.connection(place, stored, ask=ask)
        if place.slot.app:
            self._connections[place] = (stored, connection)
        return connection

    def _tell_doubt(self, variable: str, stored: StoredConnection) -> None:
        # Nobody can be asked about it; once is enough.
        if variable not in self._doubted:
            self._doubted.add(variable)
            if doubt := doubt_about(variable, stored):
                self.notices(doubt)

    def _status(self, app: App, definition: ConnectionDefinition, execution: Execution) -> Status:
        place = place_of(app.id, definition, execution)
        variable = variable_in_use(definition, self._environ)
        try:
            stored = find(place, environ=self._environ, store=self.store)
        except InvalidSecretError as error:
            # It keeps nobody from seeing the other connections.
            return Status(definition, None, variable, place, problem=str(error))
        under = self.stored_under(place) if stored is None else None
        return Status(
            definition, stored, variable, place, self._new_addresses(place, stored), under
        )

    def _new_addresses(self, place: Place, stored: StoredConnection | None) -> tuple[str, ...]:
        # A test tells why what was approved cannot be read.
        with suppress(SetupError):
            return new_addresses(self.approvals.unapproved(place, stored)) if stored else ()
        return ()

    def _ask_when_missing(
        self,
        owner: Owner,
        key: str | None,
        execution: Execution,
        ended: SignInNeeded | None = None,
    ) -> None:
        place = self._place(owner, key, execution)
        # Somebody has signed in, and the vault could not be written then.
        if place is not None and self.grants.save_unsaved(place):
            return
        request = self._asking.request(
            owner,
            key,
            execution,
            place=place,
            expired=ended is not None,
            client_secret="refused" if ended and ended.client_secret else "",
        )
        self._ask_when_getting(request, ended.error if ended else None)

    def _ask_when_getting(
        self, request: ConnectionRequest, refusal: OAuthError | None = None
    ) -> None:
        # Two getters in one asyncio.gather do not ask twice for what was just refused.
        if reason := self.refused.get((self.refusal_scope(), request.identity)):
            raise missing_error(request, reason)
        insists = self._on_missing is not None or bool(self._environ.get("ATTIO_NB_ON_MISSING"))
        try:
            self._ask(replace(request, insists=insists), wait=self.on_missing == "ask")
        except MissingConnectionError as error:
            if refusal is None or error.reason != "nobody-to-ask":
                raise
        else:
            return
        # A copy: each that raises it adds its frames to it.
        raise copy.copy(refusal)

    def _ask(self, request: ConnectionRequest, *, wait: bool) -> None:
        self._require_right(request.owner, request.execution)
        try:
            with self.fetch.deadlines.stopped():
                self.prompter.ask(request, wait=wait)
        except MissingConnectionError as error:
            if error.reason in ("not-waiting", "not-in-a-cell"):
                self.missing.append(Missing(request, error))
            elif error.reason != "nobody-to-ask":
                self.refused[self.refusal_scope(), request.identity] = error.reason
            raise

    def _completed(self, definition: ConnectionDefinition) -> ConnectionDefinition:
        """Return a new connection with a key, and with a redirect URI of its own."""
        from attio_nb.app.redirects import with_own_redirect_uri

        app = self.file.app()
        connections = app.connections if app else ()
        return with_own_redirect_uri(with_key(definition, connections), connections)

    def _require_new(self, definition: ConnectionDefinition) -> None:
        app = self.file.app()
        there = app.definitions(definition.owner) if app else ()
        if definition.key is not None and any(each.key == definition.key for each in there):
            raise CommandError(
                f"The app file has this {definition.owner} connection already. Choose another key."
            )

    def _require_right(self, owner: Owner, execution: Execution) -> None:
        if owner == "workspace":
            self.people.require_admin(execution)


def _until_the_cell_ends() -> None:
    """Return the one scope of a cell: who begins a cell clears what was refused."""


def _require_client_secret(place: Place | None) -> Place:
    oauth2 = place.definition.oauth2 if place else None
    if place is None or oauth2 is None or oauth2.client_authentication == "none":
        raise CommandError(
            "This connection has no client secret: only an OAuth 2.0 connection whose "
            "client_authentication is not “none” has one."
        )
    return place


def _on_missing(chosen: str, source: str) -> OnMissing:
    for choice in ON_MISSING:
        if chosen == choice:
            return choice
    raise CommandError(f'{source} is "{chosen}"; it can be "ask" or "raise".')


def _allowed_files(environ: Mapping[str, str]) -> AllowedFiles:
    from attio_nb.app.allowed import default_allowed_files

    return default_allowed_files(environ)


@functools.cache
def default_session() -> Session:
    """Return the session of this process, made at its first use with the person's own vault."""
    return process_hosting().need(_own_session)


def _own_session() -> Session:
    notices = Notices()
    return Session(default_store(notify=notices), notices=notices)
