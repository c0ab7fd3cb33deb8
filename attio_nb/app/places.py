"""Where in a TOML text something stands: `tomllib` gives no lines for what it has read."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

__all__ = ["Place", "Places", "Statement", "find_places"]

Place = tuple[str | int, ...]
"""The way to a value, such as ``("connections", 0, "title")``."""

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
SCALAR = re.compile(r"[^,\[\]{}#\s=\"'](?:[^,\[\]{}#\r\n]*)")


class Statement(NamedTuple):
    """A key with its value, or the header of a table, in a text.

    Attributes:
        place: The way to what it sets, or opens.
        table: The way to the table that it is written in; for a header, the table that it opens.
        start: Where it begins.
        value: Where its value begins; for a header, where that ends.
        end: Where it ends, before any comment.
        is_inline: Whether it stands in braces.
    """

    place: Place
    table: Place
    start: int
    value: int
    end: int
    is_inline: bool = False

    @property
    def is_header(self) -> bool:
        """Whether it is the header of a table."""
        return self.value == self.end


class Places:
    """Where everything in a TOML text stands.

    Attributes:
        lines: The line of each key, table and element of an array, counted from 1.
        statements: The keys and the headers; one that holds another comes after it.
        elements: What each element of an array in brackets takes up, before any comma.
        repeated: For a line that defines something again, the line that did so first.
        last: The line in which the last statement begins that could be followed.
    """

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.statements: list[Statement] = []
        self.elements: dict[Place, slice] = {}
        self.repeated: dict[int, int] = {}
        self.last = 1


def find_places(text: str) -> Places:
    """Return where everything stands, up to the first thing that is no TOML.

    Args:
        text: A TOML document, right or wrong.
    """
    scanner = _Scanner(text)
    with suppress(_NotToml, RecursionError):
        scanner.document()
    return scanner.places


class _NotToml(Exception):
    pass


class _Scanner:
    def __init__(self, text: str) -> None:
        self.places = Places()
        self._text = text
        self._at = 0
        self._table: Place = ()
        self._lengths: dict[Place, int] = {}

    def document(self) -> None:
        self._skip(BLANK)
        while self._at < len(self._text):
            self.places.last = self._line()
            if self._text.startswith("[[", self._at):
                self._array_header()
            elif self._text.startswith("[", self._at):
                self._header()
            else:
                self._pair(self._table)
            self._skip(BLANK)

    def _header(self) -> None:
        start, line = self._at, self._line()
        self._expect("[")
        self._table = self._resolve(self._keys())
        self._expect("]")
        self._note(self._table, line)
        self._opened(start)

    def _array_header(self) -> None:
        start, line = self._at, self._line()
        self._expect("[[")
        array = self._resolve(self._keys())
        self._expect("]]")
        if array not in self._lengths and array in self.places.lines:
            self.places.repeated[line] = self.places.lines[array]
        index = self._lengths.get(array, 0)
        self._lengths[array] = index + 1
        self._table = (*array, index)
        self._note(self._table, line)
        self._opened(start)

    def _opened(self, start: int) -> None:
        header = Statement(self._table, self._table, start, self._at, self._at)
        self.places.statements.append(header)

    def _resolve(self, keys: list[str]) -> Place:
        # Within an array of tables, [a.b] belongs to the last a.
        place: Place = ()
        for key in keys[:-1]:
            place = (*place, key)
            if place in self._lengths:
                place = (*place, self._lengths[place] - 1)
        return (*place, keys[-1])

    def _pair(self, table: Place, *, is_inline: bool = False) -> None:
        start, line = self._at, self._line()
        place = (*table, *self._keys())
        self._note(place, line)
        self._expect("=")
        self._skip(SPACE)
        value = self._value(place)
        self.places.statements.append(
            Statement(place, table, start, value.start, value.stop, is_inline)
        )

    def _value(self, place: Place) -> slice:
        start = self._at
        if self._text.startswith("[", self._at):
            self._array(place)
        elif self._text.startswith("{", self._at):
            self._inline_table(place)
        else:
            self._match(STRING, SCALAR)
        return slice(start, start + len(self._text[start : self._at].rstrip()))

    def _array(self, place: Place) -> None:
        self._expect("[")
        self._skip(BLANK)
        index = 0
        while not self._text.startswith("]", self._at):
            self._note((*place, index), self._line())
            self.places.elements[(*place, index)] = self._value((*place, index))
            self._separator("]")
            index += 1
        self._expect("]")

    def _inline_table(self, place: Place) -> None:
        self._expect("{")
        self._skip(BLANK)
        while not self._text.startswith("}", self._at):
            self._pair(place, is_inline=True)
            self._separator("}")
        self._expect("}")

    def _separator(self, end: str) -> None:
        self._skip(BLANK)
        if not self._text.startswith(end, self._at):
            self._expect(",")
            self._skip(BLANK)

    def _keys(self) -> list[str]:
        self._skip(SPACE)
        keys = [_key(self._match(KEY))]
        self._skip(SPACE)
        while self._text.startswith(".", self._at):
            self._expect(".")
            self._skip(SPACE)
            keys.append(_key(self._match(KEY)))
            self._skip(SPACE)
        return keys

    def _note(self, place: Place, line: int) -> None:
        if place in self.places.lines:
            self.places.repeated.setdefault(line, self.places.lines[place])
        for length in range(1, len(place) + 1):
            self.places.lines.setdefault(place[:length], line)

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        if match := pattern.match(self._text, self._at):
            self._at = match.end()

    def _match(self, *patterns: re.Pattern[str]) -> str:
        for pattern in patterns:
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return match.group()
        raise _NotToml

    def _expect(self, token: str) -> None:
        if not self._text.startswith(token, self._at):
            raise _NotToml
        self._at += len(token)


def _key(token: str) -> str:
    if token[0] not in "\"'":
        return token
    import tomllib

    try:
        return str(tomllib.loads(f"key = {token}")["key"])
    except tomllib.TOMLDecodeError:
        raise _NotToml from None
