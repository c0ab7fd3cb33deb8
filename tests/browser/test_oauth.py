"""A person signs in at a real authorization server, from a cell of a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.authorization.person import PASSWORD, USER
from tests.authorization.servers import AuthorizationServer
from tests.browser.conftest import Notebook
from tests.browser.panel.page import Panel
from tests.servers import HUB_PASSWORD, Hub

Open = Callable[..., Notebook]

LOAD = "%load_ext attio_nb\nimport httpx\nfrom attio_nb import get_user_connection"
CALL = """\
connection = get_user_connection()
print(httpx.get({api!r}, auth=connection.auth()).json())"""
SECRET_APP = """\
[app]
id = "tab-on-a-hub"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
"""
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


class TestOnAHub:
    """A page that is not on this computer, as far as the page knows."""

    @pytest.fixture
    def page(self, context: BrowserContext) -> Page:
        return context.new_page()

    def test_the_browser_comes_back_through_the_hub(
        self, page: Page, jupyterhub: Hub, oidc_provider: AuthorizationServer
    ) -> None:
        hub = f"http://lab.test:{jupyterhub.port}/team/hub"
        alice = f"http://alice.lab.test:{jupyterhub.port}/team/user/alice"
        client = oidc_provider.register(f"{hub}/user-redirect/attio-nb/oauth/callback")
        name = write_notebook(
            jupyterhub,
            "alice",
            LOAD,
            CALL.format(api=oidc_provider.api),
            app=oidc_provider.app_file(client),
        )
        log_in(page, hub, "alice")
        page.goto(f"{alice}/lab/tree/{name}")
        notebook = Notebook(page, jupyterhub.homes / "alice" / name, name)
        notebook.wait_until_idle()
        notebook.run(0)
        notebook.run(1)

        tab = start_signing_in(notebook, 1, oidc_provider.issuer.removeprefix("http://"))
        sign_in(tab)

        expect(tab.get_by_text("Connected. You can close this tab.")).to_be_visible()
        assert tab.url.startswith(f"{alice}/attio-nb/oauth/callback?")
        expect(notebook.printed(1)).to_have_text(WENT_ON)
        (code,) = parse_qs(urlsplit(tab.url).query)["code"]
        log = jupyterhub.log.read_text().splitlines()
        # The hub's own log has the code, in an address that it redirects to. It is spent by then,
        # and never was worth anything without the verifier.
        assert [line for line in log if code in line and "JupyterHub log:" not in line] == []

    def test_the_connections_tab_is_there_too(self, page: Page, jupyterhub: Hub) -> None:
        hub = f"http://lab.test:{jupyterhub.port}/team/hub"
        alice = f"http://alice.lab.test:{jupyterhub.port}/team/user/alice"
        name = write_notebook(jupyterhub, "alice", "1", app=SECRET_APP)
        log_in(page, hub, "alice")
        # In a workspace of its own. One that has this notebook brings it to the front, and so does
        # the address later, which takes the focus from wherever it is by then.
        page.goto(f"{alice}/lab/workspaces/tab/tree/{name}")
        Notebook(page, jupyterhub.homes / "alice" / name, name).wait_until_idle()
        panel = Panel(page).open()
        expect(panel.acting_as).to_have_value("alice")
        row = panel.row("Sequencer API key")
        row.stands("Not connected")
        row.press("Connect")
        # What is not from this computer may not encrypt, and so may not ask.
        row.says("this page is from neither")


def log_in(page: Page, hub: str, user: str) -> None:
    """Log in to a hub, which starts the server of this user."""
    page.goto(f"{hub}/login?next=/team/hub/spawn")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(HUB_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)


def write_notebook(hub: Hub, user: str, *cells: str, app: str) -> str:
    """Write a notebook into a user's home, beside an app file, and return its name."""
    home = hub.homes / user
    home.mkdir(exist_ok=True)
    (home / "attio-app.toml").write_text(app)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, home / "hub.ipynb")
    return "hub.ipynb"
