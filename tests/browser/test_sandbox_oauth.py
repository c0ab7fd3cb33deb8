"""The pages on which a person signs in at the sandbox, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from attio_nb.sandbox.server import running_sandbox


class Callback(BaseHTTPRequestHandler):
    """Where a program would wait for the answer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Visit:
    """A person who was sent to the sandbox.

    Attributes:
        page: The page.
        url: Of the sandbox.
        redirect_uri: Where they are sent back to.
        complaints: The errors on its console.
    """

    page: Page
    url: str
    redirect_uri: str
    complaints: list[str] = field(default_factory=list)

    def go(self, **changes: str) -> None:
        parameters = {
            "response_type": "code",
            "client_id": "sandbox-public",
            "redirect_uri": self.redirect_uri,
            "state": "the-state",
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            **changes,
        }
        self.page.goto(f"/oauth/authorize?{urlencode(parameters)}")

    def answer(self) -> dict[str, list[str]]:
        self.page.wait_for_url(f"{self.redirect_uri}?**")
        return parse_qs(urlsplit(self.page.url).query)


@pytest.fixture
def redirect_uri() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Callback) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["light", "dark"])
def visit(chromium: Browser, redirect_uri: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    with running_sandbox() as url:
        context = chromium.new_context(base_url=url, color_scheme=request.param)
        visit = Visit(context.new_page(), url, redirect_uri)
        visit.page.on("console", lambda message: visit.complaints.append(message.text))
        yield visit
        context.close()


def test_a_person_signs_in_allows_it_and_is_sent_back(visit: Visit) -> None:
    visit.go()
    visit.page.get_by_role("button", name="Continue as Alice").click()
    visit.page.get_by_label("See the mailboxes").uncheck()
    visit.page.get_by_role("button", name="Allow").click()

    answer = visit.answer()
    assert answer["state"] == ["the-state"]
    assert answer["iss"] == [f"{visit.url}/oauth"]
    assert answer.keys() == {"code", "state", "iss"}
    assert visit.complaints == []


def test_a_person_without_a_mouse_says_no(visit: Visit) -> None:
    visit.go()
    expect(visit.page.get_by_role("button", name="Continue as Alice")).to_be_focused()
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_text("bob@sequencer.example")).to_be_visible()
    visit.page.get_by_role("button", name="Deny").focus()
    visit.page.keyboard.press("Space")

    assert visit.answer()["error"] == ["access_denied"]
    assert visit.complaints == []


def test_a_person_types_the_code_of_a_device(visit: Visit) -> None:
    device = httpx.post(
        f"{visit.url}/oauth/device_authorization",
        data={"client_id": "sandbox-public"},
        trust_env=False,
    ).json()
    visit.page.goto("/oauth/device")
    visit.page.get_by_label("The code that it shows").fill(device["user_code"].lower())
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("button", name="Continue as Bob").click()
    visit.page.get_by_role("button", name="Allow").click()

    expect(visit.page.get_by_role("heading", name="Connected", exact=True)).to_be_visible()
    visit.page.goto("/oauth/faults")
    visit.page.get_by_label("token-500").select_option("next 1")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.get_by_label("token-500")).to_have_value("next 1")
    assert visit.complaints == []
