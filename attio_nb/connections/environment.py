"""Connections from environment variables, for CI and containers: they win over the vault.

Each variable may be set as it is, or with ``_FILE`` behind its name to the path of a file that
holds the value, as secrets of Docker and Kubernetes are mounted.
"""

from __future__ import annotations

import functools
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attio_nb.app.model import CLIENT_ID, CLIENT_SECRET, FILE, REFRESH_TOKEN
from attio_nb.connections.cleaning import find_extra, without_ends
from attio_nb.connections.model import StoredConnection
from attio_nb.connections.secret import SecretStr, check_secret
from attio_nb.errors import InvalidSecretError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attio_nb.app import ConnectionDefinition

__all__ = [
    "connection_from_environment",
    "doubt_about",
    "from_environment",
    "is_from_environment",
    "value_of",
    "variable_in_use",
]

ID = "environment:"
"""How the id of a connection begins that no store holds."""


def connection_from_environment(variable: str, value: SecretStr, *, user: str) -> StoredConnection:
    """Return a connection whose value an environment variable holds.

    Args:
        variable: The name of the variable.
        value: The value.
        user: The id of the member to name as the one who connected.
    """
    return StoredConnection(
        id=f"{ID}{variable}",
        value=value,
        created_by=user,
        created_at=datetime.fromtimestamp(0, UTC),
    )


def from_environment(
    variable: str, *, user: str, environ: Mapping[str, str]
) -> StoredConnection | None:
    """Return the connection that an environment variable holds, or None where it is not set.

    Args:
        variable: Its name, such as ``ATTIO_NB_WORKSPACE_CONNECTION``.
        user: The id of the member to name as the one who connected.
        environ: The environment.

    Raises:
        InvalidSecretError: It is set to what cannot be a secret, or to a file that cannot be used.
    """
    if not _is_set(variable, environ):
        return None
    name = _name_in_use(variable, environ)
    return connection_from_environment(name, _value(variable, environ), user=user)


def value_of(variable: str, environ: Mapping[str, str]) -> SecretStr | None:
    """Return what an environment variable, or the file that it names, holds; None for not set.

    Args:
        variable: The name of the variable, without ``_FILE``.
        environ: The environment.

    Raises:
        InvalidSecretError: It is set to what cannot be a secret, or to a file that cannot be used.
    """
    return _value(variable, environ) if _is_set(variable, environ) else None


def variable_in_use(definition: ConnectionDefinition, environ: Mapping[str, str]) -> str:
    """Return the name of the variable that a connection comes from; "" where it comes from none.

    Args:
        definition: The connection.
        environ: The environment.
    """
    variable = definition.environment_variable
    if _is_set(variable, environ):
        return _name_in_use(variable, environ)
    if definition.oauth2 is None:
        return ""
    if _is_set(variable + REFRESH_TOKEN, environ):
        return _name_in_use(variable + REFRESH_TOKEN, environ)
    if _is_set(variable + CLIENT_ID, environ) and _is_set(variable + CLIENT_SECRET, environ):
        return _name_in_use(variable + CLIENT_SECRET, environ)
    return ""


def is_from_environment(stored: StoredConnection) -> bool:
    """Say whether an environment variable holds a connection, and no store."""
    return stored.id.startswith(ID)


def doubt_about(variable: str, stored: StoredConnection) -> str:
    """Return a sentence about what stands around the value of a variable; "" where nothing does.

    Args:
        variable: The name of the variable.
        stored: The connection that it holds.
    """
    found = find_extra(stored.value, ("lines",))
    if found is None:
        return ""
    return (
        f"The environment variable {variable} is used as it is. {found.text} If that is not a part "
        "of the value, take it out of the variable."
    )


def _value(variable: str, environ: Mapping[str, str]) -> SecretStr:
    name = _name_in_use(variable, environ)
    if environ.get(variable) and environ.get(variable + FILE):
        raise InvalidSecretError(
            f"The environment variables {variable} and {variable + FILE} are both set. Unset one "
            "of them."
        )
    # A file or a form that the variable was set from often adds a line end.
    text = without_ends(environ[name])
    if not text:
        what = "the path of a file" if name != variable else "the value"
        raise InvalidSecretError(
            f"The environment variable {name} is empty. Give it {what}, or unset it."
        )
    if name != variable:
        from attio_nb.connections.secret_file import read_secret_file

        return read_secret_file(text, name)
    try:
        return check_secret(text, several_lines=True)
    except InvalidSecretError as error:
        raise InvalidSecretError(
            f"The environment variable {name} cannot be used: {error}"
        ) from None


def _name_in_use(variable: str, environ: Mapping[str, str]) -> str:
    # An empty variable beside a file counts as none, as Docker's own images have it.
    return variable if environ.get(variable) or variable + FILE not in environ else variable + FILE


def _is_set(variable: str, environ: Mapping[str, str]) -> bool:
    # Asked for a name that it lacks, os.environ raises two errors before it says so, which takes a
    # fifth of a getter's time; the dictionary inside it says so at once.
    table = getattr(environ, "_data", None)
    if table is None or environ is not os.environ:
        return variable in environ or variable + FILE in environ
    name, file = _encoded(variable)
    return name in table or file in table


@functools.cache
def _encoded(variable: str) -> tuple[bytes | str, bytes | str]:
    return os.environ.encodekey(variable), os.environ.encodekey(variable + FILE)
