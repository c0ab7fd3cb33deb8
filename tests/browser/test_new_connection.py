"""The first connection of an app that has none, defined where it is missing."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Notebook

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection"
CONNECT = (
    "connection = get_workspace_connection()\n"
    "print(f'went on with {len(connection.value)}\\n', end='')"
)
KEY = "sk-live-5f3a9c"


@pytest.fixture
def asking(open_notebook: Open) -> Notebook:
    """A notebook without an app file, whose second cell asks."""
    notebook = open_notebook(LOAD, CONNECT, app="")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.prompt(1)).to_contain_text("This app has no workspace connection yet")
    return notebook


def test_title_and_hosts_go_into_the_app_file_and_the_value_does_not(asking: Notebook) -> None:
    form = asking.prompt(1)
    # What is pasted at once must not end up in a title, which others see.
    expect(asking.field(1)).to_be_focused()
    asking.field(1).fill(KEY)
    form.get_by_label("Title").fill(f"Sequencer {KEY}")
    asking.page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("title is or looks like a credential")
    assert not (asking.path.parent / "attio-app.toml").exists()

    form.get_by_label("Title").fill("Sequencer API key")
    asking.field(1).fill(KEY)
    form.get_by_label("May be sent to").fill("api.example.com, *.example.org")
    asking.page.keyboard.press("Enter")

    expect(asking.printed(1)).to_have_text(f"went on with {len(KEY)}\n")
    text = (asking.path.parent / "attio-app.toml").read_text()
    (connection,) = tomllib.loads(text)["connections"]
    assert connection["title"] == "Sequencer API key"
    assert connection["hosts"] == ["api.example.com", "*.example.org"]
    assert KEY not in text


def test_a_screen_reader_is_told_what_each_field_is_for(asking: Notebook) -> None:
    expect(asking.prompt(1)).to_match_aria_snapshot("""
        - form "This app has no workspace connection yet":
          - heading "This app has no workspace connection yet" [level=3]
          - paragraph: /OAuth 2.0 connection is defined with %connect --add/
          - text: Value
          - textbox "Value"
          - text: Title (optional)
          - textbox "Title (optional)"
          - text: May be sent to (optional)
          - textbox "May be sent to (optional)"
          - text: Title and hosts are written to attio-app.toml, the value is not.
          - button "Connect"
          - button "Cancel"
    """)


def test_hosts_that_are_none_can_be_typed_again(asking: Notebook) -> None:
    form = asking.prompt(1)
    asking.field(1).fill(KEY)
    form.get_by_label("May be sent to").fill("api.example.com/v1")
    asking.page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).not_to_be_empty()

    form.get_by_label("May be sent to").fill("api.example.com")
    asking.field(1).fill(KEY)
    asking.page.keyboard.press("Enter")

    expect(asking.printed(1)).to_have_text(f"went on with {len(KEY)}\n")
