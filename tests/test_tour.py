"""The tour in notebooks/: as clean as a reader expects it, and it runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from attio_nb.demo.player import run_notebook
from attio_nb.demo.run import demo_environment
from attio_nb.sandbox.server import running_sandbox

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
TOUR = NOTEBOOKS / "01-add-to-sequence.ipynb"

EXAMPLE = """\
@server_function
async def add_to_sequence(*, email: str, sequence_id: int, mailbox_id: int) -> dict:
    connection = get_workspace_connection()
    response = await fetch(
        f"{API}/api/v1/sequences", method="POST",
        headers={"Authorization": f"Bearer {connection.value}"},
        json={"email": email, "sequenceId": sequence_id, "mailboxId": mailbox_id},
    )
    response.raise_for_status()
    return response.json()"""


@pytest.fixture
def cells() -> list[nbformat.NotebookNode]:
    return nbformat.read(TOUR, as_version=4).cells


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tour and its app file in a folder of their own."""
    return Path(shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")) / TOUR.name


def outputs(path: Path) -> dict[str, str]:
    """What each code cell showed, by the id of the cell."""
    shown = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shown[cell.id] = json.dumps(cell.outputs)
    return shown


def test_the_notebook_is_valid_and_its_cells_have_ids_of_their_own(
    cells: list[nbformat.NotebookNode],
) -> None:
    notebook = nbformat.read(TOUR, as_version=nbformat.NO_CONVERT)

    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in cells}) == len(cells)


def test_the_notebook_is_kept_without_outputs(cells: list[nbformat.NotebookNode]) -> None:
    for cell in cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_the_notebook_names_no_version_of_the_kernel_that_wrote_it() -> None:
    metadata = nbformat.read(TOUR, as_version=4).metadata

    assert metadata.language_info == {"name": "python"}
    assert set(metadata) == {"kernelspec", "language_info"}


def test_the_worked_example_stands_there_word_for_word(
    cells: list[nbformat.NotebookNode],
) -> None:
    assert any(EXAMPLE in cell.source for cell in cells)


def test_no_cell_holds_a_key(cells: list[nbformat.NotebookNode]) -> None:
    assert [
        cell.id for cell in cells if cell.cell_type == "code" and "sandbox-" in cell.source
    ] == []


def test_the_tour_runs_and_asks_exactly_where_it_says(copy: Path, kernel_python: Path) -> None:
    home, said = copy.parent.parent, list[str]()

    with running_sandbox() as url:
        failure = run_notebook(
            copy,
            environ=demo_environment(home, sandbox_url=url),
            home=home,
            say=said.append,
            python=kernel_python,
        )

    assert failure == ""
    shown = outputs(copy)
    assert "Warm welcome" in shown["first"]
    assert "There is no sequence 99" in shown["wrong-sequence"]
    assert "422 body.email" in shown["wrong-email"]
    assert "2026-01-31" in shown["nested"]
    assert "grace@sequencer.example" in shown["auth"]
    assert "alice@sequencer.example" in shown["user"]
    assert "bob@sequencer.example" in shown["bob"]
    assert "alice@sequencer.example" in shown["bob"]
    assert "not connected" in shown["overview"]
    assert "not connected" not in shown["connected"]
    assert not any("sandbox-full-access" in text for text in shown.values())
