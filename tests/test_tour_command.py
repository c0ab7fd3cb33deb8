"""``attio-nb tour``: JupyterLab on a copy of the tour, with the sandbox beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from socket import create_server

import httpx
import pytest

from attio_nb.cli import main
from attio_nb.errors import SetupError
from attio_nb.sandbox.server import running_sandbox
from attio_nb.tour.lab import run_tour
from attio_nb.tour.notebooks import (
    FILES,
    TOURS,
    copy_missing,
    find_tours,
    sandbox_port,
    use_sandbox,
)
from attio_nb.tour.sandbox import sandbox_beside

TRACKED = Path(__file__).parent.parent / "notebooks"
DEMO = ["demo", "--output"]
URL = "http://127.0.0.1:8787"


def texts(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


def test_the_address_of_the_notebook_is_the_last_line_and_opens_it(
    tmp_path: Path, home: Path
) -> None:
    tracked = texts(TRACKED)
    words = ["tour", "--folder", "a folder, mine", "--port", "0", "--no-browser", "--"]
    with subprocess.Popen(
        [sys.executable, "-m", "attio_nb.cli", *words, "--ServerApp.port=0"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as tour:
        assert tour.stdout is not None
        said = []
        while not said or "JupyterLab  http" not in said[-1]:
            said.append(tour.stdout.readline())
            assert said[-1], said
        address = said[-1].split()[1]
        page = httpx.get(address, follow_redirects=True, timeout=60)
        tour.send_signal(signal.SIGTERM)
        assert tour.stdout.read() == ""

    folder = tmp_path / "a folder, mine"
    sandbox = next(line.split()[1] for line in said if "Sandbox" in line)
    assert (page.status_code, page.url.path) == (200, f"/lab/tree/{TOURS[0]}")
    assert f"{folder} (a copy, yours to change)" in "".join(said)
    assert URL not in "".join(texts(folder).values())
    assert f"{sandbox}oauth" in texts(folder)["attio-app.toml"]
    assert texts(TRACKED) == tracked


def test_a_second_start_keeps_what_was_changed(tmp_path: Path) -> None:
    assert not copy_missing(TRACKED, tmp_path)
    (tmp_path / TOURS[0]).write_text("mine")
    (tmp_path / TOURS[1]).unlink()

    assert copy_missing(TRACKED, tmp_path)
    assert texts(tmp_path) == texts(TRACKED) | {TOURS[0]: "mine"}

    assert not copy_missing(TRACKED, tmp_path, reset=True)
    assert texts(tmp_path) == texts(TRACKED)


def test_a_copy_names_the_sandbox_where_it_is(tmp_path: Path) -> None:
    copy_missing(TRACKED, tmp_path)
    assert sandbox_port(tmp_path) == 8787

    use_sandbox(tmp_path, "http://127.0.0.1:9001")
    assert sandbox_port(tmp_path) == 9001
    assert f"{URL[:-4]}9001/oauth" in texts(tmp_path)["attio-app.toml"]

    use_sandbox(tmp_path, URL)
    assert texts(tmp_path) == texts(TRACKED)


def test_a_sandbox_that_runs_already_is_used_and_left_running(home: Path) -> None:
    with running_sandbox() as url:
        port = int(url.rpartition(":")[2])
        with sandbox_beside(port, is_chosen=True) as used:
            assert used == url
        assert httpx.get(f"{url}/").status_code == 200


def test_where_another_program_has_the_port_a_free_one_is_taken(home: Path) -> None:
    with closing(create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with sandbox_beside(port, is_chosen=False) as url:
            assert not url.endswith(f":{port}")
            assert httpx.get(f"{url}/").status_code == 200
        with pytest.raises(SetupError, match=f"Port {port}"), sandbox_beside(port, is_chosen=True):
            pass


@pytest.mark.parametrize("words", [[], ["--reset"]])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    assert main(["tour", "--folder", str(tmp_path / "file" / "copy"), *words]) == 1

    told = capsys.readouterr().err
    assert "cannot be copied to" in told
    assert told.endswith("Name another folder with --folder.\n")
    assert told.count("\n") == 1


@pytest.mark.parametrize("words", [["tour", "--folder"], ["tour", "--reset", "--folder"], DEMO])
def test_the_app_file_of_another_app_is_left_alone(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    own = f'[app]\nid = "mine"\nname = "{URL}"\n'
    (folder := tmp_path / "mine").mkdir()
    (folder / "attio-app.toml").write_text(own)

    assert main([*words, str(folder)]) == 1

    assert (folder / "attio-app.toml").read_text() == own
    assert [path.name for path in folder.iterdir()] == ["attio-app.toml"]
    assert f"Name another folder with {words[-1]}." in capsys.readouterr().err


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_does_not_exist_is_told(home: Path, port: int) -> None:
    with pytest.raises(SetupError, match="does not exist"), sandbox_beside(port, is_chosen=True):
        pass
    with sandbox_beside(port, is_chosen=False) as url:
        assert httpx.get(f"{url}/").status_code == 200


def test_without_jupyterlab_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    with pytest.raises(SetupError, match="pip install jupyterlab"):
        run_tour(tmp_path / "copy", say=print)
    assert not (tmp_path / "copy").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only.")
def test_a_link_that_has_the_name_of_a_notebook_leads_to_what_stays_as_it_is(
    tmp_path: Path,
) -> None:
    (tmp_path / "other").write_text("mine")
    (folder := tmp_path / "copy").mkdir()
    (folder / TOURS[0]).symlink_to(tmp_path / "other")

    copy_missing(find_tours(), folder, reset=True)

    assert (tmp_path / "other").read_text() == "mine"
    assert texts(folder) == texts(TRACKED)
