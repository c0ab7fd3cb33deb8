"""Imports of installed packages only."""

from __future__ import annotations

import copy
import importlib
import importlib.metadata
import importlib.util
import os
import pickle
import site
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attio_nb.imports import (
    ImportPath,
    installed_folders,
    installed_packages_only,
    with_installed_packages,
)

NAME = "attio_nb_stranger"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stranger's folder that is the current one, with a module and a distribution."""
    (folder := tmp_path / "folder").mkdir()
    (folder / f"{NAME}.py").write_text("")
    (metadata := folder / f"{NAME}-1.dist-info").mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1\n")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", sys.path[:])
    importlib.invalidate_caches()
    yield folder
    sys.modules.pop(NAME, None)


ENTRIES: dict[str, Callable[[Path], str]] = {
    "empty": lambda folder: "",
    "dot": lambda folder: ".",
    "relative": lambda folder: os.path.join("..", folder.name),
    "absolute": str,
    "with a slash": lambda folder: f"{folder}{os.sep}",
    "with dots": lambda folder: os.path.join(folder, "x", ".."),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("at", [0, 1_000])
class TestAFolderInThePath:
    def test_holds_no_module_in_the_block_and_does_elsewhere(
        self, folder: Path, entry: str, at: int
    ) -> None:
        (folder / "x").mkdir()
        sys.path.insert(at, ENTRIES[entry](folder))
        with installed_packages_only():
            assert importlib.util.find_spec(NAME) is None
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module(NAME)
            with ThreadPoolExecutor() as threads:
                assert threads.submit(importlib.util.find_spec, NAME).result() is not None
        assert importlib.util.find_spec(NAME) is not None

    def test_holds_no_distribution_in_the_block_and_does_elsewhere(
        self, folder: Path, entry: str, at: int
    ) -> None:
        (folder / "x").mkdir()
        sys.path.insert(at, ENTRIES[entry](folder))
        with installed_packages_only():
            with pytest.raises(importlib.metadata.PackageNotFoundError):
                importlib.metadata.version(NAME)
            assert importlib.metadata.version("attio-nb")
        assert importlib.metadata.version(NAME) == "1"


def test_a_namespace_package_has_no_part_in_the_folder(folder: Path) -> None:
    """``jaraco``, which keyring imports, is one."""
    (folder / "jaraco" / NAME).mkdir(parents=True)
    sys.path.insert(0, "")
    for _ in range(2):
        with installed_packages_only():
            assert importlib.util.find_spec("jaraco") is not None
            assert importlib.util.find_spec(f"jaraco.{NAME}") is None
        assert importlib.util.find_spec(f"jaraco.{NAME}") is not None


def test_what_is_installed_stays_importable(folder: Path) -> None:
    for name in ("csv", "_ctypes", "httpx", "keyring", "cryptography"):
        with installed_packages_only():
            assert importlib.util.find_spec(name) is not None


def test_an_editable_installation_counts_also_in_the_current_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (packages := tmp_path / "packages").mkdir()
    (packages / "editable.pth").write_text(f"# a comment\nimport sys\n\n{folder}\n../folder2\n")
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(packages)])
    installed = {os.path.abspath(each) for each in installed_folders()}
    assert {str(packages), str(folder), str(tmp_path / "folder2")} <= installed


def test_a_python_path_counts_but_for_the_current_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [str(tmp_path / "libraries"), str(folder), ".", "", "lib"]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(entries))
    installed = set(installed_folders())
    assert str(tmp_path / "libraries") in installed
    assert installed.isdisjoint(entries[1:])


def test_a_path_that_was_replaced_is_restricted_again(folder: Path) -> None:
    for _ in range(2):
        sys.path = ["", *sys.path]
        with installed_packages_only():
            assert importlib.util.find_spec(NAME) is None


def test_a_thread_and_an_exception_end_the_restriction(folder: Path) -> None:
    sys.path.insert(0, "")

    @with_installed_packages
    def fails() -> None:
        assert importlib.util.find_spec(NAME) is None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert importlib.util.find_spec(NAME) is not None
    found: list[object] = []
    search = with_installed_packages(lambda: found.append(importlib.util.find_spec(NAME)))
    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert found == [None]


def test_the_path_is_a_list_like_any_other() -> None:
    entries = ["", "/a", "b"]
    path = ImportPath(entries, ["/a"])
    assert path == entries
    assert (path[0], len(path), "b" in path, list(path)) == ("", 3, True, entries)
    with path.restricted():
        assert list(path) == ["/a"]
        assert path[:] == entries
    for copied in (copy.copy(path), copy.deepcopy(path), pickle.loads(pickle.dumps(path))):  # noqa: S301
        assert type(copied) is list
        assert copied == entries
