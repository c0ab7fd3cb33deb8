"""Connections from environment variables, for CI: they win over the vault."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attio_nb.connections.model import StoredConnection
from attio_nb.connections.secret import SecretStr, check_secret
from attio_nb.errors import InvalidSecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["from_environment", "is_from_environment"]

ID = "environment:"
"""How the id of a connection begins that no store holds."""


def from_environment(
    variable: str, *, user: str, environ: Mapping[str, str]
) -> StoredConnection | None:
    """Return the connection that an environment variable holds, or None where it is not set.

    Args:
        variable: Its name, such as ``ATTIO_NB_WORKSPACE_CONNECTION``.
        user: The id of the member to name as the one who connected.
        environ: The environment.

    Raises:
        InvalidSecretError: It is set to what cannot be a secret.
    """
    if not _has(environ, variable):
        return None
    text = SecretStr(environ[variable])
    if not text:
        raise InvalidSecretError(
            f"The environment variable {variable} is empty. Give it the value, or unset it."
        )
    try:
        value = check_secret(text)
    except InvalidSecretError as error:
        raise InvalidSecretError(
            f"The environment variable {variable} cannot be used: {error}"
        ) from None
    return StoredConnection(
        id=f"{ID}{variable}",
        value=value,
        created_by=user,
        created_at=datetime.fromtimestamp(0, UTC),
    )


def is_from_environment(stored: StoredConnection) -> bool:
    """Say whether an environment variable holds a connection, and no store."""
    return stored.id.startswith(ID)


def _has(environ: Mapping[str, str], variable: str) -> bool:
    # Asked for a name that it lacks, os.environ raises two errors before it says so, which takes a
    # fifth of a getter's time; the dictionary inside it says so at once.
    table = getattr(environ, "_data", None)
    if table is None or environ is not os.environ:
        return variable in environ
    return os.environ.encodekey(variable) in table
