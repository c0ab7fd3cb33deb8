"""The prompt elsewhere: in Notebook 7, far from localhost, in no page, after an upgrade."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Notebook, Serve, Server

Load = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection"
CONNECT = (
    "connection = get_workspace_connection()\n"
    "print(f'went on with {len(connection.value)}\\n', end='')"
)
KEY = "sk-live-5f3a9c"
WENT_ON = f"went on with {len(KEY)}\n"


@pytest.fixture
def notebook_7(serve: Serve) -> Iterator[Server]:
    with serve("notebook") as server:
        yield server


@pytest.fixture
def lab_without_prompts(serve: Serve, tmp_path: Path) -> Iterator[Server]:
    disabled = {"disabledExtensions": {"attio-nb:prompts": True}}
    config = tmp_path / "server/config/labconfig"
    config.mkdir(parents=True)
    (config / "page_config.json").write_text(json.dumps(disabled))
    with serve("jupyterlab") as server:
        yield server


def test_notebook_7_asks_in_the_cell_too(notebook_7: Server, load_notebook: Load) -> None:
    notebook = load_notebook(notebook_7, LOAD, CONNECT, address="/notebooks/")
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()

    notebook.page.keyboard.type(KEY)
    notebook.page.keyboard.press("Enter")

    expect(notebook.printed(1)).to_have_text(WENT_ON)


def test_a_page_that_may_not_encrypt_offers_the_kernels_own_line(
    jupyterlab: Server, load_notebook: Load
) -> None:
    far = replace(jupyterlab, url=jupyterlab.url.replace("localhost", "lab.test"))
    notebook = load_notebook(far, LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)
    expect(notebook.prompt(1)).to_contain_text("this page is from neither")
    expect(notebook.field(1)).to_have_count(0)

    notebook.page.get_by_role("button", name="Type it in the kernel's input line").click()
    line = notebook.cell(1).locator(".jp-Stdin-input")
    expect(line).to_have_attribute("type", "password")
    line.fill(KEY)
    line.press("Enter")

    expect(notebook.cell(1)).to_contain_text(WENT_ON)


def test_where_no_page_draws_prompts_the_kernel_asks_in_its_own_line(
    lab_without_prompts: Server, load_notebook: Load
) -> None:
    notebook = load_notebook(lab_without_prompts, LOAD, CONNECT)
    notebook.run(0)
    notebook.run(1)

    line = notebook.cell(1).locator(".jp-Stdin-input")
    line.fill(KEY)
    line.press("Enter")

    expect(notebook.cell(1)).to_contain_text(WENT_ON)


def test_a_page_from_before_an_upgrade_says_to_reload_it(
    jupyterlab: Server, load_notebook: Load
) -> None:
    def upgrade(page: Page) -> None:
        page.route("**/attio-nb/version*", lambda route: route.fulfill(json={"version": "9.0.0"}))

    notebook = load_notebook(jupyterlab, "1", prepare=upgrade)

    expect(notebook.page.get_by_text("attio_nb 9.0.0 is installed")).to_be_visible()
