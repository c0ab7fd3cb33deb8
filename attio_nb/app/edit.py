"""Changing single keys in a TOML text, so that every other character stays as it is.

`tomlkit` writes a whole document anew, and gathers tables that stand apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attio_nb.app.places import BLANK, find_places
from attio_nb.app.written import toml_item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attio_nb.app.places import Place, Statement

__all__ = ["with_element", "with_value", "without_element"]

REST_OF_LINE = re.compile(r"[ \t]*(#[^\r\n]*)?(?=\r?\n)")


def with_value(text: str, place: Place, value: Any) -> str:
    """Return a text in which a key has a value.

    A key that is new comes after the last one of its table. One that is taken out takes the comment
    along that stands behind it.

    Args:
        text: A TOML document that is right.
        place: The way to the key; the table that it is in is there.
        value: A string, a number, an array of them, or a table of them; None to take the key out.
    """
    if value is None:
        return _without(text, place)
    found = _found(text, place)
    if isinstance(value, dict) and any(
        len(each.place) > len(place) for each in _below(text, place)
    ):
        return _with_table(text, place, value)
    if not found:
        return _added(text, place, value)
    if found[0].is_header:
        return _with_table(text, place, value)
    return _replaced(text, found[0], value)


def with_element(text: str, place: Place, value: Any) -> str:
    """Return a text in which an array has one more element, after the others.

    Args:
        text: A TOML document that is right.
        place: The way to the array, which stands there in brackets.
        value: A string, a number, or a table of what `with_value` takes.
    """
    return _inserted(text, place, len(_elements(text, place)), value)


def without_element(text: str, place: Place) -> str:
    """Return a text without one element of an array of tables.

    A comment that stands directly above the header of a table belongs to that table.

    Args:
        text: A TOML document that is right.
        place: The way to the element.
    """
    if place in find_places(text).elements:
        return _without_inline(text, place)
    headers = [each for each in _below(text, place) if each.is_header]
    for header in reversed(headers):
        following = [
            each.start
            for each in find_places(text).statements
            if each.is_header and each.start > header.start
        ]
        start = _start_with_comment(text, header.start)
        end = _start_with_comment(text, min(following)) if following else len(text)
        before, after = text[:start], text[end:]
        # At the end, the blank line goes that stood between this table and the one before.
        text = before + after if after else before.rstrip() + _newline_before(before, len(before))
    return text


def _without_inline(text: str, place: Place) -> str:
    elements, index = _elements(text, place[:-1]), int(place[-1])
    if index + 1 < len(elements):
        return text[: elements[index].start] + text[elements[index + 1].start :]
    if index > 0:
        return text[: elements[index - 1].stop] + text[elements[index].stop :]
    rest = text[elements[0].stop :]
    return text[: elements[0].start] + re.sub(r"\A\s*,", "", rest)


def _start_with_comment(text: str, at: int) -> int:
    """Return where a line begins, or the comment that stands directly above it."""
    start = text.rfind("\n", 0, at) + 1
    comment = start
    while comment > 0:
        above = text.rfind("\n", 0, comment - 1) + 1
        if not text[above:comment].lstrip().startswith("#"):
            return comment
        comment = above
    # What begins the file is about all of it.
    return start


def _below(text: str, place: Place) -> list[Statement]:
    statements = find_places(text).statements
    return sorted(
        (each for each in statements if each.place[: len(place)] == place),
        key=lambda each: each.start,
    )


def _found(text: str, place: Place) -> list[Statement]:
    """Return what sets a key, without what stands within its value, in the order of the text."""
    outermost: list[Statement] = []
    for each in _below(text, place):
        if not outermost or each.start >= outermost[-1].end:
            outermost.append(each)
    return outermost


def _with_table(text: str, place: Place, table: dict[str, Any]) -> str:
    names = {each.place[len(place)] for each in _below(text, place) if len(each.place) > len(place)}
    # First what is new: a table that was empty for a moment might be no more than two braces.
    for name, value in table.items():
        if name not in names or _value(text, (*place, name)) != value:
            text = with_value(text, (*place, name), value)
    for unwanted in sorted(names - table.keys(), key=str):
        text = with_value(text, (*place, unwanted), None)
    return text


def _value(text: str, place: Place) -> Any:
    import tomllib

    (pair,) = _found(text, place)
    return tomllib.loads(f"value = {text[pair.value : pair.end]}")["value"]


def _replaced(text: str, pair: Statement, value: Any) -> str:
    if isinstance(value, list):
        changed = _with_elements(text, pair, value)
        if _says(changed, pair.place, value):
            return changed
        # What stays is to stand in another order.
    return text[: pair.value] + toml_item(value).as_string() + text[pair.end :]


def _says(text: str, place: Place, value: Any) -> bool:
    try:
        return bool(_value(text, place) == value)
    except ValueError:
        return False


def _with_elements(text: str, pair: Statement, values: Sequence[Any]) -> str:
    """Return a text with other elements; those that stay keep their comments and their lines."""
    kept = [each for each in _value(text, pair.place) if each in values]
    array = _with_only(text[pair.value : pair.end], values)
    text = text[: pair.value] + array + text[pair.end :]
    for index, value in enumerate(values):
        if index >= len(kept) or kept[index] != value:
            kept.insert(index, value)
            text = _inserted(text, pair.place, index, value)
    return text


def _with_only(before: str, values: Sequence[Any]) -> str:
    import tomlkit

    array: Any = tomlkit.value(before)
    unwanted = [index for index, each in enumerate(array) if each not in values]
    if not unwanted:
        return before
    for index in reversed(unwanted):
        del array[index]
    return re.sub(r"\r?\n", "\r\n" if "\r\n" in before else "\n", array.as_string())


def _elements(text: str, place: Place) -> list[slice]:
    elements = find_places(text).elements
    return [each for at, each in elements.items() if at[:-1] == place]


def _inserted(text: str, place: Place, index: int, value: Any) -> str:
    """Return a text in which an array has one more element; tomlkit forgets commas and comments."""
    elements, element = _elements(text, place), toml_item(value).as_string()
    if not elements:
        return _filled(text, _found(text, place)[0], element)
    if index > 0:
        return _behind(text, elements[index - 1], element)
    start = elements[0].start
    indent = _indent(text, start)
    gap = " " if indent is None else _newline_before(text, start - len(indent)) + indent
    return f"{text[:start]}{element},{gap}{text[start:]}"


def _filled(text: str, array: Statement, element: str) -> str:
    last_line = text.rfind("\n", array.value, array.end) + 1
    if not last_line:
        return f"{text[: array.value]}[{element}]{text[array.end :]}"
    # Below any comments, in a line of its own.
    line = f"{text[last_line : array.end - 1]}  {element}{_newline_before(text, last_line)}"
    return text[:last_line] + line + text[last_line:]


def _behind(text: str, before: slice, element: str) -> str:
    """Return a text with an element behind another one, and behind what is said of that."""
    blank = BLANK.match(text, before.stop)
    comma = text.find(",", blank.end(), blank.end() + 1) + 1 if blank else 0
    at = comma or before.stop
    indent = _indent(text, before.start)
    rest = REST_OF_LINE.match(text, at)
    if not rest or (indent is None and not rest[1]):
        addition = f" {element}," if comma else f", {element}"
        return text[:at] + addition + text[at:]
    if indent is None:
        indent = _indent_of_line(text, before.start) + "  "
    line = f"{_newline(text, slice(at, rest.end()))}{indent}{element}"
    lines = f"{rest[0]}{line}," if comma else f",{rest[0]}{line}"
    return text[:at] + lines + text[rest.end() :]


def _indent(text: str, at: int) -> str | None:
    """Return the blanks before what stands first in its line; None where it does not."""
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return None if before.strip() else before


def _indent_of_line(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _newline_before(text: str, at: int) -> str:
    return "\r\n" if text.endswith("\r\n", 0, at) else "\n"


def _added(text: str, place: Place, value: Any) -> str:
    last = _last_of_table(text, place)
    pair = f"{_key(place[len(last.table) :])} = {toml_item(value).as_string()}"
    if last.is_inline:
        return f"{text[: last.end]}, {pair}{text[last.end :]}"
    line = _line(text, last)
    indent = text[line.start : last.start]
    return f"{text[: line.stop]}{_newline(text, line)}{indent}{pair}{text[line.stop :]}"


def _last_of_table(text: str, place: Place) -> Statement:
    """Return what a new key comes after, in the innermost table there is for it."""
    statements = find_places(text).statements
    around = [each for each in statements if each.table == place[: len(each.table)] != place]
    return max(around, key=lambda each: (len(each.table), each.start))


def _without(text: str, place: Place) -> str:
    while found := _found(text, place):
        text = _cut(text, found[-1])
    return text


def _cut(text: str, statement: Statement) -> str:
    if not statement.is_inline:
        line = _line(text, statement)
        return text[: line.start] + text[line.stop :].removeprefix("\r").removeprefix("\n")
    siblings = [each for each in find_places(text).statements if each.table == statement.table]
    index = siblings.index(statement)
    if index > 0:
        return text[: siblings[index - 1].end] + text[statement.end :]
    following = siblings[1].start if len(siblings) > 1 else statement.end
    return text[: statement.start] + text[following:]


def _line(text: str, statement: Statement) -> slice:
    """Return the lines of a statement, without the end of the last one."""
    start = text.rfind("\n", 0, statement.start) + 1
    end = text.find("\n", statement.end)
    end = len(text) if end < 0 else end
    return slice(start, end - 1 if text[end - 1 : end + 1] == "\r\n" else end)


def _newline(text: str, line: slice) -> str:
    following = text[line.stop : line.stop + 2]
    if not following:
        return "\r\n" if "\r\n" in text else "\n"
    return "\r\n" if following == "\r\n" else "\n"


def _key(steps: Place) -> str:
    import tomlkit

    return ".".join(tomlkit.key(str(step)).as_string() for step in steps)
