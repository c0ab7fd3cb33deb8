"""Connections as bytes, and back: what stands inside a vault."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import inf
from typing import Any

from attio_nb.connections.model import Addresses, Grant, Slot, StoredConnection
from attio_nb.connections.secret import SecretStr

__all__ = ["Entries", "parsed", "serialised"]

Entries = dict[Slot, StoredConnection]
"""What a vault holds."""


GENERATION = Slot("", "", "client", "generation", None)
"""What holds the generation, since an older version of this package keeps every slot that it finds.
"""


def serialised(entries: Entries, generation: int) -> bytes:
    """Return connections as the JSON that a vault encrypts.

    Args:
        entries: The connections.
        generation: How often the vault was written, with this time.
    """
    # The parts of a slot stand side by side in a list, since joining them would need a character
    # that no name may hold.
    rows = [
        {
            "slot": slot,
            "id": stored.id,
            "value": str.__str__(stored.value),
            "created_by": stored.created_by,
            "created_at": stored.created_at.isoformat(),
            **({"grant": _grant_row(stored.grant)} if stored.grant else {}),
            **({} if stored.refused_at is None else {"refused_at": stored.refused_at}),
            **({} if stored.approved is None else {"approved": stored.approved._asdict()}),
            **({"account": stored.account} if stored.account else {}),
        }
        for slot, stored in entries.items()
    ]
    rows.append(
        {
            "slot": GENERATION,
            "id": "generation",
            "value": str(generation),
            "created_by": "",
            "created_at": datetime.fromtimestamp(0, UTC).isoformat(),
        }
    )
    return json.dumps(rows, allow_nan=False).encode()


def _grant_row(grant: Grant) -> dict[str, Any]:
    refresh_token = grant.refresh_token
    return {
        **grant._asdict(),
        "refresh_token": None if refresh_token is None else str.__str__(refresh_token),
        "stale_at": _number(grant.stale_at),
        "expires_at": _number(grant.expires_at),
    }


def _number(seconds: float) -> float | None:
    # JSON has no infinity.
    return None if seconds == inf else seconds


def parsed(content: bytes) -> tuple[Entries, int]:
    """Return the connections in what a vault has decrypted, and its generation, or 0."""
    entries = {Slot(*row["slot"]): _stored(row) for row in json.loads(content)}
    generation = entries.pop(GENERATION, None)
    return entries, 0 if generation is None else int(str.__str__(generation.value))


def _stored(row: dict[str, Any]) -> StoredConnection:
    return StoredConnection(
        id=row["id"],
        value=SecretStr(row["value"]),
        created_by=row["created_by"],
        created_at=datetime.fromisoformat(row["created_at"]),
        grant=_grant(row["grant"]) if "grant" in row else None,
        refused_at=row.get("refused_at"),
        approved=_addresses(row["approved"]) if "approved" in row else None,
        account=row.get("account", ""),
    )


def _addresses(row: dict[str, Any]) -> Addresses:
    return Addresses(tuple(row["hosts"]), tuple(row["test_urls"]))


def _grant(row: dict[str, Any]) -> Grant:
    refresh_token = row["refresh_token"]
    return Grant(
        authority=row["authority"],
        refresh_token=None if refresh_token is None else SecretStr(refresh_token),
        received_at=row["received_at"],
        stale_at=inf if row["stale_at"] is None else row["stale_at"],
        expires_at=inf if row["expires_at"] is None else row["expires_at"],
        scopes=tuple(row["scopes"]),
        expired=row["expired"],
        client_authentication=row.get("client_authentication"),
        # Not in a vault of an older version.
        refusal=row.get("refusal", ""),
        may_retry=row.get("may_retry", False),
    )
