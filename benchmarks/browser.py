"""A prompt in JupyterLab: from running the cell to the prompt, and from Enter to the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.getter import APP, VALUE
from benchmarks.kernel import temporary_home
from benchmarks.table import Row, times
from tests.browser.conftest import CHROMIUM_ARGUMENTS, CLOSE_ALL, OPEN, VIEWPORT, Notebook
from tests.conftest import CHROMIUM_NAMES, CHROMIUM_ON_MACOS, find_program
from tests.notebook.conftest import install_kernel
from tests.servers import end_server, wait_for_server

__all__ = ["IS_SHOWN", "chromium", "lab_server", "measure_browser", "prepare_home"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection\nprint('loaded')"
ASK = "print('went on with', get_workspace_connection().id)"
FORGET = "%disconnect workspace"
PROMPTS = 4
SERVER_ARGUMENTS = ("--no-browser", "--allow-root", "--port=0", "--expose-app-in-browser")

# Both begin with the key that a person presses, and end with the frame that shows what came of it.
START_WATCH = """([key, selector]) => {
    window.attioBench = new Promise(resolve => {
        document.addEventListener('keydown', function begin(event) {
            if (event.key !== key) {
                return;
            }
            document.removeEventListener('keydown', begin, true);
            const begun = performance.now();
            const look = () => {
                const found = document.querySelector(selector);
                if (found && found.offsetParent !== null) {
                    resolve(performance.now() - begun);
                } else {
                    requestAnimationFrame(look);
                }
            };
            requestAnimationFrame(look);
        }, true);
    });
}"""
END_WATCH = "() => window.attioBench"
IS_SHOWN = "() => window.jupyterapp?.shell.currentWidget"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
FIELD = f"{PANEL} .jp-AttioPrompt-card input"
PRINTED = f"{PANEL} .jp-OutputArea-output[data-mime-type$=stdout]"


class Taken(NamedTuple):
    """Seconds of one prompt.

    Attributes:
        prompt: From running the cell to seeing the prompt.
        goes_on: From Enter to seeing what the cell prints next.
    """

    prompt: float
    goes_on: float


def measure_browser(rounds: int) -> list[Row]:
    """Measure in one page, with a fresh kernel in every round.

    Args:
        rounds: How often.
    """
    with temporary_home() as home:
        prepare_home(home, APP)
        kernels = _kernels(home, rounds)
    first = [prompts[0] for prompts in kernels]
    later = [prompt for prompts in kernels for prompt in prompts[1:]]
    return [
        times("run the cell → first prompt of a kernel", [p.prompt for p in first], at_most=0.3),
        times("run the cell → later prompt", [p.prompt for p in later], at_most=0.3),
        times("Enter → the cell goes on, first prompt", [p.goes_on for p in first], at_most=0.3),
        times("Enter → the cell goes on, later prompt", [p.goes_on for p in later], at_most=0.3),
    ]


def _kernels(home: Path, rounds: int) -> list[list[Taken]]:
    with lab_server(home / "server.log") as address, chromium() as browser:
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(address)
        page.wait_for_function(IS_SHOWN)
        # The first round compiles what it imports.
        _prompts(page, home, "warm-up")
        return [_prompts(page, home, str(number)) for number in range(rounds)]


def _prompts(page: Page, home: Path, name: str) -> list[Taken]:
    """Answer some prompts of one fresh kernel."""
    notebook = _open(page, home, name)
    taken = []
    _run(notebook, 0)
    for _ in range(PROMPTS):
        taken.append(Taken(_seconds_to_prompt(notebook), _seconds_to_go_on(notebook)))
        _run(notebook, 2)
    page.evaluate(CLOSE_ALL)
    return taken


def _seconds_to_prompt(notebook: Notebook) -> float:
    notebook.select(1)
    notebook.page.evaluate(START_WATCH, ["Enter", FIELD])
    notebook.page.keyboard.press("Control+Enter")
    milliseconds: float = notebook.page.evaluate(END_WATCH)
    return milliseconds / 1000


def _seconds_to_go_on(notebook: Notebook) -> float:
    notebook.page.keyboard.type(VALUE)
    notebook.page.evaluate(START_WATCH, ["Enter", PRINTED])
    notebook.page.keyboard.press("Enter")
    milliseconds: float = notebook.page.evaluate(END_WATCH)
    notebook.wait_until_idle()
    return milliseconds / 1000


def _run(notebook: Notebook, index: int) -> None:
    """Run a cell to its end, and clear what stands in the notebook."""
    notebook.run(index)
    notebook.page.wait_for_selector(PRINTED)
    notebook.wait_until_idle()
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('editmenu:clear-all')")


def _open(page: Page, home: Path, name: str) -> Notebook:
    name = f"{name}.ipynb"
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in (LOAD, ASK, FORGET)],
        metadata={"kernelspec": {"name": "bench", "display_name": "bench", "language": "python"}},
    )
    nbformat.write(content, home / "notebooks" / name)
    page.evaluate(OPEN, name)
    notebook = Notebook(page, home / "notebooks" / name, name)
    notebook.wait_until_idle()
    return notebook


def prepare_home(home: Path, app: str) -> None:
    """Lay out what JupyterLab and its kernels find in a new home.

    Args:
        home: The home of this process.
        app: What the app file beside the notebooks says.
    """
    notebooks = home / "notebooks"
    notebooks.mkdir()
    (notebooks / "attio-app.toml").write_text(app)
    settings = Path(os.environ["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab/apputils-extension")
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    install_kernel("bench", Path(sys.executable), Path(os.environ["JUPYTER_DATA_DIR"]))


@contextmanager
def lab_server(log: Path, *arguments: str) -> Iterator[str]:
    """Run JupyterLab in a home that is prepared, and give the address of its page.

    Args:
        log: Where its output goes, in that home.
        arguments: Further arguments.
    """
    command = [sys.executable, "-m", "jupyterlab", *SERVER_ARGUMENTS, *arguments]
    command.append(f"--ServerApp.root_dir={log.parent / 'notebooks'}")
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            told = wait_for_server(process, Path(os.environ["JUPYTER_RUNTIME_DIR"]), log)
            yield f"http://localhost:{told['port']}/lab?reset&token={told['token']}"
        finally:
            end_server(process)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser."""
    program = find_program(os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES, CHROMIUM_ON_MACOS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
