"""What is wrong with a text that is no TOML, in words for the person who wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attio_nb.app.places import find_places
from attio_nb.errors import AppFileError

if TYPE_CHECKING:
    import tomllib
    from pathlib import Path

    from attio_nb.app.places import Places

__all__ = ["syntax_error"]

POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
UNQUOTED = re.compile(r"\s*(?P<key>[\w-]+)\s*=\s*(?P<value>[^\W\d][\w .@:/-]*?)\s*(?:#.*)?")
CURLY = re.compile("[\u2018-\u201f]")


def syntax_error(error: tomllib.TOMLDecodeError, text: str, path: Path) -> AppFileError:
    """Return our error for one of `tomllib`.

    Args:
        error: What `tomllib` raised.
        text: What it was given.
        path: Where that stands.
    """
    complaint, line = _place(error)
    places = find_places(text)
    # What has no end is noticed below, or at the end of the document: where it begins is of use.
    if line is None or complaint.startswith("Unclosed"):
        line = places.last
    return AppFileError(_message(complaint, line, text, places), path=path, line=line)


def _place(error: tomllib.TOMLDecodeError) -> tuple[str, int | None]:
    # Before Python 3.14 the line is nowhere but in the text.
    message = str(error)
    match = POSITION.search(message)
    line = match and match["line"]
    return POSITION.sub("", message), int(line) if line else None


def _message(complaint: str, line: int, text: str, places: Places) -> str:
    if (first := places.repeated.get(line)) and complaint.startswith("Cannot"):
        return _repeated(_line(text, line), first)
    hint = _hint(complaint, _line(text, line))
    return f"this is not TOML ({complaint[:1].lower()}{complaint[1:]}). {hint}".rstrip()


def _repeated(statement: str, first: int) -> str:
    if not statement.startswith("["):
        key = statement.partition("=")[0].strip()
        return f"{key} is set here again; it was set in line {first}. Keep one of the two."
    name = statement.strip("[] \t")
    if name in ("connections", "members"):
        return (
            f"[{name}] stands here again; it stood in line {first}. Write both with double "
            f"brackets: [[{name}]]."
        )
    return f"[{name}] stands here again; it stood in line {first}. Put what belongs to it there."


def _hint(complaint: str, statement: str) -> str:
    if CURLY.search(statement):
        return 'Quotes are straight in TOML: "like this".'
    if "declaration" in complaint:
        return "A header closes as it opens: [app], [[connections]], [[members]]."
    if complaint.startswith("Unclosed"):
        return "A closing bracket is missing."
    if match := UNQUOTED.fullmatch(statement):
        return f'Text stands in quotes: {match["key"]} = "{match["value"]}".'
    if "'=' after a key" in complaint:
        return 'A line has the form key = "value".'
    if "nterminated" in complaint or "Illegal character '\\n'" in complaint:
        return "A closing quote is missing."
    if "\\" in complaint or "hex value" in complaint:
        return "In double quotes a backslash is written twice; single quotes take it as it is."
    return ""


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1].strip() if number <= len(lines) else ""
