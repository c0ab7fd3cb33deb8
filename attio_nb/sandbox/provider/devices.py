"""Devices that wait for a person who signs in elsewhere (RFC 8628)."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from attio_nb.sandbox.database import Database
from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.provider.grants import (
    Approval,
    Grants,
    Issued,
    approval_of,
    hash_of,
    join_scopes,
    new_secret,
    split_scopes,
)
from attio_nb.sandbox.provider.model import OAuthProblem

__all__ = ["DeviceCodes", "Devices", "WaitingDevice"]

LIFETIME = 600.0
"""In seconds, of both codes."""

EARLY = 0.2
"""In seconds: so much sooner may a device ask, since networks do not keep time."""

SLOWER = 5
"""In seconds: what slow_down adds (RFC 8628 section 3.5)."""

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of user codes: no vowels, so that no word comes out (RFC 8628 section 6.1)."""


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """A device that waits for a person.

    Attributes:
        client_id: Which client runs on it.
        scopes: What it asks for.
    """

    client_id: str
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """What a device is told.

    Attributes:
        device_code: What it asks with.
        user_code: What its person types.
        expires_in: Seconds that both are good for.
        interval: Seconds between two questions.
    """

    device_code: str
    user_code: str
    expires_in: int
    interval: int


class Devices:
    """Every device that waits or waited, safe to share between threads and processes.

    Args:
        database: Where they are kept.
        grants: Takes what a person allows one.
    """

    def __init__(self, database: Database, grants: Grants) -> None:
        self._database = database
        self._grants = grants

    def begin(self, client_id: str, scopes: Iterable[Scope]) -> DeviceCodes:
        """Let a device wait for a person."""
        codes = DeviceCodes(
            device_code=new_secret("device"),
            user_code=_user_code(),
            expires_in=int(LIFETIME),
            interval=self._grants.policy.device_interval,
        )
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO oauth_devices VALUES (?, ?, ?, ?, ?, ?, NULL, '', NULL)",
                (
                    hash_of(codes.device_code),
                    codes.user_code,
                    client_id,
                    join_scopes(scopes),
                    self._now() + LIFETIME,
                    codes.interval,
                ),
            )
        return codes

    def waiting(self, user_code: str) -> WaitingDevice | None:
        """Find the device that shows a code to its person, and still waits."""
        rows = self._database.rows(
            "SELECT client_id, scopes FROM oauth_devices"
            " WHERE user_code = ? AND decision = '' AND expires_at > ?",
            _as_issued(user_code),
            self._now(),
        )
        return (
            WaitingDevice(rows[0]["client_id"], split_scopes(rows[0]["scopes"])) if rows else None
        )

    def decide(self, user_code: str, approval: Approval | None) -> None:
        """Tell a device that waits what its person said; None for no."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE oauth_devices SET decision = ?, person = ?, scopes = coalesce(?, scopes)"
                " WHERE user_code = ? AND decision = ''",
                (
                    "allowed" if approval else "denied",
                    approval.person if approval else None,
                    join_scopes(approval.scopes) if approval else None,
                    _as_issued(user_code),
                ),
            )

    def poll(self, device_code: str, *, client_id: str) -> Issued:
        """Give a device its tokens, once its person has said yes.

        Raises:
            OAuthProblem: Not yet, too soon, or never.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM oauth_devices WHERE hash = ?", (hash_of(device_code),)
            ).fetchone()
            refusal = self._refusal(connection, row, client_id)
            if refusal is None:
                connection.execute(
                    "UPDATE oauth_devices SET decision = 'used' WHERE hash = ?", (row["hash"],)
                )
                return self._grants.grant(connection, approval_of(row), secrets.token_hex(8))
        # Only now, so that the time of this question is kept.
        raise refusal

    def _refusal(
        self, connection: sqlite3.Connection, row: sqlite3.Row | None, client_id: str
    ) -> OAuthProblem | None:
        if row is None or row["client_id"] != client_id or row["decision"] == "used":
            return OAuthProblem("invalid_grant", "There is no such device code for this client.")
        now = self._now()
        if row["expires_at"] <= now:
            return OAuthProblem("expired_token", "The device code has expired.")
        too_soon = row["polled_at"] is not None and now < row["polled_at"] + row["pause"] - EARLY
        connection.execute(
            "UPDATE oauth_devices SET polled_at = ?, pause = pause + ? WHERE hash = ?",
            (now, SLOWER if too_soon else 0, row["hash"]),
        )
        match row["decision"]:
            case _ if too_soon:
                return OAuthProblem("slow_down", "That was too soon: leave 5 seconds more.")
            case "denied":
                return OAuthProblem("access_denied", "The person said no.")
            case "allowed":
                return None
            case _:
                return OAuthProblem("authorization_pending", "The person has not decided yet.")

    def _now(self) -> float:
        return self._grants.now().timestamp()


def _user_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _as_issued(user_code: str) -> str:
    letters = "".join(letter for letter in user_code.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"
