"""``fetch``: HTTP for server functions, with a name from JavaScript and the answers of httpx."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attio_nb.functions.deadlines import Deadlines
from attio_nb.tracebacks import clear_frames

if TYPE_CHECKING:
    import ssl

    import httpx

    from attio_nb.functions.request import Fields, Params
    from attio_nb.network.transports import Network

__all__ = ["Fetch"]


class Fetch:
    """An HTTP client for as many event loops as there are; call it as `Fetch.__call__` says.

    Nothing is shared between two calls but open connections: cookies are neither kept nor sent.
    The proxies that the environment names are used.

    Args:
        transport: What carries the requests, in place of the network.
        ssl_context: Makes the one TLS context of all clients, at the first call. By default it
            trusts what the operating system trusts, or what ``SSL_CERT_FILE`` names.
        environ: The environment.
        secrets: Returns values that no error may show, beside those of the request itself.

    Attributes:
        deadlines: The deadlines of its requests.
    """

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        ssl_context: Callable[[], ssl.SSLContext] | None = None,
        environ: Mapping[str, str] = os.environ,
        secrets: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._secrets = secrets
        self._transport = transport
        self._make_ssl_context = ssl_context
        self._environ = environ
        self.deadlines = Deadlines()
        self._network: Network | None = None
        self._clients = _Clients(self._make_client)

    async def __call__(
        self,
        url: str | httpx.URL,
        *,
        method: str = "GET",
        headers: Fields | None = None,
        params: Params | None = None,
        json: object = None,
        body: str | bytes | None = None,
        auth: httpx.Auth | None = None,
        timeout: float | None = 30.0,
    ) -> httpx.Response:
        """Send a request and return its answer, whatever its status; redirects are followed.

        Args:
            url: An ``http`` or ``https`` address, without a user name and password.
            method: Any case.
            headers: Names and values, as a dict or as pairs; a value with a line break, or with a
                character outside of latin-1, is refused.
            params: What to put behind the ``?`` of the URL: a dict, pairs, or a string.
            json: A body, sent as ``JSON.stringify`` would write it; None for none.
            body: A body as it is sent; a string goes as UTF-8.
            auth: What authenticates the request, such as ``connection.auth()``.
            timeout: Seconds that all of it may take, without the time in which a person is asked
                for a connection; None for no end.

        Returns:
            The answer, read to its end: ``response.raise_for_status()`` raises a
            `ResponseStatusError` for a status that is no success, ``response.json()`` and
            ``response.text`` give what it holds.

        Raises:
            UnexpectedTransportError: There was no answer: the host is not known, refused, took too
                long, or fails TLS certificate verification.
            InvalidRequestError: The request cannot be sent as it is. The message does not show it.
            TypeError: An argument is not of its type.
            BoundaryError: JSON cannot carry what ``json`` holds.
            HostNotAllowedError: ``auth`` may not send its value to this host.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        __tracebackhide__ = True
        outcome = await self._outcome(
            url,
            method=method,
            headers=headers,
            params=params,
            json=json,
            body=body,
            auth=auth,
            timeout=timeout,
        )
        if isinstance(outcome, BaseException):
            clear_frames(outcome)
            # The traceback begins in this frame, which must hold no value.
            del url, headers, params, json, body, auth
            raise outcome
        return outcome

    async def _outcome(
        self,
        url: str | httpx.URL,
        *,
        auth: httpx.Auth | None,
        timeout: float | None,
        **options: Any,
    ) -> httpx.Response | BaseException:
        """Return the answer, or what is to be raised in place of one."""
        from attio_nb.functions.request import make_request
        from attio_nb.transport_errors import told_error

        address: httpx.URL | None = None
        try:
            client = await self._clients.of_this_loop()
            request = make_request(client, url, auth=auth, **options)
            address = request.url
            async with asyncio.timeout(None) as limit:
                with self.deadlines.ending(limit, timeout):
                    response = await client.send(request, auth=auth, follow_redirects=True)
            return self._checked(response, request, auth)
        except GeneratorExit:
            raise
        except BaseException as error:
            return told_error(error, address, timeout=timeout)

    def _checked(
        self, response: httpx.Response, request: httpx.Request, auth: httpx.Auth | None
    ) -> httpx.Response:
        from attio_nb.functions.response import fetch_response, sent_secrets

        def secrets() -> Iterator[str]:
            # Looked for where the answer is an error only.
            yield from self._secrets()
            yield from sent_secrets(request)
            yield from getattr(auth, "sent_values", ())

        return fetch_response(response, secrets())

    def _make_client(self) -> httpx.AsyncClient:
        from http.cookiejar import CookieJar, DefaultCookiePolicy

        import httpx

        from attio_nb.network.transports import AsyncNetworkTransport, Network

        if self._network is None:
            self._network = Network(self._environ, ssl_context=self._make_ssl_context)
        return httpx.AsyncClient(
            transport=self._transport or AsyncNetworkTransport(self._network),
            trust_env=False,
            # asyncio.timeout limits the whole, which these four could exceed together.
            timeout=None,  # noqa: S113
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )


class _Clients:
    # A client belongs to its event loop: the connections that it keeps wait there.
    def __init__(self, make: Callable[[], httpx.AsyncClient]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._of_loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept] = (
            weakref.WeakKeyDictionary()
        )

    async def of_this_loop(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        kept = self._of_loops.get(loop)
        if kept is None:
            with self._lock:
                self._forget_closed_loops()
                kept = self._of_loops[loop] = _Kept(self._make())
            await kept.begin()
        return kept.client

    def _forget_closed_loops(self) -> None:
        for loop in [loop for loop in self._of_loops if loop.is_closed()]:
            del self._of_loops[loop]


class _Kept:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._life = self._closed_with_its_loop()

    async def begin(self) -> None:
        await anext(self._life)

    async def _closed_with_its_loop(self) -> AsyncGenerator[None]:
        # asyncio.run ends the asynchronous generators of its loop before it closes the loop
        # (PEP 525): there is no other moment at which the connections could still be closed.
        try:
            yield
        finally:
            await self.client.aclose()
