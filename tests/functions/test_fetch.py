"""``fetch`` over a real loopback, and over a transport where only the request matters."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import ssl
import threading
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb.connections.auth import connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import BoundaryError, HostNotAllowedError, UnexpectedTransportError
from attio_nb.functions.fetch import Fetch
from tests.certificates import self_signed
from tests.loopback import Loopback, free_port, reply, serving

VALUE = "sk_live_1234"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving() as running:
        yield running


def sent(url: str = "https://api.example.com/", **options: Any) -> httpx.Request:
    """The request that a transport gets."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    asyncio.run(Fetch(transport=httpx.MockTransport(handle))(url, **options))
    return seen[0]


def failure(url: str, *, fetch: Fetch | None = None, **options: Any) -> str:
    """The message of a request without an answer."""
    with pytest.raises(UnexpectedTransportError) as error:
        asyncio.run((fetch or Fetch())(url, **options))
    return str(error.value)


def kinds(error: type[httpx.RequestError]) -> list[type[httpx.RequestError]]:
    """The kinds of an error, itself included, in a settled order."""
    below = [kind for child in error.__subclasses__() for kind in kinds(child)]
    return sorted({error, *below}, key=lambda kind: kind.__name__)


def wait_then_reply(handler: Any, over: threading.Event) -> None:
    over.wait(30)
    handler.close_connection = True


def drip(handler: Any, over: threading.Event) -> None:
    """Send a byte now and then, so that no single read takes long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.close_connection = True
    with contextlib.suppress(OSError):
        while not over.wait(0.01):
            handler.wfile.write(b".")
            handler.wfile.flush()


def assert_unseen(error: BaseException) -> None:
    """No message that a traceback shows holds the value."""
    assert VALUE not in str(error)
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_an_answer_comes_back_whatever_its_status() -> None:
    with serving(lambda handler: reply(handler, 404, b'{"error": "no such sequence"}')) as server:
        response = asyncio.run(Fetch()(f"{server.url}/api/v1/sequences/7"))
    assert response.status_code == 404
    assert response.json() == {"error": "no such sequence"}


def test_it_sends_json_as_javascript_writes_it(server: Loopback) -> None:
    asyncio.run(
        Fetch()(
            server.url,
            method="post",
            json={"when": datetime(2026, 1, 2, tzinfo=UTC), "not": float("nan"), "name": "Ädä"},
        )
    )
    (received,) = server.received
    assert received.method == "POST"
    assert received.headers["content-type"] == "application/json"
    assert received.body == '{"when":"2026-01-02T00:00:00.000Z","not":null,"name":"Ädä"}'.encode()


def test_half_a_surrogate_pair_in_json_is_escaped_as_in_javascript() -> None:
    assert sent(method="POST", json=["\ud83d"]).content == rb'["\ud83d"]'


def test_what_json_cannot_carry_is_named() -> None:
    with pytest.raises(BoundaryError, match=r'argument "json" at json\["ids"\]: a set'):
        sent(method="POST", json={"ids": {1}})


def test_a_masked_value_in_json_is_sent_as_itself() -> None:
    assert json.loads(sent(method="POST", json={"key": SecretStr(VALUE)}).content)["key"] == VALUE


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        ("grüße", "grüße".encode(), "text/plain;charset=UTF-8"),
        (b"\x00\xff", b"\x00\xff", None),
        (SecretStr(VALUE), VALUE.encode(), "text/plain;charset=UTF-8"),
    ],
)
def test_it_sends_a_body_as_it_is(
    body: str | bytes, content: bytes, content_type: str | None
) -> None:
    request = sent(method="POST", body=body)
    assert request.content == content
    assert request.headers.get("content-type") == content_type


def test_a_content_type_of_the_caller_stays() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = sent(method="POST", body="a=1", headers=headers)
    assert request.headers.get_list("Content-Type") == ["application/x-www-form-urlencoded"]


def test_params_are_added_to_those_of_the_url() -> None:
    request = sent("https://api.example.com/?a=1", params={"b": [2, 3], "c": "ü&"})
    assert str(request.url) == "https://api.example.com/?a=1&b=2&b=3&c=%C3%BC%26"


def test_a_header_of_latin_1_is_sent_as_latin_1(server: Loopback) -> None:
    asyncio.run(Fetch()(server.url, headers={"X-Name": "é"}))
    assert server.received[0].headers["x-name"] == "é"


def test_redirects_are_followed_as_in_javascript() -> None:
    def answer(handler: Any) -> None:
        reply(handler, 302 if handler.path == "/" else 200, headers={"Location": "/there"})

    with serving(answer) as server:
        response = asyncio.run(Fetch()(f"{server.url}/", method="POST", json={}))
    assert response.url.path == "/there"
    assert [(each.method, each.path) for each in server.received] == [
        ("POST", "/"),
        ("GET", "/there"),
    ]


def test_no_cookie_goes_from_one_call_to_the_next() -> None:
    async def twice(fetch: Fetch, url: str) -> None:
        await fetch(url)
        await fetch(url)

    with serving(lambda handler: reply(handler, headers={"Set-Cookie": "a=1; Path=/"})) as server:
        asyncio.run(twice(Fetch(), server.url))
    assert ["cookie" in each.headers for each in server.received] == [False, False]


def test_it_sends_what_auth_adds(server: Loopback) -> None:
    auth = connection_auth(SecretStr(VALUE), hosts=["127.0.0.1"])
    asyncio.run(Fetch()(server.url, auth=auth))
    assert server.received[0].headers["authorization"] == f"Bearer {VALUE}"


def test_a_host_that_auth_may_not_send_to_comes_out_as_it_is(server: Loopback) -> None:
    auth = connection_auth(SecretStr(VALUE), hosts=["api.example.com"])
    with pytest.raises(HostNotAllowedError):
        asyncio.run(Fetch()(server.url, auth=auth))
    assert server.received == []


class TestConnections:
    def test_one_loop_keeps_its_connection_open_between_calls(self) -> None:
        ports: list[int] = []

        def answer(handler: Any) -> None:
            ports.append(handler.client_address[1])
            reply(handler)

        async def three_times(fetch: Fetch, url: str) -> None:
            for _ in range(3):
                await fetch(url)

        with serving(answer) as server:
            asyncio.run(three_times(Fetch(), server.url))
        assert len(ports) == 3
        assert len(set(ports)) == 1

    def test_one_loop_after_another_can_use_it(self, server: Loopback) -> None:
        fetch = Fetch()
        for _ in range(3):
            assert asyncio.run(fetch(server.url)).status_code == 200

    def test_two_loops_can_use_it_at_once(self, server: Loopback) -> None:
        fetch = Fetch()
        statuses: list[int] = []

        async def many() -> None:
            answers = await asyncio.gather(*(fetch(server.url) for _ in range(5)))
            statuses.extend(answer.status_code for answer in answers)

        threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert statuses == [200] * 20

    def test_nothing_stays_open_when_its_loop_is_closed(self, server: Loopback) -> None:
        # An unclosed connection would warn when it is collected, which fails the test.
        asyncio.run(Fetch()(server.url))
        gc.collect()

    def test_a_loop_that_is_closed_is_let_go_at_the_next_call(self, server: Loopback) -> None:
        async def loop_of_a_call(fetch: Fetch) -> weakref.ref[asyncio.AbstractEventLoop]:
            await fetch(server.url)
            return weakref.ref(asyncio.get_running_loop())

        fetch = Fetch()
        first = asyncio.run(loop_of_a_call(fetch))
        asyncio.run(loop_of_a_call(fetch))
        gc.collect()
        assert first() is None

    def test_the_tls_context_is_made_once_and_not_before_it_is_needed(
        self, server: Loopback
    ) -> None:
        made: list[ssl.SSLContext] = []

        def make() -> ssl.SSLContext:
            made.append(ssl.create_default_context())
            return made[-1]

        fetch = Fetch(ssl_context=make)
        assert made == []
        for _ in range(2):
            asyncio.run(fetch(server.url))
        assert len(made) == 1


class TestWithoutAnAnswer:
    def test_a_refused_connection_is_told(self) -> None:
        message = failure(f"http://127.0.0.1:{free_port()}/x?key={VALUE}")
        assert "refused the connection. Is it running" in message
        assert VALUE not in message

    def test_an_unknown_name_is_told(self) -> None:
        message = failure("https://no-such-host.invalid/")
        assert message.startswith("The host of https://no-such-host.invalid is not known.")

    def test_a_certificate_that_nobody_vouches_for_is_told(self, tmp_path: Path) -> None:
        with serving(tls=self_signed(tmp_path)) as server:
            message = failure(server.url)
        assert message.startswith(f"{server.url} failed TLS certificate verification (self-signed")
        assert "SSL_CERT_FILE" in message
        assert server.received == []

    def test_a_certificate_in_ssl_cert_file_is_trusted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with serving(tls=self_signed(tmp_path)) as server:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            assert asyncio.run(Fetch()(server.url)).status_code == 200

    def test_a_server_that_speaks_no_tls_is_told(self, server: Loopback) -> None:
        assert "does not speak TLS" in failure(server.url.replace("http:", "https:"))

    def test_an_answer_that_does_not_come_in_time_is_told(self) -> None:
        over = threading.Event()
        try:
            with serving(lambda handler: wait_then_reply(handler, over)) as server:
                message = failure(f"{server.url}/?key={VALUE}", timeout=0.05)
                over.set()
        finally:
            over.set()
        assert message == (
            f"{server.url} did not answer within 0.05 seconds. Try again, or wait longer: "
            "timeout=60."
        )

    def test_an_answer_that_drips_ends_with_the_time_too(self) -> None:
        over = threading.Event()
        try:
            with serving(lambda handler: drip(handler, over)) as server:
                assert "within 0.2 seconds" in failure(server.url, timeout=0.2)
        finally:
            over.set()

    def test_a_connection_that_is_closed_is_told(self) -> None:
        def close(handler: Any) -> None:
            handler.close_connection = True

        with serving(close) as server:
            assert "may have been carried out" in failure(server.url)

    @pytest.mark.parametrize(
        ("cause", "told"),
        [
            (OSError(101, "unreachable"), "cannot be reached. Check your network"),
            # What comes of a name with several addresses.
            (ExceptionGroup("all", [ConnectionRefusedError()]), "refused the connection"),
        ],
    )
    def test_what_stands_behind_a_failed_connection_is_told(
        self, cause: Exception, told: str
    ) -> None:
        def unreachable(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no", request=request) from cause

        fetch = Fetch(transport=httpx.MockTransport(unreachable))
        message = failure("https://api.example.com", fetch=fetch)
        assert message.startswith(f"https://api.example.com {told}")

    def test_a_circle_of_redirects_is_told(self) -> None:
        with serving(lambda each: reply(each, 302, headers={"Location": "/"})) as server:
            assert "redirected again and again" in failure(server.url)

    def test_an_answer_that_is_not_compressed_as_it_says_is_told(self) -> None:
        with serving(
            lambda each: reply(each, body=b"plain", headers={"Content-Encoding": "gzip"})
        ) as server:
            assert "compression is broken" in failure(server.url)

    def test_after_a_redirect_the_host_at_fault_is_named(self) -> None:
        elsewhere = f"http://127.0.0.1:{free_port()}"
        with serving(lambda each: reply(each, 302, headers={"Location": elsewhere})) as server:
            assert failure(server.url).startswith(f"{elsewhere} refused")

    @pytest.mark.parametrize("kind", kinds(httpx.RequestError))
    def test_each_error_of_httpx_becomes_ours_and_names_no_more_than_the_origin(
        self, kind: type[httpx.RequestError]
    ) -> None:
        def broken(request: httpx.Request) -> httpx.Response:
            raise kind(f"about {request.url}", request=request)

        fetch = Fetch(transport=httpx.MockTransport(broken))
        message = failure(f"https://api.example.com/{VALUE}?key={VALUE}", fetch=fetch)
        assert "https://api.example.com" in message
        assert message.endswith(".")
        assert VALUE not in message

    def test_it_has_the_code_that_attio_gives_it(self) -> None:
        with pytest.raises(UnexpectedTransportError) as error:
            asyncio.run(Fetch()(f"http://127.0.0.1:{free_port()}"))
        assert error.value.code == "unexpected-transport-error"
        assert isinstance(error.value.__cause__, httpx.ConnectError)


class TestARequestThatCannotBeSent:
    @pytest.mark.parametrize(
        ("url", "hint"),
        [
            (f"api.example.com/{VALUE}", "begin with https://"),
            (f"ftp://api.example.com/{VALUE}", "begin with https://"),
            (f"https:///{VALUE}", "names no host"),
            (f"https://[::1/{VALUE}", "is not one"),
            (f"https://api.example.com:{VALUE}/", "is not one"),
            (f"https://api.example.com/\n{VALUE}", "is not one"),
            (f"https://ada:{VALUE}@api.example.com/", "user name or a password"),
        ],
    )
    def test_a_wrong_url_is_refused_unseen(self, url: str, hint: str) -> None:
        with pytest.raises(ValueError, match=hint) as error:
            sent(url)
        assert_unseen(error.value)

    @pytest.mark.parametrize(
        ("value", "hint"),
        [
            (f"Bearer {VALUE}\r\nHost: evil", "a line break at character 20"),
            (f"Bearer {VALUE}\n", "a line break"),
            (f"Bearer {VALUE}–", r"U\+2013 at character 20"),
            (f"Bearer {VALUE}\x00", r"U\+0000"),
        ],
    )
    def test_a_header_that_cannot_be_sent_is_refused_unseen(self, value: str, hint: str) -> None:
        with pytest.raises(ValueError, match=f'"Authorization" has {hint}') as error:
            sent(headers={"Authorization": value})
        assert_unseen(error.value)

    def test_a_masked_value_in_a_header_is_told_from_a_wrong_one(self) -> None:
        with pytest.raises(ValueError, match=r'is a mask.*f"\{connection.value\}"'):
            sent(headers={"Authorization": f"Bearer {SecretStr(VALUE)!s}"})

    @pytest.mark.parametrize("name", ["", "X Key", f"X-Key: {VALUE}", "schlüssel"])
    def test_a_name_that_is_no_header_is_refused_unseen(self, name: str) -> None:
        with pytest.raises(ValueError, match="name that no header can have") as error:
            sent(headers={name: "x"})
        assert_unseen(error.value)

    def test_a_header_that_is_no_string_is_refused(self) -> None:
        with pytest.raises(TypeError, match='"X-Count" has a value of type int'):
            sent(headers={"X-Count": 3})

    def test_two_bodies_are_refused(self) -> None:
        with pytest.raises(ValueError, match="json or body, not both"):
            sent(method="POST", json={}, body="{}")

    @pytest.mark.parametrize("body", [{"json": {}}, {"body": ""}])
    def test_a_body_without_a_method_is_refused(self, body: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match='Say method="POST"'):
            sent(**body)

    @pytest.mark.parametrize("method", ["", "PO ST", "GET\r\n"])
    def test_what_is_no_method_is_refused(self, method: str) -> None:
        with pytest.raises(ValueError, match="method is not one"):
            sent(method=method)

    @pytest.mark.parametrize(
        ("options", "hint"),
        [
            ({"url": 3}, "URL is of type int"),
            ({"method": "POST", "body": {"a": 1}}, "body is of type dict.*json="),
            ({"auth": VALUE}, r"auth is of type str\. Pass auth=connection.auth\(\)"),
        ],
    )
    def test_an_argument_of_another_type_is_refused_unseen(
        self, options: dict[str, Any], hint: str
    ) -> None:
        with pytest.raises(TypeError, match=hint) as error:
            sent(**options)
        assert_unseen(error.value)


def test_no_log_holds_a_header(server: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        asyncio.run(Fetch()(server.url, headers={"X-Api-Key": VALUE}))
    assert server.received[0].headers["x-api-key"] == VALUE
    assert caplog.records
    assert VALUE not in caplog.text
