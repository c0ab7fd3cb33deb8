"""Acting as a member of the workspace."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.panel.apps import API_KEY, KEY, MAILBOX
from tests.browser.panel.conftest import OpenApp, own_user
from tests.browser.panel.page import isolated

OWN = own_user()
APP = f"""\
{API_KEY}
{MAILBOX}
[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"

[[members]]
id = "{OWN}"
role = "admin"
"""
LOAD = "%load_ext attio_nb\nfrom attio_nb import *\nfrom pathlib import Path\nimport time"
WHO = "print(get_current_user()['id'])"
LENGTH = "print(len(get_user_connection().value))"
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
WAIT = f"""\
while not Path("go").exists():
    time.sleep(0.02)
{WHO}"""


def test_a_member_sees_the_workspace_and_whom_to_ask(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    expect(panel.acting_as).to_have_value(OWN)
    row = panel.row("Sequencer API key")
    expect(row.button("Connect")).to_be_visible()

    panel.act_as("bob")

    expect(row.button("Connect")).to_have_count(0)
    expect(row.open_menu().get_by_role("menuitem")).to_have_text(["Test (why not?)", "Copy code"])
    row.menu.get_by_role("menuitem", name="Test").click()
    row.says("Nobody has connected yet, so there is nothing to test.")
    whom = re.compile(rf"Only an admin can change these: ask \W*alice\W* or \W*{OWN}\W*\.")
    expect(panel.group("Workspace")).to_contain_text(whom)
    expect(panel.row("Mailbox password").button("Connect")).to_be_visible()
    expect(panel.status).to_have_accessible_name(re.compile("bob"))


def test_it_is_disconnected_for_whom_one_was_asked_whoever_acts_by_now(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, app=APP)
    notebook.run(0)
    row = panel.row("Mailbox password")
    row.connect(KEY)
    panel.act_as("alice")
    row.stands("Not connected")
    row.connect(KEY)

    row.press("Disconnect")
    question = panel.question("Disconnect?")
    expect(question).to_contain_text(f"The connection belongs to {isolated('alice')}.")
    notebook.page.evaluate(RESTART)
    expect(panel.acting_as).to_have_value(OWN)
    question.get_by_role("button", name="Disconnect").click()

    row.stands("Connected")
    panel.act_as("alice")
    row.stands("Not connected")


def test_what_is_half_typed_for_one_member_is_kept_from_the_other(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    row = panel.row("Mailbox password")
    row.press("Connect")
    row.field().fill(KEY)
    panel.act_as("alice")
    row.press("Connect")
    expect(row.field()).to_have_value("")
    panel.act_as(OWN)
    expect(row.field()).to_have_value(KEY)
    row.field().press("Escape")
    row.press("Connect")
    expect(row.field()).to_have_value("")


def test_nothing_is_disconnected_in_an_app_that_one_was_not_asked_about(open_app: OpenApp) -> None:
    notebook, panel = open_app(app=APP)
    file = notebook.path.parent / "attio-app.toml"
    own = file.read_text()
    other = own.replace('id = "', 'id = "other-', 1).replace("Mailbox", "Letterbox")
    row, beside = panel.row("Mailbox password"), panel.row("Letterbox password")
    row.connect(KEY)
    file.write_text(other)
    beside.connect(KEY)
    file.write_text(own)

    row.press("Disconnect")
    file.write_text(other)
    beside.stands("Connected")
    panel.question("Disconnect?").get_by_role("button", name="Disconnect").click()

    refused = panel.question("Connections")
    expect(refused).to_contain_text("Nothing was done: the app that you were asked about")
    refused.get_by_role("button").click()
    beside.stands("Connected")
    file.write_text(own)
    row.stands("Connected")


def test_a_member_adds_connections_of_users_only(open_app: OpenApp) -> None:
    _, panel = open_app(app=APP)
    panel.act_as("bob")
    expect(panel.row("Sequencer API key").button("Connect")).to_have_count(0)
    form = panel.add()
    expect(form.get_by_label("Whose it is").get_by_role("option")).to_have_text(["User"])
    form.press("Escape")


def test_each_member_has_a_connection_of_their_own(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, LENGTH, app=APP)
    notebook.run(0)
    panel.row("Mailbox password").connect("of nobody else")
    panel.act_as("bob")
    panel.row("Mailbox password").stands("Not connected")

    panel.row("Mailbox password").connect("of bob")
    row = panel.row("Mailbox password")
    row.title.click()
    expect(row.fact("Belongs to")).to_have_text(isolated("bob"))
    expect(row.fact("Connected by")).to_have_text("bob")

    notebook.run(1)
    expect(notebook.printed(1)).to_have_text(f"{len('of bob')}\n")
    panel.act_as(OWN)
    row.stands("Connected")
    expect(row.fact("Belongs to")).to_have_text(isolated(OWN))
    notebook.run(1)
    expect(notebook.printed(1)).to_have_text(f"{len('of nobody else')}\n")


def test_who_acts_changes_with_the_next_cell(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, WAIT, WHO, app=APP)
    notebook.run(0)
    notebook.run(1)
    expect(panel.region).to_contain_text("A cell is running.")

    panel.act_as("bob")

    expect(panel.acting_as).to_have_accessible_description(re.compile("From the next cell on"))
    (notebook.path.parent / "go").touch()
    expect(notebook.printed(1)).to_have_text(f"{OWN}\n")
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text("bob\n")
    expect(panel.acting_as).not_to_have_accessible_description(re.compile("next cell"))


def test_who_acts_is_chosen_in_a_cell_as_well(open_app: OpenApp) -> None:
    notebook, panel = open_app(f"{LOAD}\n%connect --as alice", app=APP)
    notebook.run(0)
    expect(panel.acting_as).to_have_value("alice")
    expect(panel.status).to_have_accessible_name(re.compile("alice"))


def test_a_choice_without_a_kernel_holds_for_the_kernel_that_comes(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, WHO, app=APP)
    notebook.shut_down()
    connect = panel.row("Sequencer API key").button("Connect")
    expect(connect).to_be_visible()
    panel.act_as("bob")
    expect(connect).to_have_count(0)
    panel.row("Mailbox password").connect("of bob")
    panel.act_as(OWN)
    panel.row("Mailbox password").stands("Not connected")
    panel.act_as("alice")
    expect(panel.acting_as).to_have_value("alice")


def test_a_cell_asks_a_user_whom_the_app_does_not_list(open_app: OpenApp) -> None:
    app = APP.replace(f'id = "{OWN}"', 'id = "somebody-else"')
    notebook, panel = open_app(LOAD, WHO, app=app)
    notebook.run(0)
    notebook.run(1)
    form = notebook.page.get_by_role("form", name="Choose who you are")
    expect(form).to_have_accessible_description(re.compile(OWN))
    bob = form.get_by_role("button", name="bob")
    expect(form.get_by_role("button", name="alice")).to_be_focused()
    bob.press("Enter")
    expect(notebook.printed(1)).to_contain_text("bob\n")
    expect(panel.acting_as).to_have_value("bob")


@pytest.mark.parametrize("members", ["", '[[members]]\nid = "alice"\nrole = "admin"\n'])
def test_the_members_are_those_of_the_app_file(open_app: OpenApp, members: str) -> None:
    app, _, _ = APP.partition("[[members]]")
    _, panel = open_app(app=app + members)
    if members:
        expect(panel.alerts).to_have_count(0)
        choice = panel.region.get_by_role("region", name="Choose who you are")
        expect(choice).to_have_accessible_description(re.compile(OWN))
        expect(panel.row("Mailbox password").title).to_have_count(0)
        alice = choice.get_by_role("button")
        expect(alice).to_have_accessible_name(f"{isolated('alice')} · admin")
        alice.focus()
        alice.press("Enter")
        expect(panel.row("Sequencer API key").title).to_be_focused()
        expect(panel.row("Mailbox password").button("Connect")).to_be_visible()
    expect(panel.acting_as).to_have_value("alice" if members else OWN)
