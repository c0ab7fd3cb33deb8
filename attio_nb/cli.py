"""The command line, ``attio-nb COMMAND``. What a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import difflib
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from attio_nb import __version__
from attio_nb.credentials import shown_word
from attio_nb.errors import AttioError, CommandError, SetupError
from attio_nb.imports import installed_packages_only

if TYPE_CHECKING:
    from attio_nb.sandbox.log import Entry

__all__ = ["main"]

MISUSED = 2
"""What `argparse` exits with for words that it does not understand."""

INTERRUPTED = 130
"""What a shell makes of a program that Ctrl-C ended."""

BROKEN_PIPE = 141
"""What a shell makes of a program that writes to a reader which has gone."""


class Command(NamedTuple):
    """One word that may follow ``attio-nb``.

    Attributes:
        summary: What it does, for the list of commands.
        define: Adds its options to its parser.
        run: Does it, and returns the exit status.
    """

    summary: str
    define: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class WordCommand(NamedTuple):
    """A command that takes the words of a magic, and reads them as the magic does.

    Attributes:
        summary: What it does, for the list of commands.
        function: The function in `attio_nb.commands.connections` that does it.
    """

    summary: str
    function: str

    def run(self, words: Sequence[str]) -> int:
        """Do it, and return the exit status."""
        from attio_nb.commands import connections

        status: int = getattr(connections, self.function)(words)
        return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and print an error of this project as one line.

    Args:
        arguments: The words of the command line; None takes those of the process.

    Returns:
        The exit status: 0 when all went well, 1 when it did not, 2 when a word is not understood,
        130 when it was interrupted, 141 when nobody reads its output any more.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A title of the app file may have characters that the console cannot encode.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = _status(words)
        # None where the shell has closed it: attio-nb list >&-
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        _discard_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.filename is not None:
            raise
        # The output goes to a disk that is full.
        _discard_output()
        print(f"attio-nb: The output cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    except AttioError as error:
        from attio_nb.script.wording import in_terminal

        print(f"attio-nb: {in_terminal(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _status(words: list[str]) -> int:
    try:
        # No command needs a module of the folder that it runs in.
        with installed_packages_only():
            return _run(words)
    except SystemExit as ended:
        # Of argparse, which has shown its help or what is wrong with the words.
        return ended.code if isinstance(ended.code, int) else 0


def _discard_output() -> None:
    # Python would complain at its end of what it cannot write.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    first = words[0] if words else ""
    if first in WORD_COMMANDS:
        return WORD_COMMANDS[first].run(words[1:])
    if first and not first.startswith("-") and first not in COMMANDS:
        raise CommandError(_unknown(first))
    parser, parsers = _parser()
    options, unknown = parser.parse_known_args(words)
    if unknown:
        print(f"attio-nb: {_unknown_words(unknown, options.command, parsers)}", file=sys.stderr)
        return MISUSED
    if options.command is None:
        parser.print_help()
        return 0
    return COMMANDS[options.command].run(options)


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """Return what reads the words, and what reads those of each command."""
    parser = argparse.ArgumentParser(
        prog="attio-nb", description="App connections in Jupyter notebooks, as Attio has them."
    )
    parser.add_argument("-V", "--version", action="version", version=f"attio-nb {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name in _names():
        command = WORD_COMMANDS.get(name) or COMMANDS[name]
        added = commands.add_parser(name, help=command.summary, description=command.summary)
        if isinstance(command, Command):
            command.define(added)
    return parser, commands.choices


def _names() -> list[str]:
    return sorted([*COMMANDS, *WORD_COMMANDS])


def _unknown(word: str) -> str:
    near = difflib.get_close_matches(word, _names(), n=1)
    hint = f'Did you mean "{near[0]}"? ' if near else ""
    named = shown_word(word)
    return f"{named[:1].upper()}{named[1:]} is no command. {hint}There are: {', '.join(_names())}."


def _unknown_words(
    words: Sequence[str],
    command: str | None,
    parsers: Mapping[str, argparse.ArgumentParser],
) -> str:
    """Return what to say of words that are not understood; one that may be a value is not shown."""
    name = f"attio-nb {command}" if command else "attio-nb"
    # What it knows is written in its usage line, as [--fix].
    usage = parsers[command].format_usage() if command else "[--help] [--version]"
    word = words[0].partition("=")[0]
    near = difflib.get_close_matches(word, re.findall(r"--[a-z-]+", f"{usage} --help"), n=1)
    what = f'"{word}" is no option of {name}. Did you mean "{near[0]}"?' if near else ""
    return f"{what or f'{name} was given a word that it does not know.'} See {name} --help."


@contextmanager
def _needing_extra(command: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "attio_nb":
            raise
        raise SetupError(
            f"{command} needs {error.name}, which is not installed. "
            'Install what belongs to it: pip install "attio-nb[sandbox]"'
        ) from error


def _define_sandbox(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=8787, help="the port on 127.0.0.1 (%(default)s; 0: a free one)"
    )
    parser.add_argument("--database", type=Path, metavar="FILE", help="where its data is kept")
    parser.add_argument(
        "--reset", action="store_true", help="forget its data and begin with the seeded ones"
    )
    parser.add_argument(
        "--token-lifetime",
        type=_seconds,
        default=3600,
        metavar="SECONDS",
        help="how long an OAuth access token is good for (%(default)s)",
    )
    parser.add_argument(
        "--refresh-grace",
        type=_seconds,
        default=60,
        metavar="SECONDS",
        help="how long a lost reply to a refresh may be asked for again (%(default)s; 0: never)",
    )


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return int(text)


def _sandbox(options: argparse.Namespace) -> int:
    with _needing_extra("The sandbox"):
        from attio_nb.sandbox.provider.model import Policy
        from attio_nb.sandbox.server import default_database, serve

    database: Path = options.database or default_database()
    try:
        serve(
            port=options.port,
            database=database,
            reset=options.reset,
            policy=Policy(options.token_lifetime, options.refresh_grace),
            on_ready=lambda url: _say_ready(url, database),
            on_request=_say_request,
        )
    except KeyboardInterrupt:
        print("\nThe sandbox has stopped; its data is kept.")
    return 0


def _say_ready(url: str, database: Path) -> None:
    from attio_nb.sandbox.provider.model import CLIENTS

    print(
        "The sandbox is running, for this computer only.\n\n"
        f"  Keys to paste   {url}/\n"
        f"  API             {url}/docs\n"
        f"  OAuth issuer    {url}/oauth\n"
        f"  OAuth clients   {', '.join(CLIENTS)}\n"
        f"  Data            {database}\n\n"
        "Ctrl-C stops it.\n",
        flush=True,
    )


def _say_request(entry: Entry) -> None:
    time = f"{entry.at.astimezone():%H:%M:%S}"
    fault = f"  fault: {entry.fault}" if entry.fault else ""
    status = entry.status or " – "
    print(f"{time}  {status}  {entry.method} {entry.path}  {entry.key_name}{fault}", flush=True)


def _define_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("build", "demo"),
        metavar="FOLDER",
        help="where the notebook that was run is left (%(default)s)",
    )


def _demo(options: argparse.Namespace) -> int:
    with _needing_extra("The demo"):
        from attio_nb.demo.run import run_demo

    return 0 if run_demo(options.output, say=lambda line: print(line, flush=True)) else 1


def _define_doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--providers",
        action="store_true",
        help="ask the OAuth providers of the app for their metadata, and check their endpoints",
    )

    parser.add_argument(
        "--fix",
        action="store_true",
        help="take from other users what they may do with your vault, its key and the like",
    )


def _doctor(options: argparse.Namespace) -> int:
    from attio_nb.doctor import examine, mend

    if options.fix:
        for done in mend():
            print(f"fixed    {done}", flush=True)
    problems = 0
    for finding in examine(ask_providers=options.providers):
        print(finding, flush=True)
        problems += not finding.well
    number = f"{problems or 'No'} problem{'' if problems == 1 else 's'}"
    print(f"\n{number} found.")
    return 1 if problems else 0


def _define_allow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        type=Path,
        nargs="?",
        metavar="PATH",
        help="the app file, or its folder (the nearest one from the current folder upwards)",
    )
    parser.add_argument("--list", action="store_true", help="show the app files that you allowed")
    parser.add_argument("--forget", type=Path, metavar="PATH", help="allow an app file no more")


def _allow(options: argparse.Namespace) -> int:
    from attio_nb.allow import allow, forget, list_allowed

    if options.list + (options.forget is not None) + (options.path is not None) > 1:
        raise CommandError("attio-nb allow takes a path, or --list, or --forget PATH.")
    if options.list:
        list_allowed(say=print)
    elif options.forget is not None:
        forget(options.forget, say=print)
    else:
        allow(options.path, say=print)
    return 0


def _define_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        default=Path(".env"),
        metavar="FILE",
        help="the file of variables (%(default)s); it is not changed",
    )
    parser.add_argument(
        "--all", action="store_true", help="ask about variables as well that are no secrets"
    )
    parser.add_argument(
        "--as", dest="user", metavar="USER", help="the member on whose behalf this runs"
    )


def _import(options: argparse.Namespace) -> int:
    from attio_nb.commands.import_env import import_env

    return import_env(options.file, user=options.user, everything=options.all)


def _define_tour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("attio-nb-tour"),
        metavar="FOLDER",
        help="where the copy of the notebooks is, or is made (%(default)s)",
    )
    parser.add_argument(
        "--reset",
        action="store_true",
        help="copy the notebooks anew; what you changed in the copy is lost",
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="PORT",
        help="the port of the sandbox on 127.0.0.1 (8787, or a free one where that is taken)",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    parser.add_argument(
        "options",
        nargs="*",
        metavar="OPTION",
        help="after --: further options of jupyter lab, such as -- --ServerApp.port=9000",
    )


def _tour(options: argparse.Namespace) -> int:
    with _needing_extra("The tour"):
        from attio_nb.tour.lab import run_tour

    return run_tour(
        options.folder,
        port=options.port,
        reset=options.reset,
        options=(["--no-browser"] if options.no_browser else []) + options.options,
        say=lambda line: print(line, flush=True),
    )


WORD_COMMANDS = {
    "connect": WordCommand("connect, or add a connection, in this terminal", "connect"),
    "disconnect": WordCommand("delete a stored connection", "disconnect"),
    "list": WordCommand("show the connections of an app, and who is connected", "list_connections"),
}

COMMANDS = {
    "allow": Command(
        "allow an app file of another user, and the addresses it names",
        _define_allow,
        _allow,
    ),
    "demo": Command(
        "run the tour end to end, without a browser and without questions", _define_demo, _demo
    ),
    "doctor": Command(
        "tell what is installed and connected, and fixes for what is not", _define_doctor, _doctor
    ),
    "import": Command(
        "ask for each variable of a .env file which connection it becomes", _define_import, _import
    ),
    "sandbox": Command(
        "start a mail sequencing API and its OAuth provider on loopback to practise with",
        _define_sandbox,
        _sandbox,
    ),
    "tour": Command(
        "open JupyterLab on a copy of the tour, with the sandbox running", _define_tour, _tour
    ),
}


if __name__ == "__main__":
    sys.exit(main())
