"""Following changes of a few files, wherever they come from, without looking all the time."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

__all__ = ["Source", "Watch", "open_source"]

STEP_MS = 50
"""How long it has to be quiet after a change until that is told."""

MOST_MS = 100
"""How long a change is kept back at most, while others follow it."""

TIMEOUT_MS = 5000
"""How often the files are looked at anyway: no system tells of changes in a folder of another
machine.
"""

POLL_SECONDS = 0.3
"""How often they are looked at where the operating system watches no more folders for us."""

Signature = tuple[int, int, int]


class Source(Protocol):
    """What tells of changes in folders."""

    def watch(
        self, debounce_ms: int, step_ms: int, timeout_ms: int, stop_event: Any
    ) -> set[tuple[int, str]] | str:
        """Wait for changes, and return their kinds and paths, or a word where there are none."""


def open_source(folders: list[str]) -> AbstractContextManager[Source]:
    """Let the operating system tell of changes in some folders, but not of what is below.

    Raises:
        OSError: One of them is not there, or it can watch no more.
    """
    from watchfiles._rust_notify import RustNotify

    return RustNotify(folders, False, False, 0, False, True)


class Watch:
    """Tells when one of some files has changed, on a thread that begins with the first of them.

    A file need not be there, nor its folder: then the nearest folder above that is there is watched
    until it comes.

    Args:
        changed: Is called on that thread after a change; it must not wait for anything.
        source: Opens what tells of changes in some folders, but not of what is below.
    """

    def __init__(
        self,
        changed: Callable[[], object],
        *,
        source: Callable[[list[str]], AbstractContextManager[Source]] = open_source,
    ) -> None:
        self._changed = changed
        self._source = source
        self._lock = threading.Lock()
        self._seen: dict[str, Signature | None] = {}
        self._again = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def over(self, files: Iterable[Path]) -> None:
        """Watch these files too; what changes from now on is told.

        Args:
            files: Their absolute paths.
        """
        paths = {path for file in files for path in _real(file)}
        with self._lock:
            new = paths - self._seen.keys()
            if not new or self._closed:
                return
            self._seen.update((path, _signature(path)) for path in new)
            self._again.set()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="attio_nb watch", daemon=True
                )
                self._thread.start()
                # A thread must not be in foreign code when the interpreter ends.
                atexit.register(self.close)

    def close(self) -> None:
        """Watch no more, and wait until the thread has ended."""
        with self._lock:
            self._closed = True
            self._again.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()
            atexit.unregister(self.close)

    def _run(self) -> None:
        while not self._closed:
            # What is added from here on sets it anew.
            self._again.clear()
            with self._lock:
                files = set(self._seen)
            self._follow(files, _folders(files))

    def _follow(self, files: set[str], folders: set[str]) -> None:
        """Tell of changes until other folders have to be watched."""
        try:
            with self._source(sorted(folders)) as source:
                # What changed while nobody was watching.
                self._look()
                while not self._again.is_set() and _folders(files) == folders:
                    if self._wait(source, files) & (folders | _above(files)):
                        return
        except (OSError, RuntimeError):
            # It can watch no more folders, or one has gone just now.
            self._look()
            self._again.wait(POLL_SECONDS)

    def _wait(self, source: Source, files: set[str]) -> set[str]:
        """Wait for changes, tell of them, and return the paths that they are at."""
        found = source.watch(MOST_MS, STEP_MS, TIMEOUT_MS, self._again)
        paths = set() if isinstance(found, str) else {path for _, path in found}
        self._look(told=not paths.isdisjoint(files))
        return paths

    def _look(self, *, told: bool = False) -> None:
        """Tell of a change if there is one, or if it is known that there is."""
        with self._lock:
            now = {path: _signature(path) for path in self._seen}
            is_other, self._seen = now != self._seen, now
        if (told or is_other) and not self._closed:
            self._changed()


def _real(file: Path) -> set[str]:
    """Return where a file is, and where it leads to if it is a link."""
    return {os.path.join(os.path.realpath(file.parent), file.name), os.path.realpath(file)}


def _signature(path: str) -> Signature | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


def _folders(files: set[str]) -> set[str]:
    """Return the folders to watch: those of the files, or the nearest above that are there.

    One that must not be read cannot be watched, such as that of all homes on some machines; what is
    in it is looked at now and then.
    """
    there = (
        next(str(folder) for folder in Path(file).parents if folder.is_dir()) for file in files
    )
    return {folder for folder in there if os.access(folder, os.R_OK)}


def _above(files: set[str]) -> set[str]:
    """Return every folder that a file is in, there or not."""
    return {str(folder) for file in files for folder in Path(file).parents}
