"""``attio-nb connect``, ``list`` and ``disconnect``, as programs of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attio_nb.cli import main

APP_FILE = """\
[app]
id = "prospects"
name = "Prospects"

[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"

[[connections]]
owner = "workspace"
key = "mail"
type = "secret"
title = "Mail key"

[[connections]]
owner = "user"
key = "calendar"
type = "secret"
title = "Your calendar"
"""
READ = "import attio_nb; print(f'{attio_nb.get_%s_connection().value}')"

Attio = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an app file."""
    (made := tmp_path / "project").mkdir()
    (made / "attio-app.toml").write_text(APP_FILE)
    return made


@pytest.fixture
def attio(folder: Path) -> Attio:
    """Run ``attio-nb`` with some words, and something on its standard input, as alice."""

    def attio(*words: str, piped: str | bytes | None = None, **environ: str) -> Any:
        content = piped.encode() if isinstance(piped, str) else piped
        done = subprocess.run(
            [sys.executable, "-m", "attio_nb.cli", *words],
            cwd=folder,
            env={**os.environ, "ATTIO_NB_ACTING_AS": "alice", **environ},
            **({"stdin": subprocess.DEVNULL} if content is None else {"input": content}),
            capture_output=True,
            timeout=60,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return attio


@pytest.fixture
def here(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Attio:
    """Run ``attio-nb`` in this process, for words with which it does nothing else than speak."""
    monkeypatch.chdir(folder)

    def here(*words: str) -> subprocess.CompletedProcess[str]:
        status = main(words)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(words, status, printed.out, printed.err)

    return here


def value(folder: Path, owner: str, user: str = "alice") -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ % owner],
        cwd=folder,
        env={**os.environ, "ATTIO_NB_ACTING_AS": user},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.removesuffix("\n") or done.stderr


@pytest.mark.parametrize(
    "piped", ["sk-piped", "sk-piped\n", "sk-piped\r\n", b"\xef\xbb\xbfsk-piped\n"]
)
def test_a_value_comes_through_a_pipe(attio: Attio, folder: Path, piped: str | bytes) -> None:
    done = attio("connect", "workspace", "mail", piped=piped)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == 'Connected the workspace connection "mail".\n'
    assert value(folder, "workspace") == "sk-piped"


@pytest.mark.parametrize(
    ("piped", "said"),
    [
        ("", "Nothing came through the pipe"),
        (b"\xff\xfes\x00k\x00", "no text in UTF-8"),
        ("k" * 2_000_000, "longer than any value"),
    ],
)
def test_what_can_be_no_value_is_refused_in_one_line(
    attio: Attio, piped: str | bytes, said: str
) -> None:
    done = attio("connect", "workspace", "mail", piped=piped)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert "not connected" in attio("list").stdout


def test_without_a_terminal_or_a_pipe_nobody_is_asked(attio: Attio) -> None:
    done = attio("connect", "workspace", "mail")
    assert done.returncode == 1
    assert "nobody can be asked here" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_list_names_the_commands_and_no_value(attio: Attio) -> None:
    listed = attio("list")
    assert listed.returncode == 0
    assert "not connected: attio-nb connect workspace mail" in listed.stdout
    attio("connect", "workspace", "mail", piped="sk-piped")
    for words in (["list"], ["connect"], ["list", "--as", "bob"]):
        listed = attio(*words)
        (row,) = [line for line in listed.stdout.splitlines() if line.startswith("Mail key")]
        assert row.split()[5:7] == ["connected", "alice"]
        assert "The key of the vault is in the file" in listed.stdout
        assert "sk-piped" not in listed.stdout


def test_as_a_member_it_is_their_own_connection(attio: Attio, folder: Path) -> None:
    done = attio("connect", "user", "calendar", "--as", "bob", piped="sk-bob")
    assert done.returncode == 0
    assert value(folder, "user", "bob") == "sk-bob"
    assert "NoUserConnectionError" in value(folder, "user")
    refused = attio("connect", "workspace", "mail", "--as=bob", piped="sk")
    assert refused.returncode == 1
    assert "only an admin can configure" in refused.stderr


def test_disconnecting_deletes_and_says_so(attio: Attio, folder: Path) -> None:
    attio("connect", "workspace", "mail", piped="sk-piped")
    done = attio("disconnect", "workspace", "mail")
    assert (done.returncode, done.stdout) == (0, 'Disconnected the workspace connection "mail".\n')
    assert "There was nothing to disconnect" in attio("disconnect", "workspace", "mail").stdout
    assert "NoWorkspaceConnectionError" in value(folder, "workspace")


def test_a_connection_is_added_with_the_options_of_the_magic(attio: Attio, folder: Path) -> None:
    done = attio("connect", "--add", "workspace", "crm", "--title", "My CRM", "--host", "a.example")
    assert done.returncode == 0
    assert "attio-nb connect workspace crm asks for its value." in done.stdout
    assert 'title = "My CRM"' in (folder / "attio-app.toml").read_text()
    provider = attio("connect", "--add", "user", "deals", "--provider", "hubspot")
    assert provider.returncode == 1
    assert "attio-nb connect --add user deals --provider hubspot --client-id" in provider.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("connect wrkspace", 'Did you mean "workspace"?'),
        ("connect workspace mail --titel x", 'Did you mean "--title"?'),
        ("connect workspace --as", "--as needs the id of a member"),
        ("connect --on-missing raise", "ATTIO_NB_ON_MISSING"),
        ("connect workspace --title x", "See attio-nb connect --help"),
        ("disconnect", 'Say whose connection: "workspace" or "user".'),
        ("disconnect user a b", "Use attio-nb disconnect workspace [KEY]"),
        ("list everything", "attio-nb list takes no words"),
        ("doctor --provders", 'Did you mean "--providers"? See attio-nb doctor --help.'),
        ("doctor sk-live-0123456789", "a word that it does not know. See attio-nb doctor --help."),
        ("--versoin", 'Did you mean "--version"?'),
    ],
)
def test_words_that_are_not_understood_are_refused_in_one_line_with_status_2(
    here: Attio, words: str, said: str
) -> None:
    done = here(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "sk-live" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_key_that_is_not_known_is_told_with_the_nearest_one(attio: Attio) -> None:
    done = attio("connect", "workspace", "mial", piped="sk")
    assert done.returncode == 1
    assert 'Did you mean "mail"?' in done.stderr


@pytest.mark.parametrize("words", ["connect --help", "connect -h", "help connect"])
def test_help_names_the_options_and_the_pipe(here: Attio, words: str) -> None:
    done = here(*words.split())
    assert done.returncode == 0
    for part in ("usage: attio-nb connect OWNER [KEY]", "--provider", "--client-secret", "printf"):
        assert part in done.stdout
    assert "--on-missing" not in done.stdout
    assert "%connect" not in done.stdout


@pytest.mark.parametrize("words", ["list --help", "disconnect -h", "help disconnect", "help"])
def test_every_command_has_a_help(here: Attio, words: str) -> None:
    done = here(*words.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: attio-nb")


def test_a_value_on_the_command_line_is_not_taken(attio: Attio, folder: Path) -> None:
    done = attio("connect", "workspace", "sk-live-0123456789", piped="sk-piped")
    assert "A value is never taken on the command line" in done.stdout
    assert "the history of your shell" in done.stdout
    assert value(folder, "workspace") == "sk-piped"


def test_a_key_that_no_connection_has_does_not_ask_for_the_only_one(
    attio: Attio, folder: Path
) -> None:
    app = folder / "attio-app.toml"
    app.write_text(
        '[app]\nid = "one"\n\n[[connections]]\nowner = "workspace"\ntype = "secret"\n'
        'key = "github-key"\ntitle = "GitHub"\n\n[[members]]\nid = "alice"\nrole = "admin"\n'
    )
    done = attio("connect", "workspace", "sequencr", piped="sk-for-another-service")
    assert done.returncode == 1
    assert 'There is "github-key".' in done.stderr
    assert "attio-nb connect --add workspace KEY" in done.stderr
    assert "sequencr" not in done.stderr
    assert "not connected" in attio("list").stdout


@pytest.fixture
def shell(folder: Path) -> Any:
    """Start ``attio-nb`` with some words in a terminal."""
    pexpect = pytest.importorskip("pexpect", reason="a terminal to talk to needs POSIX")

    def start(words: str) -> Any:
        return pexpect.spawn(
            "/bin/sh",
            ["-c", f"trap : INT; {sys.executable} -m attio_nb.cli {words}; echo exit $?"],
            cwd=str(folder),
            encoding="utf-8",
            timeout=30,
            env={**os.environ, "ATTIO_NB_ACTING_AS": "alice", "TERM": "dumb"},
        )

    return start


def test_in_a_terminal_it_asks_hidden(shell: Any, folder: Path) -> None:
    process = shell("connect workspace mail")
    process.expect(r"cancels\): ")
    process.sendline("sk-typed")
    process.expect("exit 0")
    assert "sk-typed" not in process.before
    assert value(folder, "workspace") == "sk-typed"


def test_an_interrupt_exits_with_130_and_one_line(shell: Any) -> None:
    process = shell("connect workspace mail")
    process.expect(r"cancels\): ")
    process.sendintr()
    process.expect(r"exit (\d+)")
    assert process.match[1] == "130"
    assert "attio-nb: Interrupted while waiting for" in process.before
    assert "Traceback" not in process.before
