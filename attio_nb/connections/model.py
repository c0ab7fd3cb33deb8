"""What a connection is: to the code that uses it, and to the store that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from attio_nb.connections.secret import SecretStr

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from attio_nb.app import ClientAuthentication, OAuth2, Owner
    from attio_nb.connections.auth import ConnectionAuth
    from attio_nb.connections.refusals import Witness

__all__ = [
    "CLIENT_CREDENTIALS",
    "Actor",
    "Addresses",
    "Connection",
    "Grant",
    "Slot",
    "StoredConnection",
    "TokenSource",
]


class Slot(NamedTuple):
    """The place of one connection, in parts, so that no name can be mistaken for two.

    Attributes:
        app: The id of the app.
        workspace: The id of the workspace.
        owner: Who owns it: ``workspace`` or ``user``; ``client`` for the secret of the OAuth client
            that a connection signs in with.
        owner_id: The id of that workspace, user or client.
        key: The connection key, or None where the owner has one connection only.
    """

    app: str
    workspace: str
    owner: Owner | Literal["client"]
    owner_id: str
    key: str | None


CLIENT_CREDENTIALS = SecretStr("")
"""In place of a refresh token, for a client that is granted tokens with its own credentials
(RFC 6749 section 4.4).
"""

SETBACK = 60.0
"""In seconds: a clock that is behind the moment at which a token came by more was set back."""


class Grant(NamedTuple):
    """What a provider granted beside the access token, which is the value of the connection.

    Attributes:
        authority: Who granted it, and to which client; see `OAuth2.authority`.
        refresh_token: What renews it; None where the provider gave none; `CLIENT_CREDENTIALS`
            where the credentials of the client do.
        received_at: When the token came, in seconds since the epoch.
        stale_at: When it is to be renewed, in seconds since the epoch; infinity for never.
        expires_at: When it is no longer good, in seconds since the epoch; infinity where the
            provider did not say.
        scopes: What was granted.
        expired: Whether the provider has refused to renew it, so that one has to sign in again.
        client_authentication: How the client authenticated when it came; None where an older
            version stored it, which did not keep that.
        refusal: How the provider has refused, as the end of a sentence; "" for "invalid_grant"
            without a word more, or where it is not known.
        may_retry: Whether the refusal may have been about something else than the refresh token,
            so that it can be sent again once the person has mended that.
    """

    authority: str
    refresh_token: SecretStr | None
    received_at: float
    stale_at: float
    expires_at: float
    scopes: tuple[str, ...]
    expired: bool = False
    client_authentication: ClientAuthentication | None = None
    refusal: str = ""
    may_retry: bool = False

    def is_fresh(self, now: float) -> bool:
        """Say whether the access token is good, and will be for a while.

        Args:
            now: Seconds since the epoch; a clock that was set back tells nothing.
        """
        return not self.expired and self.received_at - SETBACK <= now < self.stale_at

    def is_bound_to(self, oauth2: OAuth2) -> bool:
        """Say whether the app file still means the provider and the client of this grant."""
        return self.authority == oauth2.authority


class Addresses(NamedTuple):
    """Where a value may go.

    Attributes:
        hosts: The hosts to which code may send it, as an app file writes them.
        test_urls: The addresses to which a test may send it.
    """

    hosts: tuple[str, ...] = ()
    test_urls: tuple[str, ...] = ()


class StoredConnection(NamedTuple):
    """What a store keeps in a slot.

    Attributes:
        id: The id of the connection; connecting again keeps it.
        value: The secret, or the access token.
        created_by: The id of the member who connected.
        created_at: When they did, in UTC.
        grant: What belongs to an access token; None for a secret.
        refused_at: When a service has refused the value (401), in seconds since the epoch; None
            where none has, or one has taken it since.
        approved: The addresses that its owner has approved; None where an older version stored it,
            which did not keep them.
        account: The account that it belongs to at the service, safe to show; "" where it is not
            known. Nothing is decided by it.
    """

    id: str
    value: SecretStr
    created_by: str
    created_at: datetime
    grant: Grant | None = None
    refused_at: float | None = None
    approved: Addresses | None = None
    account: str = ""


class TokenSource(Protocol):
    """Where the access token of a connection comes from, each time that it is sent."""

    def current(self) -> StoredConnection | Future[StoredConnection]:
        """Return what holds a token that is good, or the renewal that has to be waited for."""

    def renewal(self, seen: StoredConnection) -> Future[StoredConnection]:
        """Renew a token that a service has refused."""

    def ask(self) -> StoredConnection:
        """Return what holds a token after somebody has signed in again; raises where nobody has."""

    def heard(self, sent: StoredConnection, *, refused: bool) -> None:
        """Take note that a service has refused a token which nothing renews, or taken one."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who owns or made a connection.

    Attributes:
        type: ``user`` or ``workspace``.
        id: Their id.
    """

    type: Owner
    id: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What a getter returns, with the fields of Attio's own.

    Attributes:
        id: The id of the connection.
        value: The secret, or the access token. It prints as a mask, and as itself only when it is
            formatted into a request.
        connection_key: Its key in the app file, or None.
        owned_by: The user or the workspace that owns it.
        created_by: The user who connected.
        hosts: The hosts to which `auth` sends the value.
        tokens: Where `auth` has an access token from; None for a secret.
        witness: What hears how services answer to a secret that is stored, or None.
    """

    id: str
    value: SecretStr
    connection_key: str | None
    owned_by: Actor
    created_by: Actor
    hosts: tuple[str, ...] = field(default=(), repr=False)
    tokens: TokenSource | None = field(default=None, repr=False, compare=False)
    witness: Witness | None = field(default=None, repr=False, compare=False)

    def auth(self, scheme: str = "bearer", *, header: str | None = None) -> ConnectionAuth:
        """Return what sends the value with a request, to the hosts of the app file only.

        Args:
            scheme: ``bearer`` (``Bearer VALUE``), ``basic`` (``Basic base64(":" + VALUE)``) or
                ``api-key`` (``API-Key VALUE``), as Attio's own apps send it.
            header: The name of a header that carries the bare value instead, such as ``X-Api-Key``.

        Returns:
            For the ``auth`` argument of `attio_nb.fetch` and of both kinds of httpx client.

        Raises:
            InvalidRequestError: There is no such scheme, or the header name is not one.
        """
        from attio_nb.connections.auth import connection_auth

        return connection_auth(
            self.value,
            scheme=scheme,
            header=header,
            hosts=self.hosts,
            connection_key=self.connection_key,
            tokens=self.tokens,
            witness=self.witness,
        )
