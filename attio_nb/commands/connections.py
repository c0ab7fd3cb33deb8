"""``attio-nb connect``, ``attio-nb list`` and ``attio-nb disconnect``."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from attio_nb.errors import AttioError, CommandError, MissingConnectionError
from attio_nb.script.wording import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attio_nb.connections.prompter import Prompter
    from attio_nb.notebook.command import Command
    from attio_nb.notebook.connection_commands import ConnectionCommands
    from attio_nb.session import Session

__all__ = ["connect", "disconnect", "list_connections"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130

CONNECT_HELP = """\
usage: attio-nb connect OWNER [KEY] [--as USER]
       attio-nb connect OWNER [KEY] --client-secret | --forget-client-secret
       attio-nb connect OWNER [KEY] --rename-key NEW-KEY | --use-stored
       attio-nb connect --add OWNER [KEY] [options]

Ask for a connection in this terminal; an answer replaces what was there. OWNER
is workspace or user. KEY is needed only where the app has several of that
owner. A value is never given on the command line. It may come through a pipe:

    printf %s "$KEY" | attio-nb connect workspace mail

For an OAuth 2.0 connection the browser opens, or a link is printed.
"""
EXIT_HELP = """\

secret of an OAuth client:
  --client-secret       ask for it anew; the old one stays until the new one has
                        worked
  --forget-client-secret
                        delete it from the vault

It exits with 0 when it is connected, 1 when it is not, 2 for words that are not
understood, and 130 after Ctrl-C.
"""
LIST_HELP = """\
usage: attio-nb list [--as USER]

Show which connections the app of this folder has, and who is connected.

options:
  -h, --help  show this help message and exit
  --as USER   as this member of attio-app.toml sees them
"""
DISCONNECT_HELP = """\
usage: attio-nb disconnect OWNER [KEY] [--as USER] [--remove [--keep]]

Delete a stored connection. OWNER is workspace or user. The tokens of a sign-in
are revoked at the provider first. The app file keeps its definition.

options:
  -h, --help  show this help message and exit
  --remove    take the connection out of attio-app.toml as well, and delete what
              is stored of it for every member
  --keep      with --remove: what is stored stays
  --as USER   the member of attio-app.toml on whose behalf this runs
"""


def connect(words: Sequence[str]) -> int:
    """Do what ``%connect`` does with these words, and return the exit status.

    Args:
        words: What follows ``attio-nb connect``.
    """
    from attio_nb.notebook.command import asks_for_help, parse_connect

    if asks_for_help(shlex.join(words)):
        _show(_connect_help())
        return 0

    def parsed(line: str) -> Command:
        command = parse_connect(line)
        if command.action == "on-missing":
            raise CommandError(
                "--on-missing is for a notebook. For a script, set ATTIO_NB_ON_MISSING, or "
                "on_missing in attio-app.toml."
            )
        return command

    def run(commands: ConnectionCommands, command: Command) -> None:
        overview = commands.connect(command)
        if overview is not None:
            _show(overview.in_words(in_terminal))

    return _run(words, parsed, run)


def list_connections(words: Sequence[str]) -> int:
    """Show the connections of the app, and return the exit status.

    Args:
        words: What follows ``attio-nb list``.
    """
    from attio_nb.notebook.command import Command, asks_for_help

    if asks_for_help(shlex.join(words)):
        _show(LIST_HELP)
        return 0

    def parsed(line: str) -> Command:
        if line:
            raise CommandError("attio-nb list takes no words but --as USER.")
        return Command("show")

    return _run(words, parsed, lambda commands, _: _show(commands.overview().in_words(in_terminal)))


def disconnect(words: Sequence[str]) -> int:
    """Do what ``%disconnect`` does with these words, and return the exit status.

    Args:
        words: What follows ``attio-nb disconnect``.
    """
    from attio_nb.notebook.command import asks_for_help, parse_disconnect

    if asks_for_help(shlex.join(words)):
        _show(DISCONNECT_HELP)
        return 0
    return _run(words, parse_disconnect, lambda commands, command: commands.disconnect(command))


def _run(
    words: Sequence[str],
    parse: Callable[[str], Command],
    run: Callable[[ConnectionCommands, Command], object],
) -> int:
    try:
        user, others = _acting(words)
        command = parse(shlex.join(others))
    except CommandError as error:
        return _fail(error, MISUSED)
    try:
        session = _session()
        if user is not None:
            session.people.act_as(user)
        run(_commands(session), command)
    except MissingConnectionError as error:
        return _fail(error, INTERRUPTED if error.reason == "interrupted" else FAILED)
    return 0


def _acting(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the member of ``--as``, and the other words."""
    others = list(words)
    for at, word in enumerate(others):
        option, equals, user = word.partition("=")
        if option != "--as":
            continue
        end = at + 1 if equals else at + 2
        user = user if equals else next(iter(others[at + 1 : end]), "")
        if not user or user.startswith("-"):
            raise CommandError("--as needs the id of a member after it.")
        return user, others[:at] + others[end:]
    return None, others


def _session() -> Session:
    from attio_nb.connections.own import default_store
    from attio_nb.notices import Notices
    from attio_nb.session import Session

    notices = Notices()
    notices.show = _complain
    return Session(default_store(notify=notices), notices=notices, prompter=_prompter())


def _prompter() -> Prompter:
    from attio_nb.commands.piped import PipedPrompter
    from attio_nb.script.prompter import TerminalPrompter

    terminal = TerminalPrompter()
    if sys.stdin is None or sys.stdin.isatty():
        return terminal
    return PipedPrompter(sys.stdin.buffer, terminal, _show)


def _commands(session: Session) -> ConnectionCommands:
    from attio_nb.notebook.connection_commands import ConnectionCommands

    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    return ConnectionCommands(
        session,
        say=lambda message: _show(in_terminal(message)),
        ask=input if is_terminal else None,
    )


def _connect_help() -> str:
    from attio_nb.notebook.command import connect_parser

    _, _, options = connect_parser("attio-nb connect").format_help().partition("\n\n")
    return f"{CONNECT_HELP}\n{options}{EXIT_HELP}"


def _show(text: str) -> None:
    from attio_nb.console import say
    from attio_nb.plain_text import escape_unprintable

    say(escape_unprintable(text.rstrip("\n")))


def _fail(error: AttioError, status: int) -> int:
    _complain(str(error))
    return status


def _complain(message: str) -> None:
    from attio_nb.console import say

    say(f"attio-nb: {in_terminal(message)}", stream=sys.stderr)
