"""The hosts that an app file declares: how they are written."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from attio_nb.plain_text import escape_unprintable

__all__ = ["HostPattern", "host_of_address", "is_read_alike", "parse_host", "shown_host"]

LONGEST_NAME = 253
"""RFC 1035 section 2.3.4, as text."""

NAME = r"[\w-]{1,63}(?:\.[\w-]{1,63})*\.?"
HOST = re.compile(rf"(?P<any>\*\.)?(?P<name>{NAME}|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{{1,5}}))?")


ADDRESS = re.compile(rf"https?://(?P<host>{NAME}(?::[0-9]{{1,5}})?)(?:/[^?#\\]*)?", re.IGNORECASE)
"""An address without user name and query: they may hold a credential."""


class HostPattern(NamedTuple):
    """Where a value may go.

    Attributes:
        name: A host name, an IPv4 address, or an IPv6 address in brackets, as it was written.
        port: The one port meant, or None for any.
        subdomains: Whether the subdomains are meant, and not the name itself.
    """

    name: str
    port: int | None
    subdomains: bool

    def covers(self, host: str, port: int) -> bool:
        """Say whether a host is meant, as far as that can be told without looking it up.

        Args:
            host: Its name as `urllib` gives it, in ASCII: an IPv6 address without brackets.
            port: The port.
        """
        if self.port not in (None, port):
            return False
        there, own = _compared(host), _compared(self.name)
        return there.endswith(f".{own}") if self.subdomains else there == own

    def includes(self, other: HostPattern) -> bool:
        """Say whether this pattern means every host and port that the other one means."""
        if self.port not in (None, other.port):
            return False
        there, own = _compared(other.name), _compared(self.name)
        if there == own:
            return self.subdomains == other.subdomains
        return self.subdomains and there.endswith(f".{own}")


def parse_host(text: str) -> HostPattern:
    """Return what ``host``, ``host:port`` or ``*.example.com`` means.

    Args:
        text: What stands in the app file.

    Raises:
        ValueError: It is none of them; the message says what is wrong, in words that follow
            ``hosts``.
    """
    match = HOST.fullmatch(text)
    if match is None:
        raise ValueError(_why_not(text))
    name, port, subdomains = match["name"], match["port"], bool(match["any"])
    if len(name) > LONGEST_NAME:
        raise ValueError(f"holds a host with more than {LONGEST_NAME} characters, which none has")
    if port is not None and not 0 < int(port) < 65536:
        raise ValueError(f"holds the port {port}; ports go from 1 to 65535")
    if subdomains and "." not in name.rstrip("."):
        raise ValueError(f'holds "{text}", which means half the internet: name at least one domain')
    if subdomains and (name.startswith("[") or name.rstrip(".").rpartition(".")[2].isdecimal()):
        # "*.0.0.1" would mean this computer and addresses all over the internet.
        raise ValueError(f'holds "{text}", but IP addresses have no domains: name each one')
    return HostPattern(name, None if port is None else int(port), subdomains)


def host_of_address(text: str) -> str:
    """Return the host of an address that a person pasted where a host belongs.

    Args:
        text: What was typed or pasted.

    Returns:
        The host, with its port where it has one; any other text as it is.
    """
    match = ADDRESS.fullmatch(text)
    return match["host"] if match else text


def is_read_alike(text: str) -> bool:
    """Say whether IDNA 2003 and IDNA 2008 make the same host of a name, so that all programs do.

    They differ in letters such as "ß" and in wide forms of letters: one program would ask
    ``strasse.example`` for what another one finds at ``xn--strae-oqa.example``.

    Args:
        text: A host of the app file, which `parse_host` takes.
    """
    if text.isascii():
        return True
    name = parse_host(text).name.lower().removesuffix(".")
    try:
        return name.encode("idna").decode("idna") == name
    except UnicodeError:
        return False


def shown_host(text: str) -> str:
    """Return a host of the app file as a person is shown it: in ASCII, as browsers show it.

    Letters of two alphabets can look the same, and ``xn--…`` tells them apart (RFC 5891).

    Args:
        text: What the app file says.
    """
    if text.isascii():
        return text
    host = parse_host(text)
    port = "" if host.port is None else f":{host.port}"
    name = escape_unprintable(_compared(host.name))
    return f"{'*.' if host.subdomains else ''}{name}{port}"


def _compared(name: str) -> str:
    plain = name.strip("[]").lower().removesuffix(".")
    try:
        return plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        # The name of no host, which equals none.
        return plain


def _why_not(text: str) -> str:
    if "*" in text and "/" not in text:
        return 'holds a "*" that is not at the start, as in "*.example.com"'
    try:
        host = urlsplit(text if "//" in text else f"//{text}").netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    if HOST.fullmatch(host):
        return f'holds more than a host: write only "{host}"'
    return 'holds what is no host: write one as in "api.example.com"'
