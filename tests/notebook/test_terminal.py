"""IPython in a terminal: asked with getpass, in a real pseudo-terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebook.provider import Provider, come_back

pexpect = pytest.importorskip("pexpect", reason="a terminal to talk to needs POSIX")

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """An IPython in a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor", *arguments],
            cwd=str(folder),
            encoding="utf-8",
            timeout=30,
            env={**os.environ, "TERM": "dumb"},
        )
        self.process.expect(r"In \[1\]:")

    def run(self, code: str, expected: str = r"In \[\d+\]:") -> str:
        """Type a line, and return what came until the expected text, that text included."""
        self.process.sendline(code)
        self.process.expect(expected)
        return ANSI.sub("", self.process.before + self.process.after)


@pytest.fixture
def terminal(project: Path, home: Path) -> Iterator[Terminal]:
    opened = Terminal(project)
    opened.run("%load_ext attio_nb")
    opened.run("from attio_nb import get_workspace_connection")
    yield opened
    opened.process.close(force=True)


def test_a_getter_asks_hidden_and_goes_on(terminal: Terminal) -> None:
    asked = terminal.run("c = get_workspace_connection()", "cancels\\): ")
    assert "Connect Sequencer API key" in asked
    assert "Where to find it: https://sequencer.example/keys" in asked
    told = terminal.run("sk-typed")
    assert "Connected the workspace connection." in told
    assert "sk-typed" not in told
    assert "sk-typed" in terminal.run("print(f'{c.value}')")
    assert "••••" in terminal.run("c")


def test_an_interrupt_ends_the_question_with_one_line(terminal: Terminal) -> None:
    terminal.run("get_workspace_connection()", "cancels\\): ")
    terminal.process.sendintr()
    terminal.process.expect("Interrupted while waiting for the workspace connection")
    terminal.process.expect(r"In \[\d+\]:")
    assert "2" in terminal.run("1 + 1")


def test_the_history_never_holds_the_value(terminal: Terminal) -> None:
    terminal.run("c = get_workspace_connection()", "cancels\\): ")
    terminal.run("sk-very-secret")
    assert "very-secret" not in terminal.run("%history")
    history = Path(os.environ["IPYTHONDIR"], "profile_default", "history.sqlite")
    terminal.process.sendline("exit")
    terminal.process.expect(pexpect.EOF)
    assert b"get_workspace_connection" in history.read_bytes()
    assert b"very-secret" not in history.read_bytes()


@pytest.mark.parametrize("length", [4095, 4096, 5000, 16_000])
def test_a_value_of_any_length_is_read_whole(terminal: Terminal, length: int) -> None:
    terminal.run("c = get_workspace_connection()", "cancels\\): ")
    value = ("0123456789" * (length // 10 + 1))[:length]
    told = terminal.run(value)
    assert "Connected the workspace connection." in told
    assert "0123456789" not in told
    assert f"{length} True" in terminal.run(
        f"v = f'{{c.value}}'; print(len(v), v.endswith('{value[-7:]}'))"
    )


def test_several_lines_that_are_pasted_are_one_value(terminal: Terminal) -> None:
    terminal.run("c = get_workspace_connection()", "cancels\\): ")
    asked = terminal.run("-----BEGIN KEY-----\nabc\n-----END KEY-----", "cancels\\): ")
    assert "a PEM block of 3 lines" in asked
    assert "abc" not in asked
    assert "Connected the workspace connection." in terminal.run("1")
    assert "'-----BEGIN KEY-----', 'abc', '-----END KEY-----'" in terminal.run(
        "print(f'{c.value}'.splitlines())"
    )


def test_keys_that_edit_a_line_edit_the_hidden_one(terminal: Terminal) -> None:
    terminal.run("c = get_workspace_connection()", "cancels\\): ")
    terminal.run("junk\x15sk-typä\x7fed two\x17three")
    assert "'sk-typed three'" in terminal.run("f'{c.value}'")


def test_the_overview_shows_as_plain_text(terminal: Terminal) -> None:
    shown = terminal.run("%connect")
    assert "Sequencer API key  workspace" in shown
    assert "<table" not in shown


def test_a_browser_that_comes_back_ends_the_question(
    project: Path, provider: Provider, terminal: Terminal
) -> None:
    terminal.run("from attio_nb import get_user_connection")
    asked = terminal.run("c = get_user_connection()", "cancels\\): ")
    assert "Connect your Sequencer account" in asked
    (url,) = re.findall(r"http://\S+/authorize\?\S+", asked)
    assert "Connected." in come_back(url, code="one").text
    terminal.process.expect("Connected the user connection.")
    terminal.process.expect(r"In \[\d+\]:")
    assert "at-one" in terminal.run("print(f'{c.value}')")


def test_an_interrupt_ends_the_question_for_a_sign_in(
    project: Path, provider: Provider, terminal: Terminal
) -> None:
    terminal.run("from attio_nb import get_user_connection")
    terminal.run("c = get_user_connection()", "cancels\\): ")
    terminal.process.sendintr()
    terminal.process.expect("Interrupted while waiting for the user connection")
    terminal.process.expect(r"In \[\d+\]:")
    assert "2" in terminal.run("1 + 1")
