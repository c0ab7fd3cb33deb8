"""A person in front of a real JupyterLab: Chromium, a Jupyter server, kernels of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.authorization.servers import NODE_MODULES
from tests.servers import Hub, end_server, running_hub, wait_for_server

HUB_PROXY = NODE_MODULES / ".bin/configurable-http-proxy"
HUB_VARIABLES = ("JUPYTER_PLATFORM_DIRS", "PYTHON_KEYRING_BACKEND")
VIEWPORT = {"width": 1100, "height": 800}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page from this host is not from localhost, so that it may not encrypt.
    "--host-resolver-rules=MAP lab.test 127.0.0.1, MAP *.lab.test 127.0.0.1",
]
SERVER_ARGUMENTS = (
    "--no-browser --allow-root --debug --port=0 --expose-app-in-browser "
    "--ServerApp.local_hostnames=lab.test --ServerApp.local_hostnames=localhost"
)
# JupyterLab knows them once it has read its settings, which may be after the notebook is there.
SHORTCUTS = ("notebook:run-cell", "apputils:activate-command-palette")
QUIET = {"fetchNews": "false", "checkForUpdates": False}
OPEN = """async path => {
    const {commands, serviceManager} = window.jupyterapp;
    await serviceManager.kernelspecs.refreshSpecs();
    void commands.execute('docmanager:open', {path});
}"""
IS_IDLE = """([path, ...shortcuts]) => {
    const notebook = window.jupyterapp?.shell.currentWidget;
    const bound = window.jupyterapp?.commands.keyBindings.map(({command}) => command);
    return shortcuts.every(command => bound?.includes(command)) &&
        notebook?.context?.path === path && notebook.isRevealed &&
        notebook.content?.widgets?.length > 0 &&
        notebook.sessionContext.session?.kernel?.status === 'idle';
}"""
CLOSE_ALL = """() => {
    const {shell, serviceManager} = window.jupyterapp;
    for (const widget of Array.from(shell.widgets('main'))) {
        if (widget.context) {
            widget.dispose();
        }
    }
    return serviceManager.sessions.shutdownAll();
}"""
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
SELECT_CELL = """index => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    notebook.mode = 'command';
    notebook.activeCell.node.focus();
}"""

APP = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer API key"
help_url = "https://docs.example.com/keys"

[[connections]]
owner = "user"
type = "secret"
title = "Mailbox password"
"""


# A kernel may take longer to start than Playwright's five seconds.
expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Server:
    """A Jupyter server, and where it keeps things."""

    url: str
    token: str
    root: Path
    log: Path
    kernels: Path


@dataclass(frozen=True)
class Notebook:
    """A notebook that is open in a page, with its file's path, and that as the server names it."""

    page: Page
    path: Path
    name: str

    def wait_until_idle(self, *shortcuts: str) -> None:
        """Wait until it is in front, its kernel has nothing to do, and these have their keys."""
        self.page.wait_for_function(IS_IDLE, arg=[self.name, *SHORTCUTS, *shortcuts])

    def wait_until_failed(self, index: int) -> None:
        """Wait until a cell has failed, and the kernel no longer drops what comes after it."""
        expect(self.failed(index)).to_be_visible()
        self.wait_until_idle()

    def select(self, index: int) -> None:
        """Go to a cell, as with the arrow keys."""
        self.page.evaluate(SELECT_CELL, index)

    def run(self, index: int, key: str = "Control+Enter") -> None:
        """Go to a cell and run it."""
        self.select(index)
        self.page.keyboard.press(key)

    def shut_down(self) -> None:
        """Have it go on without a kernel."""
        self.page.evaluate(SHUT_DOWN)

    def start(self, command: str) -> None:
        """Choose one of JupyterLab's commands, and do not wait for its end."""
        self.page.evaluate("name => void window.jupyterapp.commands.execute(name)", command)

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")

    def cell(self, index: int) -> Locator:
        return self.cells.nth(index)

    def printed(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-OutputArea-output[data-mime-type$=stdout]")

    def failed(self, index: int) -> Locator:
        errors = self.cell(index).locator(".jp-OutputArea-output[data-mime-type$=stderr]")
        return errors.filter(has_text="Error: ")

    def prompt(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-AttioPrompt-card")

    def field(self, index: int) -> Locator:
        return self.prompt(index).get_by_label("Value", exact=True)

    def saved(self) -> Any:
        """Save the notebook, and return what its file holds."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        return nbformat.read(self.path, as_version=4)


class Serve(Protocol):
    """Runs a Jupyter application, with directories of its own, until the block ends."""

    def __call__(self, module: str) -> contextlib.AbstractContextManager[Server]: ...


@contextlib.contextmanager
def _serve(home: Path, module: str) -> Iterator[Server]:
    """Run a Jupyter application until the block ends."""
    root, log = home / "notebooks", home / "server.log"
    root.mkdir(parents=True)
    settings = home / "settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
    data = home / "data"
    variables = {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(data),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    command = [sys.executable, "-m", module, *SERVER_ARGUMENTS.split()]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, f"--ServerApp.root_dir={root}"],
            env={**os.environ, **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            told = wait_for_server(process, home / "runtime", log)
            yield Server(
                url=f"http://localhost:{told['port']}",
                token=told["token"],
                root=root,
                log=log,
                kernels=data / "kernels",
            )
        finally:
            end_server(process)


@pytest.fixture(scope="session")
def jupyterlab(session_home: Path) -> Iterator[Server]:
    """One JupyterLab for all tests; each brings its own kernel and its own home for that."""
    with _serve(session_home / "jupyterlab", "jupyterlab") as server:
        yield server


@pytest.fixture(scope="session")
def jupyterhub(session_home: Path, program: Callable[..., str]) -> Iterator[Hub]:
    """One JupyterHub for all tests that want one. It gives each user a host below its own."""
    assert program("node")
    environment = {name: os.environ[name] for name in HUB_VARIABLES if name in os.environ}
    with running_hub(
        session_home / "jupyterhub", HUB_PROXY, environment, base_url="/team/", domain="lab.test"
    ) as hub:
        yield hub


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Run a Jupyter application for one test, below ``tmp_path / "server"``."""
    return lambda module: _serve(tmp_path / "server", module)


@pytest.fixture
def newest_python() -> Path:
    """The Python whose kernel most tests use."""
    return Path(sys.executable)


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile that has seen nothing yet."""
    with chromium.new_context(viewport=VIEWPORT, device_scale_factor=2) as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture(scope="session")
def lab_page(chromium: Browser, jupyterlab: Server) -> Iterator[Page]:
    """A page with JupyterLab, in which most tests open their notebooks: it takes long to load."""
    with chromium.new_context(viewport=VIEWPORT) as context:
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.goto(f"{jupyterlab.url}/lab?reset&token={jupyterlab.token}")
        page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
        yield page


@pytest.fixture
def write_notebook(home: Path) -> Callable[..., Path]:
    """Write a notebook, whose kernel has this test's home, beside an app file."""

    def write(
        server: Server, *cells: str, python: Path = Path(sys.executable), app: str = APP
    ) -> Path:
        kernel = home.parent.name.lower()
        install_kernel(server.kernels / kernel, python, home)
        folder = server.root / kernel
        folder.mkdir(exist_ok=True)
        if app:
            (folder / "attio-app.toml").write_text(app)
        path = folder / f"{len(list(folder.iterdir()))}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        )
        nbformat.write(notebook, path)
        return path

    return write


def install_kernel(directory: Path, python: Path, home: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    launch = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}", "--debug"]
    # The server's own variables name another home.
    env = {name: value for name, value in os.environ.items() if str(home) in value}
    specification = {"argv": launch, "display_name": directory.name, "language": "python"}
    (directory / "kernel.json").write_text(json.dumps({**specification, "env": env}))


@pytest.fixture
def open_notebook(
    jupyterlab: Server, lab_page: Page, write_notebook: Callable[..., Path]
) -> Iterator[Callable[..., Notebook]]:
    """Open a new notebook in the page that is there, and wait for its kernel."""

    def open_one(*cells: str, **options: Any) -> Notebook:
        path = write_notebook(jupyterlab, *cells, **options)
        name = path.relative_to(jupyterlab.root).as_posix()
        lab_page.evaluate(OPEN, name)
        notebook = Notebook(lab_page, path, name)
        notebook.wait_until_idle()
        return notebook

    yield open_one
    lab_page.evaluate(CLOSE_ALL)


@pytest.fixture
def load_notebook(
    context: BrowserContext, write_notebook: Callable[..., Path]
) -> Iterator[Callable[..., Notebook]]:
    """Load a new notebook in a page of its own, from any server, and wait for its kernel."""
    pages: list[Page] = []

    def load_one(
        server: Server,
        *cells: str,
        address: str = "/lab/tree/",
        prepare: Callable[[Page], object] = lambda page: None,
        **options: Any,
    ) -> Notebook:
        path = write_notebook(server, *cells, **options)
        name = path.relative_to(server.root).as_posix()
        page = context.new_page()
        pages.append(page)
        prepare(page)
        page.goto(f"{server.url}{address}{name}?token={server.token}")
        notebook = Notebook(page, path, name)
        notebook.wait_until_idle()
        return notebook

    yield load_one
    for page in pages:
        page.evaluate(CLOSE_ALL)
