"""One request to a provider: no redirect is followed, and no answer is read without end."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from attio_nb.connections.secret import MASK, SecretBytes, SecretStr
from attio_nb.errors import (
    OAuthError,
    ProviderUnavailableError,
    UnexpectedTransportError,
)
from attio_nb.network.transports import Network, NetworkTransport
from attio_nb.oauth.body import body_members
from attio_nb.oauth.quoting import quoted
from attio_nb.tracebacks import clear_frames
from attio_nb.transport_errors import told_error
from attio_nb.web_address import AddressError, parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Answer", "Exchange", "NoAnswerError", "UnusableAnswerError", "checked_host"]

LARGEST_ANSWER = 256 * 1024
"""In bytes. Token answers and metadata are a few kilobytes."""

ANSWER_SECONDS = 20.0
"""For the body of an answer; each silence may last half as long."""

SHORTEST_SECRET = 8

LONGEST_WAIT = 300.0
"""In seconds, whatever a provider's Retry-After says."""

HEADERS = {"Accept": "application/json", "User-Agent": "attio_nb"}


class NoAnswerError(ProviderUnavailableError):
    """No answer came; the request may have been carried out all the same."""


class UnusableAnswerError(OAuthError):
    """The answer is a redirect, or too long: it says nothing about what was asked."""


@dataclass(frozen=True)
class Answer:
    """What a provider answered.

    Attributes:
        status: The HTTP status.
        host: Who answered.
        headers: The headers.
        content: The body, masked since it may hold tokens.
        sent: The masked values of the request.
    """

    status: int
    host: str
    headers: httpx.Headers = field(repr=False)
    content: SecretBytes = field(repr=False)
    sent: tuple[SecretStr, ...] = field(default=(), repr=False)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait as the provider says (RFC 9110 section 10.2.3), 300 at most, or None."""
        text = self.headers.get("retry-after", "")
        is_number = text.isascii() and text.isdigit()
        seconds = float(text) if is_number else self._seconds_until(text)
        return None if seconds is None else min(seconds, LONGEST_WAIT)

    def _seconds_until(self, date: str) -> float | None:
        # By the clock of whoever answered: ours may be another.
        try:
            until = parsedate_to_datetime(date) - parsedate_to_datetime(self.headers["date"])
        except (KeyError, TypeError, ValueError):
            return None
        return max(until.total_seconds(), 0.0)

    def members(self) -> dict[str, Any] | None:
        """Return what the JSON object or the form in the body says; None where it is neither.

        Every text in it is masked, since it may be a token and a traceback may list variables.
        """
        return body_members(self.content, self.headers.get("content-type", ""))

    def without_sent(self, text: str) -> str:
        """Return some text of the answer without what was sent, which some errors repeat.

        Args:
            text: The text.
        """
        for secret in self.sent:
            # What is shorter is no secret, and may be a part of any word.
            if len(secret) >= SHORTEST_SECRET:
                text = text.replace(f"{secret}", MASK)
        return text


class Exchange:
    """Sends requests to providers.

    Args:
        transport: What carries them, in place of the network.
        clock: Monotonic time in seconds.
        environ: The environment, which may name a proxy and certificates.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._transport = transport
        self._environ = environ
        self._clock = clock
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def get(self, url: str) -> Answer:
        """Return the answer to a GET request.

        Raises:
            UnusableAnswerError: The answer is a redirect, or too long.
            NoAnswerError: There is no answer.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        return self._send("GET", url, {})

    def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the answer to a form that is posted; masked values are sent as they are.

        Raises:
            UnusableAnswerError: The answer is a redirect, or too long.
            NoAnswerError: There is no answer.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        return self._send("POST", url, headers or {}, form=form)

    def post_json(self, url: str, document: Mapping[str, Any]) -> Answer:
        """Return the answer to a document of JSON that is posted.

        Raises:
            UnusableAnswerError: The answer is a redirect, or too long.
            NoAnswerError: There is no answer.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        return self._send("POST", url, {}, json=document)

    def delete(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Return the answer to a DELETE request; masked values are sent as they are.

        Raises:
            OAuthError: The answer is a redirect, or too long.
            NoAnswerError: There is no answer.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        return self._send("DELETE", url, headers)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Answer:
        __tracebackhide__ = True
        outcome = self._outcome(method, url, headers, form=form, json=json)
        if isinstance(outcome, BaseException):
            clear_frames(outcome)
            del url, headers, form, json
            raise outcome
        return outcome

    def _outcome(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        form: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
    ) -> Answer | BaseException:
        """Return the answer, or what is to be raised in place of one."""
        host = checked_host(url)
        try:
            response, content = self._answered(method, url, headers, form=form, json=json)
        except BaseException as error:
            told = told_error(
                error,
                httpx.URL(url),
                timeout=ANSWER_SECONDS,
                when_slow="Try again in a moment.",
            )
            is_silent = isinstance(told, UnexpectedTransportError)
            return NoAnswerError(str(told)) if is_silent else told
        values = [*headers.values(), *(form or {}).values()]
        sent = tuple(value for value in values if isinstance(value, SecretStr))
        return Answer(response.status_code, host, response.headers, SecretBytes(content), sent)

    def _answered(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        form: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
    ) -> tuple[httpx.Response, bytes]:
        client = self._client()
        # Not before here do the values lose their masks.
        request = client.build_request(
            method,
            url,
            headers={name: str.__str__(value) for name, value in headers.items()},
            data={name: str.__str__(value) for name, value in form.items()} if form else None,
            json=json,
        )
        response = client.send(request, stream=True)
        try:
            _refuse_redirect(response)
            content = self._read(response)
        finally:
            response.close()
        if content is None:
            raise UnusableAnswerError(
                f"{checked_host(url)} answered with more than {LARGEST_ANSWER // 1024} kB, which "
                "no token answer has. Check the addresses of the provider in attio-app.toml."
            )
        return response, content

    def _read(self, response: httpx.Response) -> bytes | None:
        """Return the body, or None where it is too long."""
        until = self._clock() + ANSWER_SECONDS
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > LARGEST_ANSWER:
                return None
            if self._clock() > until:
                raise TimeoutError
        return bytes(content)

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                self._made = self._make_client()
            return self._made

    def _make_client(self) -> httpx.Client:
        # Requests are rare, and one that is sent on a connection that the provider has just
        # closed leaves it open whether it was carried out.
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.Client(
            transport=self._transport or NetworkTransport(Network(self._environ), limits=limits),
            trust_env=False,
            timeout=ANSWER_SECONDS / 2,
            headers=HEADERS,
            follow_redirects=False,
        )


def _refuse_redirect(response: httpx.Response) -> None:
    if response.status_code in (301, 302, 303, 307, 308):
        raise UnusableAnswerError(
            f"{response.request.url.host} answered with a redirect, and nothing was sent there. "
            "Check the addresses of the provider in attio-app.toml."
        )


def checked_host(url: str) -> str:
    """Return the host of an address to which something secret may be sent.

    Args:
        url: The address.

    Raises:
        OAuthError: Parsers may read it differently, or nothing encrypts what is sent there.
    """
    try:
        address = parse_web_address(url)
    except AddressError as error:
        raise OAuthError(
            f"Nothing was sent to {quoted(url)}, which {error}. Check the addresses of the "
            "provider in attio-app.toml."
        ) from None
    if not address.is_confidential:
        raise OAuthError(
            f"Nothing was sent to {address.netloc}, since plain http is not encrypted. Use the "
            "https address of the provider in attio-app.toml."
        )
    return address.netloc
