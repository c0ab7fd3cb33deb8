"""What the Connections tab asks of a kernel, on each ipykernel of the matrix."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from filelock import FileLock

from tests.loopback import reply, serving
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
THREADS = """
import threading
threads = threading.enumerate()
acting = [thread.name for thread in threads if "attio_disconnect" in thread.name]
waited_for = [thread.name for thread in threads if not thread.daemon]
acting, waited_for[1:]
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


@contextmanager
def vault_is_held(project: Path) -> Iterator[None]:
    """Hold the lock of the vault, as another process does while it writes."""
    folder = project.parent / "data" / "vault"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "vault.bin.lock", thread_local=False):
        yield


def await_session(notebook: Notebook, holds: Callable[[Message], bool]) -> Message:
    """Ask how the kernel stands each time that it says so, until that holds."""
    while not holds(now := notebook.ask("attio_session")):
        notebook.await_nudge()
    return now


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
        "unlisted_user": "",
        "from_next_cell": False,
        "app": {"id": "prospects", "workspace": "local"},
        "prompts": [],
        "variables": [],
    }
    made = "from attio_nb.hosting import process_hosting; process_hosting().session is None"
    assert any_notebook.run(made).results == ["True"]


def test_disconnecting_in_the_panel_is_disconnecting(any_notebook: Notebook) -> None:
    answer(any_notebook, connect(any_notebook), "sk-panel")
    done = any_notebook.ask("attio_disconnect", owner="workspace", key=None)
    assert done == {"status": "ok", "was_connected": True, "message": ""}
    again = any_notebook.ask("attio_disconnect", owner="workspace", key=None)
    assert again == {"status": "ok", "was_connected": False, "message": ""}
    assert "not connected" in any_notebook.run("%connect").results[0]


def test_renaming_a_key_and_removing_act_on_the_app_of_the_cells(notebook: Notebook) -> None:
    answer(notebook, connect(notebook), "sk-panel")
    moved = notebook.ask("attio_rename_key", owner="workspace", key=None, new_key="renamed")
    assert (moved["status"], moved["key"], moved["moved"]) == ("ok", "renamed", 1)
    get = "from attio_nb import get_workspace_connection as get; f\"{get('renamed').value}\""
    assert notebook.run(get).results == ["'sk-panel'"]
    refused = notebook.ask("attio_move_stored", owner="workspace", key="renamed", from_key=None)
    assert "nothing to move" in refused["message"]
    done = notebook.ask("attio_remove", owner="workspace", key="renamed", disconnect=True)
    assert (done["status"], done["was_connected"]) == ("ok", True)


def test_the_channel_goes_on_answering_while_an_action_waits(
    any_notebook: Notebook, project: Path
) -> None:
    answer(any_notebook, connect(any_notebook, "user"), "sk-panel")
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    with vault_is_held(project):
        waiting = any_notebook.send("attio_disconnect", owner="user", key=None)
        for _ in range(3):
            assert any_notebook.ask("attio_session")["status"] == "ok"
        assert any_notebook.ask("attio_prompts", prompt_ids=[])["prompts"] == []
        assert any_notebook.cancel(prompt) == {"status": "ok"}
        assert "You cancelled" in any_notebook.finish().error
        assert not any_notebook.has_replied(waiting)
    done = any_notebook.reply(waiting, to="attio_disconnect")
    assert done == {"status": "ok", "was_connected": True, "message": ""}


def test_an_interrupt_ends_the_cell_and_not_the_action_beside_it(
    any_notebook: Notebook, project: Path
) -> None:
    answer(any_notebook, connect(any_notebook), "sk-panel")
    any_notebook.start(WAIT_FOR_FILE)
    any_notebook.await_output("running")
    with vault_is_held(project):
        waiting = any_notebook.send("attio_disconnect", owner="workspace", key=None)
        any_notebook.manager.interrupt_kernel()
        assert "KeyboardInterrupt" in any_notebook.finish().error
        assert not any_notebook.has_replied(waiting)
    done = any_notebook.reply(waiting, to="attio_disconnect")
    assert done == {"status": "ok", "was_connected": True, "message": ""}
    assert any_notebook.run("1 + 1").results == ["2"]


def test_testing_tells_what_the_service_answers_and_keeps_nobody_waiting(
    any_notebook: Notebook, project: Path
) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def service(handler: BaseHTTPRequestHandler) -> None:
        asked.set()
        may_answer.wait(30)
        reply(handler)

    with serving(service) as running:
        file = project / "attio-app.toml"
        tested = f'hosts = ["127.0.0.1"]\ntest_url = "{running.url}/me"'
        file.write_text(file.read_text().replace('hosts = ["127.0.0.1"]', tested))
        answer(any_notebook, connect(any_notebook), "sk-panel")
        waiting = any_notebook.send("attio_test", owner="workspace", key=None)
        assert asked.wait(30)
        assert any_notebook.ask("attio_session")["status"] == "ok"
        assert any_notebook.run("1 + 1").results == ["2"]
        assert not any_notebook.has_replied(waiting)
        may_answer.set()
        told = any_notebook.reply(waiting, to="attio_test")
    assert told["ok"] is True, told
    assert running.received[0].headers["authorization"] == "Bearer sk-panel"


@pytest.mark.usefixtures("members")
def test_acting_as_somebody_holds_at_once_where_nothing_runs(any_notebook: Notebook) -> None:
    state = any_notebook.ask("attio_session")
    assert (state["acting"], state["problem"]) == (None, "")
    assert state["unlisted_user"] == getpass.getuser()
    state = any_notebook.ask("attio_act_as", user="bob")
    assert (state["acting"], state["problem"], state["from_next_cell"]) == (
        {"id": "bob", "role": "member"},
        "",
        False,
    )
    assert any_notebook.run("get_current_user()").results == ["{'id': 'bob'}"]


@pytest.mark.usefixtures("members")
def test_a_running_cell_keeps_its_member_and_the_next_has_another(
    any_notebook: Notebook, project: Path
) -> None:
    any_notebook.ask("attio_act_as", user="alice")
    any_notebook.start(WAIT_FOR_FILE)
    any_notebook.await_output("running")
    state = any_notebook.ask("attio_act_as", user="bob")
    assert state["acting"] == {"id": "bob", "role": "member"}
    assert state["from_next_cell"] is True
    go_on(project)
    assert any_notebook.finish().streams.endswith("alice alice\n")
    assert await_session(any_notebook, lambda now: not now["from_next_cell"])["acting"] == {
        "id": "bob",
        "role": "member",
    }
    assert any_notebook.run("get_current_user()").results == ["{'id': 'bob'}"]


@pytest.mark.usefixtures("members")
def test_a_cell_has_ended_also_where_what_comes_after_it_fails(notebook: Notebook) -> None:
    notebook.ask("attio_act_as", user="alice")
    unknown = "from attio_nb.session import default_session; default_session().missing.append(None)"
    assert "Error in callback" in notebook.run(unknown).streams
    assert notebook.ask("attio_act_as", user="bob")["from_next_cell"] is False
    assert notebook.run("get_current_user()").results == ["{'id': 'bob'}"]


@pytest.mark.usefixtures("members")
def test_a_choice_that_is_taken_back_changes_nothing(any_notebook: Notebook, project: Path) -> None:
    any_notebook.ask("attio_act_as", user="alice")
    any_notebook.start(WAIT_FOR_FILE)
    any_notebook.await_output("running")
    any_notebook.ask("attio_act_as", user="bob")
    assert any_notebook.ask("attio_act_as", user="alice")["from_next_cell"] is False
    go_on(project)
    any_notebook.finish()
    assert any_notebook.run("get_current_user()").results == ["{'id': 'alice'}"]


@pytest.mark.usefixtures("members")
def test_the_magic_takes_effect_at_once_and_outdoes_a_choice(
    any_notebook: Notebook, project: Path
) -> None:
    any_notebook.ask("attio_act_as", user="alice")
    any_notebook.start(WAIT_FOR_FILE + "%connect --as alice\nprint(get_current_user())")
    any_notebook.await_output("running")
    any_notebook.ask("attio_act_as", user="bob")
    go_on(project)
    assert any_notebook.finish().streams.endswith("{'id': 'alice'}\n")
    state = any_notebook.ask("attio_session")
    assert state["acting"]["id"] == "alice"
    assert state["from_next_cell"] is False


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("user", ["carol", "", None, ["bob"], {"id": "bob"}], ids=str)
def test_nobody_acts_who_is_no_member(notebook: Notebook, user: object) -> None:
    notebook.ask("attio_act_as", user="bob")
    refused = notebook.ask("attio_act_as", user=user)
    assert refused["status"] == "error"
    assert notebook.ask("attio_session")["acting"]["id"] == "bob"


@pytest.mark.usefixtures("members")
def test_what_is_connected_is_the_members_who_is_named(notebook: Notebook) -> None:
    notebook.ask("attio_act_as", user="alice")
    prompt = connect(notebook, "user", acting="bob")
    assert prompt["description"].endswith("on behalf of bob.")
    (waiting,) = notebook.ask("attio_session")["prompts"]
    assert waiting == {
        "prompt_id": prompt["prompt_id"],
        "owner": "user",
        "key": None,
        "user": "bob",
        "cell_id": "",
        "waiting": False,
    }
    answer(notebook, prompt, "sk-bob")
    assert notebook.ask("attio_session")["prompts"] == []
    refused = notebook.ask("attio_connect", owner="workspace", key=None, acting="bob")
    assert "only an admin can configure a workspace connection" in refused["message"]


def test_the_kernel_tells_of_prompts_in_cells_and_of_its_variables(notebook: Notebook) -> None:
    notebook.run("os.environ['ATTIO_NB_USER_CONNECTION__MAIL'] = 'sk-variable'")
    notebook.start(GET, cell_id="cell-7")
    prompt = notebook.prompt()
    state = notebook.ask("attio_session")
    notebook.cancel(prompt)
    notebook.finish()
    notebook.run("del os.environ['ATTIO_NB_USER_CONNECTION__MAIL']")
    assert state["variables"] == ["ATTIO_NB_USER_CONNECTION__MAIL"]
    (waiting,) = state["prompts"]
    assert (waiting["cell_id"], waiting["waiting"]) == ("cell-7", True)
    assert "sk-variable" not in str(state)


def test_what_a_cell_changes_around_it_is_told_of_once_it_has_ended(
    any_notebook: Notebook, tmp_path: Path
) -> None:
    assert any_notebook.ask("attio_session")["app"]["id"] == "prospects"
    any_notebook.run("os.environ['ATTIO_NB_USER_CONNECTION'] = 'sk-variable'")
    state = await_session(any_notebook, lambda state: state["variables"] != [])
    assert state["variables"] == ["ATTIO_NB_USER_CONNECTION"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "attio-app.toml").write_text('[app]\nid = "other"\nname = "Other"\n')
    any_notebook.run(f"os.chdir({str(tmp_path / 'other')!r})")
    await_session(any_notebook, lambda state: state["app"]["id"] == "other")


def test_what_is_meant_for_another_app_is_refused(notebook: Notebook) -> None:
    answer(notebook, connect(notebook), "sk-panel")
    meant = {"id": "prospects", "workspace": "local"}
    for other in ({"id": "other"}, {"workspace": "elsewhere"}):
        for action in ("attio_connect", "attio_disconnect", "attio_test"):
            refused = notebook.ask(action, owner="workspace", key=None, app=meant | other)
            assert "by now it is another app, Prospects." in refused["message"]
    done = notebook.ask("attio_disconnect", owner="workspace", key=None, app=meant)
    assert done["was_connected"] is True


def test_what_is_meant_for_an_app_makes_no_other_where_there_is_none(
    notebook: Notebook, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    notebook.run(f"os.chdir({str(bare)!r})")
    meant = {"id": "prospects", "workspace": "local"}
    refused = notebook.ask("attio_connect", owner="user", key=None, app=meant)
    assert "by now there is no app file" in refused["message"]
    assert list(bare.iterdir()) == []


def test_a_broken_app_file_is_the_reason_why_nobody_acts(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text("[app\n")
    state = notebook.ask("attio_session")
    assert state["status"] == "ok"
    assert state["acting"] is None
    assert "attio-app.toml" in state["problem"]


def test_the_prompt_below_a_cell_that_ended_is_connected_from_the_panel(
    any_notebook: Notebook,
) -> None:
    any_notebook.run("%connect --on-missing raise")
    any_notebook.start(GET, cell_id="cell-1")
    left = any_notebook.prompt()
    any_notebook.finish()
    answer(any_notebook, connect(any_notebook), "sk-panel")
    assert await_state(any_notebook, left, "connected")["message"] == (
        "Connected from another place."
    )
    rerun = any_notebook.ask("attio_rerun", prompt_id=left["prompt_id"])
    assert rerun == {"status": "ok", "cell_id": "cell-1", "code": GET}


def test_the_prompt_below_a_cell_is_connected_when_another_kernel_did_it(
    notebook: Notebook, any_notebook: Notebook
) -> None:
    notebook.run("%connect --on-missing raise")
    notebook.start(GET, cell_id="cell-1")
    left = notebook.prompt()
    notebook.finish()
    answer(any_notebook, connect(any_notebook), "sk-elsewhere")
    assert notebook.ask("attio_session")["prompts"] == []
    assert listed(notebook, left)["state"] == "connected"
    assert notebook.ask("attio_rerun", prompt_id=left["prompt_id"])["cell_id"] == "cell-1"


def test_a_cell_goes_on_whose_connection_was_defined_meanwhile(
    any_notebook: Notebook, project: Path
) -> None:
    file = project / "attio-app.toml"
    whole = file.read_text()
    file.write_text('[app]\nid = "prospects"\nname = "Prospects"\n')
    any_notebook.start(GET)
    assert any_notebook.prompt()["kind"] == "new-connection"
    file.write_text(whole)
    answer(any_notebook, connect(any_notebook), "sk-panel")
    assert any_notebook.finish().results[-1] == "'got sk-panel'"


def test_the_older_of_two_windows_is_told_and_speaks_of_no_cell(any_notebook: Notebook) -> None:
    older, newer = connect(any_notebook), connect(any_notebook)
    now = listed(any_notebook, older)
    assert (now["state"], now["message"]) == ("over", "Asked again in another place.")
    late = any_notebook.answer(older, "sk-late")
    assert late["message"] == "This prompt is over. Press Connect again."
    answer(any_notebook, newer, "sk-newer")
    assert any_notebook.run(GET).results == ["'got sk-newer'"]


def test_a_prompt_in_the_panel_outlives_the_cells_and_can_be_cancelled(
    any_notebook: Notebook,
) -> None:
    prompt = connect(any_notebook)
    assert any_notebook.run("1 + 1").results == ["2"]
    assert "No cell waits" in any_notebook.do(prompt, "stdin")["message"]
    assert any_notebook.cancel(prompt) == {"status": "ok"}
    assert listed(any_notebook, prompt)["state"] == "cancelled"
    assert any_notebook.ask("attio_session")["prompts"] == []


def test_pages_are_told_of_each_change_and_no_cell_is(any_notebook: Notebook) -> None:
    any_notebook.start(GET)
    prompt = any_notebook.prompt()
    assert any_notebook.await_nudge()["parent_header"] == {}
    assert any_notebook.ask("attio_session")["prompts"] != []
    any_notebook.answer(prompt, "sk-typed")
    any_notebook.finish()
    await_session(any_notebook, lambda now: now["prompts"] == [])


def test_pages_are_told_when_the_extension_comes_and_goes(any_notebook: Notebook) -> None:
    for magic in 3 * ("%unload_ext attio_nb", "%load_ext attio_nb"):
        begun = any_notebook.run(magic).seen[0]["header"]["date"]
        told = {"loaded": magic.startswith("%load")}
        # Messages of the tests before may still be on their way.
        while (nudge := any_notebook.await_nudge())["header"]["date"] < begun:
            pass
        while nudge["content"] != told:
            nudge = any_notebook.await_nudge()
    assert any_notebook.ask("attio_session")["status"] == "ok"


def test_a_prompt_of_before_an_unload_is_not_known_any_more(any_notebook: Notebook) -> None:
    prompt = connect(any_notebook)
    any_notebook.run("%unload_ext attio_nb\n%load_ext attio_nb")
    gone = any_notebook.answer(prompt, "sk-late")
    assert "belongs to another kernel, or to one that was restarted" in gone["message"]


@pytest.mark.usefixtures("members")
def test_a_silent_load_counts_as_no_cell(any_notebook: Notebook) -> None:
    any_notebook.run("%unload_ext attio_nb")
    any_notebook.client.execute("%load_ext attio_nb", silent=True)
    assert any_notebook.run("1 + 1").results == ["2"]
    state = any_notebook.ask("attio_act_as", user="alice")
    assert (state["acting"]["id"], state["from_next_cell"]) == ("alice", False)
    any_notebook.start(GET)
    any_notebook.answer(any_notebook.prompt(), "sk-typed")
    assert any_notebook.finish().results[-1] == "'got sk-typed'"


def test_what_cannot_be_meant_is_refused(notebook: Notebook) -> None:
    for name in ("attio_connect", "attio_disconnect"):
        for content in ({}, {"owner": "nobody"}, {"owner": ["user"]}, {"owner": "user", "key": 7}):
            refused = notebook.ask(name, **content)
            assert refused["status"] == "error"
            assert refused["message"].endswith(".")


def test_no_end_of_a_kernel_waits_for_an_action(any_notebook: Notebook, project: Path) -> None:
    answer(any_notebook, connect(any_notebook), "sk-panel")
    with vault_is_held(project):
        sent = any_notebook.send("attio_disconnect", owner="workspace", key=None)
        assert any_notebook.ask("attio_session")["status"] == "ok"
        assert any_notebook.run(THREADS).results == ["(['attio_nb attio_disconnect'], [])"]
    assert any_notebook.reply(sent, to="attio_disconnect")["status"] == "ok"
