"""Code that runs in another folder than that of its app, as with papermill and in scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.app.trust import AppFileTrust
from attio_nb.connections.store import MemoryStore
from attio_nb.doctor.project import check_app_file
from attio_nb.errors import AttioError
from attio_nb.notebook.command import parse_connect
from attio_nb.notebook.connection_commands import ConnectionCommands
from attio_nb.session import Session

APP = '[app]\nid = "x"\n[[connections]]\nowner = "workspace"\nkey = "crm"\ntype = "secret"\n'
GETTERS = (
    "from attio_nb import get_user_connection, get_workspace_connection\n"
    "get_workspace_connection()\n"
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def session_in(folder: Path, **environ: str) -> Session:
    file = AppFile(lambda: folder, trust=AppFileTrust(environ=environ))
    return Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": "ada", **environ})


@pytest.mark.parametrize(("owner", "key"), [("workspace", None), ("user", "mail")])
def test_a_getter_says_where_it_looked_and_what_to_set(
    elsewhere: Path, owner: str, key: str | None
) -> None:
    with pytest.raises(AttioError) as error:
        session_in(elsewhere).get_connection(owner, key)  # type: ignore[arg-type]
    message = str(error.value)
    assert message.startswith(f"No attio-app.toml was found in {elsewhere} or in a folder above it")
    assert "set ATTIO_NB_APP_FILE to the path of its app file" in message
    assert f"ATTIO_NB_{owner.upper()}_CONNECTION" in message


def test_everything_else_says_so_too(elsewhere: Path) -> None:
    session = session_in(elsewhere, ATTIO_NB_ACTING_AS="alice")
    looked = f"No attio-app.toml was found in {elsewhere}"

    def said(line: str) -> str:
        with pytest.raises(AttioError) as error:
            ConnectionCommands(session, say=print, ask=None).connect(parse_connect(line))
        return str(error.value)

    assert looked in said("workspace")
    session = session_in(elsewhere)
    for line in ("workspace --rename-key crm", "user --use-stored", "--as bob"):
        assert looked in said(line)
    with pytest.raises(AttioError, match="was found in"):
        session.remove("user", None, disconnect=True)
    overview = ConnectionCommands(session, say=print, ask=None).overview()
    assert str(elsewhere) in repr(overview)
    assert str(elsewhere) in check_app_file(session).text


def test_the_app_file_that_was_found_is_named(tmp_path: Path, elsewhere: Path) -> None:
    """It may be another one than a person thinks, in a folder far above."""
    (tmp_path / "attio-app.toml").write_text(APP)
    session = session_in(elsewhere)
    with pytest.raises(AttioError, match="has no user connection yet") as missing:
        session.get_connection("user")
    with pytest.raises(AttioError, match="with the key") as unknown:
        session.get_connection("workspace", "sequencer")
    for error in (missing, unknown):
        assert str(tmp_path / "attio-app.toml") in str(error.value)


@pytest.mark.parametrize("named", ["the file", "its folder"])
def test_the_variable_names_an_app_file_that_is_elsewhere(
    tmp_path: Path, elsewhere: Path, named: str
) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "attio-app.toml").write_text(APP)
    path = folder / "attio-app.toml" if named == "the file" else folder
    session = session_in(elsewhere, ATTIO_NB_APP_FILE=str(path))
    with pytest.raises(AttioError, match="Nobody has connected the workspace connection"):
        session.get_connection("workspace")
    (folder / "attio-app.toml").unlink()
    session.file.look_again()
    with pytest.raises(AttioError, match="ATTIO_NB_APP_FILE names") as error:
        session.get_connection("workspace")
    assert str(folder) in str(error.value)


def test_a_script_in_another_folder_is_told(elsewhere: Path) -> None:
    script = elsewhere / "daily.py"
    script.write_text(GETTERS)
    done = subprocess.run(
        [sys.executable, script],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 1
    assert f"No attio-app.toml was found in {elsewhere}" in done.stderr
    assert json.dumps(done.stderr).count("ATTIO_NB_APP_FILE") == 1
