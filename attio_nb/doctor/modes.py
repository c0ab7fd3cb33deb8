"""Which files of this package others can read or write, and how that is mended."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from attio_nb.doctor.finding import problem
from attio_nb.files import UnsafeFolderError, require_private_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from attio_nb.doctor.finding import Finding

__all__ = ["check_modes", "mend_modes"]

OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def check_modes(folders: Iterable[Path]) -> Iterator[Finding]:
    """Tell which folders, and files in them, are not for their owner alone.

    Args:
        folders: The folders of this package; those that are not there are left out.
    """
    for folder in _there(folders):
        try:
            require_private_directory(folder)
        except UnsafeFolderError as error:
            yield problem(f"Permissions: {error.strerror}, so it is not used.", error.fix)
            continue
        for path, mode, _ in _too_open(folder):
            yield problem(
                f"Permissions: other users may open {path} (mode {mode:04o}).",
                "Take that away from them: attio-nb doctor --fix",
            )


def mend_modes(folders: Iterable[Path]) -> Iterator[str]:
    """Take from other users what only the owner may do, and say of each what was done.

    Args:
        folders: The folders of this package; a link or a folder of another user stays as it is.
    """
    for folder in _there(folders):
        with suppress(UnsafeFolderError):
            require_private_directory(folder)
            for path, mode, bits in _too_open(folder):
                yield _mended(path, mode, mode & ~bits)


def _mended(path: Path, mode: int, wanted: int) -> str:
    try:
        os.chmod(path, wanted, follow_symlinks=os.chmod not in os.supports_follow_symlinks)
    except OSError as error:
        return f"{path}: its mode could not be changed: {error.strerror}"
    now = stat.S_IMODE(os.lstat(path).st_mode)
    if now != wanted:
        return f"{path}: its mode is {now:04o} still, since this file system has no other"
    return f"{path}: the mode was {mode:04o} and is now {now:04o}"


def _there(folders: Iterable[Path]) -> list[Path]:
    # Windows has no such bits: a home is its owner's by other means.
    return [] if os.name == "nt" else [each for each in folders if os.path.lexists(each)]


def _too_open(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Give what is too open, its mode, and the bits of the mode that are too much."""
    if folder.parent.name == "attio_nb":
        # Whoever can write there can take this folder away.
        yield from _excess(folder.parent, OTHERS_WRITE)
    yield from _excess(folder, OTHERS)
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            yield from _excess(path, OTHERS)


def _excess(path: Path, bits: int) -> Iterator[tuple[Path, int, int]]:
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    is_plain = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    # What belongs to root or to others, as a mounted secret does, is not ours to change.
    if is_plain and mode & bits and status.st_uid == os.geteuid():
        yield path, mode, bits
