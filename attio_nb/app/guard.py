"""Keeping credentials out of an app file, which others read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.app.model import APP_FILE
from attio_nb.app.oauth2 import CLIENT_SECRET_PREFIXES
from attio_nb.credentials import is_or_has, looks_like_credential
from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from attio_nb.credentials import Kind

__all__ = ["kind_of", "require_no_credential"]

KINDS: dict[str, Kind] = {
    "hosts": "host",
    "help_url": "page",
    "client_id": "client-id",
    "test_url": "address",
    "issuer": "address",
    "authorization_endpoint": "address",
    "token_endpoint": "address",
    "revocation_endpoint": "address",
    "device_authorization_endpoint": "address",
    "resource": "address",
    "redirect_uri": "address",
    "scopes": "address",
}
"""What each key is meant to hold; a scope may be an address. Any other holds a name."""

SHOWN = 40
"""In characters: a longer name of a key may be anything."""


def kind_of(key: str) -> Kind:
    """Return what a key of a connection is meant to hold."""
    return KINDS.get(key, "name")


def require_no_credential(
    values: Mapping[str, Any], path: Path, index: int, *, value: str = ""
) -> None:
    """Refuse what is or looks like a credential, before anything is written.

    Args:
        values: The keys of a connection that are about to be written, and what would stand there.
        path: The app file.
        index: The index of the connection in it.
        value: The value that was typed with them; "" where none was.

    Raises:
        AppFileError: One of them does; the message does not repeat it.
    """
    for key, given in values.items():
        if looks_like_credential(key):
            raise _error("one of the keys", path, ("connections", index))
        if key == "client_id" and _is_told_by_check(given):
            continue
        kind = kind_of(key)
        for text in _texts(given):
            if is_or_has(text, value) or looks_like_credential(text, kind):
                place = ("connections", index, key)
                raise _error(key if len(key) <= SHOWN else "one of the keys", path, place)


def _is_told_by_check(client_id: Any) -> bool:
    # A client secret in place of the client ID: the check of the file says what to write there.
    return isinstance(client_id, str) and client_id.lower().startswith(CLIENT_SECRET_PREFIXES)


def _error(what: str, path: Path, place: tuple[str | int, ...]) -> AppFileError:
    return AppFileError(
        f"{what} is or looks like a credential, so nothing was written. Type a credential only "
        f"into the value field of a prompt; if this is none, write it into {APP_FILE} yourself.",
        path=path,
        place=place,
    )


def _texts(given: Any) -> Iterator[str]:
    """Give every string in what may be anything that JSON has."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for name, each in given.items():
            yield from _texts(name)
            yield from _texts(each)
    elif isinstance(given, list | tuple):
        for each in given:
            yield from _texts(each)
