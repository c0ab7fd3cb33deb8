"""The real sandbox on a free port, with a clock that only moves when a test moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from attio_nb.sandbox.server import running_sandbox
from attio_nb.sandbox.store import SandboxStore


class HandClock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Sandbox(NamedTuple):
    """A sandbox that runs."""

    url: str
    database: Path
    clock: HandClock


@pytest.fixture(scope="session")
def one_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests, since a web server takes its time to stop."""
    database, clock = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite", HandClock()
    with running_sandbox(database=database, clock=clock) as url:
        yield Sandbox(url, database, clock)


@pytest.fixture
def sandbox(one_sandbox: Sandbox) -> Sandbox:
    """The sandbox with its seeded data only, and every rate limit free again."""
    with closing(SandboxStore(one_sandbox.database)) as store:
        store.reset()
    one_sandbox.clock.now += 3600
    return one_sandbox


@pytest.fixture
def base_url(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def clock(sandbox: Sandbox) -> HandClock:
    return sandbox.clock


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.sqlite"


@pytest.fixture
def client_for(base_url: str) -> Iterator[Callable[[str], httpx.Client]]:
    clients: list[httpx.Client] = []

    def client_for(key: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        clients.append(httpx.Client(base_url=base_url, headers=headers, trust_env=False))
        return clients[-1]

    yield client_for
    for client in clients:
        client.close()


@pytest.fixture
def client(client_for: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_for("sandbox-full-access")
