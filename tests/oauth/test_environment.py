"""OAuth connections in CI: a refresh token or client credentials from environment variables."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb.allow import allow
from attio_nb.app.allowed import AllowedFiles
from attio_nb.app.current import AppFile
from attio_nb.connections.prompter import Prompter
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, ConnectionExpiredError, InvalidSecretError, OAuthError
from attio_nb.oauth.client import OAuthClient
from attio_nb.session import Session
from attio_nb.tab.overview import overview
from attio_nb.tab.testing import test_connection as try_connection
from tests.oauth.conftest import USER, Project
from tests.oauth.stub import Reply

VARIABLE = "ATTIO_NB_USER_CONNECTION"
Opened = Callable[..., Session]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def opened(project: Project, tmp_path: Path) -> Opened:
    """Open a session with these variables, whose names begin as the connection's own does."""

    def opened(prompter: Prompter | None = None, **variables: str) -> Session:
        environ = {"JUPYTERHUB_USER": USER}
        environ |= {f"{VARIABLE}_{name}": value for name, value in variables.items()}
        session = Session(
            project.store,
            file=AppFile(lambda: project.folder),
            prompter=prompter,
            make_oauth_client=lambda store: OAuthClient(store, transport=project.transport),
            allowed=lambda: AllowedFiles(tmp_path / "allowed" / "allowed.json"),
            environ=environ,
        )
        session.notices.show = project.notices.append
        return session

    return opened


@pytest.fixture
def refresh_token(project: Project) -> str:
    """One that the provider knows, and no store has."""
    project.connect()
    token = project.refresh_token
    project.store.delete(project.place.slot)
    project.provider.calls.clear()
    project.person.asked.clear()
    return token


class TestARefreshToken:
    def test_is_exchanged_once_and_written_nowhere(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        project.provider.rotates = False
        session = opened(REFRESH_TOKEN=refresh_token)
        for _ in range(3):
            connection = session.get_connection("user")
            assert project.is_known(connection)
            assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 1
        assert connection.id == f"environment:{VARIABLE}_REFRESH_TOKEN"
        assert project.store.entries() == {}
        assert project.notices == []

    def test_wins_over_what_is_stored(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        project.connect()
        connection = opened(REFRESH_TOKEN=refresh_token).get_connection("user")
        assert connection.value != project.token

    def test_is_used_again_when_the_token_is_refused(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        session = opened(REFRESH_TOKEN=refresh_token)
        connection = session.get_connection("user")
        project.provider.forget_access_tokens()
        assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 2
        assert session.get_connection("user").value != connection.value
        assert project.provider.refreshes == 2

    def test_that_the_provider_replaces_is_used_in_memory_and_told_once(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        session = opened(REFRESH_TOKEN=refresh_token)
        connection = session.get_connection("user")
        for _ in range(2):
            project.provider.forget_access_tokens()
            assert project.call(connection).status_code == 200
        (notice,) = project.notices
        assert f"refresh token that {VARIABLE}_REFRESH_TOKEN holds" in notice
        assert "cannot be written back" in notice
        assert "the-refresh-token" not in notice

    def test_that_is_refused_is_told_without_a_prompt(
        self, project: Project, opened: Opened
    ) -> None:
        session = opened(project.person, REFRESH_TOKEN="the-refresh-token-of-nobody")
        for _ in range(2):
            with pytest.raises(ConnectionExpiredError) as error:
                session.get_connection("user")
        assert f"the refresh token in {VARIABLE}_REFRESH_TOKEN" in str(error.value)
        assert "of-nobody" not in str(error.value)
        assert project.person.asked == []
        assert project.provider.refreshes == 1

    def test_that_ends_later_is_told_by_the_request(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        connection = opened(project.person, REFRESH_TOKEN=refresh_token).get_connection("user")
        project.provider.forget_access_tokens()
        project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
        with pytest.raises(ConnectionExpiredError, match=f"{VARIABLE}_REFRESH_TOKEN"):
            project.call(connection)
        assert project.person.asked == []

    def test_in_a_file_is_read_from_there(
        self, project: Project, opened: Opened, refresh_token: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "refresh-token"
        file.write_text(f"{refresh_token}\n")
        connection = opened(REFRESH_TOKEN_FILE=str(file)).get_connection("user")
        assert project.is_known(connection)
        assert connection.id == f"environment:{VARIABLE}_REFRESH_TOKEN_FILE"

    def test_that_is_changed_meanwhile_takes_effect(
        self, project: Project, opened: Opened, refresh_token: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "refresh-token"
        file.write_text("the-refresh-token-of-nobody")
        session = opened(REFRESH_TOKEN_FILE=str(file))
        with pytest.raises(ConnectionExpiredError):
            session.get_connection("user")
        file.write_text(refresh_token)
        assert project.is_known(session.get_connection("user"))

    def test_of_a_client_with_a_secret(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        project.wants(client_authentication="client_secret_post")
        project.provider.client_secret = "the-client-secret"
        with pytest.raises(OAuthError, match=f"Set {VARIABLE}_CLIENT_SECRET to it"):
            opened(REFRESH_TOKEN=refresh_token).get_connection("user")
        with pytest.raises(OAuthError, match=r"Correct it") as error:
            opened(REFRESH_TOKEN=refresh_token, CLIENT_SECRET="zq918273").get_connection("user")
        assert "zq918273" not in str(error.value)
        session = opened(REFRESH_TOKEN=refresh_token, CLIENT_SECRET="the-client-secret")
        assert project.is_known(session.get_connection("user"))
        assert project.store.entries() == {}

    def test_that_no_request_brings_now_is_told_and_tried_again(
        self, project: Project, opened: Opened, refresh_token: str
    ) -> None:
        session = opened(REFRESH_TOKEN=refresh_token)
        project.provider.token_answers.append(Reply(status=503))
        with pytest.raises(OAuthError, match="503"):
            session.get_connection("user")
        assert project.is_known(session.get_connection("user"))


class TestClientCredentials:
    def test_get_a_token_of_the_client_itself(self, project: Project, opened: Opened) -> None:
        project.provider.token_changes = {"expires_in": 1}
        session = opened(CLIENT_ID="the service", CLIENT_SECRET="s3cret")
        connection = session.get_connection("user")
        assert project.is_known(connection)
        (call,) = project.provider.token_calls
        assert call.form == {"grant_type": "client_credentials", "scope": "mail.read mail.send"}
        basic = base64.b64encode(b"the%20service:s3cret").decode()
        assert call.headers["authorization"] == f"Basic {basic}"
        assert connection.id == f"environment:{VARIABLE}_CLIENT_SECRET"
        project.provider.forget_access_tokens()
        assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 0
        assert project.store.entries() == {}
        assert project.notices == []

    def test_name_the_audience_of_the_app_file(self, project: Project, opened: Opened) -> None:
        project.wants(authorization_parameters=(("audience", "https://api.example.com"),))
        opened(CLIENT_ID="the service", CLIENT_SECRET="s3cret").get_connection("user")
        (call,) = project.provider.token_calls
        assert call.form["audience"] == "https://api.example.com"

    def test_that_are_refused_are_told(self, project: Project, opened: Opened) -> None:
        project.wants(client_authentication="client_secret_post")
        project.provider.client_secret = "another"
        session = opened(project.person, CLIENT_ID="the service", CLIENT_SECRET="zq918273")
        with pytest.raises(OAuthError, match="the service") as error:
            session.get_connection("user")
        assert "zq918273" not in str(error.value)
        assert project.person.asked == []

    @pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET"])
    def test_need_both_the_id_and_the_secret(
        self, project: Project, opened: Opened, name: str
    ) -> None:
        with pytest.raises(AttioError, match="not connected") as error:
            opened(**{name: "something"}).get_connection("user")
        assert f"{VARIABLE}_REFRESH_TOKEN" in str(error.value)
        assert project.provider.token_calls == []


def test_variables_that_cannot_be_used_are_named(project: Project, opened: Opened) -> None:
    for variables in (
        {"REFRESH_TOKEN": ""},
        {"REFRESH_TOKEN": "a\x00b"},
        {"REFRESH_TOKEN_FILE": "/nowhere"},
        {"REFRESH_TOKEN": "a", "CLIENT_SECRET_FILE": "/nowhere"},
        {"REFRESH_TOKEN": "a", "REFRESH_TOKEN_FILE": "/nowhere"},
    ):
        with pytest.raises(InvalidSecretError, match=VARIABLE):
            opened(**variables).get_connection("user")
    assert project.provider.calls == []


class TestThePanel:
    def test_shows_where_it_comes_from(self, opened: Opened, project: Project) -> None:
        session = opened(REFRESH_TOKEN="a-refresh-token")
        environ = {f"{VARIABLE}_REFRESH_TOKEN": "a-refresh-token"}
        (row,) = overview(session, environ=environ)["connections"]
        assert row["standing"] == "connected"
        assert row["variable"] == f"{VARIABLE}_REFRESH_TOKEN"
        assert f"environment variable {VARIABLE}_REFRESH_TOKEN of the Jupyter" in row["detail"]
        assert project.provider.calls == []

    def test_sends_nothing_to_the_provider_of_an_app_file_that_nobody_has_approved(
        self, project: Project, opened: Opened, refresh_token: str, tmp_path: Path
    ) -> None:
        session = opened(REFRESH_TOKEN=refresh_token)
        tested = try_connection(session, "user", None)
        assert (tested.ok, project.provider.token_calls) == (False, [])
        assert "Nobody has approved that" in tested.message
        assert project.provider.url in tested.message
        (row,) = overview(session, environ={f"{VARIABLE}_REFRESH_TOKEN": "x"})["connections"]
        assert row["new_addresses"] == ["127.0.0.1", f"{project.provider.url} (Test)"]

        allowed = AllowedFiles(tmp_path / "allowed" / "allowed.json")
        allow(project.folder, say=lambda line: None, allowed=allowed, store=project.store)
        tested = try_connection(session, "user", None)
        assert tested.ok, tested.message
        assert project.provider.refreshes == 1
        project.wants(
            issuer="",
            token_endpoint="https://evil.example/token",
            authorization_endpoint="https://evil.example/authorize",
        )
        session.file.look_again()
        assert "evil.example" in try_connection(session, "user", None).message
