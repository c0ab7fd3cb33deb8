"""Files that are there whole, or as they were before."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "UnsafeFolderError",
    "make_directory",
    "make_private_directory",
    "os_error_message",
    "os_error_reason",
    "remove_leftovers",
    "replace_file",
    "require_private_directory",
]

REPLACE_TRIES, REPLACE_PAUSE = 40, 0.025


class UnsafeFolderError(OSError):
    """A folder is a link, or belongs to another user; its ``strerror`` says which.

    Attributes:
        fix: What to do, as a sentence.
    """

    def __init__(self, code: int, reason: str, fix: str) -> None:
        super().__init__(code, reason)
        self.fix = fix

    def message(self, subject: str) -> str:
        """Return what happened and what to do, in two sentences.

        Args:
            subject: The file in the folder, as a sentence begins with it.
        """
        return f"{subject} is not used: {self.strerror}. {self.fix}"


def os_error_message(error: OSError, subject: str, action: str, fix: str) -> str:
    """Return why a file cannot be read or written, and what to do.

    Args:
        error: What the operating system said, or `require_private_directory`.
        subject: The file, as a sentence begins with it.
        action: ``read`` or ``written``.
        fix: What to do, as sentences; an `UnsafeFolderError` knows better.
    """
    if isinstance(error, UnsafeFolderError):
        return error.message(subject)
    return f"{subject} cannot be {action}: {os_error_reason(error)}. {fix}"


def os_error_reason(error: OSError) -> str:
    """Return the reason that the operating system gave, in lower case."""
    return (error.strerror or type(error).__name__).lower()


def make_private_directory(path: Path) -> None:
    """Make a directory, and those above it, so that only this user can enter it.

    The mode is 0700 whatever the umask. A directory that is there keeps its mode.

    Args:
        path: The directory.

    Raises:
        UnsafeFolderError: It is a link, or belongs to another user; nothing was changed.
        OSError: It cannot be made.
    """
    make_directory(path)
    require_private_directory(path)


def require_private_directory(path: Path, *, reading: bool = False) -> None:
    """Refuse a directory that another user controls.

    Args:
        path: The directory.
        reading: Whether it is only read. Then it may belong to root, as a mounted secret does.

    Raises:
        UnsafeFolderError: It is a link, or belongs to another user.
        OSError: The system does not tell.
    """
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        raise UnsafeFolderError(
            errno.ELOOP,
            f"the folder {path} is a link, which may lead anywhere",
            "Put a folder in its place, or set ATTIO_NB_DATA_DIR to another one.",
        )
    if not stat.S_ISDIR(status.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, f"{path} is a file and not a folder")
    if sys.platform != "win32" and status.st_uid not in {os.geteuid(), *([0] if reading else [])}:
        raise UnsafeFolderError(
            errno.EPERM,
            f"the folder {path} belongs to another user",
            "Give it to yourself with chown, or set ATTIO_NB_DATA_DIR to a folder of your own.",
        )


def make_directory(path: Path) -> None:
    """Make a directory, and those above it; each new one has the mode 0700 whatever the umask.

    Raises:
        OSError: It cannot be made.
    """
    missing = [path]
    while not os.path.lexists(missing[-1].parent):
        missing.append(missing[-1].parent)
    for directory in reversed(missing):
        # Another process may make it at the same time.
        with suppress(FileExistsError):
            os.mkdir(directory, 0o700)
            # The umask may have taken away the bits of the owner as well.
            if stat.S_IMODE(os.lstat(directory).st_mode) & 0o777 != 0o700:
                os.chmod(directory, 0o700)


def replace_file(
    path: Path,
    content: bytes,
    *,
    mode: int = 0o600,
    like: os.stat_result | None = None,
    still: Callable[[], bool] = lambda: True,
) -> bool:
    """Write a file so that any reader, and any crash, finds either the old one or the new one.

    Args:
        path: The file; its directory exists.
        content: All that it will hold.
        mode: Its permission bits, whatever the umask.
        like: What the system says of a file whose permission bits it gets instead, and whose owner
            and group where the system lets us; None leaves those of a new file.
        still: Says, at the last moment, whether the old file is still to be replaced.

    Returns:
        Whether it was replaced.

    Raises:
        OSError: It could not be written; the old file is untouched.
    """
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{path.name}-", suffix=".tmp", dir=path.parent
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            _give(temporary, like)
            mode = stat.S_IMODE(like.st_mode)
        os.chmod(temporary, mode)
        if not still():
            os.unlink(temporary)
            return False
        _replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_directory(path.parent)
    return True


def remove_leftovers(path: Path) -> None:
    """Remove what killed writers left beside this file; call it while no other can be writing."""
    for leftover in path.parent.glob(f".{path.name}-*.tmp"):
        with suppress(OSError):
            leftover.unlink()


def _give(temporary: str, like: os.stat_result) -> None:
    # Before its mode: another owner takes some of the bits away. Windows has none of that.
    if sys.platform != "win32":
        for owner in (-1, like.st_uid):
            # Only root may give it to somebody else.
            with suppress(OSError):
                os.chown(temporary, owner, like.st_gid)


def _replace(temporary: str, path: Path) -> None:
    # Windows replaces no file that somebody is just reading; a reader is done in a moment.
    for _ in range(REPLACE_TRIES if os.name == "nt" else 0):
        with suppress(PermissionError):
            return os.replace(temporary, path)
        time.sleep(REPLACE_PAUSE)
    os.replace(temporary, path)


def _sync_directory(directory: Path) -> None:
    # So that the new name, too, survives a power cut. Windows cannot open a directory, and does not
    # need to.
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
