"""The sandbox on a port of loopback: in the foreground, or beside other work."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from attio_nb.errors import SetupError
from attio_nb.home import NO_HOME
from attio_nb.imports import with_installed_packages
from attio_nb.sandbox.app import STANDARD, create_app, ignore
from attio_nb.sandbox.log import Entry
from attio_nb.sandbox.provider.model import Policy
from attio_nb.sandbox.store import SandboxStore, utc_now

__all__ = ["default_database", "running_sandbox", "serve"]

LOOPBACK = "127.0.0.1"


def default_database() -> Path:
    """Name the file that the sandbox keeps its data in unless another one is named.

    Raises:
        SetupError: The person has no home.
    """
    from platformdirs import user_data_path

    try:
        return user_data_path("attio_nb") / "sandbox.sqlite"
    except RuntimeError:
        raise SetupError(f"{NO_HOME} Or name a file: --database FILE") from None


def serve(
    *,
    port: int,
    database: Path,
    reset: bool = False,
    policy: Policy = STANDARD,
    on_ready: Callable[[str], None],
    on_request: Callable[[Entry], None] = ignore,
) -> None:
    """Run the sandbox until it is interrupted.

    Args:
        port: The port on 127.0.0.1; 0 takes a free one.
        database: The SQLite file; it is made when it is missing.
        reset: Forget what the file holds, and begin with the seeded data.
        policy: How long the tokens of the OAuth provider last.
        on_ready: Told the base URL once requests are answered.
        on_request: Told of each request to the API.

    Raises:
        SetupError: The port is taken, or the file cannot be used.
    """
    with _listening(port) as listener, contextlib.closing(SandboxStore(database)) as store:
        if reset:
            store.reset()
        app = create_app(store, policy=policy, on_request=on_request)
        _Server(app, on_ready=lambda: on_ready(_base_url(listener))).run(sockets=[listener])


@contextlib.contextmanager
def running_sandbox(
    *,
    port: int = 0,
    database: Path | None = None,
    token_lifetime: float = STANDARD.token_lifetime,
    refresh_grace: float = STANDARD.refresh_grace,
    device_interval: int = STANDARD.device_interval,
    faults: Mapping[str, str] | None = None,
    on_request: Callable[[Entry], None] = ignore,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = utc_now,
) -> Iterator[str]:
    """Run the sandbox in a thread, for a test or the demo.

    Args:
        port: The port on 127.0.0.1; 0 takes a free one.
        database: The SQLite file; None takes one that is deleted afterwards.
        token_lifetime: Seconds that an access token is good for.
        refresh_grace: Seconds in which a lost reply to a refresh may be asked for again.
        device_interval: Seconds that a device has to leave between two questions.
        faults: How the OAuth provider misbehaves, such as ``{"token-500": "next 1"}``; by
            ``POST /oauth/faults`` it is told so later.
        on_request: Told of each request of a program, in that thread.
        clock: Seconds that only grow, for the rate limits.
        now: What time it is.

    Yields:
        The base URL, such as ``http://127.0.0.1:49152``.

    Raises:
        SetupError: The port is taken, or the file cannot be used.
    """
    with contextlib.ExitStack() as stack:
        if database is None:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="attio-nb-"))
            database = Path(directory) / "sandbox.sqlite"
        store = stack.enter_context(contextlib.closing(SandboxStore(database, now=now)))
        listener = stack.enter_context(_listening(port))
        app = create_app(
            store,
            policy=Policy(token_lifetime, refresh_grace, device_interval),
            faults=faults,
            on_request=on_request,
            clock=clock,
            now=now,
        )
        stack.enter_context(_in_thread(app, listener))
        yield _base_url(listener)


class _Protocol(H11Protocol):
    """HTTP/1.1, letting the application hang up in place of an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "hang_up": transport.close}


class _Server(uvicorn.Server):
    """uvicorn, telling when it answers."""

    def __init__(self, app: FastAPI, *, on_ready: Callable[[], object]) -> None:
        # Without a configuration of its own, uvicorn leaves the process's logging alone.
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


@contextlib.contextmanager
def _in_thread(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    ready = threading.Event()
    server = _Server(app, on_ready=ready.set)
    run = with_installed_packages(server.run)
    thread = threading.Thread(target=run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _listening(port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise SetupError(f"Port {port} does not exist. Choose one from 1 to 65535 with --port.")
    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise SetupError(
            f"Port {port} of {LOOPBACK} cannot be had ({error}). Perhaps the sandbox is running "
            "already; otherwise choose another port with --port."
        ) from error
    # asyncio does this only for sockets that it makes itself; without it an answer takes 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _base_url(listener: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"
