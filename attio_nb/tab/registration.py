"""The addresses to come back to that are registered at a provider, as sign-ins send them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attio_nb.app import APP_FILE, ConnectionDefinition
from attio_nb.app.draft import draft_connection
from attio_nb.app.presets import providers
from attio_nb.app.redirects import callback_name, with_own_redirect_uri
from attio_nb.errors import AttioError
from attio_nb.hub import callback_of_hub
from attio_nb.tab.given import connection_given

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attio_nb.app import OAuth2
    from attio_nb.app.presets import Preset

__all__ = ["EXACT_PORT", "loopback_addresses", "on_a_hub", "registration", "with_exact_port"]

EXACT_PORT = 8723
"""The port in a proposal for providers that take one exact address."""

REDIRECT_KEYS = ("redirect_host", "redirect_ports", "redirect_path", "redirect_uri")
WHERE = ("issuer", "authorization_endpoint", "token_endpoint", "client_id")
NOWHERE: dict[str, Any] = dict.fromkeys(WHERE, "")
COMPLETE = {"owner": "user", "type": "oauth2", "client_id": "any", "issuer": "https://a.example"}
"""What makes a connection of the keys above, before the rest of it is written."""

HTTPS_ONLY = (
    "It takes https addresses only, which this computer has none of: register any https address of "
    "yours, write it as redirect_uri, and paste the address that you land at."
)


def loopback_addresses(oauth2: OAuth2) -> list[str]:
    """Return the addresses of this computer that a sign-in comes back to.

    Args:
        oauth2: Which host, ports and path there are; without ports, any port belongs to it.
    """
    host, path = oauth2.redirect_host, oauth2.redirect_path
    ports = [f":{port}" for port in oauth2.redirect_ports] or [""]
    return [f"http://{host}{port}{path}" for port in ports]


def with_callback_name(callback_url: str, oauth2: OAuth2) -> str:
    """Return the callback of a Jupyter server as a sign-in of this connection uses it."""
    name = callback_name(oauth2)
    return f"{callback_url}/{name}" if callback_url and name else callback_url


def on_a_hub(oauth2: OAuth2, environ: Mapping[str, str] = os.environ) -> str:
    """Return what to register where the connection is used on a JupyterHub.

    Args:
        oauth2: The settings of the connection.
        environ: The environment, which names the hub that this process runs on.
    """
    return with_callback_name(callback_of_hub(environ), oauth2)


def with_exact_port(oauth2: OAuth2) -> str:
    """Return an address of this computer for a provider that wants a port in it."""
    return loopback_addresses(replace(oauth2, redirect_ports=(EXACT_PORT,)))[0]


def registration(
    given: object,
    *,
    callback_url: str,
    local: bool,
    beside: Iterable[ConnectionDefinition] | None = None,
) -> dict[str, Any] | None:
    """Return what is to be registered for a connection that is being written.

    Args:
        given: The keys of the connection, as JSON; whatever else it is, is not registered.
        callback_url: The callback of the Jupyter server, as the page knows it, or "".
        local: Whether the page is shown on the computer that a sign-in listens on.
        beside: The connections that the app has, for a new connection; None for one that is edited,
            which keeps its redirect URI.

    Returns:
        The addresses, and notes on them; None where nobody signs in, or where the app file would
        not take what is said of coming back.
    """
    try:
        values = connection_given(given)
        oauth2 = _way_back(values) if values.get("type") == "oauth2" else None
        if oauth2 is not None and beside is not None:
            oauth2 = _beside(values, oauth2, beside)
    except AttioError:
        # Whoever looks at the connection says so.
        return None
    if oauth2 is None:
        return None
    addresses, notes = _registered(oauth2, _preset(values), "" if local else callback_url)
    if not (local or callback_url) and addresses:
        notes = ["If your browser does not reach it, paste the address that you land at.", *notes]
    return {"addresses": addresses, "notes": notes}


def _registered(
    oauth2: OAuth2, preset: Preset | None, callback_url: str
) -> tuple[list[str], list[str]]:
    """Return the addresses and the notes; no callback for a browser on this computer."""
    if oauth2.redirect_uri:
        return [oauth2.redirect_uri], ["Nothing of ours listens there: paste what you land at."]
    if preset and preset.https_only:
        is_taken = callback_url.startswith("https:")
        return ([with_callback_name(callback_url, oauth2)], []) if is_taken else ([], [HTTPS_ONLY])
    is_registered = preset is None or preset.redirect_is_registered
    own = loopback_addresses(oauth2)
    callback_url = with_callback_name(callback_url, oauth2)
    if callback_url:
        where = f"Where Jupyter runs on one’s own computer, register {' and '.join(own)} instead."
        return [callback_url], [where] if is_registered else []
    if not is_registered:
        there = f"The redirect URI of a JupyterHub is {on_a_hub(oauth2)}."
        return [], ["An address of this computer needs no registration there.", there]
    return own, [
        *_ports(oauth2, preset),
        f"On a JupyterHub, register {on_a_hub(oauth2)} in its place.",
    ]


def _ports(oauth2: OAuth2, preset: Preset | None) -> list[str]:
    if oauth2.redirect_ports:
        return []
    if preset is not None:
        return ["Any port is good."]
    return [
        f"Any port is good. If the provider wants a port, write {EXACT_PORT} as "
        f"redirect_ports, and register {with_exact_port(oauth2)}."
    ]


def _way_back(values: dict[str, Any]) -> OAuth2 | None:
    said = {name: values[name] for name in REDIRECT_KEYS if name in values}
    return draft_connection('[app]\nid = "any"\n', Path(APP_FILE), COMPLETE | said, None).oauth2


def _beside(
    values: dict[str, Any], oauth2: OAuth2, connections: Iterable[ConnectionDefinition]
) -> OAuth2:
    """Return the OAuth settings with the redirect URI that a new connection of this app gets."""
    where = {name: value for name in WHERE if isinstance(value := values.get(name), str)}
    if where.keys().isdisjoint({"issuer", "authorization_endpoint"}):
        # The form names no provider yet.
        return oauth2
    key = values.get("key")
    definition = ConnectionDefinition(
        owner="workspace" if values.get("owner") == "workspace" else "user",
        key=key if isinstance(key, str) else None,
        type="oauth2",
        oauth2=replace(oauth2, **{**NOWHERE, **where}),
    )
    return with_own_redirect_uri(definition, connections).oauth2 or oauth2


def _preset(values: dict[str, Any]) -> Preset | None:
    where = [values.get("authorization_endpoint"), values.get("token_endpoint")]
    for preset in providers().values():
        oauth2 = preset.oauth2
        if oauth2 and where == [oauth2.authorization_endpoint, oauth2.token_endpoint]:
            return preset
    return None
