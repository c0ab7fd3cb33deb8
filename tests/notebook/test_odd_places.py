"""Getters where nobody expects them: in forks, late tasks, beside a half-saved app file."""

from __future__ import annotations

import time
from pathlib import Path

from tests.notebook.conftest import Notebook, seal

GET = "connection = get_workspace_connection(); f'got {connection.value}'"
LATE = """\
import asyncio
async def later():
    await asyncio.sleep(0.2)
    try:
        get_workspace_connection()
    except Exception as error:
        open("caught", "w").write(str(error))
task = asyncio.create_task(later())
"""
FORK = """\
import multiprocessing
child = multiprocessing.get_context("fork").Process(target=get_workspace_connection)
child.start()
child.join(20)
child.exitcode
"""
POOL = """\
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
    error = pool.submit(get_workspace_connection).exception(30)
    alive = pool.submit(len, "alive").result(30)
(type(error).__name__, alive)
"""
TWO = """\
import asyncio
from attio_nb import server_function
@server_function
async def one():
    get_workspace_connection()
@server_function
async def two():
    get_workspace_connection()
await asyncio.gather(one(), two())
"""


def test_a_task_that_outlives_its_cell_raises_instead_of_waiting(
    any_notebook: Notebook, project: Path
) -> None:
    any_notebook.run(LATE)
    caught = project / "caught"
    until = time.monotonic() + 20
    while not (caught.exists() and caught.read_text()) and time.monotonic() < until:
        pass
    assert "cannot wait for an answer" in caught.read_text()
    assert any_notebook.run("1 + 1").results == ["2"]


def test_a_forked_process_raises_instead_of_waiting(notebook: Notebook) -> None:
    assert notebook.run(FORK).results[-1] == "1"


def test_a_process_pool_hands_the_error_back_and_lives(notebook: Notebook) -> None:
    assert notebook.run(POOL).results[-1] == "('NoWorkspaceConnectionError', 5)"


def test_a_cell_that_runs_others_may_wait_after_them(notebook: Notebook) -> None:
    notebook.start("get_ipython().run_cell('1 + 1')\n" + GET)
    notebook.answer(notebook.prompt(), "sk-after")
    assert notebook.finish().results[-1] == "'got sk-after'"


def test_an_app_file_that_is_half_saved_meanwhile_does_no_harm(
    notebook: Notebook, project: Path
) -> None:
    file = project / "attio-app.toml"
    whole = file.read_text()
    notebook.start(GET)
    prompt = notebook.prompt()
    file.write_text("[app\n")
    assert notebook.answer(prompt, "sk-typed")["status"] == "ok"
    ran = notebook.finish()
    assert ran.state == "connected"
    file.write_text(whole)
    assert notebook.run(GET).results == ["'got sk-typed'"]


def test_unloading_ends_a_prompt_that_was_left(notebook: Notebook) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start(GET, cell_id="cell-1")
    notebook.prompt()
    notebook.finish()
    ran = notebook.run("%unload_ext attio_nb")
    said = {"text/plain": "attio_nb was unloaded. Load it, then run the cell again."}
    assert ran.updated == [said]
    assert notebook.run("get_ipython().custom_exceptions").results == ["()"]


def test_two_server_functions_of_a_gather_ask_once_when_cancelled(any_notebook: Notebook) -> None:
    any_notebook.start(TWO)
    any_notebook.cancel(any_notebook.prompt())
    ran = any_notebook.finish()
    assert "You cancelled" in ran.error
    assert len(ran.opened) == 1


def test_a_thread_that_dies_of_the_error_brings_no_reproach(notebook: Notebook) -> None:
    notebook.start(
        "import threading\n"
        "thread = threading.Thread(target=get_workspace_connection)\n"
        "thread.start()\nthread.join()"
    )
    notebook.prompt()
    assert "your code caught" not in notebook.finish().streams


def test_a_value_never_shows_in_a_verbose_traceback(notebook: Notebook) -> None:
    notebook.start("get_workspace_connection()")
    notebook.answer(notebook.prompt(), "sk-very-secret")
    notebook.finish()
    notebook.run("%xmode Verbose")
    ran = notebook.run(
        "from attio_nb import fetch\n"
        "async def send():\n"
        "    connection = get_workspace_connection()\n"
        "    return await fetch('http://127.0.0.1:1', auth=connection.auth(), body=123)\n"
        "await send()"
    )
    notebook.run("%xmode Context")
    assert ran.status == "error"
    assert "very-secret" not in ran.error


def test_an_answer_that_is_no_answer_gets_a_reply(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    odd = seal(prompt, {"value": "sk-1", "hosts": 5})
    reply = notebook.ask(
        "attio_answer", prompt_id=prompt["prompt_id"], action="connect", sealed=odd
    )
    assert "That did not work" in reply["message"]
    notebook.answer(prompt, "sk-good")
    assert notebook.finish().status == "ok"
