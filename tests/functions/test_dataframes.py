"""What the cells of a DataFrame, and models of pydantic, become at the JSON boundary."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel

from attio_nb import BoundaryError
from attio_nb.functions.boundary import as_json

ID = UUID("12345678-1234-5678-1234-567812345678")
MOMENT = "2026-11-30T12:30:00.123Z"


class Prospect(BaseModel):
    email: str
    since: datetime
    limit: Decimal = Decimal("1.50")


class Broken(BaseModel):
    anything: object


def passed(value: object) -> Any:
    return as_json(value, name="row", subject='add(): argument "row"')


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (Decimal("1.50"), "1.50"),
        (Decimal("1e400"), "1E+400"),
        (Decimal("NaN"), None),
        (Decimal("-Infinity"), None),
        (ID, str(ID)),
        (np.int64(7), 7),
        (np.uint8(255), 255),
        (np.float64(1.5), 1.5),
        (np.float32(0.5), 0.5),
        (np.float64("nan"), None),
        (np.float32("inf"), None),
        (np.bool_(True), True),
        (np.str_("text"), "text"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(5), 5),
        (np.array([], dtype=float), []),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.datetime64("2026-11-30T12:30:00.123456789"), None),
        (np.datetime64("NaT"), None),
        (pd.Timestamp("2026-11-30 12:30:00.123", tz="UTC"), MOMENT),
        (pd.Timestamp("2026-11-30 13:30:00.123456789", tz="Europe/Berlin"), MOMENT),
        (pd.NaT, None),
        (pd.NA, None),
    ],
)
def test_a_value_with_one_obvious_form_passes_in_it(value: object, arrives: object) -> None:
    result = passed({"x": [value]})["x"][0]
    if isinstance(value, np.datetime64) and not np.isnat(value):
        # It has no time zone, and counts as local time as a datetime does.
        arrives = passed(datetime(2026, 11, 30, 12, 30, 0, 123456))
    assert (result, type(result)) == (arrives, type(arrives))
    json.dumps(result)


def test_a_timestamp_without_a_time_zone_is_local_time() -> None:
    assert passed(pd.Timestamp("2026-11-30 12:30")) == passed(datetime(2026, 11, 30, 12, 30))


def test_the_rows_of_a_dataframe_pass() -> None:
    frame = pd.DataFrame(
        {
            "email": ["ada@example.com", None],
            "sequence_id": pd.array([7, None], dtype="Int64"),
            "score": [0.5, float("nan")],
            "active": [True, False],
            "since": pd.to_datetime(["2026-11-30", None], utc=True),
        }
    )
    first, second = passed(frame.to_dict("records"))
    assert first == {
        "email": "ada@example.com",
        "sequence_id": 7,
        "score": 0.5,
        "active": True,
        "since": "2026-11-30T00:00:00.000Z",
    }
    assert second["sequence_id"] is second["score"] is second["since"] is second["email"] is None
    (row,) = frame.head(1).itertuples(index=False)
    assert passed(row) == list(first.values())


def test_a_model_of_pydantic_passes_as_it_writes_itself() -> None:
    model = Prospect(email="ada@example.com", since=datetime(2026, 11, 30, tzinfo=UTC))
    assert passed([model]) == [
        {"email": "ada@example.com", "since": "2026-11-30T00:00:00Z", "limit": "1.50"}
    ]


def test_keys_of_these_types_become_strings() -> None:
    assert passed({np.int64(7): 1, ID: 2, Decimal("1.5"): 3, np.float64(0.5): 4}) == {
        "7": 1,
        str(ID): 2,
        "1.5": 3,
        "0.5": 4,
    }


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: np.int64(2**60), "beyond"),
        (lambda: np.complex128(1j), "complex"),
        (lambda: np.timedelta64(5, "s"), "timedelta"),
        (lambda: np.array([{1, 2}], dtype=object), "set"),
        (lambda: np.longdouble(1), "longdouble"),
        (lambda: pd.DataFrame({"a": [1]}), "DataFrame"),
        (lambda: pd.Series([1]), "Series"),
        (lambda: pd.Timedelta("1s"), "Timedelta"),
        (lambda: pd.Period("2026-11"), "Period"),
        (lambda: Broken(anything=lambda: None), "Broken"),
    ],
)
def test_what_has_none_is_refused_with_its_place(make: Callable[[], object], told: str) -> None:
    with pytest.raises(BoundaryError) as raised:
        passed({"a": [make()]})
    message = str(raised.value)
    assert message.startswith('add(): argument "row" at row["a"][0]')
    assert told in message
