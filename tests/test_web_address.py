"""What every parser reads alike is an address; what two of them may read differently is none."""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
from urllib.parse import urlsplit

import httpx
import pytest

from attio_nb.web_address import AddressError, WebAddress, parse_web_address

GOOD = {
    "https://a.example": "a.example",
    "https://a.example/": "a.example",
    "https://A.Example/Path": "a.example",
    "https://a.example:443/": "a.example",
    "https://a.example:8443/x;y=1/@me?q=a/b?c&d[e]=%20#f": "a.example:8443",
    "http://127.0.0.1:8080/callback": "127.0.0.1:8080",
    "http://localhost:80": "localhost",
    "http://[::1]:8080/": "[::1]:8080",
    "https://[2001:DB8:0::1]/": "[2001:db8::1]",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "https://my_host-1.example/": "my_host-1.example",
    "https://127.0.0.1.nip.io/": "127.0.0.1.nip.io",
    "https://1a.example/..b/.c/d..": "1a.example",
}

ODD = [
    "",
    "a.example",
    "//a.example/",
    "/\\a.example/",
    "https:a.example",
    "https:/a.example",
    "https:///a.example",
    "https:////a.example",
    "https:\\\\a.example\\",
    "HTTPS://a.example/",
    "https ://a.example/",
    "javascript://a.example/%0aalert(1)",
    "ftp://a.example/",
    "data:text/html,x",
    " https://a.example/",
    "https://a.example/ ",
    "\thttps://a.example/",
    "https://a.example/\n",
    "ht\ntps://a.example/",
    "https://a.exam\tple/",
    "https://a.example/a b",
    "https://a.example/\x00",
    "https://a.example/\x9b31m",
    "https://a.example/\u202egpj",
    "https://a.example/\u200b",
    "https://a.example\u2066/",
    "https://evil.example\\@a.example/",
    "https://evil.example\\.a.example/",
    "https://a.example\\@evil.example/",
    "https://a.example@evil.example/",
    "https://a@b@evil.example/",
    "https://a:b@evil.example/",
    "https://@evil.example/",
    "https://a.example%40evil.example/",
    "https://a.example%2eevil.example/",
    "https://%61.example/",
    "https://a.example;evil.example/",
    "https://a.example?@evil.example/",
    "https://a.example#@evil.example/",
    "https://a.example&evil.example/",
    "https://a.example,evil.example/",
    "https://a.example'/",
    "https://a.example|b/",
    "https://a.example<b>/",
    "https://a.example^/",
    "https://a.example`/",
    "https://{a}.example/",
    "https://a..example/",
    "https://.a.example/",
    "https://a.example./",
    "https://./",
    "https://" + "a" * 64 + ".example/",
    "https://" + "a." * 127 + "aa/",
    "https://a.example:/",
    "https://a.example:0/",
    "https://a.example:0443/",
    "https://a.example:65536/",
    "https://a.example:+443/",
    "https://a.example:4 43/",
    "https://a.example:٤٤٣/",
    "https://a.example:443:443/",
    "https://a.example:80@evil.example/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.01/",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://127.0.0.1./",
    "http://a.0x1/",
    "http://0x/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1%eth0]/",
    "https://[fe80::1%25eth0]/",
    "https://[::1/",
    "https://::1/",
    "https://[::1]evil.example/",
    "https://[a.example]/",
    "https://[]/",
    "https://[v1.a]/",
    "https://]127.0.0.1/",
    "https://][127.0.0.1/",
    "https://[127.0.0.1]/",
    "https://127.0.0.1]/",
    "https://bücher.example/",
    "https://\u0430\u0440\u0440\u04cf\u0435.example/",
    "https://a。example/",
    "https://a\uff0eexample/",
    "https://ⓐ.example/",
    "https://a.example\uff0fevil.example/",
    "https://a\u00adb.example/",
    "https://xn--/",
    "https://xn--a/",
    "https://xn--a-.example/",
    "https://xn--ab-ä.example/",
    "https://a.example/ä",
    "https://a.example/%",
    "https://a.example/%zz",
    "https://a.example/?q=100%",
    "https://a.example/a/../b",
    "https://a.example/./b",
    "https://a.example/..",
    "https://a.example/%2e%2E/b",
    "https://a.example/.%2e/b",
    'https://a.example/"x"',
    "https://a.example/<x>",
    "https://a.example/#a#b",
]


@pytest.mark.parametrize(("text", "netloc"), GOOD.items())
def test_an_address_has_the_host_that_other_parsers_see(text: str, netloc: str) -> None:
    address = parse_web_address(text)
    assert address.netloc == netloc
    for host in (httpx.URL(text).raw_host.decode(), urlsplit(text).hostname):
        assert host is not None
        own = address.host.strip("[]")
        assert host == own or ipaddress.ip_address(host) == ipaddress.ip_address(own)


@pytest.mark.skipif(shutil.which("node") is None, reason="has no browser's parser")
def test_an_address_has_the_host_that_a_browser_goes_to() -> None:
    code = "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(x => new URL(x).host)))"
    node = ["node", "-e", code, json.dumps(list(GOOD))]
    answer = subprocess.run(node, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(answer.stdout) == list(GOOD.values())


@pytest.mark.parametrize("text", ODD)
def test_what_parsers_read_differently_is_refused(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_web_address(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("https://me:sk_live@a.example/", "user"),
        ("https:/a.example", "scheme"),
        ("http://127.1/", "host"),
        ("https://a.example:/", "port"),
        ("https://a.example/../b", "path"),
        ("https://a.example?b", "query"),
        ("https://a.example#b", "fragment"),
        ("https://a.example/\\", "address"),
    ],
)
def test_an_error_names_the_part_and_never_what_it_holds(text: str, part: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_web_address(text)
    assert refused.value.part == part
    assert "sk_live" not in str(refused.value)


LOOPBACK = ["http://127.0.0.1", "https://127.8.8.8", "https://localhost", "https://a.localhost"]
LOOPBACK += ["https://[::1]", "https://0.0.0.0", "https://[::]"]
PRIVATE = ["https://10.0.0.5", "https://192.168.1.1:8443", "https://169.254.169.254"]
PRIVATE += ["https://[fd00::1]", "https://[fe80::1]", "https://intranet", "https://nas.local"]
PRIVATE += ["https://as.internal", "https://router.home.arpa"]
PUBLIC = ["https://a.example", "https://9.9.9.9", "https://[2606:4700::1]"]


def parsed(texts: list[str]) -> list[WebAddress]:
    return [parse_web_address(text) for text in texts]


@pytest.mark.parametrize("there", parsed(LOOPBACK), ids=str)
def test_only_this_computer_names_itself(there: WebAddress) -> None:
    assert there.may_be_named_by(parse_web_address("http://127.0.0.1:8080"))
    for other in parsed(PUBLIC + PRIVATE):
        assert not there.may_be_named_by(other)


@pytest.mark.parametrize("there", parsed(PRIVATE), ids=str)
def test_a_private_network_is_named_from_within(there: WebAddress) -> None:
    for other in parsed(PRIVATE + LOOPBACK):
        assert there.may_be_named_by(other)
    for other in parsed(PUBLIC):
        assert not there.may_be_named_by(other)


@pytest.mark.parametrize("there", parsed(PUBLIC), ids=str)
def test_everybody_names_a_public_host(there: WebAddress) -> None:
    for other in parsed(PUBLIC + PRIVATE + LOOPBACK):
        assert there.may_be_named_by(other)


@pytest.mark.parametrize(
    ("text", "is_confidential"),
    [
        ("https://a.example", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://127.0.0.2", False),
        ("http://a.localhost", False),
        ("http://0.0.0.0", False),
        ("http://a.example", False),
    ],
)
def test_plain_http_is_for_this_computer(text: str, is_confidential: bool) -> None:
    assert parse_web_address(text).is_confidential is is_confidential
