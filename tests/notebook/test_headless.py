"""Where nobody sits: nbclient, papermill and a script raise at once, or take the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.notebook.conftest import Notebook

CELLS = [
    "%load_ext attio_nb\nfrom attio_nb import get_workspace_connection",
    "f'got {get_workspace_connection().value}'",
]


@pytest.fixture
def saved(project: Path) -> Path:
    """A notebook of two cells in the project's folder."""
    path = project / "job.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def execute(saved: Path) -> str:
    """Run the notebook with nbclient, and return the last result."""
    notebook = nbformat.read(saved, as_version=4)
    resources = {"metadata": {"path": str(saved.parent)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=resources).execute()
    result: str = notebook.cells[-1].outputs[-1]["data"]["text/plain"]
    return result


def test_nbclient_fails_at_once_and_says_what_to_set(saved: Path, home: Path) -> None:
    with pytest.raises(CellExecutionError, match="ATTIO_NB_WORKSPACE_CONNECTION") as failure:
        execute(saved)
    assert "nobody can be asked here" in str(failure.value)


def test_nbclient_takes_the_environment(
    saved: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTIO_NB_WORKSPACE_CONNECTION", "sk-env")
    assert execute(saved) == "'got sk-env'"


@pytest.mark.skipif(os.name == "nt", reason="There, a cell gives a program no terminal.")
def test_a_script_that_a_cell_starts_asks_nobody(notebook: Notebook, project: Path) -> None:
    (project / "add.py").write_text(CELLS[0].partition("\n")[2] + "\nget_workspace_connection()\n")
    ran = notebook.run("!{__import__('sys').executable} add.py")
    assert "NoWorkspaceConnectionError" in ran.streams
    assert "nobody can be asked here" in ran.streams
    assert "Traceback" not in ran.streams


def test_papermill_fails_at_once_with_one_sentence(saved: Path, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "--kernel", "python3", "job.ipynb", "out.ipynb"],
        cwd=saved.parent,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode != 0
    assert "nobody can be asked here" in done.stderr


def run_script(project: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    script = "from attio_nb import get_workspace_connection as get; print(f'{get().value}')"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_a_script_fails_at_once_and_names_both_ways_out(project: Path) -> None:
    done = run_script(project)
    assert "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet" in done.stderr
    assert "%connect workspace in a notebook" in done.stderr
    assert "ATTIO_NB_WORKSPACE_CONNECTION" in done.stderr


def test_a_script_takes_the_environment_with_or_without_an_app_file(project: Path) -> None:
    assert run_script(project, ATTIO_NB_WORKSPACE_CONNECTION="sk-env").stdout == "sk-env\n"
    (project / "attio-app.toml").unlink()
    assert run_script(project, ATTIO_NB_WORKSPACE_CONNECTION="sk-env").stdout == "sk-env\n"


def test_a_script_that_piped_its_input_is_not_asked(project: Path, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=nocolor"],
        input="%load_ext attio_nb\nfrom attio_nb import get_user_connection\n"
        "get_user_connection()\n",
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "nobody can be asked here" in done.stdout + done.stderr
