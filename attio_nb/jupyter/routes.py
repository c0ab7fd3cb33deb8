"""The routes of the server extension.

Each wants the token or the cookie of its Jupyter server, but for the callback of a sign-in.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from attio_nb.imports import installed_packages_only
from attio_nb.jupyter.asked import (
    AskHandler,
    CheckHandler,
    ConnectionsHandler,
    DefinitionsHandler,
    PresetsHandler,
)
from attio_nb.jupyter.callback import CallbackHandler, ExpectsHandler

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.callback import CallbackFiles
    from attio_nb.jupyter.limits import Bucket
    from attio_nb.jupyter.tab import Tab

__all__ = ["VersionHandler", "routes"]


class VersionHandler(APIHandler):
    """Says which version is installed, so that a page from before an upgrade knows it is old."""

    auth_resource = "attio-nb"

    @authenticated
    @authorized
    def get(self) -> None:
        """Answer with ``{"version": "0.1.0"}``.

        It is read anew each time, so that an upgrade shows without a restart of the server.
        """
        with installed_packages_only():
            self.finish({"version": version("attio-nb")})


def routes(
    base_url: str, files: CallbackFiles, guesses: Bucket, tab: Callable[[], Tab]
) -> list[tuple[str, type[JupyterHandler], dict[str, Any]]]:
    """Return every route of the extension.

    Args:
        base_url: The path under which the server runs, such as ``/`` or ``/user/alice/``.
        files: Hand sign-ins to the kernels that began them.
        guesses: How often a sign-in may be named that nobody expects.
        tab: Returns the Connections tab.

    Returns:
        A pattern of a path, its handler, and what that is made with.
    """
    base = url_path_join(base_url, "attio-nb")
    back, asked = {"files": files, "guesses": guesses}, {"tab": tab}
    return [
        (f"{base}/version", VersionHandler, {}),
        (f"{base}/oauth/callback", CallbackHandler, back),
        (f"{base}/oauth/callback/([A-Za-z0-9._~-]+)", CallbackHandler, back),
        (f"{base}/oauth/expects/([0-9a-f]{{64}})", ExpectsHandler, back),
        (f"{base}/connections", ConnectionsHandler, asked),
        (f"{base}/presets", PresetsHandler, asked),
        (f"{base}/definitions", DefinitionsHandler, asked),
        (f"{base}/definitions/check", CheckHandler, asked),
        (f"{base}/ask/([a-z_]+)", AskHandler, asked),
    ]
