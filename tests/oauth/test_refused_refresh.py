"""A refresh that a provider refuses: who is asked for what, and what stays stored."""

from __future__ import annotations

from typing import Any

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.prompter import ConnectionRequest, missing_error
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import (
    ConnectionExpiredError,
    MissingConnectionError,
    OAuthError,
    ProviderUnavailableError,
)
from attio_nb.oauth.refusal import RefusedError
from attio_nb.session import Session
from attio_nb.tab.overview import overview
from attio_nb.tab.testing import test_connection as try_connection
from tests.oauth.conftest import USER, Project
from tests.oauth.refusals import GRANT, SECRET, Told
from tests.oauth.stub import Reply


def reply(told: Told) -> Reply:
    return Reply(b"" if told.body is None else told.body, told.status)


def provider_and_status(told: Told) -> str:
    return f"{told.provider} ({told.status})"


def row(project: Project) -> dict[str, Any]:
    """Return what the panel shows of the connection."""
    folder = project.folder
    session = Session(
        project.store, file=AppFile(lambda: folder), environ={"JUPYTERHUB_USER": USER}
    )
    (shown,) = overview(session, acting=USER, environ={})["connections"]
    return dict(shown)


class TestThatSaysTheGrantHasEnded:
    @pytest.mark.parametrize("told", GRANT, ids=provider_and_status)
    def test_has_the_person_sign_in_again(self, project: Project, told: Told) -> None:
        before = project.expire()
        project.provider.token_answers.append(reply(told))
        for _ in range(3):
            with pytest.raises(ConnectionExpiredError):
                project.session().get_connection("user")
        # No retry storm, and nothing is lost until there is something new.
        assert project.provider.refreshes == 1
        assert before.grant is not None
        assert project.refresh_token == f"{before.grant.refresh_token}"
        connection = project.connect()
        assert project.person.asked[-1].expired
        assert connection.id == before.id
        assert project.is_known(connection)
        assert not project.grant.expired

    def test_is_shown_in_the_panel_with_what_the_provider_said(self, project: Project) -> None:
        project.expire()
        told = {"error": "unauthorized_client", "error_description": "refresh_token is invalid"}
        project.provider.token_answers.append(Reply(told, 403))
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
        shown = row(project)
        assert shown["standing"] == "expired"
        assert "“unauthorized_client”: “refresh_token is invalid”" in shown["detail"]
        assert "sign in again" in shown["detail"].lower()

    def test_repeats_no_refresh_token(self, project: Project) -> None:
        project.expire()
        said = {
            "error": "invalid_request",
            "message": f"Bad token {project.refresh_token}, expired",
        }
        project.provider.token_answers.append(Reply({**said, "code": "token_expired"}, 400))
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
        assert project.grant.expired
        assert project.refresh_token not in project.grant.refusal


class TestThatGivesNoReason:
    @pytest.fixture(params=[(400, {}), (404, b"<html>"), (422, {"x": 1}), (403, {"error": "no"})])
    def refused(self, project: Project, request: pytest.FixtureRequest) -> Reply:
        status, body = request.param
        project.expire()
        answer = Reply(body, status)
        project.provider.token_answers.append(answer)
        return answer

    def test_has_the_person_sign_in_again(self, project: Project, refused: Reply) -> None:
        connection = project.connect()
        assert project.person.asked[-1].expired
        assert project.is_known(connection)
        assert project.provider.refreshes == 1

    def test_is_told_where_nobody_can_be_asked_and_tried_once_more(
        self, project: Project, refused: Reply
    ) -> None:
        before = project.stored
        with pytest.raises(RefusedError):
            project.session().get_connection("user")
        assert project.stored == before
        assert project.is_known(project.session().get_connection("user"))

    def test_twice_has_expired_and_may_be_tried_again_by_the_person(
        self, project: Project, refused: Reply
    ) -> None:
        session = project.session()
        with pytest.raises(RefusedError):
            session.get_connection("user")
        project.provider.token_answers.append(refused)
        for _ in range(3):
            with pytest.raises(ConnectionExpiredError):
                session.get_connection("user")
        assert project.provider.refreshes == 2
        assert row(project)["standing"] == "expired"
        # Whoever has mended it presses Test.
        assert try_connection(session, "user", None).ok
        assert row(project)["standing"] == "connected"
        assert project.is_known(session.get_connection("user"))

    def test_that_was_invalid_grant_is_never_sent_again(self, project: Project) -> None:
        project.expire()
        project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
        session = project.session()
        with pytest.raises(ConnectionExpiredError):
            session.get_connection("user")
        assert not try_connection(session, "user", None).ok
        assert project.provider.refreshes == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", {"error": "invalid_grant"}, {"error": "invalid_client"}])
def test_a_refusal_that_a_second_try_mends_changes_nothing(
    project: Project, status: int, body: Any
) -> None:
    before = project.expire()
    project.provider.token_answers.append(Reply(body, status))
    with pytest.raises(ProviderUnavailableError):
        project.connect()
    assert project.stored == before
    assert len(project.person.asked) == 1
    assert project.is_known(project.connect())


@pytest.mark.parametrize("words", ["Too many requests", "A concurrent refresh is in progress"])
def test_a_refusal_that_says_that_it_passes_changes_nothing(project: Project, words: str) -> None:
    before = project.expire()
    told = {"error": "invalid_grant", "error_description": words}
    project.provider.token_answers.append(Reply(told, 400))
    with pytest.raises(ProviderUnavailableError, match=f"{words}.*if it stays so, sign in again"):
        project.connect()
    assert project.stored == before
    assert len(project.person.asked) == 1
    assert project.is_known(project.connect())


@pytest.mark.parametrize(
    "body",
    [
        b"<error><code>invalid_grant</code></error>",
        b"The refresh token has expired",
        b'[{"errorCode": "INVALID_GRANT"}]',
        {"code": 20026, "msg": "refresh token expired"},
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_reason_in_any_shape_has_the_person_sign_in_again(
    project: Project, status: int, body: Any
) -> None:
    project.expire()
    project.provider.token_answers.append(Reply(body, status))
    with pytest.raises(ConnectionExpiredError):
        project.session().get_connection("user")
    assert row(project)["standing"] == "expired"
    assert project.is_known(project.connect())
    assert project.provider.refreshes == 1


@pytest.mark.parametrize("status", [200, 201, 400])
@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "the-access-token-1", "refresh_token": "the-refresh-token-2", "expir',
        b'"access_token": "the-access-token-1", "refresh_token": "the-refresh-token-2"}',
        b"{'access_token': 'the-access-token-1', 'refresh_token': 'the-refresh-token-2'}",
    ],
)
def test_a_token_that_cannot_be_read_ends_no_grant_and_is_not_shown(
    project: Project, status: int, body: bytes
) -> None:
    before = project.expire()
    project.provider.token_answers.append(Reply(body, status))
    with pytest.raises(OAuthError) as failed:
        project.session().get_connection("user")
    assert project.stored == before
    assert "the-access-token-1" not in str(failed.value)
    assert "the-refresh-token-2" not in str(failed.value)


class TestATokenBesideSomethingLikeAnError:
    @pytest.mark.parametrize(
        "added",
        [
            {"error": {"code": "ok", "message": "", "log_id": "2026"}},
            {"error": {"code": 0, "message": "success"}},
            {"errors": {"count": 0}, "message": "The refresh token before is invalid now."},
            {"error": "0", "error_description": "", "fault": None},
            {"code": 200, "message": "Token revoked and replaced", "success": True},
        ],
    )
    def test_is_kept_so_that_the_refresh_token_is_not_lost(
        self, project: Project, added: dict[str, Any]
    ) -> None:
        project.expire()
        project.provider.token_changes = added
        assert project.is_known(project.session().get_connection("user"))
        assert not project.grant.expired
        project.expire()
        assert project.is_known(project.session().get_connection("user"))


class Typing:
    """Somebody who types client secrets, and does not sign in."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)
        self.asked: list[ConnectionRequest] = []
        self.failures: list[OAuthError] = []

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)
        while self.secrets and request.client_secret_wanted():
            try:
                request.accept_client_secret(SecretStr(self.secrets.pop(0)))
            except OAuthError as error:
                self.failures.append(error)
        if not request.is_connected():
            raise missing_error(request, "cancelled")


class TestThatSaysTheClientIsWrong:
    @pytest.fixture(autouse=True)
    def confidential(self, project: Project) -> None:
        project.wants(client_authentication="client_secret_post")
        project.expire()
        project.provider.client_secret = "the-new-one"

    @pytest.mark.parametrize("told", SECRET, ids=provider_and_status)
    def test_has_the_client_secret_typed_anew_and_nobody_sign_in(
        self, project: Project, told: Told
    ) -> None:
        project.provider.wrong_client_secret = reply(told)
        person = Typing("the-new-one")
        connection = project.session(person).get_connection("user")
        assert project.is_known(connection)
        (request,) = person.asked
        assert request.client_secret == "refused"
        assert project.provider.refreshes == 2
        assert not project.grant.expired

    def test_asks_again_as_long_as_it_is_refused(self, project: Project) -> None:
        person = Typing("a-wrong-one", "the-new-one")
        connection = project.session(person).get_connection("user")
        assert project.is_known(connection)
        assert [error.error for error in person.failures] == ["invalid_client"]

    def test_is_told_where_nobody_can_be_asked_and_the_grant_stays(self, project: Project) -> None:
        before = project.stored
        with pytest.raises(OAuthError, match="client secret") as failed:
            project.session().get_connection("user")
        assert failed.value.error == "invalid_client"
        assert project.stored == before
        assert row(project)["standing"] == "connected"

    def test_is_told_by_the_cell_that_does_not_wait(self, project: Project) -> None:
        person = Typing()
        with pytest.raises(MissingConnectionError, match="cancelled"):
            project.session(person).get_connection("user")
        assert not project.grant.expired

    def test_takes_the_secret_that_works_once_a_wrong_one_was_typed(self, project: Project) -> None:
        project.provider.client_secret = "the-client-secret"
        project.session().grants.keep_client_secret(project.place, SecretStr("a-wrong-one"))
        assert project.is_known(project.session().get_connection("user"))
        assert project.client().client_secret(project.place) == "the-client-secret"

    def test_of_a_secret_that_is_not_stored_any_more_asks_for_it(self, project: Project) -> None:
        project.session().forget_client_secret("user")
        assert project.client().client_secret(project.place) is None
        connection = project.session(Typing("the-new-one")).get_connection("user")
        assert project.is_known(connection)
        assert project.provider.refreshes == 1
