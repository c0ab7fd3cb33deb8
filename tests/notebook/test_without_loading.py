"""Getters in a kernel where nobody has run ``%load_ext attio_nb``."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Notebook

FORGET = """
%unload_ext attio_nb
from attio_nb.hosting import process_hosting
from attio_nb.session import default_session
default_session.cache_clear()
process_hosting().session = None
"""
GET = "f'got {get_workspace_connection().value}'"


@pytest.fixture
def unloaded(any_notebook: Notebook) -> Notebook:
    """A kernel with neither the extension nor a session."""
    assert any_notebook.run(FORGET).status == "ok"
    return any_notebook


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    """The same on the newest ipykernel alone."""
    assert notebook.run(FORGET).status == "ok"
    return notebook


def test_a_getter_asks_in_its_cell(unloaded: Notebook) -> None:
    unloaded.start(GET)
    assert unloaded.answer(unloaded.prompt(), "sk-typed") == {"status": "ok"}
    assert unloaded.finish().results[-1] == "'got sk-typed'"
    assert unloaded.run(GET).results == ["'got sk-typed'"]


def test_pages_are_told_that_the_kernel_answers(unloaded: Notebook) -> None:
    unloaded.start(GET)
    prompt = unloaded.prompt()
    while not unloaded.await_nudge()["content"]["loaded"]:
        pass
    (asked,) = unloaded.ask("attio_session")["prompts"]
    assert asked["prompt_id"] == prompt["prompt_id"]
    unloaded.cancel(prompt)
    assert unloaded.finish().status == "error"


def test_no_labextension_has_the_line_ask(notebook: Notebook) -> None:
    ran = notebook.run(GET, "sk-line")
    assert ran.results[-1] == "'got sk-line'"


def test_where_nobody_can_be_asked_the_cell_ends_at_once(notebook: Notebook) -> None:
    ran = notebook.run(GET, allow_stdin=False)
    assert "nobody can be asked here" in ran.error
    assert ran.opened == []


def test_the_magics_that_an_error_names_are_there(notebook: Notebook) -> None:
    notebook.start(GET)
    notebook.cancel(notebook.prompt())
    notebook.finish()
    assert "acting as" in notebook.run("%connect").results[0]


def test_magics_of_the_same_name_stay_until_ours_are_loaded(notebook: Notebook) -> None:
    notebook.run("get_ipython().register_magic_function(lambda line: 'theirs', 'line', 'connect')")
    notebook.run(GET, allow_stdin=False)
    assert notebook.run("%connect").results == ["'theirs'"]
    notebook.run("%load_ext attio_nb")
    assert "acting as" in notebook.run("%connect").results[0]


def test_a_getter_asks_after_unloading(notebook: Notebook) -> None:
    notebook.run("%load_ext attio_nb")
    notebook.run("get_user_connection()", allow_stdin=False)
    notebook.run("%unload_ext attio_nb")
    notebook.start(GET)
    notebook.answer(notebook.prompt(), "sk-again")
    assert notebook.finish().results[-1] == "'got sk-again'"


def test_loading_later_asks_once(notebook: Notebook) -> None:
    notebook.run(GET, allow_stdin=False)
    notebook.run("%load_ext attio_nb")
    notebook.start(GET)
    notebook.cancel(notebook.prompt())
    assert len(notebook.finish().opened) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        "from concurrent.futures import ThreadPoolExecutor\n"
        "error = ThreadPoolExecutor().submit(get_workspace_connection).exception()",
        "import threading\n"
        "thread = threading.Thread(target=get_workspace_connection)\n"
        "thread.start(); thread.join()",
    ],
)
def test_a_thread_cannot_wait_and_the_cell_that_started_it_can(
    notebook: Notebook, elsewhere: str
) -> None:
    notebook.start(f"{elsewhere}\n{GET}")
    notebook.answer(notebook.prompt(), "sk-typed")
    assert notebook.finish().results[-1] == "'got sk-typed'"


def test_a_thread_is_told_to_load_the_magics_first(notebook: Notebook) -> None:
    ran = notebook.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "str(ThreadPoolExecutor().submit(get_workspace_connection).exception())"
    )
    assert "Run %load_ext attio_nb and %connect workspace in a cell" in ran.results[0]


def test_a_forked_process_asks_nobody(notebook: Notebook) -> None:
    ran = notebook.run(
        "import multiprocessing\n"
        "child = multiprocessing.get_context('fork').Process(target=get_workspace_connection)\n"
        "child.start(); child.join(20); child.exitcode"
    )
    assert ran.results[-1] == "1"
    assert ran.opened == []


@pytest.mark.parametrize("module", ["attio_nb", "attio_nb.api"])
def test_a_cell_within_a_cell_asks_and_so_does_the_rest(notebook: Notebook, module: str) -> None:
    other = f"from {module} import get_user_connection; get_user_connection()"
    notebook.start(f"get_ipython().run_cell({other!r})\n{GET}")
    notebook.answer(notebook.prompt(), "sk-first")
    notebook.answer(notebook.prompt(), "sk-second")
    assert notebook.finish().results[-1] == "'got sk-second'"
