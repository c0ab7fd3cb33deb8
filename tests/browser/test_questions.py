"""What is asked about a typed value, in a cell of a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.loopback import reply, serving

if TYPE_CHECKING:
    from conftest import Notebook

Open = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection"
CONNECT = "print(len(get_workspace_connection().value))"
APP = """\
[app]
id = "sequences"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["127.0.0.1"]
"""
PEM = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const options = { clipboardData, bubbles: true, cancelable: true };
    input.dispatchEvent(new ClipboardEvent('paste', options));
}"""


def refuse(handler: Any) -> None:
    reply(handler, 401)


def test_a_person_decides_what_is_kept_with_the_keyboard_alone(open_notebook: Open) -> None:
    with serving(refuse) as service:
        app = f'{APP}test_url = "{service.url}/me"\n'
        notebook = open_notebook(LOAD, CONNECT, app=app)
        notebook.run(0)
        notebook.run(1)
        prompt, field = notebook.prompt(1), notebook.field(1)
        expect(field).to_be_focused()
        field.fill('KEY="Bearer sk-1"')
        notebook.page.keyboard.press("Enter")
        expect(prompt.get_by_role("alert").first).to_contain_text("begins with a name")
        expect(prompt.get_by_role("button", name="Take that off")).to_be_focused()
        notebook.page.keyboard.press("Enter")
        expect(prompt.get_by_role("alert").first).to_contain_text("has refused this value (401)")
        expect(prompt.get_by_role("button", name="Type another value")).to_be_focused()
        notebook.page.keyboard.press("Enter")
        expect(field).to_be_focused()

        field.evaluate(PASTE, PEM)
        expect(field).to_have_attribute("placeholder", "3 lines were pasted")
        notebook.page.keyboard.press("Enter")
        prompt.get_by_role("button", name="Keep all 3 lines").click()

        expect(prompt).to_contain_text("no HTTP header can carry it")
        expect(notebook.printed(1)).to_have_text(f"{len(PEM.strip())}\n")
        assert [each.path for each in service.received] == ["/me"]
