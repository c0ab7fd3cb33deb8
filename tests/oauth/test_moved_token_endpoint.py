"""A token endpoint that moves while its metadata are cached."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from attio_nb.app import OAuth2
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, OAuthError
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.exchange import Exchange
from attio_nb.oauth.token_endpoint import TokenEndpoint
from tests.oauth.conftest import Project
from tests.oauth.stub import PROMPTLY, Provider, Reply

GONE = [
    pytest.param(Reply(b"<html>Not Found</html>", 404, {"Content-Type": "text/html"}), id="404"),
    pytest.param(Reply({"error": "not found"}, 404), id="404 in JSON"),
    pytest.param(Reply({"error": {"code": 404}}, 404), id="404 in an object"),
    pytest.param(Reply(b"", 405, {"Allow": "GET"}), id="405"),
    pytest.param(Reply(b"", 410), id="410"),
    pytest.param(Reply(b"404 page not found", 404), id="404 in words"),
    pytest.param(
        Reply({"status": 404, "error": "Not Found", "path": "/oauth/refresh_token"}, 404),
        id="404 with a path",
    ),
]
STAYS = [
    pytest.param(Reply({"error": "invalid_grant"}, 404), id="404, and a token endpoint answers"),
    pytest.param(Reply({"message": "Refresh token not found"}, 404), id="404, and no grant"),
    pytest.param(Reply({"code": "REFRESH_TOKEN_REVOKED"}, 410), id="410, and no grant"),
    pytest.param(Reply(b"<error>invalid_grant</error>", 404), id="404, and XML says why"),
    pytest.param(Reply(b"", 403), id="403"),
    pytest.param(Reply(b"", 400), id="400"),
    pytest.param(Reply(b"", 500), id="500"),
    pytest.param(Reply(b"", 503), id="503"),
]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def client(project: Project) -> OAuthClient:
    """One client, which keeps the metadata that it has read."""
    client = project.client()
    project.client = lambda **options: client  # type: ignore[method-assign]
    return client


def posts(provider: Provider, value: str) -> list[str]:
    """Return the paths to which a code or a refresh token was sent."""
    return [call.path for call in provider.calls if value in call.form.values()]


def metadata_calls(provider: Provider) -> int:
    return provider.count("/.well-known/oauth-authorization-server")


@pytest.mark.usefixtures("client")
class TestMoved:
    @pytest.mark.parametrize("gone", GONE)
    def test_a_refresh_follows(self, project: Project, gone: Reply) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.move_token_endpoint("/v2/token", gone)
        before = metadata_calls(project.provider)
        assert project.is_known(project.session().get_connection("user"))
        assert posts(project.provider, token) == ["/token", "/v2/token"]
        assert metadata_calls(project.provider) == before + 1

    @pytest.mark.parametrize("gone", GONE)
    def test_a_sign_in_follows(self, project: Project, gone: Reply) -> None:
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        (code,) = project.provider.codes
        project.provider.move_token_endpoint("/v2/token", gone)
        signing_in.accept(address)
        assert signing_in.state == "connected"
        assert posts(project.provider, code) == ["/token", "/v2/token"]

    @pytest.mark.parametrize("gone", GONE)
    def test_another_device_follows(self, project: Project, gone: Reply) -> None:
        signing_in = project.begin()
        project.provider.move_token_endpoint("/v2/token", gone)
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"
        assert posts(project.provider, "the-device-code") == ["/token", "/v2/token"]

    def test_what_was_found_is_used_from_then_on(self, project: Project) -> None:
        project.expire()
        project.provider.move_token_endpoint("/v2/token", Reply(b"", 404))
        project.session().get_connection("user")
        project.expire()
        token, before = project.refresh_token, metadata_calls(project.provider)
        project.session().get_connection("user")
        assert posts(project.provider, token) == ["/v2/token"]
        assert metadata_calls(project.provider) == before

    def test_it_is_followed_once(self, project: Project) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.move_token_endpoint("/v2/token", Reply(b"", 404))
        project.provider.gone["/v2/token"] = Reply(b"", 404)
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert posts(project.provider, token) == ["/token", "/v2/token"]
        assert project.refresh_token == token


@pytest.mark.usefixtures("client")
class TestNotMoved:
    @pytest.mark.parametrize("answer", STAYS)
    def test_any_other_answer_asks_for_no_metadata(self, project: Project, answer: Reply) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.move_token_endpoint("/v2/token", answer)
        before = metadata_calls(project.provider)
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert set(posts(project.provider, token)) == {"/token"}
        assert metadata_calls(project.provider) == before

    @pytest.mark.parametrize("gone", GONE)
    def test_the_same_endpoint_gets_no_token_twice(self, project: Project, gone: Reply) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.gone["/token"] = gone
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert posts(project.provider, token) == ["/token"]

    def test_the_same_endpoint_gets_no_code_twice(self, project: Project) -> None:
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        (code,) = project.provider.codes
        project.provider.gone["/token"] = Reply(b"", 404)
        with pytest.raises(OAuthError, match="404"):
            signing_in.accept(address)
        assert posts(project.provider, code) == ["/token"]

    def test_an_endpoint_that_the_app_file_names_stays(self, project: Project) -> None:
        project.wants(token_endpoint=f"{project.provider.url}/token")
        project.expire()
        token = project.refresh_token
        project.provider.move_token_endpoint("/v2/token", Reply(b"", 404))
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert posts(project.provider, token) == ["/token"]

    @pytest.mark.parametrize(
        "endpoint",
        [None, "", "http://evil.example/token", "https://a.example\\@b.example/", ["/token"]],
    )
    def test_metadata_with_a_bad_endpoint_lead_nowhere(
        self, project: Project, endpoint: Any
    ) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.gone["/token"] = Reply(b"", 404)
        project.provider.metadata["token_endpoint"] = endpoint
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert posts(project.provider, token) == ["/token"]
        assert project.refresh_token == token

    @pytest.mark.parametrize("answer", [Reply(b"", 500), Reply(b"", 404), Reply({"issuer": "x"})])
    def test_metadata_that_cannot_be_had_lead_nowhere(
        self, project: Project, answer: Reply
    ) -> None:
        project.expire()
        token = project.refresh_token
        project.provider.move_token_endpoint("/v2/token", Reply(b"", 404))
        project.provider.metadata_answers += [answer] * 4
        with pytest.raises(AttioError):
            project.session().get_connection("user")
        assert posts(project.provider, token) == ["/token"]
        assert project.refresh_token == token


@pytest.mark.parametrize("there", ["https://A.example:443/", "https://a.example:443"])
def test_the_same_address_in_another_form_is_the_same(there: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(404)

    exchange = Exchange(transport=httpx.MockTransport(answer))
    endpoint = TokenEndpoint("https://a.example", lambda: there)
    endpoint.post({"code": "c"}, oauth2=OAuth2("c"), client_secret=None, exchange=exchange)
    assert len(sent) == 1
