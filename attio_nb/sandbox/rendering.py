"""Pages from templates, with the headers that every page has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["Renderer"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
"""A browser that is told this asks no other host for anything, even if a page named one."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Renderer:
    """Makes the pages of the sandbox."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("attio_nb.sandbox"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["clock"] = _clock

    def page(
        self, template: str, /, *, status: int = 200, forms_lead_to: str = "", **values: Any
    ) -> HTMLResponse:
        """Make a page.

        Args:
            template: The name of its template.
            status: The HTTP status.
            forms_lead_to: Where a form of the page may lead besides the sandbox, as a source of a
                Content-Security-Policy: a browser follows no redirect elsewhere from a form.
            values: What the template shows.
        """
        policy = f"{POLICY} {forms_lead_to}".rstrip()
        return HTMLResponse(
            self._templates.get_template(template).render(values),
            status,
            {"Content-Security-Policy": policy, **HEADERS},
        )


def _clock(at: datetime) -> str:
    return f"{at.astimezone():%H:%M:%S}"
