"""What the API remembers, asked and changed in its own words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from attio_nb.sandbox import seed
from attio_nb.sandbox.database import Database
from attio_nb.sandbox.model import (
    ApiKey,
    Enrolment,
    EnrolmentStatus,
    Mailbox,
    NewEnrolment,
    Prospect,
    Sequence,
)

__all__ = ["MailboxConflict", "SandboxStore"]

_ENROLMENTS = """
    SELECT enrolments.id, email, sequence_id, sequences.name AS sequence_name, mailbox_id,
           status, added_by, added_at
    FROM enrolments
    JOIN prospects ON prospects.id = prospect_id
    JOIN sequences ON sequences.id = sequence_id
"""


class MailboxConflict(Exception):
    """The prospect is in the sequence already, and another mailbox writes.

    Args:
        enrolment: The enrolment that stands.
    """

    def __init__(self, enrolment: Enrolment) -> None:
        super().__init__(enrolment)
        self.enrolment = enrolment


def utc_now() -> datetime:
    """Read the clock of the machine."""
    return datetime.now(UTC)


class SandboxStore:
    """Everything that the API remembers; safe to share between threads and processes.

    Args:
        path: The SQLite file. It is made and filled when it is missing or empty.
        now: What time it is, with its time zone.

    Raises:
        SetupError: The file cannot be opened, or is none of the sandbox.
    """

    def __init__(self, path: Path, *, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._database = Database(path, fill=self._fill)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    @property
    def database(self) -> Database:
        """The file itself, for what else is kept in it."""
        return self._database

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._database.close()

    def reset(self) -> None:
        """Forget everything, and begin again with the seeded data."""
        self._database.reset()

    def key(self, value: str) -> ApiKey | None:
        """Find a key by its value."""
        found = self._database.rows("SELECT document FROM api_keys WHERE value = ?", value)
        return ApiKey.model_validate_json(found[0]["document"]) if found else None

    def keys(self) -> list[ApiKey]:
        """List the keys in the order in which they were seeded."""
        rows = self._database.rows("SELECT document FROM api_keys ORDER BY position")
        return [ApiKey.model_validate_json(row["document"]) for row in rows]

    def mailboxes(self, *, after: int = 0, limit: int = 100) -> list[Mailbox]:
        """List at most `limit` mailboxes with an id greater than `after`, by id."""
        rows = self._database.rows(
            "SELECT * FROM mailboxes WHERE id > ? ORDER BY id LIMIT ?", after, limit
        )
        return [Mailbox.model_validate(dict(row)) for row in rows]

    def sequences(self, *, after: int = 0, limit: int = 100) -> list[Sequence]:
        """List at most `limit` sequences with an id greater than `after`, by id."""
        rows = self._database.rows(
            "SELECT * FROM sequences WHERE id > ? ORDER BY id LIMIT ?", after, limit
        )
        return [_sequence(row) for row in rows]

    def prospects(self, *, after: int = 0, limit: int = 100) -> list[Prospect]:
        """List at most `limit` prospects with an id greater than `after`, by id."""
        rows = self._database.rows(
            "SELECT * FROM prospects WHERE id > ? ORDER BY id LIMIT ?", after, limit
        )
        return [Prospect.model_validate(dict(row)) for row in rows]

    def enrolments(
        self,
        *,
        email: str | None = None,
        sequence_id: int | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Enrolment]:
        """List enrolments by id.

        Args:
            email: Only those of this prospect; upper and lower case are the same.
            sequence_id: Only those in this sequence.
            after: Only ids greater than this one.
            limit: At most so many.
        """
        rows = self._database.rows(
            f"{_ENROLMENTS} WHERE email = coalesce(?, email) COLLATE NOCASE"
            " AND sequence_id = coalesce(?, sequence_id) AND enrolments.id > ?"
            " ORDER BY enrolments.id LIMIT ?",
            email,
            sequence_id,
            after,
            limit,
        )
        return [Enrolment.model_validate(dict(row)) for row in rows]

    def latest_enrolments(self, count: int) -> list[Enrolment]:
        """List the enrolments that were added last, the newest first."""
        rows = self._database.rows(f"{_ENROLMENTS} ORDER BY enrolments.id DESC LIMIT ?", count)
        return [Enrolment.model_validate(dict(row)) for row in rows]

    def enrolment(self, enrolment_id: int) -> Enrolment | None:
        """Find an enrolment by its id."""
        rows = self._database.rows(f"{_ENROLMENTS} WHERE enrolments.id = ?", enrolment_id)
        return Enrolment.model_validate(dict(rows[0])) if rows else None

    def enrol(self, new: NewEnrolment, *, added_by: str) -> tuple[Enrolment, bool]:
        """Add a prospect to a sequence, unless it is there already.

        Args:
            new: Who goes where. The sequence and the mailbox exist.
            added_by: The name of the key.

        Returns:
            The enrolment, and whether it is new.

        Raises:
            MailboxConflict: It is there already, and another mailbox writes.
        """
        with self._database.transaction() as connection:
            prospect_id = self._add_prospect(connection, new.email)
            is_new = self._add_enrolment(connection, prospect_id, new, added_by)
            row = connection.execute(
                f"{_ENROLMENTS} WHERE prospect_id = ? AND sequence_id = ?",
                (prospect_id, new.sequence_id),
            ).fetchone()
        enrolment = Enrolment.model_validate(dict(row))
        if enrolment.mailbox_id != new.mailbox_id:
            raise MailboxConflict(enrolment)
        return enrolment, is_new

    def set_status(self, enrolment_id: int, status: EnrolmentStatus) -> Enrolment | None:
        """Pause an enrolment or let it go on; None when there is none with this id."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE enrolments SET status = ? WHERE id = ?", (status, enrolment_id)
            )
        return self.enrolment(enrolment_id)

    def remove(self, enrolment_id: int) -> bool:
        """Take a prospect out of a sequence; False when there is no such enrolment."""
        with self._database.transaction() as connection:
            done = connection.execute("DELETE FROM enrolments WHERE id = ?", (enrolment_id,))
            return done.rowcount == 1

    def _fill(self, connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO api_keys VALUES (?, ?, ?)",
            [(key.value, place, key.model_dump_json()) for place, key in enumerate(seed.KEYS)],
        )
        connection.executemany(
            "INSERT INTO mailboxes VALUES (?, ?, ?)",
            [(mailbox.id, mailbox.address, mailbox.name) for mailbox in seed.MAILBOXES],
        )
        connection.executemany(
            "INSERT INTO sequences VALUES (?, ?, ?)",
            [
                (sequence.id, sequence.name, json.dumps([dict(step) for step in sequence.steps]))
                for sequence in seed.SEQUENCES
            ],
        )
        for email in seed.PROSPECTS:
            self._add_prospect(connection, email)

    def _add_prospect(self, connection: sqlite3.Connection, email: str) -> int:
        connection.execute(
            "INSERT OR IGNORE INTO prospects (email, created_at) VALUES (?, ?)",
            (email, self._now().isoformat()),
        )
        [prospect_id] = connection.execute(
            "SELECT id FROM prospects WHERE email = ?", (email,)
        ).fetchone()
        return int(prospect_id)

    def _add_enrolment(
        self, connection: sqlite3.Connection, prospect_id: int, new: NewEnrolment, added_by: str
    ) -> bool:
        inserted = connection.execute(
            "INSERT OR IGNORE INTO enrolments"
            " (prospect_id, sequence_id, mailbox_id, status, added_by, added_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                prospect_id,
                new.sequence_id,
                new.mailbox_id,
                EnrolmentStatus.ACTIVE,
                added_by,
                self._now().isoformat(),
            ),
        )
        return inserted.rowcount == 1


def _sequence(row: sqlite3.Row) -> Sequence:
    return Sequence.model_validate(dict(row) | {"steps": json.loads(row["steps"])})
