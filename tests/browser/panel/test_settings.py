"""What a person sets in the settings editor, about cells that ask."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.conftest import Notebook, Server
from tests.browser.panel.apps import API_KEY, KEY
from tests.browser.panel.page import Panel

Load = Callable[..., Notebook]

LOAD = "%load_ext attio_nb\nfrom attio_nb import *\nruns = 0"
CONNECT = "runs += 1\nprint(f'went on with {len(get_workspace_connection().value)}\\n', end='')"
RUNS = "print('runs', runs)"
EDIT = """() => {
    const {commands} = window.jupyterapp;
    void commands.execute('settingeditor:open', {query: 'Connections'});
}"""
BACK = "path => void window.jupyterapp.commands.execute('docmanager:open', {path})"


@pytest.fixture(autouse=True)
def forgotten(jupyterlab: Server) -> Iterator[None]:
    """Set nothing for the tests to come: the server keeps what was set."""
    yield
    address = f"{jupyterlab.url}/lab/api/settings/attio-nb:connections"
    headers = {"Authorization": f"token {jupyterlab.token}"}
    httpx.put(address, json={"raw": "{}"}, headers=headers).raise_for_status()


@pytest.fixture
def load(jupyterlab: Server, load_notebook: Load) -> Callable[[], Notebook]:
    """Load a notebook in a page of its own."""
    return lambda: load_notebook(jupyterlab, LOAD, CONNECT, RUNS, app=API_KEY)


def settings(page: Page) -> Locator:
    """Open the settings editor, at the settings of connections."""
    page.evaluate(EDIT)
    return page.get_by_role("tabpanel", name="Settings").get_by_role("group", name="Connections")


def saved(page: Page, act: Callable[[], object]) -> None:
    """Set something, and wait until the server has it, and the page has read it back."""
    with page.expect_response(is_a_save):
        act()
    # What is set before that is overwritten by what is read.
    expect(page.get_by_role("tab", name="Settings")).not_to_have_class(re.compile("jp-mod-dirty"))


def is_a_save(response: Response) -> bool:
    """Say whether the server has taken settings, which the page asks it for as well."""
    return response.request.method == "PUT" and "attio-nb:connections" in response.url


def test_a_cell_ends_rather_than_waits_and_is_not_run_again(load: Callable[[], Notebook]) -> None:
    notebook = load()
    page = notebook.page
    editor = settings(page)
    missing = editor.get_by_role("combobox")
    saved(page, lambda: missing.select_option(label="End with an error, and ask below it"))
    again = editor.get_by_role("checkbox", name="Run a cell again once it is connected")
    saved(page, again.uncheck)
    page.evaluate(BACK, notebook.name)
    notebook.wait_until_idle()
    notebook.run(0)
    notebook.run(1)
    expect(notebook.failed(1)).to_contain_text("Sequencer API key")

    panel = Panel(page).open()
    row = panel.row("Sequencer API key")
    row.press("Connect")
    row.field().fill(KEY)
    row.field().press("Enter")
    row.stands("Connected")

    expect(notebook.prompt(1)).to_contain_text("Run the cell again.")
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("runs 1\n")


def test_a_cell_waits_no_longer_than_it_is_set_to(load: Callable[[], Notebook]) -> None:
    notebook = load()
    page = notebook.page
    editor = settings(page)
    timeout = editor.get_by_role("spinbutton")
    saved(page, lambda: timeout.fill("1"))
    page.evaluate(BACK, notebook.name)
    notebook.wait_until_idle()
    notebook.run(0)
    notebook.run(1)

    expect(notebook.failed(1)).to_contain_text("Nobody")
