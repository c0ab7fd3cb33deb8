"""What a browser shows: the front page, the keys, the OpenAPI page. All of it is served here."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from attio_nb.sandbox.log import RequestLog
from attio_nb.sandbox.provider.pages import oauth_section
from attio_nb.sandbox.rendering import Renderer
from attio_nb.sandbox.store import SandboxStore

__all__ = ["Pages"]


class Pages:
    """The pages of the sandbox.

    Args:
        store: The data to show.
        log: The requests to show.
        renderer: Makes them.
    """

    def __init__(self, store: SandboxStore, log: RequestLog, renderer: Renderer) -> None:
        self._store = store
        self._log = log
        self._page = renderer.page

    def add_to(self, app: FastAPI) -> None:
        """Give an application these pages and the files that they use."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route("/", self.front)
        router.add_api_route("/keys", self.keys)
        router.add_api_route("/docs", self.docs)
        router.add_api_route("/activity", self.activity)
        app.include_router(router)
        app.mount("/static", StaticFiles(packages=[("attio_nb.sandbox", "static")]))
        swagger_ui = str(files("fastapi_offline") / "static")
        app.mount("/swagger-ui", StaticFiles(directory=swagger_ui))

    def front(self, request: Request) -> HTMLResponse:
        """Show what this is, the keys, and what happened lately."""
        base_url = str(request.base_url).rstrip("/")
        return self._page(
            "front.html",
            base_url=base_url,
            keys=self._store.keys(),
            **oauth_section(request),
            **self._activity(),
        )

    def keys(self, request: Request) -> HTMLResponse:
        """Show the keys to paste."""
        return self._page("keys.html", keys=self._store.keys(), **oauth_section(request))

    def docs(self) -> HTMLResponse:
        """Show the OpenAPI document as a page where requests can be tried."""
        return self._page("docs.html")

    def activity(self) -> HTMLResponse:
        """Show what happened lately, as the part of the front page that renews itself."""
        return self._page("activity.html", **self._activity())

    def _activity(self) -> dict[str, Any]:
        return {"enrolments": self._store.latest_enrolments(8), "requests": self._log.latest()}
