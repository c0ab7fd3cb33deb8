"""A sign-in, a client secret or an approval that a request asks for ends no time-out of it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.secret import SecretStr
from tests.oauth.conftest import Person, Project

pytestmark = pytest.mark.parametrize("store", ["memory"], indirect=True)

TIMEOUT = 1.0
READING = 1.2


class SlowPerson(Person):
    """Somebody who takes longer than a request may."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        time.sleep(READING)
        if request.new_addresses:
            self.asked.append(request)
            request.accept(Answer(SecretStr("")))
        else:
            super().ask(request, wait=wait)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def call(project: Project, person: Person, meanwhile: Any = lambda: None) -> httpx.Response:
    """Get the connection, let something happen, then send a request with it."""
    project.connect()
    session = project.session(person)
    connection = session.get_connection("user")
    meanwhile()
    session.file.look_again()
    url = f"{project.provider.url}/api"

    async def send() -> httpx.Response:
        return await session.fetch(url, auth=connection.auth(), timeout=TIMEOUT)

    return asyncio.run(send())


def test_a_request_waits_for_a_sign_in(project: Project) -> None:
    person = SlowPerson()
    assert call(project, person, lambda: project.keep(expired=True)).status_code == 200
    assert len(person.asked) == 1


def test_a_request_waits_for_an_approval_and_for_a_sign_in(project: Project) -> None:
    person = SlowPerson()

    def end_and_forget_addresses() -> None:
        stored = project.keep(expired=True)
        project.store.put(project.place.slot, stored._replace(approved=None))

    assert call(project, person, end_and_forget_addresses).status_code == 200


def test_a_request_waits_for_the_approval_of_an_address(project: Project) -> None:
    person = SlowPerson()

    def forget_addresses() -> None:
        stored = project.stored
        assert stored is not None
        project.store.put(project.place.slot, stored._replace(approved=None))

    assert call(project, person, forget_addresses).status_code == 200
    assert [bool(each.new_addresses) for each in person.asked] == [True]
