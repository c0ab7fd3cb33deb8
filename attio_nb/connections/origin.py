"""Where a request goes, and that a value goes nowhere else along with a redirect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from attio_nb.errors import HostNotAllowedError

__all__ = ["AsyncOriginGuard", "OriginGuard", "guard_origin", "name_of", "origin_of", "port_of"]

Trace = Callable[[str, dict[str, Any]], Any]


def guard_origin(request: httpx.Request, guard: OriginGuard) -> None:
    """Let a guard look at each request that a redirect makes of this one."""
    # httpx follows redirects below an auth flow, and copies every header but Authorization. What
    # it also copies is the documented "trace" extension, which is called before each request goes
    # out: https://www.python-httpx.org/advanced/extensions/#trace
    request.extensions = {**request.extensions, "trace": guard}


class OriginGuard:
    """Takes the value out of requests that a redirect leads to another origin.

    Args:
        header: The name of the header that carries it.
        request: The request that is meant to have it.
    """

    def __init__(self, header: str, request: httpx.Request) -> None:
        self._name = header.lower().encode()
        self._origin = origin_of(request.url)
        trace = request.extensions.get("trace")
        self._next: Trace | None = trace._next if isinstance(trace, OriginGuard) else trace

    def __call__(self, event: str, info: dict[str, Any]) -> Any:
        """Take note of what httpx is about to do."""
        self._before_sending(event, info)
        return self._next(event, info) if self._next else None

    def _before_sending(self, event: str, info: dict[str, Any]) -> None:
        if not event.endswith(".send_request_headers.started"):
            return
        sent = info["request"]
        if self._carries(sent.headers) and self._is_elsewhere(sent.url):
            sent.headers[:] = [field for field in sent.headers if field[0].lower() != self._name]

    def _carries(self, headers: list[tuple[bytes, bytes]]) -> bool:
        return any(name.lower() == self._name for name, _ in headers)

    def _is_elsewhere(self, url: Any) -> bool:
        if not url.target.startswith(b"/"):
            raise HostNotAllowedError(
                f"The value was not sent to {self._origin[1]} through a proxy, which would read "
                f"it. Name the host in the environment variable NO_PROXY."
            )
        host = url.host.decode("ascii").lower().removesuffix(".")
        scheme = url.scheme.decode("ascii")
        return (scheme, host, url.port or {"https": 443}.get(scheme, 80)) != self._origin


class AsyncOriginGuard(OriginGuard):
    """The same for `httpx.AsyncClient`."""

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Take note of what httpx is about to do."""
        following: Awaitable[None] | None = super().__call__(event, info)
        if following is not None:
            await following


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Return the origin of an address: its scheme, its host and its port."""
    return url.scheme, name_of(url), port_of(url)


def name_of(url: httpx.URL) -> str:
    """Return the name of a host as it is compared: in lower case, without a dot at its end."""
    return url.raw_host.decode("ascii").lower().removesuffix(".")


def port_of(url: httpx.URL) -> int:
    """Return the port that an address means."""
    return url.port or {"https": 443}.get(url.scheme, 80)
