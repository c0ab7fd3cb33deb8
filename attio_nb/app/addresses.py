"""The addresses in an app file: read alike by every parser, and encrypted or on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.web_address import LOOPBACK_HOSTS, AddressError, WebAddress, parse_web_address

if TYPE_CHECKING:
    from attio_nb.app.table import Table

LONGEST_ADDRESS = 2000
"""In characters; a person who is shown an address can still find its host."""

__all__ = ["checked_address", "checked_page"]


def checked_address(table: Table, key: str, instead: str) -> str:
    """Return an address to which something secret may be sent, or "" where the key is not there.

    Args:
        table: The connection.
        key: The key.
        instead: What to do with a user name or password in it.

    Raises:
        AppFileError: Parsers may read it differently, nothing encrypts what is sent there, or it
            has a fragment (RFC 6749 section 3.1).
    """
    url = table.text(key)
    if not url:
        return ""
    address = _parsed(table, key, url, "an address", instead)
    if not address.is_confidential:
        raise table.error(
            f"{key} is plain http, which others on the way can read. Write "
            f"https://{address.netloc}…; only {', '.join(LOOPBACK_HOSTS)} may do without.",
            key,
        )
    if "#" in url:
        raise table.error(f"{key} holds a fragment. Write the address before the “#”.", key)
    return url


def checked_page(table: Table, key: str) -> str:
    """Return the address of a page for people, or "" where the key is not there.

    Args:
        table: The connection.
        key: The key.

    Raises:
        AppFileError: Parsers may read it differently.
    """
    url = table.text(key)
    if url:
        _parsed(table, key, url, "the address of a web page", "no page needs one")
    return url


def _parsed(table: Table, key: str, url: str, what: str, instead: str) -> WebAddress:
    if len(url) > LONGEST_ADDRESS:
        raise table.error(
            f"{key} is too long: it has {LONGEST_ADDRESS} characters at most. Shorten it.", key
        )
    try:
        return parse_web_address(url)
    except AddressError as error:
        if error.part == "user":
            problem = f'{key} holds a name before "@". Remove it; {instead}.'
        else:
            example = f"{key} = {table.example(key)}"
            problem = f"{key} has to be {what}, such as {example}. This one {error}."
    raise table.error(problem, key)
