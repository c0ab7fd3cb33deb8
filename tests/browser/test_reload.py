"""A page that is loaded again while a cell waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

if TYPE_CHECKING:
    from conftest import Notebook, Server

Load = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection"
CONNECT = "connection = get_workspace_connection()\nwent_on = len(connection.value)"
KEY = "sk-live-5f3a9c"
REMEMBERED = "() => Object.keys(localStorage).filter(key => key.startsWith('attio-nb'))"


@pytest.fixture
def waiting(jupyterlab: Server, load_notebook: Load) -> Callable[[Path], Notebook]:
    """Open a notebook whose second cell waits, and load its page again."""

    def load(python: Path) -> Notebook:
        notebook = load_notebook(jupyterlab, LOAD, CONNECT, "print(went_on)", python=python)
        notebook.run(0)
        notebook.run(1)
        expect(notebook.field(1)).to_be_focused()
        notebook.page.on("dialog", lambda dialog: dialog.accept())
        notebook.page.reload()
        return notebook

    return load


def test_the_prompt_is_drawn_again_and_the_cell_goes_on(
    waiting: Callable[[Path], Notebook], kernel_python: Path
) -> None:
    notebook = waiting(kernel_python)
    expect(notebook.field(1)).to_be_focused(timeout=20_000)

    notebook.page.keyboard.type(KEY)
    notebook.page.keyboard.press("Enter")

    expect(notebook.prompt(1)).to_contain_text("The cell goes on, but what it prints is lost")
    assert notebook.page.evaluate(REMEMBERED) == []
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text(f"{len(KEY)}\n")
    assert not [cell.outputs for cell in notebook.saved().cells[:2] if cell.outputs]


def test_the_prompt_that_is_drawn_again_can_be_cancelled(
    waiting: Callable[[Path], Notebook], newest_python: Path
) -> None:
    notebook = waiting(newest_python)
    expect(notebook.field(1)).to_be_focused(timeout=20_000)

    notebook.page.keyboard.press("Escape")

    expect(notebook.prompt(1)).to_have_text("Cancelled.")
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()


def test_a_prompt_that_was_interrupted_meanwhile_is_over(
    waiting: Callable[[Path], Notebook], newest_python: Path
) -> None:
    notebook = waiting(newest_python)
    expect(notebook.field(1)).to_be_focused(timeout=20_000)

    notebook.start("notebook:interrupt-kernel")

    expect(notebook.field(1)).to_have_count(0)
    expect(notebook.prompt(1)).to_have_attribute("data-state", "interrupted")
    notebook.run(2)
    expect(notebook.failed(2)).to_contain_text("NameError")


WAITING_ROW = ".jp-AttioConnections-asked"


def test_a_prompt_that_begins_after_the_reload_is_drawn_and_told_of_too(
    jupyterlab: Server, load_notebook: Load
) -> None:
    both = f"{LOAD}, get_user_connection"
    user = "mailbox = get_user_connection()\nwent_on += len(mailbox.value)"
    notebook = load_notebook(jupyterlab, both, CONNECT, user, "print(went_on)")
    page = notebook.page
    notebook.start("notebook:run-all-cells")
    expect(notebook.field(1)).to_be_focused()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    notebook.field(1).fill(KEY)
    page.keyboard.press("Enter")

    expect(notebook.field(2)).to_be_visible()
    notebook.start("attio-nb:show")
    expect(page.locator(WAITING_ROW)).to_contain_text("waits")
    # The same notebook, closed and opened again.
    page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")
    page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', {path})", notebook.name
    )
    expect(notebook.field(2)).to_be_visible()
    notebook.field(2).fill("pw")
    notebook.field(2).press("Enter")
    expect(notebook.prompt(2)).to_contain_text("Connected")
    notebook.wait_until_idle()
    notebook.run(3)
    expect(notebook.printed(3)).to_have_text(f"{len(KEY) + 2}\n")


def test_each_page_that_has_the_notebook_open_can_answer_once(
    jupyterlab: Server, load_notebook: Load, chromium: Browser
) -> None:
    notebook = load_notebook(jupyterlab, LOAD, CONNECT, "print(went_on)")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    with chromium.new_context() as others:
        page = others.new_page()
        page.goto(f"{jupyterlab.url}/lab/tree/{notebook.name}?reset&token={jupyterlab.token}")
        second = replace(notebook, page=page)
        expect(second.field(1)).to_be_visible()
        second.field(1).fill(KEY)
        second.field(1).press("Enter")

        expect(second.prompt(1)).to_contain_text("Connected the workspace connection")
        expect(notebook.prompt(1)).to_contain_text("Connected the workspace connection")
        expect(notebook.field(1)).to_have_count(0)
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text(f"{len(KEY)}\n")
