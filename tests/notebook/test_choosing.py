"""A user whom the app file does not list chooses a member, in the cell that needs one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Message, Notebook

MEMBERS = """
[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
WHO = "get_current_user()"
GET = "get_user_connection('mail')"


@pytest.fixture(autouse=True)
def members(project: Path) -> None:
    with (project / "attio-app.toml").open("a") as file:
        file.write(MEMBERS)


def choose(notebook: Notebook, prompt: Message, member: object) -> Message:
    content = {"prompt_id": prompt["prompt_id"], "action": "choose", "member": member}
    return notebook.ask("attio_answer", **content)


def test_the_cell_goes_on_as_the_member_who_is_chosen(any_notebook: Notebook) -> None:
    any_notebook.start(WHO)
    prompt = any_notebook.prompt()
    assert (prompt["kind"], prompt["heading"]) == ("member", "Choose who you are")
    assert prompt["members"] == [{"id": "alice", "role": "admin"}, {"id": "bob", "role": "member"}]
    assert "is not one of them" in prompt["description"]

    assert choose(any_notebook, prompt, "bob") == {"status": "ok"}
    ran = any_notebook.finish()
    assert (ran.status, ran.results[-1], ran.traits["message"]) == (
        "ok",
        "{'id': 'bob'}",
        "Acting as bob.",
    )
    assert any_notebook.run(WHO).opened == []


@pytest.mark.parametrize(
    "code", ["%connect", "%disconnect workspace", "get_workspace_connection()"]
)
def test_whatever_needs_a_member_asks(notebook: Notebook, code: str) -> None:
    notebook.start(code)
    prompt = notebook.prompt()
    assert prompt["kind"] == "member"
    notebook.cancel(prompt)
    ran = notebook.finish()
    assert ran.error.startswith("UnknownMemberError: You chose no member of this app")
    assert "\n" not in ran.error


def test_a_server_function_that_has_begun_goes_on_as_the_member(notebook: Notebook) -> None:
    notebook.run("from attio_nb import server_function")
    notebook.run("@server_function\nasync def who() -> str:\n    return get_current_user()['id']")
    notebook.start("await who(), await who()")
    choose(notebook, notebook.prompt(), "bob")
    assert notebook.finish().results[-1] == "('bob', 'bob')"


@pytest.mark.parametrize("member", ["carol", "", None, ["bob"]], ids=repr)
def test_nobody_else_can_be_chosen(notebook: Notebook, member: object) -> None:
    notebook.start(WHO)
    prompt = notebook.prompt()
    assert choose(notebook, prompt, member)["status"] == "error"
    assert notebook.answer(prompt, "a value")["status"] == "error"
    assert choose(notebook, prompt, "alice")["status"] == "ok"
    assert notebook.finish().results[-1] == "{'id': 'alice'}"


def test_a_choice_in_the_panel_releases_the_cell(notebook: Notebook) -> None:
    notebook.start(WHO)
    notebook.prompt()
    notebook.ask("attio_act_as", user="bob")
    ran = notebook.finish()
    assert (ran.status, ran.results[-1]) == ("ok", "{'id': 'bob'}")
    assert ran.traits["message"] == "Acting as bob, as chosen in another place."


def test_the_panel_takes_the_question_for_no_connection(notebook: Notebook) -> None:
    notebook.start(WHO)
    prompt = notebook.prompt()
    assert notebook.ask("attio_session")["prompts"] == []
    choose(notebook, prompt, "bob")
    notebook.finish()


def test_where_nobody_can_be_asked_the_error_says_what_to_do(notebook: Notebook) -> None:
    ran = notebook.run(WHO, allow_stdin=False)
    assert "who is not a member in attio-app.toml" in ran.error
    assert "ATTIO_NB_ACTING_AS=alice" in ran.error
    notebook.run("%connect --on-missing raise")
    assert "who is not a member in attio-app.toml" in notebook.run(WHO).error
    outside = (
        "try:\n    acting_as('carol').__enter__()\nexcept Exception as e: print(type(e).__name__)"
    )
    assert "UnknownMemberError" in notebook.run(outside).streams


def test_a_line_asks_where_no_page_draws_the_question(notebook: Notebook) -> None:
    ran = notebook.run(WHO, "carol", "bob")
    assert (ran.status, ran.results[-1]) == ("ok", "{'id': 'bob'}")
    assert "Choose who you are" in ran.streams
    assert "  alice (admin)\n  bob (member)\n" in ran.streams
    assert '"carol" is no member in attio-app.toml.' in ran.streams
    assert "Acting as bob." in ran.streams
