"""``attio-nb import``: variables of a .env file become connections."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.commands.env_file import read_env_file
from attio_nb.commands.import_env import EnvImport
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, CommandError, UnknownMemberError
from attio_nb.session import Session

KEY = "sk-tUj3Yq8nLw2Zr6Xc9Vb4"
PEM = """\
-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
MIIEfQKBgQDm1x2=="""
"""A value of several lines without the quotes that hold it together."""
APP = """\
[app]
id = "a"
[[connections]]
owner = "workspace"
key = "mail"
type = "secret"
title = "Mail"
[[connections]]
owner = "user"
key = "calendar"
type = "oauth2"
client_id = "c"
authorization_endpoint = "https://as.example.com/authorize"
token_endpoint = "https://as.example.com/token"
"""
NEW = ["n", "", "", "", ""]
"""A new connection with all that is suggested."""

Importing = Callable[..., tuple[Session, str]]


def plain(value: str) -> str:
    return str.__str__(value)


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    """Import a file with these answers, and return the session and all that was shown."""

    def importing(
        env: str | bytes, *answers: str, app: str = "", everything: bool = False, user: str = "me"
    ) -> tuple[Session, str]:
        (tmp_path / ".env").write_bytes(env.encode() if isinstance(env, str) else env)
        if app:
            (tmp_path / "attio-app.toml").write_text(app)
        file = AppFile(lambda: tmp_path)
        session = Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": user})
        shown, left = list[str](), iter(answers)

        def ask(question: str) -> str:
            shown.append(question)
            if (answer := next(left, None)) is None:
                raise EOFError
            return answer

        EnvImport(session, ask=ask, say=shown.append).run(tmp_path / ".env", everything=everything)
        assert next(left, None) is None, shown
        assert (tmp_path / ".env").read_bytes() == (env.encode() if isinstance(env, str) else env)
        return session, "\n".join(shown)

    return importing


@pytest.mark.parametrize(
    ("env", "value"),
    [
        (f"API_KEY={KEY}", KEY),
        (f"export API_KEY={KEY}\n", KEY),
        (f'API_KEY="{KEY}"  # mine', KEY),
        (f"API_KEY='{KEY}'", KEY),
        (f"API_KEY = {KEY} # mine", KEY),
        (f"# API_KEY=old\r\nAPI_KEY={KEY}\r\n", KEY),
        (f"\ufeffAPI_KEY={KEY}", KEY),
        (f"API_KEY={KEY}\n".encode("utf-16"), KEY),
        (f"API_KEY=old-value-1\nAPI_KEY={KEY}", KEY),
        ('API_KEY="a#b=c"', "a#b=c"),
        ("API_KEY='a\\'b'", "a'b"),
    ],
    ids=repr,
)
def test_a_variable_is_read_as_python_dotenv_reads_it(
    importing: Importing, env: str | bytes, value: str
) -> None:
    session, shown = importing(env, *NEW)
    assert plain(session.get_connection("workspace", "api-key").value) == value
    assert 'get_workspace_connection("api-key").value' in shown
    assert value not in shown


def test_it_becomes_the_connection_that_is_chosen(importing: Importing) -> None:
    session, shown = importing(f"MAIL_KEY={KEY}", "1", app=APP)
    assert plain(session.get_connection("workspace", "mail").value) == KEY
    assert "  1  workspace mail: Mail\n  n  a new connection" in shown
    assert "calendar" not in shown

    _, again = importing("MAIL_KEY=another-value", "", app=APP)
    assert "Imported" not in again


def test_a_new_connection_gets_what_is_typed_and_its_hosts(importing: Importing) -> None:
    hosts = "api.example.com, *.example.org"
    session, shown = importing(f"SLACK_TOKEN={KEY}", "n", "user", "slack", "Slack", hosts, app=APP)
    app = session.file.app()
    assert app is not None
    definition = app.definition("user", "slack")
    assert (definition.title, definition.hosts) == ("Slack", ("api.example.com", "*.example.org"))
    assert 'SLACK_TOKEN: get_user_connection("slack").value' in shown


def test_which_lines_can_be_deleted_is_told_at_the_end(importing: Importing) -> None:
    env = f"A_KEY={KEY}\n\nB_KEY=left-alone-1\nexport A_KEY={KEY}2\nC_TOKEN={KEY}3\n"
    _, shown = importing(env, "", *NEW, *NEW)
    assert "from it: 1 (A_KEY), 4 (A_KEY), 5 (C_TOKEN)." in shown
    assert "Line 1: A_KEY is set again further down, which counts." in shown


@pytest.mark.parametrize(
    "line",
    [
        "DEBUG=true",
        "PORT=8000",
        "API_KEY=",
        "LOG_LEVEL=info",
        "BASE_URL=https://api.example.com/v1",
        "AUTH_URL=https://login.example.com/oauth",
        "STRIPE_PUBLISHABLE_KEY=pk_test_1",
        "TIMEOUT_SECONDS=30",
        "ATTIO_NB_VAULT_KEY=cT5Ee3ZYVbA8nq6yQ2rW4s",
        "NAME=Ada Lovelace",
        "KEYBOARD=qwerty",
    ],
)
def test_what_is_no_secret_is_not_asked_about(importing: Importing, line: str) -> None:
    _, shown = importing(line)
    assert f"{line.partition('=')[0]} (line 1)" in shown
    assert "has no variable that looks like a secret" in shown


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL=postgres://user:pw@db.example.com/sales",
        "DB_PASSWORD=hunter2!",
        "SENTRY_DSN=abc",
        "STRIPE=sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "githubToken=x1abcdefgh",
        "ATTIO_NB_WORKSPACE_CONNECTION=abc",
    ],
)
def test_what_may_be_a_secret_is_asked_about(importing: Importing, line: str) -> None:
    _, shown = importing(line, "")
    assert f"{line.partition('=')[0]} (line 1)\n" in shown
    assert line.partition("=")[2] not in shown


def test_everything_is_asked_about_where_that_is_wanted(importing: Importing) -> None:
    session, _ = importing("REGION=eu-west-1", *NEW, everything=True)
    assert plain(session.get_connection("workspace", "region").value) == "eu-west-1"


@pytest.mark.parametrize("answers", [["n", "", KEY], ["n", "", "", f"my {KEY}"], [KEY]])
def test_the_value_typed_as_a_name_is_refused_and_written_nowhere(
    importing: Importing, tmp_path: Path, answers: list[str]
) -> None:
    _, shown = importing(f"API_KEY={KEY}", *answers, "")
    assert "That is the value, which is written nowhere." in shown
    assert KEY not in shown
    assert not (tmp_path / "attio-app.toml").exists()


@pytest.mark.parametrize("answer", ["0", "2", "x", "-1", "²"])
def test_an_answer_that_is_no_choice_is_asked_again(importing: Importing, answer: str) -> None:
    session, shown = importing(f"MAIL_KEY={KEY}", answer, "1", app=APP)
    assert "Type n, or a number from 1 to 1, or only Enter." in shown
    assert session.get_connection("workspace", "mail")


def test_what_stands_around_a_value_is_asked_about(importing: Importing) -> None:
    session, shown = importing(f"A_KEY='Bearer {KEY}'", *NEW, "x", "1")
    assert plain(session.get_connection("workspace", "a-key").value) == KEY
    assert KEY not in shown


def test_a_value_of_several_lines_is_kept_once_that_is_confirmed(importing: Importing) -> None:
    session, shown = importing(f'SIGNING_KEY="{PEM}"', *NEW, "1")
    assert plain(session.get_connection("workspace", "signing-key").value) == PEM
    assert "MIIE" not in shown


def test_nothing_is_defined_for_a_value_that_is_left_out(
    importing: Importing, tmp_path: Path
) -> None:
    _, shown = importing(f'SIGNING_KEY="{PEM}"', *NEW, "2")
    assert "2  Leave it out" in shown
    assert not (tmp_path / "attio-app.toml").exists()


def test_what_refers_to_other_variables_is_left_out(importing: Importing) -> None:
    _, shown = importing("A=x1\nAPI_KEY=${A}-rest")
    assert "It refers to other variables" in shown
    assert "${A}" not in shown


def test_a_line_that_is_no_variable_is_named_by_its_number_only(importing: Importing) -> None:
    _, shown = importing(f"not a variable\n{KEY} {KEY}\n{KEY}\n{KEY}=\nDEBUG=1\nAPI_KEY\n{PEM}")
    for line in (1, 2, 3, 4, 6, 7, 8, 9):
        assert f"Line {line} of" in shown
    assert "DEBUG (line 5)" in shown
    assert KEY not in shown
    assert "MIIE" not in shown


def test_the_end_of_the_input_keeps_what_was_imported(importing: Importing) -> None:
    session, shown = importing(f"A_KEY={KEY}\nB_KEY={KEY}2", *NEW)
    assert session.get_connection("workspace", "a-key")
    assert "Stopped." in shown
    assert "1 (A_KEY)." in shown


def test_a_user_whom_the_app_does_not_list_is_told_before_anything_is_asked(
    importing: Importing,
) -> None:
    members = '[[members]]\nid = "alice"\nrole = "admin"\n'
    with pytest.raises(UnknownMemberError):
        importing(f"A_KEY={KEY}", app=APP + members, user="root")


@pytest.mark.parametrize("content", [b"\xff\x00\x80", b"A=1\n" * 300_000, None, "folder"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: object) -> None:
    path = tmp_path / ".env"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(CommandError) as told:
        read_env_file(path)
    assert str(path) in str(told.value)
    assert isinstance(told.value, AttioError)


def test_the_command_asks_in_the_terminal(tmp_path: Path, home: Path) -> None:
    (tmp_path / ".env").write_text(f"API_KEY={KEY}\n")
    ran = subprocess.run(
        [sys.executable, "-m", "attio_nb.cli", "import"],
        cwd=tmp_path,
        env={**os.environ, "ATTIO_NB_DATA_DIR": str(tmp_path / "data")},
        input="n\n\n\n\n\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, KEY in ran.stdout + ran.stderr) == (0, False)
    assert '  API_KEY: get_workspace_connection("api-key").value' in ran.stdout
    assert "[[connections]]" in (tmp_path / "attio-app.toml").read_text()
