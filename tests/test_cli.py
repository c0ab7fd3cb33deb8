"""The command line, as a program of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

import attio_nb
from attio_nb.cli import main
from attio_nb.tour.notebooks import copy_tours, find_tours
from tests.strangers import lay_in_wait, modules_run

ADA = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}
KEY = {"Authorization": "Bearer sandbox-full-access"}

WINDOWS = ("_winapi", "_overlapped", "msvcrt", "nt", "winreg", "_scproxy", "org")
"""What Python's own modules try to import, and do without."""

Attio = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def attio(tmp_path: Path) -> Attio:
    """Run ``attio-nb`` with some words."""

    def attio(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "attio_nb.cli", *words],
            cwd=tmp_path,
            env={**os.environ, **environ},
            capture_output=True,
            text=True,
            encoding=environ.get("PYTHONIOENCODING"),
            timeout=60,
        )

    return attio


@contextmanager
def sandbox(options: Sequence[str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A sandbox started as a person starts it, and its URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "attio_nb.cli", "sandbox", "--port", "0", *options],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield next(filter(None, map(base_url, process.stdout))), process
        finally:
            process.terminate()


def base_url(line: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    return found[0] if found else ""


def test_without_words_it_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = re.findall(r"^    ([a-z]+) ", capsys.readouterr().out, re.MULTILINE)
    assert listed == sorted(listed)
    assert {"allow", "connect", "demo", "disconnect", "doctor", "list", "sandbox"} <= set(listed)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes.")
@pytest.mark.parametrize("command", ["doctor", "allow --list", "--help"])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, command: str) -> None:
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m attio_nb.cli {command} | (exec 0<&-; sleep 0.1)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="The shell of Windows has no such redirections.")
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("list >&-", 0, ""),
        ("list 2>&-", 0, ""),
        ("list >/dev/full", 1, "attio-nb: The output cannot be written: "),
        ("doctor >/dev/full", 1, "attio-nb: The output cannot be written: "),
    ],
)
def test_an_output_that_is_closed_or_full_ends_in_one_line_at_most(
    tmp_path: Path, command: str, status: int, said: str
) -> None:
    if "full" in command and not Path("/dev/full").exists():
        pytest.skip("only Linux has such a device")
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m attio_nb.cli {command}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == status
    assert ran.stderr.startswith(said)
    assert ran.stderr.count("\n") == bool(said)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_console_shows_what_it_can_encode(attio: Attio, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "attio-app.toml").write_text(
        '[app]\nid = "a"\nname = "Prüfung ✉ 東京"\n[[connections]]\nowner = "user"\n'
        'type = "secret"\ntitle = "Schlüssel 🔑"\n',
        encoding="utf-8",
    )
    for words in (["doctor"], ["allow"]):
        done = attio(*words, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
        assert "Traceback" not in done.stderr
        assert "Schl" in done.stdout


def test_it_tells_its_version(attio: Attio) -> None:
    done = attio("--version")

    assert (done.returncode, done.stdout) == (0, f"attio-nb {attio_nb.__version__}\n")


@pytest.mark.parametrize(
    ("word", "hint"), [("sandbux", 'Did you mean "sandbox"? There'), ("xyz", "no command. There")]
)
def test_an_unknown_command_is_refused_in_one_line_with_the_nearest_one(
    attio: Attio, word: str, hint: str
) -> None:
    done = attio(word)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f'attio-nb: "{word}" is no command.')
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_command_explains_its_options(attio: Attio) -> None:
    done = attio("sandbox", "--help")

    assert done.returncode == 0
    options = ["--port", "--reset", "--token-lifetime", "--refresh-grace", "8787", "3600"]
    for option in (*options, "--database FILE"):
        assert option in done.stdout


def test_a_port_that_is_taken_is_told_in_one_line(attio: Attio) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = attio("sandbox", "--port", str(port))

    assert done.returncode == 1
    assert done.stderr.startswith(f"attio-nb: Port {port} of 127.0.0.1 cannot be had")
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_no_database_is_told_in_one_line(attio: Attio, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 100)

    done = attio("sandbox", "--port", "0", "--database", "letter.txt")

    assert done.returncode == 1
    assert done.stderr.startswith("attio-nb: letter.txt cannot be used")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "package"), [("sandbox", "fastapi"), ("demo", "nbclient"), ("tour", "uvicorn")]
)
def test_without_the_extra_a_command_says_what_to_install(
    attio: Attio, tmp_path: Path, command: str, package: str
) -> None:
    missing = f"raise ModuleNotFoundError('No module named {package}', name='{package}')"
    (libraries := tmp_path / "libraries").mkdir()
    (libraries / f"{package}.py").write_text(missing)

    done = attio(command, PYTHONPATH=str(libraries))

    assert done.returncode == 1
    assert f"needs {package}, which is not installed" in done.stderr
    assert done.stderr.endswith('pip install "attio-nb[sandbox]"\n')
    assert done.stderr.count("\n") == 1


def test_the_sandbox_answers_and_prints_each_request_without_its_key(tmp_path: Path) -> None:
    with sandbox(["--database", str(tmp_path / "sandbox.sqlite")]) as (url, process):
        added = httpx.post(f"{url}/api/v1/sequences", json=ADA, headers=KEY, trust_env=False)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)

    assert added.status_code == 201
    assert "201  POST /api/v1/sequences  Full access\n" in printed
    assert "sandbox-full-access" not in printed
    assert "has stopped; its data is kept" in printed
    assert process.returncode == 0


def test_the_sandbox_says_how_one_signs_in_and_lets_tokens_last_as_told(tmp_path: Path) -> None:
    options = ["--token-lifetime", "20", "--refresh-grace", "0"]
    with sandbox(["--database", str(tmp_path / "sandbox.sqlite"), *options]) as (url, process):
        page = httpx.get(f"{url}/oauth", trust_env=False).text
        assert process.stdout is not None
        printed = list(iter(process.stdout.readline, "Ctrl-C stops it.\n"))

    assert f"  OAuth issuer    {url}/oauth\n" in printed
    assert "  OAuth clients   sandbox-public, sandbox-confidential\n" in printed
    assert "good for 20 seconds" in page
    assert "Any second use revokes the whole grant" in page


@pytest.mark.parametrize("seconds", ["-1", "soon", "1e9", "9999999999"])
def test_a_lifetime_that_is_none_is_refused(attio: Attio, seconds: str) -> None:
    done = attio("sandbox", f"--token-lifetime={seconds}")

    assert done.returncode == 2
    assert f"argument --token-lifetime: {seconds} is no number of seconds" in done.stderr


def test_the_sandbox_keeps_its_data_until_a_reset(tmp_path: Path) -> None:
    database = ["--database", str(tmp_path / "sandbox.sqlite")]

    def add(options: Sequence[str]) -> int:
        with sandbox(options) as (url, _):
            return httpx.post(
                f"{url}/api/v1/sequences", json=ADA, headers=KEY, trust_env=False
            ).status_code

    assert [add(database), add(database), add([*database, "--reset"])] == [201, 200, 201]


def test_naming_no_command_imports_neither_a_server_nor_a_kernel() -> None:
    code = "import sys, attio_nb.cli as cli; cli.main([]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    loaded = set(done.stderr.split())
    assert "attio_nb.cli" in loaded
    assert loaded.isdisjoint({"fastapi", "uvicorn", "jupyter_client", "nbclient", "httpx"})


@pytest.mark.parametrize("command", ["doctor", "allow --list"])
@pytest.mark.parametrize("start", ["attio-nb", "python -m", "PYTHONPATH"])
def test_no_module_of_the_folder_is_run(tmp_path: Path, command: str, start: str) -> None:
    (folder := tmp_path / "stranger").mkdir()
    lay_in_wait(folder, tmp_path / "record.txt", "stranger_backend")
    environ = {name: value for name, value in os.environ.items() if name[:14] != "PYTHON_KEYRING"}
    words = [str(Path(sys.executable).with_name("attio-nb"))]
    if start == "python -m":
        words = [sys.executable, "-m", "attio_nb.cli"]
        remove_modules(folder, {"attio_nb", *imported_by("runpy")})
    elif start == "PYTHONPATH":
        # What Python itself imports when it starts is not ours.
        environ["PYTHONPATH"] = os.pathsep.join([".", ""])
        remove_modules(folder, {*WINDOWS, *imported_by("attio_nb.cli")})
    subprocess.run([*words, *command.split()], cwd=folder, env=environ, timeout=60)

    assert modules_run(tmp_path / "record.txt") == []


def remove_modules(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / f"{name}.py").unlink(missing_ok=True)
        shutil.rmtree(folder / name, ignore_errors=True)


def imported_by(name: str) -> list[str]:
    """The modules that are there before any command begins."""
    code = f"import {name}, sys; print('sitecustomize usercustomize', *sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return [name.partition(".")[0] for name in answer.stdout.split()]


def test_the_demo_replaces_a_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (output := tmp_path / "output").mkdir()
    (precious := tmp_path / "precious").write_text("mine")
    for name in ("attio-app.toml", "01-add-to-sequence.ipynb"):
        (output / name).symlink_to(precious)
    copy_tours(find_tours(), output, sandbox_url="http://127.0.0.1:1")
    assert precious.read_text() == "mine"
    assert not (output / "attio-app.toml").is_symlink()
