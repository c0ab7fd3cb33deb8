"""No error that leaves us, and nothing that hangs on it, holds a value."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import socket
import struct
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb.connections.auth import ConnectionAuth, connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.trial import try_out
from attio_nb.functions.fetch import Fetch
from attio_nb.oauth.exchange import Exchange
from tests.certificates import self_signed
from tests.leaks import leaks
from tests.loopback import free_port, reply, serving

VALUE = "sk_live_abcdefgh"
ANSWERED = "ya29_answered"
"""What a server answers, which may be a token."""


def caught(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:
        return error
    raise AssertionError("Nothing was raised.")


class TestTheSearch:
    def error(self) -> BaseException:
        return ValueError("x")

    @pytest.mark.parametrize(
        "hidden",
        [
            VALUE,
            VALUE.encode(),
            f"Bearer {VALUE}",
            base64.b64encode(f":{VALUE}".encode()).decode(),
            b"Basic " + base64.b64encode(f"the id:{VALUE}".encode()),
            urllib.parse.quote("".join(f"{each}" for each in VALUE)),
            {"headers": [(b"x", VALUE.encode())]},
            httpx.Request("GET", "https://a", headers={"X": VALUE}),
            httpx.Request("POST", "https://a", data={"x": VALUE}),
            httpx.Response(200, request=httpx.Request("GET", f"https://a/?x={VALUE}")),
        ],
    )
    def test_finds_a_value(self, hidden: object) -> None:
        in_args = ValueError(hidden)
        in_notes = ValueError()
        in_notes.__notes__ = [hidden]  # type: ignore[attr-defined]
        as_context = ValueError()
        as_context.__context__ = in_args
        grouped = ExceptionGroup("x", [ValueError(), as_context])
        for error in (in_args, in_notes, as_context, grouped):
            assert leaks(error, VALUE)

    def test_finds_it_in_a_frame_and_in_a_document(self) -> None:
        document = caught(lambda: json.loads(f'["{VALUE}"'))
        undecoded = caught(lambda: f"{VALUE}é".encode("latin-1").decode())
        # A frame of the standard library.
        frame = caught(lambda: json.dumps({"x": [VALUE, object()]}))
        for error in (document, undecoded, frame):
            assert leaks(error, VALUE)

    def test_finds_no_masked_value(self) -> None:
        assert leaks(ValueError(SecretStr(VALUE), {"x": SecretStr(VALUE)}), VALUE) == []


def close(handler: Any) -> None:
    handler.close_connection = True


def reset(handler: Any) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.shutdown(socket.SHUT_RD)
    handler.close_connection = True


def garbage(handler: Any) -> None:
    handler.wfile.write(f"{ANSWERED} is no HTTP\r\n\r\n".encode())
    handler.close_connection = True


def not_compressed(handler: Any) -> None:
    reply(handler, body=ANSWERED.encode(), headers={"Content-Encoding": "gzip"})


def half_compressed(handler: Any) -> None:
    body = gzip.compress(ANSWERED.encode() * 100)[:20] + b"x" * 100
    reply(handler, body=body, headers={"Content-Encoding": "gzip"})


def cut_off(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(ANSWERED.encode())
    handler.close_connection = True


def round_and_round(handler: Any) -> None:
    reply(handler, 302, headers={"Location": f"/{handler.path}x"})


def to_nowhere(handler: Any) -> None:
    where = f"http://127.0.0.1:{free_port()}/"
    reply(handler, 307, headers={"Location": where})


def to_garbage(handler: Any) -> None:
    here = handler.path == "/"
    reply(handler, 307, headers={"Location": "/next"}) if here else garbage(handler)


def to_another_scheme(handler: Any) -> None:
    reply(handler, 302, headers={"Location": "gopher://x/"})


def to_no_address(handler: Any) -> None:
    reply(handler, 302, headers={"Location": "https://[::1/"})


def silent(handler: Any) -> None:
    handler.connection.recv(1)


ANSWERS = [
    close,
    reset,
    garbage,
    not_compressed,
    half_compressed,
    cut_off,
    round_and_round,
    to_nowhere,
    to_garbage,
    to_another_scheme,
    to_no_address,
    silent,
]


@contextlib.contextmanager
def failing(kind: Callable[[Any], None] | str, directory: Path) -> Iterator[str]:
    """The URL of something that gives no good answer."""
    if kind == "refused":
        yield f"http://127.0.0.1:{free_port()}/"
    elif kind == "unknown":
        yield "https://no-such-host.invalid/"
    elif kind == "tls":
        with serving(tls=self_signed(directory)) as server:
            yield f"{server.url}/"
    elif kind == "no tls":
        with serving() as server:
            yield f"{server.url.replace('http:', 'https:')}/"
    elif not isinstance(kind, str):
        with serving(kind) as server:
            yield f"{server.url}/"


@pytest.fixture(
    params=["refused", "unknown", "tls", "no tls", *ANSWERS],
    ids=lambda kind: kind if isinstance(kind, str) else kind.__name__,
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with failing(request.param, tmp_path) as where:
        yield where


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def auth_for(url: str, **carrier: str) -> ConnectionAuth:
    return connection_auth(SecretStr(VALUE), hosts=[httpx.URL(url).host], **carrier)


CARRIERS: list[dict[str, str]] = [{}, {"scheme": "basic"}, {"header": "X-Api-Key"}]


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
def test_fetch_that_fails(url: str, carrier: dict[str, str]) -> None:
    fetch = Fetch()
    auth = auth_for(url, **carrier)
    error = caught(lambda: asyncio.run(fetch(url, auth=auth, timeout=1)))
    assert leaks(error, VALUE, ANSWERED) == []


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Bearer {VALUE}"}},
        {"headers": [("X-Api-Key", VALUE)]},
        {"params": {"key": VALUE}},
        {"json": {"key": VALUE}, "method": "POST"},
        {"body": VALUE, "method": "POST"},
    ],
    ids="+".join,
)
def test_fetch_that_fails_with_a_value_of_the_caller(url: str, options: dict[str, Any]) -> None:
    fetch = Fetch()
    error = caught(lambda: asyncio.run(fetch(url, timeout=1, **options)))
    assert leaks(error, VALUE, ANSWERED) == []


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Bearer {VALUE}\r\n"}},
        {"headers": {f"X {VALUE}": "x"}},
        {"headers": {"X": SecretStr(VALUE), "Y": 3}},
        {"headers": {"X": VALUE}, "method": "P O"},
        {"headers": {"X": VALUE}, "json": {}, "body": VALUE},
        {"headers": {"X": VALUE}, "json": {"x": VALUE, "y": {1}}, "method": "POST"},
        {"body": {VALUE: 1}, "method": "POST"},
        {"auth": VALUE},
        {"url": f"https://ada:{VALUE}@api.example.com/"},
        {"url": f"https://[{VALUE}/"},
        {"url": f"https://api.example.com/\n{VALUE}"},
        {"params": {"x": VALUE, "y": {1}}},
    ],
    ids="+".join,
)
def test_fetch_that_refuses_a_request(options: dict[str, Any]) -> None:
    fetch = Fetch()
    where = options.pop("url", "https://api.example.com/")
    error = caught(lambda: asyncio.run(fetch(where, **options)))
    assert leaks(error, VALUE, ANSWERED) == []


def test_fetch_that_is_cancelled() -> None:
    async def cancelled() -> BaseException:
        with serving(silent) as server:
            call = asyncio.ensure_future(
                Fetch()(server.url, headers={"X": VALUE}, auth=auth_for(server.url))
            )
            while not server.received:
                await asyncio.sleep(0.01)
            call.cancel()
            try:
                await call
            except asyncio.CancelledError as error:
                return error
        raise AssertionError

    assert leaks(asyncio.run(cancelled()), VALUE) == []


def test_fetch_to_a_host_that_is_not_allowed() -> None:
    error = caught(lambda: asyncio.run(Fetch()("https://other.example", auth=auth_for("//x.y"))))
    assert leaks(error, VALUE, ANSWERED) == []


def test_a_trial_that_fails(url: str) -> None:
    auth = auth_for(url)
    error: object = None
    with contextlib.suppress(AssertionError):
        # A redirect is an answer.
        error = caught(lambda: try_out(url, auth, timeout=1))
    assert not isinstance(error, BaseException) or leaks(error, VALUE, ANSWERED) == []


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_client_of_the_caller_that_fails(
    url: str, carrier: dict[str, str], is_async: bool
) -> None:
    auth = auth_for(url, **carrier)
    options: dict[str, Any] = {"auth": auth, "timeout": 1, "follow_redirects": True}

    async def get() -> None:
        async with httpx.AsyncClient() as client:
            await client.get(url, **options)

    def get_sync() -> None:
        with httpx.Client() as client:
            client.get(url, **options)

    error = caught((lambda: asyncio.run(get())) if is_async else get_sync)
    assert isinstance(error, httpx.HTTPError)
    assert leaks(error, VALUE) == []


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("is_async", [False, True])
def test_a_client_of_the_caller_with_another_header_that_cannot_be_sent(
    carrier: dict[str, str], is_async: bool
) -> None:
    async def get(url: str, options: dict[str, Any]) -> None:
        async with httpx.AsyncClient() as client:
            await client.get(url, **options)

    with serving() as server:
        options = {"auth": auth_for(server.url, **carrier), "headers": {"X-Bad": "a\x00b"}}
        error = caught(
            (lambda: asyncio.run(get(server.url, options)))
            if is_async
            else (lambda: httpx.get(server.url, **options))
        )
    assert isinstance(error, httpx.LocalProtocolError)
    assert leaks(error, VALUE) == []


def test_a_client_of_the_caller_with_a_transport_that_fails() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        raise httpx.ConnectError(f"{headers}", request=request)

    with httpx.Client(transport=httpx.MockTransport(broken)) as client:
        auth = auth_for("https://a.example", header="X-Key")
        error = caught(lambda: client.get("https://a.example", auth=auth))
    assert leaks(error, VALUE) == []


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_client_of_the_caller_with_a_proxy_that_is_refused(scheme: str) -> None:
    with serving() as proxy, httpx.Client(proxy=proxy.url.replace("http", scheme)) as client:
        auth = auth_for("http://localhost")
        error = caught(lambda: client.get("http://localhost:9", auth=auth))
    assert leaks(error, VALUE) == []


FORM = {"client_secret": SecretStr(VALUE), "code": SecretStr(f"{VALUE}_code")}
BASIC = {
    "Authorization": SecretStr("Basic " + base64.b64encode(f"the id:{VALUE}".encode()).decode())
}


def test_a_call_to_a_provider_that_fails(url: str) -> None:
    exchange = Exchange()
    error = caught(lambda: exchange.post(url, FORM, BASIC))
    assert leaks(error, VALUE, ANSWERED) == []


@pytest.mark.parametrize("status", [302, 200])
def test_a_call_to_a_provider_whose_answer_is_refused(status: int) -> None:
    def answer(handler: Any) -> None:
        body = ANSWERED.encode() * 40_000
        reply(handler, status, body=body, headers={"Location": f"/{VALUE}"})

    with serving(answer) as server:
        error = caught(lambda: Exchange().post(server.url, FORM, BASIC))
    assert leaks(error, VALUE, ANSWERED) == []
