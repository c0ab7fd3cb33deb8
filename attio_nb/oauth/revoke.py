"""Giving a grant back (RFC 7009)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from attio_nb.errors import AttioError, ProviderUnavailableError
from attio_nb.oauth.token import client_authentication

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import OAuth2
    from attio_nb.connections.model import StoredConnection
    from attio_nb.connections.secret import SecretStr
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["Revocation", "revoke"]

LONGEST_PAUSE = 5.0
"""In seconds, before a provider is asked once more, whatever its Retry-After says."""


@dataclass(frozen=True)
class Revocation:
    """What came of revoking a grant at its provider.

    Attributes:
        state: ``revoked``; ``not-offered`` where the provider has no way; ``failed``.
        message: A sentence for the person.
    """

    state: Literal["revoked", "not-offered", "failed"]
    message: str


def revoke(
    oauth2: OAuth2,
    endpoint: str,
    stored: StoredConnection,
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
    pause: Callable[[float], object],
) -> Revocation:
    """Revoke a grant, as far as the provider lets it be revoked; nothing is raised.

    Args:
        oauth2: What the app file says of the provider.
        endpoint: Where tokens are revoked, or "".
        stored: What is kept of the grant.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the requests.
        pause: Waits for so many seconds.
    """
    if not endpoint:
        return Revocation(
            "not-offered",
            "Its provider offers no revocation: remove the app in your account there, if it is to "
            "lose its access at once.",
        )
    grant = stored.grant
    refresh_token = grant.refresh_token if grant and not grant.expired else None
    # A revoked refresh token takes the access tokens with it (RFC 7009 section 2.1); where there
    # is none, the access token is all there is.
    token, hint = (
        (refresh_token, "refresh_token") if refresh_token else (stored.value, "access_token")
    )
    try:
        headers, fields = client_authentication(oauth2, client_secret)
        form = {"token": token, "token_type_hint": hint, **fields}
        answer = _posted(exchange, endpoint, form, headers, pause)
    except AttioError as error:
        return Revocation("failed", f"It could not be revoked there: {error}")
    return _told(answer)


def _posted(
    exchange: Exchange,
    endpoint: str,
    form: dict[str, str],
    headers: dict[str, str],
    pause: Callable[[float], object],
) -> Answer:
    __tracebackhide__ = True
    try:
        answer = exchange.post(endpoint, form, headers)
    except ProviderUnavailableError:
        return exchange.post(endpoint, form, headers)
    if answer.status in (429, 503):
        # RFC 7009 section 2.2.1: the token is to be taken as still good, and asked for once more.
        pause(min(answer.retry_after or 1.0, LONGEST_PAUSE))
        answer = exchange.post(endpoint, form, headers)
    return answer


def _told(answer: Answer) -> Revocation:
    if answer.status in (200, 204):
        return Revocation("revoked", f"It was revoked at {answer.host}.")
    if (answer.members() or {}).get("error") in ("invalid_token", "invalid_grant"):
        # RFC 7009 section 2.2 says 200 for what is gone already; Google says 400.
        return Revocation("revoked", f"It had ended already at {answer.host}.")
    return Revocation(
        "failed",
        f"{answer.host} did not revoke it (status {answer.status}). Remove the app in your account "
        "there, if it is to lose its access at once.",
    )
