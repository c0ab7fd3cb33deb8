"""One request with the value of a connection, to see what its service makes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from attio_nb.errors import InvalidRequestError
from attio_nb.transport_errors import transport_errors_told

if TYPE_CHECKING:
    from attio_nb.connections.auth import ConnectionAuth

__all__ = ["try_out"]


def try_out(url: str, auth: ConnectionAuth, *, timeout: float) -> int:
    """Send a GET request, and return the status that came back; no body is waited for.

    A redirect is not followed, since where it leads nothing of the value would be seen. The calling
    thread must have no event loop that runs.

    Args:
        url: Where to.
        auth: What sends the value along.
        timeout: Seconds that it may take.

    Raises:
        UnexpectedTransportError: There was no answer.
        InvalidRequestError: The address is none.
        HostNotAllowedError: The value may not go there.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise InvalidRequestError(f'"{url}" is no address: correct test_url.') from None
    with transport_errors_told(address, timeout=timeout, when_slow="Try again."):
        return asyncio.run(_status(address, auth, timeout))


async def _status(url: httpx.URL, auth: ConnectionAuth, timeout: float) -> int:
    async with (
        # The client's own limits are for each step, and a server may take many.
        asyncio.timeout(timeout),
        httpx.AsyncClient(timeout=None) as client,  # noqa: S113
        client.stream("GET", url, auth=auth, headers={"User-Agent": "attio_nb"}) as response,
    ):
        return response.status_code
