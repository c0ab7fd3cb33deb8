"""The pictures of the documentation: a notebook with the tab beside it, and the form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Notebook, Server
from tests.browser.panel.conftest import Service
from tests.browser.panel.page import Panel, choose
from tests.browser.pictures import in_themes, take, wear

APP = """\
[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["{host}"]

[[connections]]
owner = "user"
key = "account"
type = "oauth2"
title = "Sequencer account"
issuer = "{url}/oauth"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "sequences:read"]
hosts = ["{host}"]

[[connections]]
owner = "user"
key = "mailbox"
type = "secret"
title = "Mailbox password"

[[members]]
id = "ada"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
LOAD = "%load_ext attio_nb\n%connect --as ada"
SEND = """\
from attio_nb import fetch, get_workspace_connection, server_function

@server_function
async def add_to_sequence(*, email: str, sequence_id: int) -> dict:
    connection = get_workspace_connection()
    response = await fetch(
        f"{API}/api/v1/sequences", method="POST",
        headers={"Authorization": f"Bearer {connection.value}"},
        json={"email": email, "sequenceId": sequence_id},
    )
    return response.json()

await add_to_sequence(email="ada@example.com", sequence_id=7)"""


@pytest.fixture
def notebook(
    jupyterlab: Server, load_notebook: Callable[..., Notebook], sandbox: Service
) -> Iterator[Notebook]:
    """A notebook in a crisp page of its own."""
    app = APP.format(host=sandbox.host, url=sandbox.url)
    notebook = load_notebook(jupyterlab, LOAD, SEND, app=app)
    notebook.page.set_viewport_size({"width": 1180, "height": 680})
    # Where these pictures are taken there is no keyring; where most people work there is one.
    notebook.page.add_style_tag(content=".jp-AttioConnections-keyFile { visibility: hidden; }")
    yield notebook
    # The server keeps the theme for the pages to come.
    wear(notebook.page)


def test_the_tab_beside_a_notebook_whose_cell_asks(notebook: Notebook) -> None:
    panel = Panel(notebook.page).open()
    notebook.run(0)
    expect(panel.acting_as).to_have_value("ada")
    account = panel.row("Sequencer account")
    account.sign_in()
    account.item.get_by_role("button", name="Dismiss").click()
    account.title.click()
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    panel.row("Sequencer API key").says("A cell waits for this.")
    notebook.page.mouse.move(0, 0)
    for theme in in_themes(notebook.page, "light", "dark"):
        take(notebook.page, f"panel-{theme}")


def test_the_form_with_what_to_register(notebook: Notebook) -> None:
    notebook.run(0)
    panel = Panel(notebook.page).open()
    expect(panel.acting_as).to_have_value("ada")
    form = panel.add()
    form.get_by_label("Whose it is").select_option("user")
    choose(form, "GitHub")
    form.get_by_label("Client ID").fill("Iv1.8a61f9b3a7aba766")
    expect(form.get_by_role("button", name="Copy").first).to_be_visible()
    notebook.page.set_viewport_size({"width": 1180, "height": 860})
    notebook.page.mouse.move(0, 0)
    take(notebook.page, "panel-add")
