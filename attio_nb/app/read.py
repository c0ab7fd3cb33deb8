"""Finding and reading the app file."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from attio_nb.app.check import check_app
from attio_nb.app.document import Document
from attio_nb.app.model import APP_FILE
from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from attio_nb.app.model import App

    Require = Callable[[Path, os.stat_result], object]

__all__ = ["app_file_places", "find_app_file", "parse_app", "read_app", "read_bytes", "read_text"]


def _nothing(path: Path, status: os.stat_result) -> None:
    """Refuse no file."""


def find_app_file(start: Path) -> Path | None:
    """Return the nearest app file, looked for upwards as ``pyproject.toml`` is.

    Args:
        start: The directory to begin with.

    Returns:
        The path of whatever has the name, also where it cannot be read, so that `read_app` says so.
    """
    return next(filter(os.path.lexists, app_file_places(start)), None)


def app_file_places(start: Path) -> Iterator[Path]:
    """Give every path that the app file of a directory may have, the nearest first.

    Args:
        start: The directory.
    """
    directory = start.absolute()
    for folder in (directory, *directory.parents):
        yield folder / APP_FILE


def read_app(path: Path, *, require: Require = _nothing) -> App:
    """Return what an app file says.

    Args:
        path: The file.
        require: Raises where the file is not to be read, see `read_bytes`.

    Raises:
        AppFileError: It cannot be read, or says what it must not; with the line, where one line is
            at fault.
    """
    return parse_app(read_text(path, require=require), path)


def parse_app(text: str, path: Path, *, unwritten: int | None = None) -> App:
    """Return what the text of an app file says.

    Args:
        text: What stands in the file, or will.
        path: The file.
        unwritten: The index of a connection that is not in the file yet, and so has no line there.

    Raises:
        AppFileError: It says what it must not.
    """
    return check_app(Document.parse(text, path, unwritten=unwritten))


def read_text(path: Path, *, require: Require = _nothing) -> str:
    """Return the text of an app file, whose lines end in ``\\n`` or ``\\r\\n`` as they do there.

    Args:
        path: The file.
        require: Raises where the file is not to be read, see `read_bytes`.

    Raises:
        AppFileError: There is no such file, it cannot be read, or it is not UTF-8.
    """
    return decode(read_bytes(path, require=require), path)


def read_bytes(path: Path, *, require: Require = _nothing) -> bytes:
    """Return what is in an app file.

    Args:
        path: The file.
        require: Is given the path and what the system says of the file that was opened, and raises
            where that is not to be read.

    Raises:
        AppFileError: There is no such file, or it cannot be read.
    """
    try:
        # A pipe or a device is not even opened.
        if stat.S_ISREG(path.stat().st_mode):
            with open(path, "rb", opener=_opener) as file:
                status = os.fstat(file.fileno())
                require(path, status)
                if stat.S_ISREG(status.st_mode):
                    return file.read()
    except OSError as error:
        raise AppFileError(_unreadable(path, error), path=path) from error
    # A pipe would not end before somebody has written into it, and some devices never do.
    raise AppFileError(_not_a_file(path), path=path)


def _opener(path: str, flags: int) -> int:
    # A pipe that has taken the file's place would keep us waiting.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def decode(content: bytes, path: Path) -> str:
    """Return the bytes of an app file as text, without the mark that some editors put first.

    Raises:
        AppFileError: They are not UTF-8.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise AppFileError("this file is in UTF-16. Save it as UTF-8.", path=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AppFileError(
            "a character here is not in UTF-8. Save the file as UTF-8.",
            path=path,
            line=content.count(b"\n", 0, error.start) + 1,
        ) from None


def _not_a_file(path: Path) -> str:
    kind = "a directory" if path.is_dir() else "a pipe or a device"
    return f"this is {kind}. Move it away, so that {path.name} can be a file."


def _unreadable(path: Path, error: OSError) -> str:
    if path.is_symlink() and not path.exists():
        return f"this is a link to {os.readlink(path)}, where there is no file."
    if isinstance(error, FileNotFoundError):
        return f"there is no such file in the folder {path.absolute().parent}."
    return f"this file cannot be read: {error.strerror or error}. Allow it to be read."
