"""Following changes of a few files, wherever they come from, without looking all the time."""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attio_nb.imports import with_installed_packages

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

CLOSE_SECONDS = 3.0
"""How long the thread is waited for at the end."""

MOST = 1000
"""How many paths are watched: those of some hundred folders."""

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
        most: How many paths are watched; those that were not asked for the longest are forgotten.
        patience: Seconds that the end of the thread is waited for.
    """

    def __init__(
        self,
        changed: Callable[[], object],
        *,
        source: Callable[[list[str]], AbstractContextManager[Source]] = open_source,
        most: int = MOST,
        patience: float = CLOSE_SECONDS,
    ) -> None:
        self._changed = changed
        self._source = source
        self._most = most
        self._patience = patience
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
        # Not under the lock: a disk that does not answer must keep nobody else waiting.
        found = {path: _signature(path) for file in files for path in _real(file)}
        with self._lock:
            if self._closed or not self._adds(found):
                return
            self._again.set()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=with_installed_packages(self._run), name="attio_nb watch", daemon=True
                )
                self._thread.start()
                # A thread must not be in foreign code when the interpreter ends.
                atexit.register(self.close)

    def close(self) -> None:
        """Watch no more, and wait a little until the thread has ended."""
        with self._lock:
            self._closed = True
            self._again.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            # A disk that does not answer must not keep the server from ending.
            thread.join(self._patience)
            atexit.unregister(self.close)

    def _adds(self, found: dict[str, Signature | None]) -> bool:
        """Keep what was found, but for what is known, and say whether any of it is new."""
        is_new = not found.keys() <= self._seen.keys()
        # Those that were asked for last come last.
        self._seen.update({path: self._seen.pop(path, now) for path, now in found.items()})
        for path in list(self._seen)[: -self._most]:
            del self._seen[path]
        return is_new

    def _run(self) -> None:
        while self._goes_on():
            try:
                self._follow()
            except (OSError, RuntimeError):
                # It can watch no more folders, or one has gone just now.
                self._again.wait(POLL_SECONDS)

    def _goes_on(self) -> bool:
        """Begin anew unless it is closed; what is added from here on sets it anew."""
        self._again.clear()
        # Only now: whoever closes it earlier may have set what was cleared.
        return not self._closed

    def _follow(self) -> None:
        """Tell of changes until other folders have to be watched."""
        with self._lock:
            files = set(self._seen)
        folders = _folders(files)
        # All that is done where nothing can be watched.
        self._look()
        with self._source(sorted(folders)) as source:
            # What changed while nobody was watching.
            self._look()
            while not self._again.is_set() and _folders(files) == folders:
                if self._wait(source, files) & (folders | _above(files)):
                    return

    def _wait(self, source: Source, files: set[str]) -> set[str]:
        """Wait for changes, tell of them, and return the paths that they are at."""
        found = source.watch(MOST_MS, STEP_MS, TIMEOUT_MS, self._again)
        paths = set() if isinstance(found, str) else {path for _, path in found}
        self._look(told=not paths.isdisjoint(files))
        return paths

    def _look(self, *, told: bool = False) -> None:
        """Tell of a change if there is one, or if it is known that there is."""
        with self._lock:
            seen = dict(self._seen)
        # Not under the lock, as in over().
        now = {path: _signature(path) for path in seen}
        with self._lock:
            # Some may have been forgotten meanwhile.
            self._seen.update((path, now[path]) for path in now.keys() & self._seen.keys())
        if (told or now != seen) and not self._closed:
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
    there = {_nearest(file) for file in files}
    return {folder for folder in there if folder and os.access(folder, os.R_OK)}


def _nearest(file: str) -> str | None:
    """Return the nearest folder above a file that is there, or None: a whole drive may be gone."""
    # Not Path.is_dir(), which raises where a disk fails or must not be searched.
    return next((str(each) for each in Path(file).parents if os.path.isdir(each)), None)


def _above(files: set[str]) -> set[str]:
    """Return every folder that a file is in, there or not."""
    return {str(folder) for file in files for folder in Path(file).parents}
