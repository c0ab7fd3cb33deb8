"""A value in a file, as secrets of Docker and Kubernetes are mounted into a container."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from attio_nb.connections.cleaning import without_ends
from attio_nb.connections.secret import LONGEST_SECRET, SecretBytes, SecretStr, check_secret
from attio_nb.errors import InvalidSecretError
from attio_nb.files import os_error_reason
from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["read_secret_file"]

MOST_BYTES = 4 * LONGEST_SECRET
"""In bytes: a character takes four in UTF-8 at most."""


def read_secret_file(path: str, variable: str) -> SecretStr:
    """Return the value in a file, without the white space around it.

    Args:
        path: The path of the file.
        variable: The environment variable that names it, for the messages.

    Raises:
        InvalidSecretError: The file cannot be read, or holds no value. Neither the value nor a
            path that may be a value in the wrong place is shown.
    """
    # Masked, since a person may have set the variable to the value itself.
    path = SecretStr(os.path.expanduser(path))
    content = _content(path, variable)
    if len(content) > MOST_BYTES:
        _refuse(path, variable, "holds more than a value can be long", "Name the file of the value")
    text = _text(content)
    if text is None:
        _refuse(path, variable, "is not UTF-8 text", "Save the value as text")
    if not text:
        _refuse(path, variable, "is empty", "Write the value into it")
    try:
        return check_secret(text, several_lines=True)
    except InvalidSecretError as error:
        raise InvalidSecretError(
            f"The file that {variable} names cannot be used: {error}"
        ) from None


def _text(content: SecretBytes) -> SecretStr | None:
    """Return the text in a file, without white space around it; None where it is no UTF-8."""
    # Outside of the handler: the error would hold the content.
    with suppress(UnicodeDecodeError):
        # `SecretStr` masks each string that a frame holds.
        text = SecretStr(content.decode("utf-8-sig"))
        return without_ends(text)
    return None


def _content(path: str, variable: str) -> SecretBytes:
    problem = ""
    try:
        # A pipe or a device might never end, and is not even opened.
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            problem = "is a folder"
        elif not stat.S_ISREG(mode):
            problem = "is a pipe or a device"
        else:
            with open(path, "rb", opener=_opener) as file:
                return SecretBytes(file.read(MOST_BYTES + 1))
    except FileNotFoundError:
        problem = "does not exist"
    except (OSError, ValueError) as error:
        reason = os_error_reason(error) if isinstance(error, OSError) else "it is no path"
        problem = f"cannot be read: {reason}"
    _refuse(path, variable, problem, "Name a file that holds the value")


def _opener(path: str, flags: int) -> int:
    # A pipe that has taken the file's place would keep us waiting.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _refuse(path: str, variable: str, problem: str, fix: str) -> NoReturn:
    # A path that is not absolute may be the value, set in the wrong variable.
    text = str.__str__(path)
    named = f"{on_one_line(text)}, which" if os.path.isabs(text) else "a file that"
    raise InvalidSecretError(
        f"The environment variable {variable} names {named} {problem}. {fix}, or unset the "
        "variable."
    )
