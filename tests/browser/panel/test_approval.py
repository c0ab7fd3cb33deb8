"""Reviewing the new addresses of an app file, in the panel and in a cell."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.panel.apps import KEY
from tests.browser.panel.conftest import OpenApp, Service
from tests.browser.pictures import in_themes, take

APP = """\
[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"
"""
TITLE = "Sequencer API key"
LOAD = "%load_ext attio_nb\nfrom attio_nb import *"
LENGTH = "print(f'went on with {len(get_workspace_connection().value)}\\n', end='')"
WENT_ON = f"went on with {len(KEY)}\n"


def move(app: Path, sandbox: Service) -> str:
    """Let the app file name another host, and return that."""
    other = sandbox.host.replace("127.0.0.1", "localhost")
    app.write_text(app.read_text().replace(sandbox.host, other))
    return other


def button(prompt: Locator, name: str) -> Locator:
    return prompt.get_by_role("button", name=name, exact=True)


def test_new_addresses_are_reviewed_in_the_panel(open_app: OpenApp, sandbox: Service) -> None:
    notebook, panel = open_app(app=APP.format(host=sandbox.host))
    row = panel.row(TITLE)
    row.connect(KEY)
    sandbox.entries.clear()

    other = move(notebook.path.with_name("attio-app.toml"), sandbox)

    row.stands("New addresses")
    expect(row.button("Test")).to_have_count(0)
    row.choose("Test (review addresses first)…")
    row.item.get_by_role("form").get_by_role("button", name="Cancel").click()
    row.stands("New addresses")
    assert sandbox.entries == []
    for theme in in_themes(panel.page, "dark", "light"):
        take(panel.region, f"panel-changed-{theme}")

    row.press("Review")
    prompt = row.item.get_by_role("form")
    addresses = prompt.get_by_role("list", name="New addresses")
    expect(addresses.get_by_role("listitem")).to_have_text(
        [other, f"http://{other}/api/v1/me (Test)"]
    )
    expect(addresses).to_be_focused()
    expect(prompt.get_by_role("link")).to_have_count(0)
    for theme in in_themes(panel.page, "dark", "light"):
        take(panel.region, f"panel-approval-{theme}")

    button(prompt, "Allow").click()
    row.stands("Connected")
    expect(prompt).to_have_count(0)
    row.press("Test")
    row.says(re.compile("accepted|works|answered", re.IGNORECASE))
    assert [entry.path for entry in sandbox.entries] == ["/api/v1/me"]


def test_nothing_is_allowed_by_accident(open_app: OpenApp, sandbox: Service) -> None:
    notebook, panel = open_app(app=APP.format(host=sandbox.host))
    row = panel.row(TITLE)
    row.connect(KEY)
    move(notebook.path.with_name("attio-app.toml"), sandbox)
    row.stands("New addresses")

    row.button("Review").focus()
    # Enter is held down, as its repetitions come.
    for _ in range(20):
        panel.page.keyboard.down("Enter")
    panel.page.keyboard.up("Enter")
    prompt = row.item.get_by_role("form")
    allow = button(prompt, "Allow")
    expect(allow).to_be_visible()
    allow.evaluate("node => node.click()")
    expect(prompt.get_by_role("list", name="New addresses")).to_be_focused()
    for key in ("Enter", "Space"):
        panel.page.keyboard.press(key)

    expect(allow).to_be_enabled()
    panel.page.keyboard.press("Enter")
    allow.dispatch_event("click", {"detail": 2})
    expect(prompt).to_be_visible()
    row.stands("New addresses")

    button(prompt, "Cancel").click()
    expect(prompt).to_have_count(0)
    row.stands("New addresses")


def test_a_cell_asks_before_its_value_may_go_elsewhere(open_app: OpenApp, sandbox: Service) -> None:
    notebook, panel = open_app(LOAD, LENGTH, app=APP.format(host=sandbox.host))
    panel.row(TITLE).connect(KEY)
    other = move(notebook.path.with_name("attio-app.toml"), sandbox)
    panel.row(TITLE).stands("New addresses")
    notebook.run(0)
    notebook.run(1)

    prompt = notebook.prompt(1)
    expect(prompt).to_contain_text("new address")
    expect(prompt.get_by_role("list", name="New addresses")).to_contain_text(other)
    expect(prompt.get_by_role("list", name="New addresses")).to_be_focused()
    panel.page.keyboard.press("Enter")
    panel.page.keyboard.press("Control+Enter")
    for theme in in_themes(panel.page, "dark", "light"):
        take(prompt, f"approval-{theme}")

    button(prompt, "Allow").click()
    expect(notebook.printed(1)).to_have_text(WENT_ON)
    panel.row(TITLE).stands("Connected")


def test_new_addresses_are_reviewed_without_a_kernel_in_a_narrow_panel(
    open_app: OpenApp, sandbox: Service
) -> None:
    notebook, panel = open_app(app=APP.format(host=sandbox.host))
    notebook.shut_down()
    row = panel.row(TITLE)
    row.connect(KEY)
    app = notebook.path.with_name("attio-app.toml")
    app.write_text(app.read_text().replace("/api/v1/me", "/api/v1/me/" + "x" * 200))
    row.stands("New addresses")
    panel.widen(200)
    row.press("Review")
    prompt = row.item.get_by_role("form")
    code = prompt.get_by_role("listitem").locator("code")
    expect(code).to_have_attribute("dir", "ltr")
    assert code.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    take(panel.region, "panel-approval-narrow")
    button(prompt, "Allow").click()
    row.stands("Connected")
    panel.widen(300)


def test_an_app_file_that_changes_again_closes_the_review(
    open_app: OpenApp, sandbox: Service
) -> None:
    notebook, panel = open_app(app=APP.format(host=sandbox.host))
    row = panel.row(TITLE)
    row.connect(KEY)
    app = notebook.path.with_name("attio-app.toml")
    move(app, sandbox)
    row.stands("New addresses")
    row.press("Review")
    prompt = row.item.get_by_role("form")
    expect(prompt).to_be_visible()

    app.write_text(app.read_text().replace('hosts = ["', 'hosts = ["evil.example", "'))

    expect(prompt).to_have_count(0)
    row.says("Review it again")
    row.stands("New addresses")
