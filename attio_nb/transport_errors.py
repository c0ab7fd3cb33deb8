"""What httpx raises where there is no answer, turned into our own in this one place."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from attio_nb.errors import UnexpectedTransportError

__all__ = ["transport_errors_told"]


@contextmanager
def transport_errors_told(
    url: httpx.URL,
    *,
    timeout: float | None,
    when_slow: str = "Try again, or wait longer: timeout=60.",
) -> Iterator[None]:
    """Turn what is raised where there is no answer into one sentence.

    Args:
        url: What was asked for. Of it the message names no more than the origin, since a path or a
            query may hold a value.
        timeout: The seconds that it might take.
        when_slow: What to do where it took longer.

    Raises:
        UnexpectedTransportError: In place of an error of httpx, or of a time-out.
    """
    __tracebackhide__ = True
    try:
        yield
    except TimeoutError as error:
        raise UnexpectedTransportError(_too_slow(_origin(url), timeout, when_slow)) from error
    except httpx.LocalProtocolError:
        # Its text quotes the header at fault, which may hold a value.
        raise UnexpectedTransportError(
            f"The request to {_origin(url)} is not valid HTTP, and was not sent. Check its headers."
        ) from None
    except httpx.RequestError as error:
        raise UnexpectedTransportError(
            _sentence(error, _asked(error, url), timeout, when_slow)
        ) from error


def _asked(error: Exception, url: httpx.URL) -> str:
    # After a redirect the host at fault is another one.
    request = getattr(error, "_request", None)
    return _origin(request.url if isinstance(request, httpx.Request) else url)


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def _sentence(error: Exception, origin: str, timeout: float | None, when_slow: str) -> str:
    for kind, sentence in _SENTENCES.items():
        if isinstance(error, kind):
            return sentence.format(origin=origin)
    if isinstance(error, httpx.TimeoutException):
        return _too_slow(origin, timeout, when_slow)
    return _not_connected(error, origin)


def _too_slow(origin: str, timeout: float | None, when_slow: str) -> str:
    within = "in time" if timeout is None else f"within {timeout:g} seconds"
    return f"{origin} did not answer {within}. {when_slow}"


def _not_connected(error: BaseException, origin: str) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"{origin} could not prove who it is ({cause.verify_message}). Nothing was sent. "
                "Behind a proxy that opens TLS, name its certificate in SSL_CERT_FILE."
            )
        if isinstance(cause, ssl.SSLError):
            return f"{origin} does not speak TLS as it should. Nothing was sent. Is it http?"
        if isinstance(cause, socket.gaierror):
            return f"The host of {origin} is not known. Check its spelling and your network."
        if isinstance(cause, ConnectionRefusedError):
            return f"{origin} refused the connection. Is it running, and is the port right?"
    return f"{origin} cannot be reached. Check your network, and try again."


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = [error]
    while seen:
        each = seen.pop()
        yield each
        seen += [cause for cause in (each.__cause__ or each.__context__,) if cause is not None]
        if isinstance(each, BaseExceptionGroup):
            seen += each.exceptions


_SENTENCES: dict[type[Exception], str] = {
    httpx.TooManyRedirects: "{origin} redirected again and again. Check the URL.",
    httpx.UnsupportedProtocol: "{origin} redirected to something that is not http. Check the URL.",
    httpx.DecodingError: "{origin} sent an answer whose compression is broken. Try again.",
    httpx.ProxyError: "The proxy did not let the request to {origin} pass. Check HTTPS_PROXY.",
    httpx.ReadError: "{origin} broke off its answer. The request may have been carried out.",
    httpx.WriteError: "{origin} broke off the request. It may have been carried out.",
    httpx.CloseError: "The connection to {origin} broke. The request may have been carried out.",
    httpx.RemoteProtocolError: (
        "{origin} did not answer in HTTP, or broke off. The request may have been carried out."
    ),
}
