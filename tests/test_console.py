"""Lines for consoles that cannot encode every character."""

from __future__ import annotations

import io

import pytest

from attio_nb.console import can_show, say

TEXT = "“Schlüssel” 🔑 \u2580"


def printed(encoding: str, text: object) -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    say(text, stream=stream)
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", TEXT),
        ("cp1252", "“Schlüssel” ? ?"),
        ("latin-1", "?Schlüssel? ? ?"),
        ("ascii", "?Schl?ssel? ? ?"),
    ],
)
def test_a_character_that_the_console_lacks_is_replaced(encoding: str, shown: str) -> None:
    assert printed(encoding, TEXT) == f"{shown}\n"


def test_half_a_surrogate_pair_is_replaced() -> None:
    assert printed("utf-8", "a\ud800b") == "a?b\n"


def test_a_stream_without_an_encoding_takes_everything() -> None:
    stream = io.StringIO()
    assert can_show(TEXT, stream=stream)
    say(TEXT, stream=stream)
    assert stream.getvalue() == f"{TEXT}\n"
