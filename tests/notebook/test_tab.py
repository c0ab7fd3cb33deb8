"""What the Connections tab asks of a kernel, on each ipykernel of the matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Message, Notebook

GET = "connection = get_workspace_connection(); f'got {connection.value}'"
MEMBERS = """
[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
WAIT_FOR_FILE = """
import os, time
before = get_current_user()["id"]
print("running")
while not os.path.exists("go"):
    time.sleep(0.01)
print(before, get_current_user()["id"])
"""


@pytest.fixture
def members(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice and bob are members of the workspace."""
    file = project / "attio-app.toml"
    file.write_text(file.read_text() + MEMBERS)


def connect(notebook: Notebook, owner: str = "workspace", **more: object) -> Message:
    """Press Connect in the panel, and return the prompt that is drawn there."""
    reply = notebook.ask("attio_connect", owner=owner, key=None, **more)
    assert reply["status"] == "ok", reply
    assert notebook.ask("attio_ready", prompt_id=reply["prompt_id"])["status"] == "ok"
    return reply


def answer(notebook: Notebook, prompt: Message, value: str) -> Message:
    """Answer in the panel, and return the prompt as it stands once that is dealt with."""
    assert notebook.answer(prompt, value) == {"status": "ok"}
    return await_state(notebook, prompt, "connected")


def await_state(notebook: Notebook, prompt: Message, state: str) -> Message:
    """Ask for a prompt each time that the kernel says so, until it has come so far."""
    while (now := listed(notebook, prompt))["state"] != state:
        notebook.await_nudge()
    return now


def listed(notebook: Notebook, prompt: Message) -> Message:
    """Return a prompt as it stands."""
    (found,) = notebook.ask("attio_prompts", prompt_ids=[prompt["prompt_id"]])["prompts"]
    there: Message = found
    return there


def go_on(project: Path) -> None:
    """Let the cell that waits for a file go on."""
    (project / "go").touch()


def test_connecting_while_nothing_runs_serves_the_next_cell(any_notebook: Notebook) -> None:
    prompt = connect(any_notebook)
    assert prompt["cell_id"] == ""
    assert prompt["heading"] == "Connect Sequencer API key"
    assert answer(any_notebook, prompt, "sk-panel")["message"] == (
        "Connected the workspace connection."
    )
    assert any_notebook.run(GET).results == ["'got sk-panel'"]


def test_a_cell_that_waits_goes_on_when_the_panel_connects(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    any_notebook.prompt()
    answer(any_notebook, connect(any_notebook), "sk-panel")
    ran = any_notebook.finish()
    assert ran.results[-1] == "'got sk-panel'"
    assert ran.state == "connected"
    assert len(ran.opened) == 1


def test_connecting_beside_a_cell_that_runs_long(any_notebook: Notebook, project: Path) -> None:
    any_notebook.start(WAIT_FOR_FILE)
    any_notebook.await_output("running")
    answer(any_notebook, connect(any_notebook), "sk-panel")
    go_on(project)
    assert any_notebook.finish().status == "ok"
    assert any_notebook.run(GET).results == ["'got sk-panel'"]


def test_the_kernel_tells_how_it_stands_before_anything_was_used(any_notebook: Notebook) -> None:
    state = any_notebook.ask("attio_session")
    own = any_notebook.run("import getpass; getpass.getuser()").results[0].strip("'")
    assert len(state.pop("vault")) == 16
    assert state == {
        "status": "ok",
        "acting": {"id": own, "role": "admin"},
        "problem": "",
        "from_next_cell": False,
        "prompts": [],
        "variables": [],
    }
    made = "from attio_nb.hosting import process_hosting; process_hosting().session is None"
    assert any_notebook.run(made).results == ["True"]
