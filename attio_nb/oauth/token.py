"""Requests to the token endpoint, and what its answers mean (RFC 6749 sections 4.1.3, 5 and 6)."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from attio_nb.connections.model import Grant
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import OAuthError, ProviderUnavailableError
from attio_nb.oauth.body import is_plain, positive_number
from attio_nb.oauth.error_codes import CODES
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.refusal import RefusedError, read_refusal
from attio_nb.oauth.remedy import LATER_STATUSES
from attio_nb.oauth.scopes import parse_scopes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.oauth.client_authentication import ClientAnswer
    from attio_nb.oauth.exchange import Answer, Exchange
    from attio_nb.oauth.refusal import Refusal
    from attio_nb.oauth.remedy import Remedy
    from attio_nb.oauth.token_endpoint import TokenEndpoint

__all__ = [
    "Token",
    "grant_of",
    "request_token",
    "token_of",
]

SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")
"""What RFC 6749 section A.12 allows in an access token, less the space, which no header takes."""

LONGEST_LIFE = 10 * 365 * 24 * 3600.0
"""In seconds, ten years: more is a date, which some write in place of a lifetime."""

SHORTEST_LEEWAY_PART, LONGEST_LEEWAY = 4, 30.0

PROOF_OF_POSSESSION = {"dpop", "pop", "mac", "hmac", "proofofpossession", "holderofkey", "hok"}
"""Token types that need a proof with each request, in lower case (RFC 9449, RFC 7800)."""

ADVICE = {
    "invalid_client": "Type the client secret again in the notebook. If it is right, check "
    "client_id and client_authentication in attio-app.toml.",
    "invalid_grant": "Sign in again.",
    "invalid_scope": "Check scopes in attio-app.toml.",
    "invalid_target": "Check resource in attio-app.toml.",
    "unauthorized_client": "Allow this kind of sign-in where the client is registered.",
    "unsupported_grant_type": "Allow this kind of sign-in where the client is registered.",
    "redirect_uri_mismatch": "Register the address to come back to where the client is registered.",
}
OTHER_ADVICE = "Check the connection in attio-app.toml and where its client is registered."
OTHER_CLIENT_ADVICE = (
    "Check the connection in attio-app.toml, its client secret, and where its client is registered."
)
NO_SECRET = "Check client_id and client_authentication in attio-app.toml."  # noqa: S105  # a hint
SIGN_IN_AGAIN = "If they are right, sign in again."


@dataclass(frozen=True)
class Token:
    """What the token endpoint gave.

    Attributes:
        access_token: The token.
        refresh_token: What renews it, or None.
        expires_in: Seconds that it lasts, or None where the provider did not say.
        scopes: What was granted; None where that is what was asked for.
        client_authentication: How the client authenticated; None where nobody has said.
        id_token: What an OpenID provider says of the person, or None; it is not kept.
    """

    access_token: SecretStr = field(repr=False)
    refresh_token: SecretStr | None = field(repr=False)
    expires_in: float | None
    scopes: tuple[str, ...] | None
    client_authentication: ClientAuthentication | None = None
    id_token: SecretStr | None = field(default=None, repr=False)


def request_token(
    oauth2: OAuth2,
    token_endpoint: TokenEndpoint,
    form: Mapping[str, str],
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
    remembered: ClientAuthentication | None = None,
) -> Token:
    """Ask the token endpoint for a token.

    Args:
        oauth2: What the app file says of the provider.
        token_endpoint: Where it is.
        form: The grant, such as ``grant_type`` and ``code``.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the request.
        remembered: How the provider has known the client before.

    Raises:
        OAuthError: The provider refuses, or its answer is no token.
        ProviderUnavailableError: There is no good answer now.
    """
    resource = {"resource": oauth2.resource} if oauth2.resource else {}
    answer = token_endpoint.post(
        {**form, **resource},
        oauth2=oauth2,
        client_secret=client_secret,
        exchange=exchange,
        remembered=remembered,
    )
    return token_of(answer, oauth2, is_renewal=form["grant_type"] == "refresh_token")


def token_of(answer: ClientAnswer, oauth2: OAuth2, *, is_renewal: bool = False) -> Token:
    """Return the token in an answer of the token endpoint.

    Args:
        answer: The answer.
        oauth2: What the app file says of the provider.
        is_renewal: Whether the request was a refresh.

    Raises:
        OAuthError: The provider refuses, or its answer is no token.
        ProviderUnavailableError: It is no good answer now.
    """
    try:
        token = _token(answer.answer, oauth2, is_renewal=is_renewal)
    except OAuthError as error:
        error.error = answer.answer.code_without_sent(error.error)
        raise
    return replace(token, client_authentication=answer.method)


def grant_of(
    token: Token, oauth2: OAuth2, *, received_at: float, before: Grant | None = None
) -> Grant:
    """Return what is to be kept with a token.

    Args:
        token: The token.
        oauth2: What the app file says of the provider.
        received_at: Seconds since the epoch at which its answer came.
        before: What was kept with the token that it renews; a refresh token of it stays good where
            the provider gives no new one (RFC 6749 section 6).
    """
    lifetime = token.expires_in or oauth2.expires_in or math.inf
    scopes = token.scopes or (before.scopes if before else oauth2.scopes)
    return Grant(
        authority=oauth2.authority,
        refresh_token=token.refresh_token or (before.refresh_token if before else None),
        received_at=received_at,
        stale_at=received_at + lifetime - min(LONGEST_LEEWAY, lifetime / SHORTEST_LEEWAY_PART),
        expires_at=received_at + lifetime,
        scopes=scopes,
        client_authentication=token.client_authentication,
    )


def _token(answer: Answer, oauth2: OAuth2, *, is_renewal: bool) -> Token:
    members = answer.members()
    _refuse_error(answer, oauth2, is_refresh=is_renewal)
    if members is None:
        raise OAuthError(
            f"{answer.host} answered with something that is no token "
            f"({_kind(answer)}). Check token_endpoint in attio-app.toml."
        )
    nested = _nested(members, oauth2.token_path)
    if nested is None and is_renewal and "access_token" in members:
        # Slack renews what it nested before at the top.
        nested = members
    if nested is None:
        raise OAuthError(
            f'The answer of {answer.host} has no token at "{oauth2.token_path}". Check token_path '
            "in attio-app.toml."
        )
    _check_type(nested.get("token_type"), answer)
    return Token(
        access_token=_access_token(nested.get("access_token"), answer.host),
        refresh_token=_refresh_token(nested.get("refresh_token"), answer.host),
        expires_in=_lifetime(nested.get("expires_in")),
        scopes=parse_scopes(nested.get("scope"), oauth2.scopes),
        id_token=_id_token(nested.get("id_token") or members.get("id_token")),
    )


def _refuse_error(answer: Answer, oauth2: OAuth2, *, is_refresh: bool) -> None:
    """Raise what an answer says that is none of a token, whatever its status (GitHub says 200)."""
    refusal = read_refusal(answer.status, answer.headers, answer.refusal_members())
    if refusal is None:
        return
    if refusal.remedy == "later":
        why = _why_later(answer, refusal)
        again = f"in {answer.retry_after:.0f} seconds" if answer.retry_after else "in a moment"
        raise ProviderUnavailableError(
            f"{answer.host} cannot answer now (status {answer.status}{why}). Try again {again}"
            + ("; if it stays so, sign in again." if why and is_refresh else "."),
            error=refusal.code,
            retry_after=answer.retry_after,
        )
    has_secret = oauth2.client_authentication != "none"
    # A client without a secret has nothing to type anew.
    remedy = "request" if refusal.remedy == "client" and not has_secret else refusal.remedy
    said = _said(answer, refusal)
    raise RefusedError(
        f"{answer.host} refused {said}. {_advice(refusal.code, remedy, has_secret=has_secret)}"
        + (f" {SIGN_IN_AGAIN}" if is_refresh and remedy == "request" else ""),
        error=_code(answer, refusal) or ("invalid_client" if remedy == "client" else ""),
        remedy=remedy,
        said="" if (refusal.name, refusal.words) == ("invalid_grant", "") else said,
    )


def _why_later(answer: Answer, refusal: Refusal) -> str:
    """Return the words that say so, in quotes, where the status does not."""
    words = refusal.words or refusal.name
    if not words or answer.status >= 500 or answer.status in LATER_STATUSES:
        return ""
    return f": {quoted(answer.without_sent(words))}"


def _code(answer: Answer, refusal: Refusal) -> str:
    """Return the code, unless it is one of the provider's own that repeats what was sent to it."""
    is_echo = refusal.code not in CODES and answer.without_sent(refusal.name) != refusal.name
    return "" if is_echo else refusal.code


def _said(answer: Answer, refusal: Refusal) -> str:
    """Return what a provider said, as the end of a sentence, without what was sent to it."""
    name, words = (
        quoted(answer.without_sent(text)) if text else "" for text in (refusal.name, refusal.words)
    )
    if name:
        return f"with {': '.join(filter(None, [name, words]))}"
    reason = f": {words}" if words else " and no reason"
    return f"with status {answer.status}{reason}"


def _advice(code: str, remedy: Remedy, *, has_secret: bool) -> str:
    if remedy == "client":
        return ADVICE["invalid_client"]
    if remedy == "grant":
        return ADVICE["invalid_grant"]
    if code == "invalid_client":
        return NO_SECRET
    # Many providers give no reason for a wrong client secret.
    return ADVICE.get(code, OTHER_CLIENT_ADVICE if has_secret else OTHER_ADVICE)


def _kind(answer: Answer) -> str:
    content_type = answer.headers.get("content-type", "no type").partition(";")[0]
    return f"status {answer.status}, {quoted(answer.without_sent(content_type))}"


def _nested(members: dict[str, Any], path: str) -> dict[str, Any] | None:
    found: Any = members
    for name in filter(None, path.split(".")):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _check_type(token_type: object, answer: Answer) -> None:
    """Refuse a token that a request has to prove possession of.

    Providers write many things in place of "Bearer" (RFC 6749 section 7.1), and send the same kind
    of token: "JWT", "access_token", "User Access Token", "" or nothing. A value that is no text
    says that the answer is of another kind.
    """
    if token_type is None or (isinstance(token_type, str) and not _needs_proof(token_type)):
        return
    said = quoted(answer.without_sent(f"{token_type}"))
    raise OAuthError(
        f"{answer.host} gave a token of the type {said}; only Bearer tokens are supported. Ask the "
        "provider for one, or turn off proof of possession for this client."
    )


def _needs_proof(token_type: str) -> bool:
    text = unicodedata.normalize("NFKC", f"{token_type}").lower()
    words = re.split(r"[^a-z0-9]+", text)
    # "DPoPToken" and "MAC Token", "proof_of_possession" and "Proof-of-Possession".
    kinds = {*(word.removesuffix("token") for word in words), "".join(words).removesuffix("token")}
    return not kinds.isdisjoint(PROOF_OF_POSSESSION)


def _access_token(value: object, host: str) -> SecretStr:
    if not isinstance(value, str) or not value:
        raise OAuthError(
            f"The answer of {host} holds no access_token. Check token_endpoint and token_path in "
            "attio-app.toml."
        )
    if not SENDABLE.fullmatch(value):
        raise OAuthError(
            f"{host} gave an access token that no HTTP header can carry, so it was not kept. Sign "
            "in again; if it stays so, tell the provider."
        )
    return SecretStr(value)


def _refresh_token(value: object, host: str) -> SecretStr | None:
    if not isinstance(value, str) or not value:
        return None
    if not is_plain(value):
        raise OAuthError(
            f"{host} gave a refresh token that cannot be sent back, so nothing was kept. Sign in "
            "again; if it stays so, tell the provider."
        )
    return SecretStr(value)


def _id_token(value: object) -> SecretStr | None:
    # Nothing depends on it: what cannot be one is passed over.
    return SecretStr(value) if isinstance(value, str) and is_plain(value) else None


def _lifetime(value: object) -> float | None:
    seconds = positive_number(value)
    return seconds if seconds and seconds < LONGEST_LIFE else None
