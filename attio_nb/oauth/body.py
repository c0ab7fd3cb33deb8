"""What the body of an answer says: JSON or a form, whatever its Content-Type claims."""

from __future__ import annotations

import codecs
import html
import json
import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import parse_qsl

from attio_nb.connections.secret import SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LONGEST_TEXT", "body_members", "is_plain", "positive_number", "refusal_members"]

FORM = "application/x-www-form-urlencoded"

LOOKS_LIKE_A_FORM = re.compile(r"[\w.%\[\]-]+=[^&\s<>{}]*(?:&[\w.%\[\]-]+=[^&\r\n<>{}]*)*&?")
"""A whole body of ``name=value`` pairs. Names and values hold no markup and no line break."""

CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark this one begins with.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

NOT_A_CHARSET = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
"""Python decodes these too, and no provider sends text in them."""

JSONP = re.compile(r"[\w.$]+\s*\(\s*(\{.*\})\s*\)\s*;?", re.DOTALL)
PLAIN_TEXT = re.compile(r"[^<>{}\[\]\"=&]{1,500}")
HTML = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.IGNORECASE)
ELEMENT = re.compile(r"<([\w.:-]+)(?:\s[^<>]*)?>([^<>]+)<")
"""An element of XML with text in it."""

LONGEST_TEXT = 16 * 1024
"""In characters, of a token, a code or an id that is kept."""

LONGEST_INTEGER = 400
"""In digits. Python refuses to read an integer of more than 4,300."""


def body_members(content: bytes, content_type: str) -> dict[str, Any] | None:
    """Return the members of a JSON object or of a form; None where the body is neither.

    RFC 6749 section 5.1 says JSON in ``application/json``. Some providers answer with a form, and
    some of these call it text/plain or text/html. So the body is read as what it is; its type
    decides only between what would be read either way. Text after a JSON object, or a function
    call around it (JSONP), makes it neither. Every text is masked, since it may be a token, and a
    traceback may list variables.

    Args:
        content: The body.
        content_type: The Content-Type header, or "".
    """
    texts = [*_decoded(content, content_type)]
    for text in texts:
        try:
            parsed = json.loads(text, object_pairs_hook=_masked, parse_int=_integer)
        except (ValueError, RecursionError):
            continue
        return parsed if isinstance(parsed, dict) else None
    if content_type.partition(";")[0].strip().lower() == FORM:
        return _masked(parse_qsl(texts[0].strip()))
    form = next((text for text in texts if LOOKS_LIKE_A_FORM.fullmatch(text.strip())), None)
    return _masked(parse_qsl(form.strip())) if form else None


def refusal_members(content: bytes, content_type: str) -> dict[str, Any] | None:
    """Return the members of a body in which a provider may say why it refuses.

    Beside what `body_members` reads, this is a JSON list or string, a function call around JSON
    (JSONP), XML, or a short plain text. A page of HTML comes from a proxy or a firewall as often as
    from the provider, so nothing is read of it; nor of JSON that is cut off, which may hold tokens.

    Args:
        content: The body.
        content_type: The Content-Type header, or "".
    """
    members = body_members(content, content_type)
    if members is not None:
        return members
    text = next(_decoded(content, content_type)).strip()[:LONGEST_TEXT]
    if not text or HTML.match(text):
        return None
    if call := JSONP.fullmatch(text):
        return body_members(call[1].encode(), "")
    parsed: Any = None
    with suppress(ValueError, RecursionError):
        parsed = json.loads(text, object_pairs_hook=_masked, parse_int=_integer)
    if parsed is None:
        parsed = _elements(text) or (text if PLAIN_TEXT.fullmatch(text) else [])
    return {"details": _mask(parsed if isinstance(parsed, list) else [parsed])} if parsed else None


def _elements(xml: str) -> list[Any]:
    """Return the elements of XML that hold text, each by its name without a namespace."""
    found = ELEMENT.findall(xml)
    return [_masked([(name.rpartition(":")[2], html.unescape(text))]) for name, text in found]


def is_plain(value: object, *, longest: int = LONGEST_TEXT) -> TypeGuard[str]:
    """Say whether a value is a text that can be stored, and sent back as it came.

    Control characters, characters without a width and lone surrogates make it none: RFC 6749
    appendix A allows none of them anywhere. The replacement character stands where bytes could not
    be decoded.

    Args:
        value: What a provider sent.
        longest: How many characters it may have.
    """
    return (
        isinstance(value, str)
        and 0 < len(value) <= longest
        and value.isprintable()
        and "\ufffd" not in value
    )


def positive_number(value: object) -> float | None:
    """Return a number above zero, or None: providers write all kinds of things for a time.

    Args:
        value: What a provider sent; digits in a string count as a number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 < number < math.inf else None


def _decoded(content: bytes, content_type: str) -> Iterator[str]:
    """Yield the body as text, once for each charset that it can be in, the likeliest first."""
    charsets = dict.fromkeys([*_charsets(content, content_type), "latin-1"])
    for charset in charsets:
        try:
            text = content.decode(charset)
        except ValueError:
            continue
        yield SecretStr(text)


def _charsets(content: bytes, content_type: str) -> Iterator[str]:
    for mark, charset in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            yield charset
    declared = CHARSET.search(content_type)
    if declared and _is_charset(declared[1]):
        yield declared[1].lower()
    # RFC 8259 section 8.1 says UTF-8; older JSON may be UTF-16 or UTF-32, without a mark.
    yield json.detect_encoding(content)
    yield "utf-8"


def _is_charset(name: str) -> bool:
    try:
        b"a".decode(name)
        return codecs.lookup(name).name.replace("_", "-") not in NOT_A_CHARSET
    except (LookupError, ValueError):
        return False


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_INTEGER else float(digits)


def _masked(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: _mask(each) for name, each in pairs}


def _mask(value: Any) -> Any:
    if isinstance(value, list):
        return [_mask(each) for each in value]
    return SecretStr(value) if isinstance(value, str) else value
