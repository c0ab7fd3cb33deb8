"""Markup that copies our prompt, in a notebook that nobody trusts, does not look like it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Notebook, Serve, Server

STYLES = Path(__file__).parents[2] / "labextension/style"
ASK = "%load_ext attio_nb\nfrom attio_nb import *\nget_workspace_connection('sequencer').value"
# Whatever our styles do to an element is undone when it loses the classes that they name.
LOOKS = """node => {
    const PSEUDO = [null, '::before', '::placeholder'];
    const NAMES = ['display', 'position', 'color', 'background-color', 'border', 'border-radius',
        'padding', 'margin', 'gap', 'font', 'box-shadow', 'outline', 'min-height', 'max-width',
        'list-style', 'cursor', 'opacity', 'content', 'container-type', 'stroke'];
    const all = Array.from(node.querySelectorAll('*'));
    const looks = () => all.map(each => PSEUDO.map(pseudo => {
        const style = getComputedStyle(each, pseudo);
        return NAMES.map(name => style.getPropertyValue(name)).join('; ');
    }).join('\\n'));
    const before = looks();
    let classes = 0;
    for (const {classList} of all) {
        for (const name of Array.from(classList).filter(name => name.startsWith('jp-Attio'))) {
            classList.remove(name);
            classes += 1;
        }
    }
    const after = looks();
    return {classes, changed: before.filter((look, index) => look !== after[index]).length};
}"""
MATCHED = """node => {
    const all = Array.from(node.querySelectorAll('*'));
    const rules = (group) => Array.from(group).flatMap(
        rule => rule.selectorText ? [rule] : rules(rule.cssRules ?? []));
    const ours = Array.from(document.styleSheets).flatMap(sheet => rules(sheet.cssRules))
        .filter(({selectorText}) => selectorText.includes('jp-Attio'));
    const selectors = ours.map(({selectorText}) => selectorText.replaceAll(/::[a-z-]+/g, ''));
    return {
        rules: selectors.length,
        matched: selectors.filter(selector => all.some(each => each.matches(selector)))
    };
}"""


@pytest.fixture
def notebook_7(serve: Serve) -> Iterator[Server]:
    with serve("notebook") as server:
        yield server


def every_class() -> str:
    """Return markup with each class of our style sheets, alone and inside of one another."""
    text = "".join(file.read_text() for file in STYLES.glob("*.css"))
    names = sorted(set(re.findall(r"\.(jp-[\w-]+)", text)))
    assert len([name for name in names if name.startswith("jp-Attio")]) > 80
    tags = ("div", "button", "input")
    alone = [f'<{tag} class="{name}"></{tag}>' for name in names for tag in tags]
    nested = "".join(f'<div class="{name}"><p><button>a</button></p>' for name in names)
    return "".join(alone) + nested + "</div>" * len(names)


def forge(prompt: Locator) -> str:
    """Return the markup of a real prompt, as a stranger may copy it."""
    return str(prompt.evaluate("node => node.parentElement.outerHTML"))


def write_output(path: Path, markup: str) -> None:
    """Write a notebook with an output that nobody signed, and the same as text."""
    data = {"text/html": markup, "text/plain": "a table"}
    output: Any = nbformat.v4.new_output("display_data", data)
    cells = [
        nbformat.v4.new_code_cell("1", outputs=[output]),
        nbformat.v4.new_markdown_cell(markup.replace("\n", " ")),
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


def expect_plain(rendered: Locator) -> None:
    """See that none of our styles does anything to what stands there."""
    matched = rendered.evaluate(MATCHED)
    assert matched["rules"] > 100
    assert matched["matched"] == []
    looks = rendered.evaluate(LOOKS)
    assert looks["classes"] > 100
    assert looks["changed"] == 0


def test_a_copy_of_the_prompt_has_none_of_its_styles(
    jupyterlab: Server, load_notebook: Callable[..., Notebook]
) -> None:
    expect_copy_is_plain(load_notebook, jupyterlab, "/lab/tree/")


def test_a_copy_of_the_prompt_has_none_of_its_styles_in_notebook_7(
    notebook_7: Server, load_notebook: Callable[..., Notebook]
) -> None:
    expect_copy_is_plain(load_notebook, notebook_7, "/notebooks/")


def expect_copy_is_plain(load: Callable[..., Notebook], server: Server, address: str) -> None:
    """Copy a prompt's markup into a notebook, and see how that is drawn."""
    notebook = load(server, ASK, address=address)
    notebook.run(0)
    prompt = notebook.prompt(0)
    expect(prompt).to_be_visible()
    markup = forge(prompt) + every_class()
    assert prompt.evaluate(LOOKS)["changed"] > 0

    path = notebook.path.with_name("stranger.ipynb")
    write_output(path, markup)
    page, name = notebook.page, path.relative_to(server.root).as_posix()
    page.goto(f"{server.url}{address}{name}?token={server.token}")
    stranger = Notebook(page, path, name)
    stranger.wait_until_idle()
    cell = stranger.cell(0)
    expect(cell.locator(".jp-AttioPrompt-card input[type=password]")).to_have_count(1)
    expect_plain(cell.locator(".jp-OutputArea-output"))
    expect_plain(stranger.cell(1).locator(".jp-MarkdownOutput"))
