"""The app files that a person has allowed, whoever owns them: ``attio-nb allow``."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from attio_nb.errors import SetupError
from attio_nb.files import (
    make_private_directory,
    os_error_message,
    replace_file,
    require_private_directory,
)
from attio_nb.home import NO_HOME, expanded, user_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["AllowedFiles", "Record", "default_allowed_files"]

LOCK_SECONDS = 10.0

Record = dict[str, Any]
"""What is kept of one app file; JSON can carry it."""

ADDRESSES_ONLY = "addresses_only"
"""Is in the record of an app file that was not allowed, while addresses that it names were."""


class AllowedFiles:
    """The app files that a person has allowed, in one JSON file that only this person can read.

    An app file is known by its real path, so that a link to it is the same app file. Nothing is
    kept in memory: each call reads the file.

    Args:
        path: The JSON file; it and its directory are made at the first change.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def is_allowed(self, app_file: Path) -> bool:
        """Return whether the person has allowed an app file.

        Raises:
            SetupError: The JSON file cannot be read.
        """
        record = self.record(app_file)
        return record is not None and not record.get(ADDRESSES_ONLY)

    def allow(self, app_file: Path) -> None:
        """Allow an app file until it is forgotten; what is kept of it already stays.

        Raises:
            SetupError: The JSON file cannot be read or written.
        """
        self.change(app_file, lambda record: record)

    def forget(self, app_file: Path) -> bool:
        """Forget all that is kept of an app file, and return whether anything was.

        Raises:
            SetupError: The JSON file cannot be read or written.
        """
        if self.record(app_file) is None:
            return False
        with self._changing() as files:
            return files.pop(_real(app_file), None) is not None

    def entries(self) -> Mapping[Path, Record]:
        """Return every app file of which something is kept, and what that is.

        Raises:
            SetupError: The JSON file cannot be read.
        """
        return {Path(path): record for path, record in self._read().items()}

    def record(self, app_file: Path) -> Record | None:
        """Return what is kept of an app file, or None where nothing is.

        Raises:
            SetupError: The JSON file cannot be read.
        """
        return self._read().get(_real(app_file))

    def change(
        self, app_file: Path, change: Callable[[Record], Record], *, allows: bool = True
    ) -> None:
        """Replace what is kept of an app file.

        Args:
            app_file: The app file.
            change: Is given what is kept of it, an empty record where there is none, and returns
                what to keep instead. No other process can change the file meanwhile.
            allows: Whether the app file is allowed, whoever will own it; if not, it is allowed only
                if it was before.

        Raises:
            SetupError: The JSON file cannot be read or written.
        """
        with self._changing() as files:
            new: Record = {} if allows else {ADDRESSES_ONLY: True}
            record = change(dict(files.get(_real(app_file), new)))
            if allows:
                record.pop(ADDRESSES_ONLY, None)
            files[_real(app_file)] = record

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Record]]:
        from filelock import FileLock, Timeout

        try:
            make_private_directory(self.path.parent)
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS, mode=0o600):
                files = self._read()
                yield files
                content = json.dumps({"files": files}, indent=2, sort_keys=True, allow_nan=False)
                replace_file(self.path, f"{content}\n".encode())
        except Timeout:
            raise SetupError(
                f"Another process has held {self.path} for {LOCK_SECONDS:.0f} seconds. Nothing was "
                "changed; end that process and try again."
            ) from None
        except OSError as error:
            fix = "Nothing was changed; make its folder writable and try again."
            raise SetupError(os_error_message(error, self._label, "written", fix)) from error

    @property
    def _label(self) -> str:
        return f"{self.path}, which lists the app files that you allowed,"

    def _read(self) -> dict[str, Record]:
        try:
            content = self.path.read_bytes()
            # The owner of the folder could allow any app file.
            require_private_directory(self.path.parent)
        except FileNotFoundError:
            return {}
        except OSError as error:
            fix = "Make it readable and try again."
            raise SetupError(os_error_message(error, self._label, "read", fix)) from error
        files = _parsed(content)
        if files is None:
            raise SetupError(
                f"{self._label} is damaged. It was left as it is: repair it, or move it away and "
                "run attio-nb allow for each app file."
            )
        return files


def default_allowed_files(environ: Mapping[str, str] = os.environ) -> AllowedFiles:
    """Return the app files that the person who runs this process has allowed.

    Args:
        environ: The environment; ``ATTIO_NB_DATA_DIR`` moves them with the vault.
    """
    named = environ.get("ATTIO_NB_DATA_DIR")
    base = expanded(named) if named else user_folder("config")
    return AllowedFiles(base / "allowed" / "allowed.json") if base else NoAllowedFiles()


class NoAllowedFiles(AllowedFiles):
    """The list of allowed app files of a person without a home: it is empty, and stays empty."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull))

    def _changing(self) -> NoReturn:
        raise SetupError(NO_HOME)

    def _read(self) -> dict[str, Record]:
        return {}


def _parsed(content: bytes) -> dict[str, Record] | None:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    files = data.get("files") if isinstance(data, dict) else None
    if not isinstance(files, dict) or not all(isinstance(each, dict) for each in files.values()):
        return None
    return files


def _real(app_file: Path) -> str:
    # JSON cannot carry the bytes of a name that is not UTF-8, but it can carry their escapes.
    return os.path.realpath(app_file)
