"""The Connections tab as a person meets it: by the roles and names that a screen reader tells."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

__all__ = ["ADD", "CLOSE", "Panel", "Row", "allow", "isolated", "opened_by"]

ADD = "Add a connection"
# What a row offers without its menu, where it is the thing to do next.
BUTTONS = ("Connect", "Copy code", "Review", "Test")
CLOSE = """() => {
    window.jupyterapp.shell.collapseLeft();
    window.jupyterapp.commands.execute('filebrowser:activate');
}"""
EDGE = "#jp-main-split-panel > .lm-SplitPanel-handle >> visible=true >> nth=0"
LET_SHRINK = """width => {
    document.documentElement.style.setProperty('--jp-sidebar-min-width', width);
}"""
IS_RESTORED = "() => window.jupyterapp?.restored.then(() => true)"


@dataclass(frozen=True)
class Row:
    """One connection in the panel."""

    item: Locator
    label: str

    @property
    def title(self) -> Locator:
        """What names it, and shows more of it."""
        return self.item.get_by_role("button", name=self.label, exact=True)

    def button(self, action: str) -> Locator:
        """A button, whose name says which connection it is about."""
        return self.item.get_by_role("button", name=f"{action} {self.label}", exact=True)

    @property
    def menu(self) -> Locator:
        """The menu of what can be done about it, once it is open."""
        return self.item.page.get_by_role("menu", name=f"Actions on {isolated(self.label)}")

    def open_menu(self) -> Locator:
        """Open its menu, and return that."""
        self.button("More actions").click()
        return self.menu

    def choose(self, action: str) -> None:
        """Choose an action in its menu."""
        self.open_menu().get_by_role("menuitem", name=action, exact=True).click()
        expect(self.menu).to_have_count(0)

    def press(self, action: str) -> None:
        """Press its button for an action; what has none is in its menu."""
        if action in BUTTONS:
            self.button(action).click()
        else:
            self.choose(f"{action}…")

    def stands(self, standing: str) -> None:
        """Wait until it is told to stand so."""
        beginning = re.compile(f"^{re.escape(standing)} ")
        expect(self.title).to_have_accessible_description(beginning)

    def says(self, text: str | re.Pattern[str]) -> None:
        """Wait until some text stands in it."""
        expect(self.item).to_contain_text(text)

    def marks(self, kind: str) -> None:
        """Wait until its answer to what was done last has such a mark."""
        expect(self.item.locator("[data-kind]")).to_have_attribute("data-kind", kind)

    def fact(self, name: str) -> Locator:
        """What it says of itself under a name, once it is opened."""
        facts = self.item.get_by_role("definition")
        return facts.and_(self.item.locator(f"dt:text-is('{name}') + dd"))

    def connect(self, value: str, action: str = "Connect") -> None:
        """Connect with a value, and wait until that is done."""
        self.press(action)
        self.answer(value)

    def answer(self, value: str) -> None:
        """Type a value into its prompt, and wait until it is connected with that."""
        self.field().fill(value)
        self.field().press("Enter")
        self.says(re.compile("Connected the (workspace|user) connection"))
        self.stands("Connected")

    def keep_refused(self, value: str) -> None:
        """Type a value that its service refuses, and keep it all the same."""
        self.field().fill(value)
        self.field().press("Enter")
        self.item.get_by_role("button", name="Keep it all the same").click()
        self.stands("Refused")

    def sign_in(self, action: str = "Connect") -> None:
        """Connect by signing in at the sandbox, and wait until that is done."""
        self.press(action)
        allow(opened_by(self.item.page, self.item.get_by_role("button", name="Sign in at")))
        self.stands("Connected")

    def field(self, label: str = "Value") -> Locator:
        """A field of its prompt."""
        return self.item.get_by_label(label, exact=True)


@dataclass(frozen=True)
class Panel:
    """The panel of a page."""

    page: Page

    @property
    def region(self) -> Locator:
        return self.page.get_by_role("region", name="Connections", exact=True).filter(
            has=self.page.get_by_role("toolbar")
        )

    @property
    def tab(self) -> Locator:
        """What opens it, in the side bar."""
        return self.page.get_by_role("tab", name="Connections", exact=True)

    @property
    def status(self) -> Locator:
        """The status item."""
        return self.page.get_by_role("button", name=re.compile("^Connections: "))

    @property
    def acting_as(self) -> Locator:
        return self.region.get_by_label("Acting as")

    @property
    def alerts(self) -> Locator:
        return self.region.get_by_role("alert")

    def open(self) -> Panel:
        """Open it as with the pointer."""
        if self._show():
            # Somebody who goes elsewhere at once is left there, and so has to go second.
            expect(self.region.locator(":focus")).to_have_count(1)
        return self

    def reload(self) -> Panel:
        """Load the page again, and open it there where it does not come back by itself."""
        self.page.reload()
        # The notebook that comes back as well may take the focus, as may a prompt in it.
        self._show()
        return self

    def _show(self) -> bool:
        """See that it is open, and return whether it was not."""
        self.page.wait_for_function(IS_RESTORED)
        was_closed = self.tab.get_attribute("aria-selected") != "true"
        if was_closed:
            self.tab.click()
        expect(self.region).to_be_visible()
        return was_closed

    def widen(self, width: int) -> None:
        """Drag its edge until it is so wide, in pixels."""
        # JupyterLab's own limit is 250 pixels, and a theme may change it.
        self.page.evaluate(LET_SHRINK, f"{min(width, 250)}px")
        edge = self.page.locator(EDGE).bounding_box()
        assert edge is not None
        self.page.mouse.move(edge["x"] + 1, 300)
        self.page.mouse.down()
        self.page.mouse.move(self.tab.bounding_box()["width"] + width, 300)
        self.page.mouse.up()

    def row(self, label: str) -> Row:
        title = self.page.get_by_role("button", name=label, exact=True)
        return Row(self.region.get_by_role("listitem").filter(has=title), label)

    def group(self, name: str) -> Locator:
        """The connections of the workspace, or one's own."""
        return self.region.get_by_role("region", name=re.compile(f"^{name}"))

    def dialog(self, name: str | re.Pattern[str] = ADD) -> Locator:
        return self.page.get_by_role("dialog", name=name)

    def question(self, title: str) -> Locator:
        """A dialog of JupyterLab's own, which has no name."""
        return self.page.get_by_role("dialog").filter(has_text=title)

    def disconnect(self, row: Row) -> None:
        """Disconnect, and wait until that is done."""
        row.press("Disconnect")
        self.question("Disconnect?").get_by_role("button", name="Disconnect").click()
        row.stands("Not connected")

    def add(self) -> Locator:
        """Open the form for a new connection."""
        self.region.get_by_role("toolbar").get_by_role("button", name="Add").click()
        expect(self.dialog()).to_be_visible()
        return self.dialog()

    def act_as(self, member: str) -> None:
        self.acting_as.select_option(value=member)


def choose(form: Locator, service: str) -> None:
    """Search for a service in the form of a definition, and choose it."""
    search = form.get_by_role("combobox", name="What it is")
    search.click()
    search.fill(service)
    services = form.get_by_role("listbox", name="Services")
    services.get_by_role("option", name=service).first.click()


def isolated(text: str) -> str:
    """A text as it stands in a sentence, whose direction it must not turn."""
    return f"\u2068{text}\u2069"


def opened_by(page: Page, button: Locator) -> Page:
    """Press what opens a page of its own, and return that."""
    with page.context.expect_page() as opened:
        button.click()
    return opened.value


def allow(tab: Page, person: str = "Alice") -> None:
    """Sign in at the sandbox, and close its page."""
    tab.get_by_role("button", name=f"Continue as {person}").click()
    tab.get_by_role("button", name="Allow").click()
    expect(tab.get_by_text("Connected. You can close this tab.")).to_be_visible()
    tab.close()
