"""fetch, Test and the calls to providers: which proxy they take, and what they say of it."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from attio_nb.connections.auth import connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.trial import try_out
from attio_nb.doctor.network import check_network
from attio_nb.errors import AttioError, SetupError
from attio_nb.functions.fetch import Fetch
from attio_nb.oauth.exchange import Exchange
from tests.certificates import self_signed
from tests.leaks import leaks
from tests.loopback import Loopback, free_port, reply, serving
from tests.proxies import connect_proxy, scripted_proxy, serving_nothing, socks_proxy

VALUE = "sk_live_1234"
Environ = Mapping[str, str]
Call = Callable[[str, Environ], object]


def fetch(url: str, environ: Environ) -> object:
    auth = connection_auth(SecretStr(VALUE), hosts=[httpx.URL(url).host])
    return asyncio.run(Fetch(environ=environ)(url, auth=auth, timeout=10))


def test(url: str, environ: Environ) -> object:
    auth = connection_auth(SecretStr(VALUE), hosts=[httpx.URL(url).host])
    return try_out(url, auth, timeout=10, environ=environ)


test.__test__ = False  # type: ignore[attr-defined]


def token(url: str, environ: Environ) -> object:
    return Exchange(environ=environ).post(url, {"client_secret": SecretStr(VALUE)})


@pytest.fixture(params=[fetch, test, token], ids=lambda call: call.__name__)
def call(request: pytest.FixtureRequest) -> Call:
    chosen: Call = request.param
    return chosen


@pytest.fixture
def service() -> Iterator[Loopback]:
    with serving() as server:
        yield server


def failure(call: Call, url: str, environ: Environ) -> str:
    with pytest.raises(AttioError) as error:
        call(url, environ)
    assert VALUE not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_on_this_computer_is_never_asked_for_through_a_proxy(
    call: Call, service: Loopback, variable: str, host: str
) -> None:
    with serving() as proxy:
        call(f"http://{host}:{service.port}/", {variable: proxy.url})
        assert proxy.received == []
    assert len(service.received) == 1


def test_a_tls_address_on_this_computer_is_not_either(call: Call, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with serving() as proxy, serving(tls=certificate) as service:
        environ = {"ALL_PROXY": proxy.url, "SSL_CERT_FILE": str(tmp_path / "certificate.pem")}
        call(service.url, environ)
        assert proxy.received == []


def test_a_proxy_carries_what_is_for_another_computer(call: Call, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "service.example")
    environ = {"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}
    with serving(tls=certificate) as service:
        with connect_proxy(service.port) as proxy:
            with_name = proxy.url.replace("//", "//ada:secret@")
            call("https://service.example/", {**environ, "HTTPS_PROXY": with_name})
        with socks_proxy(service.port) as socks:
            call("https://service.example/", {**environ, "HTTPS_PROXY": socks.url})
    assert proxy.seen[0].startswith(b"CONNECT service.example:443")
    assert b"Proxy-Authorization: Basic" in proxy.seen[0]
    assert VALUE.encode() not in b"".join(proxy.seen + socks.seen)
    assert len(service.received) == 2


def test_a_proxy_with_tls_of_its_own_is_used(call: Call, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, "service.example", "127.0.0.1")
    environ = {"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}
    with serving(tls=certificate) as service, connect_proxy(service.port, tls=certificate) as proxy:
        call("https://service.example/", {**environ, "HTTPS_PROXY": proxy.url})
    assert len(service.received) == 1


BROKEN = [
    ({"ALL_PROXY": "socks://127.0.0.1:1080"}, "ALL_PROXY=socks://127.0.0.1:1080"),
    ({"HTTPS_PROXY": "http://ada:secret@proxy:port"}, "HTTPS_PROXY=http://proxy:port"),
    ({"SSL_CERT_FILE": "/nope"}, "SSL_CERT_FILE=/nope"),
    ({"SSL_CERT_DIR": "/nope"}, "SSL_CERT_DIR=/nope"),
]


@pytest.mark.parametrize(("environ", "named"), BROKEN)
def test_a_variable_that_cannot_be_used_is_told_in_one_sentence(
    call: Call, service: Loopback, environ: Environ, named: str
) -> None:
    for url in (service.url, "https://service.example/"):
        with pytest.raises(SetupError) as error:
            call(url, environ)
        assert named in str(error.value)
        assert "secret" not in str(error.value)
    assert service.received == []


@pytest.mark.parametrize(("environ", "named"), BROKEN)
def test_doctor_reports_the_same(environ: Environ, named: str) -> None:
    problems = [finding for finding in check_network(environ) if not finding.well]
    assert [named in finding.text for finding in problems] == [True]
    assert problems[0].fix
    assert "secret" not in f"{problems[0]}"


def test_doctor_shows_proxies_and_certificates_that_can_be_used() -> None:
    environ = {"HTTPS_PROXY": "http://ada:secret@proxy.example:3128"}
    shown = "\n".join(f"{finding}" for finding in check_network(environ))
    assert "HTTPS_PROXY=http://proxy.example:3128" in shown
    assert "secret" not in shown


WITHOUT_SOCKSIO = """
import sys
sys.modules["socksio"] = None
import asyncio
from attio_nb.errors import SetupError
from attio_nb.functions.fetch import Fetch
try:
    asyncio.run(Fetch(environ={"ALL_PROXY": "socks5://proxy.example"})("https://service.example"))
except SetupError as error:
    print(error)
"""


def test_a_socks_proxy_without_its_library_is_told_with_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SOCKSIO], capture_output=True, text=True, timeout=60
    )
    assert "ALL_PROXY=socks5://proxy.example cannot be used" in done.stdout
    assert "pip install 'httpx[socks]'" in done.stdout


def test_a_variable_that_is_corrected_counts_from_then_on(service: Loopback) -> None:
    environ = {"ALL_PROXY": "socks://x", "SSL_CERT_FILE": "/nope"}
    exchange, client = Exchange(environ=environ), Fetch(environ=environ)
    for name in ("ALL_PROXY", "SSL_CERT_FILE"):
        with pytest.raises(SetupError, match=name):
            exchange.get(service.url)
        with pytest.raises(SetupError, match=name):
            asyncio.run(client(service.url))
        del environ[name]
    assert exchange.get(service.url).status == 200
    assert asyncio.run(client(service.url)).status_code == 200


class TestAProxyThatFails:
    URL = "https://service.example/path"

    def told(self, call: Call, proxy: str, **environ: str) -> str:
        message = failure(call, self.URL, {"HTTPS_PROXY": proxy, **environ})
        assert message.startswith(f"The proxy {proxy.replace('ada:secret@', '')} (HTTPS_PROXY) ")
        assert "secret" not in message
        return message

    def test_by_refusing_the_connection(self, call: Call) -> None:
        proxy = f"http://ada:secret@127.0.0.1:{free_port()}"
        assert "refused the connection" in self.told(call, proxy)
        assert "refused the connection" in self.told(call, proxy.replace("http", "socks5"))

    def test_by_a_name_that_nobody_knows(self, call: Call) -> None:
        assert "its host name has no address" in self.told(
            call, "http://ada:secret@proxy.invalid:3128"
        )

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            ("407 Proxy Authentication Required", "asks for a user name and a password"),
            ("403 Forbidden", "refused to connect to https://service.example: it answered 403"),
            ("502 Bad Gateway", "it answered 502"),
        ],
    )
    def test_by_refusing_the_request(self, call: Call, status: str, told: str) -> None:
        with connect_proxy(0, status=status) as proxy:
            assert told in self.told(call, proxy.url.replace("//", "//ada:secret@"))

    def test_by_a_certificate_that_nobody_vouches_for(self, call: Call, tmp_path: Path) -> None:
        with connect_proxy(0, tls=self_signed(tmp_path)) as proxy:
            assert "failed TLS certificate verification (self-signed" in self.told(call, proxy.url)

    def test_by_speaking_no_tls(self, call: Call) -> None:
        with serving() as proxy:
            url = proxy.url.replace("http", "https")
            assert "does not speak TLS" in self.told(call, url)

    def test_by_closing_the_connection(self, call: Call) -> None:
        def close(handler: object) -> None:
            handler.close_connection = True  # type: ignore[attr-defined]

        with serving(close) as proxy:
            assert "cannot be used" in self.told(call, proxy.url)

    @pytest.mark.parametrize(
        "answers",
        [
            [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
            [b"\x05"],
            [b"\x04\x00"],
            [b"\x05\xff"],
            [b"\x05\x42"],
            [b""],
            [b"\x05\x02", b"\x01\x01"],
            [b"\x05\x02", b"nonsense"],
            [b"\x05\x02", b"\x01\x00", b"\x05\x99\x00\x01\x7f\x00\x00\x01\x00\x00"],
            [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x09\x7f\x00\x00\x01\x00\x00"],
            [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x01"],
            [b"\x05\x02", b"\x01\x00", b"\x05\x05\x00\x01\x7f\x00\x00\x01\x00\x00"],
        ],
        ids=range(12),
    )
    def test_by_answering_in_no_socks(self, call: Call, answers: list[bytes]) -> None:
        with scripted_proxy(answers) as proxy:
            self.told(call, f"socks5h://ada:secret@{proxy}")

    @pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
    @pytest.mark.parametrize("is_token_call", [False, True])
    def test_by_saying_nothing(self, scheme: str, is_token_call: bool) -> None:
        with serving_nothing() as proxy:
            environ = {"HTTPS_PROXY": f"{scheme}://ada:secret@{proxy}"}
            with pytest.raises(AttioError) as error:
                if is_token_call:
                    Exchange(environ=environ, timeout=2).get(self.URL)
                else:
                    asyncio.run(Fetch(environ=environ)(self.URL, timeout=0.5))
        message = f"The proxy {scheme}://{proxy} (HTTPS_PROXY) did not answer in time."
        assert str(error.value).startswith(message)
        assert leaks(error.value.with_traceback(None), "secret") == []

    def test_is_told_from_a_service_that_says_nothing_behind_it(self, tmp_path: Path) -> None:
        certificate = self_signed(tmp_path, "service.example")
        trusted = {"SSL_CERT_FILE": str(tmp_path / "certificate.pem")}
        with (
            serving(lambda _: time.sleep(2), tls=certificate) as service,
            connect_proxy(service.port) as proxy,
        ):
            environ = {"HTTPS_PROXY": proxy.url, **trusted}
            with pytest.raises(AttioError, match=r"^https://service.example did not answer within"):
                asyncio.run(Fetch(environ=environ)(self.URL, timeout=1))

    def test_is_told_from_a_service_that_fails_behind_it(self, call: Call, tmp_path: Path) -> None:
        certificate: ssl.SSLContext = self_signed(tmp_path, "service.example")
        with serving(tls=certificate) as service, connect_proxy(service.port) as proxy:
            message = failure(call, self.URL, {"HTTPS_PROXY": proxy.url})
        assert message.startswith("https://service.example failed TLS certificate verification")

    def test_of_plain_http_that_asks_for_a_password_is_told(self) -> None:
        with serving(lambda handler: reply(handler, 407)) as proxy:
            environ = {"HTTP_PROXY": proxy.url}
            with pytest.raises(AttioError, match="asks for a user name"):
                asyncio.run(Fetch(environ=environ)("http://service.example/"))


def test_a_socks_connection_that_is_open_already_carries_no_value(service: Loopback) -> None:
    auth = connection_auth(SecretStr(VALUE), hosts=["localhost"])
    with socks_proxy(service.port) as proxy, httpx.Client(proxy=proxy.url) as client:
        assert client.get("http://localhost:9/").status_code == 200
        with pytest.raises(AttioError, match="NO_PROXY"):
            client.get("http://localhost:9/", auth=auth)
    assert VALUE.encode() not in b"".join(proxy.seen)
