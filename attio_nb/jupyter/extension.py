"""What the extension puts into a Jupyter server, put together."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_events import EventLogger

from attio_nb.callback import CallbackFiles
from attio_nb.jupyter.events import Changes
from attio_nb.jupyter.folders import Folders, local_root
from attio_nb.jupyter.limits import Bucket
from attio_nb.jupyter.routes import routes

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.web import Application

    from attio_nb.jupyter.tab import Tab

__all__ = ["load"]


def load(server: ServerApp) -> None:
    """Add every route of the extension to a server.

    What is behind those of the Connections tab is loaded when a page first asks.

    Args:
        server: The server.
    """
    files = CallbackFiles.below(Path(jupyter_runtime_dir()))
    changes = Changes(server.event_logger or EventLogger(), server.io_loop.add_callback)
    lock = threading.Lock()

    @functools.cache
    def make() -> Tab:
        return _tab(server, files, changes)

    def tab() -> Tab:
        # Two pages may be the first at once.
        with lock:
            return make()

    application: Application = server.web_app
    application.add_handlers(".*$", routes(server.base_url, files, Bucket(100, 1), tab))


def _tab(server: ServerApp, files: CallbackFiles, changes: Changes) -> Tab:
    from attio_nb.connections.own import default_vault
    from attio_nb.jupyter.tab import Tab
    from attio_nb.jupyter.watch import Watch

    notice = server.log.warning
    tab = Tab(
        Folders(local_root(server.contents_manager)),
        default_vault(notify=notice),
        callbacks=files,
        watch=Watch(lambda: changes.tell("state")).over,
        notice=notice,
    )
    tab.prompts.changed = lambda: changes.tell("prompts")
    return tab
