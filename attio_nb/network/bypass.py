"""The hosts that ``NO_PROXY`` lists, by the rules of curl."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import httpx

from attio_nb.network.addresses import host_address
from attio_nb.web_address import DEFAULT_PORTS

__all__ = ["Bypass"]

SEPARATORS = re.compile(r"[\s,]+")
ENTRY = re.compile(
    r"(?:(?P<scheme>[a-z]+)://)?"
    r"(?P<host>\[[^\]]*\]|[^\[\]/:]+|[^\[\]/]*:[^\[\]/]*:[^\[\]/]*)"
    r"(?:/(?P<bits>[0-9]+))?"
    r"(?::(?P<port>[0-9]+))?/?"
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _Entry(NamedTuple):
    scheme: str | None
    name: str
    network: Network | None
    port: int | None

    def matches(self, url: httpx.URL) -> bool:
        port = url.port or DEFAULT_PORTS.get(url.scheme)
        if self.scheme not in (None, "all", url.scheme) or self.port not in (None, port):
            return False
        name = url.raw_host.decode("ascii").lower().removesuffix(".")
        address = host_address(name)
        if self.network is not None or address is not None:
            return (
                self.network is not None
                and address is not None
                and address.version == self.network.version
                and address in self.network
            )
        return name == self.name or name.endswith(f".{self.name}")


class Bypass:
    """The hosts that are reached without a proxy.

    The entries are separated by commas or spaces. A name stands for itself and for all names below
    it, with or without a dot in front; an IP address may have a number of bits (``10.0.0.0/8``);
    ``*`` stands for every host (https://curl.se/libcurl/c/CURLOPT_NOPROXY.html). As in httpx, an
    entry may also name a scheme or a port. What is none of this is ignored.

    Args:
        text: The value of ``NO_PROXY``.
    """

    def __init__(self, text: str) -> None:
        entries = [each for each in SEPARATORS.split(text.lower()) if each]
        self._every = "*" in entries
        self._entries = tuple(parsed for each in entries for parsed in _parsed(each))

    def matches(self, url: httpx.URL) -> bool:
        """Tell whether a URL is reached without a proxy.

        Args:
            url: The URL of a request.
        """
        return self._every or any(entry.matches(url) for entry in self._entries)


def _parsed(text: str) -> Iterator[_Entry]:
    found = ENTRY.fullmatch(text)
    if found is None:
        return
    port = int(found["port"]) if found["port"] else None
    address, bits = host_address(found["host"]), found["bits"]
    if address is not None:
        # ValueError: more bits than such an address has.
        with suppress(ValueError):
            network = ipaddress.ip_network(f"{address}/{bits or address.max_prefixlen}", False)
            yield _Entry(found["scheme"], "", network, port)
    elif bits is None and (name := _name(found["host"])):
        yield _Entry(found["scheme"], name, None, port)


def _name(host: str) -> str:
    """Return a name as it is compared, or "" where no host can have it."""
    try:
        url = httpx.URL(scheme="https", host=host.removeprefix("*").strip("."))
    except httpx.InvalidURL:
        return ""
    return url.raw_host.decode("ascii")
