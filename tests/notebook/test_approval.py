"""A getter asks before a stored value goes to hosts that its owner has not seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Message, Notebook

GET = "connection = get_workspace_connection(); f'got {connection.value}'"


@pytest.fixture
def evil(project: Path) -> Path:
    """A folder of somebody else's, whose app file has the same id and names another host."""
    text = (project / "attio-app.toml").read_text()
    folder = project.parent / "evil"
    folder.mkdir()
    (folder / "attio-app.toml").write_text(text.replace('"127.0.0.1"', '"evil.example"'))
    return folder


def connected(notebook: Notebook) -> Notebook:
    notebook.start(GET)
    notebook.answer(notebook.prompt(), "sk-typed")
    assert notebook.finish().status == "ok"
    return notebook


def asked(notebook: Notebook, folder: Path) -> Message:
    """Call the getter in another folder, and return the prompt that is drawn."""
    notebook.run(f"%cd -q {folder}")
    notebook.start(GET)
    return notebook.prompt()


def test_a_cell_waits_until_the_new_host_is_allowed(any_notebook: Notebook, evil: Path) -> None:
    prompt = asked(connected(any_notebook), evil)
    assert (prompt["kind"], prompt["new_addresses"]) == ("approval", ["evil.example"])
    assert prompt["heading"] == "attio-app.toml names a new address for “Sequencer API key”"
    assert "has not been sent there" in prompt["description"]
    assert any_notebook.do(prompt, "allow") == {"status": "ok"}
    ran = any_notebook.finish()
    assert (ran.state, ran.results[-1]) == ("connected", "'got sk-typed'")
    assert any_notebook.run(GET).opened == []


def test_a_cancel_hands_no_value_out(notebook: Notebook, evil: Path) -> None:
    prompt = asked(connected(notebook), evil)
    notebook.cancel(prompt)
    ran = notebook.finish()
    assert ran.status == "error"
    assert ran.error.startswith("UnapprovedAddressError: You did not allow evil.example")
    assert "\n" not in ran.error


def test_nothing_but_the_allow_button_allows(notebook: Notebook, evil: Path) -> None:
    prompt = asked(connected(notebook), evil)
    assert notebook.answer(prompt, "any value")["status"] == "error"
    for action in ("connect", "client-secret", "device", "again", "yes", "ALLOW"):
        assert notebook.do(prompt, action, "a value")["status"] == "error"
    notebook.cancel(prompt)
    assert notebook.finish().status == "error"


def test_a_prompt_for_a_value_cannot_be_allowed(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    assert notebook.do(prompt, "allow")["status"] == "error"
    notebook.answer(prompt, "sk-typed")
    assert notebook.finish().status == "ok"


def test_where_nobody_can_be_asked_the_command_is_named(notebook: Notebook, evil: Path) -> None:
    connected(notebook).run(f"%cd -q {evil}")
    ran = notebook.run(GET, allow_stdin=False)
    assert ran.status == "error"
    assert f"attio-nb allow {evil}/attio-app.toml" in ran.error
    assert "evil.example" in ran.error


@pytest.mark.parametrize(
    ("answers", "status"), [(["yes"], "ok"), (["what?", " YES "], "ok"), ([""], "error")]
)
def test_a_front_end_without_the_labextension_asks_in_a_line(
    notebook: Notebook, evil: Path, answers: list[str], status: str
) -> None:
    connected(notebook).run(f"%cd -q {evil}")
    ran = notebook.run(GET, *answers)
    assert ran.status == status
    assert "evil.example" in ran.streams


def test_the_panel_reviews_the_addresses(notebook: Notebook, evil: Path) -> None:
    connected(notebook).run(f"%cd -q {evil}")
    reply = notebook.ask("attio_approve", owner="workspace", key=None)
    assert (reply["kind"], reply["new_addresses"]) == ("approval", ["evil.example"])
    assert notebook.do(reply, "allow") == {"status": "ok"}
    while (
        notebook.ask("attio_prompts", prompt_ids=[reply["prompt_id"]])["prompts"][0]["state"]
        != "connected"
    ):
        notebook.await_nudge()
    assert notebook.run(GET).results == ["'got sk-typed'"]


def test_what_the_panel_allowed_ends_the_wait_of_a_cell(notebook: Notebook, evil: Path) -> None:
    asked(connected(notebook), evil)
    aside = notebook.ask("attio_approve", owner="workspace", key=None)
    assert notebook.do(aside, "allow") == {"status": "ok"}
    ran = notebook.finish()
    assert (ran.status, ran.state) == ("ok", "connected")


def test_connect_lists_the_new_addresses(notebook: Notebook, evil: Path) -> None:
    connected(notebook).run(f"%cd -q {evil}")
    assert "new addresses: evil.example" in notebook.run("%connect").results[-1]
