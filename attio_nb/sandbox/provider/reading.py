"""What a request to the provider says: its form, its client, whether its own page sent it."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, parse_qsl, unquote_plus

from fastapi import Request

from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.problems import ProblemError
from attio_nb.sandbox.provider.model import CLIENTS, Client, OAuthProblem

__all__ = [
    "client_of",
    "fields_of",
    "issuer_of",
    "lists_of",
    "own_page_only",
    "parse_scopes",
    "single",
]

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 64 * 1024


async def lists_of(request: Request) -> dict[str, list[str]]:
    """Read the form that a page of ours posted; a name may stand in it several times.

    Raises:
        ProblemError: 413: it is too long.
    """
    return parse_qs((await _body(request)).decode("utf-8", "replace"), keep_blank_values=True)


async def fields_of(request: Request) -> dict[str, str]:
    """Read the form that a program posted.

    Raises:
        OAuthProblem: It is none, or names something twice (RFC 6749 section 3.2).
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM:
        raise OAuthProblem("invalid_request", f"Send a form with Content-Type: {FORM}.")
    return single((await _body(request)).decode("utf-8", "replace"))


def single(query: str) -> dict[str, str]:
    """Read parameters of which none may stand there twice; empty ones count as left out.

    Raises:
        OAuthProblem: One does.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise OAuthProblem("invalid_request", "A parameter stands there twice.")
    return {name: value for name, value in pairs if value}


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise ProblemError(413, "too-long", "The form is too long.")
    return bytes(body)


def issuer_of(request: Request) -> str:
    """Name the provider as whoever asks knows it: by 127.0.0.1 or by localhost."""
    return f"{str(request.base_url).rstrip('/')}/oauth"


def client_of(request: Request, fields: Mapping[str, str]) -> Client:
    """Find out which client asks, by ``none``, ``client_secret_basic`` or ``client_secret_post``.

    Args:
        request: For its ``Authorization`` header.
        fields: Its form.

    Raises:
        OAuthProblem: There is no such client, or it does not prove itself.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme and "client_secret" in fields:
        raise OAuthProblem("invalid_request", "The client proves itself in two ways at once.")
    client_id, secret = (
        _basic(scheme, encoded)
        if scheme
        else (fields.get("client_id", ""), fields.get("client_secret"))
    )
    client = CLIENTS.get(client_id)
    if client is None or fields.get("client_id", client_id) != client_id:
        raise _unknown(scheme, "There is no such client.")
    if not _proves(client, secret):
        raise _unknown(scheme, "The client secret is missing or wrong.")
    return client


def _basic(scheme: str, encoded: str) -> tuple[str, str | None]:
    if scheme.lower() != "basic":
        raise _unknown(scheme, "A client proves itself with Basic, or within the form.")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unknown(scheme, "What follows Basic is no base64 of UTF-8.") from None
    # RFC 6749 section 2.3.1: both are encoded as in a form before they are put together.
    return unquote_plus(client_id), unquote_plus(secret)


def _proves(client: Client, secret: str | None) -> bool:
    if client.secret is None or secret is None:
        return client.secret == secret
    return hmac.compare_digest(client.secret.encode(), secret.encode())


def _unknown(scheme: str, description: str) -> OAuthProblem:
    headers = {"WWW-Authenticate": 'Basic realm="sequencer"'} if scheme else {}
    return OAuthProblem("invalid_client", description, status=401, headers=headers)


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Read the scopes that are asked for; whoever names none asks for all.

    Raises:
        OAuthProblem: There is no such scope.
    """
    names = text.split() or list(Scope)
    if not {*names} <= {*Scope}:
        raise OAuthProblem("invalid_scope", f"There are the scopes {', '.join(Scope)} only.")
    return tuple(dict.fromkeys(map(Scope, names)))


def own_page_only(request: Request) -> None:
    """Let no page of a foreign site press the buttons here.

    Raises:
        ProblemError: 403: the browser says that another site's page sent this.
    """
    # Absent: no browser. The Origin header is of no use, since Referrer-Policy empties it.
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise ProblemError(403, "foreign-page", "Only a page of the sandbox may send this.")
