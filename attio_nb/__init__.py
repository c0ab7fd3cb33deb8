"""Attio's connections in Jupyter: server functions tried against real services in seconds.

Import `get_workspace_connection` or `get_user_connection` in a notebook and call it in a cell:
whoever has not connected yet is asked there and then. ``%load_ext attio_nb`` adds the magics
``%connect`` and ``%disconnect``. This project is independent of Attio.
"""

import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:
    # python -m attio_nb.cli: the current folder comes first, and modules there are not ours to run.
    # So nothing is imported before, not even __future__.
    del sys.path[0]

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from attio_nb.api import (
        acting_as,
        fetch,
        get_current_user,
        get_user_connection,
        get_workspace_connection,
        server_function,
    )
    from attio_nb.connections.model import Connection
    from attio_nb.errors import (
        AppFileError,
        AppFileNotAllowedError,
        AttioError,
        AuthorizationError,
        BoundaryError,
        CommandError,
        ConnectionExpiredError,
        HostNotAllowedError,
        InvalidRequestError,
        InvalidSecretError,
        MissingConnectionError,
        NotAllowedError,
        NoUserConnectionError,
        NoWorkspaceConnectionError,
        OAuthError,
        ProviderUnavailableError,
        ResponseStatusError,
        SetupError,
        UnapprovedAddressError,
        UnexpectedTransportError,
        UnknownConnectionError,
        UnknownMemberError,
        VaultError,
        VaultKeyError,
    )
    from attio_nb.session import Session

__all__ = [
    "AppFileError",
    "AppFileNotAllowedError",
    "AttioError",
    "AuthorizationError",
    "BoundaryError",
    "CommandError",
    "Connection",
    "ConnectionExpiredError",
    "HostNotAllowedError",
    "InvalidRequestError",
    "InvalidSecretError",
    "MissingConnectionError",
    "NoUserConnectionError",
    "NoWorkspaceConnectionError",
    "NotAllowedError",
    "OAuthError",
    "ProviderUnavailableError",
    "ResponseStatusError",
    "SetupError",
    "UnapprovedAddressError",
    "UnexpectedTransportError",
    "UnknownConnectionError",
    "UnknownMemberError",
    "VaultError",
    "VaultKeyError",
    "__version__",
    "acting_as",
    "fetch",
    "get_current_user",
    "get_user_connection",
    "get_workspace_connection",
    "server_function",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded at first use, so that %load_ext costs next to nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Connection":
        module = "attio_nb.connections.model"
    else:
        module = "attio_nb.errors" if name.endswith("Error") else "attio_nb.api"
    globals()[name] = value = getattr(import_module(module), name)
    return value


def find_host_later() -> None:
    """Let the session find its host when it is made, if nothing hosts it by then."""
    from attio_nb.hosting import process_hosting

    process_hosting().without_host = _find_host


def _find_host(session: "Session") -> None:
    from attio_nb.notebook.hosting import host_in_shell
    from attio_nb.script.hosting import host_in_script

    if not host_in_shell(session):
        host_in_script(session)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: "InteractiveShell") -> None:
    """Add the magics ``%connect`` and ``%disconnect`` to a shell: ``%load_ext attio_nb``.

    Args:
        shell: The shell of a kernel or of a terminal.
    """
    from attio_nb.imports import installed_packages_only

    # The page may have asked for it, in a folder of somebody else.
    with installed_packages_only():
        from attio_nb.notebook.extension import load

        load(shell)


def unload_ipython_extension(shell: "InteractiveShell") -> None:
    """Take out again what `load_ipython_extension` put in.

    Args:
        shell: The shell it was loaded into.
    """
    from attio_nb.notebook.extension import unload

    unload(shell)
