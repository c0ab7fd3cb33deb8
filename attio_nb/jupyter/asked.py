"""The routes that the Connections tab asks."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from attio_nb.imports import with_installed_packages
from attio_nb.jupyter.limits import TooManyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.jupyter.tab import Tab

__all__ = [
    "AskHandler",
    "CheckHandler",
    "ConnectionsHandler",
    "DefinitionsHandler",
    "LimitedHandler",
    "PresetsHandler",
]

LONGEST_BODY = 64 * 1024


class LimitedHandler(APIHandler):
    """Answers requests of which there may be too many."""

    auth_resource = "attio-nb"

    def refuse(self, error: TooManyError) -> None:
        """Say how long to wait."""
        self.set_status(429)
        self.set_header("Retry-After", str(error.seconds))
        self.finish({"message": str(error)})


class TabHandler(LimitedHandler):
    """Answers a request of the tab."""

    def initialize(self, tab: Callable[[], Tab]) -> None:
        """Take what answers.

        Args:
            tab: Returns it; it is made when somebody first asks.
        """
        self._tab = tab

    async def answer(self, work: Callable[[Tab], dict[str, Any]]) -> None:
        """Answer with what a piece of work returns, which may wait, on a thread."""
        try:
            self.finish(await _on_a_thread(lambda: work(self._tab())))
        except TooManyError as error:
            self.refuse(error)

    def content(self) -> dict[str, Any]:
        """Return the body of the request.

        Raises:
            HTTPError: It is no JSON object, or too long a one. It is in no log.
        """
        if len(self.request.body) > LONGEST_BODY:
            raise HTTPError(413, f"A request may have {LONGEST_BODY} bytes, and this one has more.")
        try:
            content = json.loads(self.request.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise HTTPError(400, "A request is a JSON object. Reload the page.")
        return content


class ConnectionsHandler(TabHandler):
    """Says what there is, see `Tab.state`."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the state of the app of a notebook."""
        path, acting = (
            self.get_query_argument(name, "", strip=False) for name in ("path", "acting")
        )
        await self.answer(lambda tab: tab.state(path, acting))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with it after a locked keyring was asked, which may put up a window."""
        content = self.content()
        path, acting = content.get("path"), str(content.get("acting") or "")
        await self.answer(lambda tab: tab.state(path, acting, unlock=True))


class PresetsHandler(TabHandler):
    """Says which providers are known."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer with them."""
        await self.answer(lambda tab: tab.presets())


class CheckHandler(TabHandler):
    """Looks at a definition that is being typed."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer with what is wrong with it."""
        content = self.content()
        await self.answer(lambda tab: tab.check(content))


class DefinitionsHandler(TabHandler):
    """Writes definitions into the app file."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Add one."""
        content = self.content() | {"editing": None}
        await self.answer(lambda tab: tab.save(content))

    @authenticated
    @authorized
    async def put(self) -> None:
        """Put one in place of another."""
        content = self.content()
        if content.get("editing") is None:
            raise HTTPError(400, "Say which connection is edited. Reload the page.")
        await self.answer(lambda tab: tab.save(content))


class AskHandler(TabHandler):
    """Answers what a kernel answers over its control channel."""

    @authenticated
    @authorized
    async def post(self, type_: str) -> None:
        """Answer with a reply, also where that is an error.

        Args:
            type_: What is asked.
        """
        content = self.content()
        await self.answer(lambda tab: tab.ask(type_, content))


async def _on_a_thread(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a piece of work returns that may wait, for a service or for a keyring.

    It has a thread of its own, so that no other piece waits for it, nor does the end of the server;
    and it goes on to its own end, whatever becomes of the request.
    """
    done: Future[dict[str, Any]] = Future()

    def run() -> None:
        try:
            done.set_result(with_installed_packages(work)())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run, name="attio_nb ask", daemon=True).start()
    return await asyncio.shield(asyncio.wrap_future(done))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
