"""The server: where it listens, how it begins and ends."""

from __future__ import annotations

import logging
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from attio_nb.errors import SetupError
from attio_nb.sandbox.server import default_database, running_sandbox


def test_it_listens_on_loopback_only() -> None:
    with running_sandbox() as url:
        assert url.startswith("http://127.0.0.1:")
        with closing(socket.socket()) as elsewhere, pytest.raises(ConnectionRefusedError):
            elsewhere.connect(("127.0.0.2", httpx.URL(url).port))


def test_it_stops_with_its_block_and_frees_its_port() -> None:
    with running_sandbox() as url:
        port = httpx.URL(url).port
        assert httpx.get(url, trust_env=False).status_code == 200

    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    assert port is not None
    with running_sandbox(port=port) as again:
        assert again == url


def test_it_stops_when_the_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), running_sandbox() as url:
        raise ZeroDivisionError

    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused_in_a_sentence(port: int) -> None:
    with (
        pytest.raises(SetupError, match=f"Port {port} does not exist.* --port"),
        running_sandbox(port=port),
    ):
        pass


def test_a_port_that_is_taken_is_refused_in_a_sentence() -> None:
    with running_sandbox() as url:
        port = httpx.URL(url).port
        assert port is not None
        with (
            pytest.raises(SetupError, match=f"Port {port} .* running already"),
            running_sandbox(port=port),
        ):
            pass


def test_data_stays_in_a_named_file(tmp_path: Path) -> None:
    database = tmp_path / "sandbox.sqlite"
    new = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}
    headers = {"X-API-Key": "sandbox-full-access"}

    with running_sandbox(database=database) as url:
        first = httpx.post(f"{url}/api/v1/sequences", json=new, headers=headers, trust_env=False)
    with running_sandbox(database=database) as url:
        second = httpx.post(f"{url}/api/v1/sequences", json=new, headers=headers, trust_env=False)

    assert (first.status_code, second.status_code) == (201, 200)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_it_leaves_the_logging_of_the_process_alone() -> None:
    before = logging.root.handlers[:], logging.getLogger("uvicorn").handlers[:]

    with running_sandbox() as url:
        httpx.get(url, trust_env=False)

    assert (logging.root.handlers[:], logging.getLogger("uvicorn").handlers[:]) == before


def test_without_a_named_file_the_data_goes_to_the_home_of_the_person(home: Path) -> None:
    assert default_database().name == "sandbox.sqlite"
    assert default_database().is_relative_to(home)
