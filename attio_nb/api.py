"""The functions that an app calls, with Attio's names in snake_case."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from attio_nb.session import default_session

if TYPE_CHECKING:
    from attio_nb.connections.model import Connection
    from attio_nb.execution import Execution

__all__ = ["acting_as", "get_current_user", "get_user_connection", "get_workspace_connection"]


def get_user_connection(connection_key: str | None = None) -> Connection:
    """Return the connection of the member on whose behalf the code runs, asked for first where
    there is none.

    Call it plainly, outside any ``try``: it never returns None.

    Args:
        connection_key: The key in the app file; optional where the app has one user connection.

    Returns:
        The connection; ``connection.value`` is the secret.

    Raises:
        NoUserConnectionError: There is none, and nobody connected when asked, or nobody can be
            asked.
        UnknownConnectionError: The app file defines no such connection.
        AppFileError: The app file cannot be used as it stands.
        VaultError: What is stored cannot be read.
    """
    return default_session().get_connection("user", connection_key)


def get_workspace_connection(connection_key: str | None = None) -> Connection:
    """Return the shared connection of the workspace, asked for first where there is none.

    Call it plainly, outside any ``try``: it never returns None.

    Args:
        connection_key: The key in the app file; optional where the app has one workspace
            connection.

    Returns:
        The connection; ``connection.value`` is the secret.

    Raises:
        NoWorkspaceConnectionError: There is none, and nobody connected when asked, or nobody can be
            asked.
        NotAllowedError: There is none, and the member on whose behalf the code runs is no admin.
        UnknownConnectionError: The app file defines no such connection.
        AppFileError: The app file cannot be used as it stands.
        VaultError: What is stored cannot be read.
    """
    return default_session().get_connection("workspace", connection_key)


def get_current_user() -> dict[str, str]:
    """Return the member on whose behalf the code runs, as ``{"id": …}``.

    Raises:
        UnknownMemberError: The app file names members, and the person who runs this is none of
            them.
    """
    return {"id": default_session().people.execution().user}


def acting_as(user: str) -> AbstractContextManager[Execution]:
    """Run a block on behalf of another member: ``with acting_as("bob"): …``.

    It holds for the tasks that are started in the block, and for no others.

    Args:
        user: The id of a member in the app file.

    Raises:
        UnknownMemberError: There is no such member.
    """
    return default_session().people.acting_as(user)
