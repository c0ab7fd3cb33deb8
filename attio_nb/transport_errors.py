"""What httpx raises where there is no answer, turned into our own in this one place."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from attio_nb.errors import UnexpectedTransportError
from attio_nb.network.transports import ProxyFailureError

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
    except (httpx.RequestError, ProxyFailureError) as error:
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
    if isinstance(error, ProxyFailureError):
        return _proxy_failed(error, origin, timeout)
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


def _proxy_failed(error: ProxyFailureError, origin: str, timeout: float | None) -> str:
    proxy = f"The proxy {error.proxy} ({error.proxy.variable})"
    status = re.match(r"\d{3}", str(error))
    if status:
        if status[0] == "407":
            return (
                f"{proxy} asks for a user name and a password, and does not take the ones that it "
                "was sent, if any. Write them in the variable, as http://user:password@host:port."
            )
        return (
            f"{proxy} refused to connect to {origin}: it answered {status[0]}. Ask who runs it, or "
            "name the host in NO_PROXY."
        )
    return f"{proxy} {_proxy_reason(error)}"


def _proxy_reason(error: ProxyFailureError) -> str:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"could not prove who it is ({cause.verify_message}). Name its certificate in "
                "SSL_CERT_FILE."
            )
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS as it should. If it is an http:// proxy, write so."
        if isinstance(cause, socket.gaierror):
            return "is not known by this name. Correct the variable, or check your network."
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection. Correct the variable, or start the proxy."
        if isinstance(cause, httpx.TimeoutException):
            return "did not answer in time. Correct the variable, or try again."
        if isinstance(cause, httpx.ProxyError):
            return "did not let the request pass. Check its user name, its password and its rules."
    return "cannot be used. Correct the variable, or check your network."


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
