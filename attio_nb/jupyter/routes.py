"""The routes of the server extension.

Each wants the token or the cookie of its Jupyter server, but for the callback of a sign-in.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import Application, authenticated

from attio_nb.callback import CallbackFiles
from attio_nb.jupyter.callback import CallbackHandler, ExpectsHandler

__all__ = ["VersionHandler", "add_routes", "routes"]


class VersionHandler(APIHandler):
    """Says which version is installed, so that a page from before an upgrade knows it is old."""

    @authenticated
    def get(self) -> None:
        """Answer with ``{"version": "0.1.0"}``.

        It is read anew each time, so that an upgrade shows without a restart of the server.
        """
        self.finish({"version": version("attio-nb")})


def routes(
    base_url: str, files: CallbackFiles
) -> list[tuple[str, type[JupyterHandler], dict[str, Any]]]:
    """Return every route of the extension.

    Args:
        base_url: The path under which the server runs, such as ``/`` or ``/user/alice/``.
        files: Hand sign-ins to the kernels that began them.

    Returns:
        A pattern of a path, its handler, and what that is made with.
    """
    base = url_path_join(base_url, "attio-nb")
    return [
        (f"{base}/version", VersionHandler, {}),
        (f"{base}/oauth/callback", CallbackHandler, {"files": files}),
        (f"{base}/oauth/expects/([0-9a-f]{{64}})", ExpectsHandler, {"files": files}),
    ]


def add_routes(application: Application, base_url: str) -> None:
    """Add every route of the extension to a running server.

    Args:
        application: The server's web application.
        base_url: The path under which the server runs, such as ``/`` or ``/user/alice/``.
    """
    files = CallbackFiles.below(Path(jupyter_runtime_dir()))
    application.add_handlers(".*$", routes(base_url, files))
