"""An OAuth connection, next to a stored secret, and to the OAuth clients that one would use."""

from __future__ import annotations

import asyncio
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client

from attio_nb import get_user_connection, get_workspace_connection
from attio_nb.connections.model import Addresses, Grant, Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.session import default_session
from benchmarks.getter import APP, VALUE, app_folder, seconds
from benchmarks.refresh import measure_refresh
from benchmarks.table import Row, counts, ratio, times

__all__ = ["measure_oauth"]

PROVIDER = "https://login.example.com"
OAUTH_APP = f"""{APP}hosts = ["api.example.com"]

[[connections]]
owner = "user"
type = "oauth2"
client_id = "bench"
authorization_endpoint = "{PROVIDER}/authorize"
token_endpoint = "{PROVIDER}/token"
hosts = ["api.example.com"]
"""

URL = "https://api.example.com/v1/things"
HOUR = 3600.0
GETTER_CALLS, REQUESTS = 1000, 100
INTERPRETERS = 20
SETTLED_SECONDS = 0.2

Timed = Mapping[str, list[float]]

IMPORT = """
import time
import httpx
begun = time.perf_counter()
import {module}
print(time.perf_counter() - begun)
"""

LOADED = """
import sys
from attio_nb import get_{owner}_connection
get_{owner}_connection().auth()
print(sum(name.startswith(("attio_nb.oauth", "authlib")) for name in sys.modules))
"""


def measure_oauth(rounds: int) -> list[Row]:
    """Measure in turns: every round has each candidate.

    Args:
        rounds: How often.
    """
    with (
        tempfile.TemporaryDirectory(prefix="attio-") as directory,
        app_folder(Path(directory), OAUTH_APP),
    ):
        _store_token()
        rows = [*_getters(rounds), *_requests(rounds), *_async_requests(rounds)]
        loaded = [_print_of(LOADED.format(owner="workspace")) for _ in range(rounds)]
    return [
        *rows,
        *_imports(rounds),
        counts("OAuth modules loaded by a stored secret", [int(n) for n in loaded], exactly=0),
        *measure_refresh(max(rounds // 8, 1)),
    ]


def _store_token() -> None:
    """Keep a token that is good for an hour, as a sign-in does."""
    session, now = default_session(), time.time()
    execution = session.people.execution()
    slot = Slot("bench", execution.workspace, "user", execution.user, None)
    grant = Grant(
        authority=f"bench {PROVIDER}/token",
        refresh_token=SecretStr("refresh"),
        received_at=now,
        stale_at=now + HOUR - 30,
        expires_at=now + HOUR,
        scopes=(),
    )
    token = SecretStr(VALUE)
    stored = StoredConnection(
        id=str(uuid.uuid4()),
        value=token,
        created_by=execution.user,
        created_at=datetime.now(UTC),
        grant=grant,
        approved=Addresses(("api.example.com",)),
    )
    session.store.put(slot, stored)
    assert str.__str__(get_user_connection().value) == VALUE
    time.sleep(SETTLED_SECONDS)


def _getters(rounds: int) -> Iterator[Row]:
    taken = _in_turns(
        rounds,
        {
            "secret": lambda: seconds(get_workspace_connection, GETTER_CALLS),
            "token": lambda: seconds(get_user_connection, GETTER_CALLS),
        },
    )
    yield times("`get_workspace_connection()`, a stored secret", taken["secret"])
    yield times("`get_user_connection()`, a valid OAuth token", taken["token"], at_most=5e-6)
    yield ratio("… takes as long as the secret", taken["token"], taken["secret"], at_most=1.1)


def _requests(rounds: int) -> Iterator[Row]:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with (
        httpx.Client(transport=transport) as client,
        closing(OAuth2Client("bench", token=_authlib_token(), transport=transport)) as authlib,
    ):
        connection = get_user_connection()
        calls: dict[str, Callable[[], object]] = {
            "plain": lambda: client.get(URL),
            "ours": lambda: client.get(URL, auth=connection.auth()),
            "authlib": lambda: authlib.get(URL),
        }
        taken = _in_turns(
            rounds,
            {name: lambda call=call: seconds(call, REQUESTS) for name, call in calls.items()},
        )
    return _added("httpx", "OAuth2Client", taken)


def _async_requests(rounds: int) -> Iterator[Row]:
    return asyncio.run(_async_rows(rounds))


async def _async_rows(rounds: int) -> Iterator[Row]:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    async with (
        httpx.AsyncClient(transport=transport) as client,
        AsyncOAuth2Client("bench", token=_authlib_token(), transport=transport) as authlib,
    ):
        connection = get_user_connection()
        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "plain": lambda: client.get(URL),
            "ours": lambda: client.get(URL, auth=connection.auth()),
            "authlib": lambda: authlib.get(URL),
        }
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(rounds):
            for name, call in calls.items():
                begun = time.perf_counter()
                for _ in range(REQUESTS):
                    await call()
                taken[name].append((time.perf_counter() - begun) / REQUESTS)
    return _added("async httpx", "AsyncOAuth2Client", taken)


def _added(plain: str, authlib: str, taken: Timed) -> Iterator[Row]:
    """Give the rows of what each adds to a request, round by round."""
    ours, theirs = (
        [took - bare for took, bare in zip(taken[name], taken["plain"], strict=True)]
        for name in ("ours", "authlib")
    )
    yield times(f"a request of {plain}, to a transport that answers at once", taken["plain"])
    yield times(
        "… what `auth=connection.auth()` adds", ours, at_most=_rounded(statistics.median(theirs))
    )
    yield times(f"… what Authlib's `{authlib}` adds", theirs)


def _rounded(duration: float) -> float:
    """Keep the three digits that the table shows."""
    return round(duration, 2 - math.floor(math.log10(abs(duration))))


def _authlib_token() -> dict[str, object]:
    return {"access_token": VALUE, "token_type": "Bearer", "expires_at": time.time() + HOUR}


def _imports(rounds: int) -> Iterator[Row]:
    modules = {"ours": "attio_nb.oauth.client", "authlib": "authlib.integrations.httpx_client"}
    with tempfile.TemporaryDirectory(prefix="attio-") as compiled, ExitStack() as stack:
        # Modules are compiled once, as an installer does it.
        for name in ("PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE"):
            stack.callback(_restore, name, os.environ.pop(name, None))
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        importers = {
            name: lambda module=module: float(_print_of(IMPORT.format(module=module)))
            for name, module in modules.items()
        }
        _in_turns(1, importers)
        taken = _in_turns(rounds, importers)
    yield times("import of the OAuth part, beside httpx", taken["ours"], at_most=60e-3)
    yield times("import of Authlib's httpx client, beside httpx", taken["authlib"])


def _restore(name: str, value: str | None) -> None:
    os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value


def _print_of(code: str) -> str:
    """Return what a fresh interpreter prints."""
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _in_turns(rounds: int, candidates: Mapping[str, Callable[[], float]]) -> Timed:
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, measure in candidates.items():
            taken[name].append(measure())
    return taken
