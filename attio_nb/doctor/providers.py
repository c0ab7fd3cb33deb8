"""The OAuth providers of the app: which endpoints in their metadata cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.doctor.finding import from_error, ok
from attio_nb.errors import AttioError, OAuthError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attio_nb.app import OAuth2
    from attio_nb.doctor.finding import Finding
    from attio_nb.oauth.metadata import EndpointName
    from attio_nb.session import Session

__all__ = ["check_providers"]

COMMAND = "attio-nb doctor --providers"

CONSEQUENCES: dict[EndpointName, str] = {
    "authorization_endpoint": "nobody can sign in",
    "token_endpoint": "no token can be had or refreshed",
    "revocation_endpoint": "%disconnect cannot revoke its tokens there",
    "device_authorization_endpoint": "no other device can be used to sign in",
    "registration_endpoint": "--register cannot register a client there",
}
"""What does not work where an endpoint cannot be used."""


def check_providers(session: Session, *, ask: bool) -> Iterator[Finding]:
    """Report endpoints that providers name in their metadata, and that cannot be used.

    What the app file names was checked when it was read.

    Args:
        session: A session whose app file can be read.
        ask: Whether providers are asked for their metadata. Nothing of a connection is sent.
    """
    app = session.file.app()
    found = [each.oauth2 for each in app.connections if each.oauth2] if app else []
    for oauth2 in {each.issuer: each for each in found if each.issuer}.values():
        if ask:
            yield from _asked(oauth2)
        else:
            yield ok(f"Provider {oauth2.issuer}: not asked; {COMMAND} checks its endpoints")


def _asked(oauth2: OAuth2) -> Iterator[Finding]:
    # Loaded only where a provider is asked.
    from attio_nb.oauth.exchange import Exchange
    from attio_nb.oauth.metadata import find_endpoints

    subject = f"Provider {oauth2.issuer}"
    try:
        problems = find_endpoints(oauth2, Exchange()).problems
    except AttioError as error:
        yield from_error(subject, error)
        return
    if not problems:
        yield ok(f"{subject}: each endpoint in its metadata can be used")
    for name, problem in problems.items():
        yield from_error(f"{subject}: {CONSEQUENCES[name]}", OAuthError(problem))
