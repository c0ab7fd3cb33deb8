"""A connection as a page sends it: JSON of any kind, until it was looked at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attio_nb.app import APP_FILE
from attio_nb.errors import AppFileError, CommandError

__all__ = ["connection_given"]

LONGEST = 32_000
"""How many characters of JSON a connection may be: more than the longest scopes of any provider."""


def connection_given(given: object) -> dict[str, Any]:
    """Return the keys of a connection and what would stand there, which may be anything still.

    Args:
        given: What a page sent. An empty value is no value, but for ``redirect_path``, which may
            be empty where a sign-in comes back to this computer.

    Raises:
        AppFileError: It is longer than a connection may be.
        CommandError: It is no object, or nested too deeply.
    """
    if not isinstance(given, dict):
        raise CommandError("This is no connection: send an object with its keys.")
    _require_size(given)
    values = {name: value for name, value in given.items() if value not in ("", [], {}, None)}
    comes_back_here = values.get("type") == "oauth2" and "redirect_uri" not in values
    if comes_back_here and given.get("redirect_path") == "":
        values["redirect_path"] = ""
    return values


def _require_size(given: dict[str, Any]) -> None:
    try:
        sizes = {name: len(name) + len(json.dumps(value)) for name, value in given.items()}
    except (RecursionError, ValueError):
        raise CommandError("This is nested too deeply to be a connection.") from None
    if sum(sizes.values()) <= LONGEST:
        return
    longest = max(sizes, key=lambda name: sizes[name])
    is_named = len(longest) < 50
    raise AppFileError(
        f"{longest if is_named else 'one of its keys'} is too long: a connection has {LONGEST:,} "
        "characters at most. Shorten it.",
        path=Path(APP_FILE),
        place=("connections", 0, longest) if is_named else (),
    )
