"""What a person is asked for, and what becomes of the answer."""

from __future__ import annotations

import functools
import os
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attio_nb.app import APP_FILE, ConnectionDefinition
from attio_nb.app.guard import require_no_credential
from attio_nb.app.hosts import host_of_address
from attio_nb.app.model import REFRESH_TOKEN
from attio_nb.app.shown import allow_command
from attio_nb.app.written import written
from attio_nb.connections.approval import (
    Approvals,
    addresses_of,
    new_addresses,
    unapproved,
)
from attio_nb.connections.cleaning import without_ends
from attio_nb.connections.environment import is_from_environment
from attio_nb.connections.model import StoredConnection
from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.questions import Question, question_about
from attio_nb.connections.resolve import Place, place_of
from attio_nb.connections.secret import check_secret
from attio_nb.connections.value_test import test_value
from attio_nb.credentials import looks_like_credential
from attio_nb.errors import AttioError, CommandError, SetupError, VaultError
from attio_nb.grants import SigningIn
from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app import App, Owner
    from attio_nb.app.current import AppFile
    from attio_nb.connections.model import Addresses
    from attio_nb.connections.rekey import StoredUnder
    from attio_nb.connections.store import Store
    from attio_nb.execution import Execution
    from attio_nb.grants import Grants

__all__ = ["DEFAULT_TIMEOUT", "Asking"]

DEFAULT_TIMEOUT = 600.0


class Asking:
    """Makes the requests that a prompter puts to a person, and keeps what they answer.

    Args:
        store: Where connections are kept.
        file: The app file.
        grants: The OAuth side of it.
        approvals: The addresses that a person has approved.
        stored_under: Returns what is stored for a place under the key that it had before, or None.
        environ: The environment.
    """

    def __init__(
        self,
        store: Store,
        file: AppFile,
        grants: Grants,
        approvals: Approvals,
        *,
        stored_under: Callable[[Place], StoredUnder | None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._stored_under = stored_under
        self._store = store
        self._file = file
        self._grants = grants
        self._approvals = approvals
        self._environ = environ

    def request(
        self,
        owner: Owner,
        key: str | None,
        execution: Execution,
        *,
        place: Place | None,
        expired: bool = False,
        client_secret: Literal["", "refused", "replace"] = "",
    ) -> ConnectionRequest:
        """Return what to ask for one connection.

        Args:
            owner: Whose it is.
            key: Its key, or None.
            execution: On whose behalf it is asked for.
            place: Where it is kept; None where the answer defines it.
            expired: Whether there was one, whose grant has ended or cannot be refreshed.
            client_secret: Why the secret of its client is asked for where it is known.

        Raises:
            CommandError: Its key would be written into the app file, and looks like a credential.
            VaultError: What is stored cannot be read: that is told of before anybody types.
        """
        app = self._file.app()
        _require_no_value(key if place is None else None)
        before = self._store.get(place.slot) if place else None
        under = self._stored_under(place) if place and before is None else None
        request = ConnectionRequest(
            owner=owner,
            key=place.slot.key if place else key,
            definition=place.definition if place else None,
            execution=execution,
            app=app.id if app else "",
            app_name=app.name if app else "",
            app_file=app.path.name if app and app.path else APP_FILE,
            environment_variable=_variable(
                place.definition if place else ConnectionDefinition(owner=owner, key=key)
            ),
            timeout=app.prompt_timeout if app else DEFAULT_TIMEOUT,
            is_connected=lambda: self._is_connected(
                place or self._place_now(owner, key, execution), before
            ),
            # What is bound here stays as it was asked, whatever app comes next.
            accept=self._accepting(place, owner, key, execution),
            review=functools.partial(self._review, place, before),
            expired=expired,
            client_secret=client_secret,
            newly_named=_newly_named(place, before),
            stored_under=under.name if under else "",
            looked_in=on_one_line(self._file.folder) if app is None else "",
            app_path=on_one_line(app.path) if app and app.path else "",
            account=lambda: self._account(place or self._place_now(owner, key, execution)),
        )
        if place is None or place.definition.oauth2 is None:
            return request
        return self._signing_in(request, place)

    def approval(
        self, place: Place, stored: StoredConnection, execution: Execution
    ) -> ConnectionRequest:
        """Return what to ask before a value goes to addresses that nobody has approved.

        Args:
            place: Where it was found, with what the app file says now.
            stored: What was found there.
            execution: On whose behalf it is asked for.
        """
        asked = self._approvals.unapproved(place, stored)
        app = self._file.app()
        definition = place.definition
        return ConnectionRequest(
            owner=definition.owner,
            key=place.slot.key,
            definition=definition,
            execution=execution,
            app=place.slot.app,
            app_name=app.name if app else "",
            app_file=app.path.name if app and app.path else APP_FILE,
            environment_variable=place.variable,
            timeout=app.prompt_timeout if app else DEFAULT_TIMEOUT,
            is_connected=lambda: self._is_approved(place, stored),
            accept=lambda _: self._approve(place, stored, asked),
            new_addresses=new_addresses(asked),
            allow_command=allow_command(app.path if app else None),
        )

    def _is_approved(self, place: Place, before: StoredConnection) -> bool:
        # What cannot be read is told of when it has to be read.
        with suppress(VaultError, SetupError):
            stored = before if is_from_environment(before) else self._store.get(place.slot)
            return stored is not None and not any(self._approvals.unapproved(place, stored))
        return False

    def _approve(self, place: Place, stored: StoredConnection, asked: Addresses) -> None:
        if not self._approvals.approve(place, stored, asked):
            raise CommandError(
                f"{place.definition.label} was disconnected meanwhile, so nothing was allowed. "
                "Connect again."
            )

    def _signing_in(self, request: ConnectionRequest, place: Place) -> ConnectionRequest:
        signing_in = SigningIn(
            self._grants,
            place,
            timeout=request.timeout,
            asks_client_secret=request.client_secret != "",
        )
        return replace(
            request,
            is_connected=lambda: signing_in.has_saved() or request.is_connected(),
            sign_in=signing_in.sign_in,
            sign_in_note=signing_in.note,
            client_secret_wanted=signing_in.client_secret_wanted,
            has_client_secret=signing_in.has_client_secret,
            accept_client_secret=signing_in.accept_client_secret,
            use_stored_client_secret=signing_in.use_stored_client_secret,
        )

    def _place_now(self, owner: Owner, key: str | None, execution: Execution) -> Place | None:
        # Somebody may have defined it at another place meanwhile.
        with suppress(AttioError):
            app = self._file.app()
            return place_of(app.id, app.definition(owner, key), execution) if app else None
        return None

    def _is_connected(self, place: Place | None, before: StoredConnection | None) -> bool:
        # Asked while somebody is typing; a vault that cannot be read is told of when it has to be
        # read.
        with suppress(VaultError):
            kept = self._store.get(place.slot) if place else None
            # A token that was renewed meanwhile is no answer; it keeps the time of connecting.
            return kept is not None and (before is None or kept.created_at != before.created_at)
        return False

    def _account(self, place: Place | None) -> str:
        # What is shown of a connection is not worth an error.
        with suppress(VaultError):
            stored = self._store.get(place.slot) if place else None
            return stored.account if stored else ""
        return ""

    def _accepting(
        self, place: Place | None, owner: Owner, key: str | None, execution: Execution
    ) -> Callable[[Answer], None]:
        if place is not None:
            return functools.partial(self._accept_typed, place, execution)
        define = self._file.definer()
        return functools.partial(self._define_and_accept, owner, key, execution, define)

    def _review(
        self,
        place: Place | None,
        before: StoredConnection | None,
        answer: Answer,
        attended: bool,
    ) -> Question | Answer:
        reviewed = question_about(answer)
        if isinstance(reviewed, Question) or place is None:
            return reviewed
        if not attended and _unseen(place, before):
            # Nothing is sent to an address that nobody has seen.
            note = "It was not tested, since nobody has approved the address yet."
            return replace(reviewed, note=note) if place.definition.test_url else reviewed

        def mask(text: str) -> str:
            # Needed only where the service has answered.
            from attio_nb.oauth.echoes import mask_echoes

            return mask_echoes(text, (reviewed.value,))

        return test_value(place.definition, reviewed, mask=mask, environ=self._environ)

    def _accept_typed(self, place: Place, execution: Execution, answer: Answer) -> None:
        asked = place.definition
        now = self._place_now(asked.owner, asked.key, execution)
        # It would not be found, and would take the place of a sign-in made meanwhile.
        if now is not None and now.slot == place.slot and now.definition.oauth2 is not None:
            raise CommandError(
                f"{APP_FILE} says by now that one signs in to this connection, so nothing was "
                "kept. Cancel, then ask for it again."
            )
        self._accept(place, answer)

    def _define_and_accept(
        self,
        owner: Owner,
        key: str | None,
        execution: Execution,
        define: Callable[[ConnectionDefinition], App],
        answer: Answer,
    ) -> None:
        check_secret(without_ends(answer.value), several_lines=True)
        definition = ConnectionDefinition(
            owner=owner,
            key=key,
            title=answer.title,
            hosts=tuple(map(host_of_address, answer.hosts)),
        )
        require_no_credential(written(definition), Path(APP_FILE), 0, value=answer.value)
        app = define(definition)
        # It has a key now.
        self._accept(place_of(app.id, app.connections[-1], execution), answer)

    def _accept(self, place: Place, answer: Answer) -> None:
        # What was reviewed has no ends any more; a script may answer without that.
        value = check_secret(without_ends(answer.value), several_lines=True)
        before = self._store.get(place.slot)
        stored = StoredConnection(
            id=before.id if before else str(uuid.uuid4()),
            value=value,
            created_by=place.user,
            created_at=datetime.now(UTC),
            refused_at=time.time() if answer.is_refused else None,
            account=answer.account,
            approved=addresses_of(place.definition),
        )
        self._store.put(place.slot, stored)


def _require_no_value(key: str | None) -> None:
    if looks_like_credential(key or ""):
        raise CommandError(
            "The key of the connection is or looks like a credential. Give a short name, such as "
            '"sequencer": the value is asked for.'
        )


def _variable(definition: ConnectionDefinition) -> str:
    """Return the environment variable that answers in place of a person for longest."""
    variable = definition.environment_variable
    # An access token ends within the hour.
    return f"{variable}{REFRESH_TOKEN}" if definition.oauth2 else variable


def _unseen(place: Place, before: StoredConnection | None) -> bool:
    """Say whether there is an address that nobody has approved for what was stored before."""
    seen = before.approved if before else None
    return seen is None or any(unapproved(seen, place.definition))


def _newly_named(place: Place | None, before: StoredConnection | None) -> tuple[str, ...]:
    if place is None or before is None or before.approved is None:
        # Nobody has approved anything, so that all of it is new.
        return ()
    return new_addresses(unapproved(before.approved, place.definition))
