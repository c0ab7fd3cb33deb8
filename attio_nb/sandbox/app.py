"""The sandbox as one ASGI application."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from attio_nb.sandbox.api import router
from attio_nb.sandbox.auth import Gate
from attio_nb.sandbox.limits import RateLimiter
from attio_nb.sandbox.log import Entry, RequestLog
from attio_nb.sandbox.pages import Pages
from attio_nb.sandbox.problems import handle_problems, respond
from attio_nb.sandbox.provider.devices import Devices
from attio_nb.sandbox.provider.endpoints import Endpoints, handle_oauth_problems
from attio_nb.sandbox.provider.faults import Faults
from attio_nb.sandbox.provider.grants import Grants
from attio_nb.sandbox.provider.model import Policy
from attio_nb.sandbox.provider.pages import OAuthPages
from attio_nb.sandbox.rendering import Renderer
from attio_nb.sandbox.store import SandboxStore, utc_now

__all__ = ["STANDARD", "create_app"]

STANDARD = Policy()
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})

WATCHED = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/device_authorization")

DESCRIPTION = """\
A mail sequencing API to practise with. It runs on loopback, sends no mail, and its keys open
nothing else: paste one from [the keys](/keys) under **Authorize**.

Every error has one form: what happened in `detail`, for people, and a stable `code`, for programs.
"""


def ignore(entry: Entry) -> None:
    """Tell nobody of a request."""


def create_app(
    store: SandboxStore,
    *,
    policy: Policy = STANDARD,
    faults: Mapping[str, str] | None = None,
    on_request: Callable[[Entry], None] = ignore,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """Put the API and its pages together.

    Args:
        store: The data. The caller closes it.
        policy: How long the tokens of the provider last.
        faults: How the provider misbehaves, such as ``{"token-500": "next 1"}``.
        on_request: Told of each request of a program once it is answered.
        clock: Seconds that only grow, for the rate limits.
        now: What time it is, for tokens and for the list of requests.
    """
    app = FastAPI(
        title="Sequencer",
        version="1.0",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=_operation_id,
    )
    log, renderer, switches = RequestLog(on_request), Renderer(), Faults(faults)
    grants = Grants(store.database, policy, now)
    devices = Devices(store.database, grants)
    app.state.store = store
    app.state.gate = Gate(store, grants, switches, RateLimiter(clock=clock))
    app.include_router(router)
    Pages(store, log, renderer).add_to(app)
    Endpoints(grants, devices, switches).add_to(app)
    OAuthPages(grants, devices, switches, renderer).add_to(app)
    handle_problems(app)
    handle_oauth_problems(app)
    app.add_middleware(Logged, log=log, now=now)
    app.add_middleware(LoopbackOnly)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


class LoopbackOnly:
    """Refuses a request that names another host than loopback.

    A page of a foreign site can have its name resolve to 127.0.0.1 (DNS rebinding); the browser
    then takes the sandbox for that site. The ``Host`` header still tells.

    Args:
        app: The application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421, or hand the request on."""
        app = self._app
        if scope["type"] == "http" and not _names_loopback(Headers(scope=scope).get("host", "")):
            detail = "The sandbox answers on this computer only, as 127.0.0.1 or localhost."
            app = respond(421, "foreign-host", detail)
        await app(scope, receive, send)


def _names_loopback(host: str) -> bool:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower() in LOOPBACK_NAMES


class Logged:
    """Tells the log of each request that programs make: to the API, and for tokens.

    Args:
        app: The application behind.
        log: Takes the entries.
        now: What time it is.
    """

    def __init__(self, app: ASGIApp, *, log: RequestLog, now: Callable[[], datetime]) -> None:
        self._app = app
        self._log = log
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and look at how it is answered."""
        if scope["type"] != "http" or not scope["path"].startswith(WATCHED):
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._log.add(self._entry(scope, status))
            await send(message)

        await self._app(scope, receive, watched)
        if not status:
            self._log.add(self._entry(scope, status))

    def _entry(self, scope: Scope, status: int) -> Entry:
        state = scope.get("state", {})
        key = state.get("key")
        return Entry(
            at=self._now(),
            method=scope["method"],
            path=scope["path"],
            status=status,
            key_name=key.name if key else state.get("oauth", ""),
            fault=state.get("fault", ""),
        )
