"""Values in files that environment variables name, as containers have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.doctor.project import check_connections
from attio_nb.errors import AppFileError, InvalidSecretError
from attio_nb.notebook.connection_commands import ConnectionCommands
from attio_nb.session import Session
from attio_nb.tab.overview import overview
from attio_nb.tab.testing import test_connection as try_connection

APP = """\
[app]
id = "x"
[[connections]]
owner = "workspace"
key = "crm"
type = "secret"
hosts = ["api.example.com"]
"""
VARIABLE = "ATTIO_NB_WORKSPACE_CONNECTION__CRM"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def session_in(folder: Path, **environ: str) -> Session:
    (folder / "attio-app.toml").write_text(APP)
    return Session(MemoryStore(), file=AppFile(lambda: folder), environ=environ)


def complaint(folder: Path, **environ: str) -> str:
    with pytest.raises(InvalidSecretError) as error:
        session_in(folder, **environ).get_connection("workspace", "crm")
    return str(error.value)


@pytest.mark.parametrize(
    "content",
    [b"sk-1", b"sk-1\n", b"sk-1\r\n", b"sk-1\n\n", b"\xef\xbb\xbfsk-1\n", b" sk-1 \n"],
)
def test_the_value_is_read_without_what_an_editor_adds(
    tmp_path: Path, file: Path, content: bytes
) -> None:
    file.write_bytes(content)
    session = session_in(tmp_path, **{f"{VARIABLE}_FILE": str(file)})
    connection = session.get_connection("workspace", "crm")
    assert connection.value == "sk-1"
    assert connection.id == f"environment:{VARIABLE}_FILE"
    assert connection.hosts == ("api.example.com",)


def test_a_file_that_is_changed_or_a_link_that_is_moved_is_read_again(
    tmp_path: Path, file: Path
) -> None:
    """Kubernetes moves a link when a secret changes."""
    session = session_in(tmp_path, **{f"{VARIABLE}_FILE": str(file)})
    for value in ("sk-1", "sk-2"):
        target = tmp_path / value
        target.write_text(value)
        file.unlink(missing_ok=True)
        file.symlink_to(target)
        assert session.get_connection("workspace", "crm").value == value


def test_without_a_definition_and_without_an_app_file_it_counts_too(
    tmp_path: Path, file: Path
) -> None:
    file.write_text("sk-1\n")
    environ = {"ATTIO_NB_USER_CONNECTION_FILE": str(file)}
    session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ=environ)
    assert session.get_connection("user").value == "sk-1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b" \n", "is empty"),
        (b"x" * 70_000, "more than a value can be"),
        (b"x" * 20_000, "characters long"),
        (b"zq918273\nzq\x00918273", "control character"),
        (b"\xff\xfe\x00z", "not UTF-8"),
        (b"zq\x00918273", "cannot be sent"),
    ],
)
def test_content_that_is_no_value_is_told_without_it(
    tmp_path: Path, file: Path, content: bytes, said: str
) -> None:
    file.write_bytes(content)
    message = complaint(tmp_path, **{f"{VARIABLE}_FILE": str(file)})
    assert f"{VARIABLE}_FILE" in message
    assert said in message
    assert "zq918273" not in message


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, file: Path) -> None:
    def said(path: object) -> str:
        return complaint(tmp_path, **{f"{VARIABLE}_FILE": str(path)})

    assert f"names {file}, which does not exist" in said(file)
    assert "is a folder" in said(tmp_path)
    assert "Give it the path of a file" in said("")
    assert "which does not exist" in said("~/nowhere")
    if os.name == "posix":
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        assert "is a pipe or a device" in said(pipe)
        assert "is a pipe or a device" in said("/dev/zero")
    if os.name == "posix" and os.geteuid() != 0:
        file.write_text("sk-1")
        file.chmod(0)
        assert "permission denied" in said(file)


def test_a_value_in_place_of_a_path_is_not_repeated(tmp_path: Path) -> None:
    message = complaint(tmp_path, **{f"{VARIABLE}_FILE": "zq918273"})
    assert "names a file that does not exist" in message
    assert "zq918273" not in message


def test_both_variables_are_refused_unless_the_value_is_empty(tmp_path: Path, file: Path) -> None:
    file.write_text("sk-file")
    both = {VARIABLE: "sk-1", f"{VARIABLE}_FILE": str(file)}
    message = complaint(tmp_path, **both)
    assert f"{VARIABLE} and {VARIABLE}_FILE are both set" in message
    session = session_in(tmp_path, **{**both, VARIABLE: ""})
    assert session.get_connection("workspace", "crm").value == "sk-file"
    session = session_in(tmp_path, **{**both, f"{VARIABLE}_FILE": ""})
    assert session.get_connection("workspace", "crm").value == "sk-1"


def test_no_member_is_needed_for_a_workspace_connection(tmp_path: Path, file: Path) -> None:
    file.write_text("sk-1")
    session = session_in(tmp_path, **{f"{VARIABLE}_FILE": str(file)})
    text = APP + '[[members]]\nid = "nobody-here"\nrole = "admin"\n'
    (tmp_path / "attio-app.toml").write_text(text)
    assert session.get_connection("workspace", "crm").value == "sk-1"


def test_the_panel_names_the_variable_and_what_is_wrong_with_it(tmp_path: Path, file: Path) -> None:
    environ = {f"{VARIABLE}_FILE": str(file)}
    session = session_in(tmp_path, **environ)
    (row,) = overview(session, environ=environ)["connections"]
    assert (row["standing"], row["variable"]) == ("not-connected", f"{VARIABLE}_FILE")
    assert "does not exist" in row["detail"]
    file.write_text("sk-1")
    (row,) = overview(session, environ=environ)["connections"]
    assert row["standing"] == "connected"
    assert f"the environment variable {VARIABLE}_FILE of the Jupyter server" in row["detail"]
    assert row["stored_under"] is None


def test_a_variable_that_cannot_be_used_hides_no_other_connection(tmp_path: Path) -> None:
    session = session_in(tmp_path, **{f"{VARIABLE}_FILE": str(tmp_path / "nowhere")})
    other = '[[connections]]\nowner = "user"\nkey = "mail"\ntype = "secret"\n'
    (tmp_path / "attio-app.toml").write_text(APP + other)
    crm, mail = session.overview()
    assert "does not exist" in crm.problem
    assert (crm.stored, crm.variable, mail.problem) == (None, f"{VARIABLE}_FILE", "")
    shown = repr(ConnectionCommands(session, say=print, ask=None).overview())
    assert "does not exist" in shown
    assert "not connected: %connect user mail" in shown
    assert "does not exist" in try_connection(session, "workspace", "crm").message
    (wrong,) = [each for each in check_connections(session) if not each.well]
    assert "does not exist" in wrong.text


def test_keys_whose_variables_would_be_one_are_refused(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    other = '[[connections]]\nowner = "workspace"\nkey = "crm_file"\ntype = "secret"\n'
    (tmp_path / "attio-app.toml").write_text(APP + other)
    with pytest.raises(AppFileError, match=f"environment variable {VARIABLE}_FILE"):
        session.file.app()
