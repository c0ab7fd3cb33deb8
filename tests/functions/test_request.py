"""What `fetch` takes as parameters and headers of a request, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import numpy as np
import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.functions.fetch import Fetch

VALUE = "sk_live_1234"


def sent(**request: Any) -> httpx.Request:
    """Return the request that a transport gets."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    fetch = Fetch(transport=httpx.MockTransport(handle))
    asyncio.run(fetch("https://api.example.com/", **request))
    return seen[0]


def sent_url(params: Any) -> str:
    """Return the address that a transport gets."""
    return str(sent(params=params).url)


@pytest.mark.parametrize(
    "masked",
    [SecretStr(VALUE), str(SecretStr(VALUE)), ["a", SecretStr(VALUE)], (SecretStr(VALUE),)],
)
def test_a_masked_value_in_a_parameter_is_refused_with_the_way_to_send_it(masked: object) -> None:
    with pytest.raises(ValueError, match=r'parameter "key" is a mask.*connection\.auth\(\)') as why:
        sent_url({"key": masked})
    assert VALUE not in str(why.value)


def test_parameters_of_other_types_are_sent() -> None:
    url = sent_url({"a": 1, "b": [2.5, "x"], "c": None, "d": True})
    assert url == "https://api.example.com/?a=1&b=2.5&b=x&c=&d=true"


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ([("a", "1"), ("a", 2)], "a=1&a=2"),
        ((("a", "1"),), "a=1"),
        ([["a", "1"]], "a=1"),
        ("a=1&b=x%20y", "a=1&b=x+y"),
        (b"a=1", "a=1"),
        (httpx.QueryParams([("a", "1"), ("a", "2")]), "a=1&a=2"),
        ({"ids": (1, 2)}, "ids=1&ids=2"),
        ({"id": np.int64(7), "share": np.float64(0.5)}, "id=7&share=0.5"),
        ([("flags", [True, None])], "flags=true&flags="),
    ],
)
def test_parameters_of_every_shape_are_sent(params: object, query: str) -> None:
    assert sent_url(params) == f"https://api.example.com/?{query}"


@pytest.mark.parametrize(
    "params",
    [5, [("a",)], [("a", "b", "c")], ["ab", "cd"], {"a": {"b": 1}}, {"a": b"x"}, {"a": object()}],
)
def test_parameters_that_no_url_can_hold_are_refused(params: object) -> None:
    with pytest.raises(TypeError, match=r"^(params is of type|The parameter \"a\" holds)"):
        sent_url(params)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Id", "1"), ("X-Id", "2")],
        (("X-Id", "1"), ("X-Id", "2")),
        httpx.Headers([("X-Id", "1"), ("X-Id", "2")]),
    ],
)
def test_headers_of_every_shape_are_sent(headers: object) -> None:
    assert sent(headers=headers).headers.get_list("x-id") == ["1", "2"]


@pytest.mark.parametrize("headers", [5, "X-Id: 1", b"X", [("X-Id",)], ["ab"] * 2, [1]])
def test_headers_that_are_no_pairs_are_refused(headers: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"headers is of type|has a (name|value)"):
        sent(headers=headers)
