"""What a Jupyter server says of an app and its connections."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attio_nb.app.allowed import AllowedFiles
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.tab.place import vault_id

if TYPE_CHECKING:
    from tests.jupyter.conftest import Project, Server

    Start = Callable[..., Server]

SECRET = "a-very-secret-value"
WORKSPACE = """
[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer"
"""
USER = """
[[connections]]
owner = "user"
type = "secret"
"""
MEMBERS = """
[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""


def keep(project: Project, user: str = "alice", value: str = SECRET) -> None:
    """Connect somebody, as a kernel does."""
    slot = Slot(project.folder.name, "local", "user", user, None)
    stored = StoredConnection("an-id", SecretStr(value), user, datetime.now(UTC))
    project.server.vault.put(slot, stored)


def test_the_app_of_a_notebook_is_found_and_named_as_the_contents_api_does(
    project: Project,
) -> None:
    project.write(WORKSPACE, USER)
    (project.folder / "deep/er").mkdir(parents=True)
    state = project.server.state(f"{project.folder.name}/deep/er/notebook.ipynb")
    assert state["app"]["path"] == f"{project.folder.name}/attio-app.toml"
    assert state["own_user"] == "alice"
    assert state["problems"] == []
    assert state["vault"] == vault_id(project.server.vault)
    assert [each["standing"] for each in state["connections"]] == ["not-connected"] * 2


def test_what_another_process_connects_is_seen_and_no_value_is_in_any_answer(
    project: Project,
) -> None:
    project.write(USER)
    assert project.standings() == ["not-connected"]
    keep(project)
    state = project.state()
    assert [each["standing"] for each in state["connections"]] == ["connected"]
    assert SECRET not in str(state)
    assert SECRET not in project.server.log.read_text()


def test_one_acts_as_another_member(project: Project) -> None:
    project.write(WORKSPACE, USER, MEMBERS)
    keep(project, "bob")
    assert project.standings() == ["not-connected", "not-connected"]
    assert project.standings(acting="bob") == ["not-connected", "connected"]
    state = project.state(acting="carol")
    assert (state["acting"], state["unlisted_user"], state["problems"]) == (None, "carol", [])
    assert [each["standing"] for each in state["connections"]] == ["not-connected", "unknown"]


class TestABrokenAppFile:
    def test_is_told_with_its_line_and_what_it_said_last(self, project: Project) -> None:
        project.write(USER)
        (project.folder / "deep").mkdir()
        good = project.state()
        project.file.write_text(project.file.read_text() + "\nowner = \n")
        broken = project.state()
        assert broken["problems"] == [
            {
                "kind": "app-file",
                "message": broken["problems"][0]["message"],
                "line": len(project.file.read_text().splitlines()),
                "path": good["app"]["path"],
            }
        ]
        assert broken["problems"][0]["message"].startswith("attio-app.toml, line ")
        assert {**broken, "problems": []} == good
        # Another window, on another notebook of the same app.
        beside = project.server.state(f"{project.folder.name}/deep/other.ipynb")
        assert {**beside, "problems": []} == good
        project.write(USER, WORKSPACE)
        assert len(project.state()["connections"]) == 2

    def test_of_which_nothing_is_known_shows_no_app(self, project: Project) -> None:
        project.file.write_text("nonsense")
        state = project.state()
        assert (state["app"], state["connections"]) == (None, [])
        assert [each["kind"] for each in state["problems"]] == ["app-file"]
        assert state["problems"][0]["path"] == f"{project.folder.name}/attio-app.toml"

    def test_that_was_removed_leaves_nothing_behind(self, project: Project) -> None:
        project.write(USER)
        assert project.state()["app"]
        project.file.write_text("nonsense")
        assert project.state()["problems"]
        project.file.unlink()
        state = project.state()
        assert (state["app"], state["problems"]) == (None, [])


@pytest.mark.parametrize(
    "path",
    [
        "../outside/notebook.ipynb",
        "a/../../outside/notebook.ipynb",
        "/etc/notebook.ipynb",
        "//etc/notebook.ipynb",
        "no/such/folder/notebook.ipynb",
        "a\0b/notebook.ipynb",
        "x" * 5000 + "/notebook.ipynb",
        "..",
        "…/../..",
    ],
)
def test_a_path_that_is_none_of_the_servers_is_a_problem(server: Server, path: str) -> None:
    state = server.state(path)
    assert [each["kind"] for each in state["problems"]] == ["folder"]
    assert (state["app"], state["connections"]) == (None, [])
    assert state["own_user"] == "alice"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_folder_that_is_a_link_is_looked_at_where_its_kernel_is(
    project: Project, tmp_path: Path
) -> None:
    project.write(USER)
    link = project.server.root / f"link-to-{project.folder.name}"
    link.symlink_to(project.folder)
    state = project.server.state(f"{link.name}/notebook.ipynb")
    assert state["app"]["path"] == f"{project.folder.name}/attio-app.toml"


def test_a_server_variable_is_shown_by_its_name_and_looking_makes_neither_vault_nor_key(
    start: Start,
) -> None:
    name = "ATTIO_NB_USER_CONNECTION"
    server = start(**{name: SECRET})
    (server.root / "attio-app.toml").write_text(f'[app]\nid = "a"\n{WORKSPACE}{USER}')
    workspace, user = server.state("notebook.ipynb")["connections"]
    assert workspace["standing"] == "not-connected"
    assert (user["standing"], user["variable"]) == ("connected", name)
    assert SECRET not in str(user)
    assert not server.data.exists()


def test_two_windows_at_once_see_the_same(project: Project) -> None:
    project.write(WORKSPACE, USER)
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda _: project.state(), range(24)))
    assert all(state == states[0] for state in states)
    assert len(states[0]["connections"]) == 2


def test_fifty_connections_are_told_at_once(project: Project) -> None:
    project.write(
        *(
            f'[[connections]]\nowner = "user"\nkey = "k{number}"\ntype = "secret"\n'
            for number in range(50)
        )
    )
    assert len(project.state()["connections"]) == 50
    began = time.perf_counter()
    project.state()
    assert time.perf_counter() - began < 1


@pytest.mark.skipif(os.name == "nt", reason="Only an administrator may make a link.")
@pytest.mark.parametrize("link", ["file", "folder"])
def test_an_app_file_behind_a_link_out_of_the_root_is_neither_shown_nor_written(
    project: Project, tmp_path: Path, link: str
) -> None:
    (outside := tmp_path / "outside").mkdir()
    app_file = outside / "attio-app.toml"
    app_file.write_text(f'[app]\nid = "outside"\n{USER}')
    before = app_file.read_bytes()
    if link == "file":
        project.file.symlink_to(app_file)
    else:
        project.folder.rmdir()
        project.folder.symlink_to(outside)
    state = project.state()
    assert state["app"] is None
    assert state["connections"] == []
    [problem] = state["problems"]
    assert problem["kind"] == "app-file"
    assert "outside of the folder that this Jupyter server shows" in problem["message"]
    assert f"attio-nb allow {app_file}" in problem["message"]
    assert problem["path"] is None
    definition = {"owner": "workspace", "key": "new", "type": "secret", "title": "New"}
    saved = project.server.request(
        "POST", "definitions", json={"path": project.path, "definition": definition}
    ).json()
    assert "outside of the folder" in saved["message"]
    for type_ in ("attio_connect", "attio_test", "attio_disconnect"):
        assert project.ask(type_, owner="user", key=None)["status"] == "error"
    assert app_file.read_bytes() == before
    allowed = AllowedFiles(project.server.data / "allowed" / "allowed.json")
    allowed.allow(app_file)
    assert project.state()["app"]["id"] == "outside"
    saved = project.server.request(
        "POST", "definitions", json={"path": project.path, "definition": definition}
    ).json()
    assert "does not write it" in saved["message"]
    assert app_file.read_bytes() == before


def test_an_app_file_above_the_root_is_not_shown_and_not_read(server: Server) -> None:
    above = server.root.parent / "attio-app.toml"
    above.write_text("[app\nan error that would be shown")
    try:
        [problem] = server.state("notebook.ipynb")["problems"]
    finally:
        above.unlink()
    assert problem["kind"] == "app-file"
    assert problem["line"] is None
    assert "outside of the folder that this Jupyter server shows" in problem["message"]
