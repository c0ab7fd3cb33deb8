"""The proxy variables are read as curl reads them; one that cannot be used is told."""

from __future__ import annotations

import httpx
import pytest

from attio_nb.errors import SetupError
from attio_nb.network.proxies import Proxies

PROXY = "http://proxy.example:3128"
OTHER = "http://other.example:3128"
URL = "https://api.example.com/"


def proxy_for(environ: dict[str, str], url: str = URL, **options: object) -> str:
    """The proxy for a URL, as it is shown."""
    settings = Proxies(environ, system=lambda: {})
    return str(settings.find(httpx.URL(url)) or "")


def problem(environ: dict[str, str], url: str = URL) -> str:
    """The sentence with which a variable is refused."""
    with pytest.raises(SetupError) as error:
        proxy_for(environ, url)
    return str(error.value)


@pytest.mark.parametrize(
    ("environ", "url", "proxy"),
    [
        ({"HTTPS_PROXY": PROXY}, URL, PROXY),
        ({"https_proxy": PROXY}, URL, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": OTHER}, URL, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": OTHER}, URL, ""),
        ({"HTTPS_PROXY": f" {PROXY}\n"}, URL, PROXY),
        ({"HTTPS_PROXY": "  "}, URL, ""),
        ({"HTTPS_PROXY": "proxy.example:3128"}, URL, PROXY),
        ({"HTTPS_PROXY": f"{PROXY}/"}, URL, PROXY),
        ({"HTTPS_PROXY": "https://proxy.example"}, URL, "https://proxy.example"),
        ({"HTTPS_PROXY": "SOCKS5H://proxy.example"}, URL, "socks5h://proxy.example"),
        ({"HTTPS_PROXY": "http://ada:s%40cret@proxy.example:3128"}, URL, PROXY),
        ({"HTTPS_PROXY": "ada:secret@proxy.example:3128"}, URL, PROXY),
        ({"ALL_PROXY": PROXY}, URL, PROXY),
        ({"ALL_PROXY": PROXY, "HTTPS_PROXY": OTHER}, URL, OTHER),
        ({"HTTP_PROXY": PROXY}, URL, ""),
        ({"HTTP_PROXY": PROXY}, "http://api.example.com/", PROXY),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http://api.example.com/", ""),
        ({"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, "http://api.example.com/", PROXY),
        ({"http_proxy": PROXY, "https_proxy": PROXY, "all_proxy": "socks://x"}, URL, PROXY),
        ({}, URL, ""),
    ],
)
def test_the_proxy_for_a_url_is_found_as_curl_finds_it(
    environ: dict[str, str], url: str, proxy: str
) -> None:
    assert proxy_for(environ, url) == proxy


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "127.0.0.1:8787",
        "127.8.8.8",
        "[::1]:8787",
        "[::ffff:127.0.0.1]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_computer_is_reached_without_a_proxy(scheme: str, host: str) -> None:
    environ = {"HTTP_PROXY": PROXY, "HTTPS_PROXY": PROXY, "ALL_PROXY": PROXY}
    assert proxy_for(environ, f"{scheme}://{host}/") == ""


@pytest.mark.parametrize("host", ["localhost.evil.net", "127.1", "[::]", "10.0.0.1"])
def test_what_only_looks_like_this_computer_is_reached_through_it(host: str) -> None:
    assert proxy_for({"ALL_PROXY": PROXY}, f"https://{host}/") == PROXY


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("*", URL),
        ("a.net,*", URL),
        ("api.example.com", URL),
        ("example.com", URL),
        (".example.com", URL),
        ("*.example.com", URL),
        ("EXAMPLE.COM.", URL),
        ("other.net , example.com", URL),
        ("other.net example.com", URL),
        ("localhost,fe80::/10,example.com", URL),
        ("/,:,://,[,],::::,1.2.3.4/x,10.0.0.0/99,[::1/3,example.com", URL),
        ("api.example.com:443", URL),
        ("api.example.com:8443", "https://api.example.com:8443/"),
        ("https://api.example.com", URL),
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.1.2.3/8", "https://10.9.9.9/"),
        ("10.1.2.3", "https://10.1.2.3/"),
        ("10.1.2.3", "https://[::ffff:10.1.2.3]/"),
        ("fe80::/10", "https://[fe80::1]/"),
        ("2001:db8::1", "https://[2001:0db8:0::1]/"),
        ("[2001:db8::1]", "https://[2001:db8::1]/"),
        ("münchen.example", "https://xn--mnchen-3ya.example/"),
    ],
)
def test_a_host_that_no_proxy_lists_is_reached_without_one(listed: str, url: str) -> None:
    assert proxy_for({"ALL_PROXY": PROXY, "no_proxy": listed}, url) == ""
    assert proxy_for({"ALL_PROXY": PROXY, "NO_PROXY": listed}, url) == ""


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("", URL),
        (",", URL),
        (".", URL),
        ("ample.com", URL),
        ("api.example.com.net", URL),
        ("api.example.com:8443", URL),
        ("http://api.example.com", URL),
        ("10.0.0.0/8", "https://11.0.0.1/"),
        ("10.0.0.0/8", "https://10.example.com/"),
        ("10", "https://10.1.2.3/"),
        ("fe80::/10", "https://10.1.2.3/"),
        ("10.0.0.0/99", "https://10.0.0.0/"),
    ],
)
def test_a_host_that_no_proxy_does_not_list_is_reached_through_it(listed: str, url: str) -> None:
    assert proxy_for({"ALL_PROXY": PROXY, "NO_PROXY": listed}, url) == PROXY


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("socks://127.0.0.1:1080", 'ALL_PROXY=socks://127.0.0.1:1080 cannot be used: "socks"'),
        ("socks4://127.0.0.1:1080", '"socks4" is not a proxy scheme'),
        ("gopher://proxy.example", '"gopher" is not a proxy scheme'),
        ("file:///etc/passwd", "it is no address"),
        ("://proxy.example", "is not a proxy scheme"),
        ("http://", "it is no address"),
        ("http://:3128", "it is no address"),
        ("http://proxy.example:port", "it is no address"),
        ("http://proxy.example:99999", "it is no address"),
        ("http://proxy.example:0", "it is no address"),
        ("http://[::1", "it is no address"),
        ("proxy example", "it is no address"),
        ("http://proxy.example\u202e", r"proxy.example\u202e cannot be used: it is no address"),
        ("http://proxy.example\x00", r"\u0000 cannot be used"),
        ("http://prox\udce9", "it is no address"),
    ],
)
def test_a_value_that_names_no_proxy_is_told_with_the_variable(value: str, told: str) -> None:
    message = problem({"ALL_PROXY": value})
    assert told in message
    assert "ALL_PROXY=" in message


@pytest.mark.parametrize(
    "value",
    [
        "socks://ada:secret@proxy.example",
        "http://ada:sec/ret@proxy.example",
        "http://ada:sec?ret@proxy.example",
        "http://ada:1#secret@proxy.example",
        "http://ada:sec@ret@proxy.example:port",
        "ada:sec ret@proxy.example:port",
        "socks://secret@proxy.example",
    ],
)
def test_a_password_is_not_shown(value: str) -> None:
    message = problem({"HTTPS_PROXY": value})
    assert "proxy.example" in message
    assert "ada" not in message
    assert "sec" not in message
    assert "ret" not in message


@pytest.mark.parametrize(
    "value",
    [
        "http://ada:secret%40proxy.example:3128",
        "http://ada:secret\uff20proxy.example:3128",
        "http://ada:secret\u201aproxy.example:3128",
        "http://ada:secret proxy.example:3128",
        "http://ada:secret",
        "http://ada:1234567890",
        "ada:secret:proxy.example:3128",
        "socks://ada:secret:proxy.example",
        "ada:secret/proxy.example",
    ],
)
def test_a_password_before_no_at_sign_is_not_shown_either(value: str) -> None:
    message = problem({"HTTPS_PROXY": value})
    assert "HTTPS_PROXY=" in message
    assert "secret" not in message
    assert "1234567890" not in message


def test_a_wrong_variable_is_told_even_where_this_request_needs_no_proxy() -> None:
    assert "HTTPS_PROXY" in problem({"HTTPS_PROXY": "gopher://x"}, "http://127.0.0.1/")


def test_a_wrong_variable_is_not_told_where_no_proxy_lists_the_host() -> None:
    assert proxy_for({"HTTPS_PROXY": "gopher://x", "NO_PROXY": "*"}) == ""


def test_the_operating_system_is_asked_where_no_variable_is_set() -> None:
    def found(environ: dict[str, str]) -> str:
        settings = Proxies(environ, system=lambda: {"https": PROXY})
        return str(settings.find(httpx.URL(URL)) or "")

    assert found({}) == PROXY
    assert found({"http_proxy": OTHER}) == ""
    assert found({"HTTPS_PROXY": OTHER}) == OTHER
