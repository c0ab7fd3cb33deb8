"""The prompt in both themes, at the width of a notebook and of a phone; pictures to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from attio_nb.sandbox.server import running_sandbox
from tests.browser.contrast import CONTRAST
from tests.browser.pictures import in_themes, take, wear

if TYPE_CHECKING:
    from conftest import Notebook, Server

LOAD = "%load_ext attio_nb\nfrom attio_nb import fetch, get_workspace_connection, server_function"
SEND = """\
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
SIGN_IN = """\
from attio_nb import get_user_connection

@server_function
async def whoami() -> dict:
    connection = get_user_connection()
    response = await fetch(f"{API}/api/v1/me", auth=connection.auth())
    return response.json()

await whoami()"""
SIGN_IN_APP = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "user"
type = "oauth2"
title = "Your Sequencer account"
issuer = "{issuer}"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "prospects:read", "sequences:read", "sequences:write"]

[[members]]
id = "alice"
role = "admin"
"""
TEXTS = ["heading", "description", "connect", "cancel", "help", "promise"]
SIGN_IN_TEXTS = ["heading", "description", "factName", "listed", "connect", "cancel", "promise"]
DEVICE_TEXTS = ["hint", "code", "expiry", "waiting"]


@pytest.fixture
def asking(jupyterlab: Server, load_notebook: Callable[..., Notebook]) -> Iterator[Notebook]:
    """A notebook in a crisp page of its own, whose second cell asks."""
    notebook = load_notebook(jupyterlab, LOAD, SEND)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    yield notebook
    # The server keeps the theme for the pages to come.
    wear(notebook.page)


def test_every_text_of_the_prompt_can_be_read_in_both_themes(asking: Notebook) -> None:
    asking.page.mouse.move(0, 0)
    for theme in in_themes(asking.page, "light", "dark"):
        take(asking.cell(1), f"prompt-{theme}")
        for text in TEXTS:
            part = asking.prompt(1).locator(f".jp-AttioPrompt-{text}")
            assert part.evaluate(CONTRAST) >= 4.5, f"{text} in {theme}"


@pytest.fixture
def signing_in(jupyterlab: Server, load_notebook: Callable[..., Notebook]) -> Iterator[Notebook]:
    """A notebook in a crisp page of its own, whose second cell wants a sign-in."""
    with running_sandbox() as url:
        app = SIGN_IN_APP.format(issuer=f"{url}/oauth")
        notebook = load_notebook(jupyterlab, f"{LOAD}\n%connect --as alice", SIGN_IN, app=app)
        notebook.run(0)
        notebook.run(1)
        expect(notebook.prompt(1).get_by_role("button", name="Sign in at")).to_be_focused()
        yield notebook
    wear(notebook.page)


def test_every_text_of_a_sign_in_can_be_read_in_both_themes(signing_in: Notebook) -> None:
    page, card = signing_in.page, signing_in.prompt(1)
    page.mouse.move(0, 0)
    for state, texts in {"sign-in": SIGN_IN_TEXTS, "device": DEVICE_TEXTS}.items():
        if state == "device":
            card.get_by_role("button", name="Use another device").click()
            expect(card.get_by_role("timer")).to_be_visible()
        for theme in in_themes(page, "light", "dark"):
            take(signing_in.cell(1), f"{state}-{theme}")
            for text in texts:
                part = card.locator(f".jp-AttioPrompt-{text}").first
                assert part.evaluate(CONTRAST) >= 4.5, f"{text} in {theme}"
    page.set_viewport_size({"width": 420, "height": 800})
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    expect(card.get_by_role("button", name="Cancel")).to_be_visible()
    assert card.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_prompt_fits_a_narrow_page(asking: Notebook) -> None:
    asking.page.set_viewport_size({"width": 420, "height": 800})
    asking.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    expect(asking.prompt(1).get_by_role("button", name="Cancel")).to_be_in_viewport(ratio=1)
    take(asking.cell(1), "prompt-narrow")
    card = asking.prompt(1)
    assert card.evaluate("node => node.scrollWidth <= node.clientWidth")
