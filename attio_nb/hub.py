"""The servers of one user of a JupyterHub, who has one redirect URI for all of them.

The hub leads a browser that comes back from a provider to the user's default server. A sign-in that
a named server has begun says so at the end of its ``state``, so that the default server can lead
the browser on.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["add_server", "callback_of_hub", "named_server", "path_of_server"]

ANY_HUB = "https://YOUR-HUB/hub/"

SERVER = re.compile(r"[A-Za-z0-9@~%_.-]{1,500}")
"""The name of a server as it stands in a path: JupyterHub percent-encodes all other characters."""

HUB = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~%@-]*)*")

DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def callback_of_hub(environ: Mapping[str, str]) -> str:
    """Return the redirect URI that all users of a JupyterHub share.

    Args:
        environ: The environment, in which the hub that has started this process names itself.
    """
    hub = environ.get("JUPYTERHUB_PUBLIC_HUB_URL", "")
    if not hub and (host := environ.get("JUPYTERHUB_HOST")):
        hub = f"{host}{environ.get('JUPYTERHUB_BASE_URL', '/')}hub/"
    if not HUB.fullmatch(hub):
        hub = ANY_HUB
    return f"{hub.rstrip('/')}/user-redirect/attio-nb/oauth/callback"


def named_server(environ: Mapping[str, str]) -> str:
    """Return the name of the server that this process belongs to, as it stands in its path.

    Args:
        environ: The environment, in which JupyterHub says what it has started.

    Returns:
        The name, or "" for the default server of a user, and where there is no hub.
    """
    if not environ.get("JUPYTERHUB_SERVER_NAME"):
        return ""
    name = environ.get("JUPYTERHUB_SERVICE_PREFIX", "").rstrip("/").rpartition("/")[2]
    return name if _is_server(name) else ""


def add_server(state: str, server: str) -> str:
    """Return a state that says which server has begun the sign-in.

    Args:
        state: Characters of the base64url alphabet only.
        server: What `named_server` returns.
    """
    if not server:
        return state
    return f"{state}.{base64.urlsafe_b64encode(server.encode()).decode().rstrip('=')}"


def path_of_server(state: str, environ: Mapping[str, str]) -> str | None:
    """Return the path of the other server of the same user that has begun a sign-in.

    Args:
        state: The state that the provider brought back.
        environ: The environment of this server.

    Returns:
        A path below the user's own, such as ``/user/alice/mail/``, or None where the state names
        no other server.
    """
    prefix = environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    server, own = _server(state), named_server(environ)
    if not (prefix and server) or server == own:
        return None
    user = prefix.rstrip("/").removesuffix(f"/{own}" if own else "")
    return f"{user}/{server}/"


def _server(state: str) -> str:
    _, _, encoded = state.partition(".")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)
        server = decoded.decode("ascii")
    except (ValueError, binascii.Error):
        return ""
    return server if _is_server(server) else ""


def _is_server(name: str) -> bool:
    # A path must not lead out of the user's own.
    return bool(SERVER.fullmatch(name)) and not DOTS.fullmatch(name)
