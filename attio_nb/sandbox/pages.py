"""What a browser shows: the front page, the keys, the OpenAPI page. All of it is served here."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined

from attio_nb.sandbox.log import RequestLog
from attio_nb.sandbox.store import SandboxStore

__all__ = ["Pages"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""A browser that is told this asks no other host for anything, even if a page named one."""


class Pages:
    """The pages of the sandbox.

    Args:
        store: The data to show.
        log: The requests to show.
    """

    def __init__(self, store: SandboxStore, log: RequestLog) -> None:
        self._store = store
        self._log = log
        self._templates = Environment(
            loader=PackageLoader("attio_nb.sandbox"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["clock"] = _clock

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
        return self._render(
            "front.html", base_url=base_url, keys=self._store.keys(), **self._activity()
        )

    def keys(self) -> HTMLResponse:
        """Show the keys to paste."""
        return self._render("keys.html", keys=self._store.keys())

    def docs(self) -> HTMLResponse:
        """Show the OpenAPI document as a page where requests can be tried."""
        return self._render("docs.html")

    def activity(self) -> HTMLResponse:
        """Show what happened lately, as the part of the front page that renews itself."""
        return self._render("activity.html", **self._activity())

    def _activity(self) -> dict[str, object]:
        return {"enrolments": self._store.latest_enrolments(8), "requests": self._log.latest()}

    def _render(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(values), headers=HEADERS)


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"
