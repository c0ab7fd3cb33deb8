"""The magics ``%connect`` and ``%disconnect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import Owner
    from attio_nb.notebook.command import Command
    from attio_nb.notebook.display import Overview
    from attio_nb.notebook.extension import Extension
    from attio_nb.session import Session

__all__ = ["ConnectMagics"]

NEVER_ON_THE_LINE = (
    "A value is never taken on the command line: it stays in the notebook's history from there. "
    "Type it into the "
    "prompt, and if what you typed here was a value, make a new one at its service."
)


@magics_class
class ConnectMagics(Magics):
    """Magics over a session.

    Args:
        shell: The shell they are registered in.
        session: Returns the session, which is made when a magic is used first.
    """

    def __init__(self, shell: Any, session: Callable[[], Session]) -> None:
        super().__init__(shell)
        self.extension: Extension | None = None
        self._session = session

    @property
    def session(self) -> Session:
        """The session."""
        return self._session()

    @line_magic
    def connect(self, line: str) -> Overview | None:
        """Show, make and rehearse the connections of this app.

        %connect
            Show which connections the app has, and who is connected.

        %connect workspace [KEY]
        %connect user [KEY]
            Ask for a connection now; an answer replaces what was there. KEY is
            needed only where the app has several of that owner.

        %connect --add workspace|user [KEY] [--title TEXT] [--help-url URL] [--host HOST]…
            Define a connection in attio-app.toml. --host names a host that its
            value may be sent to, and may be repeated.

        %connect --add workspace|user [KEY] --provider NAME [--client-id ID] [--scope SCOPE]…
            The same for one that is signed in to (OAuth 2.0). Without --client-id
            it says where to register a client and how. Tab shows the providers;
            for any other, give --issuer URL, or --authorization-endpoint URL and
            --token-endpoint URL, and --client-authentication METHOD where the
            client has a secret. --redirect-port PORT, --redirect-host HOST and
            --redirect-uri URL say what is registered to come back to. --register
            in place of --client-id registers a client now, where an issuer lets
            programs do so.

        %connect workspace|user [KEY] --client-secret
            Ask for the secret of the OAuth client anew, in a hidden field. The
            old one stays stored until the new one has worked. Nobody has to
            sign in where the connection works with the new one.

        %connect workspace|user [KEY] --forget-client-secret
            Delete the secret of the OAuth client from the vault.

        %connect --as USER
            From now on run on behalf of this member of attio-app.toml.

        %connect --on-missing ask|raise
            What a getter does when there is no connection: ask and wait, or
            raise and leave a prompt, as Attio does.

        Examples::

            %connect --add workspace sequencer --title "Sequencer API key" --host api.example.com
            %connect --add user calendar --provider google
            %connect workspace sequencer
            %connect --as bob

        A value is never given on this line: it is typed into the prompt.
        """
        from attio_nb.notebook.command import parse_connect

        command = parse_connect(line)
        if command.action == "show":
            return self._overview()
        if command.action == "connect":
            self._connect(command)
        elif command.action == "add":
            self._add(command)
        elif command.action == "as":
            execution = self.session.people.act_as(command.word)
            self._say(f"Acting as {execution.user} ({execution.role}).")
        else:
            self.session.on_missing = command.word
            self._say(f"On missing: {self.session.on_missing}.")
        return None

    @line_magic
    def disconnect(self, line: str) -> None:
        """Delete a connection.

        %disconnect workspace [KEY]
        %disconnect user [KEY]
            Delete the stored connection. The tokens of a sign-in are revoked
            at the provider first. The app file keeps its definition.

        Examples::

            %disconnect workspace
            %disconnect user mailbox
        """
        from attio_nb.notebook.command import parse_disconnect

        command = parse_disconnect(line)
        label = _label(command.owner, command.key)
        done = self.session.disconnect(command.owner, command.key)
        if not done.was_connected:
            self._say(f"There was nothing to disconnect: {label} is not connected.")
        elif done.revocation is None:
            self._say(f"Disconnected {label}.")
        else:
            self._say(f"Disconnected {label}. {done.revocation.message}")

    def _overview(self) -> Overview:
        from attio_nb.notebook.display import Overview

        return Overview(
            app=self.session.file.app(),
            execution=self.session.people.execution(),
            on_missing=self.session.on_missing,
            statuses=self.session.overview(),
        )

    def _connect(self, command: Command) -> None:
        key = command.key
        if command.extra:
            self._say(NEVER_ON_THE_LINE)
        elif key is not None and not self._may_be_key(command):
            self._say(NEVER_ON_THE_LINE)
            key = None
        if command.client_secret == "forget":  # noqa: S105  # what is to be done
            self._forget_client_secret(command.owner, key)
        else:
            self.session.connect(command.owner, key, client_secret=command.client_secret != "")

    def _forget_client_secret(self, owner: Owner, key: str | None) -> None:
        label = _label(owner, key)
        if self.session.forget_client_secret(owner, key):
            self._say(f"Deleted the client secret of {label}. Connecting asks for it again.")
        else:
            self._say(f"No client secret of {label} is stored.")

    def _may_be_key(self, command: Command) -> bool:
        """Say whether the word is a key, or is like one: anything else may be a value."""
        app = self.session.file.app()
        definitions = app.definitions(command.owner) if app else ()
        if not definitions:
            return command.may_name_a_connection
        known = [definition.key for definition in definitions if definition.key]
        return command.key in known or command.like_any(known)

    def _add(self, command: Command) -> None:
        from attio_nb.notebook.adding import added, definition_of

        app = self.session.file.app()
        definition = definition_of(
            command,
            say=self._say,
            ask=input if self._may_ask() else None,
            beside=app.connections if app else (),
        )
        registers = command.sign_in is not None and command.sign_in.register
        add = self.session.register if registers else self.session.define
        app = add(definition)
        there = app.definition(command.owner, command.key)
        self._say(added(there, command, app.path.name if app.path else "the app file"))

    def _may_ask(self) -> bool:
        kernel = getattr(self.shell, "kernel", None)
        return kernel is None or bool(getattr(kernel, "_allow_stdin", False))

    def _say(self, message: str) -> None:
        from attio_nb.console import say
        from attio_nb.plain_text import escape_unprintable

        say(escape_unprintable(message))


def _label(owner: Owner, key: str | None) -> str:
    return f"the {owner} connection" + (f' "{key}"' if key else "")
