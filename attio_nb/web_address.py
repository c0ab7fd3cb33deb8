"""Web addresses that every parser reads alike, so that the host that is shown is the host asked.

Browsers (the WHATWG URL standard), `urllib`, httpx and curl differ in what they make of odd
addresses: a backslash, a name before "@", a number for a host. What they may read differently is
refused here, wherever it comes from.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import Literal, NamedTuple

from attio_nb.network.addresses import host_address, is_loopback

__all__ = [
    "DEFAULT_PORTS",
    "LOOPBACK_HOSTS",
    "AddressError",
    "Part",
    "WebAddress",
    "parse_web_address",
]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""The names of this computer to which nothing has to be encrypted."""

LONGEST_HOST = 253
DEFAULT_PORTS = {"https": 443, "http": 80}

Part = Literal["address", "scheme", "user", "host", "port", "path", "query", "fragment"]
"""The parts of an address (RFC 3986 section 3), and the address as a whole."""

PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?"
)
PORT = re.compile(r"[1-9][0-9]{0,4}")
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""What makes browsers read a whole host as an IPv4 address where its last label is one."""

PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986 section 3.4, and the brackets of JSON:API, which every parser leaves as they are."""
DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
"""Some parsers take these segments out of a path, and others do not."""

PRIVATE_SUFFIXES = ("localhost", "local", "internal", "home.arpa")
"""Names that no public DNS has: RFC 6761, RFC 6762, RFC 8375, and ICANN's ``internal``."""


class AddressError(ValueError):
    """Parsers may read this address differently, or it is no web address.

    Args:
        part: The part that is at fault.
        problem: What is wrong, in words that follow what the address is called.
    """

    def __init__(self, part: Part, problem: str) -> None:
        super().__init__(problem)
        self.part: Part = part


class WebAddress(NamedTuple):
    """An address with http or https.

    Attributes:
        scheme: ``https`` or ``http``.
        host: In lower case; an IPv6 address stands in brackets, in its shortest form.
        port: The port, which may be the default one.
        path: What follows the host; "" where nothing does.
        query: What follows "?", or "".
        fragment: What follows "#", or "".
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str
    fragment: str

    @property
    def netloc(self) -> str:
        """The host, and the port where it is not the default one: what a browser shows."""
        is_default = self.port == DEFAULT_PORTS[self.scheme]
        return self.host if is_default else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this computer."""
        ip = host_address(self.host)
        return is_loopback(self.host) or (ip is not None and ip.is_unspecified)

    @property
    def is_private(self) -> bool:
        """Whether only this computer or its own network has such a host, as far as names tell."""
        if (ip := host_address(self.host)) is not None:
            return not ip.is_global or ip.is_multicast
        return "." not in self.host or self.host.endswith(
            tuple(f".{suffix}" for suffix in PRIVATE_SUFFIXES)
        )

    def may_be_named_by(self, other: WebAddress) -> bool:
        """Say whether another host may send somebody here.

        A host on the internet sends nobody into this computer, nor into its network, where what
        it could not reach itself would be asked for.

        Args:
            other: The address of the host that names this one.
        """
        if self.is_loopback:
            return other.is_loopback
        return other.is_private or not self.is_private

    @property
    def is_confidential(self) -> bool:
        """Whether nobody on the way reads what is sent: https, or plain http to this computer."""
        return self.scheme == "https" or self.host in LOOPBACK_HOSTS


def parse_web_address(text: str) -> WebAddress:
    """Return the parts of an address.

    Args:
        text: The address.

    Raises:
        AddressError: Two parsers may read it differently, or it is no address with http or https.
    """
    text = str.__str__(text)
    _check_characters(text)
    match = PARTS.fullmatch(text)
    if match is None:
        raise AddressError("scheme", "does not begin with https://")
    scheme, authority, path, query, fragment = match.groups(default="")
    host, port = _host_and_port(authority, scheme)
    if not path and match["query"] is not None:
        raise AddressError("query", "holds a query right after its host: write “/” before the “?”")
    if not path and match["fragment"] is not None:
        raise AddressError("fragment", "holds a fragment right after its host")
    _check_path(path)
    if not QUERY.fullmatch(query):
        raise AddressError("query", "has a query that is not percent-encoded")
    if not QUERY.fullmatch(fragment):
        raise AddressError("fragment", "has a fragment that is not percent-encoded")
    return WebAddress(scheme, host, port, path, query, fragment)


def _check_characters(text: str) -> None:
    for each in text:
        if each == "\\":
            raise AddressError("address", "holds a backslash")
        if each == " " or not each.isprintable():
            what = "a space" if each == " " else f"the character U+{ord(each):04X}"
            raise AddressError("address", f"holds {what}")
        if not each.isascii():
            raise AddressError(
                "address", f"holds the character U+{ord(each):04X}, which is not ASCII"
            )


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise AddressError("user", "holds a name before “@”")
    if authority.startswith("["):
        name, closing, rest = authority.partition("]")
        host = _ipv6(name[1:]) if closing else ""
        colon, port = rest[:1], rest[1:]
        if colon not in ("", ":"):
            raise AddressError("host", "has a host that is no IPv6 address")
    else:
        name, colon, port = authority.partition(":")
        host = name.lower()
        _check_name(host)
    if not host:
        raise AddressError("host", "has no host")
    if not colon:
        return host, DEFAULT_PORTS[scheme]
    if not PORT.fullmatch(port) or int(port) > 65535:
        raise AddressError("port", "has a port that is not a number from 1 to 65535")
    return host, int(port)


def _ipv6(text: str) -> str:
    try:
        ip = ipaddress.IPv6Address(text)
    except ValueError:
        ip = None
    if ip is None or "." in text or ip.scope_id is not None or ip.ipv4_mapped is not None:
        # An IPv4 address within one has two forms, and a zone means something here only.
        raise AddressError("host", "has a host that is no IPv6 address")
    return f"[{ip.compressed}]"


def _check_name(host: str) -> None:
    if not host:
        raise AddressError("host", "has no host")
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        if not _is_ipv4(host):
            raise AddressError("host", "has a number for a host, which is read in several ways")
    elif len(host) > LONGEST_HOST or not all(map(LABEL.fullmatch, labels)):
        raise AddressError("host", "has a host that is not the name of one")
    elif not all(map(_is_decodable, labels)):
        raise AddressError("host", "has a host that is wrongly encoded after “xn--”")


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_decodable(label: str) -> bool:
    """Say whether a label is as browsers write it, encoded (RFC 5891) or not."""
    if not label.startswith("xn--"):
        return True
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        again = unicodedata.normalize("NFKC", decoded).lower().encode("punycode").decode("ascii")
    except UnicodeError:
        return False
    return not decoded.isascii() and decoded.isprintable() and again == label[4:]


def _check_path(path: str) -> None:
    if not PATH.fullmatch(path):
        raise AddressError("path", "has a path that is not percent-encoded")
    if any(map(DOTS.fullmatch, path.split("/"))):
        raise AddressError("path", "has “.” or “..” for a part of its path")
