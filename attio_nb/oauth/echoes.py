"""Secrets that a provider repeats in its words, masked in whatever encoding they stand there.

A text is looked at as it is, and with escapes of URLs, HTML and JSON decoded, up to three times.
Each part of a secret with eight characters or more is found there by its eight-character pieces, in
one pass over the text and one over the secrets. What carries no meaning to a reader is left out of
the comparison: case, control characters, characters without a width, terminal sequences.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from attio_nb.connections.secret import MASK, SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["mask_code", "mask_echoes"]

LONGEST_TEXT = 4000
"""In characters. What is shown of a text is far less."""

PART = 8
"""In characters: shorter parts of a secret stand in any text."""

DECODINGS = 3

ESCAPES = re.compile(
    r"(?P<url>(?:%[0-9a-f]{2})+)"
    r"|(?P<code>(?:%u|\\u)[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\U[0-9a-f]{8}|\\x[0-9a-f]{2})"
    r"|(?P<html>&(?:\#x[0-9a-f]{1,6}|\#[0-9]{1,7}|[a-z][a-z0-9]{1,20});?)"
    r"|\\(?P<other>[^a-z0-9])",
    re.IGNORECASE,
)
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")

SECRET_BEFORE = re.compile(r"(?i)(basic|bearer) +")

WORDS = """
access_denied access_token application authentication authorization authorization_code
authorization_pending client_assertion client_credentials client_id client_secret code_challenge
code_verifier configuration connection credentials description developer development device_code
environment expired_token grant_type identifier incorrect invalid_client invalid_grant
invalid_request invalid_scope invalid_target invalid_token malformed organization parameter
parameters password permission permissions production provided redirect_uri redirect_uri_mismatch
refresh_token registered registration required response_type server_error slow_down
temporarily_unavailable token_type unauthorized unauthorized_client unsupported_grant_type
unsupported_response_type user_code verification workspace
a an and app are bad by client code denied do error expired for from grant has id in invalid is it
missing no not of on or refresh scope scopes secret server the this to token type unknown user was
with wrong you your
"""
ORDINARY = frozenset(WORDS.split())
"""The words of error messages. They stay where they are a part of a secret, or a short secret."""


class _View(NamedTuple):
    """A text in one decoding.

    Attributes:
        characters: The characters.
        spans: From where to where each of them stands in the text.
    """

    characters: list[str]
    spans: list[tuple[int, int]]


def mask_echoes(text: str, secrets: Iterable[str]) -> str:
    """Return a text with a mask in place of secrets, of their parts and of their encodings.

    Args:
        text: What a provider said; more than 4,000 characters of it are cut off.
        secrets: What must not be shown.
    """
    text = str.__str__(text)[:LONGEST_TEXT]
    values = [*_values(secrets)]
    if not values:
        return text
    views = [*_views(text)]
    marked = bytearray(len(text))
    for start, end in _found(views, values):
        marked[start:end] = b"\x01" * (end - start)
    whole = {_folded(value) for value in values if len(value) >= PART}
    return _masked(text, marked, whole)


def mask_code(code: str, secrets: Iterable[str]) -> str:
    """Return an error code as it is kept; one of a provider's own may repeat a secret.

    A code of the RFCs stays, since what is done depends on it.

    Args:
        code: The code.
        secrets: What must not be kept.
    """
    return code if code in ORDINARY else mask_echoes(code, secrets)


def _masked(text: str, marked: bytearray, whole: set[str]) -> str:
    parts: list[str] = []
    end = 0
    for run in re.finditer(b"\x01+", marked):
        start, stop = run.span()
        word = _folded(text[start:stop])
        is_part_of_word = len(word) >= PART and any(word in each for each in ORDINARY)
        is_ordinary = is_part_of_word and word not in whole
        parts += [text[end:start], text[start:stop] if is_ordinary else MASK]
        end = stop
    return "".join([*parts, text[end:]])


def _values(secrets: Iterable[str]) -> Iterator[SecretStr]:
    """Yield the secrets, and what an Authorization header is made of."""
    for secret in secrets:
        if not secret:
            continue
        yield SecretStr(secret)
        scheme = SECRET_BEFORE.match(secret)
        if scheme is None:
            continue
        credentials = SecretStr(secret[scheme.end() :])
        yield credentials
        if scheme[1].lower() == "basic":
            yield from _password(credentials)


def _password(credentials: str) -> Iterator[SecretStr]:
    try:
        pair = base64.b64decode(f"{credentials}".encode()).decode()
    except (binascii.Error, UnicodeError):
        return
    password = SecretStr(pair.partition(":")[2])
    yield from filter(None, dict.fromkeys([password, SecretStr(unquote(f"{password}"))]))


def _views(text: str) -> Iterator[_View]:
    sequences = {at for match in ANSI.finditer(text) for at in range(*match.span())}
    shown = [at for at, each in enumerate(text) if at not in sequences and _is_shown(each)]
    view = _View([text[at] for at in shown], [(at, at + 1) for at in shown])
    yield view
    for _ in range(DECODINGS):
        decoded = _decoded(view)
        if len(decoded.characters) == len(view.characters):
            return
        view = decoded
        yield view


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _decoded(view: _View) -> _View:
    text = "".join(view.characters)
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    at = 0
    for escape in ESCAPES.finditer(text):
        characters += view.characters[at : escape.start()]
        spans += view.spans[at : escape.start()]
        plain, at = _unescaped(escape), escape.end()
        width = len(escape[0]) / len(plain) if plain else 0
        is_even = len(escape[0]) == 3 * len(plain)
        for index, character in enumerate(plain):
            # Each of "%41%42" by itself, but "%C3%BC" as one.
            first = escape.start() + int(index * width) if is_even else escape.start()
            last = first + 3 if is_even else escape.end()
            characters.append(character)
            spans.append((view.spans[first][0], view.spans[last - 1][1]))
    return _View(characters + view.characters[at:], spans + view.spans[at:])


def _unescaped(escape: re.Match[str]) -> str:
    if escape["url"]:
        content = unquote_to_bytes(escape["url"])
        try:
            return content.decode()
        except UnicodeDecodeError:
            return content.decode("latin-1")
    if escape["code"]:
        code = int(re.sub(r"[^0-9a-f]", "", escape["code"][2:].lower()), 16)
        return chr(code) if code < 0x110000 else ""
    return html.unescape(escape["html"]) if escape["html"] else escape["other"]


def _folded(text: str) -> str:
    # A form has "+" for a space.
    return "".join(" " if each == "+" else _lower(each) for each in f"{text}")


def _lower(character: str) -> str:
    lower = character.lower()
    return lower if len(lower) == 1 else character


def _found(views: list[_View], values: list[SecretStr]) -> Iterator[tuple[int, int]]:
    """Yield where in the text something stands that is a secret, or a part of one."""
    texts = [_folded("".join(view.characters)) for view in views]
    pieces: dict[str, list[tuple[int, int]]] = {}
    for number, text in enumerate(texts):
        for at in range(len(text) - PART + 1):
            pieces.setdefault(text[at : at + PART], []).append((number, at))
    for value in values:
        for form in _forms(value):
            if len(form) < PART:
                whole_words = len(form) == len(value) and not _is_mixed(form)
                for number, text in enumerate(texts):
                    for at in _occurrences(form, text, whole_words):
                        yield _span(views[number], at, len(form))
            for start in range(len(form) - PART + 1):
                # Once, or a secret that repeats itself would take its length squared.
                for number, at in pieces.pop(form[start : start + PART], ()):
                    yield _span(views[number], at, PART)


def _span(view: _View, at: int, length: int) -> tuple[int, int]:
    return view.spans[at][0], view.spans[at + length - 1][1]


def _forms(value: SecretStr) -> Iterator[SecretStr]:
    """Yield a secret as it is, in base64 and in hexadecimal digits, as it is compared."""
    content = f"{value}".encode("utf-8", "surrogatepass")
    texts = [f"{value}", content.hex()]
    for offset, skipped in enumerate((0, 2, 3)):
        # What stands before a secret, as a user name, shifts its base64 by none, one or two bytes.
        encoded = base64.b64encode(b"\x00" * offset + content).decode().rstrip("=")[skipped:]
        texts += [encoded, encoded.replace("+", "-").replace("/", "_")]
    # The name of a client is short too: "secret" in base64 is eight characters long.
    shortest = 1 if len(value) >= PART else 6
    yield SecretStr(_folded(texts[0]))
    for text in dict.fromkeys(texts[1:]):
        if len(text) >= shortest:
            yield SecretStr(_folded(text))


def _is_mixed(secret: str) -> bool:
    # Letters and digits side by side are a part of no word.
    return len(secret) >= 4 and not (secret.isalpha() or secret.isdigit())


def _occurrences(secret: str, text: str, whole_words: bool) -> Iterator[int]:
    """Yield where a short secret stands in a text, as a whole."""
    secret = f"{secret}"
    if secret in ORDINARY:
        return
    before, after = (r"(?<![^\W_])", r"(?![^\W_])") if whole_words else ("", "")
    for match in re.finditer(f"{before}{re.escape(secret)}{after}", text):
        yield match.start()
