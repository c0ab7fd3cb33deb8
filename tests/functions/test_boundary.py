"""What passes between a server function and its caller, and what cannot."""

from __future__ import annotations

import json
import math
import sys
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import Enum, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import BoundaryError
from attio_nb.functions.boundary import as_json

Point = namedtuple("Point", "x y")


class Colour(Enum):
    RED = "red"
    SINCE = date(2026, 1, 2)
    ODD = frozenset({1})


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    YES = "yes"


class Right(IntFlag):
    READ = 1
    WRITE = 2


@dataclass
class Prospect:
    email: str
    tags: object = ()
    secret: str = field(default="s", repr=False)


@dataclass(frozen=True, slots=True)
class Slotted:
    inner: Prospect


class Shouting(str):
    def __str__(self) -> str:
        return "SHOUTING"


class Odd(int):
    def __int__(self) -> int:
        return 42


class NotATime(datetime):
    """As the NaT of pandas: unequal to itself."""

    def __ne__(self, other: object) -> bool:
        return True


class Model:
    def model_dump(self) -> dict[str, int]:
        return {}


class Frame:
    def to_dict(self) -> dict[str, int]:
        return {}


class Scalar:
    def item(self) -> int:
        return 1


def passed(value: object) -> Any:
    return as_json(value, name="when", subject='add(): argument "when"')


def problem(value: object) -> str:
    with pytest.raises(BoundaryError) as error:
        passed(value)
    return str(error.value)


def nested(levels: int, kind: type[list[Any]] | type[dict[str, Any]] = list) -> Any:
    value: Any = kind()
    for _ in range(levels - 1):
        value = [value] if kind is list else {"a": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**53 - 1,
        -(2**53) + 1,
        1.5,
        1e300,
        "",
        "grüße 👋",
        "a\x00b",
        "\ud83d",
        [],
        {},
        {"a": [1, {"b": None}], "": 2},
    ],
)
def test_what_json_has_passes_as_it_is(value: object) -> None:
    assert passed(value) == value
    assert type(passed(value)) is type(value)


@pytest.mark.parametrize(
    ("value", "arrived"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (date(2026, 1, 2), "2026-01-02T00:00:00.000Z"),
        ((1, (2, 3)), [1, [2, 3]]),
        (Point(1, 2), [1, 2]),
        (float("nan"), None),
        (float("inf"), None),
        ([float("-inf")], [None]),
        (OrderedDict(a=1), {"a": 1}),
        ({1: "a", -2: "b"}, {"1": "a", "-2": "b"}),
        ({1.0: "a", 1.5: "b"}, {"1": "a", "1.5": "b"}),
        ({float("inf"): 1, float("nan"): 2}, {"Infinity": 1, "NaN": 2}),
        ({True: 1, False: 2, None: 3}, {"true": 1, "false": 2, "null": 3}),
        ({Word.YES: 1, Colour.RED: 2, Level.HIGH: 3}, {"yes": 1, "red": 2, "3": 3}),
        (Colour.RED, "red"),
        (Colour.SINCE, "2026-01-02T00:00:00.000Z"),
        (Level.HIGH, 3),
        (Word.YES, "yes"),
        (Right.READ | Right.WRITE, 3),
        (Prospect("a@b.c", (1,)), {"email": "a@b.c", "tags": [1], "secret": "s"}),
        (
            Slotted(Prospect("a@b.c")),
            {"inner": {"email": "a@b.c", "tags": [], "secret": "s"}},
        ),
        (NotATime(2026, 1, 2), None),
        (Odd(7), 7),
    ],
)
def test_what_json_has_not_arrives_as_javascript_sends_it(value: object, arrived: object) -> None:
    assert passed(value) == arrived
    assert type(passed(value)) is type(arrived)


def test_minus_zero_loses_its_sign() -> None:
    assert math.copysign(1, passed(-0.0)) == 1


def test_a_value_stays_masked_and_is_sent_with_its_content() -> None:
    arrived = passed({"key": SecretStr("sk_live_1")})
    assert "sk_live_1" not in repr(arrived)
    assert json.dumps(arrived) == '{"key": "sk_live_1"}'


def test_a_string_with_another_face_passes_with_its_content() -> None:
    value = Shouting("sk_live_1")
    for arrived in (passed(value), passed([value])[0], next(iter(passed({value: 1})))):
        assert type(arrived) is str
        assert arrived == "sk_live_1"


def test_what_arrives_shares_nothing_with_what_was_passed() -> None:
    value = {"a": [1], "b": {}}
    arrived = passed(value)
    arrived["a"].append(2)
    arrived["b"]["c"] = 3
    assert value == {"a": [1], "b": {}}


def test_the_same_thing_twice_is_no_cycle() -> None:
    shared = [1]
    assert passed([shared, {"again": shared}, shared]) == [[1], {"again": [1]}, [1]]


def test_what_arrives_can_be_written_as_json() -> None:
    value = {"when": datetime.now(UTC), "who": [Prospect("a@b.c")], 1: float("nan")}
    assert json.loads(json.dumps(passed(value), allow_nan=False)) == passed(value)


@pytest.mark.parametrize(
    ("value", "kind", "instead"),
    [
        ({1}, "a set", "sorted(x)"),
        (frozenset(), "a frozenset", "sorted(x)"),
        (b"x", "a bytes object", "base64"),
        (bytearray(b"x"), "a bytearray", "base64"),
        (Fraction(1, 3), "a Fraction", "float(x)"),
        (1j, "a complex", "x.real"),
        (timedelta(1), "a timedelta", "x.total_seconds()"),
        (time(1), "a time", "x.isoformat()"),
        (PurePosixPath("x"), "a PurePosixPath", "str(x)"),
        (MappingProxyType({}), "a mappingproxy", "dict(x)"),
        (range(3), "a range", "list(x)"),
        ((each for each in "a"), "a generator", "list(x)"),
        (len, "a builtin_function_or_method", "what it returns"),
        (Prospect, "a type", "what it returns"),
        (Model(), "a Model", 'x.model_dump(mode="json")'),
        (Frame(), "a Frame", "x.to_dict()"),
        (Scalar(), "a Scalar", "x.item()"),
        (object(), "an object", "strings, numbers, booleans"),
    ],
)
def test_what_has_no_form_in_json_is_refused_with_what_to_pass_instead(
    value: object, kind: str, instead: str
) -> None:
    message = problem(value)
    assert message.startswith(f'add(): argument "when": {kind} cannot pass')
    assert instead in message


def test_a_coroutine_was_not_awaited() -> None:
    async def later() -> None: ...

    coroutine = later()
    assert "Write await before it" in problem(coroutine)
    coroutine.close()


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**4000])
def test_an_integer_that_javascript_would_round_is_refused(value: int) -> None:
    assert "Pass it as a string" in problem(value)
    assert "Pass it as a string" in problem({value: 1})


@pytest.mark.parametrize(
    "value",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_a_date_outside_of_the_calendar_is_refused(value: datetime) -> None:
    assert "it has no date in UTC" in problem(value)


@pytest.mark.parametrize("key", [(1, 2), b"x", date(2026, 1, 1), frozenset()])
def test_a_key_that_is_no_name_is_refused(key: object) -> None:
    assert 'at when["a"]: ' in problem({"a": {key: 1}})
    assert "cannot be a key in JSON" in problem({key: 1})


def test_two_keys_that_become_one_are_refused() -> None:
    assert 'both become "1"' in problem({1: "a", "1": "b"})


@pytest.mark.parametrize(
    ("value", "way"),
    [
        ({"dates": [1, 2, {3}]}, 'when["dates"][2]'),
        ([[], ({"a": b""},)], 'when[1][0]["a"]'),
        (Prospect("x", [{1}]), "when.tags[0]"),
        ([Colour.ODD], "when[0]"),
    ],
)
def test_the_way_to_the_part_that_cannot_pass_is_named(value: object, way: str) -> None:
    assert problem(value).startswith(f'add(): argument "when" at {way}: ')


def test_a_list_that_contains_itself_is_refused() -> None:
    value: list[Any] = [1]
    value.append({"again": value})
    assert problem(value) == (
        'add(): argument "when" at when[1]["again"]: a list cannot pass, since it contains itself.'
    )


def test_a_dataclass_that_contains_itself_is_refused() -> None:
    prospect = Prospect("a@b.c")
    prospect.tags = [prospect]
    assert "at when.tags[0]: a Prospect cannot pass, since it contains itself" in problem(prospect)


@pytest.mark.parametrize("kind", [list, dict])
def test_a_hundred_levels_pass_and_a_hundred_and_one_do_not(kind: Any) -> None:
    assert passed(nested(100, kind)) == nested(100, kind)
    assert "more than 100 levels deep" in problem(nested(101, kind))


def test_a_hundred_thousand_levels_are_an_error_and_no_crash() -> None:
    value = nested(100_000)
    assert "more than 100 levels deep" in problem(value)
    while value:
        value = value.pop()


def test_where_the_stack_is_nearly_full_it_is_the_same_error() -> None:
    def fill(frames: int) -> str:
        return fill(frames - 1) if frames else problem(nested(90))

    used = 0
    frame = sys._getframe()
    while (frame := frame.f_back) is not None:  # type: ignore[assignment]
        used += 1
    assert "levels deep" in fill(sys.getrecursionlimit() - used - 100)
