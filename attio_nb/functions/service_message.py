"""What a service says in an answer that is an error, in whatever form it says it."""

from __future__ import annotations

import html
import json
import re
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
    "summary",
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

FIELDS = ("loc", "field", "path", "pointer", "source", "param", "parameter", "property", "name")
"""What a message is about: pydantic's ``loc``, JSON:API's ``source``, and the like."""

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
    text = response.text if len(response.content) <= LONGEST_JSON else ""
    if "json" in kind or text.lstrip()[:1] in ("{", "["):
        try:
            return _joined(_said(json.loads(text)), response.reason_phrase)
        except (ValueError, RecursionError):
            pass
    return _of_text(
        text[:LONGEST_TEXT] or response.content[:LONGEST_TEXT].decode("utf-8", "replace")
    )


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
        yield from _of_object({str(name).lower(): each for name, each in value.items()}, depth)


def _of_object(members: Mapping[str, Any], depth: int) -> Iterator[str]:
    about = _field(members)
    prefix = f"{about}: " if about else ""
    found = False
    if text := _own_text(members):
        found = True
        yield prefix + text
    for name in LISTS:
        if isinstance(members.get(name), list | dict):
            for message in _said(members[name], depth=depth + 1):
                found = True
                yield prefix + message
    if not found:
        yield from _without_text(members, prefix, depth)


def _own_text(members: Mapping[str, Any]) -> str:
    heading, text = _first_text(members, HEADINGS), _first_text(members, TEXTS)
    if heading and text and heading.lower() not in text.lower():
        return f"{heading}: {text}"
    return text or heading


def _without_text(members: Mapping[str, Any], prefix: str, depth: int) -> Iterator[str]:
    """Yield what an object says that has no text: the messages of its fields, or a code."""
    if code := _first_text(members, CODES):
        yield prefix + code
        return
    for name, value in members.items():
        # At the top, a string is as likely to be a datum as a message.
        if isinstance(value, list | dict) or (depth and isinstance(value, str)):
            for message in _said(value, depth=depth + 1):
                yield f"{prefix}{name}: {message}"


def _first_text(members: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = members.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _field(members: Mapping[str, Any]) -> str:
    for name in FIELDS:
        value = members.get(name)
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
