"""Imports of installed packages only, for what runs without a cell of the person.

A kernel and a Jupyter server look for modules in the notebook's folder first (``""`` in
``sys.path``). A stranger's folder may hold an ``httpx.py``, and a click in the Connections tab must
not run it. So whatever a page starts, and each thread of this package, sees ``sys.path`` without
that folder, while cells import from it as ever.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ImportPath", "installed_packages_only", "with_installed_packages"]

P = ParamSpec("P")
T = TypeVar("T")


class ImportPath(list[str]):
    """A ``sys.path`` of which some contexts see only the folders with installed packages.

    Python's finders, `importlib.metadata` and namespace packages all iterate over ``sys.path``; for
    everything else, and in every other context, it is a list like any other.

    Args:
        entries: What is in ``sys.path``.
        installed: The folders with installed packages.
    """

    def __init__(self, entries: Iterable[str], installed: Iterable[str]) -> None:
        super().__init__(entries)
        self._installed = frozenset(map(_normalized, installed))
        self._restricted = ContextVar("restricted", default=False)

    def __iter__(self) -> Iterator[str]:
        entries = super().__iter__()
        return filter(self._is_installed, entries) if self._restricted.get() else entries

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process gets a plain list.
        return list, (self[:],)

    @contextmanager
    def restricted(self) -> Iterator[None]:
        """Show this context, in the block, only the folders with installed packages."""
        token = self._restricted.set(True)
        try:
            yield
        finally:
            self._restricted.reset(token)

    def _is_installed(self, entry: object) -> bool:
        # A relative entry is a folder below the current one, whatever it was when it was added.
        return (
            isinstance(entry, str)
            and os.path.isabs(entry)
            and _normalized(entry) in self._installed
        )


@contextmanager
def installed_packages_only() -> Iterator[None]:
    """Import in this context, in the block, only from folders with installed packages.

    It holds for the thread or the task that runs the block, and for no other.
    """
    path = sys.path
    if not isinstance(path, ImportPath):
        sys.path = path = ImportPath(path, installed_folders())
    with path.restricted():
        yield


def with_installed_packages(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that runs as in `installed_packages_only`, such as the target of a thread.

    Args:
        function: What to run.
    """

    @wraps(function)
    def restricted(*args: P.args, **kwargs: P.kwargs) -> T:
        with installed_packages_only():
            return function(*args, **kwargs)

    return restricted


def installed_folders() -> Iterator[str]:
    """Give the folders that packages are installed in, also those of editable installations."""
    standard_library = os.path.dirname(os.__file__)
    yield standard_library
    yield os.path.join(standard_library, "lib-dynload")
    if os.name == "nt":
        yield from (sys.base_prefix, os.path.join(sys.base_prefix, "DLLs"))
    # The folder that this package itself was imported from.
    yield os.path.dirname(os.path.dirname(__file__))
    for folder in _site_folders():
        yield folder
        yield from _named_in_pth_files(folder)
    yield from _python_path()


def _site_folders() -> Iterator[str]:
    # Python itself imports it when it starts, unless it was told not to (-S).
    site = sys.modules.get("site")
    if site is not None:
        yield from getattr(site, "getsitepackages", list)()
        if site.ENABLE_USER_SITE:
            yield site.getusersitepackages()


def _named_in_pth_files(folder: str) -> Iterator[str]:
    """Give the folders that ``.pth`` files add to ``sys.path``, as `site` reads them."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.endswith(".pth") and not name.startswith("."):
                yield from _lines_of_pth_file(folder, name)


def _lines_of_pth_file(folder: str, name: str) -> Iterator[str]:
    with (
        suppress(OSError),
        open(os.path.join(folder, name), encoding="utf-8-sig", errors="surrogateescape") as file,
    ):
        for line in file:
            if line.strip() and not line.startswith(("#", "import ", "import\t")):
                yield os.path.join(folder, line.rstrip())


def _python_path() -> Iterator[str]:
    # Where a computing centre puts its packages; but never the current folder.
    for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        if os.path.isabs(entry) and not _is_current_folder(entry):
            yield entry


def _is_current_folder(folder: str) -> bool:
    try:
        return os.path.samefile(folder, os.curdir)
    except OSError:
        return False


def _normalized(folder: str) -> str:
    return os.path.normcase(os.path.abspath(folder))
