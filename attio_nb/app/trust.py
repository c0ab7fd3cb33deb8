"""Which app files may be used: one's own, those that one has allowed, and the one that is named."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.app.allowed import default_allowed_files
from attio_nb.app.model import APP_FILE
from attio_nb.app.ownership import effective_user, user_name
from attio_nb.app.read import app_file_places, find_app_file
from attio_nb.app.shown import allow_command
from attio_nb.errors import AppFileError, AppFileNotAllowedError, SetupError
from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from attio_nb.app.allowed import AllowedFiles

__all__ = ["ANOTHER_FOLDER", "APP_FILE_VARIABLE", "AppFileTrust"]

APP_FILE_VARIABLE = "ATTIO_NB_APP_FILE"

ANOTHER_FOLDER = (
    f"Run this in the folder of the app, or set {APP_FILE_VARIABLE} to the path of its app file."
)
"""What to do where the app file is in another folder, as with papermill and scripts."""


class AppFileTrust:
    """Finds the app file of a folder, and refuses one that somebody else may have put there.

    An app file names the hosts that a value may be sent to, so one that belongs to another user
    counts only after ``attio-nb allow``, as Git refuses the repository of another user
    (``safe.directory``). An absolute path in ``ATTIO_NB_APP_FILE`` is consent as well.

    Args:
        allowed: The app files that the person has allowed; None for those of this person.
        root: The only folder that an app file may be in, without links, as for a Jupyter server;
            None for any folder. Outside of it, an allowed app file is read, and none is written.
        user: Returns the id of the user whose app files are one's own; None where the operating
            system has no such ids.
        environ: The environment.
    """

    def __init__(
        self,
        allowed: AllowedFiles | None = None,
        *,
        root: Path | None = None,
        user: Callable[[], int | None] = effective_user,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._allowed = allowed
        self._root = root
        self._user = user
        self._environ = environ

    def find(self, start: Path) -> Path | None:
        """Return the app file of a folder: the named one, or the nearest one, looked for upwards.

        Args:
            start: The folder.

        Raises:
            AppFileError: ``ATTIO_NB_APP_FILE`` names what is not there.
        """
        named = self._named(start)
        if named is None:
            return find_app_file(start)
        if not os.path.lexists(named):
            raise AppFileError(
                f"{APP_FILE_VARIABLE} names {on_one_line(named)}, and there is no such file. "
                "Correct the variable, or unset it.",
                path=named,
            )
        return named

    def require(self, path: Path, status: os.stat_result | None = None) -> None:
        """Refuse an app file that may not be used.

        Args:
            path: The app file, or a link to it.
            status: What the system says of the file that was opened; None to ask the system.

        Raises:
            AppFileNotAllowedError: It belongs to another user, or is outside of the root, and the
                person has not allowed it.
        """
        why = None if self._is_named(path) else self._why_not(path, status)
        if why is None:
            return
        real = Path(os.path.realpath(path))
        try:
            if self._allowed_files().is_allowed(real):
                return
            fix = f"If you trust it, allow it: {allow_command(real)}"
        except SetupError as error:
            fix = str(error)
        raise AppFileNotAllowedError(
            f"{on_one_line(real)} {why}, so it is ignored. {fix}", path=path
        )

    def require_writable(self, path: Path) -> None:
        """Refuse to write an app file outside of the root, whether it is allowed or not.

        Args:
            path: The app file, or where one is to be made.

        Raises:
            AppFileNotAllowedError: It is outside.
        """
        if self._is_outside(path):
            raise AppFileNotAllowedError(
                "it is outside of the folder that this Jupyter server shows, so the server does "
                "not write it. Nothing was changed; edit the file itself.",
                path=path,
            )

    def watched(self, start: Path) -> Iterator[Path]:
        """Give every path whose changes tell that a folder may have another app file.

        Nothing outside of the root is among them, but for an app file that may be used.

        Args:
            start: The folder.
        """
        yield self._allowed_files().path
        named = self._named(start)
        for path in [named] if named else app_file_places(start):
            if not self._is_outside(path) or self._is_allowed(path):
                yield path

    def _allowed_files(self) -> AllowedFiles:
        return self._allowed or default_allowed_files(self._environ)

    def _is_allowed(self, path: Path) -> bool:
        with suppress(AppFileNotAllowedError):
            self.require(path)
            return True
        return False

    def _named(self, start: Path) -> Path | None:
        named = self._environ.get(APP_FILE_VARIABLE)
        if not named:
            return None
        path = start.absolute() / os.path.expanduser(named)
        return path / APP_FILE if path.is_dir() else path

    def _is_named(self, path: Path) -> bool:
        # A relative path would be consent for every folder that one goes to.
        named = os.path.expanduser(self._environ.get(APP_FILE_VARIABLE) or "")
        return os.path.isabs(named) and path == self._named(path.parent)

    def _why_not(self, path: Path, status: os.stat_result | None) -> str | None:
        if self._is_outside(path, status):
            return "is outside of the folder that this Jupyter server shows"
        user = self._user()
        owners = frozenset() if user is None else _owners(path, status)
        if not owners or user in owners:
            return None
        names = " and ".join(f'"{on_one_line(name)}"' for name in sorted(map(user_name, owners)))
        return f"belongs to the user {names}"

    def _is_outside(self, path: Path, status: os.stat_result | None = None) -> bool:
        if self._root is None:
            return False
        real = Path(os.path.realpath(path))
        if status is not None:
            # A link on the way may have become another one since the file was opened.
            with suppress(OSError):
                return not real.is_relative_to(self._root) or not os.path.samestat(
                    os.lstat(real), status
                )
        return not real.is_relative_to(self._root)


def _owners(path: Path, status: os.stat_result | None) -> frozenset[int]:
    """Return who owns an app file and the link to it; nobody where it is gone."""
    try:
        there = os.lstat(path)
        opened = os.stat(path) if status is None else status
    except OSError:
        # Reading it tells why.
        return frozenset()
    # Where the name is no link, it may have become another file since that was opened.
    is_link = stat.S_ISLNK(there.st_mode)
    return frozenset({opened.st_uid, there.st_uid} if is_link else {opened.st_uid})
