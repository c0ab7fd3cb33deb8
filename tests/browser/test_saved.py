"""What a saved notebook keeps of a prompt, however it has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Notebook

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_user_connection, get_workspace_connection"
WORKSPACE = "connection = get_workspace_connection()"
USER = "connection = get_user_connection()"
DIE = f"import os, threading\nthreading.Timer(3, os._exit, [1]).start()\n{USER}"
KEY = "sk-live-5f3a9c"
ASKING = "Connect Mailbox password. If no form is shown below, open the Connections tab."


def lines(notebook: Notebook) -> list[str]:
    """Return what the saved cells show, beside errors: one line of plain text each."""
    saved: Any = notebook.saved()
    assert "widgets" not in saved.metadata
    shown = [out for cell in saved.cells for out in cell.get("outputs", ())]
    displayed = [out for out in shown if out.output_type == "display_data"]
    assert {out.output_type for out in shown} <= {"display_data", "error", "stream"}
    assert [list(out.data) for out in displayed] == [["text/plain"]] * len(displayed)
    assert [out.metadata for out in displayed] == [{}] * len(displayed)
    return [out.data["text/plain"] for out in displayed]


def test_one_line_of_plain_text_says_how_a_prompt_has_ended(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, WORKSPACE, USER, USER, USER, DIE)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    notebook.page.keyboard.type(KEY)
    notebook.page.keyboard.press("Enter")
    expect(notebook.prompt(1)).to_contain_text("Connected")
    notebook.run(2)
    expect(notebook.field(2)).to_be_focused()
    notebook.page.keyboard.press("Escape")
    notebook.wait_until_failed(2)
    notebook.run(3)
    expect(notebook.field(3)).to_be_focused()
    notebook.start("notebook:interrupt-kernel")
    notebook.wait_until_failed(3)
    notebook.run(4)
    expect(notebook.field(4)).to_be_focused()
    expect(notebook.cell(4).locator(".jp-OutputArea-output")).to_have_text(ASKING)
    ended = ['Connected the workspace connection "sequencer".', "Cancelled.", "Interrupted."]
    assert lines(notebook) == [*ended, ASKING]

    notebook.start("notebook:restart-kernel")
    notebook.page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(notebook.prompt(4)).to_contain_text("the kernel was restarted")
    over = "This prompt is over: the kernel was restarted. Run the cell again to be asked again."
    assert lines(notebook) == [*ended, over]
    notebook.wait_until_idle()

    notebook.run(0)
    notebook.run(5)
    expect(notebook.prompt(5)).to_contain_text("This prompt is over: the kernel ")
    notebook.page.get_by_role("button", name="Ok", exact=True).click()
    (*_, last) = lines(notebook)
    assert last.startswith("This prompt is over: the kernel ")
