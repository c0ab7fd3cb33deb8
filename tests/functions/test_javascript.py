"""Numbers and dates as JavaScript writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from attio_nb.functions.javascript import date_string, number_string

NUMBERS = {
    0.0: "0",
    1.0: "1",
    -1.5: "-1.5",
    100.0: "100",
    0.1: "0.1",
    1.234e-5: "0.00001234",
    1e-6: "0.000001",
    1e-7: "1e-7",
    1.5e-7: "1.5e-7",
    5e-324: "5e-324",
    1e20: "100000000000000000000",
    1.2345678901234568e20: "123456789012345680000",
    1e21: "1e+21",
    1.25e300: "1.25e+300",
    float("inf"): "Infinity",
    float("-inf"): "-Infinity",
}


@pytest.mark.parametrize(("value", "text"), NUMBERS.items())
def test_a_number(value: float, text: str) -> None:
    assert number_string(value) == text


def test_what_is_not_a_number() -> None:
    assert number_string(float("nan")) == "NaN"


def test_zero_has_no_sign() -> None:
    assert number_string(-0.0) == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678999, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (
            datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            "2025-12-31T19:00:00.000Z",
        ),
        (datetime(33, 4, 3, 15, tzinfo=UTC), "0033-04-03T15:00:00.000Z"),
        (date(2026, 1, 2), "2026-01-02T00:00:00.000Z"),
    ],
)
def test_a_date(value: date, text: str) -> None:
    assert date_string(value) == text


def test_a_datetime_without_a_time_zone_is_local_time() -> None:
    local = datetime(2026, 7, 1, 12)
    there = datetime.fromtimestamp(local.timestamp(), UTC)
    assert date_string(local) == there.strftime("%Y-%m-%dT%H:%M:%S.000Z")
