"""The JSON boundary of server functions: ``parse(stringify(value))``, as Attio's host does it.

What JSON has no word for raises here, with the way to it, where JavaScript would lose it silently.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import BoundaryError
from attio_nb.functions.dataframes import plain
from attio_nb.functions.javascript import LARGEST_INTEGER, date_string, number_string

__all__ = ["as_json"]

DEEPEST = 100
"""Levels of lists and dicts. Deeper ones come from a mistake, and break parsers further on."""

INSTEAD = {
    "set": "Pass a list: sorted(x).",
    "frozenset": "Pass a list: sorted(x).",
    "bytes": 'Pass text: x.decode(), or base64.b64encode(x).decode("ascii").',
    "bytearray": 'Pass text: x.decode(), or base64.b64encode(x).decode("ascii").',
    "memoryview": 'Pass text: base64.b64encode(x).decode("ascii").',
    "Fraction": "Pass float(x).",
    "complex": "Pass its parts: [x.real, x.imag].",
    "timedelta": "Pass x.total_seconds().",
    "time": "Pass x.isoformat().",
    "coroutine": "Write await before it.",
    "generator": "Pass list(x).",
    "mappingproxy": "Pass dict(x).",
}
CONVERSIONS = ("model_dump", "to_dict", "tolist", "item", "keys", "__fspath__", "__iter__")
"""What objects of other libraries have that turns them into plain ones: pydantic, pandas, NumPy."""


def as_json(value: object, *, name: str, subject: str) -> Any:
    """Return what arrives on the other side of the boundary.

    It is what JavaScript's ``JSON.parse(JSON.stringify(value))`` gives: a datetime becomes its ISO
    string in UTC (one without a time zone is local time), a date midnight in UTC, a tuple a list,
    NaN and the infinities None, and a key that is no string the string that JavaScript makes of it.
    An Enum becomes its value, as in TypeScript, and a dataclass the dict of its fields, as an
    object of a JavaScript class does. A string of a subclass becomes a plain one, with its content.
    Half of a surrogate pair passes, as it does there.

    What Python and its libraries have beyond that passes where it has one obvious form: a Decimal
    and a UUID as a string, a pydantic model as it writes itself in JSON, a NumPy scalar as the
    Python value, a NumPy array as lists, and the NA of pandas as None.

    Args:
        value: What is passed; it is not changed, and shares nothing with what is returned.
        name: What to call it in the way to a part of it, such as ``when`` in ``when["dates"][2]``.
        subject: What to call it in a message, such as ``add(): argument "when"``.

    Returns:
        Nothing but None, bool, int, float, str, list and dict with str keys.

    Raises:
        BoundaryError: A part of it cannot pass: it has no form in JSON, is an integer that
            JavaScript cannot hold exactly, contains itself, or is nested too deeply. The message
            says which part and what to pass instead.
    """
    return _Passage(name, subject).passed(value)


class _Passage:
    def __init__(self, name: str, subject: str) -> None:
        self._subject = subject
        self._way = [name]
        self._inside: set[int] = set()

    def passed(self, value: object) -> Any:
        try:
            return self._convert(value)
        except RecursionError:
            raise self._too_deep() from None

    def _convert(self, value: object) -> Any:
        convert = self._by_type.get(type(value)) or self._converter(value)
        return convert(self, value)

    def _converter(self, value: object) -> Callable[[_Passage, Any], Any]:
        for kind, convert in self._by_kind.items():
            if isinstance(value, kind):
                return convert
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _Passage._dataclass
        return _Passage._of_a_library

    def _of_a_library(self, value: object) -> Any:
        # The value is a bad one of its library where that raises; the way to it is told below.
        try:
            converted = plain(value)
        except Exception:
            raise self._error(_no_json(value)) from None
        if converted is value:
            raise self._error(_no_json(value))
        return self._convert(converted)

    def _as_it_is(self, value: Any) -> Any:
        return value

    def _enum(self, value: Enum) -> Any:
        return self._convert(value.value)

    def _string(self, value: str) -> str:
        # A connection's value stays masked; for others not str(value), which may be another text.
        return value if isinstance(value, SecretStr) else str.__str__(value)

    def _integer(self, value: int) -> int:
        plain = int.__int__(value)
        if abs(plain) > LARGEST_INTEGER:
            raise self._error(
                "an integer beyond ±(2**53 - 1) cannot pass: JavaScript would round it. Pass it as "
                "a string."
            )
        return plain

    def _float(self, value: float) -> float | None:
        # JSON knows no -0: adding zero takes the sign away.
        return float.__add__(value, 0.0) if math.isfinite(value) else None

    def _decimal(self, value: Decimal) -> str | None:
        return str(value) if value.is_finite() else None

    def _uuid(self, value: UUID) -> str:
        return str(value)

    def _date(self, value: date) -> str | None:
        # What is unequal to itself is no date: the NaT of pandas, for which JavaScript says null.
        if value != value:
            return None
        try:
            return date_string(value)
        except (OverflowError, OSError, ValueError):
            raise self._error(
                f"{value.isoformat()} cannot pass, since it has no date in UTC. Pass a string."
            ) from None

    def _list(self, value: list[object] | tuple[object, ...]) -> list[Any]:
        self._enter(value)
        passed = [self._part(f"[{index}]", part) for index, part in enumerate(value)]
        self._inside.discard(id(value))
        return passed

    def _dict(self, value: dict[object, object]) -> dict[str, Any]:
        self._enter(value)
        passed: dict[str, Any] = {}
        for key, part in value.items():
            text = self._key(key)
            if text in passed:
                raise self._error(f'two keys cannot pass, since both become "{text}". Rename one.')
            passed[text] = self._part(f'["{text}"]', part)
        self._inside.discard(id(value))
        return passed

    def _dataclass(self, value: Any) -> dict[str, Any]:
        self._enter(value)
        passed = {
            field.name: self._part(f".{field.name}", getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
        self._inside.discard(id(value))
        return passed

    def _key(self, key: object) -> str:
        if isinstance(key, Enum):
            key = key.value
        if isinstance(key, str):
            return str.__str__(key)
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        if isinstance(key, int):
            return str(self._integer(key))
        if isinstance(key, float):
            return number_string(key)
        if isinstance(key, UUID | Decimal):
            return str(key)
        if (converted := plain(key)) is not key and not isinstance(converted, list | dict):
            return self._key(converted)
        raise self._error(f"{_a(key)} cannot be a key in JSON. Use a string.")

    def _part(self, step: str, part: object) -> Any:
        self._way.append(step)
        passed = self._convert(part)
        self._way.pop()
        return passed

    def _enter(self, container: object) -> None:
        if id(container) in self._inside:
            raise self._error(f"{_a(container)} cannot pass, since it contains itself.")
        if len(self._inside) == DEEPEST:
            raise self._too_deep()
        self._inside.add(id(container))

    def _too_deep(self) -> BoundaryError:
        return BoundaryError(
            f"{self._subject}: it is nested more than {DEEPEST} levels deep. Pass less."
        )

    def _error(self, problem: str) -> BoundaryError:
        at = f" at {''.join(self._way)}" if len(self._way) > 1 else ""
        return BoundaryError(f"{self._subject}{at}: {problem}")

    _by_kind: ClassVar[dict[Any, Callable[[_Passage, Any], Any]]] = {
        Enum: _enum,
        str: _string,
        int: _integer,
        float: _float,
        dict: _dict,
        list: _list,
        tuple: _list,
        date: _date,
        Decimal: _decimal,
        UUID: _uuid,
    }
    # What most values are, found without asking one kind after the other.
    _by_type: ClassVar[dict[Any, Callable[[_Passage, Any], Any]]] = {
        **_by_kind,
        str: _as_it_is,
        bool: _as_it_is,
        type(None): _as_it_is,
    }


def _no_json(value: object) -> str:
    instead = INSTEAD.get(type(value).__name__) or _conversion(value)
    return f"{_a(value)} cannot pass, since JSON has no form for it. {instead}"


def _conversion(value: object) -> str:
    if inspect.isroutine(value) or isinstance(value, type):
        return "Pass what it returns, or its name."
    has = next((name for name in CONVERSIONS if hasattr(type(value), name)), "")
    special = {
        "model_dump": 'Pass x.model_dump(mode="json").',
        "keys": "Pass dict(x).",
        "__fspath__": "Pass str(x).",
        "__iter__": "Pass list(x).",
        "": "Pass strings, numbers, booleans, None, lists and dicts.",
    }
    return special.get(has, f"Pass x.{has}().")


def _a(value: object) -> str:
    name = "bytes object" if isinstance(value, bytes) else type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIO' else 'a'} {name}"
