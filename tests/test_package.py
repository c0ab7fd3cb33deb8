"""What is shipped: the wheel, the sdist, their version, and the pins that were tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import attio_nb

REPOSITORY = Path(__file__).parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DATA = f"attio_nb-{PROJECT['version']}.data/data"
DIST_INFO = f"attio_nb-{PROJECT['version']}.dist-info"
TOUR = f"{DATA}/share/attio-nb/notebooks"
LABEXTENSION = f"{DATA}/share/jupyter/labextensions/attio-nb"


def build(target: str, source: Path, into: Path) -> Path:
    """Build a distribution where no Node is to be found."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)],
        cwd=source,
        env={**os.environ, "PATH": str(into)},
        capture_output=True,
        check=True,
        timeout=110,
    )
    (distribution,) = into.iterdir()
    return distribution


def read_json(name: str) -> dict[str, Any]:
    return json.loads((REPOSITORY / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in the wheel."""
    path = build("wheel", REPOSITORY, tmp_path_factory.mktemp("wheel"))
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, unpacked."""
    path = build("sdist", REPOSITORY, tmp_path_factory.mktemp("sdist"))
    into = tmp_path_factory.mktemp("unpacked")
    subprocess.run(["tar", "-xf", str(path), "-C", str(into)], check=True, timeout=60)
    (directory,) = into.iterdir()
    return directory


@pytest.mark.parametrize(
    "name",
    [
        "attio_nb/__init__.py",
        "attio_nb/py.typed",
        "attio_nb/sandbox/templates/front.html",
        f"{LABEXTENSION}/install.json",
        f"{LABEXTENSION}/package.json",
        f"{DATA}/etc/jupyter/jupyter_server_config.d/attio_nb.json",
        f"{TOUR}/01-add-to-sequence.ipynb",
        f"{TOUR}/02-oauth.ipynb",
        f"{TOUR}/attio-app.toml",
    ],
)
def test_the_wheel_holds(wheel: list[str], name: str) -> None:
    assert name in wheel


def test_the_wheel_holds_the_entry_that_jupyterlab_loads(wheel: list[str]) -> None:
    described = read_json("attio_nb/labextension/package.json")
    entry = described["jupyterlab"]["_build"]["load"]  # type: ignore[index]
    assert f"{LABEXTENSION}/{entry}" in wheel


def test_the_wheel_holds_nothing_else(wheel: list[str]) -> None:
    homes = ("attio_nb/", f"{LABEXTENSION}/", f"{DATA}/etc/jupyter/", f"{TOUR}/", f"{DIST_INFO}/")
    assert [name for name in wheel if not name.startswith(homes)] == []
    assert [name for name in wheel if name.startswith("attio_nb/labextension/")] == []


def test_the_sdist_builds_the_same_wheel_without_node(
    wheel: list[str], sdist: Path, tmp_path: Path
) -> None:
    into = tmp_path / "wheel"
    into.mkdir()
    with zipfile.ZipFile(build("wheel", sdist, into)) as archive:
        assert sorted(archive.namelist()) == sorted(wheel)


def test_the_sdist_holds_the_sources_of_the_labextension(sdist: Path) -> None:
    assert (sdist / "labextension/src/index.ts").exists()
    assert (sdist / "labextension/package-lock.json").exists()
    assert not (sdist / "labextension/node_modules").exists()


def test_one_version_is_named_everywhere() -> None:
    npm = read_json("labextension/package.json")["version"]
    built = read_json("attio_nb/labextension/package.json")["version"]
    assert [attio_nb.__version__, version("attio-nb"), npm, built] == [PROJECT["version"]] * 4


def test_the_oldest_kernel_environment_holds_the_lowest_versions_allowed() -> None:
    pinned = (REPOSITORY / "requirements/ipykernel-6.31.in").read_text(encoding="utf-8").split("\n")
    tested = dict(line.split("==") for line in pinned if "==" in line)
    # What only other operating systems need is tested on this one, too.
    dependencies = [each.partition(";")[0].partition(",")[0] for each in PROJECT["dependencies"]]
    allowed = dict(each.split(">=") for each in dependencies)
    for not_of_a_kernel in ("jupyter-server", "jupyterlab", "python-dotenv", "watchfiles"):
        del allowed[not_of_a_kernel]
    assert allowed.keys() == tested.keys()
    for name, lowest in allowed.items():
        assert f"{tested[name]}.".startswith(f"{lowest}."), name


def test_the_labextension_asks_for_the_oldest_jupyterlab_that_is_allowed() -> None:
    """JupyterLab warns in the browser's console of each package that is older than it asks for."""
    assert "jupyterlab>=4.4,<5" in PROJECT["dependencies"]
    package = read_json("labextension/package.json")
    used = {name for name in package["dependencies"] if name.startswith("@jupyterlab/")}
    shared = package["jupyterlab"]["sharedPackages"]
    asked = {name: shared.get(name, {}).get("requiredVersion") for name in used}
    # JupyterLab 4.4.0 has these packages in versions of their own; all others are 4.4.0.
    own = {"apputils": "^4.5.0", "coreutils": "^6.4.0", "services": "^7.4.0"}
    assert asked == {name: own.get(name.removeprefix("@jupyterlab/"), "^4.4.0") for name in used}


@pytest.mark.parametrize("pins", sorted((REPOSITORY / "requirements").iterdir()), ids=str)
def test_pins_name_no_address(pins: Path) -> None:
    assert "://" not in pins.read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["labextension", "tests/authorization"])
def test_an_npm_lock_names_no_address_of_a_registry(folder: str) -> None:
    assert '"resolved"' not in (REPOSITORY / folder / "package-lock.json").read_text("utf-8")
