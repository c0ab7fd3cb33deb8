"""What a page makes a Jupyter server do runs no module of the folder that it was started in."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.jupyter.conftest import Project, Server
from tests.loopback import serving
from tests.notebook.conftest import seal
from tests.notebook.provider import come_back, running_provider
from tests.strangers import lay_in_wait, modules_run

APP = """
[[connections]]
owner = "workspace"
type = "secret"
hosts = ["127.0.0.1"]
test_url = "{url}/me"
"""


@pytest.fixture
def stranger(
    start: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """A project whose server was started in its folder."""
    # The keyring's back ends are looked for, too.
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    (folder := tmp_path / "root" / "project").mkdir(parents=True)
    server = start(cwd=folder)
    folder.rmdir()
    project = Project(server, "project")
    # What a server imports when it starts is not ours.
    lay_in_wait(project.folder, tmp_path / "record.txt", "stranger_backend")
    return project


def answered(project: Project, prompt: dict[str, object], value: str) -> None:
    """Answer a prompt of the panel, and wait until that is dealt with."""
    sealed = seal(prompt, {"value": value})
    id = prompt["prompt_id"]
    reply = project.ask("attio_answer", prompt_id=id, action="connect", sealed=sealed)
    assert reply["status"] == "ok", reply
    while project.ask("attio_prompts", prompt_ids=[id])["prompts"][0]["state"] != "connected":
        pass


def test_the_panel_runs_nothing_of_the_folder(stranger: Project, tmp_path: Path) -> None:
    with serving() as service:
        stranger.write(APP.format(url=service.url))
        assert stranger.standings() == ["not-connected"]
        prompt = stranger.ask("attio_connect", owner="workspace", key=None)
        assert prompt["status"] == "ok", prompt
        answered(stranger, prompt, "sk-panel")
        assert stranger.standings() == ["connected"]
        assert stranger.ask("attio_test", owner="workspace", key=None)["ok"]
        for route in ("presets", "version"):
            assert stranger.server.request("GET", route).status_code == 200
        definition = {"owner": "user", "type": "secret", "title": "New"}
        saved = stranger.server.request(
            "POST", "definitions", json={"path": stranger.path, "definition": definition}
        )
        assert saved.json() == {"message": "", "owner": "user", "key": "new"}
        assert stranger.ask("attio_disconnect", owner="workspace", key=None)["was_connected"]
    assert modules_run(tmp_path / "record.txt") == []


def test_signing_in_runs_nothing_of_the_folder(stranger: Project, tmp_path: Path) -> None:
    with running_provider() as provider:
        stranger.file.write_text(provider.app_file())
        id = stranger.ask("attio_connect", owner="user", key=None)["prompt_id"]
        sign_in = {"prompt_id": id, "callback_url": "", "local": True}
        while (told := stranger.ask("attio_sign_in", **sign_in))["state"] == "preparing":
            pass
        come_back(told["authorization_url"], code="one")
        assert stranger.standings() == ["connected"]
        assert stranger.ask("attio_disconnect", owner="user", key=None)["was_connected"]
    assert modules_run(tmp_path / "record.txt") == []


def test_metadata_in_the_folder_is_not_the_version(stranger: Project) -> None:
    answer = stranger.server.request("GET", "version")
    assert answer.json() == {"version": version("attio-nb")}
