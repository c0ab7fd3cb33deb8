"""The pages of the sandbox, which ask nothing of any other host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from attio_nb.sandbox.server import running_sandbox

ADA = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}
KEY = {"Authorization": "Bearer sandbox-full-access"}


@dataclass
class Visit:
    """A person on a page of the sandbox.

    Attributes:
        page: The page.
        url: Of the sandbox.
        complaints: The errors on its console, and every address elsewhere that it asked.
    """

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def see(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:")):
            self.complaints.append(request.url)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    with running_sandbox() as url:
        context = chromium.new_context(base_url=url, color_scheme="dark")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        visit = Visit(context.new_page(), url)
        visit.page.on("console", visit.hear)
        visit.page.on("request", visit.see)
        yield visit
        context.close()


def test_a_key_is_copied_with_one_click(visit: Visit) -> None:
    visit.page.goto("/")
    button = visit.page.get_by_role("button", name="Copy sandbox-bob")
    button.click()

    expect(button).to_have_text("Copied")
    assert visit.page.evaluate("navigator.clipboard.readText()") == "sandbox-bob"
    assert visit.complaints == []


def test_the_front_page_shows_a_prospect_as_soon_as_it_was_added(visit: Visit) -> None:
    visit.page.goto("/")
    expect(visit.page.get_by_text("Nobody yet.")).to_be_visible()

    httpx.post(f"{visit.url}/api/v1/sequences", json=ADA, headers=KEY, trust_env=False)

    expect(visit.page.get_by_role("cell", name="ada@example.com")).to_be_visible()
    assert visit.complaints == []


def test_a_request_is_tried_on_the_api_page(visit: Visit) -> None:
    visit.page.goto("/docs")
    visit.page.get_by_role("button", name="Authorize").first.click()
    visit.page.get_by_label("auth-bearer-value").fill("sandbox-full-access")
    visit.page.get_by_role("button", name="Apply credentials").first.click()
    visit.page.get_by_role("button", name="Close").last.click()
    operation = visit.page.locator("#operations-Sequences-add_to_sequence")
    operation.locator("button.opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    answer = operation.locator(".live-responses-table tbody .response-col_status")
    expect(answer).to_contain_text("201")
    assert visit.complaints == []


def test_the_api_page_follows_the_theme_of_the_person(visit: Visit) -> None:
    visit.page.goto("/docs")
    expect(visit.page.locator("html")).to_have_class("dark-mode")

    visit.page.emulate_media(color_scheme="light")

    expect(visit.page.locator("html")).not_to_have_class("dark-mode")
