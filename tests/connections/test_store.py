"""What every store promises, whichever it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest

from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Grant, Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore, Store
from attio_nb.connections.vault import Vault

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


def stored(value: str = "sk-1", id_: str = "c1") -> StoredConnection:
    return StoredConnection(id_, SecretStr(value), "alice", NOW)


def slot(
    app: str = "app",
    workspace: str = "local",
    owner_id: str = "alice",
    key: str | None = "sequencer",
) -> Slot:
    return Slot(app, workspace, "user", owner_id, key)


@pytest.fixture(params=["memory", "vault"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    if request.param == "memory":
        store = MemoryStore()
        return lambda: store
    keys = VaultKeys(tmp_path / "key" / "vault.key", notify=lambda message: None)
    return lambda: Vault(tmp_path / "vault" / "vault.bin", keys)


def test_an_empty_store_has_nothing(make_store: Callable[[], Store]) -> None:
    assert make_store().get(slot()) is None
    assert make_store().entries() == {}


def test_what_is_put_is_found_again_by_another_instance(make_store: Callable[[], Store]) -> None:
    make_store().put(slot(), stored())
    assert make_store().get(slot()) == stored()
    assert make_store().entries() == {slot(): stored()}


def test_what_is_put_again_replaces_what_was_there(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.put(slot(), stored("old"))
    store.put(slot(), stored("new"))
    assert store.get(slot()) == stored("new")
    assert len(store.entries()) == 1


def test_what_is_deleted_is_gone_and_said_to_have_been_there(
    make_store: Callable[[], Store],
) -> None:
    store = make_store()
    store.put(slot(), stored())
    assert store.delete(slot()) is True
    assert store.get(slot()) is None
    assert store.delete(slot()) is False


def test_preparing_keeps_what_is_there(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.put(slot(), stored())
    store.prepare()
    assert store.get(slot()) == stored()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (slot(owner_id="alice", key="b"), slot(owner_id="alice/b", key=None)),
        (slot(app="a", workspace="b.c"), slot(app="a.b", workspace="c")),
        (slot(app='a","b', workspace="c"), slot(app="a", workspace='b","c')),
        (slot(key=None), slot(key="")),
        (slot(key=None), slot(key="None")),
        (slot(owner_id="alice"), Slot("app", "local", "workspace", "alice", "sequencer")),
    ],
)
def test_names_that_look_alike_when_joined_stay_apart(
    make_store: Callable[[], Store], one: Slot, other: Slot
) -> None:
    make_store().put(one, stored("one"))
    make_store().put(other, stored("other"))
    assert make_store().get(one) == stored("one")
    assert make_store().get(other) == stored("other")


def test_names_and_values_keep_every_character(make_store: Callable[[], Store]) -> None:
    odd = Slot("ä \n\0", "\u2028", "user", "名前@example.com", "🔑")
    make_store().put(odd, stored('"\\é'))
    found = make_store().get(odd)
    assert found is not None
    assert f"{found.value}" == '"\\é'


def test_a_listing_shows_no_value(make_store: Callable[[], Store]) -> None:
    make_store().put(slot(), stored("sk-very-secret"))
    assert "very-secret" not in repr(make_store().entries())


GRANTS = [
    Grant("app https://as.example", SecretStr("rt"), 100.25, 3670.0, 3700.5, ("a", "b")),
    Grant("app https://as.example", None, 100.0, inf, inf, (), expired=True),
]


@pytest.mark.parametrize("grant", GRANTS, ids=["renewable", "endless"])
def test_a_grant_is_kept_to_the_last_digit(make_store: Callable[[], Store], grant: Grant) -> None:
    with_grant = stored()._replace(grant=grant)
    make_store().put(slot(), with_grant)
    assert make_store().get(slot()) == with_grant
    assert "rt" not in repr(make_store().get(slot()))


def test_when_a_service_refused_a_value_is_kept_to_the_last_digit(
    make_store: Callable[[], Store],
) -> None:
    refused = stored()._replace(refused_at=1_795_000_000.125)
    make_store().put(slot(), refused)
    assert make_store().get(slot()) == refused


def test_what_was_there_before_is_replaced(make_store: Callable[[], Store]) -> None:
    make_store().put(slot(), stored("old"))
    assert make_store().replace(slot(), stored("old"), stored("new")) is True
    assert make_store().get(slot()) == stored("new")


@pytest.mark.parametrize("there", [None, stored("other")], ids=["nothing", "another"])
def test_what_has_changed_meanwhile_is_not_replaced(
    make_store: Callable[[], Store], there: StoredConnection | None
) -> None:
    if there is not None:
        make_store().put(slot(), there)
    assert make_store().replace(slot(), stored("old"), stored("new")) is False
    assert make_store().get(slot()) == there


def test_of_many_that_renew_a_slot_one_is_at_it_at_a_time(make_store: Callable[[], Store]) -> None:
    store, at_it, seen = make_store(), [0], []

    def renew(number: int) -> None:
        with store.renewing(slot()):
            at_it[0] += 1
            seen.append(at_it[0])
            store.get(slot())
            at_it[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(renew, range(24)))
    assert seen == [1] * 24


def test_renewing_one_slot_keeps_nobody_from_another_or_from_reading(
    make_store: Callable[[], Store],
) -> None:
    store, done = make_store(), threading.Event()

    def elsewhere() -> None:
        with make_store().renewing(slot(key="other")):
            make_store().put(slot(), stored("new"))
        done.set()

    with store.renewing(slot()):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        assert done.wait(20)
        assert store.get(slot()) == stored("new")
    thread.join()


def test_several_slots_change_in_one_step(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.put(slot(), stored("moved"))
    store.put(slot("other"), stored("stays"))

    def move(entries: dict[Slot, StoredConnection]) -> None:
        entries[slot(key="mail")] = entries.pop(slot())

    store.update(move)
    assert make_store().entries() == {
        slot(key="mail"): stored("moved"),
        slot("other"): stored("stays"),
    }


def test_a_change_that_fails_changes_nothing(make_store: Callable[[], Store]) -> None:
    store = make_store()
    store.put(slot(), stored())

    def fail(entries: dict[Slot, StoredConnection]) -> None:
        entries.clear()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.update(fail)
    assert make_store().entries() == {slot(): stored()}
