"""The SQLite file under the store: opened, marked as ours, filled, locked around each change."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attio_nb.errors import SetupError
from attio_nb.files import make_directory

__all__ = ["Database"]

APPLICATION_ID = 0x41545342
"""Marks a SQLite file as ours, so that a reset never empties another program's."""

VERSION = 2
"""2 added what OAuth needs; a file of version 1 is given that when it is opened."""

_TABLES = {
    "api_keys": "(value TEXT PRIMARY KEY, position INTEGER NOT NULL, document TEXT NOT NULL)",
    "mailboxes": "(id INTEGER PRIMARY KEY, address TEXT NOT NULL, name TEXT NOT NULL)",
    "sequences": "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, steps TEXT NOT NULL)",
    "prospects": """(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        email TEXT NOT NULL UNIQUE COLLATE NOCASE,
        created_at TEXT NOT NULL
    )""",
    "enrolments": """(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        prospect_id INTEGER NOT NULL REFERENCES prospects,
        sequence_id INTEGER NOT NULL REFERENCES sequences,
        mailbox_id INTEGER NOT NULL REFERENCES mailboxes,
        status TEXT NOT NULL,
        added_by TEXT NOT NULL,
        added_at TEXT NOT NULL,
        UNIQUE (prospect_id, sequence_id)
    )""",
    "oauth_grants": """(
        id TEXT PRIMARY KEY,
        client_id TEXT NOT NULL,
        person TEXT NOT NULL,
        scopes TEXT NOT NULL,
        created_at REAL NOT NULL,
        revoked TEXT
    )""",
    "oauth_codes": """(
        hash TEXT PRIMARY KEY,
        client_id TEXT NOT NULL,
        person TEXT NOT NULL,
        scopes TEXT NOT NULL,
        redirect_uri TEXT NOT NULL,
        challenge TEXT NOT NULL,
        expires_at REAL NOT NULL,
        grant_id TEXT REFERENCES oauth_grants
    )""",
    "oauth_access_tokens": """(
        hash TEXT PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES oauth_grants,
        scopes TEXT NOT NULL,
        issued_at REAL NOT NULL,
        expires_at REAL NOT NULL
    )""",
    "oauth_refresh_tokens": """(
        hash TEXT PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES oauth_grants,
        parent TEXT REFERENCES oauth_refresh_tokens,
        spent_at REAL
    )""",
    "oauth_devices": """(
        hash TEXT PRIMARY KEY,
        user_code TEXT NOT NULL UNIQUE,
        client_id TEXT NOT NULL,
        scopes TEXT NOT NULL,
        expires_at REAL NOT NULL,
        pause INTEGER NOT NULL,
        polled_at REAL,
        decision TEXT NOT NULL,
        person TEXT
    )""",
}

_INDEXES = {
    "oauth_access_tokens_of_a_grant": "oauth_access_tokens (grant_id)",
    "oauth_refresh_tokens_of_a_parent": "oauth_refresh_tokens (parent)",
}

_NEW_IN_2 = [name for name in _TABLES if name.startswith("oauth_")]

Fill = Callable[[sqlite3.Connection], None]


class Database:
    """One SQLite file, shared by the threads of this process and with other processes.

    Args:
        path: The file. It is made, with its directory, when it is missing.
        fill: Writes the first rows into tables that were just made.

    Raises:
        SetupError: The file cannot be opened, or is none of the sandbox.
    """

    def __init__(self, path: Path, *, fill: Fill) -> None:
        self.path = path
        self._fill = fill
        self._lock = threading.Lock()
        self._connection = _connect(path)
        try:
            self._prepare()
        except sqlite3.Error as error:
            self.close()
            raise _unusable(path, error) from error
        except SetupError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. Closing twice does nothing."""
        self._connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Read everything that a query finds."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Change several rows at once or not at all, alone among all threads and processes."""
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    def reset(self) -> None:
        """Forget everything, and fill the tables again."""
        with self.transaction() as connection:
            for table in reversed(_TABLES):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            self._create(connection)

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self.transaction() as connection:
            if _is_empty(connection):
                self._create(connection)
            elif _marks(connection) == (APPLICATION_ID, 1):
                self._create_tables(connection, _NEW_IN_2)
            elif _marks(connection) != (APPLICATION_ID, VERSION):
                raise SetupError(
                    f"{self.path} was not made by this version of the sandbox. "
                    "Name another file with --database, or delete this one."
                )

    def _create(self, connection: sqlite3.Connection) -> None:
        self._create_tables(connection, _TABLES)
        self._fill(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    def _create_tables(self, connection: sqlite3.Connection, names: Iterable[str]) -> None:
        for name in names:
            connection.execute(f"CREATE TABLE {name} {_TABLES[name]}")
        for name, columns in _INDEXES.items():
            connection.execute(f"CREATE INDEX {name} ON {columns}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _connect(path: Path) -> sqlite3.Connection:
    try:
        make_directory(path.parent)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    connection.row_factory = sqlite3.Row
    return connection


def _unusable(path: Path, error: Exception) -> SetupError:
    return SetupError(
        f"{path} cannot be used as the sandbox's database ({error}). "
        "Name another file with --database."
    )


def _is_empty(connection: sqlite3.Connection) -> bool:
    [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(tables == 0)


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    [application_id] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    return application_id, version
