"""The routes of the server extension. Each wants the token or the cookie of its Jupyter server."""

from __future__ import annotations

from importlib.metadata import version

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import Application, authenticated

__all__ = ["VersionHandler", "add_routes", "routes"]


class VersionHandler(APIHandler):
    """Says which version is installed, so that a page from before an upgrade knows it is old."""

    @authenticated
    def get(self) -> None:
        """Answer with ``{"version": "0.1.0"}``.

        It is read anew each time, so that an upgrade shows without a restart of the server.
        """
        self.finish({"version": version("attio-nb")})


def routes(base_url: str) -> list[tuple[str, type[APIHandler]]]:
    """Return every route of the extension.

    Args:
        base_url: The path under which the server runs, such as ``/`` or ``/user/alice/``.

    Returns:
        Pairs of a path and its handler.
    """
    return [(url_path_join(base_url, "attio-nb", "version"), VersionHandler)]


def add_routes(application: Application, base_url: str) -> None:
    """Add every route of the extension to a running server.

    Args:
        application: The server's web application.
        base_url: The path under which the server runs, such as ``/`` or ``/user/alice/``.
    """
    application.add_handlers(".*$", routes(base_url))
