"""Whether an authorization request may be put to a person (RFC 6749 section 4.1), and the way back.

What is wrong with the client or the redirect URI is shown on a page. Only once both are known to be
good, anything else is sent back to the client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.provider.model import CLIENTS, Client, OAuthProblem
from attio_nb.sandbox.provider.reading import parse_scopes, single

__all__ = ["Destination", "Request", "read_destination", "read_request"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CALLBACK = "/attio-nb/oauth/callback"
"""At the end of the path, a Jupyter server's callback is known wherever that server runs."""

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
SAFE = re.compile(r"[!-~]+")
"""Printable ASCII, as an address in a header has to be."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer goes.

    Attributes:
        client: To which client.
        redirect_uri: To which of its addresses.
        state: What it wants to find in the answer.
    """

    client: Client
    redirect_uri: str
    state: str

    @property
    def source(self) -> str:
        """The origin as a Content-Security-Policy may name it."""
        parts = urlsplit(self.redirect_uri)
        # It has no way to name an IPv6 address.
        return f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"

    def address(self, answer: Pairs) -> str:
        """Return the redirect URI with an answer in its query."""
        parts = urlsplit(self.redirect_uri)
        query = "&".join(filter(None, [parts.query, urlencode(answer)]))
        return urlunsplit(parts._replace(query=query))


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request that a person may be asked about.

    Attributes:
        destination: Where the answer goes.
        scopes: What is asked for.
        challenge: The ``code_challenge``.
    """

    destination: Destination
    scopes: tuple[Scope, ...]
    challenge: str


def read_destination(query: str) -> Destination:
    """Find out who asks, and where the answer goes.

    Args:
        query: The query of the request.

    Raises:
        OAuthProblem: That is not known for certain, so that nothing may be sent anywhere.
    """
    fields = parse_qs(query)
    if any(len(fields.get(name, [])) > 1 for name in ("client_id", "redirect_uri", "state")):
        raise OAuthProblem("invalid_request", "The request names its client or address twice.")
    client = CLIENTS.get(_first(fields, "client_id"))
    if client is None:
        known = ", ".join(CLIENTS)
        raise OAuthProblem("invalid_client", f"There is no such client. There are: {known}.")
    redirect_uri = _first(fields, "redirect_uri")
    if not _is_registered(redirect_uri):
        raise OAuthProblem(
            "invalid_request",
            "The redirect_uri is not registered. Registered are http://127.0.0.1, "
            "http://localhost and http://[::1] with any port and path, and every address that "
            f"ends in {CALLBACK}.",
        )
    return Destination(client, redirect_uri, _first(fields, "state"))


def read_request(query: str, destination: Destination) -> Request:
    """Find out what is asked for.

    Args:
        query: The query of the request.
        destination: What was found out before.

    Raises:
        OAuthProblem: Something is wrong that the client may be told.
    """
    fields = single(query)
    if fields.get("response_type") != "code":
        raise OAuthProblem("unsupported_response_type", "There is only response_type=code.")
    if not CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise OAuthProblem("invalid_request", "PKCE is needed: code_challenge is missing or odd.")
    if fields.get("code_challenge_method") != "S256":
        raise OAuthProblem("invalid_request", "PKCE is needed with code_challenge_method=S256.")
    if "none" in fields.get("prompt", "").split():
        raise OAuthProblem("login_required", "Nobody is signed in here: a person has to be asked.")
    return Request(destination, parse_scopes(fields.get("scope", "")), fields["code_challenge"])


def _first(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _is_registered(redirect_uri: str) -> bool:
    try:
        parts = urlsplit(redirect_uri)
        _ = parts.port
    except ValueError:
        return False
    if parts.fragment or parts.username is not None or not SAFE.fullmatch(redirect_uri):
        return False
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return True
    return parts.scheme in ("http", "https") and parts.path.endswith(CALLBACK)
