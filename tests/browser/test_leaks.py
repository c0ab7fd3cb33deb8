"""Nothing but the vault holds what was typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from conftest import Notebook, Server

Load = Callable[..., "Notebook"]

LOAD = "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection"
CONNECT = (
    "connection = get_workspace_connection()\n"
    "print(f'went on with {len(connection.value)}\\n', end='')"
)
KEY = "sk-live-c0ffee-5f3a9c"
STORAGE = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"


def record_frames(page: Page) -> list[str]:
    """Note what goes over the web sockets of a page, both ways."""
    frames: list[str] = []

    def note(frame: str | bytes) -> None:
        frames.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))

    def listen(socket: Any) -> None:
        socket.on("framesent", note)
        socket.on("framereceived", note)

    page.on("websocket", listen)
    return frames


def test_the_key_is_nowhere_in_the_clear(
    jupyterlab: Server, load_notebook: Load, home: Path, kernel_python: Path
) -> None:
    frames: list[list[str]] = []
    notebook = load_notebook(
        jupyterlab,
        LOAD,
        CONNECT,
        python=kernel_python,
        prepare=lambda page: frames.append(record_frames(page)),
    )
    notebook.run(0)
    notebook.run(1)
    expect(notebook.field(1)).to_be_focused()
    notebook.page.keyboard.type(KEY)
    assert KEY not in notebook.page.content()
    saved_while_asking = notebook.saved()
    notebook.page.keyboard.press("Enter")
    expect(notebook.printed(1)).to_have_text(f"went on with {len(KEY)}\n")
    notebook.saved()
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    assert "Sequencer API key" in str(saved_while_asking.cells[1].outputs)
    assert any("attio_answer_request" in frame for frame in frames[0])
    assert not [frame for frame in frames[0] if KEY in frame]
    assert KEY not in notebook.page.content()
    assert KEY not in notebook.page.evaluate(STORAGE)
    log = jupyterlab.log.read_text()
    assert "attio_answer_request" in log
    assert KEY not in log
    assert not files_with(KEY, jupyterlab.root, home, jupyterlab.log.parent)


def files_with(text: str, *folders: Path) -> list[Path]:
    """The files that hold a text: notebooks, checkpoints, histories, settings."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert any(".ipynb_checkpoints" in path.parts for path in files)
    return [path for path in files if text.encode() in path.read_bytes()]
