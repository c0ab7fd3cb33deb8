"""What httpx raises where there is no answer, turned into our own in this one place."""

from __future__ import annotations

import re
import socket
import ssl

import httpx

from attio_nb.errors import AttioError, UnexpectedTransportError
from attio_nb.network.transports import ProxyFailureError
from attio_nb.tracebacks import clear_frames, related_errors, without_secrets

__all__ = ["told_error"]


def told_error(
    error: BaseException,
    url: httpx.URL | None,
    *,
    timeout: float | None,
    when_slow: str = "Try again, or wait longer: timeout=60.",
) -> BaseException:
    """Return what to raise in place of an error that came instead of an answer.

    It is to be raised after the handler of that error, so that this one does not become its
    context: an error of httpx holds the request, and so do the frames of its traceback.

    Args:
        error: What was raised: an error of httpx or a time-out is turned into one of ours, anything
            else is returned as it is.
        url: What was asked for, or None where that was not known yet. Of it the message names no
            more than the origin, since a path or a query may hold a value.
        timeout: The seconds that it might take.
        when_slow: What to do where it took longer.
    """
    message = "" if url is None else _message(error, url, timeout, when_slow)
    if message:
        told = UnexpectedTransportError(message)
        told.__cause__ = _bare(error)
        clear_frames(error)
        return told
    if isinstance(error, AttioError | TypeError) or not isinstance(error, Exception):
        return without_secrets(error)
    # Of a transport, a hook or an auth of the caller's own.
    clear_frames(error)
    return error


def _message(error: BaseException, url: httpx.URL, timeout: float | None, when_slow: str) -> str:
    if isinstance(error, TimeoutError):
        for cause in related_errors(error):
            if isinstance(cause, ProxyFailureError):
                return _proxy_failed(cause, _origin(url), timeout)
        return _too_slow(_origin(url), timeout, when_slow)
    if isinstance(error, httpx.LocalProtocolError):
        return (
            f"The request to {_origin(url)} is not valid HTTP, and was not sent. Check its headers."
        )
    if isinstance(error, httpx.RequestError | ProxyFailureError):
        return _sentence(error, _asked(error, url), timeout, when_slow)
    return ""


def _bare(error: BaseException) -> Exception | None:
    """Return an error of the same kind that knows nothing of the request."""
    for kind in type(error).__mro__:
        if kind.__module__ == "httpx" and issubclass(kind, httpx.RequestError):
            return kind("")
    return None


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
    for cause in related_errors(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"{origin} failed TLS certificate verification ({cause.verify_message}). "
                "Nothing was sent. Behind a proxy that opens TLS, name its certificate in "
                "SSL_CERT_FILE."
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
    for cause in related_errors(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"failed TLS certificate verification ({cause.verify_message}). Name its "
                "certificate in SSL_CERT_FILE."
            )
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS as it should. If it is an http:// proxy, write so."
        if isinstance(cause, socket.gaierror):
            return (
                "was not found: its host name has no address. Correct the variable, or check your "
                "network."
            )
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection. Correct the variable, or start the proxy."
        if isinstance(cause, httpx.TimeoutException):
            return "did not answer in time. Correct the variable, or try again."
        if isinstance(cause, httpx.ProxyError):
            return "did not let the request pass. Check its user name, its password and its rules."
    return "cannot be used. Correct the variable, or check your network."


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
