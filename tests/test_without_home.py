"""A user id that has no name and no home, as in many containers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

USER = 54321
VALUE = "sk-env-1234"
APP = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer"
hosts = ["127.0.0.1"]
"""
GET = """\
from attio_nb import get_workspace_connection
connection = get_workspace_connection()
print(connection.value + "", connection.auth())
"""
CAPABILITIES = "+dac_override,+dac_read_search"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or not Path("/usr/bin/setpriv").exists(),
    reason="Only root can become a user that has no name.",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an app file, which belong to the user."""
    folder = tmp_path / "project"
    folder.mkdir()
    file = folder / "attio-app.toml"
    file.write_text(APP)
    for path in (folder, file):
        os.chown(path, USER, USER)
    return folder


def run(
    folder: Path, *arguments: str, typed: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run Python as this user, who may read what the tests are installed in."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
    capabilities = [f"--inh-caps={CAPABILITIES}", f"--ambient-caps={CAPABILITIES}"]
    return subprocess.run(
        [*become, *capabilities, sys.executable, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environ},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("owner", [USER, 1])
def test_the_environment_suffices(folder: Path, owner: int) -> None:
    os.chown(folder / "attio-app.toml", owner, owner)
    done = run(folder, "-c", GET, ATTIO_NB_WORKSPACE_CONNECTION=VALUE)
    assert done.returncode == 0, done.stderr
    assert VALUE in done.stdout


def test_without_the_variable_one_line_says_what_to_set(folder: Path) -> None:
    done = run(folder, "-c", GET)
    assert done.stderr.count("\n") == 1
    assert "nobody can be asked here" in done.stderr
    assert "ATTIO_NB_WORKSPACE_CONNECTION" in done.stderr


def test_a_value_that_cannot_be_kept_is_refused_with_what_to_set(folder: Path) -> None:
    done = run(folder, "-m", "attio_nb.cli", "connect", "workspace", typed=f"{VALUE}\n")
    assert done.stderr.startswith("attio-nb: The connection was not saved. There is no home folder")
    assert "ATTIO_NB_DATA_DIR" in done.stderr


def test_a_folder_for_the_data_is_enough_to_keep_one(folder: Path) -> None:
    data = str(folder / "data")
    connect = ["-m", "attio_nb.cli", "connect", "workspace"]
    assert run(folder, *connect, typed=f"{VALUE}\n", ATTIO_NB_DATA_DIR=data).returncode == 0
    assert VALUE in run(folder, "-c", GET, ATTIO_NB_DATA_DIR=data).stdout


def test_the_doctor_says_so_and_goes_on(folder: Path) -> None:
    done = run(folder, "-m", "attio_nb.cli", "doctor", ATTIO_NB_WORKSPACE_CONNECTION=VALUE)
    assert "problem  Vault: There is no home folder here" in done.stdout
    assert "problem  Jupyter: it cannot start here" in done.stdout
    assert "from the environment variable ATTIO_NB_WORKSPACE_CONNECTION" in done.stdout
    assert "Traceback" not in done.stderr
