"""HTTP Basic with an id and a secret that need encoding, at servers that decode them or not."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import unquote, unquote_plus

import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import Store
from attio_nb.errors import OAuthError, ProviderUnavailableError
from tests.oauth.conftest import Project
from tests.oauth.stub import PROMPTLY, Call, Provider, Reply

CLIENT_ID, SECRET = "the client:1%", "50%+: ü/&=~*"


@pytest.fixture
def project(project: Project) -> Project:
    project.wants(client_id=CLIENT_ID, client_authentication="client_secret_basic")
    project.person.client_secret = SECRET
    return project


def pair(call: Call) -> tuple[str, str]:
    scheme, _, value = call.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    client_id, _, secret = base64.b64decode(value).decode().partition(":")
    return client_id, secret


def decoding(decode: Callable[[str], str]) -> Callable[[Call], bool]:
    """Return what knows the client by what it decodes."""
    return lambda call: tuple(map(decode, pair(call))) == (CLIENT_ID, SECRET)


def raw(call: Call) -> bool:
    """Know the client that encodes nothing."""
    value = call.headers["authorization"].partition(" ")[2]
    return base64.b64decode(value).decode() == f"{CLIENT_ID}:{SECRET}"


def calls(provider: Provider, path: str) -> list[Call]:
    return [call for call in provider.calls if call.path == path]


@pytest.mark.parametrize("decode", [unquote, unquote_plus])
def test_every_decoder_reads_it(project: Project, decode: Callable[[str], str]) -> None:
    project.provider.knows_client = decoding(decode)
    project.expire()
    project.connect()
    assert len(project.provider.token_calls) == 2
    assert project.grant.client_authentication == "client_secret_basic"


REFUSALS = [
    Reply({"error": "invalid_client"}, 401),
    Reply({"error": "invalid_client"}, 400),
    Reply({"error": "invalid_client: Invalid client."}, 401),
    Reply({"error": "INVALID_CLIENT"}, 401),
    Reply({"error": "unauthorized_client"}, 401),
    Reply({"error": "invalid_client_secret"}, 200),
    Reply(b"", 401),
    Reply(b"<html>Who are you?</html>", 401, {"Content-Type": "text/html"}),
]


class TestAServerThatDecodesNothing:
    @pytest.mark.parametrize("refusal", REFUSALS)
    def test_is_sent_the_raw_pair_once_it_refuses(self, project: Project, refusal: Reply) -> None:
        project.provider.knows_client = raw
        project.provider.refuses_client = refusal
        project.connect()
        first, second = project.provider.token_calls
        # The code is spent by the second only.
        assert first.form == second.form
        assert project.grant.client_authentication == "client_secret_basic_raw"

    def test_is_remembered_by_a_session_that_has_seen_nothing(self, project: Project) -> None:
        project.provider.knows_client = raw
        project.expire()
        assert len(project.provider.token_calls) == 2
        for _ in range(2):
            project.connect()
            project.expire()
        assert len(project.provider.token_calls) == 4
        assert project.provider.refreshes == 2
        project.session().disconnect("user")
        assert [raw(call) for call in calls(project.provider, "/revoke")] == [True, True]
        assert project.stored is None

    def test_that_decodes_from_now_on_is_understood(self, project: Project) -> None:
        project.provider.knows_client = raw
        project.expire()
        project.provider.knows_client = decoding(unquote)
        project.connect()
        assert project.grant.client_authentication == "client_secret_basic"
        assert project.provider.refreshes == 2

    def test_spends_no_refresh_token_with_what_it_refuses(self, project: Project) -> None:
        project.expire()
        project.provider.knows_client = raw
        before = project.refresh_token
        project.connect()
        assert project.refresh_token != before
        assert not project.grant.expired

    def test_has_its_tokens_revoked(self, project: Project) -> None:
        project.connect()
        project.provider.knows_client = raw
        revocation = project.session().disconnect("user").revocation
        assert revocation is not None
        assert revocation.state == "revoked"

    def test_gives_a_code_for_another_device(self, project: Project) -> None:
        project.provider.knows_client = raw
        project.person.ask_secret(project)
        project.provider.device_answers.append(Reply({"error": "authorization_pending"}, 400))
        signing_in = project.begin()
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"
        assert len(calls(project.provider, "/device_authorization")) == 2
        assert [raw(call) for call in project.provider.token_calls] == [True, True]
        assert project.grant.client_authentication == "client_secret_basic_raw"


class TestASecretThatIsWrong:
    def test_is_tried_twice_and_then_asked_for(self, project: Project) -> None:
        project.provider.knows_client = lambda call: False
        with pytest.raises(OAuthError) as failed:
            project.connect()
        assert failed.value.error == "invalid_client"
        assert len(project.provider.token_calls) == 2
        assert SECRET not in str(failed.value)

    @pytest.mark.parametrize("second", [Reply({}, 429), Reply(b"", 503)])
    def test_is_told_as_such_where_the_second_try_has_no_answer(
        self, project: Project, second: Reply
    ) -> None:
        refused = Reply({"error": "invalid_client"}, 401)
        project.provider.token_answers += [refused, second]
        with pytest.raises(OAuthError) as failed:
            project.connect()
        assert not isinstance(failed.value, ProviderUnavailableError)
        assert failed.value.error == "invalid_client"

    def test_is_tried_once_where_no_encoding_is_needed(self, project: Project) -> None:
        project.wants(client_id="the-client.1", client_authentication="client_secret_basic")
        project.person.client_secret = "a-secret_~.1"
        project.provider.knows_client = lambda call: False
        with pytest.raises(OAuthError):
            project.connect()
        assert len(project.provider.token_calls) == 1

    @pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic_raw"])
    def test_is_tried_once_where_the_app_file_says_how(self, project: Project, method: str) -> None:
        project.wants(client_authentication=method)
        project.provider.knows_client = lambda call: False
        with pytest.raises(OAuthError):
            project.connect()
        assert len(project.provider.token_calls) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        Reply({"error": "invalid_grant"}, 400),
        Reply({"error": "invalid_grant"}, 401),
        Reply({"error": "invalid_request"}, 401),
        Reply({"error": "unauthorized_client"}, 400),
        Reply({"error": "invalid_scope"}, 400),
        Reply(b"", 403),
        Reply({"error": "invalid_client"}, 503),
    ],
)
def test_other_refusals_are_not_answered_with_another_try(project: Project, refusal: Reply) -> None:
    project.provider.token_answers.append(refusal)
    with pytest.raises(OAuthError):
        project.connect()
    assert len(project.provider.token_calls) == 1


def test_what_is_remembered_is_stored(project: Project, store: Store) -> None:
    project.provider.knows_client = raw
    project.connect()
    stored = store.get(project.place.slot)
    assert stored is not None
    assert stored.grant is not None
    assert stored.grant.client_authentication == "client_secret_basic_raw"
    assert SecretStr(SECRET) not in repr(stored)
