"""The demo: as a program, and its driver at notebooks that go wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from attio_nb.demo.player import run_notebook
from attio_nb.demo.run import demo_environment, run_demo
from attio_nb.demo.steps import Steps
from attio_nb.errors import SetupError
from attio_nb.sandbox.log import Entry
from attio_nb.tour.notebooks import TOURS

ASKS = "from getpass import getpass\nlen(getpass('Key: '))"

Play = Callable[..., tuple[str, list[str]]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run one cell under a heading, and return what went wrong and what was said."""

    def play(source: str, types: tuple[str, ...] = ()) -> tuple[str, list[str]]:
        cell = new_code_cell(source, metadata={"demo": {"types": types}})
        path, said = tmp_path / "notebook.ipynb", list[str]()
        nbformat.write(new_notebook(cells=[new_markdown_cell("# A try"), cell]), path)
        environ = demo_environment(tmp_path, sandbox_url="")
        failure = run_notebook(path, environ=environ, home=tmp_path, say=said.append)
        return failure, said

    return play


def test_the_demo_runs_the_main_job_and_leaves_the_notebook(tmp_path: Path, home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "attio_nb.cli", "demo", "--output", "left"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "      sandbox 201 POST /api/v1/sequences\n" in done.stdout
    assert "typed   sandbox-full-access (hidden)" in done.stdout
    assert re.search(r"sandbox 401 GET /api/v1/me \(8 times\), ", done.stdout)
    assert done.stdout.count("It was revoked at 127.0.0.1") == 2
    *_, by_hand, last = done.stdout.splitlines()
    assert by_hand == "Now try it yourself in JupyterLab: make lab"
    assert re.fullmatch(r"\d\d steps in \d+ seconds, all as expected\.", last)
    for tour, email in {"01-add-to-sequence": "ada", "02-oauth": "margaret"}.items():
        left = nbformat.read(tmp_path / "left" / f"{tour}.ipynb", as_version=4)
        assert any(f"{email}@example.com" in str(cell.get("outputs")) for cell in left.cells)


def test_the_demo_touches_nothing_of_the_persons_own(home: Path) -> None:
    environ = demo_environment(
        home / "elsewhere",
        sandbox_url="http://127.0.0.1:1",
        environ={"PATH": "/bin", "ATTIO_NB_WORKSPACE_CONNECTION": "mine", "ATTIO_NB_DATA_DIR": "~"},
    )

    assert environ["ATTIO_NB_DATA_DIR"] == str(home / "elsewhere" / "data")
    assert "ATTIO_NB_WORKSPACE_CONNECTION" not in environ
    assert environ["PATH"] == "/bin"


def test_a_prompt_is_answered_as_a_person_answers_it(play: Play, tmp_path: Path) -> None:
    failure, said = play(ASKS, ("abc",))

    assert failure == ""
    assert "      typed   abc (hidden)" in said
    assert said[-1] == "      3"
    assert nbformat.read(tmp_path / "notebook.ipynb", as_version=4).cells[1].outputs


@pytest.mark.parametrize(
    ("source", "types", "failure"),
    [
        (ASKS, (), "Cell 2 (A try) failed: It asked 1 times in place of 0."),
        ("1", ("abc",), "Cell 2 (A try) failed: It asked 0 times in place of 1."),
        ("1 / 0", (), "Cell 2 (A try) failed: ZeroDivisionError: division by zero"),
        ("import os; os._exit(3)", (), "Cell 2 (A try) failed: Kernel died"),
    ],
)
def test_a_cell_that_goes_wrong_is_named(
    play: Play, tmp_path: Path, source: str, types: tuple[str, ...], failure: str
) -> None:
    assert play(source, types)[0].startswith(failure)
    assert nbformat.read(tmp_path / "notebook.ipynb", as_version=4).cells[1].source == source


def test_a_failure_makes_the_demo_fail_and_stands_at_its_end(tmp_path: Path) -> None:
    tours, said = tmp_path / "tours", list[str]()
    tours.mkdir()
    for number, tour in enumerate(TOURS):
        cell = new_code_cell(f"{number + 1} / 0")
        nbformat.write(new_notebook(cells=[cell]), tours / tour)
    (tours / "attio-app.toml").touch()

    assert not run_demo(tmp_path / "left", say=said.append, tours=tours)
    assert "ZeroDivisionError: division by zero" in said[-2]
    assert str(tmp_path / "left" / TOURS[0]) in said[-2]
    assert re.fullmatch(r"1 step in \d+ seconds, the last one failed\.", said[-1])
    assert f"\n{TOURS[1]}" not in said


def test_the_requests_of_a_step_are_one_line() -> None:
    said = list[str]()
    steps = Steps(said.append, clock=lambda: 0.0)
    steps.end_step()
    for path in ("/a", "/b", "/a", "/c", "/d", "/d"):
        steps.add_request(Entry(datetime.now(UTC), "GET", path, 200, "key"))
    steps.end_step()
    steps.add_request(Entry(datetime.now(UTC), "POST", "/a", 201, "key"))
    steps.end_step()
    assert said == [
        "      sandbox 200 GET /a (2 times), 200 GET /b, 3 more",
        "      sandbox 201 POST /a",
    ]
    assert steps.summary(failed=False) == "3 steps in 0 seconds, all as expected."


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SetupError, match="--output"):
        run_demo(tmp_path / "file" / "left", say=lambda line: None)
