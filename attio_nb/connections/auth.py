"""Sending a connection's value, and only where it may go."""

from __future__ import annotations

import asyncio
import base64
import functools
import re
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from attio_nb.app.headers import header_problem
from attio_nb.app.hosts import HostPattern, parse_host
from attio_nb.app.model import APP_FILE
from attio_nb.app.nearest import did_you_mean, one_of
from attio_nb.connections.origin import (
    AsyncOriginGuard,
    OriginGuard,
    guard_origin,
    name_of,
    origin_of,
    port_of,
)
from attio_nb.connections.resolve import SignInNeeded
from attio_nb.connections.sealed import CONCEALED, conceal, seal
from attio_nb.connections.secret import SecretBytes, SecretStr, first_unsendable
from attio_nb.errors import HostNotAllowedError, InvalidRequestError, InvalidSecretError
from attio_nb.network.addresses import is_loopback_address

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from attio_nb.connections.model import StoredConnection, TokenSource
    from attio_nb.connections.refusals import Witness

__all__ = ["BARE", "SCHEMES", "ConnectionAuth", "connection_auth"]

SURROGATE = re.compile("[\ud800-\udfff]")

SCHEMES: dict[str, Callable[[str], str]] = {
    "bearer": lambda value: f"Bearer {value}",
    "basic": lambda value: f"Basic {base64.b64encode(f':{value}'.encode()).decode()}",
    "api-key": lambda value: f"API-Key {value}",
}


def connection_auth(
    value: SecretStr,
    *,
    scheme: str = "bearer",
    header: str | None = None,
    hosts: Sequence[str] = (),
    connection_key: str | None = None,
    tokens: TokenSource | None = None,
    witness: Witness | None = None,
) -> ConnectionAuth:
    """Return what sends a value with the requests of an httpx client.

    Args:
        value: The value.
        scheme: ``bearer``, ``basic`` or ``api-key``.
        header: The name of a header that carries the bare value, in place of a scheme.
        hosts: Where it may go, as the app file declares it.
        connection_key: The key of the connection, for messages.
        tokens: Where the value comes from each time, in place of the one above; None for a secret.
        witness: What hears how a service answers to the value above, or None.

    Raises:
        InvalidRequestError: There is no such scheme, or no header of this name.
        InvalidSecretError: No header can carry the value.
    """
    if scheme.lower() not in SCHEMES:
        hint = did_you_mean(scheme, SCHEMES)
        raise InvalidRequestError(
            f'"{scheme}" is no scheme: there are {one_of(SCHEMES)}. {hint}'.rstrip()
            + ' For a header of another name say header="X-Api-Key".'
        )
    if header is not None and (problem := header_problem(header)):
        raise InvalidRequestError(problem)
    # In base64 each character can be sent, but for halves of characters.
    is_encoded = header is None and scheme.lower() == "basic" and not SURROGATE.search(value)
    if not is_encoded and first_unsendable(value) is not None:
        has_lines = "\n" in value or "\r" in value
        what = "has several lines" if has_lines else "holds a character"
        raise InvalidSecretError(
            f"The value {what} that no HTTP header can carry. Use connection.value in your code, "
            "or connect again with another value."
        )
    field = _Field(header or "Authorization", BARE if header else SCHEMES[scheme.lower()])
    source = _Fixed(field.holding(value), witness) if tokens is None else _Renewed(field, tokens)
    return ConnectionAuth(field, source, hosts=hosts, connection_key=connection_key)


BARE: Callable[[str], str] = str.__str__
"""How a header carries nothing but the value."""


class _Field(NamedTuple):
    name: str
    scheme: Callable[[str], str]

    def holding(self, value: SecretStr) -> SecretStr:
        return SecretStr(self.scheme(str.__str__(value)))

    def __repr__(self) -> str:
        return f"{self.name}: {CONCEALED}"


Step = httpx.Request | Future["StoredConnection"]
Steps = Generator[Step, Any, None]
"""What a flow wants next: that a request is sent, or that a renewal is waited for."""

Sent = Generator[Step, Any, httpx.Response]


class _Fixed:
    """A value that is always the same."""

    def __init__(self, content: SecretStr, witness: Witness | None) -> None:
        self._content = content
        self._witness = witness

    def steps(self, request: httpx.Request, sent: Callable[[SecretStr], Sent]) -> Steps:
        response = yield from sent(self._content)
        refused = _is_refused(request, response)
        if self._witness is not None and refused is not None:
            self._witness.heard(refused=refused)


class _Renewed:
    """An access token: the one of the moment, and a new one when a service refuses it."""

    def __init__(self, field: _Field, tokens: TokenSource) -> None:
        self._field = field
        self._tokens = tokens

    def steps(self, request: httpx.Request, sent: Callable[[SecretStr], Sent]) -> Steps:
        stored = yield from self._waited(self._tokens.current())
        response = yield from sent(self._field.holding(stored.value))
        refused = _is_refused(request, response)
        if refused:
            if not isinstance(request.stream, httpx.ByteStream):
                # A body that is made while it is sent is gone.
                return
            # Keyed on the token that was sent: whoever else was refused with it joins one renewal.
            renewed = yield from self._waited(self._tokens.renewal(stored))
            if renewed.value != stored.value:
                response = yield from sent(self._field.holding(renewed.value))
                refused = _is_refused(request, response)
            stored = renewed
        if refused is not None:
            self._tokens.heard(stored, refused=refused)

    def _waited(
        self, stored: StoredConnection | Future[StoredConnection]
    ) -> Generator[Step, Any, StoredConnection]:
        if not isinstance(stored, Future):
            return stored
        try:
            renewed: StoredConnection = yield stored
        except SignInNeeded:
            return self._tokens.ask()
        return renewed


def _chain(request: httpx.Request, response: httpx.Response) -> list[httpx.Request]:
    """Return a request that was sent, and those that redirects made of it."""
    requests = [*(each.request for each in response.history), response.request]
    start = max((at for at, each in enumerate(requests) if each is request), default=0)
    return requests[start:]


def _is_within_origin(first: httpx.Request, second: httpx.Request) -> bool:
    return origin_of(first.url) == origin_of(second.url)


def _is_refused(request: httpx.Request, response: httpx.Response) -> bool | None:
    """Say whether a service has refused the value, or taken it; None where there is no telling."""
    origin = origin_of(request.url)
    if any(origin_of(each.request.url) != origin for each in (*response.history, response)):
        # A redirect led to another origin, which never saw the value.
        return None
    # A server that fails may not have come to look at it.
    return None if response.is_server_error else response.status_code == 401


class ConnectionAuth(httpx.Auth):
    """Sends the value of a connection, for the ``auth`` of both kinds of httpx client.

    It goes to the hosts that the app file declares, over https, or to this computer; anything else
    raises `HostNotAllowedError` before a byte is sent. A redirect to another origin is followed
    without it. This holds for every transport. One that does not call httpx's extension ``trace``
    gets a second request for a redirect within the origin, since it has sent the first one without
    the value; where that is no GET or HEAD, `InvalidRequestError` is raised.

    An access token is renewed where it has to be, and once more where the service answers 401; then
    the request is sent a second time.

    When a request was sent, ``[secure]`` stands in it in place of the value.
    """

    def __init__(
        self,
        field: _Field,
        source: _Fixed | _Renewed,
        *,
        hosts: Sequence[str] = (),
        connection_key: str | None = None,
    ) -> None:
        self._field = field
        self._source = source
        self._hosts = tuple(hosts)
        self._allowed = _allowed(self._hosts)
        self._sent_values: tuple[SecretStr, ...] = ()
        self._connection_key = connection_key

    def __repr__(self) -> str:
        return f"<ConnectionAuth {self._field!r} to {', '.join(self._hosts) or 'no host'}>"

    @property
    def sent_values(self) -> tuple[SecretStr, ...]:
        """The header values that it has sent last: what no message about an answer may show."""
        return self._sent_values

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Do for `httpx.Client` what this class says.

        Args:
            request: What is about to be sent.

        Raises:
            HostNotAllowedError: The value may not go there.
            OAuthError: The access token could not be renewed just now.
            ConnectionExpiredError: It cannot be renewed, and nobody signed in again.
        """
        steps = self._steps(request, OriginGuard(self._field.name, request))
        with closing(steps), suppress(StopIteration):
            step = next(steps)
            while True:
                if isinstance(step, Future):
                    step = _resumed(steps, step)
                else:
                    step = steps.send((yield step))

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Do for `httpx.AsyncClient` what `sync_auth_flow` says; it waits beside other tasks.

        Args:
            request: What is about to be sent.

        Raises:
            HostNotAllowedError: The value may not go there.
            OAuthError: The access token could not be renewed just now.
            ConnectionExpiredError: It cannot be renewed, and nobody signed in again.
        """
        steps = self._steps(request, AsyncOriginGuard(self._field.name, request))
        with closing(steps), suppress(StopIteration):
            step = next(steps)
            while True:
                if isinstance(step, Future):
                    await _done(step)
                    step = _resumed(steps, step)
                else:
                    step = steps.send((yield step))

    def _steps(self, request: httpx.Request, guard: OriginGuard) -> Steps:
        """The flow itself, which waits for nothing and sends nothing."""
        self._require_allowed(request.url)
        guard_origin(request, guard)
        try:
            yield from self._source.steps(
                request, lambda content: self._sent(request, content, guard)
            )
        finally:
            guard.finish()

    def _sent(self, request: httpx.Request, content: SecretStr, guard: OriginGuard) -> Sent:
        """Have a request sent with the value, and those at its origin that redirects make of it."""
        while True:
            response = yield from self._sent_once(request, content, guard)
            chain = _chain(request, response)
            if guard.is_told or len(chain) == 1 or not _is_within_origin(*chain[:2]):
                return response
            # This transport has sent a request without the value, which redirects do not copy.
            if chain[1].method not in ("GET", "HEAD"):
                raise InvalidRequestError(self._not_followed(chain[1]))
            request = chain[1]

    def _sent_once(self, request: httpx.Request, content: SecretStr, guard: OriginGuard) -> Sent:
        if content not in self._sent_values:
            # A token that was refreshed meanwhile, and the one before.
            self._sent_values = (*self._sent_values[-1:], content)
        value = SecretBytes(content.encode("latin-1"))
        seal(request, self._field.name, value)
        guard.arm(value)
        del value
        try:
            response: httpx.Response = yield request
        finally:
            guard.disarm()
            conceal(request, self._field.name)
        for each in _chain(request, response):
            conceal(each, self._field.name)
        return response

    def _not_followed(self, request: httpx.Request) -> str:
        return (
            f"The service redirected the {request.method} request to another path of its own, and "
            f"the transport of this client cannot take the value of {self._label} along. Send it "
            "with follow_redirects=False, or with a transport of httpx that uses the network."
        )

    def _require_allowed(self, url: httpx.URL) -> None:
        if not any(_matches(pattern, url) for pattern in self._allowed):
            raise HostNotAllowedError(self._not_declared(url))
        if url.scheme != "https" and not is_loopback_address(name_of(url)):
            raise HostNotAllowedError(
                f"The value of {self._label} was not sent to {url.scheme}://{_netloc(url)}, since "
                f"that is not encrypted. Use https://{_netloc(url)}."
            )

    def _not_declared(self, url: httpx.URL) -> str:
        host = _netloc(url)
        line = ", ".join(f'"{each}"' for each in (*self._hosts, host))
        return (
            f"The value of {self._label} was not sent to {host}, which {APP_FILE} does not "
            f"declare for it. If it may go there, write in its [[connections]]: hosts = [{line}]"
        )

    @property
    def _label(self) -> str:
        return (
            f'the connection "{self._connection_key}"' if self._connection_key else "a connection"
        )


# There is one of these for each connection of the app file, and an `auth` for each request.
@functools.lru_cache(maxsize=128)
def _allowed(hosts: tuple[str, ...]) -> tuple[HostPattern, ...]:
    return tuple(each for host in hosts for each in _normalized(parse_host(host)))


def _normalized(pattern: HostPattern) -> Iterator[HostPattern]:
    # A name that IDNA does not allow is the name of no host.
    with suppress(httpx.InvalidURL):
        yield pattern._replace(name=name_of(httpx.URL(f"https://{pattern.name}")))


def _matches(pattern: HostPattern, url: httpx.URL) -> bool:
    if pattern.port is not None and pattern.port != port_of(url):
        return False
    host = name_of(url)
    return host.endswith(f".{pattern.name}") if pattern.subdomains else host == pattern.name


def _netloc(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _resumed(steps: Steps, future: Future[StoredConnection]) -> Step:
    try:
        renewed = future.result()
    except SignInNeeded as error:
        return steps.throw(error)
    return steps.send(renewed)


async def _done(future: Future[StoredConnection]) -> None:
    """Wait beside other tasks; one that is cancelled leaves the renewal to whoever else waits."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def tell(_: object) -> None:
        # A loop that was closed meanwhile has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(tell)
    await done.wait()
