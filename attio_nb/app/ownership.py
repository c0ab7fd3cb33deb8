"""Whose an app file is."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["effective_user", "file_owners", "user_name"]


def effective_user() -> int | None:
    """Return the id of the user whose rights this process has, or None on Windows."""
    return None if sys.platform == "win32" else os.geteuid()


def file_owners(path: Path) -> frozenset[int]:
    """Return the ids of the users who own a file and a link to it; empty where it is gone.

    Args:
        path: The file, or a link.
    """
    owners = set()
    for status in (os.lstat, os.stat):
        # A link may lead to nothing.
        with suppress(OSError):
            owners.add(status(path).st_uid)
    return frozenset(owners)


def user_name(user: int) -> str:
    """Return the login name of a user, or a few words where the system knows no name."""
    if sys.platform != "win32":
        import pwd

        with suppress(KeyError):
            return pwd.getpwuid(user).pw_name
    return f"the user with the id {user}"
