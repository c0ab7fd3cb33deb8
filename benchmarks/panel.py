"""The Connections tab in JupyterLab: to open it, to see a change in it, and what a page loads."""

from __future__ import annotations

import gzip
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import nbformat
from playwright.sync_api import Browser, Page

from attio_nb.app import APP_FILE, read_app
from attio_nb.app.current import AppFile
from attio_nb.connections.approval import addresses_of
from attio_nb.connections.model import Grant, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.resolve import Place, place_of
from attio_nb.connections.secret import SecretStr
from attio_nb.people import People
from benchmarks.browser import END_WATCH, IS_SHOWN, PRINTED, chromium, lab_server, prepare_home
from benchmarks.getter import VALUE
from benchmarks.kernel import temporary_home
from benchmarks.start import OURS, labextensions
from benchmarks.table import Row, ratio, times
from tests.browser.conftest import CLOSE_ALL, OPEN, VIEWPORT, Notebook

__all__ = ["measure_panel"]

CONNECTIONS = 50
LATER_OPENINGS = 3
CHANGES = 2
HOUR = 3600.0
NAME = "panel.ipynb"
MOST_KILOBYTES = 60

SECRET = """
[[connections]]
owner = "{owner}"
key = "service-{number}"
type = "secret"
title = "Service {number} of the {owner}"
hosts = ["api.example.com"]
"""
SIGN_IN = """
[[connections]]
owner = "{owner}"
key = "service-{number}"
type = "oauth2"
title = "Service {number} of the {owner}"
client_id = "bench"
authorization_endpoint = "https://login.example.com/authorize"
token_endpoint = "https://login.example.com/token"
scopes = ["calendar.read", "mail.read", "mail.send"]
hosts = ["api.example.com"]
"""
CELLS = (
    """\
%load_ext attio_nb
import time
from attio_nb.session import default_session
store = default_session().store
slot, kept = next(
    each for each in store.entries().items() if each[0][2:] == ("workspace", "local", "service-0")
)
print("loaded")""",
    "begun = time.time()\n%disconnect workspace service-0\nprint(begun)",
    "begun = time.time()\nstore.put(slot, kept)\nprint(begun)",
)
HEADINGS = "\n\n".join(f"## Step {number}" for number in range(CONNECTIONS))

# It begins when the pointer goes down, at which a side bar opens its panel. It ends when the frame
# is painted that has all of it in its layout: then the next one begins.
START_OPENING = """([selector, least]) => {
    const isShown = () => {
        const found = document.querySelectorAll(selector);
        return found.length >= least && found[found.length - 1].offsetParent !== null;
    };
    window.attioBench = new Promise(resolve => {
        document.addEventListener('pointerdown', () => {
            const begun = performance.now();
            const end = () => resolve(performance.now() - begun);
            const look = () => requestAnimationFrame(isShown() ? end : look);
            requestAnimationFrame(look);
        }, {capture: true, once: true});
    });
}"""
# It ends at a time of the computer's clock, which the kernel reads as well.
START_CHANGE = """([selector, text]) => {
    const panel = document.getElementById('attio-nb-connections');
    window.attioBench = new Promise(resolve => {
        const observer = new MutationObserver(() => {
            if (panel.querySelector(selector)?.textContent.startsWith(text)) {
                observer.disconnect();
                resolve(Date.now());
            }
        });
        observer.observe(panel, {characterData: true, childList: true, subtree: true});
    });
}"""
COLLAPSE = """() => {
    window.jupyterapp.shell.collapseLeft();
    window.jupyterapp.shell.collapseRight();
}"""
CLEAR = "() => window.jupyterapp.commands.execute('editmenu:clear-all')"
STATUS = ".jp-AttioConnections-status"
STANDING = "[data-row='workspace:service-0'] .jp-AttioConnections-standing"
TITLE = "[data-row='user:service-0'] .jp-AttioConnections-title"


class View(NamedTuple):
    """A panel of the side bars.

    Attributes:
        tab: The id of what opens it.
        content: A CSS selector of what stands in it.
        least: How many of these it has at least.
    """

    tab: str
    content: str
    least: int


TAB = View("attio-nb-connections", ".jp-AttioConnections-row", CONNECTIONS)
OTHERS = {
    f"table of contents, {CONNECTIONS} headings": View(
        "table-of-contents", ".jp-tocItem", CONNECTIONS
    ),
    "running tabs and kernels, one each": View(
        "jp-running-sessions", ".jp-RunningSessions-item", 2
    ),
    "property inspector": View("jp-property-inspector", "#notebook-tools .jp-Collapse", 2),
}

Timed = dict[object, list[float]]


class Loaded(NamedTuple):
    """The files of the extension that a page loads.

    Attributes:
        at_start: With the page.
        opened: When the panel is opened.
    """

    at_start: set[str]
    opened: set[str]


def measure_panel(rounds: int) -> list[Row]:
    """Measure in a fresh page with a fresh kernel in every round, one panel after the other.

    Args:
        rounds: How often.
    """
    with temporary_home() as home:
        prepare_home(home, _app())
        _connect_every_other(home / "notebooks" / APP_FILE)
        folder = labextensions(home / "labextensions")
        option = f"--LabApp.labextensions_path={folder}"
        with lab_server(home / "server.log", option) as address, chromium() as browser:
            # The first round compiles what it imports.
            _round(browser, address, home)
            done = [_round(browser, address, home) for _ in range(rounds)]
        sizes = list(_sizes(folder / OURS / "static", done[0][1]))
    return [*_rows([taken for taken, _ in done]), *sizes]


def _round(browser: Browser, address: str, home: Path) -> tuple[Timed, Loaded]:
    """Return the seconds that everything took, and the files that the page has loaded."""
    taken: Timed = defaultdict(list)
    loaded: set[str] = set()
    with _notebook(browser, address, home, loaded) as notebook:
        at_start = set(loaded)
        for view in (TAB, *OTHERS.values()):
            taken[view, "first"].append(_seconds_to_open(notebook.page, view))
        for _ in range(LATER_OPENINGS):
            for view in (*OTHERS.values(), TAB):
                taken[view, "later"].append(_seconds_to_open(notebook.page, view))
        _printed(notebook, 0)
        for number in range(CHANGES):
            taken["disconnected"].append(_seconds_to_see(notebook, 1, "Not connected"))
            taken["stored"].append(_seconds_to_see(notebook, 2, "Connected"))
            taken["edited"].append(_seconds_to_see_edit(notebook, f"Renamed {number}"))
    return taken, Loaded(at_start, loaded - at_start)


@contextmanager
def _notebook(browser: Browser, address: str, home: Path, loaded: set[str]) -> Iterator[Notebook]:
    """Open the notebook in a browser that has loaded nothing yet.

    Args:
        browser: The browser.
        address: The page of JupyterLab.
        home: The home, where the notebook is written anew.
        loaded: Is given the names of the extension's files, as the page loads them.
    """
    path = home / "notebooks" / NAME
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    cells.append(nbformat.v4.new_markdown_cell(HEADINGS))
    kernel = {"name": "bench", "display_name": "bench", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    (path.parent / APP_FILE).write_text(_app())
    with browser.new_context(viewport=VIEWPORT) as context:
        page = context.new_page()
        page.on("request", lambda request: loaded.update(_own_file(request.url)))
        page.goto(address)
        page.wait_for_function(IS_SHOWN)
        page.evaluate(OPEN, NAME)
        notebook = Notebook(page, path, NAME)
        notebook.wait_until_idle()
        # Then it is known how the connections stand.
        page.wait_for_selector(STATUS)
        page.wait_for_load_state("networkidle")
        yield notebook
        page.evaluate(CLOSE_ALL)


def _own_file(url: str) -> set[str]:
    """Return the name of the extension's file at an address; none where it is of another."""
    _, ours, file = url.partition(f"/{OURS}/static/")
    return {file.partition("?")[0]} if ours else set()


def _seconds_to_open(page: Page, view: View) -> float:
    page.evaluate(COLLAPSE)
    page.evaluate(START_OPENING, [view.content, view.least])
    page.click(f".jp-SideBar [data-id='{view.tab}']")
    milliseconds: float = page.evaluate(END_WATCH)
    return milliseconds / 1000


def _seconds_to_see(notebook: Notebook, cell: int, standing: str) -> float:
    """Run a cell that prints when it began what it does, and see that in the row."""
    notebook.page.evaluate(START_CHANGE, [STANDING, standing])
    begun = float(_printed(notebook, cell).split()[-1])
    return _seen(notebook.page) - begun


def _seconds_to_see_edit(notebook: Notebook, title: str) -> float:
    """Write the app file with another title, as an editor does, and see that in the row."""
    file = notebook.path.with_name(APP_FILE)
    text = _app().replace("Service 0 of the user", title)
    notebook.page.evaluate(START_CHANGE, [TITLE, title])
    begun = time.time()
    file.write_text(text)
    return _seen(notebook.page) - begun


def _seen(page: Page) -> float:
    milliseconds: float = page.evaluate(END_WATCH)
    return milliseconds / 1000


def _printed(notebook: Notebook, cell: int) -> str:
    """Run a cell to its end, and return what it prints."""
    notebook.run(cell)
    notebook.page.wait_for_selector(PRINTED)
    notebook.wait_until_idle()
    text = notebook.printed(cell).inner_text()
    notebook.page.evaluate(CLEAR)
    return text


def _app() -> str:
    """Return an app file in which both owners have as many connections, every third a sign-in."""
    tables = [
        (SECRET if number % 3 else SIGN_IN).format(owner=owner, number=number)
        for owner in ("workspace", "user")
        for number in range(CONNECTIONS // 2)
    ]
    # What is disconnected has nothing to be revoked.
    tables[0] = SECRET.format(owner="workspace", number=0)
    return '[app]\nid = "bench"\n' + "".join(tables)


def _connect_every_other(file: Path) -> None:
    """Keep half of the connections in the vault of this home, as connecting does."""
    app, vault = read_app(file), default_vault()
    execution = People(AppFile(lambda: file.parent)).execution()
    for definition in app.connections[::2]:
        place = place_of(app.id, definition, execution)
        vault.put(place.slot, _stored(place))


def _stored(place: Place) -> StoredConnection:
    token, created_at = SecretStr(VALUE), datetime.now(UTC)
    oauth2, now, grant = place.definition.oauth2, time.time(), None
    if oauth2:
        grant = Grant(
            authority=place.authority,
            refresh_token=SecretStr("refresh"),
            received_at=now,
            stale_at=now + HOUR - 30,
            expires_at=now + HOUR,
            scopes=oauth2.scopes,
        )
    return StoredConnection(
        id=str(uuid.uuid4()),
        value=token,
        created_by=place.user,
        created_at=created_at,
        grant=grant,
        approved=addresses_of(place.definition),
    )


def _rows(rounds: list[Timed]) -> Iterator[Row]:
    def taken(what: object) -> list[float]:
        return [seconds for each in rounds for seconds in each[what]]

    for when in ("first", "later"):
        ours = taken((TAB, when))
        title = f"{when} click → the Connections tab, {CONNECTIONS} connections"
        yield times(title, ours, at_most=0.2)
        for name, view in OTHERS.items():
            others = taken((view, when))
            yield times(f"{when} click → {name}", others)
            yield ratio("… the Connections tab takes as long as that", ours, others)
    yield times("`%disconnect` in a kernel → its row", taken("disconnected"), at_most=0.5)
    yield times("a connection is stored in a kernel → its row", taken("stored"), at_most=0.5)
    yield times("the app file is edited by hand → its row", taken("edited"), at_most=0.5)


def _sizes(folder: Path, loaded: Loaded) -> Iterator[Row]:
    """Compare what a server sends with gzip of the extension, each file by itself."""
    packed = {
        file.name: len(gzip.compress(file.read_bytes(), compresslevel=9))
        for file in folder.glob("*.js")
    }
    start = sum(packed[name] for name in loaded.at_start)
    opened = sum(packed[name] for name in loaded.opened)
    total = sum(packed.values())
    yield _size("size of the extension (gzip)", total, at_most=MOST_KILOBYTES)
    yield _size("… of which loaded with the page", start)
    yield _size("… and when the panel is opened", opened)
    yield _size("… and the rest, when it is needed", total - start - opened)


def _size(what: str, size: int, *, at_most: float | None = None) -> Row:
    kilobytes = size / 1000
    if at_most is None:
        return Row(what, f"{kilobytes:.1f} kB")
    target, met = f"≤ {at_most:g} kB", kilobytes <= at_most
    return Row(what, f"{kilobytes:.1f} kB", target=target, met=met)
