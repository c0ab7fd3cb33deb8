"""The folders that a server shows, and how its contents API names what is in them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_server.services.contents.fileio import FileManagerMixin

from attio_nb.errors import CommandError

__all__ = ["Folders", "local_root"]

NO_FILES = (
    "This Jupyter server keeps its notebooks elsewhere than in folders, so that it finds no app "
    "file for them. Run %connect in a cell instead."
)
OUTSIDE = "There is no such folder on this Jupyter server. Open a notebook from its file browser."


class Folders:
    """Finds the folder of a notebook.

    Args:
        root: The folder that the server shows; None where it shows none.
    """

    def __init__(self, root: Path | None) -> None:
        self._root = Path(os.path.realpath(root)) if root else None

    def of(self, path: object) -> Path:
        """Return the folder of a notebook, without links on the way, as its kernel sees it.

        Args:
            path: The path of the notebook, as the contents API names it.

        Raises:
            CommandError: It is none of this server's.
        """
        if self._root is None:
            raise CommandError(NO_FILES)
        if not isinstance(path, str) or not _is_plain(path):
            raise CommandError(OUTSIDE)
        folder = os.path.realpath(self._root.joinpath(PurePosixPath(path).parent))
        if not os.path.isdir(folder):
            raise CommandError(OUTSIDE)
        return Path(folder)

    @property
    def root(self) -> Path | None:
        """The folder that the server shows, without links."""
        return self._root

    def named(self, file: Path) -> str | None:
        """Return how the contents API names a file, or None where the server does not show it."""
        if self._root is None or not file.is_relative_to(self._root):
            return None
        return file.relative_to(self._root).as_posix()


def local_root(contents: Any) -> Path | None:
    """Return the folder whose files a contents manager shows, or None where it has no folder.

    Args:
        contents: The contents manager of a Jupyter server.
    """
    if not isinstance(contents, FileManagerMixin):
        return None
    root: str = contents.root_dir  # type: ignore[attr-defined]  # of the contents manager it is mixed into
    return Path(root).absolute()


def _is_plain(path: str) -> bool:
    """Say whether a path leads nowhere but downwards."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    parts = path.split("/")
    odd = "\0\\:" if os.name == "nt" else "\0"
    return not path.startswith("/") and ".." not in parts and not set(odd) & set(path)
