"""A request, checked before it is sent. No message shows what may hold a value."""

from __future__ import annotations

import json as json_format
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import httpx

from attio_nb.connections.secret import MASK, first_unsendable
from attio_nb.errors import InvalidRequestError
from attio_nb.functions.boundary import as_json
from attio_nb.functions.dataframes import plain

__all__ = ["Fields", "Params", "header_bytes", "make_request"]

Param = str | int | float | bool | None
Params = (
    httpx.QueryParams
    | Mapping[str, Param | Sequence[Param]]
    | Sequence[tuple[str, Param]]
    | str
    | bytes
)
"""What httpx takes as parameters of a URL."""

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
"""Header fields: a name may occur several times in a sequence, or in ``httpx.Headers``."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What method and header names are made of (RFC 9110 section 5.6.2)."""


def make_request(
    client: httpx.AsyncClient,
    url: str | httpx.URL,
    *,
    method: str,
    headers: Fields | None,
    params: Params | None,
    json: object,
    body: str | bytes | None,
    auth: object,
) -> httpx.Request:
    """Return a request that can be sent.

    Args:
        client: What will send it, and adds its own headers.
        url: As the arguments that follow, see `Fetch.__call__`.
        method: Same.
        headers: Same.
        params: Same.
        json: Same.
        body: Same.
        auth: Same; it is only checked here.

    Raises:
        InvalidRequestError: It cannot be sent.
        TypeError: An argument is not of its type.
        BoundaryError: JSON cannot carry what ``json`` holds.
    """
    _check_auth(auth)
    address = _checked_url(url)
    verb = _checked_method(method)
    content, content_type = _content(json, body)
    if content is not None and verb in ("GET", "HEAD"):
        raise InvalidRequestError(f'A {verb} request carries no body. Say method="POST".')
    fields = [header_bytes(name, value) for name, value in _pairs("headers", headers)]
    if content_type and b"content-type" not in {name.lower() for name, _ in fields}:
        fields.append((b"Content-Type", content_type))
    if params:
        address = address.copy_merge_params(_query_params(params))
    return client.build_request(verb, address, headers=fields, content=content)


def header_bytes(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header field as it is sent.

    Args:
        name: Its name.
        value: Its value, sent as latin-1.

    Raises:
        InvalidRequestError: No header field can have this name or value.
        TypeError: One of them is no string.
    """
    if not isinstance(name, str) or not TOKEN.fullmatch(name):
        raise InvalidRequestError(
            "A header has a name that no header can have. Use letters and hyphens."
        )
    if not isinstance(value, str):
        raise TypeError(
            f'The header "{name}" has a value of type {type(value).__name__}. Pass a string.'
        )
    text = str.__str__(value)
    position = first_unsendable(text.replace("\t", " "))
    if position is not None:
        raise InvalidRequestError(_unsendable(name, text, position))
    return name.encode("ascii"), text.encode("latin-1")


def _unsendable(name: str, value: str, position: int) -> str:
    if MASK in value:
        return (
            f'The value of the header "{name}" is a mask. Write a connection\'s value into a '
            'request as f"{connection.value}", without str() around it.'
        )
    what = "a line break" if value[position] in "\r\n" else f"U+{ord(value[position]):04X}"
    return (
        f'The value of the header "{name}" has {what} at character {position + 1}, which no header '
        "can carry. Remove it."
    )


def _check_auth(auth: object) -> None:
    if auth is None or isinstance(auth, httpx.Auth):
        return
    raise TypeError(
        f"auth is of type {type(auth).__name__}. Pass auth=connection.auth(), or any httpx.Auth."
    )


def _pairs(what: str, given: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of a dict, or of a sequence of pairs."""
    if isinstance(given, httpx.Headers):
        return list(given.multi_items())
    if given is None or isinstance(given, Mapping):
        return list((given or {}).items())
    with suppress(TypeError, ValueError):
        # The two letters of a string are no pair.
        if not isinstance(given, str | bytes) and not any(isinstance(each, str) for each in given):
            return [(name, value) for name, value in given]
    raise TypeError(f"{what} is of type {type(given).__name__}. Pass a dict, or a list of pairs.")


def _query_params(params: Params) -> httpx.QueryParams:
    if isinstance(params, str | bytes | httpx.QueryParams):
        found = httpx.QueryParams(params)
    else:
        pairs = _pairs("params", params)
        found = httpx.QueryParams([pair for each in pairs for pair in _param(*each)])
    for name, value in found.multi_items():
        # httpx would write the mask into the URL, and URLs are kept in logs.
        if MASK in value:
            raise InvalidRequestError(
                f'The parameter "{name}" is a mask. Send a connection\'s value with '
                "auth=connection.auth() or in a header, since URLs are kept in logs."
            )
    return found


def _param(name: object, value: object) -> Iterator[tuple[str, Param]]:
    for each in value if isinstance(value, list | tuple) else [value]:
        number = plain(each)
        if number is not None and not isinstance(number, str | int | float):
            raise TypeError(
                f'The parameter "{name}" holds a value of type {type(each).__name__}. Pass a '
                "string, a number, a boolean, None, or a list of these."
            )
        yield str(name), number


def _checked_url(url: str | httpx.URL) -> httpx.URL:
    if not isinstance(url, str | httpx.URL):
        raise TypeError(f"The URL is of type {type(url).__name__}. Pass a string.")
    try:
        address = httpx.URL(url if isinstance(url, httpx.URL) else str.__str__(url))
        is_one = "%" not in address.host or ":" in address.host
    except (httpx.InvalidURL, UnicodeError):
        is_one = False
    if not is_one:
        raise InvalidRequestError("The URL is not one. Write it as https://api.example.com/path.")
    if address.scheme not in ("http", "https"):
        raise InvalidRequestError("The URL has to begin with https:// (or http://).")
    if not address.host:
        raise InvalidRequestError(
            "The URL names no host. Write it as https://api.example.com/path."
        )
    if address.userinfo:
        raise InvalidRequestError(
            "The URL holds a user name or a password. Pass them in a header, or as auth=…."
        )
    return address


def _checked_method(method: str) -> str:
    if not isinstance(method, str) or not TOKEN.fullmatch(method):
        raise InvalidRequestError('The method is not one. Say for example method="POST".')
    return method.upper()


def _content(json: object, body: object) -> tuple[bytes | None, bytes | None]:
    if json is not None and body is not None:
        raise InvalidRequestError("A request has one body: pass json or body, not both.")
    if json is not None:
        return _json_bytes(json), b"application/json"
    if isinstance(body, str):
        return str.__str__(body).encode(errors="replace"), b"text/plain;charset=UTF-8"
    if body is None or isinstance(body, bytes):
        return body, None
    raise TypeError(
        f"body is of type {type(body).__name__}. Pass a string or bytes, or json=… for JSON."
    )


def _json_bytes(json: object) -> bytes:
    passed: Any = as_json(json, name="json", subject='fetch(): argument "json"')
    text = json_format.dumps(passed, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair has no UTF-8; JSON.stringify escapes it the same way.
    return text.encode(errors="backslashreplace")
