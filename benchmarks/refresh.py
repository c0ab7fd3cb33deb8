"""One expired token, and 16 threads in each of 4 processes that all want a good one at once.

With the name of a client as its argument, ``python -m benchmarks.refresh CLIENT`` is one of these
processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import httpx

from benchmarks.table import Row, counts, ratio, times

__all__ = ["measure_refresh"]

PROCESSES, THREADS = 4, 16
ANSWER_SECONDS = 0.3

APP = """\
[app]
id = "bench"

[[connections]]
owner = "user"
type = "oauth2"
client_id = "bench"
authorization_endpoint = "{url}/authorize"
token_endpoint = "{url}/token"
hosts = ["127.0.0.1"]
"""


class Endpoint(ThreadingHTTPServer):
    """A token endpoint that takes a while, and takes each refresh token once.

    Attributes:
        calls: How often it was called since `begin`.
    """

    daemon_threads = True
    request_queue_size = PROCESSES * THREADS

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.calls = 0
        self._lock = threading.Lock()
        self._good = ""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def begin(self) -> str:
        """Return the one refresh token that is good from now on."""
        with self._lock:
            self.calls, self._good = 0, os.urandom(8).hex()
            return self._good

    def token(self, refresh_token: str) -> dict[str, object] | None:
        """Return a token and the next refresh token, or None where this one was spent."""
        with self._lock:
            self.calls += 1
            if refresh_token != self._good:
                return None
            self._good = os.urandom(8).hex()
            members = {"access_token": os.urandom(8).hex(), "refresh_token": self._good}
            return {**members, "token_type": "Bearer", "expires_in": 3600}


class Answering(BaseHTTPRequestHandler):
    """Answers one call."""

    server: Endpoint
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a refresh token, and answer after a while."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        members = self.server.token(form["refresh_token"][0])
        time.sleep(ANSWER_SECONDS)
        content = json.dumps(members or {"error": "invalid_grant"}).encode()
        self.send_response(200 if members else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *values: Any) -> None:
        """Say nothing."""


class Taken(NamedTuple):
    """What one round came to.

    Attributes:
        calls: How often the token endpoint was called.
        served: How many threads had a token in the end.
        seconds: Until the last of them knew.
    """

    calls: int
    served: int
    seconds: float


def measure_refresh(rounds: int) -> Iterator[Row]:
    """Measure in turns: every round has each client.

    Args:
        rounds: How often.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in (*CLIENTS, "later")}
    alone: list[float] = []
    with _endpoint() as endpoint:
        for _ in range(rounds):
            alone.append(_one_call(endpoint))
            for name in CLIENTS:
                turns = _turns(endpoint, name)
                taken[name].append(next(turns))
                # The others have the first token in their memory, and no vault to see another in.
                taken["later"].extend(turns)
    yield times("one call of the token endpoint", alone)
    for name in CLIENTS:
        yield from _counts(name, taken[name], is_ours=name == "attio_nb")
    for what, turn in (("at its first renewal", "attio_nb"), ("later", "later")):
        waits = [each.seconds for each in taken[turn]]
        yield times(f"attio_nb: until the last thread has its token, {what}", waits)
        yield ratio("… takes as long as one call of the endpoint", waits, alone, at_most=1.5)


def _counts(name: str, taken: list[Taken], *, is_ours: bool) -> Iterator[Row]:
    threads = PROCESSES * THREADS
    calls, served = [each.calls for each in taken], [each.served for each in taken]
    yield counts(f"{name}: refreshes for one token", calls, exactly=1 if is_ours else None)
    yield counts(
        f"… of {threads} threads, those that then have a token",
        served,
        exactly=threads if is_ours else None,
    )


@contextmanager
def _endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        thread = threading.Thread(target=endpoint.serve_forever)
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.shutdown()
            thread.join()


def _one_call(endpoint: Endpoint) -> float:
    form = {"grant_type": "refresh_token", "refresh_token": endpoint.begin()}
    with httpx.Client() as client:
        begun = time.perf_counter()
        client.post(f"{endpoint.url}/token", data=form).raise_for_status()
        return time.perf_counter() - begun


def _turns(endpoint: Endpoint, name: str) -> Iterator[Taken]:
    """Let the same processes find the token expired: ours twice, the others once."""
    with tempfile.TemporaryDirectory(prefix="attio-") as directory, ExitStack() as stack:
        folder = Path(directory)
        (folder / "attio-app.toml").write_text(APP.format(url=endpoint.url))
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")]),
            "ATTIO_NB_DATA_DIR": str(folder / "data"),
            "ATTIO_NB_VAULT_KEY": "A" * 43 + "=",
            # The endpoint is on this computer, and needs no TLS.
            "OAUTHLIB_INSECURE_TRANSPORT": "1",
        }
        _expire(endpoint, folder, environment)
        processes = [
            stack.enter_context(_process(environment, folder, name)) for _ in range(PROCESSES)
        ]
        for process in processes:
            stack.callback(process.kill)
            assert _line(process) == "ready"
        yield _turn(endpoint, processes)
        if name == "attio_nb":
            _expire(endpoint, folder, environment)
            yield _turn(endpoint, processes)


def _expire(endpoint: Endpoint, folder: Path, environment: dict[str, str]) -> None:
    kept = {"refresh_token": endpoint.begin(), "url": f"{endpoint.url}/token"}
    (folder / "token.json").write_text(json.dumps(kept))
    with _process(environment, folder, "store") as process:
        assert process.wait() == 0


def _turn(endpoint: Endpoint, processes: list[subprocess.Popen[str]]) -> Taken:
    begun = time.time()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(_line(process)) for process in processes]
    served = sum(each["served"] for each in told)
    return Taken(endpoint.calls, served, max(each["ended"] for each in told) - begun)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _process(environment: dict[str, str], folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.refresh", name]
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _store() -> None:
    """Keep a token that has expired."""
    from attio_nb.connections.model import Addresses, Grant, Slot, StoredConnection
    from attio_nb.connections.secret import SecretStr
    from attio_nb.session import default_session

    kept = _kept()
    session, now = default_session(), time.time()
    execution = session.people.execution()
    slot = Slot("bench", execution.workspace, "user", execution.user, None)
    refresh_token = SecretStr(kept["refresh_token"])
    grant = Grant(f"bench {kept['url']}", refresh_token, now - 3600, now - 60, now - 1, ())
    stored = StoredConnection(
        id="bench",
        value=SecretStr("expired"),
        created_by=execution.user,
        created_at=datetime.now(UTC),
        grant=grant,
        approved=Addresses(("127.0.0.1",)),
    )
    session.store.put(slot, stored)


def _attio_nb() -> Callable[[], object]:
    import attio_nb.oauth.client  # noqa: F401
    from attio_nb import get_user_connection
    from attio_nb.session import default_session

    default_session().overview()
    return get_user_connection


def _authlib() -> Callable[[], object]:
    from authlib.integrations.httpx_client import OAuth2Client

    kept = _kept()
    token = {"access_token": "expired", "refresh_token": kept["refresh_token"], "expires_at": 1}
    client = OAuth2Client(
        "bench",
        token=token,
        token_endpoint=kept["url"],
        token_endpoint_auth_method="none",
        transport=_Here(),
    )
    return lambda: client.get("http://127.0.0.1/api").raise_for_status()


class _Here(httpx.BaseTransport):
    """Answers the API at once, and lets everything else go out."""

    def __init__(self) -> None:
        self._out = httpx.HTTPTransport(limits=httpx.Limits(max_connections=THREADS))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api":
            return httpx.Response(200)
        return self._out.handle_request(request)


def _google_auth() -> Callable[[], object]:
    import requests
    from google.auth.transport.requests import Request
    from google.oauth2.credentials import Credentials

    kept = _kept()
    credentials = Credentials(
        "expired",
        refresh_token=kept["refresh_token"],
        token_uri=kept["url"],
        client_id="bench",
        client_secret="secret",
        expiry=datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1),
    )
    request = Request(requests.Session())
    return lambda: credentials.before_request(request, "GET", "http://127.0.0.1/api", {})


def _requests_oauthlib() -> Callable[[], object]:
    from requests.adapters import BaseAdapter
    from requests.models import Response
    from requests_oauthlib import OAuth2Session

    class Here(BaseAdapter):
        def send(self, request: Any, **options: Any) -> Response:
            response = Response()
            response.status_code, response.request, response.url = 200, request, request.url
            response.raw = None
            return response

        def close(self) -> None:
            """There is nothing to close."""

    kept = _kept()
    session = OAuth2Session(
        "bench",
        token={
            "access_token": "expired",
            "refresh_token": kept["refresh_token"],
            "token_type": "Bearer",
            "expires_in": -1,
        },
        auto_refresh_url=kept["url"],
        auto_refresh_kwargs={"client_id": "bench"},
        token_updater=lambda token: None,
    )
    session.mount("http://127.0.0.1/api", Here())
    return lambda: session.get("http://127.0.0.1/api").raise_for_status()


def _kept() -> dict[str, str]:
    kept: dict[str, str] = json.loads(Path("token.json").read_text())
    return kept


CLIENTS: dict[str, Callable[[], Callable[[], object]]] = {
    "attio_nb": _attio_nb,
    "authlib": _authlib,
    "google-auth": _google_auth,
    "requests-oauthlib": _requests_oauthlib,
}
"""Each gives what a thread calls that wants a good token; the threads of a process share it."""


def _main(name: str) -> None:
    if name == "store":
        _store()
        return
    call = CLIENTS[name]()
    barrier = threading.Barrier(THREADS)

    def is_served(_: int) -> bool:
        barrier.wait()
        try:
            call()
        except Exception:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as threads:
        print("ready", flush=True)
        for _ in sys.stdin:
            served = sum(threads.map(is_served, range(THREADS)))
            print(json.dumps({"served": served, "ended": time.time()}), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])
