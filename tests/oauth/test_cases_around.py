"""Cases 54, 56 to 59, and 62: the API, disconnecting, other devices, registration, and secrecy."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import attio_nb
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, AuthorizationError, OAuthError
from attio_nb.oauth.device import DeviceAuthorization, await_device, request_device
from attio_nb.oauth.exchange import Exchange
from attio_nb.oauth.metadata import find_endpoints
from attio_nb.oauth.register import Registration
from attio_nb.oauth.revoke import Revocation
from attio_nb.oauth.sign_in import SignIn
from attio_nb.oauth.token import Token
from tests.loopback import free_port
from tests.oauth.conftest import Project, browser, changed, get, query_of, replaced, without
from tests.oauth.stub import PROMPTLY, Call, Provider, Reply, lost


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("header", [None, "X-Api-Key"])
def test_case_54_an_api_that_redirects_to_another_origin(
    project: Project, elsewhere: Provider, status: int, header: str | None
) -> None:
    there = {"Location": f"{elsewhere.url}/api"}
    project.provider.before_api = lambda call: Reply(b"", status, there)
    connection = project.connect()
    with browser() as client:
        auth = connection.auth(header=header)
        answer = client.get(f"{project.provider.url}/api", auth=auth, follow_redirects=True)
    (call,) = elsewhere.calls
    assert answer.status_code == 401
    assert project.token not in str(call)
    assert project.token in str(project.provider.calls[-1])
    # What it says of a token that it never saw is no reason to renew it.
    assert project.provider.refreshes == 0


UNSUPPORTED = {"error": "unsupported_token_type"}


class TestDisconnecting:
    def disconnected(self, project: Project) -> Revocation:
        """Disconnect, and return what came of it at the provider; here it is gone in any case."""
        secrets = [project.token, *([project.refresh_token] if project.grant.refresh_token else [])]
        result = project.session(None, pause=lambda seconds: None).disconnect("user")
        assert result.was_connected
        assert project.stored is None
        assert result.revocation is not None
        assert not any(secret in result.revocation.message for secret in secrets)
        return result.revocation

    def revoked(self, project: Project) -> list[tuple[str, str]]:
        """What was sent to be revoked, and as what."""
        calls = [call for call in project.provider.calls if call.path == "/revoke"]
        return [(call.form["token_type_hint"], call.form["token"]) for call in calls]

    def test_case_56_the_refresh_token_is_revoked_and_then_the_access_token(
        self, project: Project
    ) -> None:
        connection, refresh_token = project.connect(), project.refresh_token
        revocation = self.disconnected(project)
        assert revocation.state == "revoked"
        assert "the refresh token and the access token" in revocation.message
        assert self.revoked(project) == [
            ("refresh_token", refresh_token),
            ("access_token", f"{connection.value}"),
        ]
        assert not project.is_known(connection)

    def test_case_56_a_grant_without_refresh_token(self, project: Project) -> None:
        project.provider.token_changes["refresh_token"] = None
        connection = project.connect()
        revocation = self.disconnected(project)
        assert revocation.state == "revoked"
        assert "refresh token" not in revocation.message
        assert self.revoked(project) == [("access_token", f"{connection.value}")]

    def test_case_56_a_token_that_is_not_known_there(self, project: Project) -> None:
        project.connect()
        project.keep(expired=True)
        assert self.disconnected(project).state == "revoked"

    @pytest.mark.parametrize("status", [429, 503])
    def test_case_56_a_503_is_tried_once_more(self, project: Project, status: int) -> None:
        project.connect()
        project.provider.revocation_answers.append(Reply(b"", status))
        assert self.disconnected(project).state == "revoked"
        assert project.provider.count("/revoke") == 3

    @pytest.mark.parametrize(
        ("answers", "said"),
        [
            ([Reply(b"", 503), Reply(b"", 503)], "status 503 twice"),
            ([Reply({"error": "invalid_client"}, 401)], "invalid_client"),
            ([Reply(UNSUPPORTED, 400)], "does not support revoking the refresh token"),
            ([Reply(b"<html>", 500)], "did not revoke the refresh token (status 500)"),
            ([Reply(b"", 302, {"Location": "/elsewhere"})], "redirect"),
            ([Reply({"ok": False, "error": "invalid_auth"})], "invalid_auth"),
            ([Reply({"error": {"message": "no"}})], "status 200"),
            ([lost(), lost()], "Revoking the refresh token failed"),
        ],
    )
    def test_case_56_it_says_so_when_the_refresh_token_was_not_revoked(
        self, project: Project, answers: list[Reply], said: str
    ) -> None:
        project.connect()
        project.provider.revocation_answers += answers
        revocation = self.disconnected(project)
        assert revocation.state == "failed"
        assert said in revocation.message
        assert "It was revoked at" in revocation.message
        assert "the access token" in revocation.message
        assert project.provider.count("/revoke") == len(answers) + 1

    @pytest.mark.parametrize(
        ("answers", "said"),
        [
            ([Reply(b"", 503), Reply(b"", 503)], "did not revoke the access token (status 503 t"),
            ([Reply(UNSUPPORTED, 400)], "does not support revoking the access token"),
            ([Reply(UNSUPPORTED, 503), Reply(UNSUPPORTED, 503)], "does not support revoking the a"),
            ([lost(), lost()], "Revoking the access token failed"),
        ],
    )
    def test_case_56_it_says_so_when_the_access_token_was_not_revoked(
        self, project: Project, answers: list[Reply], said: str
    ) -> None:
        connection = project.connect()
        project.provider.revocation_answers += [Reply(), *answers]
        revocation = self.disconnected(project)
        assert revocation.state == "failed"
        assert "the refresh token." in revocation.message
        assert said in revocation.message
        assert "remove the app in your account" in revocation.message
        assert project.is_known(connection)

    @pytest.mark.parametrize("error", ["invalid_token", "invalid_grant"])
    def test_case_56_an_access_token_that_ended_with_the_refresh_token(
        self, project: Project, error: str
    ) -> None:
        project.connect()
        project.provider.revocation_answers += [Reply(), Reply({"error": error}, 400)]
        revocation = self.disconnected(project)
        assert revocation.state == "revoked"
        assert "the access token had ended already" in revocation.message

    @pytest.mark.parametrize(
        "body",
        [
            {"error": {"code": "invalid_token"}},
            {"ERROR": "INVALID_TOKEN"},
            [{"error": "gone"}],
            b"",
        ],
    )
    @pytest.mark.parametrize("status", [200, 400])
    def test_case_56_it_never_says_that_a_token_was_revoked_that_may_not_be(
        self, project: Project, status: int, body: Any
    ) -> None:
        project.connect()
        project.provider.revocation_answers += [Reply(body, status)] * 2
        told = self.disconnected(project)
        is_error = isinstance(body, dict)
        assert ("It was revoked" in told.message) is (status == 200 and not is_error)
        assert ("had ended already" in told.message) is is_error

    @pytest.mark.parametrize(
        "body",
        [
            {"success": False},
            {"ok": False, "reason": "no"},
            {"errors": ["no"]},
            {"error": {"a": 1}},
        ],
    )
    def test_case_56_a_status_of_success_that_says_error(self, project: Project, body: Any) -> None:
        project.connect()
        project.provider.revocation_answers += [Reply(body)] * 2
        assert self.disconnected(project).state == "failed"

    @pytest.mark.parametrize(
        "body", [{"message": "Token revoked"}, {"ok": True, "error": None}, {"errors": []}, b"OK"]
    )
    def test_case_56_a_status_of_success_that_says_more(self, project: Project, body: Any) -> None:
        project.connect()
        project.provider.revocation_answers += [Reply(body)] * 2
        assert self.disconnected(project).state == "revoked"

    def test_case_56_what_both_tokens_have_in_common_is_said_once(self, project: Project) -> None:
        project.connect()
        project.provider.revocation_answers += [Reply(b"", 500), Reply(b"", 500)]
        message = self.disconnected(project).message
        assert "did not revoke the refresh token and the access token (status 500)" in message
        assert message.count("500") == message.count("remove the app") == 1

    def test_case_56_a_provider_that_gives_no_answer_is_not_asked_over_and_over(
        self, project: Project
    ) -> None:
        project.connect()
        project.provider.revocation_answers += [lost() for _ in range(9)]
        assert self.disconnected(project).state == "failed"
        assert project.provider.count("/revoke") == 3

    def test_case_56_a_provider_without_revocation(self, project: Project) -> None:
        project.provider.metadata["revocation_endpoint"] = None
        project.connect()
        assert self.disconnected(project).state == "not-offered"

    def test_case_56_a_provider_that_is_gone(self, project: Project) -> None:
        project.connect()
        project.provider.metadata_answers += [Reply(b"", 503)] * 9
        assert self.disconnected(project).state == "failed"


def sent_by(call: Call) -> str:
    """Return how a request authenticated the client."""
    if "authorization" in call.headers:
        return "client_secret_basic"
    return "client_secret_post" if "client_secret" in call.form else "none"


BASIC, POST = "client_secret_basic", "client_secret_post"


class TestAuthenticationAtTheRevocationEndpoint:
    def used(self, project: Project, configured: str, supported: object) -> str:
        """Disconnect, and return how the client was authenticated for it."""
        project.wants(client_authentication=configured)
        project.provider.metadata["revocation_endpoint_auth_methods_supported"] = supported
        project.connect()
        revocation = project.session().disconnect("user").revocation
        assert revocation is not None
        assert revocation.state == "revoked"
        used = {sent_by(call) for call in project.provider.calls if call.path == "/revoke"}
        assert {sent_by(call) for call in project.provider.token_calls} == {
            configured.removesuffix("_raw")
        }
        return used.pop() if len(used) == 1 else f"{used}"

    @pytest.mark.parametrize(
        ("configured", "supported", "used"),
        [
            (BASIC, [POST], POST),
            (POST, [BASIC], BASIC),
            (POST, ["private_key_jwt", BASIC], BASIC),
            (BASIC, [POST, BASIC], BASIC),
            (POST, ["none"], "none"),
            ("client_secret_basic_raw", [POST], POST),
            ("client_secret_basic_raw", [BASIC, POST], BASIC),
            ("none", [BASIC, POST], "none"),
            (POST, POST, POST),
            (BASIC, f"{POST} private_key_jwt", POST),
        ],
    )
    def test_is_one_that_the_metadata_list(
        self, project: Project, configured: str, supported: object, used: str
    ) -> None:
        assert self.used(project, configured, supported) == used

    @pytest.mark.parametrize("supported", [None, [], ["private_key_jwt"], 7, {}, [None, 7], ""])
    @pytest.mark.parametrize("configured", [BASIC, POST])
    def test_is_that_of_the_token_endpoint_where_the_metadata_name_none_of_ours(
        self, project: Project, configured: str, supported: object
    ) -> None:
        assert self.used(project, configured, supported) == configured

    def test_is_that_of_the_token_endpoint_where_the_app_file_names_another_endpoint(
        self, project: Project
    ) -> None:
        url = project.provider.url
        project.provider.metadata["revocation_endpoint"] = f"{url}/another"
        project.wants(revocation_endpoint=f"{url}/revoke")
        assert self.used(project, POST, [BASIC]) == POST


class AnotherDevice:
    """A person at another device, by a clock that only the waiting moves."""

    def __init__(self, project: Project) -> None:
        self.paused: list[float] = []
        self._project = project
        self._exchange = Exchange(transport=project.transport)
        self._oauth2 = project.oauth2
        self._endpoints = find_endpoints(self._oauth2, self._exchange)

    def code(self) -> DeviceAuthorization:
        return request_device(
            self._oauth2, self._endpoints, client_secret=None, exchange=self._exchange
        )

    def token(self, gives_up_after: int = 1000, request_seconds: float = 0) -> Token | None:
        def pause(seconds: float) -> bool:
            self.paused.append(seconds)
            return len(self.paused) > gives_up_after

        def clock() -> float:
            return sum(self.paused) + request_seconds * len(self.paused)

        return await_device(
            self._oauth2,
            self._endpoints,
            self.code(),
            client_secret=None,
            exchange=self._exchange,
            pause=pause,
            clock=clock,
        )


def error(code: str) -> Reply:
    return Reply({"error": code}, 400)


class TestAnotherDevice:
    @pytest.fixture
    def person(self, project: Project) -> AnotherDevice:
        project.provider.device = self.given(project.provider)
        return AnotherDevice(project)

    def given(self, provider: Provider, **members: Any) -> Reply:
        told = {
            "device_code": "the-device-code",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{provider.url}/device",
            "verification_uri_complete": f"{provider.url}/device?user_code=ABCD-EFGH",
            "expires_in": 600,
            "interval": 3,
        } | members
        return Reply({name: value for name, value in told.items() if value is not None})

    def test_case_57_pending_then_slow_down(self, project: Project, person: AnotherDevice) -> None:
        answers = ["authorization_pending", "slow_down", "authorization_pending", "slow_down"]
        project.provider.device_answers += map(error, answers)
        token = person.token()
        assert token is not None
        assert f"{token.access_token}" in project.provider.access_tokens
        assert person.paused == [3, 3, 8, 8, 13]
        form = project.provider.token_calls[0].form
        assert form["device_code"] == "the-device-code"
        assert form["client_id"] == "the client"

    @pytest.mark.parametrize("answer", [lost(), Reply(b"<html>", 502)])
    def test_case_57_no_answer_doubles_the_interval(
        self, project: Project, person: AnotherDevice, answer: Reply
    ) -> None:
        project.provider.device_answers += [error("authorization_pending"), answer]
        assert person.token() is not None
        assert person.paused == [3, 3, 6]

    @pytest.mark.parametrize("code", ["access_denied", "expired_token"])
    def test_case_57_denied_and_expired_end_it(
        self, project: Project, person: AnotherDevice, code: str
    ) -> None:
        project.provider.device_answers += [error("authorization_pending"), error(code)]
        with pytest.raises(AuthorizationError) as ended:
            person.token()
        assert ended.value.error == code
        assert len(project.provider.token_calls) == 2

    def test_case_57_another_error_ends_it(self, project: Project, person: AnotherDevice) -> None:
        project.provider.device_answers.append(error("invalid_client"))
        with pytest.raises(OAuthError):
            person.token()
        assert len(project.provider.token_calls) == 1

    @pytest.mark.parametrize(
        "passing",
        [
            Reply(b"<html>Sign in</html>", 200, {"Content-Type": "text/html"}),
            Reply(b"<html>Forbidden</html>", 403, {"Content-Type": "text/html"}),
            Reply(b"<html>Not found</html>", 404, {"Content-Type": "text/html"}),
            Reply(b"", 204),
            Reply(b"", 200),
            Reply(b"no token here", 200, {"Content-Type": "text/plain"}),
            Reply(b"", 302, {"Location": "https://login.example/"}),
            Reply(b"", 307, {"Location": "https://login.example/"}),
            Reply(b"x" * 300_000, 200),
            Reply({"message": "later"}, 500),
            Reply({"message": "later"}, 408),
            Reply({"message": "later"}, 425),
            Reply({"error": "temporarily_unavailable"}, 400),
            Reply({"error": "server_error"}, 400),
            lost(),
        ],
    )
    def test_case_57_passing_faults_are_passed_over(
        self, project: Project, person: AnotherDevice, passing: Reply
    ) -> None:
        project.provider.device_answers += [passing] * 3 + [error("authorization_pending")] * 2
        token = person.token()
        assert token is not None
        assert f"{token.access_token}" in project.provider.access_tokens
        # Slower while it lasts, and as before when it is over.
        assert person.paused == [3, 6, 12, 24, 3, 3]

    def test_case_57_faults_that_do_not_pass_end_with_the_code(
        self, project: Project, person: AnotherDevice
    ) -> None:
        project.provider.device_answers += [Reply(b"<html>", 200)] * 100
        with pytest.raises(AuthorizationError, match="run out"):
            person.token()
        assert sum(person.paused) == 600
        assert max(person.paused) == 60

    @pytest.mark.parametrize(("retry_after", "waited"), [("30", 30), ("1", 6), ("100000", 300)])
    def test_case_57_as_long_as_retry_after_says(
        self, project: Project, person: AnotherDevice, retry_after: str, waited: float
    ) -> None:
        busy = Reply({}, 429, {"Retry-After": retry_after})
        project.provider.device_answers += [busy, error("authorization_pending")]
        assert person.token() is not None
        assert person.paused == [3, waited, 3]

    @pytest.mark.parametrize(
        "final",
        [
            Reply({"error": "unsupported_grant_type"}, 400),
            Reply({"message": "Forbidden"}, 403),
            Reply(b"", 401),
            Reply({"access_token": "x", "token_type": "DPoP"}),
        ],
    )
    def test_case_57_a_refusal_is_no_passing_fault(
        self, project: Project, person: AnotherDevice, final: Reply
    ) -> None:
        project.provider.device_answers += [final] * 5
        with pytest.raises(OAuthError):
            person.token()
        assert len(project.provider.token_calls) == 1

    def test_case_57_time_that_requests_take_counts(
        self, project: Project, person: AnotherDevice
    ) -> None:
        project.provider.device_answers += [error("authorization_pending")] * 100
        with pytest.raises(AuthorizationError, match="run out"):
            person.token(request_seconds=100)
        assert len(project.provider.token_calls) == 6

    def test_case_57_the_code_runs_out(self, project: Project, person: AnotherDevice) -> None:
        project.provider.device = self.given(project.provider, expires_in=20)
        project.provider.device_answers += [error("authorization_pending")] * 100
        with pytest.raises(AuthorizationError, match="run out"):
            person.token()
        assert sum(person.paused) <= 21

    def test_case_57_whoever_gives_up_asks_no_more(
        self, project: Project, person: AnotherDevice
    ) -> None:
        project.provider.device_answers += [error("authorization_pending")] * 100
        assert person.token(gives_up_after=2) is None
        assert len(project.provider.token_calls) == 2

    @pytest.mark.parametrize("expires_in", [None, 0, -5, "soon", True, [], {}])
    def test_case_58_no_lifetime(
        self, project: Project, person: AnotherDevice, expires_in: object
    ) -> None:
        project.provider.device = self.given(project.provider, expires_in=expires_in)
        assert person.code().expires_in == 600

    @pytest.mark.parametrize(
        ("told", "seconds"),
        [
            (b"0.01", 1),
            (b"1e-300", 1),
            (b'"0.2"', 1),
            (b"1", 1),
            (b'"7"', 7),
            (b"2.5", 2.5),
            (b"61", 60),
            (b"1e12", 60),
            (b"9" * 400, 5),
            (b"9" * 5000, 5),
            (b"NaN", 5),
            (b"-Infinity", 5),
            (b"Infinity", 5),
            (b'"nan"', 5),
            (b"[1]", 5),
            (b"null", 5),
            (b'""', 5),
        ],
    )
    def test_case_58_an_interval_is_a_second_at_least_and_a_minute_at_most(
        self, project: Project, person: AnotherDevice, told: bytes, seconds: float
    ) -> None:
        body = b'{"device_code": "d", "user_code": "U", "verification_uri": "https://as.example/",'
        project.provider.device = Reply(body + b' "interval": ' + told + b"}")
        assert person.code().interval == seconds

    @pytest.mark.parametrize("interval", [None, 0, -5, "soon", True])
    def test_case_58_no_interval(
        self, project: Project, person: AnotherDevice, interval: object
    ) -> None:
        project.provider.device = self.given(project.provider, interval=interval)
        person.token()
        assert person.paused == [5]

    def test_case_58_what_google_calls_the_address(
        self, project: Project, person: AnotherDevice
    ) -> None:
        project.provider.device = self.given(
            project.provider,
            verification_uri=None,
            verification_uri_complete=None,
            verification_url="https://www.provider.example/device",
        )
        code = person.code()
        assert code.verification_uri == "https://www.provider.example/device"
        assert code.verification_uri_complete == ""

    @pytest.mark.parametrize(
        "members",
        [
            {"verification_uri": "javascript:alert(1)"},
            {"verification_uri_complete": "javascript:alert(1)"},
            {"verification_uri": None},
            {"user_code": None},
            {"user_code": "AB\x1b[31mCD"},
            {"device_code": 7},
        ],
    )
    def test_case_58_what_nobody_can_use_is_refused(
        self, project: Project, person: AnotherDevice, members: dict[str, Any]
    ) -> None:
        project.provider.device = self.given(project.provider, **members)
        with pytest.raises(OAuthError):
            person.code()

    def test_case_57_a_sign_in_that_is_done_on_another_device(self, project: Project) -> None:
        project.provider.device_answers.append(error("authorization_pending"))
        signing_in = project.begin()
        assert signing_in.has_device
        listener = query_of(signing_in.authorization_url())["redirect_uri"]
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"
        assert project.token in project.provider.access_tokens
        with pytest.raises(ConnectionRefusedError):
            get(listener)

    def test_case_57_one_that_is_denied_there_fails(self, project: Project) -> None:
        project.provider.device_answers.append(error("access_denied"))
        signing_in = project.begin()
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "failed"
        assert "denied" in str(signing_in.error)
        assert project.stored is None


class TestRegistration:
    def registered(self, project: Project, **members: object) -> Registration:
        """Register a client for what the app file says, and return what is used then."""
        told = {"client_id": "registered", **members}
        project.provider.registration = Reply(told, 201)
        wish = replace(project.oauth2, client_id="", scopes=("mail.read", "mail.send"))
        return project.client().register(wish, client_name="Mail")

    def test_case_59_what_came_back_is_used(self, project: Project) -> None:
        made = self.registered(
            project,
            token_endpoint_auth_method="client_secret_post",
            client_secret="the-client-secret",
            scope="mail.read",
            redirect_uris=["http://localhost:8123/in"],
        )
        assert made.oauth2.client_id == "registered"
        assert made.oauth2.client_authentication == "client_secret_post"
        assert made.oauth2.scopes == ("mail.read",)
        assert made.oauth2.redirect_host == "localhost"
        assert made.oauth2.redirect_ports == (8123,)
        assert made.oauth2.redirect_path == "/in"
        assert made.oauth2.redirect_uri == ""
        assert f"{made.client_secret}" == "the-client-secret"
        assert "the-client-secret" not in repr(made)

    @pytest.mark.parametrize("path", ["", "/"])
    def test_case_59_an_address_with_and_without_a_slash(self, project: Project, path: str) -> None:
        made = self.registered(project, redirect_uris=[f"http://localhost:8123{path}"])
        assert made.oauth2.redirect_path == path

    def test_case_59_a_path_that_the_app_file_leaves_out_is_asked_for(
        self, project: Project
    ) -> None:
        project.wants(redirect_host="localhost", redirect_ports=(8123,), redirect_path="")
        made = self.registered(project, redirect_uris=["http://localhost:8123"])
        assert made.oauth2.redirect_path == ""

    def test_case_59_an_address_that_is_not_ours_is_pasted_from(self, project: Project) -> None:
        made = self.registered(project, redirect_uris=["https://app.example/in"])
        assert str(made.oauth2.redirect_uri) == "https://app.example/in"

    def test_case_59_no_secret_is_kept_for_a_client_without_authentication(
        self, project: Project
    ) -> None:
        for method in ({"token_endpoint_auth_method": "none"}, {}):
            made = self.registered(project, client_secret="the-client-secret", **method)
            assert made.client_secret is None
            assert made.oauth2.client_authentication == "none"

    @pytest.mark.parametrize(
        "members",
        [
            {"token_endpoint_auth_method": "private_key_jwt"},
            {"token_endpoint_auth_method": "client_secret_basic"},
            {"client_id": None},
            {"client_id": ""},
            {"client_id": 7},
        ],
    )
    def test_case_59_a_client_of_no_use_is_refused(
        self, project: Project, members: dict[str, object]
    ) -> None:
        with pytest.raises(OAuthError):
            self.registered(project, **members)


OURS = Path(attio_nb.__file__).parent


def shown(error: BaseException) -> str:
    """Return a traceback of ours as the fullest formatters show it, with local variables."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    each: traceback.TracebackException | None = told
    while each is not None:
        # The variables of this test are in it too, which knows every secret.
        frames = [frame for frame in each.stack if OURS in Path(frame.filename).parents]
        each.stack = traceback.StackSummary.from_list(frames)
        for frame, kept in zip(each.stack, frames, strict=True):
            frame.locals = kept.locals
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "".join(told.format())


class TestSecrecy:
    @pytest.fixture(autouse=True)
    def everything_said(
        self,
        project: Project,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
        said: list[str],
    ) -> Iterator[None]:
        """In the end: no secret stands in what was said anywhere."""
        caplog.set_level(logging.DEBUG)
        for name in ("httpx", "httpcore"):
            caplog.set_level(logging.DEBUG, logger=name)
        project.wants(client_authentication="client_secret_basic")
        yield
        printed = capfd.readouterr()
        records = caplog.get_records("call")
        logged = [f"{record.getMessage()} {record.args!r}" for record in records]
        assert any("/.well-known/" in each for each in logged)
        everything = "\n".join([*said, *logged, *printed, *project.notices])
        for name, secret in self.secrets(project).items():
            assert secret not in everything, name

    @pytest.fixture
    def said(self) -> list[str]:
        """What somebody may see."""
        return []

    def secrets(self, project: Project) -> dict[str, str]:
        basic = f"the+client:{project.person.client_secret}".encode()
        secrets = {
            "the client secret": project.person.client_secret,
            "the credentials": base64.b64encode(basic).decode(),
            "an access token": "the-access-token",
            "a refresh token": "the-refresh-token",
            "a code": "the-code-",
            "a device code": "the-device-code",
        }
        for number, call in enumerate(project.provider.calls):
            if call.path == "/authorize":
                secrets[f"state {number}"] = call.query["state"]
            if "code_verifier" in call.form:
                secrets[f"verifier {number}"] = call.form["code_verifier"]
        return secrets

    def signed_in(self, project: Project) -> SignIn:
        """Sign in with a client that has a secret, and return the sign-in."""
        if project.client().client_secret(project.place) is None:
            project.person.ask_secret(project)
        signing_in = project.begin()
        project.person.comes_back(signing_in)
        return signing_in

    def test_case_62_in_all_that_goes_well(self, project: Project, said: list[str]) -> None:
        signing_in = self.signed_in(project)
        session = project.session(project.person)
        connection = session.get_connection("user")
        objects: list[object] = [
            signing_in,
            session,
            connection,
            connection.auth(),
            vars(connection.auth()),
            project.stored,
            project.store.entries(),
            session.overview(),
            vars(session.grants.client),
            vars(signing_in),
        ]
        project.expire()
        said += [repr(session.get_connection("user")), str(connection.value)]
        assert project.call(connection).status_code == 200
        project.provider.forget_access_tokens()
        assert project.call(connection).status_code == 200
        objects.append(session.disconnect("user"))
        assert project.provider.refreshes == 2
        said += [repr(each) for each in objects] + [str(each) for each in objects]

    def test_case_62_in_a_device_flow(self, project: Project, said: list[str]) -> None:
        project.person.ask_secret(project)
        signing_in = project.begin()
        signing_in.use_device()
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"
        said += [repr(signing_in.device), str(signing_in.device), repr(vars(signing_in))]

    @pytest.mark.parametrize(
        "answer",
        [
            Reply({"error": "invalid_request", "error_description": "no"}, 400),
            Reply({"error": "temporarily_unavailable"}, 400),
            Reply({"access_token": "the-access-token", "token_type": "DPoP"}),
            Reply({"access_token": "the-access-token\r\n"}),
            Reply({"access_token": ["the-access-token"]}),
            Reply({"token": {"access_token": "the-access-token"}, "list": ["the-refresh-token"]}),
            Reply(b'{"access_token": "the-access-token", "refresh_token": "the-refresh-token'),
            Reply(b'{"access_token": "the-access-token", "more": "' + b"x" * 300_000),
            Reply({"access_token": "the-access-token"}, 302, {"Location": "/elsewhere"}),
            Reply({"access_token": "the-access-token"}, 500),
            Reply({"access_token": "the-access-token"}, 429, {"Retry-After": "soon"}),
            Reply(
                b"access_token=the-access-token&error=invalid_request",
                400,
                {"Content-Type": "application/x-www-form-urlencoded"},
            ),
            lost(),
        ],
    )
    def test_case_62_in_a_token_answer_that_is_none(
        self, project: Project, said: list[str], answer: Reply
    ) -> None:
        project.provider.token_answers.append(answer)
        self.signing_in_fails(project, said)
        self.signed_in(project)
        project.expire()
        project.provider.token_answers += [answer, answer]
        with pytest.raises(AttioError) as failed:
            project.session().get_connection("user")
        said += [shown(failed.value), repr(failed.value)]

    @pytest.mark.parametrize("status", [200, 400, 401])
    def test_case_62_in_an_error_that_repeats_what_was_sent(
        self, project: Project, said: list[str], status: int
    ) -> None:
        class Echo(Reply):
            @property
            def content(self) -> bytes:
                sent = project.provider.token_calls[-1]
                self.body = {
                    "error": "invalid_request",
                    "error_description": f"{sent.form} {sent.headers}"[:20_000],
                }
                return super().content

        project.provider.token_answers.append(Echo(status=status))
        self.signing_in_fails(project, said)
        self.signed_in(project)
        project.expire()
        project.provider.token_answers.append(Echo(status=status))
        with pytest.raises(OAuthError) as failed:
            project.session().get_connection("user")
        said += [shown(failed.value), repr(failed.value)]

    def signing_in_fails(self, project: Project, said: list[str]) -> None:
        project.person.ask_secret(project)
        signing_in = project.begin()
        with pytest.raises(AttioError) as failed:
            signing_in.accept(project.person.sent_back(signing_in))
        said += [shown(failed.value), repr(failed.value), repr(vars(signing_in))]
        said.append(get_page(project))

    @pytest.mark.parametrize(
        "change",
        [
            lambda address: changed(address, state="another"),
            lambda address: changed(address, iss="https://mixed-up.example"),
            lambda address: f"{address}&code=the-code-twice",
            lambda address: address.replace("http://127.0.0.1", "http://provider.example"),
            lambda address: address.replace("http://127.0.0.1", "http://[::1"),
            lambda address: changed(address, error="access_denied"),
            lambda address: address + "x" * 20_000,
        ],
    )
    def test_case_62_in_an_address_that_is_refused(
        self, project: Project, said: list[str], change: Callable[[str], str]
    ) -> None:
        signing_in = project.begin()
        with pytest.raises(AuthorizationError) as refused:
            signing_in.accept(change(project.person.sent_back(signing_in)))
        said += [shown(refused.value), repr(refused.value), repr(vars(signing_in))]

    def test_case_62_in_what_the_browser_is_shown(self, project: Project, said: list[str]) -> None:
        project.person.ask_secret(project)
        for back in (list, without("iss"), replaced(state="another"), replaced(code="the-code-x")):
            project.provider.back = back
            page = project.person.comes_back(project.begin())
            said.append(f"{page.text} {page.headers}")

    def test_case_62_when_nobody_answers(self, project: Project, said: list[str]) -> None:
        self.signed_in(project)
        project.expire()
        project.wants(token_endpoint=f"http://127.0.0.1:{free_port()}/token")
        with pytest.raises(AttioError) as failed:
            project.session().get_connection("user")
        said += [shown(failed.value), repr(failed.value)]


def get_page(project: Project) -> str:
    """Return the page that a browser is shown when the same goes wrong once more."""
    project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
    return project.person.comes_back(project.begin()).text
