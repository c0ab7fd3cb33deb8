"""One exchange with a provider: what it keeps, how much it reads, and how long it lasts."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import pytest

from attio_nb.connections.store import MemoryStore
from attio_nb.connections.trial import try_out
from attio_nb.errors import OAuthError, ProviderUnavailableError
from attio_nb.oauth.exchange import Exchange, NoAnswerError, UnusableAnswerError
from tests.authorization.person import NO_TLS
from tests.loopback import free_ports
from tests.oauth.conftest import Project
from tests.oauth.stub import PROMPTLY, Provider, Reply, running
from tests.oauth.test_cases_renewal import until

TOKEN = {"access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600}
BODY = json.dumps(TOKEN).encode()
MB = 1_000_000


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    transport = httpx.HTTPTransport(verify=NO_TLS)
    yield Exchange(transport=transport, timeout=PROMPTLY)
    transport.close()


class TestNothingIsKept:
    def test_no_cookie(self, project: Project) -> None:
        cookie = {"Set-Cookie": "session=the-cookie; Path=/; Max-Age=1000"}
        provider = project.provider
        provider.metadata_answers.append(Reply(provider.metadata, headers=cookie))
        provider.token_answers.append(Reply({**TOKEN, "refresh_token": "r"}, headers=cookie))
        client = project.client()
        for _ in range(2):
            signing_in = project.begin()
            project.person.comes_back(signing_in)
        stored = project.stored
        assert stored is not None
        client.revoke(project.place, stored)
        assert len(provider.calls) > 5
        assert not any("cookie" in call.headers for call in provider.calls)

    def test_nothing_that_one_answer_told_is_in_the_next_request(
        self, provider: Provider, exchange: Exchange
    ) -> None:
        told = {
            "Set-Cookie": "a=b",
            "WWW-Authenticate": 'Basic realm="x"',
            "Alt-Svc": 'h3=":443"',
            "ETag": '"x"',
        }
        for status in (200, 401, 407, 429, 200):
            provider.token_answers.append(Reply(TOKEN, status, told))
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        first, *others = [call.headers for call in provider.token_calls]
        assert all(headers == first for headers in others)
        assert "authorization" not in first

    def test_no_connection(self) -> None:
        opened: list[object] = []

        def answer(connection: socket.socket) -> None:
            opened.append(connection)
            receive(connection)
            head = b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=100\r\n"
            connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
            # The client closes it.
            assert connection.recv(1) == b""

        with speaking(answer) as url:
            transport = httpx.HTTPTransport(verify=NO_TLS)
            exchange = Exchange(transport=transport)
            for _ in range(3):
                assert exchange.get(url).members() is not None
            transport.close()
        assert len(opened) == 3

    def test_compression_is_not_asked_for(self, provider: Provider, exchange: Exchange) -> None:
        exchange.get(f"{provider.url}/anything")
        (call,) = provider.calls
        assert call.headers["accept-encoding"] == "identity"


def raw_deflate(content: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(content) + compressor.flush()


def gzipped(content: bytes) -> bytes:
    """Compress without the time, so that a test has the same name in each process."""
    return gzip.compress(content, mtime=0)


def twice(content: bytes) -> bytes:
    return gzipped(gzipped(content))


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzipped),
    ("GZIP", gzipped),
    ("x-gzip", gzipped),
    ("identity, gzip", gzipped),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("gzip, gzip", twice),
    ("gzip,deflate", lambda content: zlib.compress(gzipped(content))),
    ("identity", bytes),
    ("", bytes),
]


class TestContentThatIsCompressed:
    @pytest.mark.parametrize(("coding", "compress"), CODINGS)
    def test_is_read_all_the_same(
        self,
        provider: Provider,
        exchange: Exchange,
        coding: str,
        compress: Callable[[bytes], bytes],
    ) -> None:
        headers = {"Content-Encoding": coding}
        provider.token_answers.append(Reply(compress(BODY), headers=headers))
        answer = exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        assert answer.content == BODY

    def test_may_be_in_parts(self, provider: Provider, exchange: Exchange) -> None:
        packed = gzipped(BODY[:10]) + gzipped(BODY[10:])
        provider.token_answers.append(Reply(packed, headers={"Content-Encoding": "gzip"}))
        answer = exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        assert answer.content == BODY

    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("gzip", gzipped(b" " * 100 * MB)),
            ("gzip, gzip", twice(b" " * 100 * MB)),
            ("gzip, gzip, gzip", gzipped(twice(b" " * 100 * MB))),
            ("deflate", zlib.compress(b" " * 100 * MB)),
            ("deflate", raw_deflate(b" " * 100 * MB)),
            ("gzip", gzipped(BODY) + gzipped(b" " * 100 * MB)),
            ("gzip", gzipped(BODY + b" " * 300_000)),
        ],
    )
    def test_is_not_decoded_to_more_than_256_kb(
        self, provider: Provider, exchange: Exchange, coding: str, packed: bytes
    ) -> None:
        provider.token_answers.append(Reply(packed, headers={"Content-Encoding": coding}))
        tracemalloc.start()
        with pytest.raises(UnusableAnswerError, match="256 kB"):
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 4 * MB

    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("br", b"\xcf\xff\xff\x7f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x9f\x60\xa0"),
            ("zstd", b"\x28\xb5\x2f\xfd\x04\x58"),
            ("compress", b"\x1f\x9d\x90"),
            ("gzip, br", gzipped(BODY)),
            ("gzip", BODY),
            ("gzip", gzipped(BODY)[:-9]),
            ("gzip", gzipped(BODY) + b"more"),
            ("gzip", gzipped(b"") * 1000),
            ("deflate", b"\x78\x9c\xff"),
            (", ".join(["gzip"] * 10), BODY),
            ("aes128gcm", BODY),
        ],
    )
    def test_is_refused_where_it_is_broken_or_was_not_asked_for(
        self, provider: Provider, exchange: Exchange, coding: str, packed: bytes
    ) -> None:
        provider.token_answers.append(Reply(packed, headers={"Content-Encoding": coding}))
        with pytest.raises(NoAnswerError, match="compression"):
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})


def test_a_test_of_a_connection_reads_no_body(project: Project) -> None:
    connection = project.connect()
    project.provider.forget_access_tokens()
    packed = gzipped(b" " * 100 * MB)
    bomb = Reply(packed, 401, {"Content-Encoding": "gzip"})
    answers = [bomb]
    project.provider.before_api = lambda call: answers.pop() if answers else None
    tracemalloc.start()
    status = try_out(f"{project.provider.url}/api", connection.auth(), timeout=PROMPTLY).status
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # With a new token, after the 401.
    assert status == 200
    assert project.provider.refreshes == 1
    assert peak < 20 * MB


def receive(connection: socket.socket) -> None:
    """Read a request to the end of its head."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)


@contextmanager
def speaking(answer: Callable[[socket.socket], None], scheme: str = "http") -> Iterator[str]:
    """Run a server that speaks as it likes, and see that it is left alone in the end."""
    threads: list[threading.Thread] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=run, args=(connection,))
            threads.append(thread)
            thread.start()

    def run(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            answer(connection)

    (port,) = free_ports(1)
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        yield f"{scheme}://127.0.0.1:{port}/"
        listener.shutdown(socket.SHUT_RDWR)
    server.join(PROMPTLY)
    for thread in threads:
        thread.join(PROMPTLY)
        assert not thread.is_alive()


def slowly(before: bytes, again: bytes) -> Callable[[socket.socket], None]:
    """Return what answers with something, and then with something else again and again."""

    def answer(connection: socket.socket) -> None:
        receive(connection)
        connection.sendall(before)
        while True:
            connection.sendall(again)
            time.sleep(0.02)

    return answer


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def never_speaks_tls(connection: socket.socket) -> None:
    connection.sendall(b"\x16\x03\x03\x3f\xff\x02")
    while True:
        connection.sendall(b"\x00")
        time.sleep(0.02)


OK = b"HTTP/1.1 200 OK\r\n"

ENDLESS: dict[str, tuple[str, Callable[[socket.socket], None]]] = {
    "a status line": ("http", slowly(b"HTTP/1.1 200 ", b"O")),
    "a header": ("http", slowly(OK + b"X-Header: ", b"x")),
    "headers": ("http", slowly(OK, b"X: y\r\n")),
    "interim responses": ("http", slowly(b"", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n")),
    "100 Continue": ("http", slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    "102 Processing": ("http", slowly(b"", b"HTTP/1.1 102 Processing\r\n\r\n")),
    "a body": ("http", slowly(OK + b"Content-Length: 1000\r\n\r\n", b" ")),
    "a body without a length": ("http", slowly(OK + b"\r\n", b" ")),
    "chunks": ("http", slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")),
    "the size of a chunk": ("http", slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x")),
    "trailers": ("http", slowly(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n")),
    "nothing": ("http", silent),
    "a TLS handshake": ("https", never_speaks_tls),
}


class TestOneDeadline:
    @pytest.mark.parametrize("what", ENDLESS)
    def test_ends_what_never_ends(self, what: str) -> None:
        scheme, answer = ENDLESS[what]
        with speaking(answer, scheme) as url:
            transport = httpx.HTTPTransport(verify=NO_TLS)
            exchange = Exchange(transport=transport, timeout=0.6)
            begun = time.monotonic()
            with pytest.raises(ProviderUnavailableError):
                exchange.post(url, {"grant_type": "other"})
            assert time.monotonic() - begun < PROMPTLY
            until(lambda: not exchanges())
            transport.close()

    def test_ends_a_look_up_of_a_name_that_takes_for_ever(self, provider: Provider) -> None:
        transport = Waiting()
        exchange = Exchange(transport=transport, timeout=0.3)
        with pytest.raises(NoAnswerError, match=r"within 0\.3 seconds"):
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        transport.goes_on.set()
        until(lambda: not exchanges())
        # What was given up is not sent any more.
        assert provider.calls == []
        transport.close()

    def test_is_by_the_clock_too(self, provider: Provider) -> None:
        provider.token_answers.append(Reply(b"x" * 200_000))
        moments = iter(range(0, 10_000, 7))
        transport = httpx.HTTPTransport(verify=NO_TLS)
        exchange = Exchange(transport=transport, clock=lambda: float(next(moments)))
        with pytest.raises(NoAnswerError):
            exchange.post(f"{provider.url}/token", {"grant_type": "other"})
        transport.close()

    def test_holds_for_a_transport_that_tells_nothing_of_its_steps(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json=TOKEN)

        exchange = Exchange(transport=httpx.MockTransport(answer))
        assert exchange.get("https://as.example/").members() is not None

    def test_is_in_no_ones_way(self, provider: Provider, exchange: Exchange) -> None:
        def ask() -> None:
            answers.append(exchange.get(f"{provider.url}/.well-known/oauth-authorization-server"))

        answers: list[Any] = []
        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PROMPTLY)
        assert [answer.status for answer in answers] == [200] * 20


class Waiting(httpx.HTTPTransport):
    """Waits before it does anything, as for the address of a host."""

    def __init__(self) -> None:
        super().__init__(verify=NO_TLS)
        self.goes_on = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.goes_on.wait(PROMPTLY)
        return super().handle_request(request)


def exchanges() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "attio_nb exchange"]


@pytest.mark.parametrize("value", ["the-token-\ud800", "\udcff"])
def test_a_value_that_no_one_can_send_is_an_error_that_says_so(
    provider: Provider, exchange: Exchange, value: str
) -> None:
    with pytest.raises(OAuthError, match="sign in again") as failed:
        exchange.post(f"{provider.url}/token", {"refresh_token": value})
    assert provider.calls == []
    assert "the-token" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_a_provider_that_is_gone(exchange: Exchange) -> None:
    with running() as provider:
        url = provider.url
    with pytest.raises(NoAnswerError):
        exchange.get(url)
