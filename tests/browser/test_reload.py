"""A page that is loaded again while a cell waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

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
