"""``attio-nb allow``."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attio_nb.app.allowed import default_allowed_files
from attio_nb.cli import main
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.secret import SecretStr

APP = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer API key"
hosts = ["api.sequencer.example", "127.0.0.1:8787"]
test_url = "https://api.sequencer.example/me"

[[connections]]
owner = "user"
type = "oauth2"
client_id = "abc"
issuer = "https://accounts.example"
"""
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows quotes in another way.")


@pytest.fixture
def app_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app file above the working directory."""
    (below := tmp_path / "project" / "below").mkdir(parents=True)
    (file := tmp_path / "project" / "attio-app.toml").write_text(APP)
    monkeypatch.chdir(below)
    return file


@pytest.mark.parametrize("words", [[], ["."], [".."], ["../attio-app.toml"]])
def test_it_allows_an_app_file_and_shows_its_addresses(
    app_file: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (app_file.parent / "below" / "attio-app.toml").symlink_to(app_file)
    assert main(["allow", *words]) == 0
    printed = capsys.readouterr().out
    assert str(app_file) in printed
    for shown in (
        "Sequencer API key",
        "api.sequencer.example, 127.0.0.1:8787",
        "https://api.sequencer.example/me",
        "https://accounts.example",
        "no host, since the app file names none",
    ):
        assert shown in printed
    assert default_allowed_files().is_allowed(app_file)


@pytest.mark.parametrize("variable", ["not a key", ""])
def test_a_vault_that_cannot_be_opened_allows_nothing(
    app_file: Path,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    vault = default_vault(notify=lambda message: None)
    slot = Slot("sequences", "local", "workspace", "local", "sequencer")
    vault.put(slot, StoredConnection("c", SecretStr("sk-typed"), "me", datetime.now(UTC)))
    if variable:
        monkeypatch.setenv("ATTIO_NB_VAULT_KEY", variable)
    else:
        vault.path.unlink()
        vault.path.mkdir()
    assert main(["allow"]) == 1
    assert capsys.readouterr().out == ""
    assert not default_allowed_files().is_allowed(app_file)


def test_it_lists_and_forgets_app_files(app_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["allow", "--list"])
    assert capsys.readouterr().out == "You have allowed no app file.\n"
    main(["allow"])
    capsys.readouterr()
    app_file.unlink()
    main(["allow", "--list"])
    assert capsys.readouterr().out == f"{app_file} (there is no such file now)\n"
    assert main(["allow", "--forget", str(app_file.parent)]) == 0
    assert not default_allowed_files().is_allowed(app_file)
    assert main(["allow", "--forget", str(app_file)]) == 1
    assert "was not allowed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words", "told"),
    [
        (None, [], "No attio-app.toml was found in"),
        (None, ["/nowhere/at/all"], "there is no such file"),
        ("[app", [], "attio-app.toml"),
        (APP, ["--list", "--forget", "x"], "takes a path, or --list, or --forget"),
        (APP, ["x", "--list"], "takes a path, or --list, or --forget"),
    ],
)
def test_what_cannot_be_allowed_is_told_in_one_line(
    app_file: Path,
    content: str | None,
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app_file.unlink()
    if content is not None:
        app_file.write_text(content)
    assert main(["allow", *words]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert dict(default_allowed_files().entries()) == {}


@POSIX
@pytest.mark.parametrize(
    "name", ["a b", "it's", "$(touch x)", "a\nb", "\u202egnp", "\x1b[2J", "-x"]
)
def test_the_command_that_it_names_can_be_pasted_into_a_shell(
    app_file: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = app_file.parent.parent / name
    app_file.parent.rename(folder)
    assert main(["allow", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.replace("\n", "").isprintable()
    command = printed.splitlines()[-1].partition("attio-nb allow --forget ")[2]
    given = subprocess.run(
        ["bash", "-c", f"printf %s {command}"], capture_output=True, check=True
    ).stdout
    assert given == os.fsencode(os.path.realpath(folder / app_file.name))
