"""The app file of a running process: found, read when it has changed, added to."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.app.draft import draft_connection
from attio_nb.app.model import APP_FILE
from attio_nb.app.read import read_app, read_text
from attio_nb.app.trust import ANOTHER_FOLDER, AppFileTrust
from attio_nb.app.write import (
    add_connection,
    beginning,
    create_app,
    remove_connection,
    replace_connection,
)
from attio_nb.errors import AppFileError, SetupError, UnknownConnectionError
from attio_nb.plain_text import on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from attio_nb.app.model import App, ConnectionDefinition, Owner

__all__ = ["AppFile"]

LOOKUP_SECONDS = 1.0
"""How long code that runs on and on, outside of cells, may go by a file that was changed."""


class AppFile:
    """The app file above a directory.

    Args:
        directory: Returns the directory from which it is looked for, upwards.
        trust: Finds the file, and refuses one that may not be used; None for what this person may
            use.
        clock: Monotonic time in seconds.

    Attributes:
        edition: A number that grows each time the app may have become another one.
    """

    def __init__(
        self,
        directory: Callable[[], Path] = Path.cwd,
        *,
        trust: AppFileTrust | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.edition = 0
        self._directory = directory
        self._trust = trust or AppFileTrust()
        self._clock = clock
        self._good_until = float("-inf")
        # Another one each time that somebody wants the file looked at.
        self._wanted = object()
        self._signature: tuple[Path, int, int, int] | None = None
        self._app: App | None = None
        # A page may ask while a cell runs.
        self._looking = threading.Lock()

    def app(self) -> App | None:
        """Return what the file says, or None where there is no file.

        Raises:
            AppFileError: It cannot be used as it stands.
        """
        # First of all: while somebody looks, it may be half of what they find.
        app = self._app
        return app if self._clock() < self._good_until else self._looked_at()

    @property
    def folder(self) -> Path:
        """The folder from which the file is looked for, upwards.

        Raises:
            SetupError: It was removed.
        """
        return self._here()

    def missing(self) -> str:
        """Return that there is no app file, and where it was looked for, as a sentence.

        Raises:
            SetupError: That folder was removed.
        """
        return (
            f"No {APP_FILE} was found in {on_one_line(self._here())} or in a folder above it. "
            f"{ANOTHER_FOLDER}"
        )

    def look_again(self) -> None:
        """Look at the file when it is needed next: a new cell begins."""
        self._wanted = object()
        self._good_until = float("-inf")

    def define(self, definition: ConnectionDefinition) -> App:
        """Add a connection to the file, which is made where there is none.

        Raises:
            AppFileError: The file would not be right with it; nothing was written.
        """
        return self.definer()(definition)

    def definer(self, *, dry_run: bool = False) -> Callable[[ConnectionDefinition], App]:
        """Return `define` for the file as it is found now, wherever the process goes meanwhile.

        Args:
            dry_run: Whether everything is checked and nothing is written.
        """
        app = self.app()
        path, directory = app.path if app else None, self._here()
        require = self._trust.require_writable

        def define(definition: ConnectionDefinition) -> App:
            try:
                if path is None:
                    return create_app(directory, definition, require=require, dry_run=dry_run)
                return add_connection(path, definition, require=require, dry_run=dry_run)
            finally:
                self.look_again()

        return define

    def redefine(
        self,
        owner: Owner,
        key: str | None,
        definition: ConnectionDefinition,
        *,
        opened: ConnectionDefinition | None = None,
    ) -> App:
        """Change what the file says of a connection, as `replace_connection` does.

        Raises:
            AppFileError: The file would not be right with it, or somebody else has changed the
                same; nothing was written.
            UnknownConnectionError: There is no such connection.
        """
        path = self._path_to_change()
        try:
            return replace_connection(
                path,
                owner,
                key,
                definition,
                opened=opened,
                require=self._trust.require_writable,
            )
        finally:
            self.look_again()

    def remove(self, owner: Owner, key: str | None) -> App:
        """Take a connection out of the file, as `remove_connection` does.

        Raises:
            AppFileError: The file cannot be written so; it was left as it is.
            UnknownConnectionError: There is no such connection.
        """
        path = self._path_to_change()
        try:
            return remove_connection(path, owner, key, require=self._trust.require_writable)
        finally:
            self.look_again()

    def draft(
        self, values: Mapping[str, Any], editing: tuple[Owner, str | None] | None = None
    ) -> ConnectionDefinition:
        """Return the connection that the file would have, which stays as it is.

        Args:
            values: The keys of the connection and what would stand there.
            editing: Owner and key of the connection that would be changed; None for a new one.

        Raises:
            AppFileError: The file is not right, or would not be; an error about the connection
                itself has a place and no line.
            UnknownConnectionError: There is no such connection to change.
        """
        app = self.app()
        if app is not None and app.path is not None:
            text = read_text(app.path, require=self._trust.require)
            return draft_connection(text, app.path, values, editing)
        path = self._here() / APP_FILE
        return draft_connection(beginning(path, "new"), path, values, editing)

    def _path_to_change(self) -> Path:
        app = self.app()
        if app is None or app.path is None:
            raise UnknownConnectionError(self.missing())
        return app.path

    def _here(self) -> Path:
        try:
            return self._directory()
        except FileNotFoundError:
            raise SetupError(
                "The folder that this runs in was removed. Go to another one, with %cd or os.chdir."
            ) from None

    def _looked_at(self) -> App | None:
        # Whoever comes while somebody looks waits for what they find.
        with self._looking:
            wanted, now = self._wanted, self._clock()
            if now >= self._good_until:
                self._take(self._trust.find(self._here()))
                self._good_until = now + LOOKUP_SECONDS
                # What was written meanwhile is looked at again.
                if self._wanted is not wanted:
                    self._good_until = float("-inf")
            return self._app

    def _take(self, path: Path | None) -> None:
        if path is not None:
            self._require_allowed(path)
        signature = _signature(path) if path else None
        if signature != self._signature or (path and signature is None):
            self._signature = None
            self._app = self._read(path) if path else None
            self._signature = signature
            self.edition += 1

    def _require_allowed(self, path: Path) -> None:
        # Each time: it may be allowed, or forgotten, or given to another user without a change of
        # what is in it.
        try:
            self._trust.require(path)
        except AppFileError:
            self._forget()
            raise

    def _read(self, path: Path) -> App:
        try:
            return read_app(path, require=self._trust.require)
        except AppFileError:
            # Once the file is gone, nothing is left of what it said before.
            self._forget()
            raise

    def _forget(self) -> None:
        self._app = self._signature = None
        self.edition += 1


def _signature(path: Path) -> tuple[Path, int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        # A broken link, or gone since it was found: whoever reads it says so.
        return None
    return path, status.st_mtime_ns, status.st_ino, status.st_size
