"""The Jupyter server extension: what a notebook's page asks the server that brought it.

Jupyter finds it by its module name, ``attio_nb.jupyter``, which ``jupyter-config/`` switches on
when the package is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__: list[str] = []


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "attio_nb.jupyter"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    from attio_nb.imports import installed_packages_only

    with installed_packages_only():
        from attio_nb.jupyter.extension import load

        load(server)
