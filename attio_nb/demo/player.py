"""Running a notebook with somebody at its prompts.

The kernel asks through the stdin channel, as it does in a terminal, and the person's part stands in
the cell's metadata (``{"demo": {"types": ["sandbox-full-access"]}}``). A cell that asks more often
or less often than that has failed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError
from nbformat import NotebookNode

from attio_nb.demo.person import Person, Say

__all__ = ["run_notebook"]

WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 60


class UnexpectedPromptsError(Exception):
    """A cell asked more often, or less often, than its metadata says."""


def run_notebook(
    path: Path,
    *,
    environ: Mapping[str, str],
    home: Path,
    say: Say,
    on_step: Callable[[], object] = lambda: None,
    python: Path = Path(sys.executable),
) -> str:
    """Run a notebook where it lies, with somebody at its prompts, and save it with its outputs.

    Args:
        path: The notebook; it is replaced, whether or not it runs to its end.
        environ: The environment of the kernel; ``SANDBOX_URL`` is where the sandbox is.
        home: A directory for the kernel's connection file.
        say: Prints a line.
        on_step: Called after each code cell, also after one that fails.
        python: The interpreter of the kernel.

    Returns:
        What went wrong, or an empty string.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = _PlayedNotebook(
        notebook,
        say=say,
        on_step=on_step,
        home=home,
        python=python,
        sandbox_url=environ["SANDBOX_URL"],
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
    )
    try:
        # What the kernel says of itself would stand between the steps.
        log_file = path.with_name("kernel.log")
        log_file.unlink(missing_ok=True)
        with log_file.open("x") as log:
            client.execute(env=dict(environ), stderr=log)
    except CellExecutionError as error:
        return f"{client.step} failed: {error.ename}: {error.evalue}"
    except (CellControlSignal, RuntimeError, UnexpectedPromptsError) as error:
        return f"{client.step} failed: {error}"
    finally:
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return ""


class _OneKernel(KernelSpecManager):
    """Knows the kernel of one interpreter, whatever else the person has installed.

    Args:
        python: The interpreter.
    """

    def __init__(self, python: Path) -> None:
        super().__init__()
        self._argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        # The folder that the tours are copied to may hold modules of somebody else.
        self._argv.append("--InteractiveShellApp.ignore_cwd=True")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=self._argv, display_name=kernel_name, language="python")


class _PlayedNotebook(NotebookClient):
    """Runs a notebook with a `Person` in front of it, and tells each step.

    Args:
        notebook: The notebook.
        say: Prints a line.
        on_step: Called after each code cell.
        home: A directory for the kernel's connection file.
        python: The interpreter of the kernel.
        sandbox_url: Where the sandbox is.
        options: The traits of `NotebookClient`.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        say: Say,
        on_step: Callable[[], object],
        home: Path,
        python: Path,
        sandbox_url: str,
        **options: Any,
    ) -> None:
        super().__init__(notebook, **options)
        self.step = "Starting the kernel"
        self._say = say
        self._on_step = on_step
        self._home = home
        self._python = python
        self._sandbox_url = sandbox_url
        self._person = Person({}, sandbox_url=sandbox_url, say=say)
        self._heading = self._announced = ""

    def create_kernel_manager(self) -> AsyncKernelManager:
        self.km = AsyncKernelManager(
            kernel_spec_manager=_OneKernel(self._python),
            connection_file=str(self._home / "kernel.json"),
        )
        return self.km

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        client.allow_stdin = True
        return client

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        if cell.cell_type == "markdown":
            self._read_heading(cell)
            return cell
        self._announce()
        self.step = f"Cell {cell_index + 1} ({self._heading})"
        script = cell.metadata.get("demo", {})
        self._person = person = Person(script, sandbox_url=self._sandbox_url, say=self._say)
        try:
            await person.prepare()
            async with _beside(person.play(self.kc)):
                executed = await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        finally:
            self._on_step()
        if person.asked != person.expected:
            raise UnexpectedPromptsError(
                f"It asked {person.asked} times in place of {person.expected}."
            )
        return executed

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        for line in _shown(msg["msg_type"], msg["content"]):
            self._person.see(line)
            self._say(f"      {_cut(line)}")
        return super().process_message(msg, cell, cell_index)

    def _read_heading(self, cell: NotebookNode) -> None:
        first = cell.source.partition("\n")[0]
        if first.startswith("#"):
            self._heading = first.lstrip("# ")

    def _announce(self) -> None:
        if self._heading != self._announced:
            self._announced = self._heading
            self._say(f"\n  {self._heading}")


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _shown(kind: str, content: Mapping[str, Any]) -> list[str]:
    match kind:
        case "stream":
            text = content["text"]
        case "execute_result" | "display_data" if WIDGET not in content["data"]:
            text = content["data"].get("text/plain", "")
        case _:
            text = ""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _cut(line: str) -> str:
    return line if len(line) <= 92 else f"{line[:88]} ..."
