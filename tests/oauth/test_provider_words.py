"""What single providers say in place of what the RFCs would have them say, and how it is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AuthorizationError, ConnectionExpiredError, OAuthError
from attio_nb.oauth.sign_in import SignIn
from tests.oauth.conftest import Project
from tests.oauth.stub import PROMPTLY, Reply, lost
from tests.oauth.test_cases_renewal import until

UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def on_another_device(project: Project) -> SignIn:
    """Sign in on another device, and return what came of it."""
    signing_in = project.begin()
    signing_in.use_device()
    assert signing_in.wait(PROMPTLY)
    return signing_in


def refused(code: str, status: int = 400, **members: Any) -> Reply:
    return Reply({"error": code, **members}, status)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(refused("invalid_client", 401), id="RFC 6749"),
        pytest.param(refused("incorrect_client_credentials", 200), id="GitHub"),
        pytest.param(refused("bad_client_secret", 200, ok=False), id="Slack"),
        pytest.param(
            Reply({"status": "BAD_CLIENT_SECRET", "message": "missing or invalid"}, 400),
            id="HubSpot",
        ),
    ],
)
def test_a_client_secret_that_is_refused_is_asked_for_again(
    project: Project, answer: Reply
) -> None:
    project.wants(client_authentication="client_secret_post")
    project.provider.token_answers.append(answer)
    with pytest.raises(OAuthError, match="client secret"):
        project.connect()
    (request,) = project.person.asked
    assert request.client_secret_wanted()
    request.accept_client_secret(SecretStr("the-right-one"))
    assert not request.client_secret_wanted()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(refused("invalid_grant"), id="RFC 6749"),
        pytest.param(refused("bad_refresh_token", 200), id="GitHub"),
        pytest.param(refused("invalid_refresh_token", 200, ok=False), id="Slack"),
        pytest.param(refused("token_revoked", 200, ok=False), id="Slack, revoked"),
        pytest.param(Reply({"status": "BAD_REFRESH_TOKEN", "message": "…"}, 400), id="HubSpot"),
        pytest.param(refused("interaction_required"), id="Microsoft, MFA"),
        pytest.param(refused("consent_required"), id="Microsoft, consent"),
        pytest.param(refused("login_required"), id="Microsoft, login"),
    ],
)
def test_a_grant_that_has_ended_has_one_sign_in_again(project: Project, answer: Reply) -> None:
    project.expire()
    project.provider.token_answers.append(answer)
    for _ in range(2):
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
    assert project.grant.expired
    assert project.provider.refreshes == 1
    assert project.is_known(project.connect())


def test_a_code_that_github_does_not_take_is_one_that_has_ended(project: Project) -> None:
    project.provider.token_answers.append(refused("bad_verification_code", 200))
    with pytest.raises(OAuthError, match=r"bad_verification_code.* Sign in again") as failed:
        project.connect()
    assert failed.value.error == "invalid_grant"


def test_a_device_that_microsoft_calls_declined_was_denied(project: Project) -> None:
    project.provider.device_answers.append(refused("authorization_declined"))
    signing_in = on_another_device(project)
    assert isinstance(signing_in.error, AuthorizationError)
    assert "access was denied" in str(signing_in.error)


def test_a_token_that_google_has_forgotten_is_revoked(project: Project) -> None:
    project.connect()
    project.provider.revocation_answers.append(refused("invalid_token"))
    revocation = project.session().disconnect("user").revocation
    assert revocation is not None
    assert revocation.state == "revoked"
    assert project.stored is None


class TestSlack:
    def test_renews_at_the_top_level_what_it_nested_before(self, project: Project) -> None:
        project.wants(token_path="authed_user")
        person = {"access_token": "xoxe-1", "refresh_token": "the-first", "expires_in": 43200}
        project.provider.token_answers.append(Reply({"ok": True, "authed_user": person}))
        project.expire()
        renewed = {**person, "access_token": "xoxe-2", "refresh_token": "the-second"}
        project.provider.token_answers.append(Reply({"ok": True, "token_type": "user", **renewed}))
        assert project.session().get_connection("user").value == "xoxe-2"
        assert project.refresh_token == "the-second"

    def test_has_a_bots_token_not_taken_for_the_persons(self, project: Project) -> None:
        project.wants(token_path="authed_user")
        project.provider.token_answers.append(Reply({"ok": True, "access_token": "xoxb-bot"}))
        with pytest.raises(OAuthError, match="authed_user"):
            project.connect()
        assert project.stored is None


class TestControlCharacters:
    """What a terminal would obey, or what turns a line around, is in no message."""

    def test_in_the_issuer_of_metadata(self, project: Project) -> None:
        project.provider.metadata["issuer"] = "\x1b[2J\x1b]0;title\x07https://as.example\u202e"
        error = str(project.fail().error)
        assert "https://as.example" in error
        assert not UNSHOWABLE.search(error)

    def test_in_a_content_type(self, project: Project) -> None:
        headers = {"Content-Type": "text/html\x9b31m"}
        project.provider.token_answers.append(Reply(b"<html>", 200, headers))
        with pytest.raises(OAuthError, match="text/html") as failed:
            project.connect()
        assert not UNSHOWABLE.search(str(failed.value))

    @pytest.mark.parametrize(
        "members",
        [
            {"verification_uri": "https://as.example/\x1b[2J"},
            {"verification_uri_complete": "https://as.example/\x1b[2J"},
            {"verification_uri_complete": "https://as.example/\u202e"},
            {"verification_uri": "http://as.example/"},
            {"verification_uri_complete": "https://as.example/" + "x" * 5000},
        ],
    )
    def test_in_the_address_for_another_device_make_it_none(
        self, project: Project, members: dict[str, str]
    ) -> None:
        told = {"device_code": "the-device-code", "user_code": "U"}
        project.provider.device = Reply(
            {**told, "verification_uri": "https://as.example/", **members}
        )
        signing_in = project.begin()
        news: list[str] = []
        signing_in.changed = lambda: news.append(str(signing_in.error))
        signing_in.use_device()
        until(lambda: len(news) > 0)
        assert "Use the browser" in news[0]
        assert not UNSHOWABLE.search(news[0])
        assert signing_in.device is None
        assert signing_in.state == "ready"


class TestSecretsThatAreWords:
    """What was sent is taken out of what is shown, and never out of what is understood."""

    @pytest.mark.parametrize("device_code", ["pending", "authorization"])
    def test_a_device_code(self, project: Project, device_code: str) -> None:
        told = {"user_code": "U", "verification_uri": "https://as.example/", "interval": 0.01}
        project.provider.device = Reply({"device_code": device_code, **told})
        project.provider.device_answers += [refused("authorization_pending")] * 2
        signing_in = on_another_device(project)
        assert signing_in.state == "connected"

    def test_a_refresh_token(self, project: Project) -> None:
        project.provider.token_changes = {"refresh_token": "invalid_grant"}
        project.expire()
        project.provider.token_answers.append(refused("invalid_grant"))
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
        assert project.grant.expired

    def test_a_client_secret_of_a_few_letters_leaves_words_whole(self, project: Project) -> None:
        project.wants(client_authentication="client_secret_post")
        project.person.client_secret = "client"
        said = "The client is not known."
        project.provider.token_answers.append(refused("invalid_client", error_description=said))
        with pytest.raises(OAuthError, match=said) as failed:
            project.connect()
        assert "invalid_client" in str(failed.value)


def test_an_issuer_that_does_not_answer_is_asked_at_one_address_only(project: Project) -> None:
    # All of them are on one host, and each would be waited for.
    project.wants(issuer=f"{project.provider.url}/tenant")
    path = "/.well-known/oauth-authorization-server/tenant"
    project.provider.well_known = [path]
    project.provider.metadata_answers.append(lost())
    project.fail()
    assert [call.path for call in project.provider.calls] == [path]
