"""``on_missing = "raise"``: one line ends the cell, the prompt stays, the cell is run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loopback import reply, serving
from tests.notebook.conftest import Notebook, Ran

GET = "connection = get_workspace_connection(); f'got {connection.value}'"
SWALLOWED = """\
def prospects():
    try:
        return get_workspace_connection()
    except Exception:
        return []
prospects()
"""
REWRAPPED = """\
try:
    get_workspace_connection()
except Exception as error:
    raise RuntimeError("no prospects today") from error
"""
BARE = """\
try:
    get_workspace_connection()
except (ValueError, TypeError):
    pass
except:
    print("kept to myself")
"""
TASK_GROUP = """\
import asyncio
async def get():
    return get_workspace_connection()
async with asyncio.TaskGroup() as tasks:
    tasks.create_task(get())
"""


def raising(notebook: Notebook, code: str, *, cell_id: str = "cell-1") -> tuple[Ran, str]:
    """Run a cell that ends with a prompt left in it; return what it did and the prompt's id."""
    notebook.run("%connect --on-missing raise")
    notebook.start(code, cell_id=cell_id)
    prompt = notebook.prompt()
    return notebook.finish(), prompt["prompt_id"]


def test_the_cell_ends_with_one_line_and_the_prompt_stays(any_notebook: Notebook) -> None:
    ran, _ = raising(any_notebook, GET)
    assert ran.status == "error"
    assert ran.error == (
        "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet. "
        "Connect below, or run %connect workspace."
    )
    assert ran.state == "asking"


def test_an_answer_after_the_end_is_kept_and_the_cell_is_given_out_once(
    any_notebook: Notebook,
) -> None:
    ran, prompt_id = raising(any_notebook, GET)
    assert any_notebook.ask("attio_rerun", prompt_id=prompt_id)["status"] == "error"
    any_notebook.answer(ran.opened[-1], "sk-later")
    any_notebook.await_state("connected")
    rerun = any_notebook.ask("attio_rerun", prompt_id=prompt_id)
    assert rerun == {"status": "ok", "cell_id": "cell-1", "code": GET}
    assert any_notebook.ask("attio_rerun", prompt_id=prompt_id)["status"] == "error"
    assert any_notebook.run(GET).results == ["'got sk-later'"]


def test_a_cell_that_goes_on_by_itself_is_never_given_out(notebook: Notebook) -> None:
    notebook.start(GET, cell_id="cell-1")
    prompt = notebook.prompt()
    notebook.answer(prompt, "sk-typed")
    notebook.finish()
    assert notebook.ask("attio_rerun", prompt_id=prompt["prompt_id"])["status"] == "error"


def test_running_the_cell_again_ends_the_older_prompt(notebook: Notebook) -> None:
    ran, _ = raising(notebook, GET)
    raising(notebook, GET)
    assert "is over" in notebook.answer(ran.opened[-1], "sk-late")["message"]


@pytest.mark.parametrize(("where", "prompt"), [("app file", "above"), ("environment", "below")])
def test_the_app_file_and_the_environment_can_say_so(
    notebook: Notebook, project: Path, where: str, prompt: str
) -> None:
    if where == "app file":
        file = project / "attio-app.toml"
        file.write_text(file.read_text().replace("[app]", '[app]\non_missing = "raise"'))
    else:
        notebook.run("os.environ['ATTIO_NB_ON_MISSING'] = 'raise'")
    notebook.start(GET)
    notebook.prompt()
    ran = notebook.finish()
    notebook.run("os.environ.pop('ATTIO_NB_ON_MISSING', None)")
    assert f"Connect {prompt}, or run %connect workspace." in ran.error
    assert ran.state == "asking"
    assert len(ran.opened) == 1


def test_an_unknown_choice_in_the_environment_is_named(notebook: Notebook) -> None:
    notebook.run("os.environ['ATTIO_NB_ON_MISSING'] = 'explode'")
    ran = notebook.run(GET)
    notebook.run("os.environ.pop('ATTIO_NB_ON_MISSING')")
    assert 'ATTIO_NB_ON_MISSING is "explode"' in ran.error


def test_connect_asks_and_waits_all_the_same(notebook: Notebook) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start("%connect workspace")
    notebook.answer(notebook.prompt(), "sk-now")
    assert notebook.finish().status == "ok"
    assert notebook.run(GET).results == ["'got sk-now'"]


def test_a_swallowed_error_still_leads_to_the_prompt_and_names_the_line(
    any_notebook: Notebook,
) -> None:
    ran, _ = raising(any_notebook, SWALLOWED)
    assert ran.status == "ok"
    assert ran.results[0] == "[]"
    assert "your code caught the error" in ran.streams
    assert "line 4 of this cell (except Exception:)" in ran.streams


def test_a_wrapped_error_still_leads_to_the_prompt(notebook: Notebook) -> None:
    ran, _ = raising(notebook, REWRAPPED)
    assert "no prospects today" in ran.error
    assert "line 3 of this cell (except Exception as error:)" in ran.streams


def test_the_clause_that_caught_it_is_the_one_named(notebook: Notebook) -> None:
    ran, _ = raising(notebook, BARE)
    assert "line 5 of this cell (except:)" in ran.streams


def test_code_in_a_module_is_named_with_its_file(notebook: Notebook, project: Path) -> None:
    (project / "listing.py").write_text(
        "from attio_nb import get_workspace_connection\n"
        "def prospects():\n"
        "    try:\n"
        "        get_workspace_connection()\n"
        "    except Exception:\n"
        "        return []\n"
    )
    ran, _ = raising(
        notebook, "import sys; sys.path.insert(0, ''); import listing\nlisting.prospects()"
    )
    assert "line 5 of" in ran.streams
    assert "listing.py" in ran.streams


def test_an_error_that_reached_the_top_brings_no_warning(notebook: Notebook) -> None:
    ran, _ = raising(notebook, GET)
    assert "your code caught" not in ran.streams


def test_an_error_out_of_a_task_group_shows_as_itself(any_notebook: Notebook) -> None:
    ran, _ = raising(any_notebook, TASK_GROUP)
    assert ran.status == "error"
    assert ran.error.startswith("NoWorkspaceConnectionError: Nobody has connected")
    assert "your code caught" not in ran.streams
    assert any_notebook.run("1 + 1").results == ["2"]


def test_a_group_with_another_error_in_it_shows_whole(any_notebook: Notebook) -> None:
    ran = any_notebook.run('raise ExceptionGroup("both", [ValueError("mine")])')
    assert "ValueError: mine" in ran.streams + ran.error
    assert any_notebook.run("1 + 1").results == ["2"]


def test_two_swallowed_getters_lead_to_one_prompt(notebook: Notebook) -> None:
    ran, _ = raising(notebook, SWALLOWED + "prospects()")
    assert len(ran.opened) == 1


def test_a_getter_in_a_worker_thread_raises_and_leaves_a_prompt(any_notebook: Notebook) -> None:
    any_notebook.start("import asyncio\nawait asyncio.to_thread(get_workspace_connection)")
    any_notebook.prompt()
    ran = any_notebook.finish()
    assert "cannot wait for an answer. Run %connect workspace in a cell" in ran.error
    assert any_notebook.run("1 + 1").results == ["2"]


BUTTON = """
import ipywidgets
button, output = ipywidgets.Button(), ipywidgets.Output()
clicks = []
def click(button):
    try:
        get_workspace_connection()
    except Exception as error:
        clicks.append(str(error))
        raise
button.on_click(click)
button.comm.comm_id
"""


def test_a_getter_in_a_widgets_callback_raises_at_once(any_notebook: Notebook) -> None:
    comm_id = any_notebook.run(BUTTON).results[-1].strip("'")
    message = any_notebook.client.session.msg(
        "comm_msg",
        {
            "comm_id": comm_id,
            "data": {"method": "custom", "content": {"event": "click"}},
        },
    )
    any_notebook.client.shell_channel.send(message)
    clicks = any_notebook.run("clicks").results[-1]
    assert "in a widget's callback cannot wait" in clicks
    ran = any_notebook.run("1 + 1")
    assert ran.results == ["2"]
    assert ran.opened == []


def test_where_nobody_can_be_asked_no_prompt_is_left(notebook: Notebook) -> None:
    notebook.run("%connect --on-missing raise")
    ran = notebook.run(GET, allow_stdin=False)
    assert "nobody can be asked here" in ran.error
    assert ran.opened == []


def test_a_refused_request_ends_the_cell_with_what_the_service_said(notebook: Notebook) -> None:
    problem = b'{"detail": [{"loc": ["body", "email"], "msg": "Field required"}]}'
    headers = {"Content-Type": "application/json"}
    with serving(lambda handler: reply(handler, 422, problem, headers)) as server:
        ran = notebook.run(
            f"import attio_nb\n(await attio_nb.fetch('{server.url}/people?a=1')).raise_for_status()"
        )
    assert ran.error == (
        f"ResponseStatusError: GET {server.url}/people answered 422 Unprocessable Entity: "
        "“email: Field required”."
    )
