"""Which addresses a provider may name, and when they are judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from attio_nb.app import OAuth2
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import OAuthError
from attio_nb.oauth.authorize import AuthorizationRequest
from attio_nb.oauth.client import OAuthClient
from attio_nb.oauth.device import request_device
from attio_nb.oauth.exchange import Exchange
from attio_nb.oauth.metadata import ENDPOINTS, EndpointName, Endpoints, find_endpoints
from attio_nb.oauth.register import register_client
from attio_nb.web_address import parse_web_address
from tests.oauth.conftest import Project
from tests.oauth.stub import PROMPTLY, Reply
from tests.oauth.test_cases_renewal import until

PUBLIC = "https://as.example"
UNSHOWABLE = {"\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\x00"}

ODD: list[Any] = [
    "https://evil.example\\@accounts.google.com/o",
    "https://accounts.google.com@evil.example/o",
    "https://accounts.google.com%40evil.example/o",
    "https://accounts.google.com?@evil.example/o",
    "https://accounts.google.com;@evil.example/o",
    "https://accounts.google.com\u3002evil.example/o",
    "https://\u0430ccounts.google.com/o",
    "https://accounts.google.com./o",
    "https://accounts.google.com:/o",
    "https://2130706433/o",
    "https://[::ffff:127.0.0.1]/o",
    "HTTPS://as.example/o",
    "https:as.example/o",
    "https:///as.example/o",
    "/o",
    "o",
    " https://as.example/o",
    "https://as.example/o\n",
    "https://as.exa\tmple/o",
    "https://as.example/\x1b[2J",
    "https://as.example/\x9b31m",
    "https://as.example/\u202egpj",
    "https://as.example/\u2066x",
    "https://as.example/\u200b",
    "https://as.example/o#x",
    "http://as.example/o",
    "http://as.example:443/o",
    "ftp://as.example/o",
    "javascript:alert(1)",
    17,
    True,
    ["https://as.example/o"],
    {"url": "https://as.example/o"},
]
"""What metadata give in place of an endpoint."""
TEXTS = [each for each in ODD if isinstance(each, str)]

INSIDE = [
    "http://127.0.0.1:8080/any",
    "http://localhost:8080/any",
    "http://[::1]:8080/any",
    "https://127.0.0.1/any",
    "https://localhost/any",
    "https://me.localhost/any",
    "https://127.9.9.9/any",
    "https://0.0.0.0/any",
    "https://10.0.0.5/any",
    "https://192.168.1.1/any",
    "https://172.16.0.1/any",
    "https://169.254.169.254/any",
    "https://[fd00::1]/any",
    "https://[fe80::1]/any",
    "https://intranet/any",
    "https://printer.local/any",
    "https://metadata.google.internal/any",
    "https://router.home.arpa/any",
]
"""Where nobody on the internet has to send this computer."""


def endpoints(issuer: str, oauth2: OAuth2 | None = None, **metadata: Any) -> Endpoints:
    """Return the endpoints of an issuer with these metadata."""
    told = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        **metadata,
    }
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=told))
    return find_endpoints(oauth2 or OAuth2("c", issuer=issuer), Exchange(transport=transport))


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("address", ODD + INSIDE, ids=repr)
def test_an_odd_endpoint_is_refused_when_it_is_used(name: EndpointName, address: object) -> None:
    found = endpoints(PUBLIC, **{name: address})
    for other in ENDPOINTS:
        if other != name:
            found.require(other)
    with pytest.raises(OAuthError, match=name) as refused:
        found.require(name)
    assert str(refused.value).isprintable()
    assert not UNSHOWABLE & set(str(refused.value))
    assert getattr(found, name) == ""
    assert found.hosts in [("as.example",), ()]


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("address", [None, ""])
def test_only_what_every_provider_has_is_missed(name: EndpointName, address: object) -> None:
    found = endpoints(PUBLIC, **{name: address})
    if name in ("authorization_endpoint", "token_endpoint"):
        with pytest.raises(OAuthError, match=f"has no {name}"):
            found.require(name)
    else:
        assert found.require(name) == ""


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9000", "https://localhost", "http://[::1]"])
def test_an_issuer_on_this_computer_names_others_there(name: EndpointName, issuer: str) -> None:
    for address in ("http://127.0.0.1:8080/any", "http://localhost/any", "https://as.example/any"):
        assert endpoints(issuer, **{name: address}).require(name) == address


@pytest.mark.parametrize("issuer", ["https://10.0.0.1", "https://sso", "https://as.corp.internal"])
def test_a_private_issuer_names_its_network_and_not_this_computer(issuer: str) -> None:
    inside = endpoints(issuer, revocation_endpoint="https://10.0.0.5/revoke")
    assert inside.require("revocation_endpoint") == "https://10.0.0.5/revoke"
    here = endpoints(issuer, revocation_endpoint="http://127.0.0.1/revoke")
    with pytest.raises(OAuthError, match="on this computer"):
        here.require("revocation_endpoint")


def test_what_the_app_file_names_may_be_on_this_computer() -> None:
    oauth2 = OAuth2("c", issuer=PUBLIC, token_endpoint="http://127.0.0.1:8080/token")
    found = endpoints(PUBLIC, oauth2, token_endpoint="http://127.0.0.1:1/other")
    assert found.require("token_endpoint") == "http://127.0.0.1:8080/token"
    assert found.hosts == ("as.example", "127.0.0.1:8080")


@pytest.mark.parametrize("address", ["https://a.example\\@b.example/", "http://a.example/", "/x"])
def test_nothing_is_sent_to_an_odd_address_whoever_names_it(address: str) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    exchange = Exchange(transport=httpx.MockTransport(answer))
    for send in (exchange.get, lambda url: exchange.post(url, {"code": "the-code"})):
        with pytest.raises(OAuthError, match="Nothing was sent"):
            send(address)
    assert sent == []


@pytest.mark.parametrize("path", ["", "/", "/authorize", "/authorize?flow=1"])
def test_a_browser_is_sent_to_an_address_that_every_program_reads_alike(path: str) -> None:
    found = Endpoints("", f"{PUBLIC}{path}", f"{PUBLIC}/token")
    address = parse_web_address(AuthorizationRequest(OAuth2("c"), found).url("http://127.0.0.1/"))
    assert (address.netloc,) == found.hosts
    assert "client_id=c" in address.query


BESIDE = ["revocation_endpoint", "registration_endpoint", "device_authorization_endpoint"]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=["http://as.example/x", "/x", "https://a\\@b/", ["x"], {}, 17])
def bad(request: pytest.FixtureRequest) -> object:
    return request.param


class TestABadEndpointBesideTheSignIn:
    @pytest.fixture(autouse=True)
    def project_with_bad_metadata(self, project: Project, bad: object) -> Iterator[None]:
        project.provider.metadata.update(dict.fromkeys(BESIDE, bad))
        yield
        assert not {"/revoke", "/register", "/device_authorization"} & {
            call.path for call in project.provider.calls
        }

    def test_stops_no_sign_in_and_no_refresh(self, project: Project) -> None:
        project.connect()
        project.expire()
        assert project.is_known(project.session().get_connection("user"))
        assert project.provider.refreshes == 1

    def test_is_told_of_when_a_token_is_to_be_revoked(self, project: Project) -> None:
        project.connect()
        revocation = project.session().disconnect("user").revocation
        assert revocation is not None
        assert revocation.state == "failed"
        assert "revocation_endpoint" in revocation.message
        assert project.stored is None

    def test_is_told_of_when_a_client_is_to_be_registered(self, project: Project) -> None:
        with pytest.raises(OAuthError, match="registration_endpoint"):
            project.client().register(project.oauth2, client_name="Mail")

    def test_is_told_of_when_another_device_is_to_be_used(self, project: Project) -> None:
        signing_in = project.begin()
        assert not signing_in.has_device
        news: list[str] = []
        signing_in.changed = lambda: news.append(str(signing_in.error))
        signing_in.use_device()
        until(lambda: len(news) > 0)
        assert "device_authorization_endpoint" in news[0]
        project.person.comes_back(signing_in)
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"


def test_a_bad_authorization_endpoint_stops_no_refresh(project: Project) -> None:
    project.expire()
    project.provider.metadata["authorization_endpoint"] = "http://as.example/"
    assert project.is_known(project.session().get_connection("user"))


class TestAnotherDevice:
    def told(self, project: Project, **members: Any) -> str:
        told = {"device_code": "the-device-code", "user_code": "U", "interval": 0.01}
        project.provider.device = Reply({**told, "verification_uri": PUBLIC + "/d", **members})
        project.provider.device_answers += [Reply({"error": "authorization_pending"}, 400)] * 500
        signing_in = project.begin()
        news: list[str] = []
        signing_in.changed = lambda: news.append(str(signing_in.error or ""))
        signing_in.use_device()
        until(lambda: len(news) > 0)
        self.device = signing_in.device
        return news[0]

    @pytest.mark.parametrize("address", [each for each in TEXTS if "#" not in each], ids=repr)
    def test_is_sent_to_no_odd_address(self, project: Project, address: str) -> None:
        said = self.told(project, verification_uri=address)
        assert "Use the browser" in said
        assert said.isprintable()
        assert self.device is None

    def test_is_shown_the_host_that_its_code_leads_to(self, project: Project) -> None:
        complete = "https://evil.example/d?user_code=U"
        assert self.told(project, verification_uri_complete=complete) == ""
        assert self.device is not None
        assert self.device.verification_uri_complete == ""
        complete = f"{PUBLIC}/d?user_code=U"
        assert self.told(project, verification_uri_complete=complete) == ""
        assert self.device is not None
        assert self.device.verification_uri_complete == complete

    @pytest.mark.parametrize("code", ["AB\u202eCD", "AB\x9b1m", "A\u200bB", "\x1b[2J"])
    def test_is_given_no_code_that_nobody_can_type(self, project: Project, code: str) -> None:
        said = self.told(project, user_code=code)
        assert "nobody can type" in said
        assert f"\\u{ord(next(each for each in code if not each.isprintable())):04x}" in said
        assert said.isprintable()
        assert self.device is None

    @pytest.mark.parametrize("address", INSIDE)
    def test_is_sent_by_nobody_on_the_internet_into_this_network(self, address: str) -> None:
        answers = {
            "device_code": "d",
            "user_code": "U",
            "verification_uri": address,
        }
        said = json.dumps(answers)
        transport = httpx.MockTransport(lambda request: httpx.Response(200, text=said))
        oauth2 = OAuth2("c", device_authorization_endpoint=f"{PUBLIC}/device")
        found = Endpoints("", PUBLIC, PUBLIC, device_authorization_endpoint=f"{PUBLIC}/device")
        exchange = Exchange(transport=transport)
        with pytest.raises(OAuthError, match="on this computer or on a private network"):
            request_device(oauth2, found, client_secret=None, exchange=exchange)


class TestRegisteredRedirectUris:
    def registered(self, *uris: str) -> OAuth2:
        told = {"client_id": "c", "redirect_uris": list(uris)}
        transport = httpx.MockTransport(lambda request: httpx.Response(201, json=told))
        url = f"{PUBLIC}/register"
        exchange = Exchange(transport=transport)
        return register_client(OAuth2(""), url, client_name="M", exchange=exchange).oauth2

    @pytest.mark.parametrize("uri", TEXTS, ids=repr)
    def test_that_are_odd_are_not_used(self, uri: str) -> None:
        with pytest.raises(OAuthError, match="redirect URI") as refused:
            self.registered(uri)
        assert str(refused.value).isprintable()
        assert self.registered(uri, "http://127.0.0.1:9/cb").redirect_ports == (9,)
        assert self.registered(uri, "https://a.example/cb").redirect_uri == "https://a.example/cb"

    def test_on_this_computer_come_first(self) -> None:
        found = self.registered("https://a.example/cb", "http://[::1]:99/cb")
        assert (found.redirect_host, found.redirect_ports) == ("[::1]", (99,))


@pytest.mark.parametrize(
    "url",
    [
        "https://hub.example\\@evil.example/attio-nb/oauth/callback",
        "https://hub.example@evil.example/attio-nb/oauth/callback",
        "https://hub.example/attio-nb/oauth/callback?x=1",
        "https://hub.example/attio-nb/oauth/callback#x",
        "//hub.example/attio-nb/oauth/callback",
        "javascript://hub.example/attio-nb/oauth/callback",
        "https://hub.example/x\u202e/attio-nb/oauth/callback",
        "https://hub.example/../attio-nb/oauth/callback",
    ],
)
def test_a_page_gives_no_odd_address_to_come_back_to(project: Project, url: str) -> None:
    signing_in = project.begin()
    with pytest.raises(OAuthError, match="Reload the page"):
        signing_in.authorization_url(url)


def test_a_client_needs_no_network_to_know_a_bad_issuer() -> None:
    client = OAuthClient(MemoryStore(), transport=httpx.MockTransport(lambda request: 1 / 0))  # type: ignore[arg-type,return-value]
    with pytest.raises(OAuthError, match="Nothing was sent"):
        client.register(OAuth2("", issuer="https://a.example\\@b.example"), client_name="M")
