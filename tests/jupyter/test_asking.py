"""Connecting, testing and disconnecting by way of the Jupyter server, without any kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from attio_nb.callback import state_hash
from attio_nb.connections.model import Slot
from attio_nb.sandbox.server import running_sandbox
from tests.loopback import reply, serving
from tests.notebook.conftest import seal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.jupyter.conftest import Project, Server

Reply = dict[str, Any]

SECRET = "a-secret-that-was-typed"
APP = """
[[connections]]
owner = "workspace"
type = "secret"

[[connections]]
owner = "user"
type = "secret"
title = "your key"

[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""
SIGN_IN = """
[[connections]]
owner = "user"
type = "oauth2"
issuer = "{issuer}"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "sequences:read"]
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def until(project: Project, prompt: Reply, *states: str) -> Reply:
    """Ask about a prompt until it is in one of these states."""
    while True:
        shown = project.ask("attio_prompts", prompt_ids=[prompt["prompt_id"]])["prompts"][0]
        if shown["state"] in states:
            found: Reply = shown
            return found


def connect(project: Project, owner: str = "user", acting: str = "") -> Reply:
    return project.ask("attio_connect", owner=owner, key=None, acting=acting)


def answer(project: Project, prompt: Reply, value: str) -> Reply:
    sealed = seal(prompt, {"value": value})
    wanted = {"prompt_id": prompt["prompt_id"], "action": "connect", "sealed": sealed}
    return project.ask("attio_answer", **wanted)


def stored(project: Project, user: str = "alice") -> str | None:
    slot = Slot(project.folder.name, "local", "user", user, None)
    found = project.server.vault.get(slot)
    return f"{found.value}" if found else None


def test_a_sealed_answer_is_kept_and_stands_in_clear_nowhere(project: Project) -> None:
    project.write(APP)
    prompt = connect(project)
    assert (prompt["status"], prompt["kind"], prompt["cell_id"]) == ("ok", "secret", "")
    assert project.ask("attio_ready", prompt_id=prompt["prompt_id"])["state"] == "asking"
    assert answer(project, prompt, SECRET)["status"] == "ok"
    shown = until(project, prompt, "connected")
    assert stored(project) == SECRET
    assert project.standings() == ["not-connected", "connected"]
    assert SECRET not in str([shown, project.state()]) + project.server.log.read_text()


def test_an_answer_that_cannot_be_a_secret_may_be_given_again(project: Project) -> None:
    project.write(APP)
    prompt = connect(project)
    reply = answer(project, prompt, "sk–dash")
    assert (reply["status"], reply["retry"]) == ("error", True)
    assert answer(project, prompt, SECRET)["status"] == "ok"
    until(project, prompt, "connected")


def test_each_member_connects_their_own(project: Project) -> None:
    project.write(APP)
    prompt = connect(project, acting="bob")
    answer(project, prompt, SECRET)
    until(project, prompt, "connected")
    assert (stored(project), stored(project, "bob")) == (None, SECRET)


def test_a_member_connects_nothing_of_the_workspaces(project: Project) -> None:
    project.write(APP)
    reply = connect(project, "workspace", acting="bob")
    assert reply["status"] == "error"
    assert "Ask alice" in reply["message"]


def test_what_is_connected_is_disconnected(project: Project) -> None:
    project.write(APP)
    prompt = connect(project)
    answer(project, prompt, SECRET)
    until(project, prompt, "connected")
    for was_connected in (True, False):
        reply = project.ask("attio_disconnect", owner="user", key=None, acting="")
        assert reply == {"status": "ok", "was_connected": was_connected, "message": ""}
    assert stored(project) is None


def test_a_connection_is_tried(project: Project) -> None:
    project.write(APP)
    reply = project.ask("attio_test", owner="user", key=None, acting="")
    assert (reply["status"], reply["ok"]) == ("ok", False)
    assert reply["message"]


def test_a_prompt_that_is_asked_for_again_ends_the_one_before(project: Project) -> None:
    project.write(APP)
    first, second = connect(project), connect(project)
    assert until(project, first, "over")["message"] == "Asked again in another place."
    assert until(project, second, "asking")
    cancelled = project.ask("attio_answer", prompt_id=second["prompt_id"], action="cancel")
    assert cancelled["status"] == "ok"
    assert until(project, second, "cancelled")


def test_a_sign_in_comes_back_to_the_server_that_began_it(project: Project, sandbox: str) -> None:
    project.write(SIGN_IN.format(issuer=f"{sandbox}/oauth"))
    prompt = connect(project)
    url = sign_in_url(project, prompt)
    form = {"person": "alice", "decision": "allow"}
    sent_back = httpx.post(url, data=form, timeout=30).headers["Location"]
    assert sent_back.startswith(f"{project.server.callback}?")
    landed = httpx.get(sent_back, timeout=60)
    assert "Connected. You can close this tab." in landed.text
    assert until(project, prompt, "connected")

    connection = project.state()["connections"][0]
    assert (connection["standing"], connection["is_renewed"]) == ("connected", True)
    assert connection["scopes"] == ["mailboxes:read", "sequences:read"]
    code = httpx.URL(sent_back).params["code"]
    state = httpx.URL(sent_back).params["state"]
    token = stored(project)
    assert token
    log = project.server.log.read_text()
    for kept in (code, state, token):
        assert kept not in log + str(project.state())

    reply = project.ask("attio_disconnect", owner="user", key=None, acting="")
    assert reply["was_connected"]
    assert project.standings() == ["not-connected"]


def sign_in_url(project: Project, prompt: Reply) -> str:
    """Return where a page of another computer sends the person."""
    while True:
        told = project.ask(
            "attio_sign_in",
            prompt_id=prompt["prompt_id"],
            callback_url=project.server.callback,
            local=False,
        )
        if told["state"] == "ready":
            assert told["returns"] == "server"
            url: str = told["authorization_url"]
            hashed = state_hash(httpx.URL(url).params["state"])
            assert project.server.request("GET", f"oauth/expects/{hashed}").json()["expected"]
            return url


def test_what_only_a_kernel_knows_the_server_does_not_say(project: Project) -> None:
    for type_ in ("attio_session", "attio_act_as"):
        reply = project.ask(type_, user="bob")
        assert reply["status"] == "error"
        assert "kernel" in reply["message"]


def test_what_nobody_knows_is_an_error(project: Project) -> None:
    reply = project.ask("attio_nonsense")
    assert reply["status"] == "error"
    assert "different versions" in reply["message"]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"path": 5},
        {"path": ["a"]},
        {"path": "../x.ipynb"},
        {"owner": "nobody"},
        {"owner": ["user"]},
        {"owner": "user", "acting": "carol"},
        {"owner": "user", "acting": {"a": 1}},
        {"owner": "user", "key": "no-such-key"},
        {"owner": "user", "key": {}},
        {"owner": "user", "acting": "\ud800"},
    ],
)
@pytest.mark.parametrize("type_", ["attio_connect", "attio_disconnect"])
def test_odd_requests_are_errors_that_say_something(
    project: Project, type_: str, content: Reply
) -> None:
    project.write(APP)
    reply = project.server.ask(type_, **({"path": project.path} if content else {}) | content)
    assert reply["status"] == "error"
    assert reply["message"]
    assert "Traceback" not in str(reply)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"prompt_id": None},
        {"prompt_id": ["x"]},
        {"prompt_id": {}},
        {"prompt_id": "unknown", "action": "connect"},
        {"prompt_id": "unknown", "action": "connect", "sealed": {"nonce": 1}},
    ],
)
def test_a_prompt_that_there_is_none_of_is_an_error(server: Server, content: Reply) -> None:
    for type_ in ("attio_ready", "attio_answer", "attio_sign_in", "attio_rerun"):
        assert server.ask(type_, **content)["status"] == "error"


@pytest.mark.parametrize("ids", [None, 5, "x", {"a": 1}, [None], [["x"]], ["x", {}]])
def test_odd_lists_of_prompts_are_no_failure(server: Server, ids: object) -> None:
    reply = server.ask("attio_prompts", prompt_ids=ids)
    assert reply.get("prompts", []) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"5", b"null", b'"x"', b"{", b"\xff", b'{"a": NaN}', b"[" * 5000]
)
@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("POST", "ask/attio_connect"),
        ("POST", "connections"),
        ("POST", "definitions"),
        ("PUT", "definitions"),
        ("POST", "definitions/check"),
    ],
)
def test_a_body_that_is_no_object_is_refused(
    server: Server, method: str, route: str, body: bytes
) -> None:
    answer = server.request(method, route, content=body)
    assert answer.status_code == 400
    assert "JSON object" in answer.json()["message"]


def test_a_body_that_is_too_long_is_refused(server: Server) -> None:
    answer = server.request("POST", "ask/attio_connect", json={"path": "x" * 70_000})
    assert answer.status_code == 413
    assert "bytes" in answer.json()["message"]


def test_no_route_has_failed_by_now(server: Server) -> None:
    log = server.log.read_text()
    assert "Traceback" not in log
    assert " 500 " not in log


def test_new_addresses_are_reviewed_without_a_kernel(project: Project) -> None:
    with serving(lambda handler: reply(handler, 200)) as service:
        project.write(APP)
        prompt = connect(project)
        answer(project, prompt, SECRET)
        until(project, prompt, "connected")
        lines = f'hosts = ["127.0.0.1"]\ntest_url = "{service.url}/me"\n'
        project.write(APP.replace("[[members]]", f"{lines}[[members]]", 1))
        assert project.standings()[1] == "changed"
        tested = project.ask("attio_test", owner="user", key=None, acting="")
        assert (tested["ok"], service.received) == (False, [])
        review = project.ask("attio_approve", owner="user", key=None, acting="")
        assert review["new_addresses"] == ["127.0.0.1", f"{service.url}/me (Test)"]
        wanted = {"prompt_id": review["prompt_id"], "action": "allow"}
        assert project.ask("attio_answer", **wanted)["status"] == "ok"
        until(project, review, "connected")
        assert project.standings()[1] == "connected"
        assert project.ask("attio_test", owner="user", key=None, acting="")["ok"]
