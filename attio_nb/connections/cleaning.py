"""What stands around a value that was copied, and the value without it.

White space, line ends and invisible characters at the ends belong to no value, and are taken off.
Quotation marks, the scheme of a header and the name of a variable nearly never do, so that a person
is asked. No text here repeats anything of the value.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple

from attio_nb.connections.secret import SecretStr, first_unsendable

if TYPE_CHECKING:
    from collections.abc import Container

__all__ = ["Finding", "find_extra", "without_ends"]

INVISIBLE_CATEGORIES = ("Cc", "Cf", "Zl", "Zp", "Zs")
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and signs that show nothing. Unicode counts them among the visible ones."""

VARIATION_SELECTORS = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

SCHEMES = (
    "Bearer",
    "Basic",
    "Token",
    "API-Key",
    "ApiKey",
    "Bot",
    "SSWS",
    "GenieKey",
    "Klaviyo-API-Key",
    "DeepL-Auth-Key",
    "Zoho-oauthtoken",
)
HEADER = re.compile(r"(?:-H|--header)[ =]?\s*(?=[\"'A-Za-z])")
NAME = re.compile(
    r"(?:(?:export|set|setx|ENV|const|let|var)\s+|\$env:)?"
    r"(?:\"[A-Za-z_][\w.-]*\"|'[A-Za-z_][\w.-]*'|[A-Za-z_][\w.-]*)"
    r"(?:\s*=(?!=)\s*|\s*:\s+|(?<=[\"']):\s*)(?=[^\s=])"
)
SCHEME = re.compile(rf"({'|'.join(SCHEMES)})(?:\s+|:\s*)(?=\S)", re.IGNORECASE)
PAIRS = (
    *('""', "''", "``", "\u201c\u201d", "\u201e\u201c", "\u2018\u2019", "\u201a\u2018"),
    *("\u00ab\u00bb", "\u00bb\u00ab", "\u2039\u203a", "\u300c\u300d", "<>"),
)
"""How quotation marks of many languages begin and end, and the brackets of a placeholder."""

QUOTES = {pair[0]: pair[1] for pair in PAIRS}
MARKS = frozenset([*QUOTES, *QUOTES.values()]) - {"<", ">"}

LINE_END = re.compile(r"\r\n|\r|\n")
PEM = re.compile(r"-----BEGIN [A-Z0-9 ]+-----")


class Finding(NamedTuple):
    """Something about a value that a person decides.

    Attributes:
        kind: What it is about.
        text: What was found, as sentences.
        cleaned: The value without that; None where it has no other form.
        take_off: What to call that the cleaned form is used.
        keep: What to call that the value is kept as it is; "" where it cannot be.
    """

    kind: Literal["wrapping", "lines", "invisible"]
    text: str
    cleaned: SecretStr | None
    take_off: str
    keep: str


def without_ends(text: str) -> SecretStr:
    """Return a value without white space, line ends and invisible characters at its ends.

    Args:
        text: What was typed or pasted, or what a variable holds.
    """
    text = str.__str__(text)
    start, end = 0, len(text)
    while start < end and is_invisible(text[start]):
        start += 1
    while end > start and is_invisible(text[end - 1]):
        end -= 1
    return SecretStr(text[start:end])


def is_invisible(character: str) -> bool:
    """Say whether a character shows nothing, as spaces, line ends and joiners do."""
    return (
        unicodedata.category(character) in INVISIBLE_CATEGORIES
        or character in BLANK
        or VARIATION_SELECTORS.match(character) is not None
    )


def find_extra(value: str, confirmed: Container[str] = ()) -> Finding | None:
    """Return what a person should decide first about a value, or None.

    Args:
        value: The value, without its ends.
        confirmed: The kinds of findings that they have decided to keep.
    """
    for look in (_wrapping, _lines, _inside):
        found = look(value)
        if found is not None and found.kind not in confirmed:
            return found
    return None


def _wrapping(value: str) -> Finding | None:
    """Find names, quotation marks and schemes around a value, one within the other."""
    inner, found = str.__str__(value), list[str]()
    while (peeled := _peeled(inner)) is not None:
        rest = str.__str__(without_ends(peeled[0]))
        if not rest:
            break
        inner = rest
        found += [peeled[1]] if peeled[1] not in found else []
    if not found:
        return None
    listed = " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    schemes = any("“" in each for each in found)
    why = " What sends the value adds the scheme itself." if schemes else ""
    return Finding(
        "wrapping",
        f"The value {listed}.{why}",
        SecretStr(inner),
        "Take that off",
        "Keep it as it is" if _may_be_kept(str.__str__(value)) else "",
    )


def _may_be_kept(text: str) -> bool:
    return LINE_END.search(text) is not None or first_unsendable(text) is None


def _peeled(text: str) -> tuple[str, str] | None:
    """Return a text without its outermost wrapping, and what that is; None where it has none."""
    for pattern, what in (
        (HEADER, "begins as an option of curl does"),
        (SCHEME, "begins with the scheme “{}”"),
        (NAME, "begins with a name (as in a file of variables)"),
    ):
        match = pattern.match(text)
        if match is not None and _may_begin(text[match.end() :]):
            rest = text[match.end() :].rstrip(",;") if pattern is NAME else text[match.end() :]
            return rest, what.format(*match.groups())
    return _unquoted(text)


def _may_begin(rest: str) -> bool:
    """Say whether a value may begin here: of several lines, each may have a name of its own."""
    return LINE_END.search(rest) is None or rest[0] in MARKS or rest.startswith(("-----BEGIN", "{"))


def _unquoted(text: str) -> tuple[str, str] | None:
    closed = text.rstrip(",;")
    if len(closed) > 1 and QUOTES.get(closed[0]) == closed[-1]:
        is_angle = closed[0] == "<"
        return closed[1:-1], f"stands in {'angle brackets' if is_angle else 'quotation marks'}"
    if text[0] in MARKS:
        return text[1:], "begins with a quotation mark"
    if text[-1] in MARKS:
        return text[:-1], "ends with a quotation mark"
    return None


def _lines(value: str) -> Finding | None:
    text = str.__str__(value)
    lines = LINE_END.split(text)
    if len(lines) < 2:
        return None
    what = "a PEM block" if PEM.match(text) else "JSON" if text[0] in "{[" else "a value"
    return Finding(
        "lines",
        f"This is {what} of {len(lines):,} lines. It can be kept, and your code can use it. No "
        "HTTP header can carry it as it is, so that connection.auth() needs the scheme “basic”.",
        None,
        "",
        f"Keep all {len(lines):,} lines",
    )


def _inside(value: str) -> Finding | None:
    text = str.__str__(value)
    several = LINE_END.search(text) is not None
    found = [
        at
        for at, character in enumerate(text)
        if character not in (" \n\r\t" if several else " \t") and is_invisible(character)
    ]
    found = [at for at in found if unicodedata.category(text[at]) != "Cc"]
    if not found:
        return None
    one, first = len(found) == 1, text[found[0]]
    count = "an invisible character" if one else f"{len(found):,} invisible characters"
    return Finding(
        "invisible",
        f"The value has {count} inside: {'' if one else 'the first is '}U+{ord(first):04X}, "
        f"{'which is ' if one else ''}character {found[0] + 1:,}. Values have none.",
        SecretStr("".join(each for at, each in enumerate(text) if at not in set(found))),
        "Take it out" if one else "Take them out",
        "Keep it as it is" if several or all(ord(text[at]) < 256 for at in found) else "",
    )
