"""What a person, a provider or an app file may get wrong beside the numbered cases."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AppFileError, AuthorizationError, ConnectionExpiredError, OAuthError
from tests.oauth.conftest import Project, get, query, query_of, replaced, with_query
from tests.oauth.stub import Provider


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def test_each_case_has_a_test_of_its_number() -> None:
    numbers = set()
    for path in Path(__file__).parent.glob("test_cases_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (
                found := re.match(r"test_case_(\d\d)_", node.name)
            ):
                numbers.add(int(found[1]))
    assert numbers == set(range(1, 63))


class TestAProviderWithoutPkce:
    def test_is_signed_in_to_where_it_says_nothing_of_it(self, project: Project) -> None:
        project.provider.metadata["code_challenge_methods_supported"] = None
        sent = query_of(project.begin().authorization_url())
        assert sent["code_challenge_method"] == "S256"
        assert len(sent["code_challenge"]) == 43

    def test_is_not_where_it_says_that_it_has_another(self, project: Project) -> None:
        project.provider.metadata["code_challenge_methods_supported"] = ["plain"]
        assert "PKCE" in str(project.fail().error)

    def test_a_code_that_somebody_else_asked_for_is_of_no_use(self, project: Project) -> None:
        get(project.begin().authorization_url())
        (stolen,) = project.provider.codes
        project.provider.back = replaced(code=stolen)
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        with pytest.raises(OAuthError) as failed:
            signing_in.accept(address)
        assert failed.value.error == "invalid_grant"
        assert project.stored is None


class TestTheClientId:
    @pytest.mark.parametrize("client_id", ["my client", "a+b&c=d%20", "x" * 2000])
    def test_of_odd_letters_arrives_as_it_is(self, project: Project, client_id: str) -> None:
        project.wants(client_id=client_id)
        project.connect()
        sent = next(call for call in project.provider.calls if call.path == "/authorize")
        assert sent.query["client_id"] == client_id
        assert project.provider.token_calls[0].form["client_id"] == client_id


class TestTheAppFile:
    def test_that_names_an_issuer_in_plain_http_is_refused(self, project: Project) -> None:
        project.write('issuer = "http://provider.example"')
        with pytest.raises(AppFileError, match="plain http"):
            project.session().get_connection("user")

    def test_that_names_scopes_as_one_string_is_refused(self, project: Project) -> None:
        project.write(f'issuer = "{project.provider.url}"', 'scopes = "mail.read mail.send"')
        with pytest.raises(AppFileError, match="array"):
            project.session().get_connection("user")

    def test_that_names_an_endpoint_on_another_host_shows_it(
        self, project: Project, elsewhere: Provider
    ) -> None:
        host = project.provider.url.removeprefix("http://")
        assert project.begin().hosts == (host,)
        project.wants(token_endpoint=f"{elsewhere.url}/token")
        assert project.begin().hosts == (host, elsewhere.url.removeprefix("http://"))
        project.wants(token_endpoint="", authorization_endpoint=f"{elsewhere.url}/authorize")
        assert project.begin().hosts == (elsewhere.url.removeprefix("http://"), host)

    @pytest.mark.parametrize("name", ["revocation_endpoint", "device_authorization_endpoint"])
    def test_that_names_another_host_for_tokens_or_the_client_secret_shows_it(
        self, project: Project, elsewhere: Provider, name: str
    ) -> None:
        project.wants(**{name: f"{elsewhere.url}/any"})
        assert elsewhere.url.removeprefix("http://") in project.begin().hosts

    def test_whose_metadata_name_another_host_to_revoke_at_shows_it(self, project: Project) -> None:
        project.provider.metadata["revocation_endpoint"] = "https://evil.example/revoke"
        assert "evil.example" in project.begin().hosts

    def test_whose_metadata_name_another_host_shows_it(self, project: Project) -> None:
        project.provider.metadata["token_endpoint"] = "https://tokens.example/token"
        assert "tokens.example" in project.begin().hosts


class TestAnAppFileThatWasChanged:
    """What one provider gave is sent to no other."""

    @pytest.fixture(params=["issuer", "token_endpoint", "client_id"])
    def changes(self, request: pytest.FixtureRequest, elsewhere: Provider) -> dict[str, str]:
        return {
            "issuer": {"issuer": elsewhere.url},
            "token_endpoint": {"token_endpoint": f"{elsewhere.url}/token"},
            "client_id": {"client_id": "another client"},
        }[request.param]

    @pytest.mark.parametrize("is_expired", [True, False])
    def test_has_one_sign_in_again(
        self, project: Project, elsewhere: Provider, changes: dict[str, str], is_expired: bool
    ) -> None:
        project.connect()
        if is_expired:
            project.expire()
        before, secret = project.stored, project.refresh_token
        project.wants(**changes)
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
        assert project.stored == before
        assert project.provider.refreshes == 0
        assert secret not in str(elsewhere.calls)

    def test_has_a_connection_from_before_renewed_nowhere(
        self, project: Project, elsewhere: Provider, changes: dict[str, str]
    ) -> None:
        connection, secret = project.connect(), project.refresh_token
        before = project.stored
        assert before is not None
        project.provider.forget_access_tokens()
        project.wants(**changes)
        client = project.client()
        assert client.renewal(project.place, before).exception() is not None
        assert project.stored == before
        assert secret not in str(elsewhere.calls)
        assert project.provider.refreshes == 0
        assert connection.value == before.value

    def test_has_nothing_revoked_anywhere_and_still_disconnects(
        self, project: Project, elsewhere: Provider, changes: dict[str, str]
    ) -> None:
        project.connect()
        secrets = [project.token, project.refresh_token]
        project.wants(**changes, revocation_endpoint=f"{elsewhere.url}/revoke")
        disconnection = project.session().disconnect("user")
        assert disconnection.revocation is not None
        assert disconnection.revocation.state == "failed"
        assert project.stored is None
        for secret in secrets:
            assert secret not in str(elsewhere.calls)

    def test_sends_the_secret_of_the_client_nowhere_else(
        self, project: Project, elsewhere: Provider
    ) -> None:
        project.wants(client_authentication="client_secret_post")
        project.connect()
        project.wants(token_endpoint=f"{elsewhere.url}/token")
        assert project.client().client_secret(project.place) is None
        signing_in = project.begin()
        project.person.comes_back(signing_in)
        assert signing_in.state == "failed"
        assert "connect again to type it" in str(signing_in.error).lower()
        assert elsewhere.calls == []

    def test_that_is_changed_back_is_as_it_was(
        self, project: Project, changes: dict[str, str]
    ) -> None:
        connection, before = project.connect(), project.oauth2
        project.wants(**changes)
        with pytest.raises(ConnectionExpiredError):
            project.session().get_connection("user")
        project.wants(**{name: getattr(before, name) for name in changes})
        assert project.session().get_connection("user").value == connection.value
        assert project.provider.refreshes == 0

    def test_asks_for_scopes_anew_only_when_one_signs_in(self, project: Project) -> None:
        connection = project.connect()
        project.wants(scopes=("mail.read", "mail.send", "mail.delete"))
        assert project.session().get_connection("user").value == connection.value


class TestAnAddress:
    def test_of_another_sign_in_names_what_is_wrong(self, project: Project) -> None:
        first, second = project.begin(), project.begin()
        theirs, ours = project.person.sent_back(first), project.person.sent_back(second)
        with pytest.raises(AuthorizationError, match="another sign-in"):
            second.accept(with_query(ours, query(theirs)))
        assert second.state == "ready"
        second.accept(ours)
        assert second.state == "connected"
        assert first.state == "ready"

    def test_in_place_of_a_server_is_not_taken(self, project: Project) -> None:
        signing_in = project.begin()
        for address in ("javascript:alert(1)//attio-nb/oauth/callback", "/attio-nb/oauth/callback"):
            with pytest.raises(AuthorizationError):
                signing_in.authorization_url(address)
        with pytest.raises(AuthorizationError):
            signing_in.authorization_url("https://hub.example/other")
        assert signing_in.state == "ready"


def test_nothing_is_lost_by_a_sign_in_that_fails(project: Project) -> None:
    project.connect()
    before = project.stored
    project.provider.back = lambda pairs: [*pairs, ("error", "access_denied")]
    with pytest.raises(AuthorizationError):
        project.session(project.person).connect("user")
    assert project.stored == before
