"""Time in which a person is asked counts against no time-out of a request."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.prompter import Answer, ConnectionRequest, missing_error
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import MissingConnectionError, UnexpectedTransportError
from attio_nb.functions.fetch import Fetch
from attio_nb.functions.server_function import ServerFunctions
from attio_nb.session import Session

TIMEOUT = 0.4
"""Of each request, in seconds."""
READING = 0.6
"""How long the person takes for each answer."""

APP = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer"
hosts = ["api.example.com"]

[[connections]]
owner = "user"
type = "secret"
title = "Mailbox"
hosts = ["api.example.com"]
"""
URL = "https://api.example.com/"


class SlowPerson:
    """A prompter who takes longer than a request may, and answers if told to."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked = 0

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked += 1
        time.sleep(READING)
        if not self.answers:
            raise missing_error(request, "cancelled")
        request.accept(Answer(SecretStr("sk-1"), member="alice" if request.members else ""))


class Service(httpx.AsyncBaseTransport):
    """Answers after so many seconds, in steps, as a network does."""

    def __init__(self, seconds: float = TIMEOUT / 2) -> None:
        self.seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(4):
            await asyncio.sleep(self.seconds / 4)
        return httpx.Response(200, text=request.headers.get("Authorization", "none"))


def make(folder: Path, person: SlowPerson, service: Service | None = None) -> Session:
    (folder / "attio-app.toml").write_text(APP)
    return Session(
        MemoryStore(),
        file=AppFile(lambda: folder),
        prompter=person,
        fetch=Fetch(transport=service or Service()),
        environ={"JUPYTERHUB_USER": "me"},
    )


class GetterAuth(httpx.Auth):
    """Calls the getter while the request is on its way, once for each owner."""

    def __init__(self, session: Session, *owners: Any) -> None:
        self.session, self.owners = session, owners

    def auth_flow(self, request: httpx.Request) -> Any:
        for owner in self.owners:
            request.headers["Authorization"] = f"{self.session.get_connection(owner).value}"
        yield request


@pytest.mark.parametrize("owners", [("workspace",), ("workspace", "user")])
def test_a_request_that_asks_goes_on_after_the_answers(
    tmp_path: Path, owners: tuple[str, ...]
) -> None:
    person = SlowPerson()
    session = make(tmp_path, person)
    answer = asyncio.run(session.fetch(URL, auth=GetterAuth(session, *owners), timeout=TIMEOUT))
    assert answer.text == "sk-1"
    assert person.asked == len(owners)


def test_requests_of_other_tasks_go_on_too(tmp_path: Path) -> None:
    session = make(tmp_path, SlowPerson())

    async def ask() -> None:
        await asyncio.sleep(0)
        session.get_connection("workspace")

    async def run() -> list[httpx.Response]:
        requests = (session.fetch(URL, timeout=TIMEOUT) for _ in range(3))
        *answers, _ = await asyncio.gather(*requests, ask())
        return answers

    assert [answer.status_code for answer in asyncio.run(run())] == [200, 200, 200]


def test_a_getter_in_nested_server_functions_ends_no_request(tmp_path: Path) -> None:
    session = make(tmp_path, SlowPerson())
    server_function = ServerFunctions(session.people.execution)

    @server_function
    async def inner() -> str:
        connection = session.get_connection("user")
        return (await session.fetch(URL, auth=connection.auth(), timeout=TIMEOUT)).text

    @server_function
    async def outer() -> list[str]:
        request = session.fetch(URL, timeout=TIMEOUT)
        answer, text = await asyncio.gather(request, inner())
        return [answer.text, text]

    assert asyncio.run(outer()) == ["none", "Bearer sk-1"]


def test_a_member_who_has_to_be_chosen_ends_no_request(tmp_path: Path) -> None:
    person = SlowPerson()
    session = make(tmp_path, person)
    members = '[[members]]\nid = "alice"\nrole = "admin"\n'
    (tmp_path / "attio-app.toml").write_text(f"{APP}\n{members}")
    auth = GetterAuth(session, "workspace")
    assert asyncio.run(session.fetch(URL, auth=auth, timeout=TIMEOUT)).text == "sk-1"
    assert person.asked == 2


def test_a_person_who_cancels_ends_no_other_request(tmp_path: Path) -> None:
    session = make(tmp_path, SlowPerson(answers=False))

    async def ask() -> None:
        session.get_connection("workspace")

    async def run() -> list[Any]:
        request = session.fetch(URL, timeout=TIMEOUT)
        return await asyncio.gather(request, ask(), return_exceptions=True)

    answer, error = asyncio.run(run())
    assert answer.status_code == 200
    assert isinstance(error, MissingConnectionError)


def test_the_service_itself_has_no_more_time_than_before(tmp_path: Path) -> None:
    session = make(tmp_path, SlowPerson(), Service(30.0))
    began = time.monotonic()
    with pytest.raises(UnexpectedTransportError, match=r"did not answer within 0\.4 seconds"):
        asyncio.run(session.fetch(URL, auth=GetterAuth(session, "workspace"), timeout=TIMEOUT))
    assert READING + TIMEOUT <= time.monotonic() - began < 10


def test_a_request_after_a_prompt_gets_no_time_of_it(tmp_path: Path) -> None:
    session = make(tmp_path, SlowPerson(), Service(30.0))
    session.get_connection("workspace")
    began = time.monotonic()
    with pytest.raises(UnexpectedTransportError, match="did not answer"):
        asyncio.run(session.fetch(URL, timeout=TIMEOUT))
    assert time.monotonic() - began < READING + TIMEOUT


@pytest.mark.parametrize("timeout", [0, -1, 0.0])
def test_a_request_without_any_time_ends_at_once(tmp_path: Path, timeout: float) -> None:
    session = make(tmp_path, SlowPerson(), Service(30.0))
    with pytest.raises(UnexpectedTransportError, match="did not answer"):
        asyncio.run(session.fetch(URL, timeout=timeout))


@pytest.mark.parametrize("timeout", [None, float("inf")])
def test_a_request_without_a_deadline_is_answered(tmp_path: Path, timeout: float | None) -> None:
    session = make(tmp_path, SlowPerson())
    asked = session.fetch(URL, auth=GetterAuth(session, "workspace"), timeout=timeout)
    assert asyncio.run(asked).status_code == 200
