"""Addresses to which something secret goes: encrypted on their way, or on this computer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from attio_nb.app.table import Table

__all__ = ["LOOPBACK_HOSTS", "check_address", "checked_address"]

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")

NOT_IN_ADDRESS = re.compile(r'[ "<>\\^`{|}]')
"""What RFC 3986 allows nowhere; browsers read some of it as something else."""


def checked_address(table: Table, key: str, instead: str) -> str:
    """Return an address that names nobody, or "" where the key is not there.

    Args:
        table: The connection.
        key: The key.
        instead: What becomes of a value, which stands in no address.
    """
    url = table.text(key)
    if url:
        check_address(table, key, url)
        if urlsplit(url).username is not None:
            raise table.error(f'{key} holds a name before "@". Remove it; {instead}.', key)
    return url


def check_address(table: Table, key: str, url: str) -> None:
    """Refuse what is no address, what nothing encrypts, and a fragment (RFC 6749 section 3.1)."""
    scheme, host = _scheme_and_host(url)
    if scheme not in ("https", "http") or not host:
        example = f"{key} = {table.example(key)}"
        raise table.error(f"{key} has to be an address, such as {example}.", key)
    if scheme == "http" and host not in LOOPBACK_HOSTS:
        raise table.error(
            f"{key} is plain http, which others on the way can read. Write https://{host}…; only "
            f"{', '.join(LOOPBACK_HOSTS)} may do without.",
            key,
        )
    if "#" in url:
        raise table.error(f"{key} holds a fragment. Write the address before the “#”.", key)


def _scheme_and_host(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port  # a port that is none raises
    except ValueError:
        return "", ""
    if not url.isascii() or NOT_IN_ADDRESS.search(url):
        return "", ""
    return parts.scheme, f"[{host}]" if ":" in host else host
