"""Values of NumPy, pandas and pydantic that have one obvious form in plain Python."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """Return the plain Python form of a value of these libraries, or the value itself.

    None of them is imported here: where such a value exists, its library is loaded already.

    Args:
        value: A NumPy scalar or array, ``pandas.NA``, a pydantic model, or anything else.
    """
    numpy, pandas, pydantic = map(sys.modules.get, ("numpy", "pandas", "pydantic"))
    if numpy is not None and isinstance(value, numpy.datetime64):
        # With nanoseconds, its own conversion gives an integer.
        return value.astype("datetime64[us]").item()
    if numpy is not None and isinstance(value, numpy.generic | numpy.ndarray):
        return _of_numpy(value)
    if pandas is not None and value is pandas.NA:
        return None
    if pydantic is not None and isinstance(value, pydantic.BaseModel):
        return value.model_dump(mode="json")
    return value


def _of_numpy(value: Any) -> Any:
    converted = value.tolist()
    # A long double, for example, has no plain form.
    return value if type(converted) is type(value) else converted
