"""Four kernels and a provider that misbehaves, for an hour: ``python -m benchmarks.soak``.

The kernels share one vault and one grant of the sandbox. At random they are interrupted and killed,
and the provider fails; in the end the grant must still be renewed without anybody signing in. The
sandbox is a process of its own, and so is each kernel; everything stays on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import base64
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from queue import Empty
from threading import Lock, Thread
from typing import IO, NamedTuple

import httpx
from jupyter_client.manager import KernelManager

from attio_nb import get_user_connection
from attio_nb.connections.prompter import ConnectionRequest, NobodyToAsk
from attio_nb.session import default_session
from benchmarks.kernel import temporary_home
from benchmarks.table import machine
from tests.notebook.conftest import install_kernel

__all__ = ["main"]

KERNELS = 4
TOKEN_SECONDS = 20
STALE_SECONDS = 15
"""The client renews a token when so much of its life is over."""

INTERRUPT_EVERY, KILL_EVERY = 15.0, 60.0
"""In seconds, on an average, each kernel."""

KILLED_AT_TOKEN_CALLS = 0.1
"""So many calls for a token are followed at once by the death of one of the kernels: one in four of
these is the one that called, just as it is saving what it got.
"""

TOKEN_FAULTS, API_FAULTS = 0.05, 0.01
FAULTS = (
    "token-500",
    "token-502",
    "token-429",
    "token-hang-up",
    "token-lost-reply",
    "token-slow",
)
"""The last two do what was asked, and the client does not learn of it, or not in its time."""

LEFT_OPEN = {"token-lost-reply", "token-slow"}
SLOW_SECONDS = (2, 14)
"""The client waits for 10."""

PATIENCE = 90.0
"""In seconds: a kernel that has not ended its cell so long after an interrupt is stuck."""

APP = """\
[app]
id = "soak"

[[connections]]
owner = "user"
type = "oauth2"
issuer = "{base}/oauth"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "prospects:read", "sequences:read"]
hosts = ["127.0.0.1"]
"""

COMMON = """
import asyncio, httpx, time
from attio_nb import MissingConnectionError, ProviderUnavailableError, get_user_connection

tell = open({events!r}, "a", buffering=1).write
options = {{"base_url": {base!r}, "timeout": 60}}

def connection():
    for _ in range(20):
        found = get_user_connection()
    tell("getters\\n")
    return found
"""

SYNC = """
with httpx.Client(**options) as client:
    while True:
        time.sleep(0.4)
        try:
            answer = client.get("/api/v1/sequences", auth=connection().auth())
            tell(f"answer {answer.status_code}\\n")
        except ProviderUnavailableError:
            tell("unavailable\\n")
        except MissingConnectionError as error:
            tell(f"expired {type(error).__name__}\\n")
"""

ASYNC = """
async def ask(client):
    try:
        answer = await client.get("/api/v1/mailboxes", auth=connection().auth())
        tell(f"answer {answer.status_code}\\n")
    except ProviderUnavailableError:
        tell("unavailable\\n")
    except MissingConnectionError as error:
        tell(f"expired {type(error).__name__}\\n")

async with httpx.AsyncClient(**options) as client:
    while True:
        await asyncio.sleep(1)
        await asyncio.gather(*(ask(client) for _ in range(3)))
"""


class Person:
    """Signs in at the sandbox, as the one prompt of the soak asks for."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Do what the browser would do."""
        assert request.sign_in is not None
        sign_in = request.sign_in()
        sign_in.start()
        assert sign_in.wait_until_ready(30), sign_in.error
        answer = {"person": "alice", "decision": "allow"}
        httpx.post(sign_in.authorization_url(), data=answer, follow_redirects=True)
        assert sign_in.wait(30) and sign_in.state == "connected", sign_in.error


class Kernel:
    """A kernel that runs one cell for ever: interrupted, it runs it again; killed, it starts anew.

    Args:
        name: What it is called.
        folder: Where it runs.
        cells: What it runs once, and what it runs for ever.
    """

    def __init__(self, name: str, folder: Path, cells: tuple[str, str]) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self._cells = cells
        self._manager = KernelManager(kernel_name="soak")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._manager.start_kernel(cwd=str(folder), **quiet)
        self._lock = Lock()
        self._running = ""
        self._is_in_cell = False
        self._interrupted_at: float | None = None
        self._begin()

    def interrupt(self) -> None:
        """Interrupt its cell, unless that has not begun or is about to end anyway."""
        if self._is_in_cell and self._interrupted_at is None:
            self._interrupted_at = time.monotonic()
            self.counts["interrupts"] += 1
            self._manager.interrupt_kernel()

    def kill(self) -> bool:
        """Kill it unless it is just being started, and say so; `look` starts it again."""
        with self._lock, suppress(ProcessLookupError):
            if self._is_in_cell:
                os.kill(self._manager.provisioner.pid, signal.SIGKILL)
                self._is_in_cell = False
                self.counts["kills"] += 1
                return True
        return False

    def look(self) -> None:
        """See whether its cell has ended, or it is dead, and run the cell again."""
        if not self._manager.is_alive():
            self._start_again()
            return
        with suppress(Empty):
            reply = self._client.get_shell_msg(timeout=0)
            if reply["parent_header"].get("msg_id") == self._running:
                self._ended(reply["content"])
            self._is_in_cell = True
        waited = self._interrupted_at and time.monotonic() - self._interrupted_at
        if waited and waited > PATIENCE and self.kill():
            self.counts["stuck"] += 1

    def stop(self) -> None:
        """End it for good."""
        self._client.stop_channels()
        with self._lock:
            self._manager.shutdown_kernel(now=True)

    def _ended(self, content: dict[str, str]) -> None:
        # An interrupt while a renewal is waited for says so in an error of ours.
        was_interrupted = content.get("ename") in ("KeyboardInterrupt", "CancelledError") or (
            content.get("ename") == "OAuthError" and "Interrupted" in content["evalue"]
        )
        if content.get("status") == "aborted":
            # An interrupt has hit the cell before, which is to be run once.
            self._client.execute(self._cells[0])
        elif not (was_interrupted and self._interrupted_at):
            self.counts["unexpected"] += 1
            what = f"{content.get('ename')}: {content.get('evalue')}"
            print(f"{self.name} ended by {what}", file=sys.stderr, flush=True)
        self._interrupted_at = None
        self._running = self._client.execute(self._cells[1])

    def _start_again(self) -> None:
        self._client.stop_channels()
        with self._lock:
            self._is_in_cell = False
            self._manager.restart_kernel(now=True)
        self._begin()

    def _begin(self) -> None:
        self._interrupted_at, self._is_in_cell = None, False
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        try:
            self._client.wait_for_ready(timeout=120)
        except RuntimeError as error:
            print(f"{self.name} did not start: {error}", file=sys.stderr, flush=True)
            self._manager.signal_kernel(signal.SIGKILL)
            return
        self._client.execute(self._cells[0])
        self._running = self._client.execute(self._cells[1])


class Provider:
    """The sandbox in a process of its own, which tells of each call, and what goes wrong there.

    Args:
        process: The process.
        chance: What decides which call goes wrong.

    Attributes:
        base: Its address.
        counts: The calls, their answers and their faults.
        left_open: When a call was carried out, and the client may not have learnt of it.
        at_token_calls: Called at some calls for a token.
    """

    def __init__(self, process: subprocess.Popen[str], chance: random.Random) -> None:
        self.counts: Counter[str] = Counter()
        self.left_open: list[float] = []
        self.at_token_calls: Callable[[], object] = lambda: None
        self._chance = chance
        self._is_quiet = False
        assert process.stdout is not None
        said = next(line for line in process.stdout if "OAuth issuer" in line)
        self.base = said.split()[-1].removesuffix("/oauth")
        Thread(target=self._follow, args=(process.stdout,), daemon=True).start()

    def be_good(self) -> None:
        """Let nothing go wrong from now on."""
        self._is_quiet = True
        httpx.delete(f"{self.base}/oauth/faults").raise_for_status()

    def _follow(self, lines: IO[str]) -> None:
        for line in lines:
            if "POST /oauth/token" in line:
                self._token_called(line)
            elif "/api/v1" in line:
                self._count("api", line)
                if not self._is_quiet and self._chance.random() < API_FAULTS:
                    self._turn("api-token-ends", 0)

    def _token_called(self, line: str) -> None:
        fault = self._count("token", line)
        if fault in LEFT_OPEN:
            self.left_open.append(time.time())
        if self._is_quiet:
            return
        if self._chance.random() < KILLED_AT_TOKEN_CALLS:
            self.at_token_calls()
        if self._chance.random() < TOKEN_FAULTS:
            self._turn(self._chance.choice(FAULTS), self._chance.randint(*SLOW_SECONDS))

    def _count(self, place: str, line: str) -> str:
        _, _, fault = line.strip().partition("  fault: ")
        self.counts[f"{place} calls"] += 1
        self.counts[f"{place} {line.split()[1]}"] += 1
        if fault:
            self.counts[fault] += 1
        return fault

    def _turn(self, fault: str, seconds: int) -> None:
        setting = {fault: {"when": "next 1", "seconds": seconds}}
        httpx.post(f"{self.base}/oauth/faults", json=setting).raise_for_status()


class Renewed(NamedTuple):
    """What the provider's own records say of the renewals.

    Attributes:
        grants: The grants: one for each time that somebody has signed in.
        revoked: Those that the provider has revoked.
        renewals: The renewals that it carried out.
        lost: Renewals carried out again, since the answer of the first was lost or late.
        killed: … since whoever had asked was killed.
        double: … for no such reason.
        needless: Renewals of a token that was still fresh.
    """

    grants: int
    revoked: int
    renewals: int
    lost: int
    killed: int
    double: int
    needless: int


def main() -> int:
    """Run the soak, print what came of it, and return 0 if nothing was lost."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of what happens when (%(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with ExitStack() as stack:
        home = stack.enter_context(temporary_home())
        provider = stack.enter_context(_sandbox(home, random.Random(options.seed)))  # noqa: S311
        started = time.strftime("%H:%M:%S")
        _sign_in(home, provider)
        kills, kernels = _run(home, provider, options)
        provider.be_good()
        renews = _still_renews(provider)
        renewed = _renewed(home / "sandbox.sqlite", provider, kills)
        cells = _counted(home / "events")
    print(f"{machine()}; from {started} to {time.strftime('%H:%M:%S')}\n")
    counts = sum((kernel.counts for kernel in kernels), Counter())
    rows = _rows(options, counts, cells, provider.counts, renewed, renews)
    print("| what | count |\n| --- | --- |")
    print("\n".join(f"| {what} | {count} |" for what, count in rows))
    expired = sum(count for event, count in cells.items() if event.startswith("expired"))
    lost = expired + counts["unexpected"] + counts["stuck"] + renewed.double + renewed.needless
    return 0 if renews and renewed.grants == 1 and not renewed.revoked and not lost else 1


@contextmanager
def _sandbox(home: Path, chance: random.Random) -> Iterator[Provider]:
    command = [sys.executable, "-m", "attio_nb.cli", "sandbox", "--port=0"]
    command += [f"--database={home / 'sandbox.sqlite'}", f"--token-lifetime={TOKEN_SECONDS}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Provider(process, chance)
        finally:
            process.kill()


def _sign_in(home: Path, provider: Provider) -> None:
    """Connect, with nobody there to do it a second time."""
    (home / "attio-app.toml").write_text(APP.format(base=provider.base))
    os.environ["ATTIO_NB_DATA_DIR"] = str(home / "data")
    os.environ["ATTIO_NB_VAULT_KEY"] = base64.b64encode(os.urandom(32)).decode()
    os.environ["ATTIO_NB_ON_MISSING"] = "raise"
    os.chdir(home)
    session = default_session()
    session.prompter = Person()
    session.connect("user")
    session.prompter = NobodyToAsk()


def _run(
    home: Path, provider: Provider, options: argparse.Namespace
) -> tuple[list[float], list[Kernel]]:
    """Have it all happen, and return when something was killed."""
    install_kernel("soak", Path(sys.executable), Path(os.environ["JUPYTER_DATA_DIR"]))
    (home / "events").mkdir()
    chance, kills = random.Random(f"{options.seed} kernels"), []  # noqa: S311
    kernels: list[Kernel] = []

    def kill(kernel: Kernel) -> None:
        if kernel.kill():
            kills.append(time.time())

    try:
        for number in range(KERNELS):
            events = str(home / "events" / f"{number}")
            once = COMMON.format(events=events, base=provider.base)
            kernels.append(Kernel(f"kernel {number}", home, (once, (SYNC, ASYNC)[number % 2])))
        at_calls = random.Random(f"{options.seed} calls")  # noqa: S311
        provider.at_token_calls = lambda: kill(at_calls.choice(kernels))
        plan = [_next(chance, kernel, time.monotonic()) for kernel in kernels]
        end = time.monotonic() + options.minutes * 60
        while time.monotonic() < end:
            time.sleep(0.05)
            for index, (at, what, kernel) in enumerate(plan):
                kernel.look()
                if time.monotonic() >= at:
                    kill(kernel) if what == "kill" else kernel.interrupt()
                    plan[index] = _next(chance, kernel, time.monotonic())
    finally:
        provider.at_token_calls = lambda: None
        for kernel in kernels:
            kernel.stop()
    return kills, kernels


def _next(chance: random.Random, kernel: Kernel, now: float) -> tuple[float, str, Kernel]:
    rates = (1 / INTERRUPT_EVERY, 1 / KILL_EVERY)
    at = now + chance.expovariate(sum(rates))
    return at, chance.choices(("interrupt", "kill"), rates)[0], kernel


def _still_renews(provider: Provider) -> bool:
    """Let the last token end, and see whether another one comes and is good."""
    before = get_user_connection().value
    time.sleep(TOKEN_SECONDS + 1)
    connection = get_user_connection()
    answer = httpx.get(f"{provider.base}/api/v1/sequences", auth=connection.auth())
    return connection.value != before and answer.status_code == 200


def _renewed(database: Path, provider: Provider, kills: list[float]) -> Renewed:
    """Read from the sandbox's file what was renewed when, and by what refresh token."""
    with closing(sqlite3.connect(database)) as connection:
        (grants, revoked) = connection.execute(
            "SELECT count(*), count(revoked) FROM oauth_grants"
        ).fetchone()
        # Each refresh token came with the access token in the row of the same number.
        rows = connection.execute(
            "SELECT refresh.parent, own.issued_at, spent.issued_at, spent.expires_at"
            " FROM oauth_refresh_tokens AS refresh"
            " JOIN oauth_access_tokens AS own ON own.rowid = refresh.rowid"
            " JOIN oauth_refresh_tokens AS parent ON parent.hash = refresh.parent"
            " JOIN oauth_access_tokens AS spent ON spent.rowid = parent.rowid"
            " ORDER BY own.issued_at"
        ).fetchall()
    reasons: Counter[str] = Counter()
    latest: dict[str, float] = {}
    for parent, issued_at, parent_issued_at, parent_expires_at in rows:
        if parent in latest:
            since = latest[parent] - 1
            reasons[_reason(since, issued_at, provider.left_open, kills)] += 1
        latest[parent] = issued_at
        is_fresh = issued_at < parent_issued_at + STALE_SECONDS and issued_at < parent_expires_at
        reasons["needless"] += is_fresh
    return Renewed(
        grants=grants,
        revoked=revoked,
        renewals=len(rows),
        **{name: reasons[name] for name in ("lost", "killed", "double", "needless")},
    )


def _reason(since: float, until: float, left_open: list[float], kills: list[float]) -> str:
    """Say why one refresh token was used a second time."""
    # The sandbox tells of a slow answer only once the client is gone.
    if any(since <= at <= until + 2 for at in left_open):
        return "lost"
    return "killed" if any(since <= at <= until for at in kills) else "double"


def _counted(folder: Path) -> Counter[str]:
    return Counter(line for file in folder.iterdir() for line in file.read_text().splitlines())


def _rows(
    options: argparse.Namespace,
    counts: Counter[str],
    cells: Counter[str],
    calls: Counter[str],
    renewed: Renewed,
    renews: bool,
) -> Iterator[tuple[str, object]]:
    yield "minutes", f"{options.minutes:g} (seed {options.seed})"
    yield f"kernels, tokens of {TOKEN_SECONDS} s", KERNELS
    yield "interrupts", counts["interrupts"]
    yield "kills (`SIGKILL`), each followed by a new kernel", counts["kills"]
    yield "calls of the getter", cells["getters"] * 20
    for event in sorted(event for event in cells if event.startswith("answer")):
        yield f"requests with `connection.auth()` that ended with {event[-3:]}", cells[event]
    yield "calls of the token endpoint", calls["token calls"]
    yield "… of which renewals that it carried out", renewed.renewals
    for fault in (*FAULTS, "api-token-ends"):
        yield f"fault `{fault}`", calls[fault]
    yield "`ProviderUnavailableError`, and the next try went on", cells["unavailable"]
    yield "a refresh token used again, its answer lost or late", renewed.lost
    yield "a refresh token used again, who used it killed", renewed.killed
    yield "**a refresh token used again for no such reason**", renewed.double
    yield "**renewals of a token that was still fresh**", renewed.needless
    expired = sum(count for event, count in cells.items() if event.startswith("expired"))
    yield "**`ConnectionExpiredError`, or any other prompt**", expired
    yield "**cells that ended otherwise, or never**", counts["unexpected"] + counts["stuck"]
    yield "**sign-ins; grants revoked**", f"{renewed.grants}; {renewed.revoked}"
    yield "**in the end the grant is renewed, and its token good**", "yes" if renews else "no"


if __name__ == "__main__":
    sys.exit(main())
