"""Providers that apps often connect to: where one signs in, and where a client is registered."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attio_nb.app.model import OAuth2

__all__ = ["Preset", "presets"]


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider.

    Attributes:
        id: What ``--provider`` calls it.
        name: What to call it in front of a person.
        oauth2: How one signs in; its client id is "" still.
        hosts: Where its API is.
        register_url: The page where a client is registered.
        docs_url: The page that says all this.
        steps: What to choose there.
        notes: What else one has to know.
        example_scope: A scope to show where at least one is needed, or "".
        redirect_is_registered: Whether an address to come back to has to be registered.
        https_only: Whether it takes no address on the loopback interface.
    """

    id: str
    name: str
    oauth2: OAuth2
    hosts: tuple[str, ...]
    register_url: str
    docs_url: str
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    example_scope: str = ""
    redirect_is_registered: bool = True
    https_only: bool = False


@functools.cache
def presets() -> dict[str, Preset]:
    """Return the presets by their ids, in the order of their file."""
    import tomllib

    text = Path(__file__).with_name("presets.toml").read_text(encoding="utf-8")
    return {id: _preset(id, table) for id, table in tomllib.loads(text).items()}


def _preset(id: str, table: dict[str, Any]) -> Preset:
    oauth2 = OAuth2(client_id="", **_frozen(table.pop("oauth2")))
    return Preset(id=id, oauth2=oauth2, **_frozen(table))


def _frozen(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _hashable(value) for name, value in values.items()}


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
