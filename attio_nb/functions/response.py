"""The answers of ``fetch``: those of httpx, whose error says what the service said."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import httpx

from attio_nb import errors
from attio_nb.connections.sealed import CONCEALED
from attio_nb.connections.secret import SecretStr
from attio_nb.plain_text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FetchResponse", "ResponseStatusError", "fetch_response", "sent_secrets"]

LONGEST_URL, LONGEST_MESSAGE = 300, 400
"""In characters: more than this nobody reads in one line."""

SECRET_NAME = re.compile(
    r"auth|key|token|secret|passw|credential|session|signature|cookie|^(sig|code|pwd)$",
    re.IGNORECASE,
)
"""The names of header fields and parameters that hold secrets."""


class ResponseStatusError(errors.ResponseStatusError, httpx.HTTPStatusError):
    """A service has answered with a status that is no success.

    Args:
        message: The line that says so.
        request: What was asked for, with no more than its method and its URL without the query.
        response: The answer, with such a request in it.
    """

    def __init__(self, message: str, *, request: httpx.Request, response: httpx.Response) -> None:
        httpx.HTTPStatusError.__init__(
            self, escape_unprintable(message), request=request, response=response
        )


class FetchResponse(httpx.Response):
    """An answer of ``fetch``; only its ``raise_for_status`` is another one."""

    _status_message = ""

    def raise_for_status(self) -> FetchResponse:
        """Return this answer, or raise what its status and its service say.

        Raises:
            ResponseStatusError: The status is no success. It is an `httpx.HTTPStatusError` too,
                whose ``response`` is a copy of this answer: without the headers and the body that
                were sent, since an error is often kept, or sent to a service that collects errors.
        """
        if self.is_success:
            return self
        message, response = self._status_message, _without_request(self)
        # The traceback of an error has this frame, and the answer has the request.
        del self
        raise ResponseStatusError(message, request=response.request, response=response)


def fetch_response(response: httpx.Response, secrets: Iterable[str]) -> httpx.Response:
    """Return an answer whose ``raise_for_status`` says what the service said.

    Args:
        response: An answer that was read to its end.
        secrets: What the message must not show. They are not kept.
    """
    if type(response) is not httpx.Response:
        # Of a transport of somebody else.
        return response
    response.__class__ = FetchResponse
    if isinstance(response, FetchResponse) and not response.is_success:
        response._status_message = _status_message(response, secrets)
    return response


def sent_secrets(request: httpx.Request) -> Iterator[SecretStr]:
    """Yield the values in the headers and in the query of a request that are secrets by their name.

    Args:
        request: The request, after it was sent.
    """
    for name, value in (*request.headers.multi_items(), *request.url.params.multi_items()):
        if SECRET_NAME.search(name) and value != CONCEALED:
            yield SecretStr(value)


def _status_message(response: httpx.Response, secrets: Iterable[str]) -> str:
    from attio_nb.functions.service_message import service_message
    from attio_nb.oauth.echoes import mask_echoes
    from attio_nb.oauth.quoting import quoted

    known = [SecretStr(secret) for secret in secrets]
    url = mask_echoes(_shown_url(response.request.url), known)
    url = f"{url[:LONGEST_URL]}…" if len(url) > LONGEST_URL else url
    said = mask_echoes(service_message(response), known)
    what = f": {quoted(said, longest=LONGEST_MESSAGE)}" if said.strip() else ""
    status = f"{response.status_code} {httpx.codes.get_reason_phrase(response.status_code)}"
    return f"{response.request.method} {url} answered {status.rstrip()}{what}."


def _shown_url(url: httpx.URL) -> str:
    """Return a URL without user name, password, query and fragment."""
    path = url.raw_path.partition(b"?")[0].decode("ascii", "replace")
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{path}"


def _without_request(response: httpx.Response) -> httpx.Response:
    """Return a copy of an answer whose request has neither headers nor body nor query."""
    # The copy has neither the stream nor the connection (`httpx.Response.__getstate__`).
    bare: Any = copy.copy(response)
    request = response.request
    bare.request = httpx.Request(request.method, _shown_url(request.url))
    bare.history = [_without_request(each) for each in response.history]
    bare.next_request = None
    shown: httpx.Response = bare
    return shown
