"""One home for a Jupyter server and its kernels: the Connections tab is about what both see.

Each test has an app of its own there, so that no test sees what another one has connected.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page

from attio_nb.sandbox.log import Entry
from attio_nb.sandbox.server import running_sandbox
from tests.browser.conftest import Notebook, Server
from tests.browser.panel.page import CLOSE, Panel

Open = Callable[..., Notebook]


@dataclass(frozen=True)
class Service:
    """A service that is connected to, and what it was asked."""

    url: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Service]:
    """The sandbox, whose API takes keys and whose provider signs people in."""
    entries: list[Entry] = []
    with running_sandbox(device_interval=1, on_request=entries.append) as url:
        yield Service(url, entries)


@pytest.fixture
def app_folder(tmp_path: Path) -> str:
    """The name of the folder that holds this test's app, below what the server shows."""
    return tmp_path.name.lower()


@pytest.fixture
def write_notebook(app_folder: str) -> Callable[..., Path]:
    """Write a notebook, whose kernel has the home of its server, beside an app file."""

    def write(server: Server, *cells: str, app: str = "", folder: str = app_folder) -> Path:
        directory = server.root / folder
        directory.mkdir(exist_ok=True)
        if app:
            (directory / "attio-app.toml").write_text(app_file(folder, app))
        path = directory / f"{len(list(directory.iterdir()))}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def panel(lab_page: Page) -> Iterator[Panel]:
    """The panel of the page that is there; the notebooks that are opened later show in it."""
    yield Panel(lab_page)
    # A test that failed may have left a question, which would keep the others from the page.
    for dialog in lab_page.get_by_role("dialog").all():
        dialog.press("Escape")
    lab_page.evaluate(CLOSE)


@pytest.fixture
def open_app(open_notebook: Open, panel: Panel) -> Callable[..., tuple[Notebook, Panel]]:
    """Open a notebook beside an app file, and then the panel."""

    def open_one(*cells: str, app: str) -> tuple[Notebook, Panel]:
        notebook = open_notebook(*(cells or ("1",)), app=app)
        return notebook, panel.open()

    return open_one


OpenApp = Callable[..., tuple[Notebook, Panel]]


def app_file(id: str, rest: str) -> str:
    """Return an app file: one that says nothing of its own, and the tables of a test."""
    return f'[app]\nid = "{id}"\nname = "Sequences"\n\n{rest}'


def own_user() -> str:
    """The member that the server and its kernels run for unless another one is chosen."""
    return getpass.getuser()
