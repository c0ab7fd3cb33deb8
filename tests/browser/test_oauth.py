"""A person signs in at a real authorization server, from a cell of a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.authorization.person import PASSWORD, USER

if TYPE_CHECKING:
    from conftest import Notebook

    from tests.authorization.servers import AuthorizationServer

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nimport httpx\nfrom attio_nb import get_user_connection"
CALL = """\
connection = get_user_connection()
print(httpx.get({api!r}, auth=connection.auth()).json())"""
WENT_ON = "{'sub': 'alice'}\n"


@pytest.fixture
def provider(oidc_provider: AuthorizationServer, lab_page: Page) -> AuthorizationServer:
    """A provider that this browser has not seen yet."""
    lab_page.context.clear_cookies(domain="127.0.0.1")
    return oidc_provider


def start_signing_in(notebook: Notebook, index: int, host: str) -> Page:
    """Press the button of a prompt, and return the tab that it opens."""
    button = notebook.prompt(index).get_by_role("button", name=f"Sign in at {host}")
    with notebook.page.context.expect_page() as opened:
        button.click()
    return opened.value


def sign_in(tab: Page, answer: str = "Allow") -> None:
    """Sign in, and answer what is asked for."""
    tab.get_by_label("User name").fill(USER)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name=answer).click()


def test_the_cell_goes_on_once_the_person_has_signed_in_and_asks_nothing_again(
    open_notebook: Open, provider: AuthorizationServer
) -> None:
    call = CALL.format(api=provider.api)
    notebook = open_notebook(LOAD, call, call, app=provider.app_file())
    host = provider.issuer.removeprefix("http://")
    notebook.run(0)
    notebook.run(1)

    tab = start_signing_in(notebook, 1, host)
    sign_in(tab)

    expect(tab.get_by_text("Connected. You can close this tab.")).to_be_visible()
    expect(notebook.printed(1)).to_have_text(WENT_ON)
    expect(notebook.prompt(1)).to_contain_text("Connected")
    tab.close()
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text(WENT_ON)
    expect(notebook.prompt(2)).to_have_count(0)


def test_the_tab_says_truthfully_that_access_was_denied(
    open_notebook: Open, provider: AuthorizationServer
) -> None:
    notebook = open_notebook(LOAD, "get_user_connection()", app=provider.app_file())
    host = provider.issuer.removeprefix("http://")
    notebook.run(0)
    notebook.run(1)

    tab = start_signing_in(notebook, 1, host)
    sign_in(tab, "Deny")

    expect(tab.get_by_text("Not connected.")).to_be_visible()
    tab.close()
    expect(notebook.prompt(1)).to_contain_text("denied")
    notebook.prompt(1).get_by_role("button", name="Cancel").click()
    expect(notebook.failed(1)).to_contain_text("You cancelled connecting")
