"""A token that a service refuses is renewed first; what is refused even so is marked."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from attio_nb.connections.model import Connection
from tests.oauth.conftest import Project, browser
from tests.oauth.stub import Call, Reply
from tests.oauth.test_cases_renewal import until


def refuse(call: Call) -> Reply:
    return Reply({"error": "unauthorized"}, 401)


def is_marked(project: Project) -> bool:
    assert project.stored is not None
    return project.stored.refused_at is not None


def settle() -> None:
    """Wait until nothing is being marked."""
    until(lambda: all(each.name != "attio_nb refusals" for each in threading.enumerate()))


def connected(project: Project) -> Connection:
    connection = project.connect()
    assert project.call(connection).status_code == 200
    return connection


def test_a_renewed_token_that_is_refused_as_well_is_marked(project: Project) -> None:
    connection = connected(project)
    project.provider.before_api = refuse
    assert project.call(connection).status_code == 401
    until(lambda: is_marked(project))
    assert project.provider.refreshes == 1
    assert project.token != f"{connection.value}"


def test_the_mark_goes_when_a_service_takes_the_token(project: Project) -> None:
    connection = connected(project)
    project.provider.before_api = refuse
    project.call(connection)
    until(lambda: is_marked(project))

    project.provider.before_api = lambda call: None
    assert project.call(connection).status_code == 200
    until(lambda: not is_marked(project))


def test_the_mark_goes_with_the_token_that_was_refused(project: Project) -> None:
    connection = connected(project)
    project.provider.before_api = refuse
    project.call(connection)
    until(lambda: is_marked(project))

    project.expire()
    assert project.connect().value != connection.value
    assert not is_marked(project)


def test_a_token_that_is_renewed_and_then_taken_is_not_marked(project: Project) -> None:
    connection = connected(project)
    project.provider.forget_access_tokens()
    assert project.call(connection).status_code == 200
    assert project.provider.refreshes == 1
    settle()
    assert not is_marked(project)


def test_a_young_token_that_nothing_renews_is_marked(project: Project) -> None:
    project.provider.token_changes = {"refresh_token": None}
    connection = connected(project)
    project.provider.before_api = refuse
    assert project.call(connection).status_code == 401
    until(lambda: is_marked(project))
    assert project.grant.expired is False


def test_a_request_that_cannot_be_sent_again_marks_no_token_that_could_be_renewed(
    project: Project,
) -> None:
    connection = connected(project)
    project.provider.before_api = refuse

    def body() -> Iterator[bytes]:
        yield b"{}"

    with browser() as client:
        url = f"{project.provider.url}/api"
        answer = client.post(url, auth=connection.auth(), content=body())
    assert answer.status_code == 401
    assert project.provider.refreshes == 0
    settle()
    assert not is_marked(project)
