"""What a page is set to about being asked, and who says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Notebook

GET = "connection = get_workspace_connection(); f'got {connection.value}'"
TWICE = """
import asyncio
async def get():
    return get_workspace_connection()
await asyncio.gather(get(), get(), return_exceptions=True)
"""
ABOVE = (
    "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet. "
    "Connect above, or run %connect workspace."
)


@pytest.fixture
def raising_app(project: Path) -> None:
    """The app file says to raise."""
    file = project / "attio-app.toml"
    file.write_text(file.read_text().replace("[app]", '[app]\non_missing = "raise"'))


def test_a_page_can_let_the_cell_end_and_its_prompt_stays(any_notebook: Notebook) -> None:
    any_notebook.start(GET, cell_id="cell-1")
    prompt = any_notebook.prompt(on_missing="raise", timeout=0)
    ran = any_notebook.finish()
    assert ran.error == ABOVE
    assert ran.state == "asking"
    assert ran.traits["stdin_allowed"] is False
    assert len(ran.opened) == 1
    assert any_notebook.answer(prompt, "sk-later") == {"status": "ok"}
    any_notebook.await_state("connected")
    rerun = any_notebook.ask("attio_rerun", prompt_id=prompt["prompt_id"])
    assert rerun == {"status": "ok", "cell_id": "cell-1", "code": GET}
    assert any_notebook.run(GET).results == ["'got sk-later'"]


def test_two_getters_of_such_a_cell_leave_one_prompt(any_notebook: Notebook) -> None:
    any_notebook.start(TWICE)
    any_notebook.prompt(on_missing="raise")
    ran = any_notebook.finish()
    assert ran.results[-1].count("Connect above") == 2
    assert len(ran.opened) == 1
    assert ran.streams.count("your code caught the error") == 2


@pytest.mark.usefixtures("raising_app")
def test_a_page_can_let_the_cell_wait_where_the_app_file_says_to_raise(
    any_notebook: Notebook,
) -> None:
    any_notebook.start(GET, cell_id="cell-1")
    prompt = any_notebook.prompt(on_missing="ask")
    any_notebook.await_trait("stdin_allowed", bool)
    any_notebook.answer(prompt, "sk-typed")
    assert any_notebook.finish().results[-1] == "'got sk-typed'"
    assert any_notebook.ask("attio_rerun", prompt_id=prompt["prompt_id"])["status"] == "error"


@pytest.mark.usefixtures("raising_app")
def test_where_no_page_draws_a_prompt_the_app_file_is_heeded_and_none_stays(
    any_notebook: Notebook,
) -> None:
    ran = any_notebook.run(GET)
    assert ran.error == (
        "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet. "
        "Run %connect workspace."
    )
    assert len(ran.opened) == 1
    assert ran.state == "over"


@pytest.mark.usefixtures("raising_app")
def test_the_interrupt_button_ends_the_wait_for_a_page(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    any_notebook.await_opened()
    any_notebook.manager.interrupt_kernel()
    ran = any_notebook.finish()
    assert "Interrupted while waiting" in ran.error
    assert ran.state == "interrupted"


def test_a_page_can_say_how_long_to_wait(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    any_notebook.prompt(on_missing="", timeout=0.3)
    ran = any_notebook.finish()
    assert "Nobody answered for the workspace connection within 0.3 seconds" in ran.error
    assert ran.state == "timed-out"


@pytest.mark.parametrize(
    "settings",
    [
        {"on_missing": "explode", "timeout": -1},
        {"on_missing": ["raise"], "timeout": "1"},
        {"on_missing": {"raise": 1}, "timeout": True},
        {"on_missing": None, "timeout": None},
        {"timeout": [1]},
    ],
    ids=str,
)
def test_what_cannot_be_a_setting_is_no_wish(
    notebook: Notebook, settings: dict[str, object]
) -> None:
    notebook.start(GET)
    notebook.answer(notebook.prompt(**settings), "sk-typed")
    assert notebook.finish().results[-1] == "'got sk-typed'"


def test_what_the_first_page_says_holds(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt(on_missing="ask")
    second = notebook.ask("attio_ready", prompt_id=prompt["prompt_id"], on_missing="raise")
    assert second["state"] == "asking"
    notebook.answer(prompt, "sk-typed")
    assert notebook.finish().results[-1] == "'got sk-typed'"


def test_connect_waits_whatever_a_page_is_set_to(notebook: Notebook) -> None:
    notebook.start("%connect workspace")
    notebook.answer(notebook.prompt(on_missing="raise"), "sk-now")
    assert notebook.finish().status == "ok"


@pytest.mark.parametrize("chosen", ["%connect --on-missing ask", "os.environ[{0!r}] = 'ask'"])
def test_whoever_chose_to_wait_waits_whatever_a_page_is_set_to(
    notebook: Notebook, chosen: str
) -> None:
    notebook.run(chosen.format("ATTIO_NB_ON_MISSING"))
    notebook.start(GET)
    notebook.answer(notebook.prompt(on_missing="raise"), "sk-typed")
    ran = notebook.finish()
    notebook.run("os.environ.pop('ATTIO_NB_ON_MISSING', None)")
    assert ran.results[-1] == "'got sk-typed'"


def test_whoever_chose_to_raise_is_not_kept_waiting(notebook: Notebook) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start(GET)
    notebook.prompt(on_missing="ask")
    assert "Connect below" in notebook.finish().error


def test_a_cancelled_prompt_that_stayed_is_asked_again_in_the_next_cell(
    notebook: Notebook,
) -> None:
    notebook.start(GET)
    prompt = notebook.prompt(on_missing="raise")
    notebook.finish()
    assert notebook.cancel(prompt)["status"] == "ok"
    notebook.start(GET)
    notebook.answer(notebook.prompt(on_missing="ask"), "sk-typed")
    assert notebook.finish().results[-1] == "'got sk-typed'"
