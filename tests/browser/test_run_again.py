"""``on_missing = "raise"``: the cell ends, the prompt stays, and the cell is run again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Notebook

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\n%connect --on-missing raise\nfrom attio_nb import *\nruns = 0"
CONNECT = "runs += 1\nconnection = get_workspace_connection()\nprint('run', runs)"
KEY = "sk-live-5f3a9c"


def connect(notebook: Notebook) -> None:
    expect(notebook.field(1)).to_be_focused()
    notebook.page.keyboard.type(KEY)
    notebook.page.keyboard.press("Enter")


def test_the_cell_is_run_again_once(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT, "print('runs', runs)")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.failed(1)).to_contain_text("Connect below")

    connect(notebook)

    expect(notebook.printed(1)).to_have_text("run 2\n")
    expect(notebook.prompt(1)).to_have_count(0)
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("runs 2\n")


def test_a_cell_that_was_edited_is_left_to_the_person(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT, "print('runs', runs)")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    notebook.cell(1).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+End")
    notebook.page.keyboard.type("  # and more")

    notebook.field(1).click()
    connect(notebook)

    expect(notebook.prompt(1)).to_contain_text("The cell was edited: run it again yourself.")
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("runs 1\n")


def test_only_the_last_prompt_for_a_connection_can_be_answered(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT, CONNECT)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    # Until the cell that failed has ended, the kernel drops what comes after it.
    notebook.wait_until_idle()

    notebook.run(2)

    expect(notebook.field(2)).to_be_visible()
    expect(notebook.prompt(1)).to_have_text("Asked again further on.")
