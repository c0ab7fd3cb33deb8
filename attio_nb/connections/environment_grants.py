"""Grants from environment variables: a refresh token, or the credentials of an OAuth client.

They are for CI, where nobody signs in. Neither holds an access token, so that one is requested when
it is needed first; nothing is written back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app.model import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from attio_nb.connections.environment import (
    connection_from_environment,
    value_of,
    variable_in_use,
)
from attio_nb.connections.model import CLIENT_CREDENTIALS, Grant
from attio_nb.connections.secret import SecretStr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attio_nb.app import ConnectionDefinition, OAuth2
    from attio_nb.connections.model import StoredConnection

__all__ = ["EnvironmentClient", "client_from_environment", "grant_from_environment"]

NOT_REQUESTED_YET = SecretStr("")


class EnvironmentClient(NamedTuple):
    """The OAuth client that environment variables name.

    Attributes:
        oauth2: What the app file says of the connection, with that client.
        client_secret: The secret of the client; None where no variable holds one.
    """

    oauth2: OAuth2
    client_secret: SecretStr | None


def grant_from_environment(
    definition: ConnectionDefinition, *, user: str, environ: Mapping[str, str]
) -> StoredConnection | None:
    """Return a connection whose token has to be requested first; None where no variable is set.

    A refresh token is used before the credentials of a client (RFC 6749 sections 6 and 4.4).

    Args:
        definition: The connection, which is one of OAuth 2.0.
        user: The id of the member to name as the one who connected.
        environ: The environment.

    Raises:
        InvalidSecretError: A variable is set to what cannot be used.
    """
    variable = variable_in_use(definition, environ)
    if not variable:
        return None
    refresh_token = value_of(definition.environment_variable + REFRESH_TOKEN, environ)
    client = client_from_environment(definition, environ)
    grant = Grant(
        authority=client.oauth2.authority,
        refresh_token=CLIENT_CREDENTIALS if refresh_token is None else refresh_token,
        received_at=0.0,
        stale_at=0.0,
        expires_at=0.0,
        scopes=client.oauth2.scopes,
    )
    found = connection_from_environment(variable, NOT_REQUESTED_YET, user=user)
    return found._replace(grant=grant)


def client_from_environment(
    definition: ConnectionDefinition, environ: Mapping[str, str]
) -> EnvironmentClient:
    """Return the OAuth client with which a grant from the environment is used.

    Args:
        definition: The connection, which is one of OAuth 2.0.
        environ: The environment.

    Raises:
        InvalidSecretError: A variable is set to what cannot be used.
    """
    oauth2, variable = definition.oauth2, definition.environment_variable
    assert oauth2 is not None  # noqa: S101  # only such a connection has a client
    client_secret = value_of(variable + CLIENT_SECRET, environ)
    client_id = value_of(variable + CLIENT_ID, environ)
    if client_id is not None:
        oauth2 = replace(oauth2, client_id=str.__str__(client_id))
    if client_secret is not None and oauth2.client_authentication == "none":
        # Each server has to support it for clients with a password (RFC 6749 section 2.3.1).
        oauth2 = replace(oauth2, client_authentication="client_secret_basic")
    return EnvironmentClient(oauth2, client_secret)
