"""What carries requests: directly, or through the proxy that the environment names."""

from __future__ import annotations

import asyncio
import os
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import httpx

from attio_nb.network.proxies import Proxies, Proxy
from attio_nb.network.trust import describe_trust, make_ssl_context

if TYPE_CHECKING:
    import ssl

__all__ = [
    "AsyncNetworkTransport",
    "Network",
    "NetworkTransport",
    "ProxyFailureError",
    "silence_of_proxy",
]

T = TypeVar("T")


class ProxyFailureError(Exception):
    """The proxy is at fault, and not the host behind it.

    Args:
        message: What happened, as httpx tells it.
        proxy: The proxy.
    """

    def __init__(self, message: str, proxy: Proxy) -> None:
        super().__init__(message)
        self.proxy = proxy


class Network:
    """The network settings of an environment, read again for each request.

    Args:
        environ: The environment.
        ssl_context: Makes the TLS context, in place of what the environment says.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        ssl_context: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._environ = environ
        self._proxies = Proxies(environ)
        self._make_ssl_context = ssl_context or (lambda: make_ssl_context(environ))
        self._lock = threading.Lock()
        self._ssl_contexts: dict[str, ssl.SSLContext] = {}

    def proxy_for(self, url: httpx.URL) -> Proxy | None:
        """Return the proxy for a URL, or None.

        Raises:
            SetupError: The environment names a proxy that cannot be used.
        """
        return self._proxies.find(url)

    def ssl_context(self) -> ssl.SSLContext:
        """Return the TLS context, made at the first call and when the variables have changed.

        Raises:
            SetupError: The environment names certificates that cannot be had.
        """
        named = describe_trust(self._environ)
        with self._lock:
            if named not in self._ssl_contexts:
                # It takes 20 ms.
                self._ssl_contexts = {named: self._make_ssl_context()}
            return self._ssl_contexts[named]


class _Key(NamedTuple):
    proxy: Proxy | None
    ssl_context: ssl.SSLContext


class _Transports(Generic[T]):
    """One transport for each proxy, and one without."""

    def __init__(self, network: Network, make: Callable[..., T], limits: httpx.Limits) -> None:
        self._network = network
        self._make = make
        self._limits = limits
        self._lock = threading.Lock()
        self._made: dict[_Key, T] = {}

    def choose(self, url: httpx.URL) -> tuple[T, Proxy | None]:
        proxy = self._network.proxy_for(url)
        key = _Key(proxy, self._network.ssl_context())
        with self._lock:
            if key not in self._made:
                self._made[key] = self._new(key)
            return self._made[key], proxy

    def _new(self, key: _Key) -> T:
        return self._make(
            verify=key.ssl_context,
            trust_env=False,
            limits=self._limits,
            proxy=None if key.proxy is None else _for_httpx(key.proxy, key.ssl_context),
        )

    def all(self) -> list[T]:
        return list(self._made.values())


def _for_httpx(proxy: Proxy, ssl_context: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(proxy.url, ssl_context=ssl_context if proxy.url.scheme == "https" else None)


class _Progress:
    """Sees, by what httpcore tells, whether a request has got past the proxy."""

    def __init__(self, request: httpx.Request, proxy: Proxy) -> None:
        self.is_past_proxy = False
        self.proxy = proxy
        self.opened: Any = None
        self.next: Callable[[str, dict[str, Any]], Any] | None = request.extensions.get("trace")

    def trace(self, event: str, info: dict[str, Any]) -> Any:
        if event.endswith(".connect_tcp.complete"):
            self.opened = info["return_value"]
        self.is_past_proxy |= event in PAST_PROXY or (
            event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT"
        )
        return self.next(event, info) if self.next else None

    @property
    def left_open(self) -> Any:
        """The connection to the proxy: httpcore leaves some open that were not used in the end."""
        return None if self.is_past_proxy else self.opened

    async def atrace(self, event: str, info: dict[str, Any]) -> None:
        following = self.trace(event, info)
        if following is not None:
            await following


PAST_PROXY = ("proxy.start_tls.started", "socks.start_tls.started")


@contextmanager
def _proxy_failures(
    request: httpx.Request, proxy: Proxy | None, *, is_async: bool = False
) -> Iterator[_Progress | None]:
    """Tell the failures of a proxy from those of the host behind it."""
    if proxy is None:
        yield None
        return
    progress, extensions = _Progress(request, proxy), request.extensions
    request.extensions = {**extensions, "trace": progress.atrace if is_async else progress.trace}
    try:
        yield progress
    except httpx.RequestError as error:
        if progress.is_past_proxy and not isinstance(error, httpx.ProxyError):
            raise
        raise ProxyFailureError(str(error), proxy) from error
    except asyncio.CancelledError as error:
        if (silence := silence_of_proxy(request)) is not None:
            # Where a time-out has cancelled the request, it is the proxy that was too slow.
            error.__context__ = silence
        raise
    except Exception as error:
        if progress.is_past_proxy or not _is_of_socks(error, proxy):
            raise
        raise ProxyFailureError("", proxy) from httpx.ProxyError("")
    finally:
        request.extensions = extensions


def silence_of_proxy(request: httpx.Request) -> ProxyFailureError | None:
    """Return the failure of the proxy that a request waits for; None where it waits for no proxy.

    Args:
        request: A request that is being sent.
    """
    progress = getattr(request.extensions.get("trace"), "__self__", None)
    if not isinstance(progress, _Progress) or progress.is_past_proxy:
        return None
    failure = ProxyFailureError("", progress.proxy)
    failure.__cause__ = httpx.ConnectTimeout("")
    return failure


def _is_of_socks(error: Exception, proxy: Proxy) -> bool:
    """Say whether an error comes from reading what a SOCKS proxy has answered.

    httpx passes on what its library raises there, which is not only errors of its own.
    """
    kinds = (AssertionError, LookupError, ValueError, struct.error)
    is_of_library = type(error).__module__.partition(".")[0] == "socksio"
    return proxy.url.scheme.startswith("socks") and (is_of_library or isinstance(error, kinds))


def _is_refusal(response: httpx.Response, proxy: Proxy | None) -> bool:
    # Of a tunnel httpcore tells so itself; here it answers a request over plain http.
    return proxy is not None and response.status_code == 407


DEFAULT_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)


class NetworkTransport(httpx.BaseTransport):
    """Carries the requests of `httpx.Client` as the environment says.

    Args:
        network: The settings.
        limits: How many connections may be open.
    """

    def __init__(
        self, network: Network | None = None, *, limits: httpx.Limits = DEFAULT_LIMITS
    ) -> None:
        self._transports = _Transports(network or Network(), httpx.HTTPTransport, limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        transport, proxy = self._transports.choose(request.url)
        with _proxy_failures(request, proxy) as progress:
            try:
                response = transport.handle_request(request)
            except BaseException:
                if progress and progress.left_open:
                    progress.left_open.close()
                raise
            if _is_refusal(response, proxy):
                response.close()
                raise httpx.ProxyError("407")
            return response

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.all():
            transport.close()


class AsyncNetworkTransport(httpx.AsyncBaseTransport):
    """The same for `httpx.AsyncClient`."""

    def __init__(
        self, network: Network | None = None, *, limits: httpx.Limits = DEFAULT_LIMITS
    ) -> None:
        self._transports = _Transports(network or Network(), httpx.AsyncHTTPTransport, limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        transport, proxy = self._transports.choose(request.url)
        with _proxy_failures(request, proxy, is_async=True) as progress:
            try:
                response = await transport.handle_async_request(request)
            except BaseException:
                if progress and progress.left_open:
                    await progress.left_open.aclose()
                raise
            if _is_refusal(response, proxy):
                await response.aclose()
                raise httpx.ProxyError("407")
            return response

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._transports.all():
            await transport.aclose()
