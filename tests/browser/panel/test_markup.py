"""What the markup of a notebook that nobody trusts can do to the panel: show it, and no more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OPEN, Notebook, Serve, Server
from tests.browser.panel.apps import KEY
from tests.browser.panel.conftest import OpenApp, Service, own_user
from tests.browser.panel.page import Panel

APP = """\
[[members]]
id = "{own}"
role = "admin"

[[members]]
id = "dev-bob"
role = "admin"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"

[[connections]]
owner = "user"
type = "secret"
title = "Mailbox password"
"""
TITLE = "Sequencer API key"
ACTS = (
    "connect",
    "test",
    "disconnect",
    "replace-client-secret",
    "forget-client-secret",
    "rename-key",
    "remove",
    "act-as",
    "add",
)
ARGUMENTS: tuple[Any, ...] = (
    {},
    {"owner": "workspace", "key": None},
    {"owner": "user"},
    {"user": "dev-bob"},
    {"isPalette": True, "origin": {}},
    {"origin": True, "user": "dev-bob"},
    {"_luminoEvent": {"type": "keybinding", "keys": ["Enter"]}},
)
EXECUTE = """([id, args]) => {
    const {commands} = window.jupyterapp;
    void commands.execute(id, args);
    void commands.execute('apputils:run-first-enabled', {commands: [id], args});
}"""
# In trusted output, JupyterLab runs a command without a question, as it did in all before 4.5.7.
CLICK_AS_TRUSTED = """([id, args]) => {
    const button = document.createElement('button');
    button.dataset.commandlinkerCommand = id;
    button.dataset.commandlinkerArgs = JSON.stringify(args);
    button.textContent = 'Show more';
    button.style.cssText = 'position: fixed; z-index: 9; inset: 300px 200px auto auto';
    document.body.append(button);
    button.addEventListener('click', event => {
        event.stopPropagation();
        void window.jupyterapp.commands.execute(id, args);
    });
}"""
COMMANDS = "() => window.jupyterapp.commands.listCommands().length"
BIND = """([command, keys]) => {
    window.jupyterapp.commands.addKeyBinding({command, keys: [keys], selector: 'body'});
}"""
Write = Callable[[str], Notebook]


@pytest.fixture
def connected(open_app: OpenApp, sandbox: Service) -> tuple[Notebook, Panel]:
    """An app with a connection whose test sends its value to the sandbox."""
    notebook, panel = open_app(app=APP.format(host=sandbox.host, own=own_user()))
    panel.row(TITLE).connect(KEY)
    panel.row(TITLE).item.get_by_role("button", name="Dismiss").click()
    sandbox.entries.clear()
    return notebook, panel


@pytest.fixture
def notebook_7(serve: Serve) -> Iterator[Server]:
    with serve("notebook") as server:
        yield server


@pytest.fixture
def open_hostile(connected: tuple[Notebook, Panel]) -> Write:
    """Open a notebook with an output that nobody signed, beside the app."""
    notebook, _ = connected

    def open_one(markup: str) -> Notebook:
        path = notebook.path.with_name("hostile.ipynb")
        name = str(Path(notebook.name).with_name("hostile.ipynb"))
        data = {"text/html": markup, "text/plain": "a table"}
        cell = nbformat.v4.new_code_cell(
            "1", outputs=[nbformat.v4.new_output("display_data", data)]
        )
        text = nbformat.v4.new_markdown_cell(markup)
        kernel = {"name": "python3", "display_name": "Python 3"}
        written = nbformat.v4.new_notebook(cells=[cell, text], metadata={"kernelspec": kernel})
        nbformat.write(written, path)
        notebook.page.evaluate(OPEN, name)
        opened = Notebook(notebook.page, path, name)
        opened.wait_until_idle()
        return opened

    return open_one


def expect_untouched(panel: Panel, sandbox: Service, app: Path) -> None:
    """See that nothing was sent, asked, chosen, written or run."""
    # What an action begins at once, it has begun by the time of a second look at the server.
    panel.region.get_by_role("toolbar").get_by_role("button").nth(1).click()
    item = panel.row(TITLE).item
    expect(panel.region.get_by_text("Testing…")).to_have_count(0)
    # What was done leaves a note.
    expect(item.locator("[data-kind]")).to_have_count(0)
    expect(item).to_have_attribute("data-standing", "connected")
    expect(panel.page.locator(".jp-AttioPrompt-card")).to_have_count(0)
    expect(panel.page.get_by_role("dialog")).to_have_count(0)
    assert sandbox.entries == []
    assert panel.acting_as.input_value() != "dev-bob"
    assert app.read_text().count("[[connections]]") == 2


def test_a_command_that_no_person_chose_only_shows_the_panel(
    connected: tuple[Notebook, Panel], sandbox: Service
) -> None:
    notebook, panel = connected
    for act in ACTS:
        for arguments in ARGUMENTS:
            notebook.page.evaluate(EXECUTE, [f"attio-nb:{act}", arguments])
        expect(panel.region).to_be_visible()
        expect_untouched(panel, sandbox, notebook.path.with_name("attio-app.toml"))


def test_an_event_that_no_person_caused_chooses_nothing_in_a_menu(
    connected: tuple[Notebook, Panel], sandbox: Service
) -> None:
    notebook, panel = connected
    row = panel.row(TITLE)
    before = notebook.page.evaluate(COMMANDS)
    item = row.open_menu().get_by_role("menuitem", name="Test", exact=True)
    # The commands of the menu are in no registry that markup can name.
    assert notebook.page.evaluate(COMMANDS) == before
    box = item.bounding_box()
    assert box is not None
    at = {"clientX": box["x"] + 5, "clientY": box["y"] + 5, "button": 0, "bubbles": True}
    item.dispatch_event("pointerup", at)
    expect(row.menu).to_have_count(0)
    for key in ("ArrowDown", "Enter"):
        row.open_menu().dispatch_event("keydown", {"key": key, "keyCode": 13, "bubbles": True})
    expect_untouched(panel, sandbox, notebook.path.with_name("attio-app.toml"))
    for name in ("Test", "More actions", TITLE):
        button = row.title if name == TITLE else row.button(name)
        assert re.search("[0-9a-f]{32}", button.get_attribute("id") or "")


def test_a_command_that_no_person_chose_loads_nothing_into_the_kernel(
    open_app: OpenApp, sandbox: Service
) -> None:
    notebook, panel = open_app(app=APP.format(host=sandbox.host, own=own_user()))
    kernel = panel.region.get_by_text("attio_nb is not loaded in the kernel yet")
    expect(kernel).to_be_visible()
    for act in ACTS:
        notebook.page.evaluate(EXECUTE, [f"attio-nb:{act}", {"user": "dev-bob"}])
    panel.region.get_by_role("toolbar").get_by_role("button").nth(1).click()
    notebook.wait_until_idle()
    expect(panel.row(TITLE).item).to_have_attribute("data-standing", "not-connected")
    expect(kernel).to_be_visible()
    expect(panel.page.get_by_role("dialog")).to_have_count(0)
    expect(panel.page.locator(".jp-AttioPrompt-card")).to_have_count(0)


def test_a_button_in_a_trusted_output_only_brings_the_person_to_the_row(
    connected: tuple[Notebook, Panel], sandbox: Service
) -> None:
    notebook, panel = connected
    named = {"owner": "workspace", "key": None}
    notebook.page.evaluate(CLICK_AS_TRUSTED, ["attio-nb:test", named])
    stranger = notebook.page.get_by_role("button", name="Show more")
    for press in ("click", "Enter", "Space", "twice"):
        panel.tab.click()
        expect(panel.region).to_be_hidden()
        if press == "click":
            stranger.click()
        elif press == "twice":
            stranger.dblclick()
        else:
            stranger.press(press)
        expect(panel.row(TITLE).title).to_be_focused()
        expect_untouched(panel, sandbox, notebook.path.with_name("attio-app.toml"))
    stranger.evaluate("node => node.remove()")


def test_what_is_clicked_in_an_untrusted_output_acts_on_nothing(
    connected: tuple[Notebook, Panel], open_hostile: Write, sandbox: Service
) -> None:
    _, panel = connected
    named = json.dumps({"owner": "workspace", "key": None})
    linked = [
        f"<button data-commandlinker-command='attio-nb:{act}' data-commandlinker-args='{named}'>"
        f"Show {act}</button>"
        for act in ACTS
    ]
    others = (
        "<a href='command:attio-nb:test'>Link one</a>",
        "<a href='#' data-commandlinker-command='attio-nb:test'>Link two</a>",
        "<a href='javascript:jupyterapp.commands.execute(`attio-nb:test`)'>Link three</a>",
        "<p data-commandlinker-command='attio-nb:test'>Paragraph</p>",
        "<form action='command:attio-nb:test'><button type='submit'>Submit</button></form>",
        "<button onclick='jupyterapp.commands.execute(`attio-nb:test`)'>Script</button>",
    )
    notebook = open_hostile("\n".join([*linked, *others]))
    app = notebook.path.with_name("attio-app.toml")
    output = notebook.cell(0).locator(".jp-OutputArea-output")
    for act in ACTS:
        output.get_by_role("button", name=f"Show {act}", exact=True).click()
        agree(panel.page.get_by_role("dialog").filter(has_text="Run Command?"))
        expect_untouched(panel, sandbox, app)
    for text in ("Link one", "Link two", "Link three", "Paragraph", "Script"):
        output.get_by_text(text, exact=True).click()
        expect_untouched(panel, sandbox, app)


def agree(question: Locator) -> None:
    """Let JupyterLab run the command of markup, as a person may who does not read what it asks."""
    question.get_by_role("button", name=re.compile("^Run")).click()
    expect(question).to_have_count(0)


def test_a_label_in_markup_presses_no_button_of_the_panel(
    connected: tuple[Notebook, Panel], open_hostile: Write, sandbox: Service
) -> None:
    _, panel = connected
    guesses = [f":r{number:x}:" for number in range(60)]
    guesses += ["attio-nb-connections", "jp-AttioConnections-workspace-"]
    hostile = open_hostile("\n".join(f"<label for='{each}'>go {each}</label>" for each in guesses))
    output = hostile.cell(0).locator(".jp-OutputArea-output")
    for label in output.locator("label").all():
        label.click()
    expect_untouched(panel, sandbox, hostile.path.with_name("attio-app.toml"))


def test_a_command_that_no_person_chose_only_shows_the_panel_in_notebook_7(
    notebook_7: Server, load_notebook: Callable[..., Notebook], sandbox: Service
) -> None:
    app = APP.format(host=sandbox.host, own=own_user())
    notebook = load_notebook(notebook_7, "1", address="/notebooks/", app=app)
    panel = Panel(notebook.page)
    notebook.start("attio-nb:show")
    panel.row(TITLE).connect(KEY)
    panel.row(TITLE).item.get_by_role("button", name="Dismiss").click()
    sandbox.entries.clear()
    for act in ACTS:
        notebook.page.evaluate(EXECUTE, [f"attio-nb:{act}", {"user": "dev-bob"}])
    expect_untouched(panel, sandbox, notebook.path.with_name("attio-app.toml"))


def test_the_palette_a_menu_and_keys_act(
    connected: tuple[Notebook, Panel], sandbox: Service
) -> None:
    notebook, panel = connected
    row, page = panel.row(TITLE), panel.page

    notebook.select(0)
    page.keyboard.press("Control+Shift+C")
    page.locator(".jp-ModalCommandPalette").get_by_role("textbox").fill("Test a Connection…")
    page.keyboard.press("Enter")
    expect_tested(row.item, sandbox, 1)

    page.get_by_role("menubar").get_by_role("menuitem", name="Kernel").click()
    page.locator(".lm-Menu-item").filter(has_text=re.compile("^Connections$")).hover()
    page.get_by_role("menuitem", name="Test a Connection…").click()
    expect_tested(row.item, sandbox, 2)

    page.get_by_role("menubar").get_by_role("menuitem", name="Kernel").click()
    page.locator(".lm-Menu-item").filter(has_text=re.compile("^Connections$")).hover()
    item = page.get_by_role("menuitem", name="Test a Connection…")
    item.hover()
    page.keyboard.press("Enter")
    expect_tested(row.item, sandbox, 3)

    page.evaluate(BIND, ["attio-nb:test", "Alt Shift Y"])
    notebook.select(0)
    page.keyboard.press("Alt+Shift+Y")
    expect_tested(row.item, sandbox, 4)


def expect_tested(item: Locator, sandbox: Service, times: int) -> None:
    """Wait until the connection was tested so many times, and is at rest again."""
    note = item.locator("[data-kind]")
    expect(note).to_be_visible()
    assert [entry.path for entry in sandbox.entries] == ["/api/v1/me"] * times
    item.get_by_role("button", name="Dismiss").click()
    expect(note).to_have_count(0)
