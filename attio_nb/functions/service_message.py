"""What a service says in an answer that is an error, in whatever form it says it."""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import httpx

__all__ = ["service_message"]

LONGEST_JSON = 512 * 1024
"""In bytes. No message of an error is nearly as long."""

LONGEST_TEXT = 20_000
"""In characters, of what is no JSON."""

DEEPEST = 8
MOST = 6
"""As many messages are shown; a service may find fault with each of a thousand records."""

HEADINGS = ("title", "error")
"""A short name of what is wrong, before the text: RFC 9457 section 3.1, RFC 6749 section 5.2."""

TEXTS = (
    "detail",
    "message",
    "msg",
    "error_description",
    "errordescription",
    "error_message",
    "errormessage",
    "description",
    "reason",
    "faultstring",
    "errors",
)
LISTS = (
    "error",
    "errors",
    "detail",
    "details",
    "message",
    "messages",
    "errormessages",
    "error_messages",
    "fault",
    "issues",
    "violations",
    "invalid-params",
    "invalid_params",
    "field_errors",
    "fielderrors",
    "non_field_errors",
    "validation_errors",
    "validationerrors",
    "_errors",
)
"""What may hold further messages, or fields with messages of their own."""

OUTER_FIELDS = ("loc", "field", "param", "parameter")
FIELDS = (*OUTER_FIELDS, "path", "pointer", "source", "property", "name")
"""What a message is about: pydantic's ``loc``, JSON:API's ``source``, and the like. Of an answer as
a whole, ``path`` and ``name`` say something else.
"""

MAPS = ("errors", "field_errors", "fielderrors", "validation_errors", "validationerrors")
"""What may be an object whose members are named after fields, as in Rails and Laravel."""

NEUTRAL = ("message", "detail", "error", "base", "non_field_errors", "_errors", "__all__")
"""Members of such an object that are no fields."""

CODES = ("code", "errorcode", "error_code", "__type", "type", "status")
"""What is shown where there is no text."""

TITLE = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
XML = re.compile(
    r"<(?:\w+:)?(message|detail|faultstring|error|description)\b[^>]*>([^<]+)</", re.IGNORECASE
)
HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def service_message(response: httpx.Response) -> str:
    """Return what a service says of an error, on as few words as it says it, or "".

    JSON is looked through for the members that services use: ``detail`` and ``title`` (RFC 9457),
    ``message``, ``error``, ``errors`` (GraphQL, JSON:API), lists of fields (FastAPI, Django, Rails,
    Laravel). Of a page it is the title, of anything else that is text, the text.

    Args:
        response: An answer that was read to its end.
    """
    kind = response.headers.get("content-type", "").lower()
    if kind.startswith(("image/", "audio/", "video/", "font/", "application/octet-stream")):
        return ""
    content = response.content
    is_short = len(content) <= LONGEST_JSON
    text = response.text if is_short else content[:LONGEST_TEXT].decode("utf-8", "replace")
    if is_short and ("json" in kind or text.lstrip()[:1] in ("{", "[")):
        # From the bytes, whose encoding JSON itself shows (RFC 8259 section 8.1).
        with suppress(ValueError, RecursionError):
            return _joined(_said(json.loads(content)), response.reason_phrase)
    return _of_text(text[:LONGEST_TEXT])


def _of_text(text: str) -> str:
    start = text.lstrip()[:200].lower()
    if not start.startswith("<"):
        return text.strip()
    is_page = "<html" in start or "<!doctype html" in start
    found = TITLE.search(text) if is_page else XML.search(text)
    shown = found[2] if found else HIDDEN.sub(" ", text)
    return " ".join(html.unescape(TAG.sub(" ", shown)).split())


def _joined(messages: Iterable[str], reason: str) -> str:
    # The status line says that already.
    known = {"", reason.lower()}
    each = list(
        dict.fromkeys(m.removesuffix(".") for m in islice(messages, 1000) if m.lower() not in known)
    )
    more = f"; and {len(each) - MOST} more" if len(each) > MOST else ""
    return "; ".join(each[:MOST]) + more


def _said(value: Any, *, depth: int = 0) -> Iterator[str]:
    """Yield the messages in a JSON value."""
    if depth > DEEPEST:
        return
    if isinstance(value, str):
        yield value.strip()
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, depth=depth + 1)
    elif isinstance(value, dict):
        yield from _of_object({name.lower(): each for name, each in value.items()}, value, depth)


def _of_object(members: Mapping[str, Any], written: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Yield the messages of an object.

    Args:
        members: Its members, by their names in lower case.
        written: The same, by their names as the service writes them.
        depth: How deep it stands.
    """
    text = _own_text(members)
    about = _field(members, depth, has_text=bool(text))
    prefix = f"{about}: " if about else ""
    found = False
    if text:
        found = True
        yield prefix + text
    for name in LISTS:
        value = members.get(name)
        if not isinstance(value, list | dict):
            continue
        if name in MAPS and isinstance(value, dict) and _is_map(value):
            nested = _of_map(value, depth)
        else:
            nested = _said(value, depth=depth + 1)
        for message in nested:
            found = True
            yield prefix + message
    if not found:
        yield from _without_text(members, written, prefix, depth)


def _is_map(members: Mapping[str, Any]) -> bool:
    """Say whether an object has a member for each field: it has no code of its own."""
    return not any(
        name.lower() in CODES and not isinstance(each, list) for name, each in members.items()
    )


def _of_map(fields: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, value in fields.items():
        about = "" if name.lower() in NEUTRAL else f"{name}: "
        for message in _said(value, depth=depth + 1):
            yield about + message


def _own_text(members: Mapping[str, Any]) -> str:
    heading, text = _first_text(members, HEADINGS), _first_text(members, TEXTS)
    if heading and text and heading.lower() not in text.lower():
        return f"{heading}: {text}"
    return text or heading


def _without_text(
    members: Mapping[str, Any], written: Mapping[str, Any], prefix: str, depth: int
) -> Iterator[str]:
    """Yield what an object says that has no text: the messages of its fields, or a code."""
    if code := _first_text(members, CODES):
        yield prefix + code
        return
    # At the top, a string is as likely to be a datum as a message.
    kinds = list | dict | str if depth else list | dict
    fields = {name: each for name, each in written.items() if isinstance(each, kinds)}
    for message in _of_map(fields, depth):
        yield prefix + message


def _first_text(members: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = members.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _field(members: Mapping[str, Any], depth: int, *, has_text: bool) -> str:
    """Return what the messages of an object are about, or ""."""
    for name in FIELDS if depth else OUTER_FIELDS:
        value = members.get(name) if has_text or name != "name" else None
        if isinstance(value, dict):
            value = value.get("pointer") or value.get("parameter")
        if isinstance(value, list):
            # FastAPI begins with the part of the request.
            parts = value[1:] if value[:1] == ["body"] else value
            value = ".".join(str(part) for part in parts if isinstance(part, str | int))
        if isinstance(value, str) and value and len(value) <= 100:
            path = value.removeprefix("/data/attributes/").strip("/").replace("/", ".")
            return path.removeprefix("body.")
    return ""
