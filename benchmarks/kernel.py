"""What the extension costs a kernel: time at ``%load_ext``, and memory."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from jupyter_client.manager import KernelManager

from benchmarks.getter import APP, VALUE
from benchmarks.table import Row, memory, times
from tests.conftest import forget_desktop, move_home
from tests.notebook.conftest import Notebook, install_kernel

__all__ = ["measure_kernel", "temporary_home"]

LOAD = """
import gc, time
gc.collect()
begun = time.perf_counter()
get_ipython().run_line_magic("load_ext", "{extension}")
print(time.perf_counter() - begun)
"""
COLLECT = "import gc, os; gc.collect(); print(os.getpid())"
ASK = "from attio_nb import get_workspace_connection; get_workspace_connection()"


class Used(NamedTuple):
    """The memory of a process, in bytes.

    Attributes:
        resident: All of it that is in memory.
        own: What of that it shares with no other process.
    """

    resident: int
    own: int

    def minus(self, before: Used) -> Used:
        return Used(self.resident - before.resident, self.own - before.own)


class Cost(NamedTuple):
    """What one round came to.

    Attributes:
        noop: Seconds to load an extension that does nothing.
        ours: Seconds to load this one.
        loaded: Memory that was added then.
        asked: Memory that was added once a prompt was answered.
    """

    noop: float
    ours: float
    loaded: Used
    asked: Used


def measure_kernel(rounds: int) -> list[Row]:
    """Measure in fresh kernels, one after the other: every round has one of each kind.

    Args:
        rounds: How often.
    """
    with temporary_home() as home:
        (home / "attio-app.toml").write_text(APP)
        (home / "noop_extension.py").write_text("def load_ipython_extension(shell):\n    pass\n")
        install_kernel("bench", Path(sys.executable), Path(os.environ["JUPYTER_DATA_DIR"]))
        # The first round compiles what it imports.
        _cost(home)
        costs = [_cost(home) for _ in range(rounds)]
    return [
        times("`%load_ext` of an extension that does nothing", [cost.noop for cost in costs]),
        times("`%load_ext attio_nb`", [cost.ours for cost in costs]),
        times("… so much more", [cost.ours - cost.noop for cost in costs], at_most=10e-3),
        memory("memory added by `%load_ext` (RSS)", [cost.loaded.resident for cost in costs]),
        memory("… shared with no other process (USS)", [cost.loaded.own for cost in costs]),
        memory(
            "memory added after the first prompt (RSS)", [cost.asked.resident for cost in costs]
        ),
        memory("… shared with no other process (USS)", [cost.asked.own for cost in costs]),
    ]


def _cost(home: Path) -> Cost:
    with _kernel(home) as notebook:
        noop = _seconds_to_load(notebook, "noop_extension")
    with _kernel(home) as notebook:
        before = _used(notebook)
        ours = _seconds_to_load(notebook, "attio_nb")
        loaded = _used(notebook).minus(before)
        _answer_prompt(notebook)
        return Cost(noop, ours, loaded, _used(notebook).minus(before))


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Move the home of this process, and of those that it starts, to a new folder."""
    with (
        tempfile.TemporaryDirectory(prefix="attio-", ignore_cleanup_errors=True) as directory,
        pytest.MonkeyPatch.context() as patch,
    ):
        move_home(patch, Path(directory))
        forget_desktop(patch)
        # Modules are compiled once, as an installer does it, also where nothing is to be written
        # beside them.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", str(Path(directory, "compiled")))
        yield Path(directory)


@contextmanager
def _kernel(folder: Path) -> Iterator[Notebook]:
    manager = KernelManager(kernel_name="bench")
    manager.start_kernel(cwd=str(folder))
    notebook = Notebook(manager)
    try:
        # The first cell of a kernel makes what all cells need.
        notebook.run(COLLECT)
        yield notebook
    finally:
        notebook.client.stop_channels()
        manager.shutdown_kernel(now=True)


def _seconds_to_load(notebook: Notebook, extension: str) -> float:
    return float(notebook.run(LOAD.format(extension=extension)).streams)


def _answer_prompt(notebook: Notebook) -> None:
    notebook.run("%disconnect workspace")
    notebook.start(ASK)
    assert notebook.answer(notebook.prompt(), VALUE)["status"] == "ok"
    assert notebook.finish().status == "ok"


def _used(notebook: Notebook) -> Used:
    process = int(notebook.run(COLLECT).streams)
    used = psutil.Process(process).memory_full_info()
    return Used(used.rss, used.uss)
