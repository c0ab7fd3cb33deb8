"""The tours in notebooks/: as clean as a reader expects them, and they run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest

from attio_nb.demo.player import run_notebook
from attio_nb.demo.run import demo_environment
from attio_nb.sandbox.server import running_sandbox
from attio_nb.tour.notebooks import TOURS, copy_tours

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

LOGIN = "Zoë O'Brien <zoe@example.com>"
"""Of a user whom the app file of the tours does not list."""

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


@pytest.fixture(params=TOURS)
def tour(request: pytest.FixtureRequest) -> Path:
    """Each tour in turn."""
    return NOTEBOOKS / request.param


@pytest.fixture
def cells(tour: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(tour, as_version=4).cells


def play(number: int, folder: Path, python: Path) -> tuple[str, dict[str, str]]:
    """Run a copy of a tour, and return what went wrong and what each code cell showed."""
    with running_sandbox() as url:
        copy = copy_tours(NOTEBOOKS, folder / "notebooks", sandbox_url=url)[number]
        environ = demo_environment(folder, sandbox_url=url) | {"JUPYTERHUB_USER": LOGIN}
        failure = run_notebook(
            copy, environ=environ, home=folder, say=lambda line: None, python=python
        )
    return failure, outputs(copy)


def outputs(path: Path) -> dict[str, str]:
    """What each code cell showed, by the id of the cell."""
    shown = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            shown[cell.id] = json.dumps(cell.outputs)
    return shown


def test_the_notebook_is_valid_and_its_cells_have_ids_of_their_own(
    tour: Path, cells: list[nbformat.NotebookNode]
) -> None:
    notebook = nbformat.read(tour, as_version=nbformat.NO_CONVERT)

    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert len({cell.id for cell in cells}) == len(cells)


def test_the_notebook_is_kept_without_outputs(cells: list[nbformat.NotebookNode]) -> None:
    for cell in cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_the_notebook_names_no_version_of_the_kernel_that_wrote_it(tour: Path) -> None:
    metadata = nbformat.read(tour, as_version=4).metadata

    assert metadata.language_info == {"name": "python"}
    assert set(metadata) == {"kernelspec", "language_info"}


def test_the_worked_example_stands_there_word_for_word() -> None:
    cells = nbformat.read(NOTEBOOKS / TOURS[0], as_version=4).cells
    assert any(EXAMPLE in cell.source for cell in cells)


def test_no_cell_holds_a_key(cells: list[nbformat.NotebookNode]) -> None:
    assert [
        cell.id for cell in cells if cell.cell_type == "code" and "sandbox-" in cell.source
    ] == []


def test_the_first_tour_runs_and_asks_exactly_where_it_says(
    tmp_path: Path, kernel_python: Path
) -> None:
    failure, shown = play(0, tmp_path, kernel_python)

    assert failure == ""
    assert "Warm welcome" in shown["first"]
    assert "There is no sequence 99" in shown["wrong-sequence"]
    assert "422 body.email" in shown["wrong-email"]
    assert "2026-01-31" in shown["nested"]
    assert "grace@sequencer.example" in shown["auth"]
    assert "alice@sequencer.example" in shown["user"]
    assert "bob@sequencer.example" in shown["bob"]
    assert "alice@sequencer.example" in shown["bob"]
    assert "not connected" in shown["overview"]
    assert shown["connected"].count("not connected") < shown["overview"].count("not connected")
    assert not any("sandbox-full-access" in text for text in shown.values())


def test_the_tour_of_oauth_runs_and_signs_in_exactly_where_it_says(tmp_path: Path) -> None:
    failure, shown = play(1, tmp_path, Path(sys.executable))

    assert failure == ""
    assert "alice@sequencer.example" in shown["first"]
    assert "margaret@example.com" in shown["write"]
    assert "{'alice@sequencer.example'}" in shown["expired"]
    assert "cannot answer now (status 502)" in shown["fault"]
    assert "alice@sequencer.example" in shown["after-fault"]
    assert "has expired" in shown["revoked"]
    assert '"True"' in shown["revoked"]
    assert "bob@sequencer.example" in shown["bob"]
    assert "sequences:write" in shown["connected"]
    assert shown["forget"].count("It was revoked at 127.0.0.1") == 2
