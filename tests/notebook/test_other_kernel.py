"""A kernel that is not ipykernel, such as that of xeus-python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = """\
import getpass, sys
from IPython.core.interactiveshell import InteractiveShell

class Stream:
    def write(self, text):
        sys.__stdout__.write(text)
    def flush(self):
        sys.__stdout__.flush()

class Kernel:
    def get_parent(self):
        return {{}}

class Shell(InteractiveShell):
    kernel = Kernel()

def hidden(prompt):
    print("asked:", prompt)
    {answer}

{replace}
sys.stdout = sys.stderr = Stream()
shell = Shell.instance(colors="nocolor")
for cell in {cells!r}:
    shell.run_cell(cell)
"""
REPLACE = "getpass.getpass = hidden"
GET = (
    "from attio_nb import get_workspace_connection\n"
    "print(f'got {get_workspace_connection().value}')"
)


def run(
    folder: Path, *cells: str, answer: str = "return 'sk-typed'", replace: str = REPLACE
) -> str:
    """Run cells in such a kernel, and return all that they print."""
    code = KERNEL.format(answer=answer, replace=replace, cells=cells)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "ATTIO_NB_DATA_DIR": str(folder / "data")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("load", [(), ("%load_ext attio_nb",)])
def test_a_getter_asks_in_the_line_of_the_kernel(project: Path, load: tuple[str, ...]) -> None:
    said = run(project, *load, GET)
    assert "asked: Value for Sequencer API key (hidden; Enter alone cancels): " in said
    assert "got sk-typed" in said


def test_the_magics_work_too(project: Path) -> None:
    said = run(project, "%load_ext attio_nb", "%connect workspace", "%connect", "%disconnect user")
    assert "Connected the workspace connection." in said
    assert "There was nothing to disconnect" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "no_input",
    [
        {"answer": "raise RuntimeError('This frontend does not support input requests')"},
        {"answer": "raise NotImplementedError"},
        {"replace": ""},
    ],
    ids=["refused", "not implemented", "no hidden line"],
)
def test_without_an_input_line_one_sentence_says_what_to_set(
    project: Path, no_input: dict[str, str]
) -> None:
    said = run(project, GET, **no_input)
    assert "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet, and" in said
    assert "ATTIO_NB_WORKSPACE_CONNECTION" in said
    assert "Traceback" not in said


def test_the_environment_needs_no_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTIO_NB_WORKSPACE_CONNECTION", "sk-env")
    assert "got sk-env" in run(project, GET, replace="")
