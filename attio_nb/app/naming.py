"""The key that a new connection gets where nobody has chosen one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attio_nb.app.model import ConnectionDefinition

__all__ = ["new_key", "with_key"]

LONGEST = 40
"""In characters: a key is typed in code."""

FALLBACK = "connection"

LEFT_OUT = frozenset({
    "a", "access", "an", "api", "app", "connection", "credential", "key", "my", "oauth", "our",
    "personal", "secret", "the", "token", "your",
})  # fmt: skip
"""Words of a title that say what a value is, and not of which service it is."""

PUBLIC_SUFFIX_PARTS = frozenset({"co", "com", "org", "net", "gov", "ac"})


def with_key(
    definition: ConnectionDefinition, connections: Iterable[ConnectionDefinition]
) -> ConnectionDefinition:
    """Return a new connection with a key: its own, or one that is made from its title.

    Args:
        definition: The new connection.
        connections: Those that the app has.
    """
    if definition.key is not None:
        return definition
    return replace(definition, key=new_key(definition, connections))


def new_key(definition: ConnectionDefinition, connections: Iterable[ConnectionDefinition]) -> str:
    """Return a key for a connection that no other one of its owner has.

    Args:
        definition: The connection; its title, or else its first host, makes the key.
        connections: Those that the app has.
    """
    taken = {name for each in connections for name in each.environment_variables}
    base = _slug(definition.title) or _slug(_service(definition.hosts)) or FALLBACK
    names = (base if number == 1 else f"{base}-{number}" for number in count(1))
    return next(
        name
        for name in names
        if taken.isdisjoint(replace(definition, key=name).environment_variables)
    )


def _slug(title: str) -> str:
    """Return the telling words of a title as a key can hold them; "" where there are none."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower().replace("'", ""))
    telling = [word for word in words if word not in LEFT_OUT] or words
    slug = "-".join(telling)
    if slug[:1].isdigit():
        # A key begins with a letter.
        slug = f"{FALLBACK}-{slug}"
    return slug if len(slug) <= LONGEST else slug[:LONGEST].rpartition("-")[0] or slug[:LONGEST]


def _service(hosts: tuple[str, ...]) -> str:
    """Return the name of a service in its host, such as ``example`` in ``api.example.com``."""
    if not hosts:
        return ""
    name = re.sub(r":\d+$", "", hosts[0]).removeprefix("*.")
    labels = name.split(".")
    if len(labels) < 2 or labels[-1].isdigit():
        return ""
    is_second_level = len(labels) > 2 and labels[-2] in PUBLIC_SUFFIX_PARTS
    return labels[-3] if is_second_level else labels[-2]
