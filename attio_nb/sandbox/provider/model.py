"""The clients and people that the provider knows, its policy, and the form of its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from attio_nb.sandbox.model import Scope

__all__ = [
    "CLIENTS",
    "CODE",
    "DEVICE",
    "PEOPLE",
    "REFRESH",
    "SCOPES",
    "Client",
    "OAuthProblem",
    "Person",
    "Policy",
]

CODE = "authorization_code"
REFRESH = "refresh_token"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may ask people for access. Its secret is made up, and is shown in full.

    Attributes:
        id: Its client id.
        name: What the consent page calls it.
        secret: What it proves itself with at the token endpoint; None for a public client.
        purpose: A sentence for the page.
    """

    id: str
    name: str
    secret: str | None
    purpose: str


CLIENTS = {
    client.id: client
    for client in (
        Client(
            id="sandbox-public",
            name="Your notebook",
            secret=None,
            purpose="Has no secret, as a program on a person's own computer. Take it if in doubt.",
        ),
        Client(
            id="sandbox-confidential",
            name="Your notebook, with a client secret",
            secret="sandbox-client-secret",  # noqa: S106 - It opens nothing else.
            purpose="Has a secret, sent by client_secret_basic or client_secret_post.",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; nobody has a password.

    Attributes:
        id: Their account.
        name: What pages call them.
        email: Their address.
    """

    id: str
    name: str
    email: str


PEOPLE = {
    person.id: person
    for person in (
        Person("alice", "Alice", "alice@sequencer.example"),
        Person("bob", "Bob", "bob@sequencer.example"),
    )
}

SCOPES = {
    Scope.MAILBOXES_READ: "See the mailboxes",
    Scope.PROSPECTS_READ: "See the prospects",
    Scope.SEQUENCES_READ: "See the sequences, and who is in them",
    Scope.SEQUENCES_WRITE: "Add prospects to sequences, and take them out",
}
"""What each scope means, for the consent page."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things last.

    Attributes:
        token_lifetime: Seconds that an access token is good for.
        refresh_grace: Seconds in which a spent refresh token may be used again, as long as nobody
            has used what came of it: the reply may have been lost. 0 for never.
        device_interval: Seconds that a device has to leave between two questions.
    """

    token_lifetime: float = 3600
    refresh_grace: float = 60
    device_interval: int = 5


Code = Literal[
    "access_denied",
    "authorization_pending",
    "expired_token",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "slow_down",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
]


class OAuthProblem(Exception):
    """Ends a request with an error of RFC 6749 section 5.2 or its like.

    Args:
        code: What the RFC calls it.
        description: What happened, for a developer.
        status: The HTTP status.
        headers: Further headers of the response.
    """

    def __init__(
        self,
        code: Code,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.headers = headers or {}
