"""The SQLite file: seeded, kept, shared, reset, and never somebody else's."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attio_nb.errors import SetupError
from attio_nb.sandbox.model import NewEnrolment
from attio_nb.sandbox.store import SandboxStore


def new(email: str = "ada@example.com", sequence_id: int = 7) -> NewEnrolment:
    return NewEnrolment(email=email, sequence_id=sequence_id, mailbox_id=3)


@pytest.fixture
def store(database: Path) -> Iterator[SandboxStore]:
    with closing(SandboxStore(database)) as store:
        yield store


def test_a_new_file_is_made_with_its_folder_and_filled(tmp_path: Path) -> None:
    with closing(SandboxStore(tmp_path / "new" / "folder" / "sandbox.sqlite")) as store:
        assert [sequence.id for sequence in store.sequences()] == [4, 7, 9]
        assert store.key("sandbox-full-access") == store.keys()[0]


def test_what_was_added_is_still_there_after_a_restart(store: SandboxStore) -> None:
    added, _ = store.enrol(new(), added_by="Full access")
    store.close()

    with closing(SandboxStore(store.path)) as reopened:
        assert reopened.enrolment(added.id) == added


def test_an_enrolment_carries_the_time_of_the_clock(database: Path) -> None:
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)
    with closing(SandboxStore(database, now=lambda: noon)) as store:
        enrolment, _ = store.enrol(new(), added_by="Full access")

    assert enrolment.added_at == noon


def test_a_reset_leaves_the_seeded_data_only(store: SandboxStore) -> None:
    store.enrol(new(), added_by="Full access")

    store.reset()

    assert store.latest_enrolments(10) == []
    assert len(store.prospects()) == 5
    assert store.enrol(new(), added_by="Full access")[0].id == 1


def test_two_sandboxes_share_a_file_without_losing_a_change(store: SandboxStore) -> None:
    def add_many(name: str) -> None:
        with closing(SandboxStore(store.path)) as own:
            for number in range(25):
                own.enrol(new(f"{name}{number}@example.com"), added_by=name)

    threads = [threading.Thread(target=add_many, args=(name,)) for name in ("a", "b", "c", "d")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.enrolments(limit=1000)) == 100


def test_one_prospect_added_by_many_threads_is_there_once(store: SandboxStore) -> None:
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(store.enrol(new(), added_by="x")[1]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False] * 7 + [True]


def test_a_file_from_before_oauth_keeps_its_data_and_gets_the_new_tables(
    store: SandboxStore,
) -> None:
    store.enrol(new(), added_by="Full access")
    store.close()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE 'oauth%'")
        tables = [name for (name,) in names if not name.endswith(("grant", "parent"))]
        for table in tables:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")

    with closing(SandboxStore(store.path)) as reopened:
        assert len(reopened.latest_enrolments(10)) == 1
        for table in tables:
            assert reopened.database.rows(f"SELECT * FROM {table}") == []  # noqa: S608

    with closing(SandboxStore(store.path)) as again:
        assert len(again.latest_enrolments(10)) == 1


def test_the_database_of_another_program_is_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE prospects (dear INTEGER)")
        connection.commit()
    before = database.read_bytes()

    with pytest.raises(SetupError, match="was not made by this version of the sandbox"):
        SandboxStore(database)

    with closing(sqlite3.connect(database)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("prospects",)]
    assert len(database.read_bytes()) == len(before)


def test_a_file_that_is_no_database_is_named_and_left_alone(database: Path) -> None:
    database.write_bytes(b"a letter to Ada, not a database" * 100)

    with pytest.raises(SetupError, match=r"sandbox\.sqlite cannot be used .* --database"):
        SandboxStore(database)

    assert database.read_bytes().startswith(b"a letter to Ada")


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SetupError, match=r"sandbox\.sqlite cannot be used"):
        SandboxStore(tmp_path / "file" / "sandbox.sqlite")
