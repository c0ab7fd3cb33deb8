"""How JavaScript writes numbers and dates."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time

__all__ = ["LARGEST_INTEGER", "date_string", "number_string"]

LARGEST_INTEGER = 2**53 - 1
"""``Number.MAX_SAFE_INTEGER``: the largest integer that it holds exactly."""


def date_string(value: date) -> str:
    """Return a date as its ``Date.prototype.toISOString`` does: UTC, milliseconds, ``Z``.

    Args:
        value: A datetime, taken as local time where it has no time zone; or a date, taken as its
            midnight in UTC.

    Raises:
        OverflowError: In UTC it is before the year 1 or after 9999.
    """
    if not isinstance(value, datetime):
        return f"{value.isoformat()}T00:00:00.000Z"
    utc = _standard(value).astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{utc.removesuffix('+00:00')}Z"


def _standard(value: datetime) -> datetime:
    # A Timestamp of pandas is a datetime that does without local time.
    return datetime.combine(
        date(value.year, value.month, value.day),
        time(value.hour, value.minute, value.second, value.microsecond, fold=value.fold),
        value.tzinfo,
    )


def number_string(value: float) -> str:
    """Return a number as its ``String(value)`` does (ECMA-262, Number::toString).

    Args:
        value: Any float.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    sign = "-" if value < 0 else ""
    # A float of NumPy writes itself in another way.
    mantissa, _, exponent = f"{abs(float(value))!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = f"{whole}{fraction}"
    point -= len(digits) - len(digits.lstrip("0"))
    digits = digits.strip("0")
    return sign + _placed(digits, point) if digits else "0"


def _placed(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
