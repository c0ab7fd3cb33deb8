"""The magics ``%connect`` and ``%disconnect``."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.notebook.add_form import AddForm
    from attio_nb.notebook.connection_commands import ConnectionCommands
    from attio_nb.notebook.display import Overview
    from attio_nb.session import Session

__all__ = ["ConnectMagics"]


@magics_class
class ConnectMagics(Magics):
    """Magics over a session.

    Args:
        shell: The shell they are registered in.
        session: Returns the session, which is made when a magic is used first.
        add_form: Opens the form for a new connection in a page; None in a terminal.
    """

    def __init__(
        self, shell: Any, session: Callable[[], Session], add_form: AddForm | None = None
    ) -> None:
        super().__init__(shell)
        self._session = session
        self._add_form = add_form

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
            value may be sent to, and may be repeated. For what the line lacks,
            JupyterLab opens the form of the Connections tab.

        %connect --add workspace|user [KEY] --preset NAME
            The same for a service that is known by name. Tab shows the presets.

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

        %connect workspace|user [KEY] --rename-key NEW-KEY
            Give the connection another key, or its first one. What is stored
            moves along, for every member.

        %connect workspace|user [KEY] --use-stored
            Use what is stored under the key that the connection had before
            somebody changed it in attio-app.toml.

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
        from attio_nb.notebook.command import asks_for_help, parse_connect

        if asks_for_help(line):
            self._say(inspect.getdoc(ConnectMagics.connect) or "")
            return None
        return self._commands().connect(parse_connect(line))

    @line_magic
    def disconnect(self, line: str) -> None:
        """Delete a connection.

        %disconnect workspace [KEY]
        %disconnect user [KEY]
            Delete the stored connection. The tokens of a sign-in are revoked
            at the provider first. The app file keeps its definition.

        %disconnect workspace|user [KEY] --remove [--keep]
            Take the connection out of attio-app.toml as well, and delete what
            is stored of it for every member. With --keep that stays stored, and
            a new connection with the same owner and KEY finds it.

        Examples::

            %disconnect workspace
            %disconnect user mailbox
            %disconnect user mailbox --remove
        """
        from attio_nb.notebook.command import asks_for_help, parse_disconnect

        if asks_for_help(line):
            self._say(inspect.getdoc(ConnectMagics.disconnect) or "")
            return
        self._commands().disconnect(parse_disconnect(line))

    def _commands(self) -> ConnectionCommands:
        from attio_nb.notebook.connection_commands import ConnectionCommands

        may_ask = self._may_ask()
        return ConnectionCommands(
            self.session,
            say=self._say,
            ask=input if may_ask else None,
            open_form=self._add_form.open if self._add_form and may_ask else None,
        )

    def _may_ask(self) -> bool:
        kernel = getattr(self.shell, "kernel", None)
        return kernel is None or bool(getattr(kernel, "_allow_stdin", False))

    def _say(self, message: str) -> None:
        from attio_nb.console import say
        from attio_nb.plain_text import escape_unprintable

        say(escape_unprintable(message))
