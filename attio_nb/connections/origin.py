"""Where a request goes, and that a value goes nowhere else along with a redirect."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import httpx

from attio_nb.connections.sealed import CONCEALED
from attio_nb.connections.secret import SecretBytes
from attio_nb.errors import HostNotAllowedError
from attio_nb.tracebacks import clear_frames

__all__ = ["AsyncOriginGuard", "OriginGuard", "guard_origin", "name_of", "origin_of", "port_of"]

Trace = Callable[[str, dict[str, Any]], Any]


def guard_origin(request: httpx.Request, guard: OriginGuard) -> None:
    """Let a guard look at each request that a redirect makes of this one."""
    # httpx follows redirects below an auth flow. What it copies into the requests that it makes
    # then is the documented "trace" extension, which is called before each request goes out:
    # https://www.python-httpx.org/advanced/extensions/#trace
    request.extensions = {**request.extensions, "trace": guard}


class OriginGuard:
    """Sees to it that a value is sent to one origin, and to this computer without a proxy.

    A redirect leads to a request without the value, since the header is sealed. Where it leads to
    the same origin, the guard puts the value back in. It takes it out of a request that a transport
    sends to another place than it was asked to.

    Args:
        header: The name of the header that carries the value.
        request: The request that is meant to have it.

    Attributes:
        is_told: Whether the transport tells of the requests that it sends.
    """

    def __init__(self, header: str, request: httpx.Request) -> None:
        self.is_told = self._is_over = False
        self._header = header.encode("ascii")
        self._origin = origin_of(request.url)
        self._value: SecretBytes | None = None
        self._sending: Any = None
        self._failure: BaseException | None = None
        trace = request.extensions.get("trace")
        while isinstance(trace, OriginGuard) and trace._is_over:
            trace = trace._next
        self._next: Trace | None = trace
        self._has_left = False

    def arm(self, value: SecretBytes) -> None:
        """Begin with a request that carries the value."""
        self._value, self._has_left, self.is_told = value, False, False

    def disarm(self) -> None:
        """Forget the value, which was sent."""
        self._value = None
        self._conceal_sent()
        failure, self._failure = self._failure, None
        if failure is not None:
            # The frames of httpcore and h11 hold the header as it was to be sent.
            clear_frames(failure)

    def finish(self) -> None:
        """Leave the request to the guards of those who send it again."""
        self.disarm()
        self._is_over = True

    def __call__(self, event: str, info: dict[str, Any]) -> Any:
        """Take note of what httpx is about to do."""
        if event.startswith("socks.") and self._origin[0] == "http":
            raise _through_proxy(self._origin[1])
        if event.endswith(".failed"):
            self._failure = info["exception"]
        if event.endswith(".send_request_headers.started"):
            self._before_sending(info["request"])
        elif ".send_request_headers." in event:
            self._conceal_sent()
        return self._next(event, info) if self._next else None

    def _before_sending(self, sent: Any) -> None:
        if sent.method == b"CONNECT":
            return
        self.is_told, self._sending = True, sent
        if self._origin[0] == "http" and _is_in_socks_proxy():
            raise _through_proxy(self._origin[1])
        if self._is_elsewhere(sent.url):
            self._has_left = True
            sent.headers[:] = [field for field in sent.headers if not self._is_mine(field)]
        elif self._value is not None and not self._has_left and not self._is_in(sent.headers):
            sent.headers.append((self._header, self._value))

    def _conceal_sent(self) -> None:
        # httpcore keeps the request, and so do the frames of a traceback.
        sent, self._sending = self._sending, None
        if sent is not None:
            sent.headers[:] = [
                (each[0], CONCEALED.encode()) if self._is_mine(each) else each
                for each in sent.headers
            ]

    def _is_in(self, headers: list[tuple[bytes, bytes]]) -> bool:
        return any(map(self._is_mine, headers))

    def _is_mine(self, field: tuple[bytes, bytes]) -> bool:
        return field[0].lower() == self._header.lower()

    def _is_elsewhere(self, url: Any) -> bool:
        if not url.target.startswith((b"/", b"*")):
            raise _through_proxy(self._origin[1])
        host = url.host.decode("ascii").lower().removesuffix(".")
        scheme = url.scheme.decode("ascii")
        return (scheme, host, url.port or {"https": 443}.get(scheme, 80)) != self._origin


def _is_in_socks_proxy() -> bool:
    # A connection that is open already tells no event of its proxy. Only the frames of httpcore
    # that send the request show it.
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").endswith(".socks_proxy"):
            return True
        frame = frame.f_back
    return False


def _through_proxy(host: str) -> HostNotAllowedError:
    return HostNotAllowedError(
        f"The value was not sent to {host} through a proxy, which would read it. Name the host in "
        "the environment variable NO_PROXY, or make the client without a proxy."
    )


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
