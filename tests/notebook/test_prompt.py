"""A getter that asks in the cell and waits there, on each ipykernel of the matrix."""

from __future__ import annotations

import json
from pathlib import Path

from tests.notebook.conftest import Notebook, seal

GET = "connection = get_workspace_connection(); f'got {connection.value}'"
GATHER = """
import asyncio
async def get():
    return get_workspace_connection()
await asyncio.gather(get(), get())
"""


def test_a_cell_waits_for_the_answer_and_goes_on(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    assert any_notebook.answer(prompt, "sk-typed") == {"status": "ok"}
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert ran.results[-1] == "'got sk-typed'"
    assert ran.state == "connected"


def test_an_awaited_cell_waits_for_the_answer_and_goes_on(any_notebook: Notebook) -> None:
    any_notebook.start(GATHER)
    any_notebook.answer(any_notebook.prompt(), "sk-typed")
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert len(ran.opened) == 1


def test_the_second_run_and_the_next_kernel_ask_nothing(
    any_notebook: Notebook, notebook: Notebook
) -> None:
    any_notebook.start(GET)
    any_notebook.answer(any_notebook.prompt(), "sk-typed")
    any_notebook.finish()
    assert any_notebook.run(GET).results == ["'got sk-typed'"]
    assert notebook.run(GET).results == ["'got sk-typed'"]


def test_a_cancel_ends_the_cell_with_one_line(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    assert any_notebook.cancel(any_notebook.prompt())["status"] == "ok"
    ran = any_notebook.finish()
    assert ran.status == "error"
    assert ran.error == (
        "NoWorkspaceConnectionError: You cancelled connecting the workspace connection. "
        "Run the cell again to be asked again."
    )


def test_two_getters_in_a_gather_ask_once_when_cancelled(any_notebook: Notebook) -> None:
    any_notebook.start(GATHER)
    any_notebook.cancel(any_notebook.prompt())
    ran = any_notebook.finish()
    assert "You cancelled" in ran.error
    assert len(ran.opened) == 1
    assert any_notebook.run("1 + 1").results == ["2"]


def test_the_interrupt_button_ends_the_wait_and_the_kernel_lives(any_notebook: Notebook) -> None:
    for code in (GET, GATHER):
        any_notebook.start(code)
        any_notebook.prompt()
        any_notebook.manager.interrupt_kernel()
        ran = any_notebook.finish()
        assert "Interrupted while waiting for the workspace connection" in ran.error
        assert ran.state == "interrupted"
    assert any_notebook.run("1 + 1").results == ["2"]
    assert any_notebook.run("import signal; signal.getsignal(signal.SIGINT).__name__").results == [
        "'default_int_handler'"
    ]


def test_nobody_answering_in_time_ends_the_cell(any_notebook: Notebook, project: Path) -> None:
    app_file = project / "attio-app.toml"
    app_file.write_text(app_file.read_text().replace('name = "Prospects"', "prompt_timeout = 0.3"))
    any_notebook.start(GET)
    any_notebook.prompt()
    ran = any_notebook.finish()
    assert "Nobody answered for the workspace connection within 0.3 seconds" in ran.error
    assert ran.state == "timed-out"


def test_a_bad_value_is_told_in_the_prompt_which_stays(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    for value, said in {
        "": "Nothing was entered",
        " \u200b\n": "Nothing was entered",
        "x" * 100_000: "100,000 characters long",
        "sk–dash": "U+2013",
    }.items():
        reply = any_notebook.answer(prompt, value)
        assert reply["status"] == "error"
        assert reply["retry"] is True
        assert said in reply["message"]
    any_notebook.answer(prompt, "sk-good")
    assert any_notebook.finish().results[-1] == "'got sk-good'"


def test_an_answer_that_is_sent_twice_counts_once(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    sealed = seal(prompt, {"value": "sk-one"})
    send = {"prompt_id": prompt["prompt_id"], "action": "connect", "sealed": sealed}
    assert notebook.ask("attio_answer", **send)["status"] == "ok"
    again = notebook.ask("attio_answer", **send)
    assert again["status"] == "error"
    assert "answered already" in again["message"] or "is over" in again["message"]
    assert notebook.finish().results[-1] == "'got sk-one'"


def test_an_answer_for_a_prompt_that_is_over_is_refused(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    notebook.cancel(prompt)
    notebook.finish()
    assert "is over" in notebook.answer(prompt, "sk-late")["message"]
    assert "You cancelled" not in notebook.run("%connect").error
    assert "not connected" in notebook.run("%connect").results[0]


def test_an_answer_for_another_kernels_prompt_is_refused(
    notebook: Notebook, any_notebook: Notebook
) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    assert "another kernel" in any_notebook.answer(prompt, "sk-stray")["message"]
    notebook.cancel(prompt)
    notebook.finish()


def test_an_answer_that_was_tampered_with_is_refused_and_the_prompt_stays(
    notebook: Notebook,
) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    other = {**prompt, "prompt_id": "0" * 32}
    for sealed in (seal(other, {"value": "x"}), {"nonce": "AA=="}, "text", None, [1]):
        reply = notebook.ask(
            "attio_answer", prompt_id=prompt["prompt_id"], action="connect", sealed=sealed
        )
        assert "could not be opened" in reply["message"]
    notebook.answer(prompt, "sk-good")
    assert notebook.finish().status == "ok"


def test_a_page_that_was_reloaded_finds_the_prompt_again(any_notebook: Notebook) -> None:
    any_notebook.start(GET, cell_id="cell-7")
    prompt = any_notebook.prompt()
    listed = any_notebook.ask("attio_prompts", prompt_ids=["unknown", prompt["prompt_id"]])
    (found,) = listed["prompts"]
    assert found["cell_id"] == "cell-7"
    assert found["state"] == "asking"
    assert found["heading"] == "Connect Sequencer API key"
    any_notebook.answer(found, "sk-typed")
    assert any_notebook.finish().status == "ok"


def test_the_prompt_tells_whose_connection_it_is(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    assert prompt["heading"] == "Connect Sequencer API key"
    assert prompt["description"] == (
        "A workspace connection of Prospects: one value, shared by every member of the workspace. "
        "It may be sent to 127.0.0.1."
    )
    assert prompt["help_url"] == "https://sequencer.example/keys"
    notebook.cancel(prompt)
    notebook.finish()


def test_no_message_that_leaves_the_kernel_holds_the_value(notebook: Notebook) -> None:
    notebook.start("get_workspace_connection()")
    notebook.answer(notebook.prompt(), "sk-very-secret")
    ran = notebook.finish()
    assert "••••" in ran.results[-1]
    assert "very-secret" not in json.dumps(ran.seen, default=str)


def test_a_connection_made_in_another_kernel_ends_the_wait(
    notebook: Notebook, any_notebook: Notebook
) -> None:
    notebook.start(GET)
    notebook.prompt()
    any_notebook.start(GET)
    any_notebook.answer(any_notebook.prompt(), "sk-elsewhere")
    any_notebook.finish()
    ran = notebook.finish()
    assert ran.results[-1] == "'got sk-elsewhere'"
    assert ran.state == "connected"


def test_with_no_labextension_the_kernels_own_line_asks(any_notebook: Notebook) -> None:
    ran = any_notebook.run(GET, "sk–dash", "sk-line")
    assert ran.results[-1] == "'got sk-line'"
    assert "U+2013" in ran.streams
    assert "Where to find it: https://sequencer.example/keys" in ran.streams
    assert "sk-line" not in ran.streams


def test_a_browser_that_cannot_seal_is_asked_in_the_kernels_line(notebook: Notebook) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    assert prompt["stdin_allowed"] is True
    notebook.ask("attio_answer", prompt_id=prompt["prompt_id"], action="stdin")
    assert notebook.client.get_stdin_msg(timeout=10)["content"]["password"] is True
    notebook.client.input("sk-line")
    assert notebook.finish().results[-1] == "'got sk-line'"


def test_an_empty_line_cancels(any_notebook: Notebook) -> None:
    ran = any_notebook.run(GATHER, "")
    assert "You cancelled" in ran.error
    assert any_notebook.run("1 + 1").results == ["2"]


def test_where_nobody_can_be_asked_the_cell_ends_at_once(any_notebook: Notebook) -> None:
    ran = any_notebook.run(GET, allow_stdin=False)
    assert ran.opened == []
    assert ran.error == (
        "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet, and nobody can "
        "be asked here. Run %load_ext attio_nb and %connect workspace in a notebook, run attio-nb "
        "connect workspace in a terminal, or set the environment variable "
        "ATTIO_NB_WORKSPACE_CONNECTION."
    )


def test_without_an_app_file_the_answer_makes_one(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").unlink()
    notebook.start(GET)
    prompt = notebook.prompt()
    assert prompt["kind"] == "new-connection"
    assert prompt["heading"] == "This app has no workspace connection yet"
    assert prompt["app_file"] == "attio-app.toml"
    assert (
        notebook.answer(prompt, "sk-1", title="My key", hosts=["api.example.com"])["status"] == "ok"
    )
    assert notebook.finish().results[-1] == "'got sk-1'"
    written = (project / "attio-app.toml").read_text()
    assert 'title = "My key"' in written
    assert "api.example.com" in written
    assert "sk-1" not in written
    assert notebook.run(GET).results == ["'got sk-1'"]
