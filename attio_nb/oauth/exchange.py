"""One request to a provider: no redirect is followed, and no answer is read without end."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from attio_nb.connections.secret import SecretBytes, SecretStr
from attio_nb.errors import (
    OAuthError,
    ProviderUnavailableError,
    UnexpectedTransportError,
)
from attio_nb.network.transports import Network, NetworkTransport
from attio_nb.oauth.body import body_members, refusal_members
from attio_nb.oauth.deadline import send_within
from attio_nb.oauth.echoes import mask_code, mask_echoes
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
"""For a whole exchange; each silence may last half as long."""

NO_KEEP_ALIVE = httpx.Limits(max_keepalive_connections=0)
"""Requests are rare, and one that is sent on a connection that the provider has just closed leaves
it open whether it was carried out.
"""

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which no encoding has."""

LONGEST_WAIT = 300.0
"""In seconds, whatever a provider's Retry-After says."""

OWN_SECRETS = (
    "access_token",
    "refresh_token",
    "id_token",
    "device_code",
    "client_secret",
    "registration_access_token",
)
"""The members of an answer that hold a secret."""

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "attio_nb",
}


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

    def refusal_members(self) -> dict[str, Any] | None:
        """Return the members in which the body may say why the provider refuses, or None.

        A body with a status of success that is neither JSON nor a form may be a token that cannot
        be read, so nothing is read of it. Every text is masked, as in `members`.
        """
        if self.status < 400:
            return self.members()
        return refusal_members(self.content, self.headers.get("content-type", ""))

    def without_sent(self, text: str) -> str:
        """Return some text of the answer without what was sent, which some errors repeat.

        The tokens and secrets in the answer itself are masked too, in whatever encoding they are
        repeated.

        Args:
            text: The text. What is shown of it is to be cut off afterwards.
        """
        return mask_echoes(text, self._secrets())

    def code_without_sent(self, code: str) -> str:
        """Return an error code of the answer as an error keeps it.

        Args:
            code: The code.
        """
        return mask_code(code, self._secrets())

    def _secrets(self) -> list[str]:
        members = self.members() or {}
        own = [members[name] for name in OWN_SECRETS if isinstance(members.get(name), str)]
        return [*self.sent, *own]


class Exchange:
    """Sends requests to providers.

    Args:
        transport: What carries them, in place of the network.
        clock: Monotonic time in seconds.
        environ: The environment, which may name a proxy and certificates.
        timeout: Seconds that a whole exchange may take.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        environ: Mapping[str, str] = os.environ,
        timeout: float = ANSWER_SECONDS,
    ) -> None:
        self._transport = transport
        self._environ = environ
        self._clock = clock
        self._lock = threading.Lock()
        self._timeout = timeout

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET request; masked values are sent as they are.

        Raises:
            UnusableAnswerError: The answer is a redirect, or too long.
            NoAnswerError: There is no answer.
            SetupError: The environment names a proxy or certificates that cannot be used.
        """
        return self._send("GET", url, headers or {})

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
        if any(SURROGATE.search(value) for value in (*headers.values(), *(form or {}).values())):
            return OAuthError(
                f"A value that is stored for {host} has characters that cannot be sent. "
                "Disconnect, and sign in again."
            )
        try:
            status, fields, content = self._answered(method, url, headers, form=form, json=json)
        except BaseException as error:
            told = told_error(
                error,
                httpx.URL(url),
                timeout=self._timeout,
                when_slow="Try again in a moment.",
            )
            is_silent = isinstance(told, UnexpectedTransportError)
            return NoAnswerError(str(told)) if is_silent else told
        values = [*headers.values(), *(form or {}).values()]
        sent = tuple(value for value in values if isinstance(value, SecretStr))
        return Answer(status, host, fields, SecretBytes(content), sent)

    def _answered(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        *,
        form: Mapping[str, str] | None,
        json: Mapping[str, Any] | None,
    ) -> tuple[int, httpx.Headers, bytes]:
        client = self._client()
        # Not before here do the values lose their masks.
        request = client.build_request(
            method,
            url,
            headers={name: str.__str__(value) for name, value in headers.items()},
            data={name: str.__str__(value) for name, value in form.items()} if form else None,
            json=json,
        )
        answer = send_within(
            client,
            request,
            seconds=self._timeout,
            clock=self._clock,
            largest=LARGEST_ANSWER,
            check=_refuse_redirect,
        )
        if answer.content is None:
            raise UnusableAnswerError(
                f"{checked_host(url)} answered with more than {LARGEST_ANSWER // 1024} kB, which "
                "no token answer has. Check the addresses of the provider in attio-app.toml."
            )
        return answer.status, answer.headers, answer.content

    def _client(self) -> httpx.Client:
        # A new one for each request, so that no cookie is kept. The transport is shared, since
        # reading the certificates takes a while, and it keeps no connection.
        with self._lock:
            if self._transport is None:
                self._transport = NetworkTransport(Network(self._environ), limits=NO_KEEP_ALIVE)
        return httpx.Client(
            transport=self._transport,
            trust_env=False,
            timeout=self._timeout / 2,
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
