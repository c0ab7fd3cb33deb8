"""Signing in from the prompt in a cell, by each of the ways that it offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from attio_nb.sandbox.server import running_sandbox

if TYPE_CHECKING:
    from conftest import Notebook, Server

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_user_connection"
ASK = (
    "connection = get_user_connection()\n"
    "print(f'went on with {len(connection.value) > 20}\\n', end='')"
)
WENT_ON = "went on with True\n"
APP = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "user"
type = "oauth2"
title = "your Sequencer account"
help_url = "https://docs.example.com/clients"
issuer = "{issuer}"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "sequences:read"]
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox(device_interval=1) as url:
        yield url


@pytest.fixture
def app(sandbox: str) -> str:
    """An app file whose one connection is signed in to at the sandbox."""
    return APP.format(issuer=f"{sandbox}/oauth")


@pytest.fixture
def start(open_notebook: Open) -> Callable[[str], Notebook]:
    """Run a cell that asks, and wait for its prompt."""

    def start(app: str, load: str = LOAD) -> Notebook:
        notebook = open_notebook(load, ASK, app=app)
        notebook.run(0)
        notebook.run(1)
        expect(notebook.prompt(1)).to_be_visible()
        return notebook

    return start


Start = Callable[..., "Notebook"]


def sign_in_button(card: Locator, sandbox: str) -> Locator:
    return card.get_by_role("button", name=f"Sign in at {sandbox.removeprefix('http://')}")


def opened_by(page: Page, press: Callable[[], None]) -> Page:
    """Return the tab that opens inside a click."""
    with page.context.expect_page() as opened:
        press()
    return opened.value


def allow(tab: Page) -> None:
    tab.get_by_role("button", name="Continue as Alice").click()
    tab.get_by_role("button", name="Allow").click()


def test_the_prompt_says_where_one_is_sent_and_for_what(
    start: Start, app: str, sandbox: str
) -> None:
    card = start(app).prompt(1)
    expect(sign_in_button(card, sandbox)).to_be_focused()
    host = sandbox.removeprefix("http://")
    expect(card).to_match_aria_snapshot(f"""
        - form "Connect your Sequencer account":
          - heading "Connect your Sequencer account" [level=3]
          - paragraph: /A user connection of Sequences/
          - term: You sign in at
          - definition: {host}
          - term: Asks for
          - definition:
            - list:
              - listitem: mailboxes:read
              - listitem: sequences:read
          - button "Sign in at {host}"
          - button "Cancel"
          - button "Use another device"
          - text: What you grant is kept in the vault, never in the notebook.
    """)


def test_the_new_tab_cannot_reach_the_notebook(start: Start, app: str, sandbox: str) -> None:
    notebook = start(app)
    button = sign_in_button(notebook.prompt(1), sandbox)
    tab = opened_by(notebook.page, button.click)
    assert tab.evaluate("window.opener") is None
    allow(tab)
    expect(tab.get_by_role("heading", name="Connected. You can close this tab.")).to_be_visible()
    tab.close()
    expect(notebook.printed(1)).to_have_text(WENT_ON)
    expect(notebook.prompt(1)).to_contain_text("Connected the user connection.")


def test_a_blocked_tab_leads_to_a_link_that_works(start: Start, app: str, sandbox: str) -> None:
    notebook = start(app)
    card, page = notebook.prompt(1), notebook.page
    page.evaluate("() => { window.opens = window.open; window.open = () => null; }")
    sign_in_button(card, sandbox).click()
    expect(card.get_by_role("alert")).to_contain_text("blocked")
    page.evaluate("() => { window.open = window.opens; }")

    tab = opened_by(page, card.get_by_role("link", name="Sign in at").click)
    expect(card).to_contain_text("Waiting for you to come back")
    allow(tab)

    expect(notebook.printed(1)).to_have_text(WENT_ON)
    tab.close()


def test_the_address_is_pasted_where_nothing_listens(start: Start, app: str, sandbox: str) -> None:
    nowhere = "http://127.0.0.1:9/attio-nb/oauth/callback"
    notebook = start(app + f'redirect_uri = "{nowhere}"\n')
    card = notebook.prompt(1)
    field = card.get_by_label("The address that you landed on")
    expect(field).to_be_visible()
    landed: list[str] = []
    tab = opened_by(notebook.page, sign_in_button(card, sandbox).click)
    tab.on("request", lambda request: landed.append(request.url))
    with tab.expect_event("requestfailed", lambda request: request.url.startswith(nowhere)):
        allow(tab)
    tab.close()

    for wrong, complaint in {
        "nonsense": "Copy all of it",
        landed[-1].replace("state=", "state=x"): "another sign-in",
    }.items():
        field.fill(wrong)
        field.press("Enter")
        expect(card.get_by_role("alert")).to_contain_text(complaint)
    field.fill(landed[-1])
    field.press("Enter")

    expect(notebook.printed(1)).to_have_text(WENT_ON)
    assert "code=" not in notebook.path.read_text()


def test_a_code_is_typed_on_another_device(start: Start, app: str, sandbox: str) -> None:
    notebook = start(app)
    card = notebook.prompt(1)
    expect(sign_in_button(card, sandbox)).to_be_focused()
    card.get_by_role("button", name="Use another device").click()
    group = card.get_by_role("group", name="Use another device")
    expect(group.get_by_role("img", name="QR code")).to_be_visible()
    expect(group.get_by_role("timer")).to_contain_text("expires in")

    form = {"user_code": group.get_by_role("code").inner_text(), "person": "bob"}
    httpx.post(f"{sandbox}/oauth/device", data={**form, "decision": "allow"}).raise_for_status()

    expect(notebook.printed(1)).to_have_text(WENT_ON)


def test_the_client_secret_is_asked_for_once_and_kept(start: Start, app: str, sandbox: str) -> None:
    confidential = app.replace("sandbox-public", "sandbox-confidential") + (
        'client_authentication = "client_secret_basic"\n'
    )
    notebook = start(confidential)
    card, page = notebook.prompt(1), notebook.page
    expect(card.get_by_label("Client secret", exact=True)).to_be_focused()
    expect(card.get_by_role("link", name="Where is the client registered?")).to_be_visible()
    page.keyboard.type("sandbox-client-secret")
    page.keyboard.press("Enter")
    expect(sign_in_button(card, sandbox)).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_have_text("Cancelled.")
    notebook.wait_until_failed(1)

    notebook.run(1)
    tab = opened_by(page, sign_in_button(notebook.prompt(1), sandbox).click)
    allow(tab)

    expect(notebook.printed(1)).to_have_text(WENT_ON)
    tab.close()
    assert "sandbox-client-secret" not in str(notebook.saved())


def test_a_provider_that_cannot_be_reached_can_be_tried_again(start: Start) -> None:
    notebook = start(APP.format(issuer="http://127.0.0.1:9"))
    card = notebook.prompt(1)
    expect(card.get_by_role("alert")).to_contain_text("refused the connection")
    card.get_by_role("button", name="Try again").click()
    expect(card.get_by_role("alert")).to_contain_text("refused the connection")
    notebook.page.keyboard.press("Escape")
    expect(card).to_have_text("Cancelled.")


def test_a_prompt_left_by_an_error_signs_in_and_the_cell_is_run_again(
    start: Start, app: str, sandbox: str
) -> None:
    notebook = start(app, f"{LOAD}\n%connect --on-missing raise")
    expect(notebook.failed(1)).to_contain_text("has not connected your Sequencer account yet")
    tab = opened_by(notebook.page, sign_in_button(notebook.prompt(1), sandbox).click)
    allow(tab)
    expect(notebook.printed(1)).to_have_text(WENT_ON)
    tab.close()


def test_a_page_that_was_loaded_again_finds_its_sign_in(
    jupyterlab: Server, load_notebook: Open, app: str, sandbox: str
) -> None:
    notebook = load_notebook(jupyterlab, LOAD, ASK, app=app)
    notebook.run(0)
    notebook.run(1)
    expect(sign_in_button(notebook.prompt(1), sandbox)).to_be_visible()
    notebook.page.reload()
    card = notebook.prompt(1)

    tab = opened_by(notebook.page, sign_in_button(card, sandbox).click)
    allow(tab)

    expect(card).to_contain_text("Connected the user connection.")
    assert "state=" not in notebook.page.evaluate("() => JSON.stringify(window.localStorage)")
