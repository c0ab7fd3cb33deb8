"""The panel in other pages: a second window, a page loaded again, Notebook 7, other servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Notebook, Serve, Server
from tests.browser.panel.apps import ACCOUNT, API_KEY, KEY, MAILBOX
from tests.browser.panel.conftest import OpenApp, Service
from tests.browser.panel.page import Panel, allow, opened_by

Load = Callable[..., Notebook]

LOAD = "%load_ext attio_nb\nfrom attio_nb import *"
LENGTH = "print(f'went on with {len(get_workspace_connection().value)}\\n', end='')"
WENT_ON = f"went on with {len(KEY)}\n"
ACTIVATE = """path => {
    const {shell} = window.jupyterapp;
    const widget = Array.from(shell.widgets('main')).find(each => each.context?.path === path);
    shell.activateById(widget.id);
}"""


def test_two_notebooks_show_two_apps(
    open_app: OpenApp, open_notebook: Load, app_folder: str
) -> None:
    first, panel = open_app(app=API_KEY)
    panel.row("Sequencer API key").connect(KEY)
    other = API_KEY.replace("Sequencer API key", "Mailbox password")

    second = open_notebook("1", app=other, folder=f"{app_folder}-other")
    row = panel.row("Mailbox password")
    row.stands("Not connected")
    expect(panel.row("Sequencer API key").item).to_have_count(0)
    row.connect(KEY)
    panel.disconnect(row)

    first.page.evaluate(ACTIVATE, first.name)
    panel.row("Sequencer API key").stands("Connected")
    first.page.evaluate(ACTIVATE, second.name)
    row.stands("Not connected")


def test_what_is_half_typed_is_there_again_when_its_notebook_is(
    open_app: OpenApp, open_notebook: Load, app_folder: str
) -> None:
    notebook, panel = open_app(LOAD, LENGTH, app=API_KEY)
    row = panel.row("Sequencer API key")
    row.press("Connect")
    row.field().fill(KEY)

    beside = open_notebook("1", app=MAILBOX, folder=f"{app_folder}-other")
    panel.row("Mailbox password").stands("Not connected")
    expect(row.item).to_have_count(0)
    notebook.page.evaluate(ACTIVATE, notebook.name)

    expect(row.field()).to_have_value(KEY)
    row.field().press("Enter")
    row.stands("Connected")
    expect(row.field()).to_have_count(0)
    notebook.page.evaluate(ACTIVATE, beside.name)
    panel.row("Mailbox password").connect(KEY)


def test_the_last_of_many_connections_can_be_reached(
    jupyterlab: Server, load_notebook: Load
) -> None:
    numbers = range(12)
    each = MAILBOX.replace("Mailbox password", "Password {n}").replace("type", 'key = "k{n}"\ntype')
    notebook = load_notebook(jupyterlab, app="\n".join(each.format(n=n) for n in numbers))
    last = Panel(notebook.page).open().row("Password 11")

    last.press("Connect")

    expect(last.field()).to_be_focused()
    last.field().press("Escape")
    expect(last.button("Connect")).to_be_in_viewport(ratio=1)


def test_the_panel_takes_the_focus_however_long_it_is_drawn(
    context: BrowserContext, jupyterlab: Server, load_notebook: Load
) -> None:
    # A browser may find itself idle between two steps of drawing.
    context.add_init_script("window.requestIdleCallback = done => queueMicrotask(done);")
    # In a workspace of its own, since others come back with the panel that was open in them.
    address = "/lab/workspaces/idle/tree/"
    panel = Panel(load_notebook(jupyterlab, app=API_KEY, address=address).page)
    expect(panel.region).to_have_count(0)
    panel.tab.click()
    expect(panel.region.locator(":focus")).to_have_count(1)


def test_what_is_done_in_one_window_shows_in_the_other(
    open_app: OpenApp, context: BrowserContext, jupyterlab: Server
) -> None:
    notebook, panel = open_app(LOAD, app=API_KEY)
    page = context.new_page()
    page.goto(f"{jupyterlab.url}/lab/workspaces/b/tree/{notebook.name}?token={jupyterlab.token}")
    beside = Notebook(page, notebook.path, notebook.name)
    beside.wait_until_idle()
    other = Panel(page).open()
    row, seen = panel.row("Sequencer API key"), other.row("Sequencer API key")
    seen.stands("Not connected")

    row.connect(KEY)
    seen.stands("Connected")
    other.disconnect(seen)
    row.stands("Not connected")

    seen.press("Edit")
    form = other.dialog("Edit")
    form.get_by_label("Title", exact=True).fill("Outreach API key")
    form.get_by_role("button", name="Save").click()
    panel.row("Outreach API key").stands("Not connected")


@pytest.mark.parametrize("by", ["the kernel", "the server"])
def test_a_page_that_is_loaded_again_while_one_signs_in(
    jupyterlab: Server, load_notebook: Load, sandbox: Service, by: str
) -> None:
    app = ACCOUNT.format(url=sandbox.url)
    notebook = load_notebook(jupyterlab, LOAD, app=app)
    if by == "the server":
        notebook.shut_down()
    panel = Panel(notebook.page).open()
    row = panel.row("Sequencer account")
    row.press("Connect")
    tab = opened_by(panel.page, row.item.get_by_role("button", name="Sign in at"))

    panel.reload()
    row.stands("Not connected")
    allow(tab)

    row.stands("Connected")


def test_a_page_that_is_loaded_again_in_the_middle_connects_all_the_same(
    jupyterlab: Server, load_notebook: Load
) -> None:
    notebook = load_notebook(jupyterlab, LOAD, LENGTH, app=API_KEY)
    panel = Panel(notebook.page).open()
    notebook.run(0)
    notebook.run(1)
    row = panel.row("Sequencer API key")
    row.says("A cell waits for this.")
    row.press("Connect")
    row.field().fill("half of what one want")

    notebook.page.on("dialog", lambda dialog: dialog.accept())
    panel.reload()

    row.says("A cell waits for this.")
    assert "half of what" not in notebook.page.content()
    row.connect(KEY)
    expect(row.item).not_to_contain_text("A cell waits for this.")


class TestElsewhere:
    """On servers of their own."""

    @pytest.fixture
    def notebook_7(self, serve: Serve) -> Iterator[Server]:
        with serve("notebook") as server:
            yield server

    def test_notebook_7_has_the_tab(self, notebook_7: Server, load_notebook: Load) -> None:
        notebook = load_notebook(notebook_7, LOAD, LENGTH, address="/notebooks/", app=API_KEY)
        panel = Panel(notebook.page)
        notebook.start("attio-nb:show")
        row = panel.row("Sequencer API key")
        row.stands("Not connected")

        row.connect(KEY)

        notebook.run(0)
        notebook.run(1)
        expect(notebook.printed(1)).to_have_text(WENT_ON)
        menu = notebook.page.get_by_role("menubar")
        menu.get_by_role("menuitem", name="View").click()
        expect(notebook.page.get_by_role("menuitem", name="Connections")).to_be_visible()

    @pytest.fixture
    def server_without_us(self, serve: Serve, tmp_path: Path) -> Iterator[Server]:
        config = tmp_path / "server/config"
        config.mkdir(parents=True)
        disabled = {"ServerApp": {"jpserver_extensions": {"attio_nb.jupyter": False}}}
        (config / "jupyter_server_config.json").write_text(json.dumps(disabled))
        with serve("jupyterlab") as server:
            yield server

    def test_a_server_without_the_extension_is_told_how_to_get_it(
        self, server_without_us: Server, load_notebook: Load
    ) -> None:
        notebook = load_notebook(server_without_us, LOAD, LENGTH, app=API_KEY)
        panel = Panel(notebook.page).open()
        expect(panel.region).to_contain_text("The server extension of attio_nb does not answer")
        command = "jupyter server extension enable attio_nb.jupyter"
        expect(panel.region.get_by_role("code")).to_have_text(command)
        expect(panel.region.get_by_role("button", name="Try again")).to_be_visible()
        # The cell needs no server.
        notebook.run(0)
        notebook.run(1)
        notebook.field(1).fill(KEY)
        notebook.field(1).press("Enter")
        expect(notebook.printed(1)).to_have_text(WENT_ON)

    def test_a_server_that_has_stopped_leaves_what_it_said(
        self, serve: Serve, write_notebook: Callable[..., Path], context: BrowserContext
    ) -> None:
        panel = Panel(context.new_page())
        # JupyterLab says so too, in a dialog over everything.
        dialog = panel.page.get_by_role("dialog")
        panel.page.add_locator_handler(dialog, lambda dialog: dialog.press("Escape"))
        with serve("jupyterlab") as server:
            path = write_notebook(server, "1", app=API_KEY)
            name = path.relative_to(server.root).as_posix()
            panel.page.goto(f"{server.url}/lab/tree/{name}?token={server.token}")
            notebook = Notebook(panel.page, path, name)
            notebook.wait_until_idle()
            panel.open().row("Sequencer API key").stands("Not connected")
            # A server that is told to end while it starts a kernel never does.
            notebook.shut_down()
        # Nobody asks: the panel notices by itself.
        expect(panel.alerts).to_contain_text("The Jupyter server cannot be reached.")
        panel.row("Sequencer API key").stands("Not connected")
