"""What a terminal obeys and what nobody sees is written out; the rest stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.doctor.finding import problem
from attio_nb.errors import AppFileError, AttioError, MissingConnectionError, OAuthError
from attio_nb.notebook.stdin import StdinPrompter
from attio_nb.plain_text import escape_unprintable
from attio_nb.session import Session


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\u001b[31mred\u001b[0m"),
        ("\x9b31m", r"\u009b31m"),
        ("\x1b]0;title\x07", r"\u001b]0;title\u0007"),
        ("a\x08b\x7fc\x00", r"a\u0008b\u007fc\u0000"),
        ("a\rb\tc", r"a\u000db\u0009c"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\u0085d"),
        ("exe\u202egpj", r"exe\u202egpj"),
        ("\u2066a\u2067b\u2068c\u2069", r"\u2066a\u2067b\u2068c\u2069"),
        ("a\u200eb\u200fc\u061cd", r"a\u200eb\u200fc\u061cd"),
        ("a\u200bb\u2060c\ufeffd\u00ade", r"a\u200bb\u2060c\ufeffd\u00ade"),
        ("a\u200cb\u200dc", r"a\u200cb\u200dc"),
        ("\ud800", r"\ud800"),
        ("\ue000", r"\ue000"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, shown: str) -> None:
    assert escape_unprintable(text) == shown
    assert escape_unprintable(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "ä ö “ü” …",
        "two\nlines",
        "日本語",
        "\u00a0",
        "\u0645\u06cc\u200c\u062e",
        "👩\u200d🔬",
        "✉️",
    ],
)
def test_what_is_seen_stays(text: str) -> None:
    assert escape_unprintable(text) == text


def test_an_error_repeats_nothing_raw() -> None:
    assert str(AttioError("a\x9bb\nc")) == "a\\u009bb\nc"
    assert str(OAuthError("a\u202eb")) == r"a\u202eb"
    error = AppFileError("a\u202eb", path=Path("x\x1b.toml"))
    assert str(error) == r"x\u001b.toml: a\u202eb"
    assert error.problem == r"a\u202eb"


@pytest.mark.parametrize("type", ["secret", "oauth2"])
def test_a_line_shows_nothing_raw(tmp_path: Path, type: str) -> None:
    keys = 'issuer = "http://127.0.0.1:9"\nclient_id = "c"' if type == "oauth2" else ""
    (tmp_path / "attio-app.toml").write_text(
        f'''
[app]
id = "app"
name = "App\\u200b"
[[connections]]
owner = "workspace"
type = "{type}"
title = "Mail\\u200ebox"
{keys}
'''
    )
    shown: list[str] = []
    prompter = StdinPrompter(read=lambda prompt: "", show=shown.append)
    file = AppFile(lambda: tmp_path)
    session = Session(MemoryStore(), file=file, prompter=prompter, environ={})
    with pytest.raises(MissingConnectionError) as missing:
        session.get_connection("workspace")
    lines = "\n".join([*shown, str(missing.value)])
    assert r"Mail\u200ebox" in lines
    assert r"App\u200b" in lines
    assert not {"\u200b", "\u200e"} & set(lines)


def test_a_finding_has_no_lines_but_its_own() -> None:
    finding = problem("App file: a\nok  it is well", "Correct b\n\x1b[31m/attio-app.toml.")
    assert str(finding).splitlines() == [
        r"problem  App file: a\nok  it is well",
        r"         Correct b\n\u001b[31m/attio-app.toml.",
    ]
