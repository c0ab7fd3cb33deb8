"""A value goes to one origin and no further, whatever transport the client has."""

from __future__ import annotations

import asyncio
import http.client
import logging
import pickle
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest

from attio_nb.connections.auth import ConnectionAuth, connection_auth
from attio_nb.connections.sealed import SealedHeaders
from attio_nb.connections.secret import SecretBytes, SecretStr
from attio_nb.errors import HostNotAllowedError, InvalidRequestError
from tests.loopback import Loopback, reply, serving

VALUE = "sk_live_1234"
CARRIERS: list[dict[str, str]] = [{}, {"scheme": "basic"}, {"header": "X-Api-Key"}]
HOME, AWAY = "https://home.example", "https://away.example"
LEADS = {
    "/away": f"{AWAY}/landed",
    "/away/port": "https://home.example:8443/landed",
    "/away/plain": "http://home.example/landed",
    "/here": "/stayed",
    "/here/twice": "/here",
    "/here/absolute": f"{HOME}/stayed",
    "/here/away": "/away",
    "/away/back": f"{AWAY}/back",
    "/back": f"{HOME}/returned",
}
Seen = list[tuple[str, str | None]]


def auth_for(carrier: dict[str, str], *hosts: str) -> ConnectionAuth:
    return connection_auth(SecretStr(VALUE), hosts=hosts or ("home.example",), **carrier)


def name_in(carrier: dict[str, str]) -> str:
    return carrier.get("header", "Authorization").lower()


def answer(method: str, url: httpx.URL, status: int = 307) -> httpx.Response:
    if url.path in LEADS:
        return httpx.Response(status, headers={"Location": LEADS[url.path]})
    return httpx.Response(200)


class Recording:
    """What a service behind a transport was sent: the URL, and the header that carries a value."""

    def __init__(self, name: str, status: int = 307) -> None:
        self.seen: Seen = []
        self.status = status
        self._name = name

    def note(self, url: str, headers: Iterable[tuple[Any, Any]]) -> None:
        found = {text(key).lower(): text(value) for key, value in headers}
        self.seen.append((url, found.get(self._name)))

    @property
    def carried(self) -> list[str]:
        """Where the value was sent to."""
        return [url for url, value in self.seen if value is not None]


def text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else format(value)


def mock(recording: Recording) -> httpx.BaseTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        recording.note(str(request.url), request.headers.items())
        return answer(request.method, request.url, recording.status)

    return httpx.MockTransport(handle)


def wsgi(recording: Recording) -> httpx.BaseTransport:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        url = httpx.URL(
            scheme=environ["wsgi.url_scheme"],
            host=environ["SERVER_NAME"],
            path=environ["PATH_INFO"],
        )
        if environ["SERVER_PORT"] not in ("443", "80"):
            url = url.copy_with(port=int(environ["SERVER_PORT"]))
        fields = [(key[5:].replace("_", "-"), value) for key, value in environ.items()]
        recording.note(str(url), fields)
        told = answer(environ["REQUEST_METHOD"], url, recording.status)
        start_response(f"{told.status_code} x", [(k, v) for k, v in told.headers.items()])
        return [b""]

    return httpx.WSGITransport(app=app)


class FromRaw(httpx.BaseTransport):
    """Reads the bytes, as a transport over another library does."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.recording.note(str(request.url), request.headers.raw)
        return answer(request.method, request.url, self.recording.status)


class FromDict(FromRaw):
    """Makes a dictionary of the headers, as requests wants it."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fields = dict(request.headers)
        self.recording.note(str(request.url), fields.items())
        return answer(request.method, request.url, self.recording.status)


class FromText(FromRaw):
    """Takes what str() makes of each value, as aiohttp does."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fields = [(name, str(value)) for name, value in request.headers.items()]
        self.recording.note(str(request.url), fields)
        return answer(request.method, request.url, self.recording.status)


class Retrying(httpx.BaseTransport):
    """Sends each request twice through another transport."""

    def __init__(self, recording: Recording) -> None:
        self.below = FromRaw(recording)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.below.handle_request(request)
        return self.below.handle_request(request)


class Copying(Retrying):
    """Makes a request of its own, with the headers that it has read."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        copied = httpx.Request(request.method, request.url, headers=request.headers.multi_items())
        return self.below.handle_request(copied)


TRANSPORTS: list[Callable[[Recording], httpx.BaseTransport]] = [
    mock,
    wsgi,
    FromRaw,
    FromDict,
    FromText,
    Retrying,
    Copying,
]


@pytest.fixture(params=TRANSPORTS, ids=lambda each: each.__name__)
def make(request: pytest.FixtureRequest) -> Callable[[Recording], httpx.BaseTransport]:
    chosen: Callable[[Recording], httpx.BaseTransport] = request.param
    return chosen


@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize(
    ("path", "carried"),
    [
        ("/away", ["/away"]),
        ("/away/port", ["/away/port"]),
        ("/away/plain", ["/away/plain"]),
        ("/away/back", ["/away/back"]),
        ("/here/away", ["/here/away", "/away"]),
        ("/here", ["/here", "/stayed"]),
        ("/here/twice", ["/here/twice", "/here", "/stayed"]),
        ("/here/absolute", ["/here/absolute", "/stayed"]),
    ],
)
def test_a_value_follows_redirects_within_its_origin_and_nowhere_else(
    make: Callable[[Recording], httpx.BaseTransport],
    carrier: dict[str, str],
    path: str,
    carried: list[str],
) -> None:
    recording = Recording(name_in(carrier))
    with httpx.Client(transport=make(recording), follow_redirects=True) as client:
        response = client.get(f"{HOME}{path}", auth=auth_for(carrier))
    assert response.status_code == 200
    assert list(dict.fromkeys(recording.carried)) == [f"{HOME}{each}" for each in carried]


def test_a_body_that_is_redirected_within_the_origin_is_refused_by_such_a_transport(
    make: Callable[[Recording], httpx.BaseTransport],
) -> None:
    recording = Recording("x-api-key")
    with (
        httpx.Client(transport=make(recording), follow_redirects=True) as client,
        pytest.raises(InvalidRequestError, match="follow_redirects=False"),
    ):
        client.post(f"{HOME}/here", auth=auth_for({"header": "X-Api-Key"}), content=b"x")
    assert set(recording.carried) == {f"{HOME}/here"}


def test_a_body_that_is_redirected_to_a_get_is_not(
    make: Callable[[Recording], httpx.BaseTransport],
) -> None:
    recording = Recording("x-api-key", status=303)
    with httpx.Client(transport=make(recording), follow_redirects=True) as client:
        client.post(f"{HOME}/here", auth=auth_for({"header": "X-Api-Key"}), content=b"x")
    assert recording.seen[-1] == (f"{HOME}/stayed", VALUE)


@pytest.mark.parametrize("path", ["/away", "/here", "/here/away"])
def test_a_value_in_an_asgi_application_goes_no_further(path: str) -> None:
    recording = Recording("x-api-key")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        url = httpx.URL(scheme=scope["scheme"], host=scope["server"][0], path=scope["path"])
        recording.note(str(url), scope["headers"])
        told = answer(scope["method"], url)
        await send(
            {
                "type": "http.response.start",
                "status": told.status_code,
                "headers": told.headers.raw,
            }
        )
        await send({"type": "http.response.body", "body": b""})

    async def get() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            auth = auth_for({"header": "X-Api-Key"})
            await client.get(f"{HOME}{path}", auth=auth, follow_redirects=True)

    asyncio.run(get())
    assert recording.carried
    assert all(url.startswith(HOME) for url in recording.carried)


class OverHttpClient(httpx.BaseTransport):
    """Uses the standard library, which tells nobody what it sends."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        connection = http.client.HTTPConnection(request.url.host, request.url.port)
        connection.request(
            request.method, request.url.path, request.read(), dict(request.headers.items())
        )
        told = connection.getresponse()
        response = httpx.Response(told.status, headers=told.getheaders(), content=told.read())
        connection.close()
        return response


class WithoutExtensions(httpx.BaseTransport):
    """Passes a request on that it makes anew, without the extensions."""

    def __init__(self) -> None:
        self.below = httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.below.handle_request(
            httpx.Request(
                request.method, request.url, headers=request.headers.raw, stream=request.stream
            )
        )

    def close(self) -> None:
        self.below.close()


class WithExtensions(WithoutExtensions):
    """Passes a request on that it makes anew, of all that the first one has."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.below.handle_request(
            httpx.Request(
                request.method,
                request.url,
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        )


@pytest.fixture
def elsewhere() -> Iterator[Loopback]:
    with serving() as server:
        yield server


@pytest.fixture
def service(elsewhere: Loopback) -> Iterator[Loopback]:
    """A server whose /away leads to `elsewhere`, and whose /here to another path of its own."""
    leads = {"/away": f"{elsewhere.url}/landed", "/here": "/stayed", "/here/away": "/away"}
    with serving(
        lambda handler: reply(
            handler,
            307 if handler.path in leads else 200,
            headers={"Location": leads.get(handler.path, "/")},
        )
    ) as server:
        yield server


@pytest.mark.parametrize(
    "transport", [OverHttpClient, WithoutExtensions, WithExtensions, httpx.HTTPTransport]
)
@pytest.mark.parametrize("carrier", CARRIERS, ids=str)
@pytest.mark.parametrize("path", ["/away", "/here", "/here/away"])
def test_a_real_server_elsewhere_never_gets_the_value(
    service: Loopback,
    elsewhere: Loopback,
    transport: type[httpx.BaseTransport],
    carrier: dict[str, str],
    path: str,
) -> None:
    with httpx.Client(transport=transport(), follow_redirects=True) as client:
        response = client.get(f"{service.url}{path}", auth=auth_for(carrier, "127.0.0.1"))
    name = name_in(carrier)
    assert response.status_code == 200
    assert [each for each in elsewhere.received if name in each.headers] == []
    assert name in service.received[0].headers
    assert name in service.received[-1].headers


class Both(httpx.Auth):
    """Two connections for one request."""

    def __init__(self, *auths: ConnectionAuth) -> None:
        self.auths = auths

    def sync_auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        flows = [each.sync_auth_flow(request) for each in self.auths]
        for flow in flows:
            next(flow)
        response = yield request
        for flow in flows:
            with pytest.raises(StopIteration):
                flow.send(response)


@pytest.mark.parametrize("transport", [OverHttpClient, httpx.HTTPTransport])
def test_two_values_in_one_request_go_no_further_either(
    service: Loopback, elsewhere: Loopback, transport: type[httpx.BaseTransport]
) -> None:
    both = Both(
        auth_for({"header": "X-First"}, "127.0.0.1"), auth_for({"header": "X-Second"}, "127.0.0.1")
    )
    with httpx.Client(transport=transport(), follow_redirects=True) as client:
        response = client.get(f"{service.url}/away", auth=both)
    assert service.received[0].headers["x-first"] == VALUE
    assert service.received[0].headers["x-second"] == VALUE
    assert {"x-first", "x-second"}.isdisjoint(elsewhere.received[0].headers)
    for each in (*response.history, response):
        assert each.request.headers["X-First"] == each.request.headers["X-Second"] == "[secure]"


def test_a_hook_that_logs_headers_logs_no_value(
    service: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    def log(request: httpx.Request) -> None:
        headers = request.headers
        for shown in (headers, dict(headers), headers.raw, headers.multi_items()):
            logging.info("%s %r", shown, shown)

    hooks: dict[str, list[Any]] = {"request": [log], "response": [lambda each: log(each.request)]}
    with caplog.at_level(logging.DEBUG), httpx.Client(event_hooks=hooks) as client:
        client.get(f"{service.url}/x", auth=auth_for({"header": "X-Key"}, "127.0.0.1"))
    assert service.received[0].headers["x-key"] == VALUE
    assert VALUE not in caplog.text


def put_copy(request: httpx.Request) -> None:
    request.headers = httpx.Headers({**request.headers, "X-Trace": "1"})


def update_with_copy(request: httpx.Request) -> None:
    request.headers.update({**request.headers, "X-Trace": "1"})


def set_again(request: httpx.Request) -> None:
    for name, value in request.headers.multi_items():
        request.headers[name] = value


@pytest.mark.parametrize("hook", [put_copy, update_with_copy, set_again])
@pytest.mark.parametrize("transport", [FromRaw, FromDict, Copying])
def test_a_hook_that_copies_the_headers_takes_no_value_along(
    hook: Callable[[httpx.Request], None],
    transport: Callable[[Recording], httpx.BaseTransport],
) -> None:
    recording = Recording("x-api-key")
    hooks = {"request": [hook]}
    with httpx.Client(
        transport=transport(recording), follow_redirects=True, event_hooks=hooks
    ) as client:
        response = client.get(f"{HOME}/here/away", auth=auth_for({"header": "X-Api-Key"}))
    assert set(recording.carried) == {f"{HOME}/here/away", f"{HOME}/away"}
    for each in (*response.history, response):
        assert type(each.request) is httpx.Request
        assert each.request.headers["X-Api-Key"] == "[secure]"


def test_a_value_leaves_the_next_request_when_a_redirect_is_not_followed(
    service: Loopback, elsewhere: Loopback
) -> None:
    with httpx.Client() as client:
        for path in ("/away", "/here"):
            auth = auth_for({"header": "X-Key"}, "127.0.0.1")
            response = client.get(f"{service.url}{path}", auth=auth)
            assert response.next_request is not None
            assert "X-Key" not in response.next_request.headers
            client.send(response.next_request)
    assert [each.path for each in service.received if "x-key" in each.headers] == ["/away", "/here"]
    assert "x-key" not in elsewhere.received[0].headers


class TestSealedHeaders:
    @pytest.fixture
    def headers(self) -> SealedHeaders:
        headers = SealedHeaders(httpx.Headers({"X-Key": "old", "Accept": "*/*"}))
        headers.seal("X-Key", SecretBytes(b"sk\xe9"))
        return headers

    def test_are_read_like_any_others(self, headers: SealedHeaders) -> None:
        assert headers["x-key"] == headers.get("X-KEY") == "ské"
        assert headers.get_list("X-Key") == ["ské"]
        assert "X-Key" in headers
        assert list(headers) == ["accept", "x-key"]
        assert len(headers) == 2
        assert dict(headers) == {"accept": "*/*", "x-key": "ské"}
        assert dict(zip(headers.keys(), headers.values(), strict=True)) == dict(headers)
        assert headers.multi_items() == [("accept", "*/*"), ("x-key", "ské")]
        assert headers.raw == [(b"Accept", b"*/*"), (b"X-Key", b"sk\xe9")]
        assert headers.copy().raw == headers.raw

    def test_are_copied_by_httpx_without_what_is_sealed(self, headers: SealedHeaders) -> None:
        assert httpx.Headers(headers).raw == [(b"Accept", b"*/*")]
        assert httpx.Request("GET", HOME, headers=headers).headers.get("X-Key") is None

    def test_are_changed_like_any_others(self, headers: SealedHeaders) -> None:
        other = headers.copy()
        headers["X-Key"] = "new"
        assert headers.get_list("X-Key") == ["new"]
        del other["x-key"]
        assert "X-Key" not in other
        with pytest.raises(KeyError):
            del other["x-key"]

    def test_show_no_value(self, headers: SealedHeaders) -> None:
        for shown in (repr(headers), str(headers), repr(headers.raw), f"{headers.items()}"):
            assert "sk" not in shown


class TestAProxy:
    """One that is set in the caller's own client, for an address on this computer."""

    URL = "http://localhost:9/"

    def clients(self, proxy: str) -> Iterator[dict[str, Any]]:
        yield {"proxy": proxy}
        yield {"mounts": {"all://": httpx.HTTPTransport(proxy=proxy)}}
        yield {"transport": httpx.HTTPTransport(proxy=proxy)}

    @pytest.mark.parametrize("carrier", CARRIERS, ids=str)
    @pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
    def test_gets_no_byte(self, carrier: dict[str, str], scheme: str) -> None:
        with serving() as proxy:
            for options in self.clients(proxy.url.replace("http:", f"{scheme}:")):
                with (
                    httpx.Client(**options) as client,
                    pytest.raises(HostNotAllowedError, match="NO_PROXY"),
                ):
                    client.get(self.URL, auth=auth_for(carrier, "localhost"))
            assert proxy.received == []

    @pytest.mark.parametrize("scheme", ["http", "socks5"])
    def test_gets_no_byte_of_an_asynchronous_client(self, scheme: str) -> None:
        async def get(proxy: str) -> None:
            async with httpx.AsyncClient(proxy=proxy) as client:
                await client.get(self.URL, auth=auth_for({}, "localhost"))

        with serving() as proxy:
            with pytest.raises(HostNotAllowedError, match="NO_PROXY"):
                asyncio.run(get(proxy.url.replace("http:", f"{scheme}:")))
            assert proxy.received == []

    def test_gets_no_byte_where_the_environment_names_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NO_PROXY", raising=False)
        with serving() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            with httpx.Client() as client, pytest.raises(HostNotAllowedError, match="NO_PROXY"):
                client.get(self.URL, auth=auth_for({}, "localhost"))
            assert proxy.received == []


def test_a_request_that_was_sent_can_be_pickled(service: Loopback) -> None:
    with httpx.Client() as client:
        response = client.get(f"{service.url}/x", auth=auth_for({"header": "X-Key"}, "127.0.0.1"))
    assert VALUE.encode() not in pickle.dumps(response)
