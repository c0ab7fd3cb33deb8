"""The app file ``attio-app.toml``: connections and members, read, checked, written.

It stands in for the Connections tab of an Attio app. No value is ever in it, so that it can be
committed and reviewed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attio_nb.app.model import (
        APP_FILE,
        App,
        ClientAuthentication,
        ConnectionDefinition,
        Member,
        OAuth2,
        OnMissing,
        Owner,
        Role,
        Scheme,
    )
    from attio_nb.app.read import find_app_file, read_app
    from attio_nb.app.write import add_connection, create_app, replace_connection

__all__ = [
    "APP_FILE",
    "App",
    "ClientAuthentication",
    "ConnectionDefinition",
    "Member",
    "OAuth2",
    "OnMissing",
    "Owner",
    "Role",
    "Scheme",
    "add_connection",
    "create_app",
    "find_app_file",
    "read_app",
    "replace_connection",
]

_MODULES = {
    "find_app_file": "read",
    "read_app": "read",
    "add_connection": "write",
    "create_app": "write",
    "replace_connection": "write",
}
"""Where each name is that the model does not have."""


def __getattr__(name: str) -> Any:
    # A cell and a page may load this package on two threads. Python imports a module of a package
    # while it holds the lock of that module, so a package that imports its modules by itself can
    # meet one that is held by a thread which waits for the package.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULES.get(name, 'model')}")
    globals()[name] = value = getattr(module, name)
    return value
