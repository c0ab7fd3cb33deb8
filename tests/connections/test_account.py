"""The account of a connection: read from an answer, and made safe to show."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from attio_nb.connections.account import account_in, account_name, keep_account
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.oauth.echoes import mask_echoes

VALUE = "sk-live-5f3a9c-0d1e2f"
SLOT = Slot("prospects", "local", "workspace", "local", None)


def mask(text: str) -> str:
    return mask_echoes(text, [VALUE])


def read(answer: Any, path: str) -> str:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return account_in(content, path, mask=mask)


@pytest.mark.parametrize(
    ("answer", "path", "account"),
    [
        ({"email": "bob@example.com"}, "email", "bob@example.com"),
        ({"data": {"email": "bob@example.com"}}, "data.email", "bob@example.com"),
        ({"users": [{"name": "Bob"}, {"name": "Eve"}]}, "users.1.name", "Eve"),
        ([{"name": "Bob"}], "0.name", "Bob"),
        ({"id": 4711}, "id", "4711"),
        ({"name": "  Bob \n Smith "}, "name", "Bob Smith"),
        ({"name": "Zoë Müller 山田"}, "name", "Zoë Müller 山田"),
    ],
)
def test_the_path_leads_to_the_account(answer: Any, path: str, account: str) -> None:
    assert read(answer, path) == account


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({}, "email"),
        ({"data": None}, "data.email"),
        ({"data": "bob"}, "data.email"),
        ({"data": []}, "data.0"),
        ({"data": ["bob"]}, "data.1"),
        ({"data": ["bob"]}, "data.-1"),
        ({"data": ["bob"]}, "data.٣"),
        ({"data": {"email": {"value": "bob"}}}, "data.email"),
        ({"email": True}, "email"),
        ({"email": None}, "email"),
        ({"email": 1.5}, "email"),
        ({"email": ""}, "email"),
        ({"email": "\n"}, "email"),
        (b"<html>bob@example.com</html>", "email"),
        (b"", "email"),
        (b"\xff\xfe", "email"),
        (b"[" * 100_000, "0.0"),
        (b'{"email": ' + b"9" * 5000 + b"}", "email"),
    ],
)
def test_an_answer_without_an_account_names_none(answer: Any, path: str) -> None:
    assert read(answer, path) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("bob\u202eexample", "bob\\u202eexample"),
        ("bob\x1b[31m", "bob\\u001b[31m"),
        ("bob\u200b@example.com", "bob\\u200b@example.com"),
        ("b" * 101, "b" * 99 + "…"),
        ("b" * 100, "b" * 100),
        ("a b " * 200, ("a b " * 200)[:99] + "…"),
        ("\ud800bob", "\\ud800bob"),
    ],
)
def test_what_is_shown_is_short_and_harmless(name: str, shown: str) -> None:
    assert account_name(name, mask=mask) == shown


@pytest.mark.parametrize(
    "name",
    [
        VALUE,
        f"Bearer {VALUE}",
        f"bob@example.com {VALUE}",
        VALUE[:12],
        VALUE.upper(),
        VALUE.replace("-", "%2D"),
        "sk_live_51H8aBcDeFgHiJkLmN",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "xoxb-123456789012-abcdefghijkl",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "3f9a0c7be1d24c58a6f0b9d2e7c1a4f5",
        "Basic OnNrLWxpdmUtNWYzYTlj",
    ],
)
def test_a_value_is_never_shown_as_an_account(name: str) -> None:
    assert account_name(name, mask=mask) == ""


def stored(value: str = VALUE, year: int = 2026, account: str = "") -> StoredConnection:
    made = datetime(year, 1, 1, tzinfo=UTC)
    return StoredConnection("an id", SecretStr(value), "me", made, account=account)


def test_it_is_kept_beside_a_value_that_was_refreshed_meanwhile() -> None:
    store = MemoryStore()
    store.put(SLOT, stored("another"))
    assert keep_account(store, SLOT, stored(), "bob@example.com")
    assert store.get(SLOT) == stored("another", account="bob@example.com")


@pytest.mark.parametrize("there", [None, stored(year=2027)])
def test_it_is_not_kept_once_somebody_has_connected_again(there: StoredConnection | None) -> None:
    store = MemoryStore()
    if there is not None:
        store.put(SLOT, there)
    assert not keep_account(store, SLOT, stored(), "bob@example.com")
    assert store.get(SLOT) == there


def test_it_waits_for_a_refresh_and_loses_nothing_of_it() -> None:
    store = MemoryStore()
    store.put(SLOT, stored())
    with store.renewing(SLOT):
        keeping = threading.Thread(target=keep_account, args=(store, SLOT, stored(), "bob"))
        keeping.start()
        assert store.replace(SLOT, stored(), stored("refreshed"))
    keeping.join()
    assert store.get(SLOT) == stored("refreshed", account="bob")
