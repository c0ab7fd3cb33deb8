"""The account that a connection belongs to at its service: read from an answer, made safe to show.

It is shown to people and decides nothing. Whoever answers may write anything into it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attio_nb.credentials import looks_like_credential
from attio_nb.plain_text import escape_unprintable

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.store import Store

__all__ = ["account_at", "account_in", "account_name", "keep_account"]

LONGEST_NAME = 100
"""In characters; what is longer is cut off."""


def account_in(content: bytes, path: str, *, mask: Callable[[str], str]) -> str:
    """Return the account that the JSON body of an answer names, safe to show; "" for none.

    Args:
        content: The body.
        path: The way to it, see `account_at`.
        mask: Returns a text with a mask in place of the value that was sent.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    return account_name(account_at(found, path), mask=mask)


def account_at(found: Any, path: str) -> Any:
    """Return what a JSON document holds at the end of a path, or None.

    Args:
        found: The document.
        path: The names of the members that lead to it, with dots between them; a number stands
            for a place in an array, which begins at 0.
    """
    for name in path.split("."):
        found = _member(found, name)
    return found


def account_name(value: object, *, mask: Callable[[str], str]) -> str:
    """Return the name of an account, safe to show on one line; "" where there is none to show.

    Control characters and direction marks are written out, as ``\\u202e``, and a long name is cut
    off. What holds a secret, or looks like one, is not shown at all.

    Args:
        value: What an answer gives as the name.
        mask: Returns a text with a mask in place of the values that must not be shown.
    """
    # True is an integer, and no name.
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    try:
        text = str.__str__(value) if isinstance(value, str) else str(value)
    except ValueError:
        # An integer of more digits than Python writes.
        return ""
    text = " ".join(text.split())
    if mask(text) != text or looks_like_credential(text):
        return ""
    shown = escape_unprintable(text)
    return f"{shown[: LONGEST_NAME - 1]}…" if len(shown) > LONGEST_NAME else shown


def keep_account(store: Store, slot: Slot, seen: StoredConnection, account: str) -> bool:
    """Keep the name of the account beside a connection, unless somebody has connected since.

    Args:
        store: Where the connection is.
        slot: The slot that holds it.
        seen: What was stored there when the account was found out.
        account: The name of the account.

    Returns:
        Whether the slot still holds that connection, with this account beside it.

    Raises:
        VaultError: It could not be written; what was stored before is unharmed.
    """
    # A refresh has to find what it has read, or else the token that it brings is lost.
    with store.renewing(slot):
        # A refresh gives another value to the same connection, and keeps when it was made.
        while (stored := store.get(slot)) and stored.created_at == seen.created_at:
            if stored.account == account:
                return True
            if store.replace(slot, stored, stored._replace(account=account)):
                return True
    return False


def _member(found: Any, name: str) -> Any:
    if isinstance(found, dict):
        return found.get(name)
    if isinstance(found, list) and name.isascii() and name.isdigit() and len(name) < 5:
        return found[int(name)] if int(name) < len(found) else None
    return None
