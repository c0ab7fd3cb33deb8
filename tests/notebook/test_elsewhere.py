"""A hidden line that waits while somebody connects in another place."""

from __future__ import annotations

import re
import sys
import threading
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.own import default_vault
from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.secret import SecretStr
from attio_nb.execution import Execution
from attio_nb.notebook.stdin import StdinPrompter
from attio_nb.session import Session
from tests.notebook.conftest import TIMEOUT, Kernels, Notebook
from tests.notebook.provider import CONFIDENTIAL, SECRET, Provider, come_back
from tests.notebook.test_sign_in import hung_up
from tests.notebook.test_sign_in_line import GATHER, GET, asked, line
from tests.notebook.test_terminal import Terminal, terminal

__all__ = ["terminal"]

GET_SECRET = "f'got {get_workspace_connection().value}'"
GATHER_SECRET = """
import asyncio
async def get():
    return get_workspace_connection()
[f"got {each.value}" for each in await asyncio.gather(get(), get())][-1]
"""


class Elsewhere:
    """Somebody who answers in another place, such as the panel."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        if request.sign_in is None:
            request.accept(Answer(SecretStr("sk-elsewhere")))
            return
        if request.client_secret_wanted():
            request.accept_client_secret(SecretStr(SECRET))
        sign_in = request.sign_in()
        sign_in.start()
        assert sign_in.wait_until_ready(TIMEOUT)
        assert "Connected." in come_back(sign_in.authorization_url(), code="elsewhere").text


@pytest.fixture
def elsewhere(project: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session of the same person in another process."""
    monkeypatch.setenv("ATTIO_NB_DATA_DIR", str(project.parent / "data"))
    return Session(
        default_vault(notify=lambda message: None),
        file=AppFile(lambda: project),
        prompter=Elsewhere(),
    )


@pytest.mark.parametrize("code", [GET_SECRET, GATHER_SECRET], ids=["getter", "awaited"])
def test_a_line_for_a_secret_ends_when_somebody_connects_elsewhere(
    any_notebook: Notebook, elsewhere: Session, code: str
) -> None:
    any_notebook.start(code)
    assert line(any_notebook)["password"] is True
    elsewhere.connect("workspace")
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert ran.results[-1] == "'got sk-elsewhere'"
    assert "Connected from another place" in ran.streams
    assert "press Enter in it" in ran.streams
    assert any_notebook.run("1 + 1").results == ["2"]
    assert any_notebook.run("import signal; signal.getsignal(signal.SIGINT).__name__").results == [
        "'default_int_handler'"
    ]


@pytest.mark.parametrize("code", [GET, GATHER], ids=["getter", "awaited"])
def test_a_line_for_a_sign_in_ends_when_somebody_connects_elsewhere(
    provider: Provider, any_notebook: Notebook, elsewhere: Session, code: str
) -> None:
    url = asked(any_notebook, code)
    elsewhere.connect("user")
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert "Connected from another place" in ran.streams
    assert hung_up(url)
    assert any_notebook.run(GET).results == ["'got at-elsewhere'"]


def test_two_kernels_that_wait_for_a_value_both_get_what_is_typed_in_one(
    kernels: Kernels, notebook: Notebook, project: Path
) -> None:
    other = kernels.fresh("other", Path(sys.executable), project)
    for each in (notebook, other):
        each.start(GET_SECRET)
        line(each)
    other.client.input("sk-typed")
    ran = [each.finish() for each in (other, notebook)]
    assert [each.results[-1] for each in ran] == ["'got sk-typed'"] * 2
    assert ["another place" in each.streams for each in ran] == [False, True]


def test_two_kernels_that_wait_for_a_sign_in_both_go_on(
    provider: Provider, kernels: Kernels, notebook: Notebook, project: Path
) -> None:
    other = kernels.fresh("other", Path(sys.executable), project)
    urls = [asked(each) for each in (notebook, other)]
    come_back(urls[1], code="one")
    ran = [each.finish() for each in (other, notebook)]
    assert [each.results[-1] for each in ran] == ["'got at-one'"] * 2
    assert ["another place" in each.streams for each in ran] == [False, True]


def test_a_line_for_the_client_secret_ends_too(
    provider: Provider, notebook: Notebook, elsewhere: Session, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
    notebook.start(GET)
    assert "Client secret" in line(notebook)["prompt"]
    elsewhere.connect("user")
    assert notebook.finish().results[-1] == "'got at-elsewhere'"


def test_a_line_after_a_sign_in_that_failed_ends_too(
    provider: Provider, notebook: Notebook, elsewhere: Session
) -> None:
    come_back(asked(notebook), error="access_denied")
    assert "Type again" in line(notebook)["prompt"]
    elsewhere.connect("user")
    assert notebook.finish().results[-1] == "'got at-elsewhere'"


def test_a_value_that_was_refused_is_still_waited_for(
    notebook: Notebook, elsewhere: Session
) -> None:
    notebook.start(GET_SECRET)
    line(notebook)
    notebook.client.input("two\twords\x00")
    line(notebook)
    elsewhere.connect("workspace")
    assert notebook.finish().results[-1] == "'got sk-elsewhere'"


def test_a_connection_that_is_asked_for_again_waits_for_a_new_one(
    notebook: Notebook, elsewhere: Session
) -> None:
    elsewhere.connect("workspace")
    notebook.start("%connect workspace")
    line(notebook)
    elsewhere.connect("workspace")
    assert "Connected from another place" in notebook.finish().streams


def test_a_line_in_a_terminal_ends_too(elsewhere: Session, terminal: Terminal) -> None:
    terminal.run("c = get_workspace_connection()", "cancels\\): ")
    elsewhere.connect("workspace")
    terminal.process.expect("Connected from another place")
    terminal.process.expect(r"In \[\d+\]:")
    assert "press Enter" not in terminal.process.before
    assert "sk-elsewhere" in terminal.run("print(f'{c.value}')")


def test_a_sign_in_in_a_terminal_ends_too(
    provider: Provider, elsewhere: Session, terminal: Terminal
) -> None:
    terminal.run("from attio_nb import get_user_connection")
    shown = terminal.run("c = get_user_connection()", "cancels\\): ")
    (url,) = re.findall(r"http://\S+/authorize\?\S+", shown)
    elsewhere.connect("user")
    terminal.process.expect("Connected from another place")
    terminal.process.expect(r"In \[\d+\]:")
    assert hung_up(url)
    assert "at-elsewhere" in terminal.run("print(f'{c.value}')")


def test_what_cannot_be_looked_up_leaves_the_line_as_it_is() -> None:
    def broken() -> bool:
        looked.set()
        raise OSError("The disk is gone.")

    def read(prompt: str) -> str:
        assert looked.wait(TIMEOUT)
        return "typed"

    looked, kept, shown = threading.Event(), list[Answer](), list[str]()
    request = ConnectionRequest(
        owner="workspace",
        key=None,
        definition=None,
        execution=Execution("local", "alice", "admin"),
        app="",
        app_name="",
        app_file="attio-app.toml",
        environment_variable="ATTIO_WORKSPACE_CONNECTION",
        timeout=60,
        is_connected=broken,
        accept=kept.append,
    )
    StdinPrompter(read, shown.append).ask(request)
    assert [answer.value for answer in kept] == ["typed"]
    assert not any("another place" in each for each in shown)
