"""The app file ``attio-app.toml``: connections and members, read, checked, written.

It stands in for the Connections tab of an Attio app. No value is ever in it, so that it can be
committed and reviewed.
"""

from __future__ import annotations

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
