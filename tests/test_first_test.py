"""Connecting tests a value where a test is configured, and says what came back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app.current import AppFile
from attio_nb.commands.piped import PipedPrompter
from attio_nb.connections.prompter import NobodyToAsk
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, MissingConnectionError
from attio_nb.notebook.stdin import StdinPrompter
from attio_nb.session import Session
from tests.loopback import free_port, reply, serving

APP = """\
[app]
id = "prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer"
hosts = ["127.0.0.1"]
"""
GOOD, BAD = "sk-good", "sk-bad"


class Lines:
    """A terminal in which these lines are typed."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.shown: list[str] = []

    def read(self, prompt: str) -> str:
        return self.lines.pop(0)

    @property
    def text(self) -> str:
        return "\n".join(self.shown)

    def prompter(self) -> StdinPrompter:
        return StdinPrompter(self.read, lambda line: self.shown.append(str(line)))


def service(status: int = 200) -> Any:
    """Serve an API that takes one key, and answers a status then."""

    def answer(handler: Any) -> None:
        is_good = handler.headers.get("Authorization") == f"Bearer {GOOD}"
        reply(handler, status if is_good else 401)

    return serving(answer)


Make = Callable[..., Session]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make(prompter: Any, *lines: str, **environ: str) -> Session:
        (tmp_path / "attio-app.toml").write_text("\n".join([APP, *lines]))
        return Session(
            MemoryStore(),
            file=AppFile(lambda: tmp_path),
            prompter=prompter,
            environ={"JUPYTERHUB_USER": "me", **environ},
        )

    return make


def stored(session: Session) -> str | None:
    found = session.status("workspace").stored
    return None if found is None else str.__str__(found.value)


def test_a_value_that_works_is_said_to(make: Make) -> None:
    terminal = Lines(GOOD)
    with service() as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert f"Connecting and Test send it to {api.url}/me" in terminal.text
    assert terminal.shown[-1].startswith("Connected the workspace connection. It works: 127.0.0.1")
    assert stored(session) == GOOD
    assert [request.path for request in api.received] == ["/me"]


def test_the_account_that_a_test_names_is_shown_and_kept(make: Make) -> None:
    terminal = Lines(GOOD)
    body = b'{"user": {"email": "ada@example.com"}}'
    with serving(lambda handler: reply(handler, body=body)) as api:
        lines = (f'test_url = "{api.url}/me"', 'account = "user.email"')
        session = make(terminal.prompter(), *lines)
        session.get_connection("workspace")
    assert "ada@example.com" in terminal.shown[-1]
    found = session.status("workspace").stored
    assert found is not None
    assert found.account == "ada@example.com"


@pytest.mark.parametrize("status", [401, 403])
def test_a_value_that_is_refused_is_not_kept_until_the_person_says_so(
    make: Make, status: int
) -> None:
    value = BAD if status == 401 else GOOD
    terminal = Lines(value, "2")
    with service(status) as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert f"({status}), so it was not saved" in terminal.text
    assert stored(session) == value
    assert f"({status})." in terminal.shown[-1]
    assert value not in terminal.text
    status_ = session.status("workspace").stored
    assert status_ is not None
    assert (status_.refused_at is not None) is (status == 401)
    assert len(api.received) == 1


def test_another_value_can_be_typed_after_a_refusal(make: Make) -> None:
    terminal = Lines(BAD, "1", GOOD)
    with service() as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert stored(session) == GOOD


def test_who_cancels_after_a_refusal_keeps_nothing(make: Make) -> None:
    terminal = Lines(BAD, "")
    with service() as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        with pytest.raises(MissingConnectionError, match="cancelled"):
            session.get_connection("workspace")
    assert stored(session) is None


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_an_answer_that_says_nothing_about_the_value_keeps_it_and_is_told(
    make: Make, status: int
) -> None:
    terminal = Lines(GOOD)
    with service(status) as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert stored(session) == GOOD
    assert "It is not known whether it works" in terminal.shown[-1]
    assert str(status) in terminal.shown[-1]


def test_a_service_that_cannot_be_reached_keeps_nobody_from_connecting(make: Make) -> None:
    terminal = Lines(GOOD)
    session = make(terminal.prompter(), f'test_url = "http://127.0.0.1:{free_port()}/me"')
    session.get_connection("workspace")
    assert stored(session) == GOOD
    assert "It was not tested" in terminal.shown[-1]
    assert "refused the connection" in terminal.shown[-1]


def test_several_lines_are_kept_and_not_tested(make: Make) -> None:
    terminal = Lines("-----BEGIN KEY-----\nabc\n-----END KEY-----", "1")
    with service() as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert "no HTTP header can carry it" in terminal.shown[-1]
    assert (stored(session) or "").count("\n") == 2
    assert api.received == []


def test_the_cleaned_value_is_what_is_tested_and_kept(make: Make) -> None:
    terminal = Lines(f'KEY="Bearer {GOOD}"', "7", "1")
    with service() as api:
        session = make(terminal.prompter(), f'test_url = "{api.url}/me"')
        session.get_connection("workspace")
    assert "Type a number from 1 to 3" in terminal.text
    assert stored(session) == GOOD
    assert len(api.received) == 1


def test_without_a_test_url_nothing_is_sent(make: Make) -> None:
    terminal = Lines(BAD)
    session = make(terminal.prompter())
    session.get_connection("workspace")
    assert terminal.shown[-1] == "Connected the workspace connection."


class Pipe:
    """A standard input into which a program has written."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int) -> bytes:
        return self.content


def piped(shown: list[str], content: bytes) -> PipedPrompter:
    return PipedPrompter(Pipe(content), NobodyToAsk(), lambda line: shown.append(str(line)))  # type: ignore[arg-type]


def test_a_pipe_sends_nothing_to_an_address_that_nobody_has_seen(make: Make) -> None:
    shown: list[str] = []
    with service() as api:
        session = make(piped(shown, b"sk-bad\n"), f'test_url = "{api.url}/me"')
        session.connect("workspace")
        assert api.received == []
        assert "It was not tested" in shown[-1]
        session.prompter = piped(shown, b"sk-bad\n")
        with pytest.raises(AttioError, match="401"):
            session.connect("workspace")
    assert len(api.received) == 1


def test_a_pipe_says_what_stands_around_a_value_and_keeps_it(make: Make) -> None:
    shown: list[str] = []
    session = make(piped(shown, b'"sk-1"\n'))
    session.connect("workspace")
    assert "stands in quotation marks. It is kept as it is." in shown[0]
    assert stored(session) == '"sk-1"'


@pytest.mark.parametrize(
    ("given", "value", "told"),
    [
        ("sk-1\n", "sk-1", ""),
        (" sk-1\u200b", "sk-1", ""),
        ('"sk-1"', '"sk-1"', "quotation marks"),
        ("Bearer sk-1", "Bearer sk-1", "Bearer"),
        ("one\ntwo", "one\ntwo", ""),
    ],
)
def test_a_variable_is_taken_without_its_ends_and_what_is_odd_is_told_once(
    make: Make, given: str, value: str, told: str
) -> None:
    session = make(NobodyToAsk(), ATTIO_NB_WORKSPACE_CONNECTION=given)
    shown: list[str] = []
    session.notices.show = shown.append
    for _ in range(2):
        assert f"{session.get_connection('workspace').value}" == value
    assert len(shown) == (1 if told else 0)
    assert told in "".join(shown)
    assert "sk-1" not in "".join(shown)
