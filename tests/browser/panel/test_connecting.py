"""Connecting from the panel, and the cells that it is for."""

from __future__ import annotations

import tomllib

from playwright.sync_api import expect

from tests.browser.panel.apps import KEY
from tests.browser.panel.conftest import OpenApp, Service
from tests.browser.panel.page import Row, allow, choose, opened_by
from tests.browser.pictures import in_themes, take

SECRET = """\
[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"
"""
SIGN_IN = """\
[[connections]]
owner = "user"
type = "oauth2"
title = "Sequencer account"
issuer = "http://{host}/oauth"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "sequences:read"]
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"
"""
LOAD = "%load_ext attio_nb\nimport httpx\nfrom attio_nb import *\nruns = 0"
RAISE = "%connect --on-missing raise"
IS_ACTIVE = "index => window.jupyterapp.shell.currentWidget.content.activeCellIndex === index"
CALL_WITH_KEY = """\
runs += 1
auth = get_workspace_connection().auth()
print('run', runs, httpx.get("{url}/api/v1/me", auth=auth).json()['name'])"""
CALL_AS_PERSON = CALL_WITH_KEY.replace("workspace", "user")


def test_a_secret_is_added_connected_and_used_in_a_cell(
    open_app: OpenApp, sandbox: Service
) -> None:
    call = CALL_WITH_KEY.format(url=sandbox.url)
    notebook, panel = open_app(LOAD, call, "", app="# Ours.\n")
    expect(panel.region).to_contain_text("This app has no connections yet.")
    form = panel.add()
    choose(form, "A secret, such as an API key")
    form.get_by_label("Title", exact=True).fill("Sequencer API key")
    form.get_by_label("Hosts").fill("127.0.0.1")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)

    row = panel.row("Sequencer API key")
    row.stands("Not connected")
    # The new row is in sight and offers to connect.
    expect(row.button("Connect")).to_be_focused()
    expect(row.button("Connect")).to_be_in_viewport(ratio=1)
    panel.page.keyboard.press("Enter")
    expect(row.field()).to_be_focused()
    panel.page.keyboard.type(KEY)
    panel.page.keyboard.press("Enter")
    row.stands("Connected")
    row.says("Connected the workspace connection")
    expect(panel.region).to_contain_text("the key of the vault is in the file")
    expect(row.title).to_be_focused()

    # The menu says how a test becomes possible, and brings the person there.
    row.choose("Test (set a test address first)…")
    form = panel.dialog("Edit")
    expect(form.get_by_label("Test address")).to_be_focused()
    form.press("Escape")
    expect(row.button("More actions")).to_be_focused()

    notebook.run(0)
    notebook.run(1)
    expect(notebook.printed(1)).to_have_text("run 1 Full access\n")
    row.press("Copy code")
    row.says("Copied: get_workspace_connection(")
    notebook.select(2)
    panel.page.keyboard.press("Enter")
    panel.page.keyboard.press("Control+v")
    panel.page.keyboard.type("; print(connection.connection_key)")
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("sequencer\n")
    text = (notebook.path.parent / "attio-app.toml").read_text()
    assert "# Ours." in text
    assert KEY not in text
    (connection,) = tomllib.loads(text)["connections"]
    assert connection == {
        "owner": "workspace",
        "key": "sequencer",
        "type": "secret",
        "title": "Sequencer API key",
        "hosts": ["127.0.0.1"],
    }


def test_a_sign_in_is_added_with_the_address_to_register(
    open_app: OpenApp, sandbox: Service
) -> None:
    _, panel = open_app(app="# Ours.\n")
    form = panel.add()
    form.get_by_label("Whose it is").select_option(label="User")
    choose(form, "Another provider (OAuth 2.0)")
    address = form.get_by_role("list", name="Redirect URL to register").get_by_role("listitem")
    expect(address).to_have_count(1)
    expect(address).to_contain_text("http://127.0.0.1/callback")
    form.get_by_label("Client ID").fill("sandbox-public")
    form.get_by_label("Issuer").fill(f"{sandbox.url}/oauth")
    form.get_by_label("Scopes", exact=True).fill("mailboxes:read\nsequences:read")
    form.get_by_label("Title", exact=True).fill("Sequencer account")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)

    row = panel.row("Sequencer account")
    row.sign_in()


def test_signing_in_runs_the_cell_again_that_ended_for_want_of_it(
    open_app: OpenApp, sandbox: Service
) -> None:
    call = CALL_AS_PERSON.format(url=sandbox.url)
    notebook, panel = open_app(f"{LOAD}\n{RAISE}", call, app=SIGN_IN.format(host=sandbox.host))
    notebook.run(0)
    notebook.run(1)
    row = panel.row("Sequencer account")
    row.says("A cell ended for want of this.")

    row.sign_in()

    expect(notebook.printed(1)).to_have_text("run 2 Alice (OAuth)\n")
    expect(notebook.prompt(1)).to_have_count(0)
    expect(row.item).not_to_contain_text("A cell ended for want of this.")


def test_a_cell_that_waits_goes_on_once_it_is_connected_in_the_panel(
    open_app: OpenApp, sandbox: Service
) -> None:
    call = CALL_AS_PERSON.format(url=sandbox.url)
    notebook, panel = open_app(LOAD, call, app=SIGN_IN.format(host=sandbox.host))
    notebook.run(0)
    notebook.run(1)
    row = panel.row("Sequencer account")
    row.says("A cell waits for this.")

    row.sign_in()

    expect(notebook.printed(1)).to_have_text("run 1 Alice (OAuth)\n")
    row.stands("Connected")
    expect(row.item).not_to_contain_text("A cell waits for this.")


def test_the_way_back_to_the_cell_that_asks(open_app: OpenApp, sandbox: Service) -> None:
    notebook, panel = open_app(
        LOAD, "1", "get_workspace_connection()", app=SECRET.format(host=sandbox.host)
    )
    notebook.run(0)
    notebook.run(2)
    row = panel.row("Sequencer API key")
    row.says("A cell waits for this.")
    notebook.select(0)

    row.item.get_by_role("button", name="Go to the cell").click()

    notebook.page.wait_for_function(IS_ACTIVE, arg=2)


def test_disconnecting_asks_first(open_app: OpenApp, sandbox: Service) -> None:
    _, panel = open_app(app=SECRET.format(host=sandbox.host))
    row = panel.row("Sequencer API key")
    row.connect(KEY)

    row.press("Disconnect")
    question = panel.dialog("Disconnect?")
    expect(question).to_contain_text("revoke it there")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    row.stands("Connected")

    row.press("Disconnect")
    question.get_by_role("button", name="Disconnect").click()
    row.stands("Not connected")
    row.says("Disconnected.")
    expect(row.open_menu().get_by_role("menuitem", name="Disconnect")).to_have_count(0)
    panel.page.keyboard.press("Escape")


def test_reconnecting_puts_another_value_in_place(open_app: OpenApp, sandbox: Service) -> None:
    app = SECRET.format(host=sandbox.host)
    notebook, panel = open_app(LOAD, CALL_WITH_KEY.format(url=sandbox.url), app=app)
    row = panel.row("Sequencer API key")
    row.connect("sandbox-read-only")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.printed(1)).to_have_text("run 1 Read only\n")

    row.connect(KEY, "Reconnect")

    notebook.run(1)
    expect(notebook.printed(1)).to_have_text("run 2 Full access\n")


def test_a_connection_that_works_is_told_from_one_that_is_refused(
    open_app: OpenApp, sandbox: Service
) -> None:
    _, panel = open_app(app=SECRET.format(host=sandbox.host))
    row = panel.row("Sequencer API key")
    row.choose("Test (connect first)…")
    row.keep_refused("sandbox-revoked")

    row.connect(KEY, "Reconnect")
    row.stands("Connected")
    row.press("Test")
    row.says(f"It works: {sandbox.host} answered 200.")
    row.stands("Connected")
    row.marks("done")


def test_the_account_stands_in_the_prompts_last_line_and_in_the_row(
    open_app: OpenApp, sandbox: Service
) -> None:
    _, panel = open_app(app=SECRET.format(host=sandbox.host) + 'account = "name"\n')
    row = panel.row("Sequencer API key")
    row.connect(KEY)
    row.says("Connected the workspace connection as Full access.")
    row.stands("Connected")
    expect(row.title).to_contain_text("Full access")


def test_a_prompt_that_is_left_changes_nothing(open_app: OpenApp, sandbox: Service) -> None:
    _, panel = open_app(app=SECRET.format(host=sandbox.host))
    row = panel.row("Sequencer API key")
    row.press("Connect")
    expect(row.field()).to_be_focused()
    panel.page.keyboard.press("Escape")
    expect(row.field()).to_have_count(0)
    expect(row.title).to_be_focused()

    row.press("Connect")
    row.item.get_by_role("button", name="Cancel").click()
    expect(row.field()).to_have_count(0)
    row.stands("Not connected")


def test_a_client_secret_is_replaced_and_forgotten(open_app: OpenApp, sandbox: Service) -> None:
    app = SIGN_IN.format(host=sandbox.host).replace("sandbox-public", "sandbox-confidential")
    _, panel = open_app(app=f'{app}client_authentication = "client_secret_basic"\n')
    row = panel.row("Sequencer account")
    row.press("Connect")
    type_client_secret(row)
    allow(opened_by(panel.page, row.item.get_by_role("button", name="Sign in at")))
    row.stands("Connected")

    row.press("Replace client secret")
    expect(row.item.get_by_role("button", name="Use the one that is stored")).to_be_visible()
    for theme in in_themes(panel.page, "dark", "light"):
        take(panel.region, f"panel-client-secret-{theme}")
    type_client_secret(row)
    # The new one is tried with the token that is there, so nobody has to sign in.
    row.says("Connected the user connection.")

    row.press("Forget client secret")
    question = panel.question("Forget the client secret?")
    question.get_by_role("button", name="Forget", exact=True).click()
    row.says("The client secret was deleted.")
    row.stands("Connected")
    row.press("Replace client secret")
    expect(row.field("Client secret")).to_be_focused()
    expect(row.item.get_by_role("button", name="Use the one that is stored")).to_have_count(0)


def type_client_secret(row: Row) -> None:
    """Type the secret that the sandbox's client has."""
    row.field("Client secret").fill("sandbox-client-secret")
    row.field("Client secret").press("Enter")
