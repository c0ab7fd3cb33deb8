"""A redirect URI for each provider, so that no two can be mixed up (RFC 9700 section 2.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attio_nb.app.model import ConnectionDefinition, OAuth2

__all__ = [
    "callback_name",
    "has_same_authorization_server",
    "shared_redirect_uris",
    "with_own_redirect_uri",
]

DEFAULT_PATH = "/callback"
OWN_PATH = re.compile(r"/callback/([A-Za-z0-9._~-]+)")


def callback_name(oauth2: OAuth2) -> str:
    """Return the last part of a redirect path such as ``/callback/mail``, or "" for another path.

    The callback of a Jupyter server has it too, so that it is another redirect URI there as well.
    """
    own = OWN_PATH.fullmatch(oauth2.redirect_path)
    return own[1] if own and not oauth2.redirect_uri else ""


def has_same_authorization_server(one: OAuth2, other: OAuth2) -> bool:
    """Say whether two connections are signed in to at the same provider."""
    if one.issuer and one.issuer == other.issuer:
        return True
    endpoints = (one.authorization_endpoint, one.token_endpoint)
    return all(endpoints) and endpoints == (other.authorization_endpoint, other.token_endpoint)


def with_own_redirect_uri(
    definition: ConnectionDefinition, connections: Iterable[ConnectionDefinition]
) -> ConnectionDefinition:
    """Return a new connection with a redirect URI of its own, where the app has another provider.

    A client that another connection uses already keeps the path that is registered for it.

    Args:
        definition: The new connection; a redirect path that it names stays.
        connections: Those that the app has.
    """
    oauth2 = definition.oauth2
    if oauth2 is None or oauth2.redirect_uri or oauth2.redirect_path != DEFAULT_PATH:
        return definition
    others = [each.oauth2 for each in connections if each.oauth2 is not None]
    if all(has_same_authorization_server(oauth2, other) for other in others):
        return definition
    path = next(_registered_paths(oauth2, others), None)
    if path is None:
        taken = {other.redirect_path for other in others}
        path = next(each for each in _own_paths(definition) if each not in taken)
    return replace(definition, oauth2=replace(oauth2, redirect_path=path))


def shared_redirect_uris(
    connections: Iterable[ConnectionDefinition],
) -> Iterator[tuple[ConnectionDefinition, ...]]:
    """Yield the connections that have one redirect URI although their providers are not the same.

    Args:
        connections: Those that the app has.
    """
    sharing: dict[str, list[ConnectionDefinition]] = {}
    for each in connections:
        if each.oauth2 is not None:
            sharing.setdefault(_redirect_target(each.oauth2), []).append(each)
    for group in sharing.values():
        used = [each.oauth2 for each in group if each.oauth2 is not None]
        if not all(has_same_authorization_server(used[0], other) for other in used):
            yield tuple(group)


def _registered_paths(oauth2: OAuth2, others: Iterable[OAuth2]) -> Iterator[str]:
    for other in others:
        is_same_client = other.client_id == oauth2.client_id and not other.redirect_uri
        if is_same_client and has_same_authorization_server(oauth2, other):
            yield other.redirect_path


def _own_paths(definition: ConnectionDefinition) -> Iterator[str]:
    name = definition.key or definition.owner
    yield f"{DEFAULT_PATH}/{name}"
    yield f"{DEFAULT_PATH}/{definition.owner}-{name}"
    for number in count(2):
        yield f"{DEFAULT_PATH}/{definition.owner}-{name}-{number}"


def _redirect_target(oauth2: OAuth2) -> str:
    # The Jupyter server has one callback for all hosts and ports, and for all paths but own ones.
    return oauth2.redirect_uri or f"{DEFAULT_PATH}/{callback_name(oauth2)}"
