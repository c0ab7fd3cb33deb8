"""Each face of the panel in each theme: what axe finds wrong with it, and a picture to look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import CLOSE_ALL, VIEWPORT, Notebook, Server
from tests.browser.contrast import FAINT
from tests.browser.panel.apps import KEY
from tests.browser.panel.conftest import Service, own_user
from tests.browser.panel.page import Panel, choose
from tests.browser.pictures import in_themes, take, wear

CONNECTIONS = """\
[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer API key"
help_url = "http://{host}/keys"
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"

[[connections]]
owner = "workspace"
key = "crm"
type = "oauth2"
title = "CRM of the team"
issuer = "http://{host}/oauth"
client_id = "sandbox-confidential"
client_authentication = "client_secret_basic"
scopes = ["prospects:read"]

[[connections]]
owner = "user"
key = "sequencer"
type = "oauth2"
title = "Sequencer account"
issuer = "http://{host}/oauth"
client_id = "sandbox-public"
scopes = ["mailboxes:read", "sequences:read"]
hosts = ["{host}"]

[[connections]]
owner = "user"
key = "calendar"
type = "oauth2"
title = "Calendar"
issuer = "http://{host}/oauth"
client_id = "sandbox-public"

[[connections]]
owner = "user"
key = "mailbox"
type = "secret"
title = "Mailbox password"
hosts = ["{host}"]
test_url = "http://{host}/api/v1/me"

[[connections]]
owner = "user"
key = "warehouse"
type = "secret"
title = "Warehouse token"

"""
MEMBERS = f"""\
[[members]]
id = "{own_user()}"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
LOAD = "%load_ext attio_nb\nfrom attio_nb import fetch, get_user_connection, server_function"
CALL = """\
@server_function
async def list_mailboxes() -> list:
    connection = get_user_connection("sequencer")
    response = await fetch(
        f"{API}/api/v1/mailboxes",
        auth=connection.auth(),
    )
    return response.json()["data"]

await list_mailboxes()"""
WAIT = """\
while not Path("go").exists():
    pass"""
ASK = 'get_user_connection("warehouse")'
OURS = ["[id^=attio-nb]", ".jp-AttioConnections-status", ".jp-Dialog-content", "body > .lm-Menu"]
MOVED = 'title = "Calendar"\nissuer = "http://{host}/oauth"\nclient_id = "sandbox-public'
FITS = "node => node.scrollWidth <= node.clientWidth"

Load = Callable[..., Notebook]
Show = Callable[..., tuple[Notebook, Panel]]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile whose pictures are made fast, and good enough to look at."""
    with chromium.new_context(viewport=VIEWPORT) as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture
def show(jupyterlab: Server, load_notebook: Load, sandbox: Service) -> Iterator[Show]:
    """Open the panel beside a notebook whose first cell has run, in a page of its own."""
    pages: list[Page] = []

    def open_one(*cells: str, app: str, **options: Any) -> tuple[Notebook, Panel]:
        cells = tuple(cell.replace("{url}", sandbox.url) for cell in cells)
        app = app.replace("{host}", sandbox.host)
        notebook = load_notebook(jupyterlab, *cells, app=app, **options)
        pages.append(notebook.page)
        notebook.run(0)
        panel = Panel(notebook.page).open()
        panel.widen(360)
        return notebook, panel

    yield open_one
    # The server keeps the theme for the pages to come.
    for page in pages:
        wear(page)


def in_each_theme(panel: Panel, name: str, *, whole: bool = False) -> None:
    """Take a picture in each theme, and see that it can be read; have axe look at what is ours.

    Axe does not see how faint a text is in JupyterLab's panels, so that this is measured beside it.
    """
    assert complaints(panel.page) == [], name
    for theme in in_themes(panel.page, "light", "dark", "contrast"):
        dialog = panel.page.locator(".jp-Dialog-content")
        take(panel.page if whole else dialog if dialog.count() else panel.region, f"{name}-{theme}")
        assert faint(panel.page) == [], f"{name} in {theme}"


def complaints(page: Page) -> list[str]:
    """What axe finds wrong in the panel, the status item and the dialog that is open."""
    found = Axe().run(page, OURS)
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]


def faint(page: Page) -> list[str]:
    """The texts there that are too faint to be read."""
    return [text for part in page.locator(", ".join(OURS)).all() for text in part.evaluate(FAINT)]


class Answers:
    """Stands between a page and its server, where that says how the connections are.

    Attributes:
        mode: What comes back: "" for what the server says, "held" for nothing yet, or a status.
    """

    def __init__(self, page: Page) -> None:
        self.mode: str | int = "held"
        self._held: list[Route] = []
        page.route("**/attio-nb/connections?*", self._answer)

    def release(self, mode: str | int) -> None:
        """Answer what is held back, and all that comes from now on."""
        self.mode, held = mode, self._held
        self._held = []
        for route in held:
            self._answer(route)

    def _answer(self, route: Route) -> None:
        if self.mode == "held":
            self._held.append(route)
        elif self.mode == "":
            route.continue_()
        else:
            route.fulfill(status=int(self.mode), json={"message": "Not now."})


def test_connections_of_every_standing(show: Show, sandbox: Service) -> None:
    notebook, panel = show(f'{LOAD}\nAPI = "{{url}}"', CALL, app=CONNECTIONS + MEMBERS)
    panel.row("Sequencer API key").connect(KEY)
    account, calendar = panel.row("Sequencer account"), panel.row("Calendar")
    account.sign_in()
    calendar.sign_in()
    path = notebook.path.parent / "attio-app.toml"
    moved = MOVED.replace("{host}", sandbox.host)
    path.write_text(path.read_text().replace(moved, f"{moved}-2"))
    calendar.stands("Expired")
    mailbox = panel.row("Mailbox password")
    mailbox.press("Connect")
    mailbox.keep_refused("sandbox-revoked")
    panel.row("CRM of the team").stands("Not configured")
    panel.row("Warehouse token").stands("Not connected")
    for dismiss in panel.region.get_by_role("button", name="Dismiss").all()[::-1]:
        dismiss.click()
    notebook.run(1)
    expect(notebook.cell(1)).to_contain_text("hedy@sequencer.example")
    # The first cell that needs the vault tells where its key is.
    notebook.run(1)
    expect(notebook.cell(1)).to_contain_text("[3]")
    expect(notebook.cell(1)).not_to_contain_text("keyring")
    in_each_theme(panel, "panel-standings", whole=True)
    account.open_menu()
    in_each_theme(panel, "panel-menu", whole=True)
    panel.page.keyboard.press("Escape")

    account.title.click()
    expect(account.fact("Granted")).to_contain_text("mailboxes:read")
    account.title.scroll_into_view_if_needed()
    in_each_theme(panel, "panel-facts")
    panel.act_as("bob")
    panel.row("Sequencer account").stands("Not connected")
    in_each_theme(panel, "panel-member")


def test_what_is_shown_where_there_are_no_connections(show: Show) -> None:
    answers: list[Answers] = []
    notebook, panel = show("1", app="", prepare=lambda page: answers.append(Answers(page)))
    (server,) = answers
    again = panel.region.get_by_role("button", name="Try again")

    def face(name: str, text: str) -> None:
        expect(panel.region).to_contain_text(text)
        in_each_theme(panel, f"panel-{name}")

    face("loading", "Loading the connections…")
    server.release(404)
    face("no-server", "does not answer")
    server.release(500)
    again.click()
    face("failed", "The Jupyter server failed (500).")
    server.release("")
    again.click()
    face("no-app", "No attio-app.toml was found in the folder of this notebook")
    (notebook.path.parent / "attio-app.toml").write_text('[app]\nid = "sequences"\n')
    face("empty", "This app has no connections yet.")
    panel.page.evaluate(CLOSE_ALL)
    face("no-notebook", "Open a notebook to see the connections of its app.")


def test_what_is_shown_beside_a_kernel_and_a_file(show: Show) -> None:
    notebook, panel = show(f"{LOAD}\nfrom pathlib import Path", WAIT, ASK, app=CONNECTIONS)
    notebook.run(1)
    expect(panel.region).to_contain_text("A cell is running.")
    in_each_theme(panel, "panel-busy")
    (notebook.path.parent / "go").touch()
    notebook.run(2)
    panel.row("Warehouse token").says("A cell waits for this.")
    in_each_theme(panel, "panel-asked", whole=True)

    path = notebook.path.parent / "attio-app.toml"
    good = path.read_text()
    path.write_text(good.replace('type = "secret"', 'type = "secert"', 1))
    expect(panel.alerts).to_contain_text("line 8")
    in_each_theme(panel, "panel-broken")
    path.write_text(good)
    expect(panel.alerts).to_have_count(0)

    notebook.shut_down()
    expect(panel.acting_as).to_have_accessible_description(re.compile("No kernel runs"))
    in_each_theme(panel, "panel-no-kernel")


def test_what_is_asked_in_the_panel(show: Show) -> None:
    _, panel = show("1", app=CONNECTIONS)
    secret, account = panel.row("Sequencer API key"), panel.row("Sequencer account")
    secret.press("Connect")
    expect(secret.field()).to_be_focused()
    in_each_theme(panel, "panel-prompt")
    panel.page.keyboard.press("Escape")
    account.press("Connect")
    expect(account.item.get_by_role("button", name="Sign in at")).to_be_visible()
    in_each_theme(panel, "panel-sign-in")
    panel.widen(200)
    in_each_theme(panel, "panel-narrow-sign-in")
    assert panel.region.evaluate(FITS)
    account.item.get_by_role("button", name="Cancel").click()
    panel.row("Warehouse token").connect(KEY)
    in_each_theme(panel, "panel-narrow")
    assert panel.region.evaluate(FITS)
    panel.row("Warehouse token").press("Disconnect")
    expect(panel.question("Disconnect?")).to_be_visible()
    in_each_theme(panel, "panel-disconnect", whole=True)


def test_what_is_written_in_a_form(show: Show) -> None:
    _, panel = show("1", app=CONNECTIONS)
    form = panel.add()
    in_each_theme(panel, "panel-add-secret")
    choose(form, "GitHub")
    expect(form.get_by_role("region", name="Register a client at GitHub")).to_be_visible()
    in_each_theme(panel, "panel-add-provider", whole=True)
    form.get_by_label("Hosts").fill("https://api.example.com/v1")
    expect(form.get_by_label("Hosts")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Hosts").scroll_into_view_if_needed()
    in_each_theme(panel, "panel-add-wrong")
    panel.page.set_viewport_size({"width": 420, "height": 800})
    in_each_theme(panel, "panel-add-narrow")
    assert form.locator(".jp-Dialog-content").evaluate(FITS)
    panel.page.set_viewport_size({"width": 1100, "height": 800})
    form.press("Escape")
    expect(form).to_have_count(0)
    panel.row("Sequencer account").press("Edit")
    expect(panel.dialog(re.compile("Edit"))).to_be_visible()
    in_each_theme(panel, "panel-edit")


def test_a_title_of_300_characters_in_a_narrow_panel(show: Show) -> None:
    long = "Sequencer " * 30
    _, panel = show("1", app=CONNECTIONS.replace("Sequencer API key", long.strip()))
    panel.widen(200)
    panel.row(long.strip()).stands("Not connected")
    in_each_theme(panel, "panel-long")
    assert panel.region.evaluate(FITS)
