"""Writing connections into the app file, by a form and by hand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Notebook
from tests.browser.panel.apps import KEY, MAILBOX
from tests.browser.panel.conftest import OpenApp
from tests.browser.panel.page import Panel, choose

COMMENTED = """\
# What the team agreed on.
[[connections]]
owner = "workspace"   # everybody's
type = "secret"
# The name that the service gives it.
title = "Sequencer API key"
hosts = ["api.example.com"]  # nothing else

[[connections]]
owner = "user"
key = "mailbox"
type = "secret"
title = "Mailbox password"

# The end.
"""
BROKEN = 'title = "Mailbox password'
CURSOR = """() => {
    const {editor} = window.jupyterapp.shell.currentWidget.content;
    return editor.getCursorPosition().line + 1;
}"""
IS_EDITOR = "path => window.jupyterapp.shell.currentWidget?.context?.path === path"
HTML = '<img src=x onerror="window.hacked = true"><b>bold</b>'
ODD_TITLES = {
    "of 300 characters": "Sequencer " * 30,
    "from right to left": "مفتاح واجهة برمجة التطبيقات",
    "an emoji": "🔑👩🏽‍💻 key",
    "HTML": HTML,
}


def app_text(notebook: Notebook) -> str:
    return (notebook.path.parent / "attio-app.toml").read_text()


def save(form: Locator) -> None:
    form.get_by_role("button", name="Save").click()


def test_an_edit_changes_what_was_edited_and_no_comment(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=COMMENTED)
    before = app_text(notebook)
    panel.row("Sequencer API key").press("Edit")
    form = panel.dialog(re.compile("Edit"))
    expect(form.get_by_label("Whose it is")).to_have_value("Workspace")
    expect(form.get_by_label("Title", exact=True)).to_have_value("Sequencer API key")

    form.get_by_label("Title", exact=True).fill("Outreach API key")
    save(form)

    panel.row("Outreach API key").stands("Not connected")
    assert app_text(notebook) == before.replace("Sequencer API key", "Outreach API key")


def test_what_is_wrong_is_said_while_it_is_typed(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=COMMENTED)
    before = app_text(notebook)
    form = panel.add()
    form.get_by_label("Whose it is").select_option(label="User")
    key = form.get_by_label("Key", exact=True)
    hosts = form.get_by_label("Hosts")
    key.fill("mailbox")
    expect(key).to_have_accessible_description(re.compile("mailbox"))
    expect(key).to_have_attribute("aria-invalid", "true")
    key.fill("calendar")
    hosts.fill("https://api.example.com/v1")
    expect(hosts).to_have_accessible_description(
        re.compile('^hosts .* write only "api.example.com"')
    )
    expect(hosts).to_have_attribute("aria-invalid", "true")

    form.get_by_role("button", name="Save").press("Enter")
    expect(hosts).to_be_focused()
    assert app_text(notebook) == before

    hosts.fill("api.example.com")
    expect(hosts).to_have_attribute("aria-invalid", "false")
    save(form)
    expect(form).to_have_count(0)
    assert tomllib.loads(app_text(notebook))["connections"][2] == {
        "owner": "user",
        "key": "calendar",
        "type": "secret",
        "hosts": ["api.example.com"],
    }


def test_a_known_provider_fills_in_what_is_known_of_it(open_app: OpenApp) -> None:
    notebook, panel = open_app(app="# Ours.\n")
    form = panel.add()
    choose(form, "GitHub")
    guide = form.get_by_role("region", name="Register a client at GitHub")
    expect(
        guide.get_by_role("listitem").filter(has_text="/attio-nb/oauth/callback")
    ).to_be_visible()
    form.get_by_label("Client ID").fill("Iv1.5f3a9c")
    save(form)
    expect(form).to_have_count(0)

    (connection,) = tomllib.loads(app_text(notebook))["connections"]
    assert connection["authorization_endpoint"] == "https://github.com/login/oauth/authorize"
    assert connection["client_id"] == "Iv1.5f3a9c"


def test_a_service_is_searched_for_and_chosen_with_the_keyboard(open_app: OpenApp) -> None:
    notebook, panel = open_app(app="# Ours.\n")
    form = panel.add()
    search = form.get_by_role("combobox", name="What it is")
    options = form.get_by_role("listbox", name="Services").get_by_role("option")
    expect(search).to_have_attribute("aria-expanded", "false")
    search.press("ArrowDown")
    expect(search).to_have_attribute("aria-expanded", "true")
    search.fill("no such service")
    expect(form.get_by_role("status").filter(has_text="No service")).to_be_attached()
    expect(options).to_have_count(2)
    search.press("Escape")
    expect(search).to_have_attribute("aria-expanded", "false")
    expect(search).to_have_value("A secret, such as an API key")

    search.fill("hub")
    expect(form.get_by_role("status").filter(has_text="services found")).to_be_attached()
    search.press("ArrowDown")
    active = search.get_attribute("aria-activedescendant")
    expect(form.locator(f"#{active}")).to_contain_text("HubSpot private app token")
    expect(form.locator(f"#{active}")).to_contain_text("API key or token")
    search.press("Enter")

    expect(search).to_be_focused()
    expect(search).to_have_value("HubSpot private app token")
    expect(form.get_by_label("Title", exact=True)).to_have_value("HubSpot private app token")
    expect(form.get_by_role("region", name="Where the value is found")).to_contain_text(
        "Create a private app"
    )
    save(form)
    expect(form).to_have_count(0)
    (connection,) = tomllib.loads(app_text(notebook))["connections"]
    assert connection["hosts"] == ["api.hubapi.com"]
    assert connection["test_url"] == "https://api.hubapi.com/account-info/v3/details"


def test_the_address_to_register_is_copied(open_app: OpenApp) -> None:
    _, panel = open_app(app="# Ours.\n")
    form = panel.add()
    choose(form, "Another provider (OAuth 2.0)")
    address = form.get_by_role("list", name="Redirect URL").get_by_role("listitem").first
    shown = address.get_by_role("code").inner_text()
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    address.get_by_role("button", name=f"Copy {shown}").click()

    expect(form.get_by_role("status")).to_have_text("Copied")
    assert panel.page.evaluate("() => navigator.clipboard.readText()") == shown
    form.press("Escape")


@pytest.fixture
def broken(open_app: OpenApp) -> Callable[[], tuple[Notebook, Panel]]:
    """Break the app file of a notebook by hand, while the panel is open."""

    def break_it() -> tuple[Notebook, Panel]:
        notebook, panel = open_app(app=COMMENTED)
        panel.row("Mailbox password").stands("Not connected")
        path = notebook.path.parent / "attio-app.toml"
        path.write_text(path.read_text().replace(f'{BROKEN}"', BROKEN))
        return notebook, panel

    return break_it


def test_a_file_that_was_broken_by_hand_leaves_what_it_said_before(
    broken: Callable[[], tuple[Notebook, Panel]],
) -> None:
    notebook, panel = broken()
    line = app_text(notebook).split("\n").index(BROKEN) + 1
    expect(panel.alerts).to_contain_text(f"attio-app.toml, line {line}")
    panel.row("Sequencer API key").stands("Not connected")
    panel.row("Mailbox password").stands("Not connected")
    expect(panel.status).to_have_accessible_name(re.compile("1 needs attention"))

    panel.region.get_by_role("button", name="Open the app file", exact=True).click()

    name = f"{notebook.name.rpartition('/')[0]}/attio-app.toml"
    panel.page.wait_for_function(IS_EDITOR, arg=name)
    panel.page.wait_for_function(f"line => ({CURSOR})() === line", arg=line)


def test_a_file_that_is_mended_by_hand_mends_the_panel(
    broken: Callable[[], tuple[Notebook, Panel]],
) -> None:
    notebook, panel = broken()
    panel.region.get_by_role("button", name="Open the app file", exact=True).click()
    name = f"{notebook.name.rpartition('/')[0]}/attio-app.toml"
    panel.page.wait_for_function(IS_EDITOR, arg=name)
    expect(panel.page.locator(".jp-FileEditor .cm-content")).to_be_focused()

    panel.page.keyboard.press("End")
    panel.page.keyboard.type('s"')
    panel.page.keyboard.press("Control+s")

    panel.row("Mailbox passwords").stands("Not connected")
    expect(panel.alerts).to_have_count(0)


def test_a_file_that_is_broken_from_the_start_can_be_opened(open_app: OpenApp) -> None:
    notebook, panel = open_app(app='[[connections]]\nowner = "everybody"\n')
    expect(panel.alerts).to_contain_text("line 6")
    panel.region.get_by_role("button", name="Open the app file", exact=True).click()
    name = f"{notebook.name.rpartition('/')[0]}/attio-app.toml"
    panel.page.wait_for_function(IS_EDITOR, arg=name)


@pytest.mark.parametrize("title", ODD_TITLES.values(), ids=ODD_TITLES)
def test_a_title_is_shown_as_it_is_written(open_app: OpenApp, title: str) -> None:
    title = title.strip()
    _, panel = open_app(
        app=f"[[connections]]\nowner = 'user'\ntype = 'secret'\ntitle = '{title}'\n"
    )
    row = panel.row(title)
    row.stands("Not connected")
    direction = "node => getComputedStyle(node.querySelector('[dir=auto]')).direction"
    assert row.title.evaluate(direction) == ("rtl" if title.startswith("م") else "ltr")
    fits = "node => node.scrollWidth <= node.clientWidth"
    assert panel.region.evaluate(fits)
    assert row.item.evaluate(fits)
    assert not panel.page.evaluate("() => window.hacked")


def test_html_in_any_field_is_shown_as_text(open_app: OpenApp) -> None:
    _, panel = open_app(
        app=f"""\
[[connections]]
owner = "workspace"
type = "oauth2"
title = '{HTML}'
issuer = "https://auth.example.com"
client_id = '{HTML}'
scopes = ["<b>scope</b>"]
help_url = "https://example.com/%3Cb%3E"

[[members]]
id = '{HTML}'
role = "admin"
"""
    )
    row = panel.row(HTML)
    panel.region.get_by_role("button", name=HTML).click()
    row.title.click()
    row.press("Edit")
    form = panel.dialog(re.compile("Edit"))
    expect(form.get_by_label("Client ID")).to_have_value(HTML)
    for part in (panel.region, form):
        expect(part.locator("b, img")).to_have_count(0)
    form.get_by_role("button", name="Cancel").click()
    assert not panel.page.evaluate("() => window.hacked")


def test_a_line_that_lacks_something_opens_the_form_with_what_it_says(open_app: OpenApp) -> None:
    line = "%connect --add user deals --provider hubspot --host api.example.com"
    notebook, panel = open_app("%load_ext attio_nb", line, app=COMMENTED)
    notebook.run(0)
    notebook.run(1)
    form = panel.dialog()
    expect(form.get_by_label("Key")).to_have_value("deals")
    expect(form.get_by_label("Hosts")).to_have_value("api.example.com")
    form.get_by_label("Client ID").fill("my-client")
    save(form)
    expect(form).to_be_hidden()
    expect(notebook.printed(1)).to_contain_text("Fill in the form that has opened")
    assert 'client_id = "my-client"' in app_text(notebook)


def test_a_key_is_renamed_and_a_connection_removed_with_what_is_stored(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=MAILBOX.replace("type", 'key = "mail"\ntype'))
    row = panel.row("Mailbox password")
    row.connect(KEY)
    row.press("Rename key")
    question = panel.question("Rename key")
    expect(question).to_contain_text('get_user_connection("mail")')
    question.get_by_role("textbox").fill("post office")
    question.get_by_role("button", name="Rename").click()
    row.marks("failed")
    row.press("Rename key")
    question.get_by_role("textbox").fill("post-office")
    question.get_by_role("button", name="Rename").click()
    row.marks("done")
    row.stands("Connected")
    row.title.click()
    expect(row.fact("Key")).to_have_text("post-office")
    assert 'key = "post-office"' in app_text(notebook)

    row.press("Remove")
    question = panel.question("Remove?")
    expect(question.get_by_role("checkbox")).to_be_checked()
    expect(question).to_contain_text("Delete what is stored for")
    # Enter chooses what changes nothing.
    panel.page.keyboard.press("Enter")
    row.stands("Connected")
    row.press("Remove")
    question.get_by_role("button", name="Remove").click()
    expect(row.item).to_have_count(0)
    assert "[[connections]]" not in app_text(notebook)
    expect(panel.page.locator(".Toastify")).to_contain_text("attio-app.toml")
