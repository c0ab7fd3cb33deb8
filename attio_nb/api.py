"""The functions that an app calls, with Attio's names in snake_case."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from attio_nb import find_host_later
from attio_nb.session import default_session

if TYPE_CHECKING:
    import httpx

    from attio_nb.connections.model import Connection
    from attio_nb.execution import Execution
    from attio_nb.functions.request import Fields, Params

__all__ = [
    "acting_as",
    "fetch",
    "get_current_user",
    "get_user_connection",
    "get_workspace_connection",
    "server_function",
]

P = ParamSpec("P")
R = TypeVar("R")

# Whoever can call a getter can be asked.
find_host_later()


def get_user_connection(connection_key: str | None = None) -> Connection:
    """Return the connection of whoever the code runs for, asked for first where there is none.

    Call it plainly, outside any ``try``: it never returns None.

    Args:
        connection_key: The key in the app file; optional where the app has one user connection.

    Returns:
        The connection; ``connection.value`` is the secret, or an access token that is good.

    Raises:
        NoUserConnectionError: There is none, and nobody connected when asked, or nobody can be
            asked.
        ConnectionExpiredError: Its provider no longer renews it, and nobody signed in again.
        OAuthError: Its access token could not be renewed just now.
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
        The connection; ``connection.value`` is the secret, or an access token that is good.

    Raises:
        NoWorkspaceConnectionError: There is none, and nobody connected when asked, or nobody can be
            asked.
        ConnectionExpiredError: Its provider no longer renews it, and nobody signed in again.
        OAuthError: Its access token could not be renewed just now.
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
    return {"id": default_session().require_member().user}


def acting_as(user: str) -> AbstractContextManager[Execution]:
    """Run a block on behalf of another member: ``with acting_as("bob"): …``.

    It holds for the tasks that are started in the block, and for no others.

    Args:
        user: The id of a member in the app file.

    Raises:
        UnknownMemberError: There is no such member.
    """
    return default_session().people.acting_as(user)


def server_function(
    function: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Make a coroutine function behave as one of Attio's server functions.

    Arguments and result pass through JSON, as they do on the way to Attio's servers; a call from
    one server function to another is a plain call.

    Args:
        function: An ``async def`` of a module or a cell.

    Returns:
        A coroutine function of the same name and signature. Awaiting it raises `BoundaryError`
        for an argument or a result that JSON cannot carry.

    Raises:
        TypeError: It is something else than an ``async def``.
    """
    from attio_nb.functions.server_function import ServerFunctions

    return ServerFunctions(lambda: default_session().people.execution_of_anybody())(function)


async def fetch(
    url: str | httpx.URL,
    *,
    method: str = "GET",
    headers: Fields | None = None,
    params: Params | None = None,
    json: object = None,
    body: str | bytes | None = None,
    auth: httpx.Auth | None = None,
    timeout: float | None = 30.0,
) -> httpx.Response:
    """Send a request and return its answer, whatever its status; redirects are followed.

    Args:
        url: An ``http`` or ``https`` address, without a user name and password.
        method: Any case.
        headers: Names and values, such as ``{"Authorization": f"Bearer {connection.value}"}``.
        params: What to put behind the ``?`` of the URL.
        json: A body, sent as ``JSON.stringify`` would write it; None for none.
        body: A body as it is sent; a string goes as UTF-8.
        auth: What authenticates the request, such as ``connection.auth()``.
        timeout: Seconds that all of it may take, without the time in which a person is asked for a
            connection; None for no end.

    Returns:
        The answer, read to its end: ``response.raise_for_status()`` raises a `ResponseStatusError`
        for a status that is no success, ``response.json()`` and ``response.text`` give what it
        holds.

    Raises:
        UnexpectedTransportError: There was no answer: the host is not known, refused, took too
            long, or fails TLS certificate verification.
        InvalidRequestError: The request cannot be sent as it is. The message does not show it.
        BoundaryError: JSON cannot carry what ``json`` holds.
        HostNotAllowedError: ``auth`` may not send its value to this host.
    """
    __tracebackhide__ = True  # the headers hold values
    try:
        return await default_session().fetch(
            url,
            method=method,
            headers=headers,
            params=params,
            json=json,
            body=body,
            auth=auth,
            timeout=timeout,
        )
    finally:
        # The traceback of an error has this frame.
        del url, headers, params, json, body, auth
