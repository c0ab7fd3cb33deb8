"""The folders in which a person's programs keep their files, for people without a home as well.

A container may run as a user id that has no name, with no ``HOME``: then there is no such folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

__all__ = ["NO_HOME", "expanded", "user_folder"]

NO_HOME = (
    "There is no home folder here: HOME is not set, and this user id has no entry in the user "
    "database. Set HOME, or set ATTIO_NB_DATA_DIR to a folder."
)


def user_folder(kind: Literal["cache", "config", "data"]) -> Path | None:
    """Return the folder of this package in the home of the person, or None where there is none.

    Args:
        kind: What is kept in it.
    """
    import platformdirs

    find = {
        "cache": platformdirs.user_cache_path,
        "config": platformdirs.user_config_path,
        "data": platformdirs.user_data_path,
    }[kind]
    try:
        folder = find("attio_nb", appauthor=False)
    except RuntimeError:
        return None
    # Older versions of platformdirs leave the ~ in it.
    return folder if folder.is_absolute() else None


def expanded(folder: str) -> Path:
    """Return a folder that a variable names, with its ``~`` replaced where there is a home."""
    return Path(os.path.expanduser(folder)).absolute()
