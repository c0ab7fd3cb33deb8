"""A stored connection, next to a token from msal's cache and a password from keyring's files."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keyring
import msal
from keyrings.alt.file import PlaintextKeyring

from attio_nb import get_workspace_connection
from attio_nb.connections.own import default_vault
from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.secret import SecretStr
from attio_nb.hosting import process_hosting
from attio_nb.session import default_session
from benchmarks.table import Row, ratio, times

__all__ = ["APP", "VALUE", "app_folder", "measure_getter", "seconds"]

VALUE = "sk-live-0123456789abcdef"
APP = '[app]\nid = "bench"\n\n[[connections]]\nowner = "workspace"\ntype = "secret"\n'
TENANT = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000"
SCOPES = ["https://api.example.com/read"]
SETTLED_SECONDS = 0.2
CALLS = {"getter": 1000, "stat": 2000, "msal": 50, "keyring, 1": 20, "keyring, 20": 10}

CHANGE = """
import sys
from attio_nb.connections.prompter import Answer
from attio_nb.connections.secret import SecretStr
from attio_nb.hosting import process_hosting
from attio_nb.session import default_session

class Person:
    def ask(self, request, *, wait=True):
        request.accept(Answer(SecretStr(value)))

session = default_session()
session.prompter = Person()
for line in sys.stdin:
    value = line.strip()
    session.connect("workspace")
    print("changed", flush=True)
"""


class Person:
    """Answers each prompt with the same value."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        request.accept(Answer(SecretStr(VALUE)))


def measure_getter(rounds: int) -> list[Row]:
    """Measure in turns, in one process: every round has each of them.

    Args:
        rounds: How often.
    """
    with tempfile.TemporaryDirectory(prefix="attio-") as directory, app_folder(Path(directory)):
        vault = os.fspath(default_vault().path)
        candidates: dict[str, Callable[[], object]] = {
            "getter": get_workspace_connection,
            "stat": lambda: os.stat(vault),
            "msal": _msal(),
            "keyring, 1": _keyring(Path(directory, "one.cfg"), passwords=1),
            "keyring, 20": _keyring(Path(directory, "twenty.cfg"), passwords=20),
        }
        taken: dict[str, list[float]] = {name: [] for name in candidates}
        for _ in range(rounds):
            for name, call in candidates.items():
                taken[name].append(seconds(call, CALLS[name]))
        changed = _after_changes(rounds)
    return [
        times("`get_workspace_connection()`, stored", taken["getter"], at_most=5e-6),
        times("of which one `os.stat` of the vault", taken["stat"]),
        times("msal: `acquire_token_silent`, in memory", taken["msal"]),
        ratio("… takes as long as the getter", taken["msal"], taken["getter"], at_least=4),
        *_next_to_keyring(taken, "keyring, 1", "one password", at_least=50),
        *_next_to_keyring(taken, "keyring, 20", "20 passwords"),
        times("the first call after another process has written", changed),
    ]


def _next_to_keyring(
    taken: dict[str, list[float]], name: str, kept: str, *, at_least: float | None = None
) -> list[Row]:
    return [
        times(f"keyring: `get_password`, plain text file with {kept}", taken[name]),
        ratio("… takes as long as the getter", taken[name], taken["getter"], at_least=at_least),
    ]


def seconds(call: Callable[[], object], calls: int) -> float:
    """Return how long one of so many calls takes."""
    begun = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - begun) / calls


@contextmanager
def app_folder(directory: Path, app: str = APP) -> Iterator[None]:
    """Work in a folder with an app file and a stored connection of the workspace."""
    (directory / "attio-app.toml").write_text(app)
    os.environ["ATTIO_NB_DATA_DIR"] = str(directory / "data")
    os.environ["ATTIO_NB_VAULT_KEY"] = base64.b64encode(bytes(range(32))).decode()
    before = Path.cwd()
    os.chdir(directory)
    # Whatever was measured before had another vault.
    default_session.cache_clear()
    process_hosting.cache_clear()
    default_session().prompter = Person()
    try:
        assert str.__str__(get_workspace_connection().value) == VALUE
        time.sleep(SETTLED_SECONDS)
        yield
    finally:
        os.chdir(before)


def _after_changes(rounds: int) -> list[float]:
    """Time the call that sees what another process has just written, and see that it does."""
    taken = []
    with subprocess.Popen(
        [sys.executable, "-c", CHANGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        for number in range(rounds):
            other.stdin.write(f"{VALUE}-{number}\n")
            other.stdin.flush()
            assert other.stdout.readline() == "changed\n"
            begun = time.perf_counter()
            connection = get_workspace_connection()
            taken.append(time.perf_counter() - begun)
            assert str.__str__(connection.value) == f"{VALUE}-{number}"
        other.stdin.close()
    return taken


class Discovery:
    """In place of the network: the one document that msal wants before it looks into its cache."""

    def get(self, url: str, **options: Any) -> Any:
        """Answer with the endpoints of a tenant."""
        endpoints = {
            "authorization_endpoint": f"{TENANT}/oauth2/v2.0/authorize",
            "token_endpoint": f"{TENANT}/oauth2/v2.0/token",
            "issuer": f"{TENANT}/v2.0",
        }
        return type("Answer", (), {"status_code": 200, "text": json.dumps(endpoints)})


def _msal() -> Callable[[], object]:
    cache = msal.SerializableTokenCache()
    application = msal.ConfidentialClientApplication(
        "bench",
        client_credential="secret",
        authority=TENANT,
        instance_discovery=False,
        http_client=Discovery(),
        token_cache=cache,
    )
    cache.add(
        {
            "client_id": "bench",
            "scope": SCOPES,
            "token_endpoint": f"{TENANT}/oauth2/v2.0/token",
            "response": {
                "access_token": VALUE,
                "expires_in": 36_000,
                "token_type": "Bearer",
                "client_info": _encoded({"uid": "ada", "utid": "local"}),
                "id_token": f"{_encoded({})}.{_encoded({'sub': 'ada', 'aud': 'bench'})}.",
            },
        }
    )
    (account,) = application.get_accounts()
    assert application.acquire_token_silent(SCOPES, account)["access_token"] == VALUE
    return lambda: application.acquire_token_silent(SCOPES, account)


def _encoded(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _keyring(file: Path, *, passwords: int) -> Callable[[], object]:
    backend = PlaintextKeyring()
    backend.file_path = str(file)
    for number in range(passwords):
        backend.set_password("bench", f"user-{number}", VALUE)

    def get_password() -> str | None:
        keyring.set_keyring(backend)
        return keyring.get_password("bench", "user-0")

    assert get_password() == VALUE
    return get_password
