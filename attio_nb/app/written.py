"""How a connection is written in an app file: its keys, in an order that reads well."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from attio_nb.app.check import CONNECTION_KEYS
from attio_nb.app.oauth2 import OAUTH2_KEYS
from attio_nb.app.trial import TEST_KEYS

if TYPE_CHECKING:
    from tomlkit.items import Item

    from attio_nb.app.model import ConnectionDefinition

__all__ = ["changes", "toml_item", "written"]

ALTERNATIVES = {
    "redirect_uri": ("redirect_host", "redirect_ports", "redirect_path"),
    "test_header": ("test_scheme",),
}
"""What may not stand beside a key, not even where it says what goes without saying."""


def written(definition: ConnectionDefinition) -> dict[str, Any]:
    """Return the keys of a connection and what stands there, less what goes without saying.

    Args:
        definition: The connection.
    """
    values = {
        "owner": definition.owner,
        "key": definition.key,
        "type": definition.type,
        "title": definition.title,
        "help_url": definition.help_url,
        **_oauth2(definition),
        "hosts": list(definition.hosts),
        **_changed(definition, TEST_KEYS),
    }
    return {
        name: value
        for name, value in values.items()
        # No path is another one than the default; it is here only where the connection says so.
        if value not in ("", [], None) or name == "redirect_path"
    }


def changes(before: ConnectionDefinition, after: ConnectionDefinition) -> dict[str, Any]:
    """Return the keys that say something else after than before.

    Args:
        before: What a connection was.
        after: What it is to be.

    Returns:
        What is to stand there; None for what is to be taken out.
    """
    there = written(after)
    known = (*CONNECTION_KEYS, *OAUTH2_KEYS)
    names = [name for name in known if _meaning(before, name) != _meaning(after, name)]
    ruled_out = [each for name in names if name in there for each in ALTERNATIVES.get(name, ())]
    return {name: there.get(name) for name in (*ruled_out, *names)}


def toml_item(value: Any) -> Item:
    """Return a value as TOML has it, on one line."""
    import tomlkit

    if isinstance(value, dict):
        table = tomlkit.inline_table()
        table.update(value)
        return table
    item: Item = tomlkit.item(value)
    return item


def _meaning(definition: ConnectionDefinition, name: str) -> Any:
    if name not in OAUTH2_KEYS:
        return getattr(definition, name)
    value = getattr(definition.oauth2, name, None)
    # Parameters mean the same in any order.
    return dict(value) if name == "authorization_parameters" and value else value


def _oauth2(definition: ConnectionDefinition) -> dict[str, Any]:
    oauth2 = definition.oauth2
    if oauth2 is None:
        return {}
    changed = _changed(oauth2, OAUTH2_KEYS)
    if "authorization_parameters" in changed:
        changed["authorization_parameters"] = dict(oauth2.authorization_parameters)
    return changed


def _changed(given: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return the attributes that are not what they are when nothing is said of them."""
    defaults = {field.name: field.default for field in dataclasses.fields(given)}
    values = {name: getattr(given, name) for name in names}
    return {name: _plain(value) for name, value in values.items() if value != defaults[name]}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
