"""The variables of a ``.env`` file, with the lines that they stand in."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.connections.secret import SecretStr
from attio_nb.credentials import looks_like_credential
from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path

    from dotenv.parser import Binding

__all__ = ["EnvFile", "Variable", "read_env_file"]

LONGEST = 1024 * 1024
"""In bytes. No file of variables is nearly as long."""

NAME = re.compile(r"[A-Za-z_][\w.-]{0,80}", re.ASCII)

SECRET_NAME = re.compile(
    r"(^|_)(api_?)?(key|keys|token|secret|password|passwd|passphrase|pass|pwd|pw|credentials?|auth"
    r"|pat|bearer|dsn)(_|\d|$)",
    re.IGNORECASE,
)
PUBLIC_NAME = re.compile(r"(^|_)(public|publishable)(_|$)", re.IGNORECASE)
PLAIN_VALUE = re.compile(r"(true|false|yes|no|on|off|none|null|[-+\d.,:]{0,7})", re.IGNORECASE)
WITH_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]*:[^/\s]+@", re.IGNORECASE)
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
REFERENCE = re.compile(r"\$\{[^}]*\}")
OWN = re.compile(r"ATTIO_NB_(\w+_CONNECTION(__\w+)?$)?")
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Variable(NamedTuple):
    """One variable of the file.

    Attributes:
        name: Its name.
        value: Its value, without the quotes around it.
        first: The line that it begins in, from 1.
        last: The line that it ends in.
    """

    name: str
    value: SecretStr
    first: int
    last: int

    @property
    def lines(self) -> str:
        """The lines that it stands in, such as ``3`` or ``5-9``."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def refers_to_others(self) -> bool:
        """Whether its value is to be put together from other variables."""
        return REFERENCE.search(str.__str__(self.value)) is not None

    @property
    def may_be_secret(self) -> bool:
        """Whether its name or its value is like those of secrets."""
        value = str.__str__(self.value).strip()
        own = OWN.match(self.name)
        if PLAIN_VALUE.fullmatch(value) or own:
            return value != "" and own is not None and own[1] is not None
        if WITH_PASSWORD.match(value):
            return True
        if PUBLIC_NAME.search(self.name) or ADDRESS.match(value):
            return False
        name = CAMEL_CASE.sub("_", self.name)
        return bool(SECRET_NAME.search(name)) or looks_like_credential(value)


class EnvFile(NamedTuple):
    """What a file of variables holds.

    Attributes:
        variables: In the order of the file; of a name that stands there more than once, the last.
        replaced: Those that a later line of the same name replaces.
        unread: The lines that are no variable.
    """

    variables: tuple[Variable, ...]
    replaced: tuple[Variable, ...]
    unread: tuple[int, ...]


def read_env_file(path: Path) -> EnvFile:
    """Read a file of variables; it is not changed, and nothing goes to the environment.

    `python-dotenv <https://saurabh-kumar.com/python-dotenv/>`_ reads the lines: ``export``, quotes,
    comments, and values of several lines.

    Args:
        path: The file.

    Raises:
        CommandError: It is not there, cannot be read, or is no text. The message shows no line.
    """
    # Loaded by this command alone.
    from dotenv.parser import parse_stream

    variables: dict[str, Variable] = {}
    replaced, unread, is_block = [], [], False
    for binding in parse_stream(io.StringIO(_text(path))):
        first, last = _lines(binding.original.string, binding.original.line)
        line = binding.original.string.strip()
        is_block = is_block or line.startswith("-----BEGIN")
        is_variable = not binding.error and not is_block and _is_variable(binding)
        # A key of several lines without quotes: each line of it may look like a variable.
        is_block = is_block and not line.startswith("-----END")
        if line and not is_variable and (binding.error or binding.key is not None):
            unread.append(first)
        elif is_variable and binding.key is not None:
            found = Variable(binding.key, SecretStr(binding.value or ""), first, last)
            if (before := variables.pop(found.name, None)) is not None:
                replaced.append(before)
            variables[found.name] = found
    return EnvFile(tuple(variables.values()), tuple(replaced), tuple(unread))


def _is_variable(binding: Binding) -> bool:
    """Say whether a line sets a variable: one that holds a bare value has it where a name is."""
    name = binding.key or ""
    is_name = NAME.fullmatch(name) is not None and not looks_like_credential(name)
    # Base64 ends with it.
    return is_name and binding.value not in (None, "=")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except FileNotFoundError:
        raise CommandError(
            f"There is no file {path}. Name the file of variables: attio-nb import PATH"
        ) from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(content) > LONGEST:
        raise CommandError(f"{path} is too long for a file of variables.")
    try:
        # PowerShell writes UTF-16, and editors on Windows begin with a byte order mark.
        is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{path} is no text in UTF-8. Save it as UTF-8, then try again.") from (
            None
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(original: str, start: int) -> tuple[int, int]:
    """Return the first and the last line of a variable, without the empty lines around it."""
    lines = original.split("\n")
    filled = [number for number, line in enumerate(lines, start) if line.strip()]
    return (filled[0], filled[-1]) if filled else (start, start)
