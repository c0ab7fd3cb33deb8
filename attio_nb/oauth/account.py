"""The account that has signed in: from the ID token, or from the provider's userinfo.

It is shown to people, and nothing is decided by it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attio_nb.app.trial import is_on_hosts
from attio_nb.connections.account import account_at, account_name
from attio_nb.connections.model import SETBACK
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError
from attio_nb.oauth.echoes import mask_echoes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attio_nb.app import ConnectionDefinition, OAuth2
    from attio_nb.oauth.exchange import Exchange
    from attio_nb.oauth.metadata import Endpoints
    from attio_nb.oauth.token import Token

__all__ = ["find_account", "id_token_claims", "secrets_of"]

NAMES = ("email", "preferred_username", "name")
"""The claims that a person knows an account by (OpenID Connect Core section 5.1)."""


def find_account(
    token: Token,
    definition: ConnectionDefinition,
    endpoints: Endpoints,
    *,
    nonce: str,
    now: float,
    exchange: Exchange,
    tested: str = "",
) -> str:
    """Return the account that has signed in, safe to show; "" where the provider names none.

    The userinfo is asked for only where the ID token names no account, and only at a host to which
    the owner of the connection lets its access token go. The answer of ``test_url`` comes last.

    Args:
        token: What the token endpoint gave.
        definition: What the app file says of the connection.
        endpoints: The endpoints of the provider.
        nonce: What the authorization request has sent, or "".
        now: Seconds since the epoch.
        exchange: Sends the request.
        tested: The account that the answer of ``test_url`` names, safe to show, or "".
    """
    oauth2 = definition.oauth2
    if oauth2 is None:
        return ""
    has_userinfo = oauth2.userinfo_endpoint or "openid" in oauth2.scopes
    claims: dict[str, Any] | None = {}
    if token.id_token is not None:
        claims = id_token_claims(token.id_token, oauth2, nonce=nonce, now=now)
    if claims is None:
        # It may be of another sign-in, and so may be what the userinfo says.
        return ""
    secrets = secrets_of(token)
    account = _named(claims, definition.account, secrets)
    if not account and has_userinfo:
        userinfo = _userinfo(token, claims, definition.hosts, endpoints, exchange)
        account = _named(userinfo, definition.account, secrets)
    return account or tested


def id_token_claims(
    id_token: str, oauth2: OAuth2, *, nonce: str, now: float
) -> dict[str, Any] | None:
    """Return the claims of an ID token that came from the token endpoint; None for an unusable one.

    OpenID Connect Core section 3.1.3.7: TLS vouches for who has sent it, in place of its
    signature. Its issuer, audience, end and nonce are checked all the same.

    Args:
        id_token: The token.
        oauth2: What the app file says of the provider.
        nonce: What the authorization request has sent, or "".
        now: Seconds since the epoch.
    """
    claims = _payload(id_token)
    if claims is None:
        return None
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    is_right = (
        isinstance(claims.get("iss"), str)
        and (not oauth2.issuer or claims["iss"] == oauth2.issuer)
        and oauth2.client_id in audiences
        and claims.get("azp", oauth2.client_id if len(audiences) == 1 else None) == oauth2.client_id
        and _is_before(now - SETBACK, claims.get("exp"))
        and (not nonce or _are_same(claims.get("nonce"), nonce))
    )
    return claims if is_right else None


def _payload(id_token: str) -> dict[str, Any] | None:
    """Return the second part of a JWS (RFC 7515 section 7.1); an encrypted token has five parts."""
    parts = SecretStr(id_token).split(".")
    if len(parts) != 3:
        return None
    encoded = parts[1]
    with suppress(binascii.Error, ValueError, RecursionError):
        padded = encoded + "=" * (-len(encoded) % 4)
        claims = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return claims if isinstance(claims, dict) else None
    return None


def _is_before(now: float, end: object) -> bool:
    return isinstance(end, int | float) and not isinstance(end, bool) and now < end


def _are_same(one: object, other: str) -> bool:
    return isinstance(one, str) and hmac.compare_digest(one.encode(), other.encode())


def _named(claims: Mapping[str, Any] | None, path: str, secrets: Sequence[str]) -> str:
    if claims is None:
        return ""
    found = [account_at(claims, path)] if path else []
    for value in (*found, *(claims.get(name) for name in NAMES)):
        if account := account_name(value, mask=lambda text: mask_echoes(text, secrets)):
            return account
    return ""


def _userinfo(
    token: Token,
    claims: Mapping[str, Any],
    hosts: Sequence[str],
    endpoints: Endpoints,
    exchange: Exchange,
) -> dict[str, Any] | None:
    with suppress(AttioError):
        url = endpoints.require("userinfo_endpoint")
        if not url or not is_on_hosts(url, hosts):
            return None
        authorization = SecretStr(f"Bearer {token.access_token}")
        answer = exchange.get(url, {"Authorization": authorization})
        members = answer.members() if 200 <= answer.status < 300 else None
        # OpenID Connect Core section 5.3.2.
        if members is not None and ("sub" not in claims or members.get("sub") == claims["sub"]):
            return members
    return None


def secrets_of(token: Token) -> tuple[str, ...]:
    """Return what may not be shown of an answer of the provider or of a service."""
    held = (token.access_token, token.refresh_token, token.id_token)
    return tuple(each for each in held if each)
