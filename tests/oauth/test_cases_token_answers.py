"""Cases 26 to 42, and 55: what a token endpoint may answer, to a code and to a refresh."""

from __future__ import annotations

import base64
import datetime
import gzip
import ipaddress
import math
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AuthorizationError, OAuthError, ProviderUnavailableError
from attio_nb.oauth.exchange import Exchange
from tests.authorization.person import NO_TLS
from tests.oauth.conftest import Project
from tests.oauth.stub import Provider, Reply, running

HTML = {"Content-Type": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
TOKEN = {"access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class Signing:
    """A code that the token endpoint has an answer for."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def fails(self, kind: type[OAuthError] = OAuthError) -> OAuthError:
        """Sign in, and return why that fails; the page says so, and nothing is kept."""
        signing_in = self.project.begin()
        page = self.project.person.comes_back(signing_in)
        assert page.status_code == 400
        assert "Not connected." in page.text
        assert signing_in.state == "failed"
        assert isinstance(signing_in.error, kind)
        assert self.project.stored is None
        assert len(self.project.provider.token_calls) == 1
        return signing_in.error


class Refreshing:
    """A token of yesterday, whose refresh the token endpoint has an answer for."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def fails(self, kind: type[OAuthError] = OAuthError) -> OAuthError:
        """Get the connection, and return why that fails; what is stored is as it was."""
        before = self.project.stored
        assert before is not None
        with pytest.raises(kind) as failed:
            self.project.session().get_connection("user")
        assert self.project.stored == before
        assert self.project.grant.expired is False
        assert self.project.provider.refreshes == 1
        return failed.value


@pytest.fixture(params=[Signing, Refreshing])
def token(request: pytest.FixtureRequest, project: Project) -> Any:
    """Each of the two ways to a token in turn."""
    if request.param is Refreshing:
        project.expire()
    return request.param(project)


def is_final(error: OAuthError) -> bool:
    return not isinstance(error, ProviderUnavailableError)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_case_26_a_page_of_html_with_status(
    provider: Provider, token: Signing | Refreshing, status: int
) -> None:
    provider.token_answers.append(Reply(b"<html>Bad gateway</html>", status, HTML))
    error = token.fails(ProviderUnavailableError)
    assert "html" not in str(error).lower()
    assert f"status {status}" in str(error)
    # It is good again as soon as the provider is.
    assert token.project.is_known(token.project.connect())


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b"", b"[]", b"null", b'"token"', b"{"])
def test_case_27_a_page_of_html_in_place_of_a_token(
    provider: Provider, token: Signing | Refreshing, body: bytes
) -> None:
    provider.token_answers.append(Reply(body, 200, HTML))
    assert is_final(token.fails())


class Counting(httpx.HTTPTransport):
    """Counts what is read of all answers."""

    def __init__(self) -> None:
        super().__init__(verify=NO_TLS)
        self.read = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        response.stream = Counted(stream, self)
        return response


class Counted(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, counting: Counting) -> None:
        self._stream = stream
        self._counting = counting

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            self._counting.read += len(part)
            yield part

    def close(self) -> None:
        self._stream.close()


@pytest.mark.parametrize("end", [b'"}', b""])
def test_case_28_a_body_of_5_mb(
    provider: Provider, token: Signing | Refreshing, end: bytes
) -> None:
    token.project.transport = counting = Counting()
    body = b'{"access_token": "the-access-token", "filler": "' + b"x" * 5_000_000 + end
    provider.token_answers.append(Reply(body))
    assert "256 kB" in str(token.fails())
    assert counting.read < 512 * 1024


def test_case_28_a_body_that_grows_when_it_is_unpacked(
    provider: Provider, token: Signing | Refreshing
) -> None:
    packed = gzip.compress(b"[" * 10_000_000)
    provider.token_answers.append(Reply(packed, headers={"Content-Encoding": "gzip"}))
    token.fails()


@pytest.mark.parametrize("nested", [b"[" * 200_000, b'{"a":' * 40_000, b"[" * 9**5 + b"]" * 9**5])
def test_case_29_json_nested_200_000_deep(
    provider: Provider, token: Signing | Refreshing, nested: bytes
) -> None:
    provider.token_answers.append(Reply(nested))
    assert is_final(token.fails())


def test_case_29_metadata_nested_200_000_deep(project: Project) -> None:
    project.provider.metadata_answers.append(Reply(b'{"issuer":' + b"[" * 200_000))
    assert "metadata" in str(project.fail().error)


class Impatient(httpx.HTTPTransport):
    """Waits a moment where others wait for ten seconds."""

    def __init__(self) -> None:
        super().__init__(verify=NO_TLS)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        assert all(0 < seconds <= 30 for seconds in timeout.values())
        request.extensions["timeout"] = dict.fromkeys(timeout, 0.2)
        return super().handle_request(request)


class TestASlowTokenEndpoint:
    def test_case_30_the_code_is_not_sent_again(self, project: Project) -> None:
        held = Reply(held=threading.Event(), carried_out=True)
        project.provider.token_answers.append(held)
        project.transport = Impatient()
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        with pytest.raises(ProviderUnavailableError):
            signing_in.accept(address)
        with pytest.raises(AuthorizationError):
            signing_in.accept(address)
        assert held.held is not None
        held.held.set()
        assert len(project.provider.token_calls) == 1
        assert project.stored is None

    def test_case_30_an_answer_that_trickles_in_is_given_up(self, provider: Provider) -> None:
        provider.token_answers.append(Reply(b"x" * 200_000))
        moments = iter([0.0, 10.0, 21.0, 22.0, 23.0, 24.0, 25.0])
        transport = httpx.HTTPTransport(verify=NO_TLS)
        exchange = Exchange(transport=transport, clock=lambda: next(moments))
        with pytest.raises(ProviderUnavailableError):
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        transport.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_case_31_a_redirect(
    provider: Provider, elsewhere: Provider, token: Signing | Refreshing, status: int
) -> None:
    there = {"Location": f"{elsewhere.url}/token"}
    provider.token_answers.append(Reply(TOKEN, status, there))
    assert is_final(token.fails())
    assert elsewhere.calls == []


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """What serves with a certificate that nobody has vouched for."""
    path = certificate(tmp_path_factory.mktemp("tls") / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def certificate(path: Path) -> Path:
    """Write a certificate for this computer, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(pem))
    return path


class TestTls:
    def test_case_32_a_token_endpoint_that_nobody_vouches_for(
        self, project: Project, self_signed: ssl.SSLContext
    ) -> None:
        project.transport = httpx.HTTPTransport()
        with running(tls=self_signed) as impostor:
            project.provider.metadata["token_endpoint"] = f"{impostor.url}/token"
            signing_in = project.begin()
            page = project.person.comes_back(signing_in)
            assert "Not connected." in page.text
            assert impostor.calls == []
        assert isinstance(signing_in.error, ProviderUnavailableError)
        assert "certificate" in str(signing_in.error)
        assert project.stored is None

    def test_case_32_an_issuer_that_nobody_vouches_for(
        self, project: Project, self_signed: ssl.SSLContext
    ) -> None:
        project.transport = httpx.HTTPTransport()
        with running(tls=self_signed) as impostor:
            project.wants(issuer=impostor.url)
            signing_in = project.fail()
            assert impostor.calls == []
        assert "certificate" in str(signing_in.error)

    def test_case_32_a_refresh(self, project: Project, self_signed: ssl.SSLContext) -> None:
        before = project.expire()
        project.transport = httpx.HTTPTransport()
        with running(tls=self_signed) as impostor:
            project.provider.metadata["token_endpoint"] = f"{impostor.url}/token"
            with pytest.raises(ProviderUnavailableError):
                project.session().get_connection("user")
            assert impostor.calls == []
        assert project.stored == before


class TestTooManyRequests:
    @pytest.mark.parametrize(
        ("retry_after", "seconds"), [("7", 7), ("100000", 300), ("soon", None), ("-5", None)]
    )
    def test_case_33_a_429_without_an_error(
        self,
        provider: Provider,
        token: Signing | Refreshing,
        retry_after: str,
        seconds: float | None,
    ) -> None:
        answer = Reply({"message": "slow down"}, 429, {"Retry-After": retry_after})
        provider.token_answers.append(answer)
        error = token.fails(ProviderUnavailableError)
        assert isinstance(error, ProviderUnavailableError)
        assert error.retry_after == seconds

    def test_case_33_a_429_that_names_a_date(
        self, provider: Provider, token: Signing | Refreshing
    ) -> None:
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=60)
        date = later.strftime("%a, %d %b %Y %H:%M:%S GMT")
        provider.token_answers.append(Reply({}, 429, {"Retry-After": date}))
        error = token.fails(ProviderUnavailableError)
        assert isinstance(error, ProviderUnavailableError)
        assert error.retry_after == pytest.approx(60, abs=10)

    def test_case_33_nobody_is_asked_before_the_time_is_up(self, project: Project) -> None:
        stored, place = project.expire(), project.place
        now = 1000.0
        client = project.client(monotonic=lambda: now)
        project.provider.token_answers.append(Reply({}, 429, {"Retry-After": "60"}))
        for _ in range(5):
            with pytest.raises(ProviderUnavailableError):
                client.current(place, stored)
            now += 10
        assert project.provider.refreshes == 1
        now += 11
        assert client.current(place, stored).value in project.provider.access_tokens
        assert project.provider.refreshes == 2


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("body", [b"{}", b'{"message": "who are you?"}'])
def test_case_34_a_refusal_without_an_error(
    provider: Provider, token: Signing | Refreshing, status: int, body: bytes
) -> None:
    provider.token_answers.append(Reply(body, status))
    error = token.fails()
    assert is_final(error)
    assert f"status {status}" in str(error)


def test_case_35_an_error_with_status_200(provider: Provider, token: Signing | Refreshing) -> None:
    told = {"error": "incorrect_client_credentials", "error_description": "It is \x1b[31mwrong."}
    provider.token_answers.append(Reply({**TOKEN, **told}))
    error = token.fails()
    assert error.error == "invalid_client"
    assert r"“incorrect_client_credentials”: “It is \u001b[31mwrong”" in str(error)


def test_case_36_an_error_that_is_an_object(
    provider: Provider, token: Signing | Refreshing
) -> None:
    told = {"error": {"message": "Invalid \x07code.", "type": "OAuthException", "code": 191}}
    provider.token_answers.append(Reply(told, 400))
    assert r"Invalid \u0007code" in str(token.fails())


@pytest.mark.parametrize("error", [["invalid"], 17, True, {"nothing": "known"}])
def test_case_36_an_error_that_is_anything(
    provider: Provider, token: Signing | Refreshing, error: object
) -> None:
    provider.token_answers.append(Reply({**TOKEN, "error": error}))
    token.fails()


class TestForms:
    def test_case_37_a_token_in_a_form(self, project: Project) -> None:
        form = {**TOKEN, "scope": "mail.read,mail.send", "refresh_token": "the+refresh=token"}
        project.provider.token_answers.append(Reply(urlencode(form).encode(), headers=FORM))
        project.connect()
        assert project.token == "the-access-token"
        assert project.refresh_token == "the+refresh=token"
        assert project.grant.scopes == ("mail.read", "mail.send")
        assert project.grant.expires_at == pytest.approx(project.grant.received_at + 3600)

    @pytest.mark.parametrize("status", [200, 400])
    def test_case_37_an_error_in_a_form(
        self, provider: Provider, token: Signing | Refreshing, status: int
    ) -> None:
        body = b"error=application_suspended&error_description=It+is+wrong."
        provider.token_answers.append(Reply(body, status, FORM))
        error = token.fails()
        assert error.error == "application_suspended"
        assert "It is wrong" in str(error)


SLACK = {
    "ok": True,
    "access_token": "the-token-of-the-bot",
    "scope": "chat:write",
    "authed_user": {
        "id": "U1",
        "scope": "mail.read,mail.send",
        "access_token": "the-token-of-the-person",
        "token_type": "user",
    },
}


class TestTokenPath:
    @pytest.mark.parametrize("path", ["authed_user", "data.authed_user"])
    def test_case_38_a_token_that_is_nested(self, project: Project, path: str) -> None:
        answer = {"data": SLACK} if path.startswith("data") else SLACK
        project.provider.token_answers.append(Reply(answer))
        project.wants(token_path=path)
        project.connect()
        assert project.token == "the-token-of-the-person"
        assert project.grant.scopes == ("mail.read", "mail.send")

    @pytest.mark.parametrize("nested", [None, "the-token", [], {}, {"access_token": None}])
    def test_case_38_no_token_there(self, project: Project, nested: object) -> None:
        project.wants(token_path="authed_user")
        project.provider.token_answers.append(Reply({**SLACK, "authed_user": nested}))
        assert "token_path" in str(Signing(project).fails())


class TestLifetime:
    @pytest.mark.parametrize(
        ("told", "seconds"),
        [
            (b"3600", 3600),
            (b'"3600"', 3600),
            (b"3599.5", 3599.5),
            (b'" 60 "', 60),
            (b"null", None),
            (b"0", None),
            (b'"0"', None),
            (b"-1", None),
            (b'"abc"', None),
            (b'""', None),
            (b"1e300", None),
            (b"1e999", None),
            (b"NaN", None),
            (b'"nan"', None),
            (b'"inf"', None),
            (b"-Infinity", None),
            (b"9" * 400, None),
            (b"[3600]", None),
            (b"{}", None),
            (b"true", None),
        ],
    )
    def test_case_39_expires_in(self, project: Project, told: bytes, seconds: float | None) -> None:
        body = b'{"access_token": "the-access-token", "expires_in": ' + told + b"}"
        project.provider.token_answers.append(Reply(body))
        connection = project.connect()
        lifetime = project.grant.expires_at - project.grant.received_at
        assert lifetime == pytest.approx(seconds or math.inf)
        # Used as it is.
        assert project.session().get_connection("user").value == connection.value
        assert project.provider.refreshes == 0

    @pytest.mark.parametrize(("told", "seconds"), [(60, 60), (None, 1800), ("abc", 1800)])
    def test_case_39_the_app_file_says_what_the_provider_does_not(
        self, project: Project, told: object, seconds: float
    ) -> None:
        project.provider.token_changes = {"expires_in": told}
        project.wants(expires_in=1800.0)
        project.connect()
        lifetime = project.grant.expires_at - project.grant.received_at
        assert lifetime == pytest.approx(seconds)

    def test_case_39_a_token_of_unknown_life_is_used_until_a_401(self, project: Project) -> None:
        project.provider.token_changes = {"expires_in": None}
        connection = project.connect()
        project.keep(received_at=0.0)
        assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 0
        project.provider.forget_access_tokens()
        assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 1


class TestTokenType:
    @pytest.mark.parametrize("token_type", [None, "bearer", "BEARER", "Bearer"])
    def test_case_40_a_bearer_token(self, project: Project, token_type: str | None) -> None:
        project.provider.token_changes = {"token_type": token_type}
        assert project.call(project.connect()).status_code == 200

    @pytest.mark.parametrize("token_type", ["DPoP", "mac", 7, ["Bearer"], {}, True])
    def test_case_40_any_other(
        self, provider: Provider, token: Signing | Refreshing, token_type: object
    ) -> None:
        provider.token_answers.append(Reply({**TOKEN, "token_type": token_type}))
        assert is_final(token.fails())


@pytest.mark.parametrize(
    "access_token",
    [
        "the-access\r\nX-Injected: yes",
        "the-access\ntoken",
        "the-access-tokén",
        "the-access-\u2028token",
        "the access token",
        "the-access-token\x00",
        "the-access-token\x7f",
        "",
        None,
        7,
        ["the-access-token"],
        "x" * 100_000,
    ],
)
def test_case_41_an_access_token_that_no_header_carries(
    provider: Provider, token: Signing | Refreshing, access_token: object
) -> None:
    provider.token_answers.append(Reply({**TOKEN, "access_token": access_token}))
    error = token.fails()
    assert is_final(error)
    assert "the-access" not in str(error)


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "granted", "missing"),
        [
            ("mail.read", ("mail.read",), "mail.send"),
            ("mail.read mail.send extra", ("mail.read", "mail.send", "extra"), ""),
            ("mail.read,mail.send", ("mail.read", "mail.send"), ""),
            ("mail.read, mail.send", ("mail.read", "mail.send"), ""),
            (["mail.read", "mail.send"], ("mail.read", "mail.send"), ""),
            (["mail.send"], ("mail.send",), "mail.read"),
            (None, ("mail.read", "mail.send"), ""),
            ("", ("mail.read", "mail.send"), ""),
            (7, ("mail.read", "mail.send"), ""),
        ],
    )
    def test_case_42_what_was_granted_is_kept(
        self, project: Project, scope: object, granted: tuple[str, ...], missing: str
    ) -> None:
        project.provider.token_changes = {"scope": scope}
        project.connect()
        assert project.grant.scopes == granted
        assert bool(project.notices) is bool(missing)
        assert missing in "".join(project.notices)

    def test_case_42_a_refresh_that_does_not_say_keeps_what_was_granted(
        self, project: Project
    ) -> None:
        project.provider.token_changes = {"scope": "mail.read"}
        project.expire()
        project.provider.token_changes = {"scope": None}
        project.connect()
        assert project.provider.refreshes == 1
        assert project.grant.scopes == ("mail.read",)


SECRET = "50%+: ü/&="


class TestBasic:
    def credentials(self, project: Project, method: str) -> list[str]:
        """Connect, refresh and disconnect, and return what was sent each time."""
        project.wants(client_id="the client:1", client_authentication=method)
        project.person.client_secret = SECRET
        project.expire()
        project.connect()
        project.session().disconnect("user")
        calls = [*project.provider.token_calls, project.provider.calls[-1]]
        assert [call.path for call in calls] == ["/token", "/token", "/revoke"]
        for call in calls:
            assert not call.form.keys() & {"client_secret", "client_id"}
        sent = [call.headers["authorization"].split() for call in calls]
        assert {scheme for scheme, _ in sent} == {"Basic"}
        return [base64.b64decode(pair).decode() for _, pair in sent]

    def test_case_55_client_and_secret_are_form_encoded(self, project: Project) -> None:
        for pair in self.credentials(project, "client_secret_basic"):
            client_id, _, secret = pair.partition(":")
            assert client_id == "the%20client%3A1"
            assert unquote_plus(secret) == SECRET
            assert secret.isascii()
            assert "%25%2B%3A%20" in secret

    def test_case_55_or_not_as_a_quirk(self, project: Project) -> None:
        for pair in self.credentials(project, "client_secret_basic_raw"):
            assert pair == f"the client:1:{SECRET}"

    def test_case_55_or_sent_in_the_form(self, project: Project) -> None:
        project.wants(client_authentication="client_secret_post")
        project.person.client_secret = SECRET
        project.connect()
        (call,) = project.provider.token_calls
        assert call.form["client_secret"] == SECRET
        assert "authorization" not in call.headers
