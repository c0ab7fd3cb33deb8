"""What `fetch` refuses to put into the address of a request."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from attio_nb.connections.secret import SecretStr
from attio_nb.functions.fetch import Fetch

VALUE = "sk_live_1234"


def sent_url(params: dict[str, Any]) -> str:
    """The address that a transport gets."""
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200)

    fetch = Fetch(transport=httpx.MockTransport(handle))
    asyncio.run(fetch("https://api.example.com/", params=params))
    return seen[0]


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
