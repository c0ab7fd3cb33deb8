"""One HTTP exchange under one deadline, which reads no more than it has to.

The limits of an HTTP client are for each step: a server that sends a byte now and then, or one
interim response after the other, keeps within them for ever, and no look-up of a name has a limit.
So the exchange runs on a thread of its own, and is given up when its time is over: its connection
is shut down, and nothing more is sent.
"""

from __future__ import annotations

import socket
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from attio_nb.imports import with_installed_packages
from attio_nb.network.transports import silence_of_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["WholeAnswer", "decode_content", "send_within"]

MOST_LAYERS, MOST_MEMBERS = 5, 16
"""How often content may be encoded, and how many parts gzip may put one after the other."""


FORWARD_STEPS = ("connect", "start_tls", "send_request")
"""Parts of the names of those steps of httpcore that lead to something being sent."""


class WholeAnswer(NamedTuple):
    """An answer that was read to its end.

    Attributes:
        status: The HTTP status.
        headers: The headers.
        content: The body, decoded; None where it is too long.
    """

    status: int
    headers: httpx.Headers
    content: bytes | None


def send_within(
    client: httpx.Client,
    request: httpx.Request,
    *,
    seconds: float,
    clock: Callable[[], float],
    largest: int,
    check: Callable[[httpx.Response], None],
) -> WholeAnswer:
    """Send a request, and read its answer.

    Args:
        client: What sends it.
        request: The request.
        seconds: How long all of it may take.
        clock: Seconds that only grow.
        largest: How many bytes the body may have, as it comes and decoded.
        check: Raises where a response is not to be read.

    Raises:
        TimeoutError: The time is over.
        httpx.RequestError: There is no answer, or its content cannot be decoded.
    """
    attempt = _Attempt(client, request, clock, clock() + seconds, largest, check)
    run = with_installed_packages(attempt.run)
    threading.Thread(target=run, name="attio_nb exchange", daemon=True).start()
    try:
        is_over = attempt.is_over.wait(seconds)
    except BaseException:
        attempt.abandon()
        raise
    if not is_over:
        silence = silence_of_proxy(request)
        attempt.abandon()
        raise TimeoutError from silence
    outcome = attempt.outcome
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


class _Attempt:
    """One request, on a thread that nobody may be waiting for in the end."""

    def __init__(
        self,
        client: httpx.Client,
        request: httpx.Request,
        clock: Callable[[], float],
        until: float,
        largest: int,
        check: Callable[[httpx.Response], None],
    ) -> None:
        self.is_over = threading.Event()
        self.outcome: WholeAnswer | BaseException = TimeoutError()
        self._client = client
        self._request = request
        self._clock = clock
        self._until = until
        self._largest = largest
        self._check = check
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._streams: list[Any] = []

    def run(self) -> None:
        """Send the request and read the answer."""
        self._request.extensions = {**self._request.extensions, "trace": self._trace}
        try:
            self.outcome = self._answer()
        except BaseException as error:
            self.outcome = error
        # The frame of this method may be in the traceback of an error, and still run when that is
        # raised again: it must not lead to what was sent.
        del self._client, self._request
        self.is_over.set()

    def abandon(self) -> None:
        """Shut the connection down, and have nothing more sent."""
        with self._lock:
            self._is_abandoned = True
            streams, self._streams = self._streams, []
        for stream in streams:
            _shut_down(stream)

    def _answer(self) -> WholeAnswer:
        response = self._client.send(self._request, stream=True)
        try:
            self._check(response)
            content = self._content(response)
        finally:
            response.close()
        return WholeAnswer(response.status_code, response.headers, content)

    def _content(self, response: httpx.Response) -> bytes | None:
        content = bytearray()
        # Not by way of the response, which decodes each part to its end, however long that is.
        stream = response.stream
        assert isinstance(stream, httpx.SyncByteStream)  # noqa: S101  # of a client that is not async
        for part in stream:
            content += part
            if len(content) > self._largest:
                return None
            self._require_time()
        codings = response.headers.get_list("content-encoding", split_commas=True)
        return decode_content(bytes(content), codings, self._largest)

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        """Hear from httpcore each step that it takes."""
        result = info.get("return_value")
        stream = result if hasattr(result, "get_extra_info") else None
        if stream is not None:
            with self._lock:
                self._streams.append(stream)
        if not any(step in event for step in FORWARD_STEPS):
            # Such as the closing of a connection, which has to go on.
            return
        try:
            self._require_time()
        except TimeoutError:
            if stream is not None:
                # It has just been opened, and nobody else knows it yet.
                stream.close()
            raise

    def _require_time(self) -> None:
        if self._is_abandoned or self._clock() > self._until:
            raise TimeoutError


def _shut_down(stream: Any) -> None:
    # Closing it would not wake up the thread that reads from it.
    connection = stream.get_extra_info("socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


def decode_content(content: bytes, codings: Iterable[str], largest: int) -> bytes | None:
    """Return content without its codings (RFC 9110 section 8.4); None where it is too long.

    No more than ``largest`` bytes are decoded in each layer, however little they are compressed to.

    Args:
        content: The content as it came.
        codings: The codings in the order in which they were applied.
        largest: How many bytes it may have, in each layer.

    Raises:
        httpx.DecodingError: It is not what it claims to be, or in a coding that was not asked for.
    """
    names = [name for each in codings if (name := each.strip().lower()) not in ("", "identity")]
    if not content:
        return content
    if len(names) > MOST_LAYERS:
        raise httpx.DecodingError("too many codings")
    decoded: bytes | None = content
    for name in reversed(names):
        if name in ("gzip", "x-gzip"):
            decoded = _inflated(decoded or b"", zlib.MAX_WBITS | 16, largest)
        elif name == "deflate":
            # RFC 9110 section 8.4.1.2: some leave out the zlib header.
            has_header = decoded is not None and decoded[:1] and decoded[0] & 0x0F == 8
            wbits = zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
            decoded = _inflated(decoded or b"", wbits, largest)
        else:
            raise httpx.DecodingError("a coding that was not asked for")
        if decoded is None:
            return None
    return decoded


def _inflated(content: bytes, wbits: int, largest: int) -> bytes | None:
    decoded = bytearray()
    for _ in range(MOST_MEMBERS):
        decompressor = zlib.decompressobj(wbits)
        try:
            decoded += decompressor.decompress(content, largest + 1 - len(decoded))
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from None
        if len(decoded) > largest:
            return None
        if not decompressor.eof:
            raise httpx.DecodingError("the end is missing")
        content = decompressor.unused_data
        if not content:
            return bytes(decoded)
    raise httpx.DecodingError("too many parts")
