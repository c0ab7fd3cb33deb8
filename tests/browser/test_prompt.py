"""The prompt in a cell of a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Notebook

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_user_connection, get_workspace_connection"
CONNECT = (
    "connection = get_workspace_connection()\n"
    "print(f'went on with {len(connection.value)}\\n', end='')"
)
KEY = "sk-live-5f3a9c"
WENT_ON = f"went on with {len(KEY)}\n"


def answer(notebook: Notebook, index: int, value: str) -> None:
    expect(notebook.field(index)).to_be_focused()
    notebook.page.keyboard.type(value)
    notebook.page.keyboard.press("Enter")


def test_the_cell_goes_on_once_the_key_is_typed_and_asks_nothing_again(
    open_notebook: Open, kernel_python: Path
) -> None:
    notebook = open_notebook(LOAD, CONNECT, python=kernel_python)
    notebook.run(0)
    notebook.run(1)

    answer(notebook, 1, KEY)

    expect(notebook.printed(1)).to_have_text(WENT_ON)
    expect(notebook.prompt(1)).to_contain_text('Connected the workspace connection "sequencer".')
    notebook.run(1)
    expect(notebook.prompt(1)).to_have_count(0)
    expect(notebook.printed(1)).to_have_text(WENT_ON)


def test_another_notebook_asks_nothing(open_notebook: Open) -> None:
    first = open_notebook(LOAD, CONNECT)
    first.run(0)
    first.run(1)
    answer(first, 1, KEY)
    expect(first.printed(1)).to_have_text(WENT_ON)

    second = open_notebook(LOAD, CONNECT)
    second.run(0)
    second.run(1)

    expect(second.printed(1)).to_have_text(WENT_ON)
    expect(second.prompt(1)).to_have_count(0)


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_a_cancelled_prompt_ends_the_cell_and_the_kernel_lives(
    open_notebook: Open, way: str
) -> None:
    notebook = open_notebook(LOAD, CONNECT, "print('alive')")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    if way == "button":
        notebook.prompt(1).get_by_role("button", name="Cancel").click()
    else:
        notebook.page.keyboard.press("Escape")

    expect(notebook.prompt(1)).to_have_text("Cancelled.")
    expect(notebook.failed(1)).to_contain_text("Run the cell again to be asked again.")
    notebook.wait_until_failed(1)
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("alive\n")


def test_two_cells_of_run_all_ask_one_after_the_other(open_notebook: Open) -> None:
    notebook = open_notebook(
        LOAD, CONNECT, CONNECT.replace("workspace", "user"), "print('the end')"
    )
    notebook.start("notebook:run-all-cells")

    answer(notebook, 1, KEY)
    answer(notebook, 2, "pw")

    expect(notebook.printed(1)).to_have_text(WENT_ON)
    expect(notebook.printed(2)).to_have_text("went on with 2\n")
    expect(notebook.printed(3)).to_have_text("the end\n")


BUTTON = """\
import ipywidgets

def on_click(button):
    with output:
        get_workspace_connection()

button, output = ipywidgets.Button(description='Send'), ipywidgets.Output()
button.on_click(on_click)
ipywidgets.VBox([button, output])"""


def test_a_button_says_which_cell_to_run_instead_of_waiting(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, BUTTON, "%connect workspace\nprint('done')")
    notebook.run(0)
    notebook.run(1)

    notebook.cell(1).get_by_role("button", name="Send").click()

    expect(notebook.cell(1)).to_contain_text(
        "Run %connect workspace sequencer in a cell, then try again."
    )
    notebook.run(2)
    answer(notebook, 2, KEY)
    expect(notebook.cell(2)).to_contain_text("done\n")


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "Nothing was typed."),
        ("   ", "Nothing was typed."),
        ("clé–sécrète", "cannot be sent in an HTTP header"),
        ("x" * 100_000, "100,000 characters long"),
    ],
    ids=["empty", "spaces", "not-latin-1", "100kB"],
)
def test_a_value_that_cannot_be_a_secret_can_be_typed_again(
    open_notebook: Open, value: str, complaint: str
) -> None:
    notebook = open_notebook(LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    notebook.field(1).fill(value)
    notebook.page.keyboard.press("Enter")

    expect(notebook.prompt(1).get_by_role("alert")).to_contain_text(complaint)
    expect(notebook.field(1)).to_be_focused()
    notebook.field(1).fill("")
    answer(notebook, 1, KEY)

    expect(notebook.printed(1)).to_have_text(WENT_ON)


def test_a_line_break_does_not_get_into_the_field(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.page.evaluate("text => document.execCommand('insertText', false, text)", f"{KEY}\n")

    expect(notebook.field(1)).to_have_value(KEY)


def test_the_prompt_of_a_restarted_kernel_is_over(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.start("notebook:restart-kernel")
    notebook.page.get_by_role("button", name="Confirm Kernel Restart").click()

    expect(notebook.prompt(1)).to_contain_text("This prompt is over: the kernel was restarted.")
    expect(notebook.field(1)).to_have_count(0)
    notebook.wait_until_idle()
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()


def test_what_is_typed_stays_in_the_field(open_notebook: Open) -> None:
    """In the notebook, these keys would delete cells, add cells and run cells."""
    notebook = open_notebook(LOAD, CONNECT, "1", "2")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.page.keyboard.type("ddabxM00")

    expect(notebook.field(1)).to_have_value("ddabxM00")
    expect(notebook.cells).to_have_count(4)


def test_keys_on_a_button_are_not_the_notebooks_either(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT, "1", "2")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.page.keyboard.press("Tab")
    expect(notebook.prompt(1).get_by_label("Show what is typed")).to_be_focused()
    notebook.page.keyboard.type("dda")
    notebook.page.keyboard.press("Enter")

    expect(notebook.field(1)).to_have_attribute("type", "text")
    expect(notebook.cells).to_have_count(4)


def test_a_prompt_does_not_take_the_keys_of_someone_who_types(open_notebook: Open) -> None:
    slow = (
        f"import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(.05)\n{CONNECT}"
    )
    notebook = open_notebook(LOAD, slow, "x = 1")
    notebook.run(0)
    notebook.run(1)
    notebook.select(2)
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.type("y = 2; ")

    (notebook.path.parent / "go").touch()
    expect(notebook.field(1)).to_be_visible()
    notebook.page.keyboard.type("z = 3")

    expect(notebook.cell(2)).to_contain_text("z = 3")
    expect(notebook.field(1)).to_have_value("")


def test_the_person_is_back_where_they_were_afterwards(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1, "Shift+Enter")
    answer(notebook, 1, KEY)
    expect(notebook.printed(1)).to_have_text(WENT_ON)
    # The page hears of the end of a prompt a moment after the cell goes on.
    expect(notebook.prompt(1)).to_contain_text("Connected")

    notebook.page.keyboard.type("next = 1")

    expect(notebook.cell(2)).to_contain_text("next = 1")


def test_a_screen_reader_is_told_what_is_asked(open_notebook: Open) -> None:
    notebook = open_notebook(LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)

    expect(notebook.prompt(1)).to_match_aria_snapshot("""
        - form "Connect Sequencer API key":
          - heading "Connect Sequencer API key" [level=3]
          - paragraph: /A workspace connection of Sequences/
          - textbox "Value"
          - button "Show what is typed"
          - button "Connect"
          - button "Cancel"
          - link "Where do I find this?":
            - /url: https://docs.example.com/keys
          - text: It is never saved in the notebook.
    """)
    expect(notebook.prompt(1)).to_have_accessible_description(
        "A workspace connection of Sequences: one value, shared by every member of the workspace."
    )
