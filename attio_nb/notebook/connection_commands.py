"""What ``%connect`` and ``%disconnect`` do, and ``attio-nb connect`` and ``disconnect`` as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.app.nearest import one_of
from attio_nb.errors import CommandError
from attio_nb.key_changes import moved_message, removed_message, renamed_message
from attio_nb.notebook.command import WHOSE
from attio_nb.notebook.display import Overview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app import Owner
    from attio_nb.notebook.command import Command
    from attio_nb.session import Session

__all__ = ["ConnectionCommands"]

NEVER_ON_THE_LINE = (
    "A value is never taken on the command line: it stays in the notebook's history from there. "
    "Type it into the "
    "prompt, and if what you typed here was a value, make a new one at its service."
)


IN_FORM = "Fill in the form that has opened, and save it there."


class ConnectionCommands:
    """Does what a command says, to the connections of a session.

    Args:
        session: The session.
        say: Shows lines to the person.
        ask: Shows a question and returns a line; None where nobody can be asked.
        open_form: Has a page open its form for a new connection, with what is known, and says
            whether one did; None where there is no page.
    """

    def __init__(
        self,
        session: Session,
        *,
        say: Callable[[str], None],
        ask: Callable[[str], str] | None,
        open_form: Callable[[Mapping[str, str]], bool] | None = None,
    ) -> None:
        self._session = session
        self._say = say
        self._ask = ask
        self._open_form = open_form

    def connect(self, command: Command) -> Overview | None:
        """Do what a ``%connect`` line says, and return the overview where that is asked for.

        Args:
            command: The line.

        Raises:
            AttioError: It could not be done, and why.
        """
        if command.action not in ("as", "on-missing"):
            self._session.require_member()
        match command.action:
            case "show":
                return self.overview()
            case "connect":
                self._connect(command)
            case "add":
                self._add(command)
            case "as":
                self._act_as(command.word)
            case "rename-key":
                self._rename_key(command)
            case "use-stored":
                self._use_stored(command)
            case "on-missing":
                self._session.on_missing = command.word
                self._say(f"On missing: {self._session.on_missing}.")
        return None

    def disconnect(self, command: Command) -> None:
        """Do what a ``%disconnect`` line says.

        Args:
            command: The line.

        Raises:
            AttioError: It could not be done, and why.
        """
        self._session.require_member()
        label = _label(command.owner, command.key)
        if command.remove:
            deletes = command.remove == "delete"
            removed = self._session.remove(command.owner, command.key, disconnect=deletes)
            self._say(removed_message(removed))
            return
        done = self._session.disconnect(command.owner, command.key)
        if not done.was_connected:
            self._say(f"There was nothing to disconnect: {label} is not connected.")
        elif done.revocation is None:
            self._say(f"Disconnected {label}.")
        else:
            self._say(f"Disconnected {label}. {done.revocation.message}")

    def overview(self) -> Overview:
        """Return which connections the app has, and who is connected."""
        return Overview(
            app=self._session.file.app(),
            execution=self._session.require_member(),
            on_missing=self._session.on_missing,
            statuses=self._session.overview(),
            key_file=self._session.store.key_file(),
            folder=self._session.file.folder,
        )

    def _act_as(self, user: str) -> None:
        people = self._session.people
        if not user:
            raise CommandError(f"--as needs a member after it: {one_of(people.members())}.")
        execution = people.act_as(user)
        self._say(f"Acting as {execution.user} ({execution.role}).")

    def _connect(self, command: Command) -> None:
        key = command.key
        if command.extra:
            self._say(NEVER_ON_THE_LINE)
        elif key is not None and not self._may_be_key(command):
            # To ask for the only connection in its place would send a value to another service.
            if command.may_name_a_connection:
                raise self._unknown_key(command.owner)
            self._say(NEVER_ON_THE_LINE)
            key = None
        if command.client_secret == "forget":  # noqa: S105  # what is to be done
            self._forget_client_secret(command.owner, key)
        else:
            self._session.connect(command.owner, key, client_secret=command.client_secret != "")

    def _rename_key(self, command: Command) -> None:
        moved = self._session.rename_key(command.owner, command.key, command.word)
        self._say(renamed_message(moved))

    def _use_stored(self, command: Command) -> None:
        session = self._session
        status = session.status(command.owner, command.key)
        found = session.stored_under(status.place)
        if found is None:
            raise CommandError(
                f"There is nothing to move to {_label(command.owner, command.key)}: no value that "
                "fits is stored under a key that it had before. %connect shows what is connected."
            )
        moved = session.move_stored(command.owner, status.definition.key, found.key)
        self._say(moved_message(moved))

    def _forget_client_secret(self, owner: Owner, key: str | None) -> None:
        label = _label(owner, key)
        if self._session.forget_client_secret(owner, key):
            self._say(f"Deleted the client secret of {label}. Connecting asks for it again.")
        else:
            self._say(f"No client secret of {label} is stored.")

    def _may_be_key(self, command: Command) -> bool:
        """Say whether the word is a key, or is like one: anything else may be a value."""
        app = self._session.file.app()
        definitions = app.definitions(command.owner) if app else ()
        if not definitions:
            return command.may_name_a_connection
        known = [definition.key for definition in definitions if definition.key]
        return command.key in known or command.like_any(known)

    def _unknown_key(self, owner: Owner) -> CommandError:
        """Return an error that does not repeat the word, which a short value may be."""
        app = self._session.file.app()
        definitions = app.definitions(owner) if app else ()
        keys = [f'"{each.key}"' for each in definitions if each.key] or ["one without a key"]
        return CommandError(
            f"The app has no {owner} connection with that key. There is {', '.join(keys)}. To add "
            f"another one: %connect --add {owner} KEY. A value is never taken on the line."
        )

    def _add(self, command: Command) -> None:
        from attio_nb.notebook.adding import added, definition_of, form_fields, is_complete

        if not is_complete(command):
            if self._open_form is not None and self._open_form(form_fields(command)):
                self._say(IN_FORM)
                return
            if command.lacks_owner:
                raise CommandError(WHOSE)
        app = self._session.file.app()
        definition = definition_of(
            command,
            say=self._say,
            ask=self._ask,
            beside=app.connections if app else (),
        )
        registers = command.sign_in is not None and command.sign_in.register
        add = self._session.register if registers else self._session.define
        app = add(definition)
        file = app.path.name if app.path else "the app file"
        self._say(added(app.connections[-1], command, file))


def _label(owner: Owner, key: str | None) -> str:
    return f"the {owner} connection" + (f' "{key}"' if key else "")
