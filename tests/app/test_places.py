"""Lines are found where they are, or not at all."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app.places import Place, find_places

INTRICATE = Path(__file__).with_name("intricate.toml").read_text(encoding="utf-8")


def named_places(value: Any, place: Place = ()) -> list[Place]:
    """The places in parsed TOML whose key tells their line."""
    if isinstance(value, dict):
        below = [(*place, key) for key in value]
    elif isinstance(value, list):
        below = [(*place, index) for index in range(len(value))]
    else:
        return []
    named = [each for each in below if isinstance(each[-1], str) and each[-1].startswith("l")]
    return named + [each for under in below for each in named_places(value[under[-1]], under)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_is_found_in_its_line(newline: str) -> None:
    text = INTRICATE.replace("\n", newline)
    lines = find_places(text).lines
    named = named_places(tomllib.loads(text))
    assert len(named) > 20
    for place in named:
        assert f"{place[-1]}".rstrip("b") == f"l{lines.get(place)}", place


def test_tables_and_elements_are_found() -> None:
    lines = find_places(INTRICATE).lines
    assert [lines["connections", index] for index in range(3)] == [18, 21, 28]
    assert lines["connections",] == 18
    assert [lines["l9", "l9", index] for index in range(3)] == [10, 10, 13]
    assert lines["connections", 1, "tables", 0] == 26


def test_a_key_with_an_escape_is_found_by_what_it_means() -> None:
    assert find_places('"\\u0061pp" = 1').lines == {("app",): 1}


@pytest.mark.parametrize(
    "broken",
    ["b", "b = ", "[b", "b = {c = 1", "b = [1,\n\n2", "= 2", '"\\q" = 1', 'b = """\n\n'],
)
def test_what_stands_above_a_mistake_is_found(broken: str) -> None:
    places = find_places(f"a = 1\n{broken}")
    assert places.lines["a",] == 1
    assert places.last == 2


def test_ten_thousand_brackets_do_no_harm() -> None:
    assert find_places("a = 1\nb = " + "[" * 10_000).lines["a",] == 1


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        ("a = 1\nb = 1\na = 2", {3: 1}),
        ("[a]\nb = 1\n[c]\n[a]", {4: 1}),
        ("[a]\n[[a]]", {2: 1}),
        ("[[a]]\n[a]", {2: 1}),
        ("[a]\nb = 1\n[c]\nb = 1\n[[d]]\nb = 1\n[[d]]\nb = 1", {}),
    ],
)
def test_what_is_defined_again_is_found(text: str, repeated: dict[int, int]) -> None:
    assert find_places(text).repeated == repeated


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_key_stands_where_its_value_is_read(newline: str) -> None:
    text = INTRICATE.replace("\n", newline)
    data = tomllib.loads(text)
    pairs = [each for each in find_places(text).statements if not each.is_header]
    assert len(pairs) > 15
    for pair in pairs:
        value = tomllib.loads(f"value = {text[pair.value : pair.end]}")["value"]
        assert value == reached(data, pair.place), pair
        assert tomllib.loads(f"#{newline}{text[pair.start : pair.end]}")
        assert pair.place[: len(pair.table)] == pair.table


def test_headers_and_what_stands_in_braces_are_told_apart() -> None:
    text = "a.b = 1 # c\n[[d]] # e\nf = {g.h = [{i = 2 }]}\n[ d.j ]"
    found = {
        each.place: (text[each.start : each.end], each) for each in find_places(text).statements
    }
    assert [(content, each.is_header, each.is_inline) for content, each in found.values()] == [
        ("a.b = 1", False, False),
        ("[[d]]", True, False),
        ("i = 2", False, True),
        ("g.h = [{i = 2 }]", False, True),
        ("f = {g.h = [{i = 2 }]}", False, False),
        ("[ d.j ]", True, False),
    ]
    assert found["d", 0, "f", "g", "h"][1].table == ("d", 0, "f")
    assert found["d", 0, "j"][1].table == ("d", 0, "j")


def reached(value: Any, place: Place) -> Any:
    """What stands at a place of parsed TOML."""
    for step in place:
        value = value[step]
    return value
