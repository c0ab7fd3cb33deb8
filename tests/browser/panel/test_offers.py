"""What stands around the panel: the status item, commands, menus, keys."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.panel.apps import API_KEY, KEY, MAILBOX
from tests.browser.panel.conftest import OpenApp
from tests.browser.panel.page import Panel

APP = f"{API_KEY}\n{MAILBOX}"
COMMANDS = [
    "Act As…",
    "Add a Connection…",
    "Connect…",
    "Disconnect…",
    "Open the App File",
    "Refresh Connections",
    "Remove a Connection…",
    "Rename the Key of a Connection…",
    "Show Connections",
    "Test a Connection…",
]
HAS_FOCUS = """node => {
    const {activeElement} = document;
    // A button of JupyterLab's toolbar has its own inside.
    return node.contains(activeElement) || node.getRootNode().host === activeElement;
}"""
KEPT = "() => document.activeElement !== document.body"


def test_the_status_item_counts_what_needs_attention_and_opens_the_panel(
    open_app: OpenApp,
) -> None:
    notebook, panel = open_app(app=APP)
    # Nobody has connected anything yet: nothing is broken.
    expect(panel.status).to_have_accessible_name(re.compile("^Connections: [^·]*$"))
    panel.row("Mailbox password").connect(KEY)
    app = notebook.path.parent / "attio-app.toml"
    app.write_text(app.read_text() + 'hosts = ["api.example.com"]\n')
    expect(panel.status).to_have_accessible_name(re.compile("1 needs attention"))
    panel.tab.click()
    expect(panel.region).to_be_hidden()

    panel.status.click()

    row = panel.row("Mailbox password")
    row.stands("New addresses")
    panel.disconnect(row)
    expect(panel.status).to_have_accessible_name(re.compile("^Connections: [^·]*$"))


def test_each_command_stands_in_the_palette(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    panel.page.keyboard.press("Control+Shift+c")
    palette = panel.page.locator(".jp-ModalCommandPalette")
    palette.get_by_role("textbox").fill("Connections")
    labels = palette.locator(".lm-CommandPalette-itemLabel")
    for command in COMMANDS:
        expect(labels.filter(has_text=re.compile(f"^{re.escape(command)}$"))).to_have_count(1)
    panel.page.keyboard.press("Escape")


def test_a_command_asks_which_connection_is_meant(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    panel.tab.click()
    choose_in_palette(panel, "Connect…")
    question = panel.question("Connect…")
    # Its titles are isolated from the sentence around them.
    question.get_by_role("combobox").select_option(index=1)
    question.get_by_role("button", name="Ok").click()
    expect(panel.row("Mailbox password").field()).to_be_focused()


def test_the_menu_has_what_can_be_done(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    panel.tab.click()
    menu = panel.page.get_by_role("menubar")
    menu.get_by_role("menuitem", name="Kernel").click()
    # A submenu's item has no role in Lumino.
    panel.page.locator(".lm-Menu-item").filter(has_text=re.compile("^Connections$")).hover()
    for command in ("Connect…", "Add a Connection…", "Open the App File"):
        item = panel.page.get_by_role("menuitem", name=command, exact=True)
        expect(item).to_be_visible()
    panel.page.keyboard.press("Escape")
    panel.page.keyboard.press("Escape")

    menu.get_by_role("menuitem", name="View").click()
    panel.page.get_by_role("menuitem", name="Connections").click()
    expect(panel.region).to_be_visible()


def test_the_panel_has_the_focus_once_it_was_chosen_in_the_palette(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=APP)
    panel.tab.click()
    notebook.select(0)
    choose_in_palette(panel, "Show Connections")
    expect(panel.row("Sequencer API key").title).to_be_focused()


def test_the_focus_is_back_in_the_notebook_once_a_question_is_left(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=APP)
    focused = panel.page.locator(".jp-Notebook-cell:focus")
    questions = {"Connect…": panel.question("Connect…"), "Add a Connection…": panel.dialog()}
    for command, question in questions.items():
        notebook.select(0)
        expect(focused).to_have_count(1)
        choose_in_palette(panel, command)
        expect(question.locator(":focus")).to_have_count(1)
        panel.page.keyboard.press("Escape")
        expect(question).to_have_count(0)
        expect(focused).to_have_count(1)


def choose_in_palette(panel: Panel, command: str) -> None:
    """Choose a command in the command palette."""
    panel.page.keyboard.press("Control+Shift+C")
    panel.page.locator(".jp-ModalCommandPalette").get_by_role("textbox").fill(command)
    panel.page.keyboard.press("Enter")


def test_everything_is_reached_with_the_keyboard(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=APP)
    panel.tab.click()
    expect(panel.region).to_be_hidden()
    keyboard = panel.page.keyboard
    notebook.wait_until_idle("attio-nb:show")
    notebook.select(0)

    keyboard.press("Alt+Shift+K")
    first, second = panel.row("Sequencer API key"), panel.row("Mailbox password")
    expect(first.title).to_be_focused()
    keyboard.press("Enter")
    expect(first.title).to_have_attribute("aria-expanded", "true")
    keyboard.press("ArrowDown")
    expect(second.title).to_be_focused()
    tab_to(panel, second.button("Connect"))
    keyboard.press("Enter")
    expect(second.field()).to_be_focused()
    keyboard.type(KEY)
    keyboard.press("Enter")
    second.stands("Connected")
    expect(second.title).to_be_focused()

    tab_to(panel, second.button("More actions"))
    keyboard.press("Enter")
    expect(second.menu.get_by_role("menuitem").first).to_be_focused()
    keyboard.press("Escape")
    expect(second.button("More actions")).to_be_focused()
    keyboard.press("Space")
    expect(second.button("More actions")).to_have_attribute("aria-expanded", "true")
    keyboard.press("End")
    keyboard.press("Home")
    keyboard.type("dis")
    expect(second.menu.get_by_role("menuitem", name="Disconnect…")).to_be_focused()
    keyboard.press("Space")
    question = panel.dialog("Disconnect?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    keyboard.press("Tab")
    expect(question.get_by_role("button", name="Disconnect")).to_be_focused()
    keyboard.press("Enter")
    second.stands("Not connected")
    expect(question).to_have_count(0)
    panel.page.wait_for_function(KEPT)

    toolbar = panel.region.get_by_role("toolbar")
    tab_to(panel, toolbar, "Shift+Tab")
    # Within a toolbar one goes by arrows, round and round.
    tab_to(panel, toolbar.get_by_role("button", name="Add"), "ArrowLeft")
    keyboard.press("Enter")
    form = panel.dialog()
    expect(form.get_by_label("Whose it is")).to_be_focused()
    keyboard.press("Escape")
    expect(form).to_have_count(0)
    tab_to(panel, panel.acting_as, "Shift+Tab")


def tab_to(panel: Panel, goal: Locator, key: str = "Tab", most: int = 15) -> None:
    """Press a key until something has the focus."""
    for _ in range(most):
        panel.page.keyboard.press(key)
        if goal.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"{key} does not lead there.")
