"""Why a connection that was signed in to is good for nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attio_nb.connections.model import StoredConnection
    from attio_nb.connections.resolve import Place

__all__ = ["NOT_RENEWED", "OTHER_AUTHORITY", "RUN_OUT", "why_expired"]

NOT_RENEWED = "Its provider renews it no more: sign in again."
NOT_REFRESHED = "Its provider does not refresh it any more; it refused {}. Sign in again."
OTHER_AUTHORITY = "The app file names another client or provider by now: sign in again."
RUN_OUT = "Its token has run out, and nothing renews it: sign in again."


def why_expired(place: Place, stored: StoredConnection, *, now: float) -> str:
    """Return why a connection has expired, as a sentence; "" where it has not.

    Args:
        place: Where it is kept.
        stored: What is kept there.
        now: Seconds since the epoch.
    """
    grant = stored.grant
    if grant is None:
        return ""
    if grant.expired:
        return NOT_REFRESHED.format(grant.refusal) if grant.refusal else NOT_RENEWED
    if grant.authority != place.authority:
        return OTHER_AUTHORITY
    if grant.refresh_token is None and now >= grant.expires_at:
        return RUN_OUT
    return ""
