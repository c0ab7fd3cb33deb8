"""What a service refuses is marked where it is stored, and nothing waits for that."""

from __future__ import annotations

import asyncio
import base64
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.keys import VAULT_KEY_VARIABLE, VaultKeys
from attio_nb.connections.model import Connection, Slot, StoredConnection
from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.refusals import Refusals
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore, Store
from attio_nb.connections.vault import Vault
from attio_nb.files import replace_file
from attio_nb.session import Session
from tests.conftest import REPOSITORY
from tests.loopback import Loopback, reply, serving

PROMPTLY = 20.0
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode()
APP = """\
[app]
id = "prospects"

[[connections]]
owner = "workspace"
type = "secret"
hosts = ["127.0.0.1"]

[[connections]]
owner = "user"
type = "secret"
hosts = ["127.0.0.1"]
"""
SLOT = Slot("prospects", "local", "workspace", "local", None)
OTHER = Slot("prospects", "local", "user", "me", None)


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something that a thread does has come about."""
    end = time.monotonic() + PROMPTLY
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


class Person:
    """Answers with a new value each time."""

    def __init__(self) -> None:
        self.answers = 0

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.answers += 1
        request.accept(Answer(SecretStr(f"sk-{self.answers}")))


def session_in(folder: Path, store: Store, **environ: str) -> Session:
    (folder / "attio-app.toml").write_text(APP)
    return Session(
        store,
        file=AppFile(lambda: folder),
        prompter=Person(),
        environ={"JUPYTERHUB_USER": "me", **environ},
    )


def vault_in(folder: Path, *, replace: Callable[[Path, bytes], None] = replace_file) -> Vault:
    keys = VaultKeys(folder / "unused.key", environ={VAULT_KEY_VARIABLE: KEY})
    return Vault(folder / "data" / "vault.bin", keys, replace=replace)


@pytest.fixture(params=["memory", "vault"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else vault_in(tmp_path)


@pytest.fixture
def session(tmp_path: Path, store: Store) -> Session:
    return session_in(tmp_path, store)


class Service:
    """A service.

    Attributes:
        url: Where it is.
        status: What it answers.
    """

    def __init__(self) -> None:
        self.url = ""
        self.status = 401

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        reply(handler, self.status)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    with serving(service.answer) as server:
        service.url = server.url
        yield service


@pytest.fixture
def refusing() -> Iterator[Loopback]:
    """A service that refuses everything."""
    with serving(lambda handler: reply(handler, 401)) as server:
        yield server


def send(connection: Connection, url: str, *, follow_redirects: bool = False) -> int:
    with httpx.Client(trust_env=False, follow_redirects=follow_redirects) as client:
        return client.get(url, auth=connection.auth()).status_code


def send_async(connection: Connection, url: str) -> int:
    async def get() -> int:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(url, auth=connection.auth())).status_code

    return asyncio.run(get())


def refused_at(store: Store, slot: Slot = SLOT) -> float | None:
    stored = store.get(slot)
    assert stored is not None
    return stored.refused_at


def settle(session: Session, refusing: Loopback) -> None:
    """Wait until all that was heard before has been dealt with, as it is in its order."""
    send(session.get_connection("user"), refusing.url)
    until(lambda: refused_at(session.store, OTHER) is not None)
    session.connect("user")


@pytest.mark.parametrize("get", [send, send_async])
def test_a_value_that_is_refused_is_marked_and_goes_on_being_handed_out(
    session: Session, service: Service, get: Callable[[Connection, str], int]
) -> None:
    before = time.time()
    connection = session.get_connection("workspace")
    assert get(connection, service.url) == 401

    until(lambda: refused_at(session.store) is not None)
    marked = refused_at(session.store)
    assert marked is not None
    assert before <= marked <= time.time()
    assert session.get_connection("workspace").value == connection.value


@pytest.mark.parametrize("status", [200, 204, 403, 404])
def test_the_mark_goes_when_a_service_answers_otherwise(
    session: Session, service: Service, status: int
) -> None:
    connection = session.get_connection("workspace")
    send(connection, service.url)
    until(lambda: refused_at(session.store) is not None)

    service.status = status
    send(connection, service.url)

    until(lambda: refused_at(session.store) is None)


def test_the_mark_goes_with_another_connection_object_as_well(
    session: Session, service: Service
) -> None:
    send(session.get_connection("workspace"), service.url)
    until(lambda: refused_at(session.store) is not None)

    service.status = 200
    send(session.get_connection("workspace"), service.url)

    until(lambda: refused_at(session.store) is None)


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_nothing_but_a_401_is_a_refusal(
    session: Session, service: Service, refusing: Loopback, status: int
) -> None:
    service.status = status
    send(session.get_connection("workspace"), service.url)
    settle(session, refusing)
    assert refused_at(session.store) is None


@pytest.mark.parametrize("status", [500, 503])
def test_a_service_that_fails_takes_no_mark_away(
    session: Session, service: Service, refusing: Loopback, status: int
) -> None:
    send(session.get_connection("workspace"), service.url)
    until(lambda: refused_at(session.store) is not None)

    service.status = status
    send(session.get_connection("workspace"), service.url)

    settle(session, refusing)
    assert refused_at(session.store) is not None


def test_a_refusal_where_a_redirect_leads_is_none_of_the_value(
    session: Session, refusing: Loopback
) -> None:
    def lead_away(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 307, headers={"Location": refusing.url})

    with serving(lead_away) as leading:
        connection = session.get_connection("workspace")
        assert send(connection, leading.url, follow_redirects=True) == 401
    settle(session, refusing)
    assert refused_at(session.store) is None


def test_a_refusal_after_a_way_round_another_origin_is_none_of_the_value(
    session: Session, refusing: Loopback
) -> None:
    home: list[str] = []

    def lead_back(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 307, headers={"Location": f"{home[0]}/again"})

    def lead_away(handler: BaseHTTPRequestHandler) -> None:
        status = 401 if handler.path == "/again" else 307
        reply(handler, status, headers={"Location": elsewhere.url})

    with serving(lead_back) as elsewhere, serving(lead_away) as leading:
        home.append(leading.url)
        connection = session.get_connection("workspace")
        assert send(connection, leading.url, follow_redirects=True) == 401
        assert "authorization" not in leading.received[-1].headers
    settle(session, refusing)
    assert refused_at(session.store) is None


def test_connecting_again_takes_the_mark_away(session: Session, service: Service) -> None:
    send(session.get_connection("workspace"), service.url)
    until(lambda: refused_at(session.store) is not None)
    session.connect("workspace")
    assert refused_at(session.store) is None


def test_a_newer_value_is_not_marked_for_an_older_one(session: Session, refusing: Loopback) -> None:
    older = session.get_connection("workspace")
    session.connect("workspace")
    send(older, refusing.url)
    settle(session, refusing)
    assert refused_at(session.store) is None


def test_a_value_that_is_gone_does_not_come_back(session: Session, refusing: Loopback) -> None:
    connection = session.get_connection("workspace")
    session.disconnect("workspace")
    send(connection, refusing.url)
    settle(session, refusing)
    assert session.store.get(SLOT) is None


def test_a_value_from_the_environment_is_never_marked(
    tmp_path: Path, store: Store, refusing: Loopback
) -> None:
    kept = session_in(tmp_path, store).get_connection("workspace")
    session = session_in(tmp_path, store, ATTIO_NB_WORKSPACE_CONNECTION=f"{kept.value}")
    assert send(session.get_connection("workspace"), refusing.url) == 401
    settle(session, refusing)
    assert refused_at(store) is None


def test_a_request_waits_for_no_lock(session: Session, service: Service) -> None:
    connection = session.get_connection("workspace")
    with session.store.renewing(SLOT):
        assert send_async(connection, service.url) == 401
        assert refused_at(session.store) is None
    until(lambda: refused_at(session.store) is not None)


def test_a_vault_that_cannot_be_written_is_passed_over(tmp_path: Path, refusing: Loopback) -> None:
    is_full, tried = threading.Event(), threading.Event()

    def write(path: Path, content: bytes) -> None:
        if is_full.is_set():
            tried.set()
            raise OSError("no space")
        replace_file(path, content)

    session = session_in(tmp_path, vault_in(tmp_path, replace=write))
    connection = session.get_connection("workspace")
    is_full.set()
    assert send(connection, refusing.url) == 401
    assert tried.wait(PROMPTLY)
    assert refused_at(session.store) is None

    is_full.clear()
    assert send(connection, refusing.url) == 401
    until(lambda: refused_at(session.store) is not None)


def test_what_is_marked_already_is_not_written_again(store: Store) -> None:
    times = iter([1.0, 2.0])
    refusals = Refusals(store, clock=lambda: next(times))
    for slot in (SLOT, OTHER):
        store.put(slot, StoredConnection("c1", SecretStr("sk"), "me", NOW))
    seen = [store.get(SLOT), store.get(OTHER)]
    assert seen[0] and seen[1]

    refusals.heard(SLOT, seen[0], refused=True)
    refusals.heard(SLOT, seen[0], refused=True)
    refusals.heard(OTHER, seen[1], refused=True)

    until(lambda: refused_at(store, OTHER) is not None)
    assert refused_at(store) == 1.0
    assert refused_at(store, OTHER) == 2.0


def test_what_was_heard_last_counts(store: Store) -> None:
    refusals = Refusals(store)
    stored = StoredConnection("c1", SecretStr("sk"), "me", NOW)
    for slot in (SLOT, OTHER):
        store.put(slot, stored)

    with store.renewing(SLOT):
        for refused in (True, False, True, False):
            refusals.heard(SLOT, stored, refused=refused)
    refusals.heard(OTHER, stored, refused=True)

    until(lambda: refused_at(store, OTHER) is not None)
    assert refused_at(store) is None


def test_a_value_that_was_renewed_meanwhile_is_not_marked(store: Store) -> None:
    refusals = Refusals(store)
    stored = StoredConnection("c1", SecretStr("sk"), "me", NOW)
    renewed = stored._replace(value=SecretStr("renewed"))
    for slot in (SLOT, OTHER):
        store.put(slot, stored)

    with store.renewing(SLOT):
        refusals.heard(SLOT, stored, refused=True)
        assert store.replace(SLOT, stored, renewed)
    refusals.heard(OTHER, stored, refused=True)

    until(lambda: refused_at(store, OTHER) is not None)
    assert store.get(SLOT) == renewed


def test_a_pickled_connection_still_works_and_marks_nothing(
    session: Session, refusing: Loopback
) -> None:
    connection = session.get_connection("workspace")
    copy = pickle.loads(pickle.dumps(connection))  # noqa: S301
    assert copy == connection
    assert send(copy, refusing.url) == 401
    assert refusing.received[-1].headers["authorization"] == "Bearer sk-1"
    settle(session, refusing)
    assert refused_at(session.store) is None


OTHER_PROCESS = """
import sys, time
from pathlib import Path
import httpx
from tests.connections.test_refusals import refused_at, session_in, until, vault_in

folder, url = Path(sys.argv[1]), sys.argv[2]
session = session_in(folder, vault_in(folder))
connection = session.get_connection("workspace")
print(httpx.get(url, auth=connection.auth(), trust_env=False).status_code)
until(lambda: refused_at(session.store) is not None)
"""


def test_another_process_sees_the_mark_and_takes_it_away(tmp_path: Path, service: Service) -> None:
    session = session_in(tmp_path, vault_in(tmp_path))
    connection = session.get_connection("workspace")
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, str(tmp_path), service.url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout == "401\n"
    assert refused_at(session.store) is not None
    assert session.overview()[0].stored == session.store.get(SLOT)

    service.status = 200
    again = session.get_connection("workspace")
    assert again == connection
    send(again, service.url)
    until(lambda: refused_at(vault_in(tmp_path)) is None)
