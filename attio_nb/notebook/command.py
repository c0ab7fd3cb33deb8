"""The words of ``%connect`` and ``%disconnect``, read and checked."""

from __future__ import annotations

import argparse
import difflib
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NoReturn

from attio_nb.app.guard import kind_of
from attio_nb.credentials import looks_like_credential
from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attio_nb.app import Owner

__all__ = [
    "WHOSE",
    "Command",
    "SignInOptions",
    "asks_for_help",
    "connect_parser",
    "parse_connect",
    "parse_disconnect",
]

OWNERS: tuple[Owner, ...] = ("workspace", "user")
SIGN_IN_OPTIONS = (
    "--provider",
    "--client-id",
    "--scope",
    "--issuer",
    "--authorization-endpoint",
    "--token-endpoint",
    "--client-authentication",
    "--redirect-host",
    "--redirect-port",
    "--redirect-uri",
)
ADD_OPTIONS = ("--preset", "--title", "--help-url", "--host", "--register", *SIGN_IN_OPTIONS)
CLIENT_SECRET, FORGET = "--client-secret", "--forget-client-secret"
RENAME_KEY, USE_STORED = "--rename-key", "--use-stored"
REMOVE, KEEP = "--remove", "--keep"
OPTIONS = (
    "--add",
    "--as",
    "--on-missing",
    CLIENT_SECRET,
    FORGET,
    RENAME_KEY,
    USE_STORED,
    *ADD_OPTIONS,
)
VALUE_PREFIXES = ("sk-", "sk_", "pk-", "pk_", "rk_", "ghp_")
"""How values begin, and keys of connections hardly ever."""

VALUE_OPTIONS = (
    "--value",
    "--secret",
    "--token",
    "--api-key",
    "--password",
    CLIENT_SECRET,
    "--access-token",
    "--refresh-token",
)
HELP = {
    "--add": "define the connection in attio-app.toml, with the options below",
    "--as": "the member of attio-app.toml on whose behalf this runs",
    "--on-missing": "what a getter does without a connection",
    "--rename-key": "give the connection this key; what is stored moves along",
    "--use-stored": "use what is stored under the key that the connection had before",
    "--preset": "a service that is known by name, which fills in the rest",
    "--title": "what the connection is called",
    "--help-url": "the page on which its value is found",
    "--host": "a host that its value may be sent to; may be repeated",
    "--provider": "an OAuth 2.0 provider that is known by name",
    "--client-id": "the id of the OAuth client that you have registered",
    "--scope": "a scope that is asked for; may be repeated",
    "--issuer": "the issuer of an OAuth 2.0 provider (RFC 8414)",
    "--authorization-endpoint": "where its users sign in",
    "--token-endpoint": "where its tokens come from",
    "--client-authentication": "how the client authenticates where it has a secret",
    "--register": "register a client now, in place of --client-id (RFC 7591)",
    "--redirect-host": "the host of the redirect URI on this computer",
    "--redirect-port": "the port of the redirect URI on this computer; may be repeated",
    "--redirect-uri": "a redirect URI that is registered elsewhere",
}
"""What each option is for."""

WHOSE = 'Say whose connection: "workspace" or "user".'
NEVER_ADDED = (
    "A secret is never taken on this line: it stays in the notebook's history from there. Nothing "
    "was added. Leave it out: %connect asks for a client secret once. If what you typed here was "
    "one, make a new one at the provider."
)


LIKE_A_VALUE = (
    "{} is or looks like a credential, so nothing was done. A value is typed into a prompt and "
    "never on this line, which stays in the history: if it was one, make a new one at its service."
)


@dataclass(frozen=True)
class SignInOptions:
    """What a line with ``--add`` says of how one signs in; the names are those of an app file.

    Attributes:
        provider: The id of a preset, or "".
        scopes: As they were written, one or several in each.
        register: Whether a client is to be registered at the provider now.
    """

    provider: str = ""
    client_id: str = ""
    scopes: tuple[str, ...] = ()
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    client_authentication: str = ""
    redirect_host: str = ""
    redirect_ports: tuple[int, ...] = ()
    redirect_uri: str = ""
    register: bool = False


@dataclass(frozen=True)
class Command:
    """What a line asks for.

    Attributes:
        action: ``show``, ``connect``, ``add``, ``as``, ``on-missing``, ``rename-key`` or
            ``use-stored``; ``connect`` also for ``%disconnect``.
        owner: Of the connection.
        key: Of the connection, or None.
        word: The member of ``--as``, the choice of ``--on-missing``, or the key of
            ``--rename-key``.
        title: Of ``--add``.
        help_url: Of ``--add``.
        hosts: Of ``--add``.
        preset: The id of the preset that ``--add`` starts from, or "".
        sign_in: Of ``--add``; None for a connection that is a secret.
        lacks_owner: Whether ``--add`` does not say whose connection it is.
        client_secret: Whether the secret of the OAuth client is to be replaced, or forgotten.
        extra: Whether there were more words than a connection has; they may be a value, so they are
            not kept.
        remove: Whether ``%disconnect`` takes the connection out of the app file, and whether what
            is stored of it is deleted then or kept.
    """

    action: Literal["show", "connect", "add", "as", "on-missing", "rename-key", "use-stored"]
    owner: Owner = "workspace"
    key: str | None = None
    word: str = ""
    title: str = ""
    help_url: str = ""
    hosts: tuple[str, ...] = ()
    preset: str = ""
    sign_in: SignInOptions | None = None
    lacks_owner: bool = False
    client_secret: Literal["", "replace", "forget"] = ""
    extra: bool = False
    remove: Literal["", "delete", "keep"] = ""

    @property
    def may_name_a_connection(self) -> bool:
        """Whether the key may name a connection that is yet to be defined, and is no value."""
        return not _like_a_value(self.key or "")

    def like_any(self, known: Iterable[str]) -> bool:
        """Say whether the key may be a slip of the pen for one of these."""
        return bool(difflib.get_close_matches(self.key or "", list(known), n=1))


def parse_connect(line: str) -> Command:
    """Return what a ``%connect`` line asks for.

    Raises:
        CommandError: It holds words that are not understood; the message suggests others, and
            repeats none that may be a value.
    """
    given, unknown = connect_parser().parse_known_intermixed_args(_words(line))
    flags = [] if given.add else [word for word in unknown if word in (CLIENT_SECRET, FORGET)]
    value_given = _reject_unknown([word for word in unknown if word not in flags])
    moves = given.rename_key is not None or given.use_stored
    if sum((given.add, given.acting is not None, given.on_missing is not None, moves)) > 1:
        raise CommandError(
            "--add, --as, --on-missing, --rename-key and --use-stored are for lines of their own."
        )
    _require_add(given)
    for option, word in (("--as", given.acting), ("--on-missing", given.on_missing)):
        if looks_like_credential(word or ""):
            raise CommandError(LIKE_A_VALUE.format(f"The word after {option}"))
    if given.acting is not None or given.on_missing is not None:
        if given.words or flags:
            raise CommandError("--as and --on-missing take one word. See %connect? for examples.")
        return (
            Command("on-missing", word=given.on_missing)
            if given.acting is None
            else Command("as", word=given.acting)
        )
    if given.add and value_given:
        raise CommandError(NEVER_ADDED)
    if not given.words and not given.add and not flags and not moves:
        return Command("show")
    if given.add and not given.words:
        return replace(_added(Command("add"), given), lacks_owner=True)
    command = _connection(given.words)
    if given.add:
        return _added(command, given)
    if given.rename_key is not None or given.use_stored:
        return _rekeyed(command, given, is_alone=not (flags or value_given))
    return replace(
        command,
        extra=command.extra or value_given,
        client_secret="forget" if FORGET in flags else "replace" if flags else "",
    )


def _rekeyed(command: Command, given: argparse.Namespace, *, is_alone: bool) -> Command:
    """Return a command that moves what is stored to another key."""
    new_key = given.rename_key
    if _like_a_value(new_key or "") or _like_a_value(command.key or ""):
        raise CommandError(LIKE_A_VALUE.format("The key"))
    if command.extra or not is_alone or (new_key is not None and given.use_stored):
        raise CommandError(
            "Use %connect workspace|user [KEY] --rename-key NEW-KEY, or --use-stored, and nothing "
            "else."
        )
    if new_key is None:
        return replace(command, action="use-stored")
    if not new_key:
        raise CommandError("--rename-key needs the new key after it.")
    return replace(command, action="rename-key", word=new_key)


def asks_for_help(line: str) -> bool:
    """Say whether a line asks what there is, as command lines are asked."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return not {"--help", "-h"}.isdisjoint(words)


def parse_disconnect(line: str) -> Command:
    """Return the connection that a ``%disconnect`` line names.

    Raises:
        CommandError: It names none, or holds words that are not understood.
    """
    words = _words(line)
    options = [word for word in words if word.startswith("-")]
    for option in options:
        if option not in (REMOVE, KEEP):
            raise CommandError(
                _unknown(option, (REMOVE, KEEP), "See %disconnect? for what there is.")
            )
    command = _connection([word for word in words if word not in options])
    if command.extra:
        raise CommandError(
            "Too many words. Use %disconnect workspace [KEY] or %disconnect user [KEY]."
        )
    if looks_like_credential(command.key or ""):
        raise CommandError(LIKE_A_VALUE.format("The key"))
    if KEEP in options and REMOVE not in options:
        raise CommandError("--keep goes with --remove. See %disconnect? for examples.")
    return replace(command, remove="keep" if KEEP in options else "delete" if options else "")


def _connection(words: Sequence[str]) -> Command:
    if not words:
        raise CommandError(WHOSE)
    owner = next((owner for owner in OWNERS if owner == words[0]), None)
    if owner is None:
        raise CommandError(_unknown(words[0], OWNERS, 'The first word is "workspace" or "user".'))
    if "" in words:
        # Such as a variable of the shell that is not set.
        raise CommandError("The KEY is empty. Leave it out, or name a connection.")
    return Command(
        "connect", owner=owner, key=words[1] if len(words) > 1 else None, extra=len(words) > 2
    )


def _added(command: Command, given: argparse.Namespace) -> Command:
    if command.extra or _like_a_value(command.key or ""):
        raise CommandError(
            "That is no KEY for --add. It takes workspace or user and a short name; put quotes "
            "around a title, and never give a value here."
        )
    _require_no_values(given)
    return Command(
        "add",
        owner=command.owner,
        key=command.key,
        title=given.title or "",
        help_url=given.help_url or "",
        hosts=tuple(given.host),
        preset=given.preset or "",
        sign_in=_sign_in(given),
    )


def _require_no_values(given: argparse.Namespace) -> None:
    # Before anything else is told of the line, which may repeat it.
    for option in ADD_OPTIONS:
        name = option.removeprefix("--").replace("-", "_")
        kind = kind_of(f"{name}s" if name in ("host", "scope") else name)
        found = getattr(given, name)
        for word in found if isinstance(found, list) else [found]:
            if isinstance(word, str) and looks_like_credential(word, kind):
                if kind == "client-id":
                    raise CommandError(NEVER_ADDED)
                raise CommandError(LIKE_A_VALUE.format(f"The text after {option}"))


def _sign_in(given: argparse.Namespace) -> SignInOptions | None:
    options = SignInOptions(
        provider=given.provider or "",
        client_id=given.client_id or "",
        scopes=tuple(given.scope),
        issuer=given.issuer or "",
        authorization_endpoint=given.authorization_endpoint or "",
        token_endpoint=given.token_endpoint or "",
        client_authentication=given.client_authentication or "",
        redirect_host=given.redirect_host or "",
        redirect_ports=tuple(given.redirect_port),
        redirect_uri=given.redirect_uri or "",
        register=given.register,
    )
    return options if options != SignInOptions() else None


def _like_a_value(word: str) -> bool:
    # Whatever is taken for a key is written into the app file, which others read.
    return word.lower().startswith(VALUE_PREFIXES) or looks_like_credential(word)


def _require_add(given: argparse.Namespace) -> None:
    if given.add:
        return
    for option in ADD_OPTIONS:
        if getattr(given, option.removeprefix("--").replace("-", "_")):
            raise CommandError(f"{option} goes with --add. See %connect? for examples.")


def _reject_unknown(words: Sequence[str]) -> bool:
    """Refuse options that there are not, and say whether one of them was meant to give a value."""
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    unknown = next((option for option in options if option not in VALUE_OPTIONS), None)
    if unknown is not None:
        raise CommandError(_unknown(unknown, OPTIONS, "See %connect? for what there is."))
    return bool(words)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        raise CommandError("A quotation mark is not closed.") from None


def _unknown(word: str, known: Sequence[str], otherwise: str) -> str:
    # A word that resembles nothing may be a value, so it is not repeated.
    close = difflib.get_close_matches(word, known, n=1)
    return (
        f'"{word}" is not known here. Did you mean "{close[0]}"?'
        if close
        else f"A word is not known. {otherwise}"
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if "expected one argument" in message:
            option = message.removeprefix("argument ").partition(":")[0]
            raise CommandError(f"{option} needs a word after it. See %connect? for examples.")
        # What was typed stands at its end, and may be a value.
        what = message.partition(": '")[0]
        raise CommandError(f"{what[:1].upper()}{what[1:]}. See %connect? for examples.")


def connect_parser(program: str = "%connect") -> argparse.ArgumentParser:
    """Return what reads the options of a ``%connect`` line.

    Args:
        program: What the line begins with, for its help.
    """
    parser = _Parser(prog=program, add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--add", action="store_true", help=HELP["--add"])
    is_magic = program.startswith("%")
    # Without their word they are refused with what it can be.
    for option, metavar, dest in (("--as", "USER", "acting"), ("--on-missing", "ask|raise", None)):
        parser.add_argument(
            option,
            dest=dest,
            metavar=metavar,
            nargs="?",
            const="",
            help=HELP[option] if is_magic or option == "--as" else argparse.SUPPRESS,
        )
    parser.add_argument(
        "--rename-key", nargs="?", const="", metavar="NEW-KEY", help=HELP["--rename-key"]
    )
    parser.add_argument("--use-stored", action="store_true", help=HELP["--use-stored"])
    parser.add_argument("--preset", metavar="NAME", help=HELP["--preset"])
    for option in ("--title", "--help-url"):
        parser.add_argument(option, metavar="TEXT", help=HELP[option])
    parser.add_argument("--register", action="store_true", help=HELP["--register"])
    for option in SIGN_IN_OPTIONS:
        if option not in ("--scope", "--redirect-port"):
            parser.add_argument(option, metavar="TEXT", help=HELP.get(option))
    for option in ("--host", "--scope"):
        parser.add_argument(option, action="append", default=[], metavar="TEXT", help=HELP[option])
    parser.add_argument(
        "--redirect-port",
        action="append",
        default=[],
        type=int,
        metavar="PORT",
        help=HELP["--redirect-port"],
    )
    return parser
