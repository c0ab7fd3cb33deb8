"""The value goes where the app file says, in the form that the service wants, and nowhere else."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from typing import Any

import httpcore
import httpx
import pytest

from attio_nb.connections.auth import ConnectionAuth, connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import HostNotAllowedError, InvalidSecretError
from tests.loopback import Loopback, reply, serving

VALUE = "sk_live_1234"
CARRIERS: list[dict[str, str]] = [
    {},
    {"scheme": "basic"},
    {"scheme": "api-key"},
    {"header": "X-Api-Key"},
]


def auth_to(*hosts: str, value: str = VALUE, **carrier: str) -> ConnectionAuth:
    return connection_auth(SecretStr(value), hosts=hosts, **carrier)


def sent(
    auth: ConnectionAuth,
    url: str = "https://api.example.com/",
    headers: dict[str, str] | None = None,
) -> httpx.Headers:
    """The headers that a transport gets."""
    seen: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.copy())
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        client.get(url, auth=auth, headers=headers)
    return seen[0]


def refused(auth: ConnectionAuth, url: str) -> str:
    """The message with which a URL is refused, before a transport gets anything."""
    with pytest.raises(HostNotAllowedError) as error:
        sent(auth, url)
    return str(error.value)


def get_sync(url: str, auth: httpx.Auth, **options: Any) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.get(url, auth=auth, follow_redirects=True, **options)


def get_async(url: str, auth: httpx.Auth, **options: Any) -> httpx.Response:
    async def get() -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(url, auth=auth, follow_redirects=True, **options)

    return asyncio.run(get())


Get = Callable[..., httpx.Response]


@pytest.fixture(params=[get_sync, get_async])
def get(request: pytest.FixtureRequest) -> Get:
    """A GET that follows redirects, with each kind of client."""
    chosen: Get = request.param
    return chosen


@pytest.fixture
def elsewhere() -> Iterator[Loopback]:
    """A server at another origin than `redirecting`."""
    with serving() as server:
        yield server


@pytest.fixture
def redirecting(elsewhere: Loopback) -> Iterator[Loopback]:
    """A server whose /away leads to `elsewhere`, and whose /here to another path of its own."""
    leads = {"/away": f"{elsewhere.url}/landed", "/here": "/stayed"}
    with serving(
        lambda handler: reply(
            handler,
            307 if handler.path in leads else 200,
            headers={"Location": leads.get(handler.path, "/")},
        )
    ) as server:
        yield server


@pytest.mark.parametrize(
    ("carrier", "name", "value"),
    [
        ({}, "Authorization", f"Bearer {VALUE}"),
        ({"scheme": "bearer"}, "Authorization", f"Bearer {VALUE}"),
        ({"scheme": "API-Key"}, "Authorization", f"API-Key {VALUE}"),
        (
            {"scheme": "basic"},
            "Authorization",
            "Basic " + base64.b64encode(f":{VALUE}".encode()).decode(),
        ),
        ({"header": "X-Api-Key"}, "X-Api-Key", VALUE),
    ],
)
def test_the_value_is_sent_in_the_form_that_was_chosen(
    carrier: dict[str, str], name: str, value: str
) -> None:
    assert sent(auth_to("api.example.com", **carrier))[name] == value


def test_a_value_of_latin_1_is_sent_as_latin_1_and_in_basic_as_utf_8() -> None:
    bare = sent(auth_to("api.example.com", value="clé", header="X-Api-Key"))
    basic = sent(auth_to("api.example.com", value="clé", scheme="basic"))
    assert (b"X-Api-Key", "clé".encode("latin-1")) in bare.raw
    assert base64.b64decode(basic["Authorization"].removeprefix("Basic ")) == ":clé".encode()


def test_what_the_request_had_in_that_header_is_replaced() -> None:
    headers = sent(auth_to("api.example.com"), headers={"authorization": "Bearer old"})
    assert headers.get_list("Authorization") == [f"Bearer {VALUE}"]


def test_an_unknown_scheme_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match=r'"baerer" is no scheme.*Did you mean "bearer"'):
        auth_to("api.example.com", scheme="baerer")


@pytest.mark.parametrize("name", ["", "X Api Key", "X-Api-Key\r\nHost: evil", "schlüssel", "a:b"])
def test_what_cannot_be_the_name_of_a_header_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits and hyphens"):
        auth_to("api.example.com", header=name)


@pytest.mark.parametrize("name", ["Host", "content-length", "Cookie"])
def test_a_header_that_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot carry a value"):
        auth_to("api.example.com", header=name)


@pytest.mark.parametrize("value", ["a\r\nHost: evil", "key–1", "\ud800"])
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_value_that_no_header_can_carry_is_refused_unseen(
    value: str, carrier: dict[str, str]
) -> None:
    if carrier.get("scheme") == "basic" and value != "\ud800":
        pytest.skip("The next test is about these.")
    with pytest.raises(InvalidSecretError) as error:
        auth_to("api.example.com", value=value, **carrier)
    assert value not in str(error.value)


@pytest.mark.parametrize("value", ["-----BEGIN KEY-----\nabc\n-----END KEY-----", "key–1"])
def test_the_scheme_basic_carries_several_lines_and_any_letter(value: str) -> None:
    basic = sent(auth_to("api.example.com", value=value, scheme="basic"))["Authorization"]
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == f":{value}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("api.example.com", "https://api.example.com/v1"),
        ("api.example.com", "https://API.Example.COM./v1"),
        ("API.example.com.", "https://api.example.com:8443/"),
        ("api.example.com:8443", "https://api.example.com:8443/"),
        ("api.example.com:443", "https://api.example.com/"),
        ("*.example.com", "https://api.example.com/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("münchen.example", "https://xn--mnchen-3ya.example/"),
        ("xn--mnchen-3ya.example", "https://MÜNCHEN.example/"),
        ("localhost", "http://localhost:8787/"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787/"),
        ("127.8.8.8", "http://127.8.8.8/"),
        ("[::1]", "http://[::1]:8787/"),
    ],
)
def test_the_value_goes_to_a_declared_host(host: str, url: str) -> None:
    assert sent(auth_to("other.example.net", host), url)["Authorization"] == f"Bearer {VALUE}"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("api.example.com", "https://example.com/"),
        ("api.example.com", "https://evil-api.example.com/"),
        ("api.example.com", "https://api.example.com.evil.net/"),
        ("api.example.com", "https://api.example.com@evil.net/"),
        ("api.example.com:8443", "https://api.example.com/"),
        ("api.example.com:80", "https://api.example.com/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evilexample.com/"),
        ("*.example.com", "https://example.com.evil.net/"),
        ("127.0.0.1", "http://localhost/"),
        ("xn--\u00fc.example", "https://api.example.com/"),
    ],
)
def test_the_value_goes_to_no_other_host(host: str, url: str) -> None:
    assert "does not declare" in refused(auth_to(host), url)


def test_the_refusal_says_which_line_to_write() -> None:
    auth = connection_auth(SecretStr(VALUE), hosts=["api.example.com"], connection_key="sequencer")
    message = refused(auth, "https://files.example.com:8443/x?token=t")
    assert 'the connection "sequencer"' in message
    assert 'hosts = ["api.example.com", "files.example.com:8443"]' in message
    assert "token" not in message


def test_with_no_host_declared_the_refusal_says_the_same() -> None:
    assert 'hosts = ["api.example.com"]' in refused(auth_to(), "https://api.example.com/")


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com/", "http://127.1/", "http://localhost.evil.net/", "http://0.0.0.0/"],
)
def test_the_value_is_never_sent_unencrypted_to_another_computer(url: str) -> None:
    host = httpx.URL(url).host
    assert f"Use https://{host}" in refused(auth_to(host), url)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_redirect_to_another_origin_is_followed_without_the_value(
    get: Get, redirecting: Loopback, elsewhere: Loopback, carrier: dict[str, str]
) -> None:
    response = get(f"{redirecting.url}/away", auth_to("127.0.0.1", **carrier))

    name = carrier.get("header", "Authorization").lower()
    assert str(response.url) == f"{elsewhere.url}/landed"
    assert name in redirecting.received[0].headers
    assert [request.path for request in elsewhere.received] == ["/landed"]
    assert name not in elsewhere.received[0].headers


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_redirect_within_the_origin_keeps_the_value(
    get: Get, redirecting: Loopback, carrier: dict[str, str]
) -> None:
    get(f"{redirecting.url}/here", auth_to("127.0.0.1", **carrier))

    name = carrier.get("header", "Authorization").lower()
    first, second = redirecting.received
    assert second.path == "/stayed"
    assert first.headers[name] == second.headers[name]


def test_the_next_request_of_a_redirect_that_is_not_followed_goes_without_the_value(
    redirecting: Loopback, elsewhere: Loopback
) -> None:
    with httpx.Client(trust_env=False) as client:
        response = client.get(
            f"{redirecting.url}/away", auth=auth_to("127.0.0.1", header="X-Api-Key")
        )
        assert response.next_request is not None
        client.send(response.next_request)
    assert "x-api-key" not in elsewhere.received[0].headers


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_redirect_from_http_to_https_of_one_host_goes_without_the_value(
    carrier: dict[str, str],
) -> None:
    # httpx itself keeps the Authorization header there.
    request = httpx.Request("GET", "http://localhost/")
    next(auth_to("localhost", **carrier).sync_auth_flow(request))
    about_to_go = httpcore.Request("GET", "https://localhost/", headers=request.headers.raw)
    assert carrier.get("header", "Authorization").encode() in dict(about_to_go.headers)

    trace = request.extensions["trace"]
    trace("http11.send_request_headers.started", {"request": about_to_go})

    assert carrier.get("header", "Authorization").encode() not in dict(about_to_go.headers)


def test_the_value_is_not_sent_through_a_proxy_that_could_read_it() -> None:
    with serving() as proxy:
        client = httpx.Client(proxy=proxy.url)
        with client, pytest.raises(HostNotAllowedError, match="NO_PROXY"):
            client.get("http://localhost:9/", auth=auth_to("localhost"))
        assert proxy.received == []


def test_a_trace_of_the_caller_goes_on_being_called(get: Get, redirecting: Loopback) -> None:
    events: list[str] = []

    async def trace_async(event: str, info: dict[str, Any]) -> None:
        events.append(event)

    def trace(event: str, info: dict[str, Any]) -> None:
        events.append(event)

    extensions = {"trace": trace if get is get_sync else trace_async}
    get(f"{redirecting.url}/away", auth_to("127.0.0.1"), extensions=extensions)

    assert events.count("http11.send_request_headers.started") == 2
    assert events.count("http11.response_closed.complete") == 2


def test_a_request_that_is_sent_twice_is_traced_once(redirecting: Loopback) -> None:
    events: list[str] = []
    auth = auth_to("127.0.0.1")
    with httpx.Client(trust_env=False) as client:
        request = client.build_request(
            "GET",
            f"{redirecting.url}/x",
            extensions={"trace": lambda event, info: events.append(event)},
        )
        client.send(request, auth=auth)
        client.send(request, auth=auth)
    assert [each.headers["authorization"] for each in redirecting.received] == [
        f"Bearer {VALUE}"
    ] * 2
    assert events.count("http11.send_request_headers.started") == 2


def test_no_request_keeps_the_value_when_it_was_sent(get: Get, redirecting: Loopback) -> None:
    response = get(f"{redirecting.url}/away", auth_to("127.0.0.1", header="X-Api-Key"))

    requests = [response.request, *(each.request for each in response.history)]
    assert [request.headers["X-Api-Key"] for request in requests] == ["[secure]"] * 2


def test_no_request_keeps_the_value_when_it_could_not_be_sent() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with (
        httpx.Client(transport=httpx.MockTransport(broken)) as client,
        pytest.raises(httpx.ConnectError) as error,
    ):
        client.get("https://api.example.com/", auth=auth_to("api.example.com", header="X-Api-Key"))
    assert error.value.request.headers["X-Api-Key"] == "[secure]"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_its_repr_shows_where_it_goes_and_not_the_value(carrier: dict[str, str]) -> None:
    shown = repr(auth_to("api.example.com", **carrier))
    assert shown.endswith("[secure] to api.example.com>")
    assert VALUE not in shown
