"""One request with the value of a connection, to see what its service makes of it."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

import httpx

from attio_nb.connections.secret import SecretBytes
from attio_nb.errors import InvalidRequestError
from attio_nb.imports import with_installed_packages
from attio_nb.network.transports import AsyncNetworkTransport, Network
from attio_nb.tracebacks import clear_frames
from attio_nb.transport_errors import told_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.connections.auth import ConnectionAuth

__all__ = ["TrialAnswer", "try_out"]

P = ParamSpec("P")
T = TypeVar("T")

HEADERS = {"User-Agent": "attio_nb", "Accept-Encoding": "identity"}

LARGEST_BODY = 256 * 1024
"""In bytes: more than any answer that names an account."""


class TrialAnswer(NamedTuple):
    """What a service answered.

    Attributes:
        status: The HTTP status.
        body: The body of a success, masked since it may repeat the value; empty where it was not
            asked for, is compressed, or is larger than an answer that names an account.
    """

    status: int
    body: SecretBytes = SecretBytes()


def try_out(
    url: str,
    auth: ConnectionAuth,
    *,
    timeout: float,
    wants_body: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> TrialAnswer:
    """Send a GET request, and return the status that came back, and the body where it is wanted.

    A redirect is not followed, since where it leads nothing of the value would be seen. The calling
    thread must have no event loop that runs.

    Args:
        url: Where to.
        auth: What sends the value along.
        timeout: Seconds that it may take.
        wants_body: Whether the body of a success is read.
        environ: The environment, which may name a proxy and certificates.

    Raises:
        UnexpectedTransportError: There was no answer.
        InvalidRequestError: The address is none.
        HostNotAllowedError: The value may not go there.
        SetupError: The environment names a proxy or certificates that cannot be used.
    """
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        raise InvalidRequestError(f'"{url}" is no address: correct test_url.') from None
    outcome = _outcome(address, auth, timeout, Network(environ), wants_body)
    if isinstance(outcome, BaseException):
        clear_frames(outcome)
        del url, address, auth
        raise outcome
    return outcome


def _outcome(
    url: httpx.URL, auth: ConnectionAuth, timeout: float, network: Network, wants_body: bool
) -> TrialAnswer | BaseException:
    """Return the answer, or what is to be raised in place of it."""
    try:
        return asyncio.run(_answer(url, auth, timeout, network, wants_body))
    except BaseException as error:
        return told_error(error, url, timeout=timeout, when_slow="Try again.")


async def _answer(
    url: httpx.URL, auth: ConnectionAuth, timeout: float, network: Network, wants_body: bool
) -> TrialAnswer:
    asyncio.get_running_loop().set_default_executor(_DaemonThreads())
    # The time is that of the service: reading certificates does not count.
    network.ssl_context()
    async with (
        # The client's own limits are for each step, and a server may take many.
        asyncio.timeout(timeout),
        httpx.AsyncClient(
            transport=AsyncNetworkTransport(network),
            trust_env=False,
            timeout=None,  # noqa: S113
            event_hooks={"response": [_drop_refusal if wants_body else _drop_body]},
        ) as client,
        client.stream("GET", url, auth=auth, headers=HEADERS) as response,
    ):
        body = await _body(response) if wants_body and response.is_success else b""
        return TrialAnswer(response.status_code, SecretBytes(body))


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        # A few bytes may be a gigabyte; nothing was asked for that is compressed.
        return b""
    read = bytearray()
    async for part in response.aiter_raw():
        read += part
        if len(read) > LARGEST_BODY:
            return b""
    return bytes(read)


async def _drop_refusal(response: httpx.Response) -> None:
    if not response.is_success:
        await _drop_body(response)


async def _drop_body(response: httpx.Response) -> None:
    """Close the connection in place of reading a body.

    httpx reads the body of a 401 before it sends the request with a new token, decoded and to its
    end, however long it is.
    """
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101  # of an async client
    await stream.aclose()
    response.stream = httpx.ByteStream(b"")


class _DaemonThreads(ThreadPoolExecutor):
    """Runs each piece of work on a daemon thread, which nobody waits for in the end.

    A loop looks names up on threads, and no look-up can be broken off. A loop that closes waits for
    the threads of other executors, and so does a process that ends.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a piece of work, and return what will have its result."""
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(result)

        work = with_installed_packages(run)
        threading.Thread(target=work, name="attio_nb look-up", daemon=True).start()
        return done
