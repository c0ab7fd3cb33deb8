"""A provider's words, made safe to stand in a sentence of ours."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["quoted"]

LONGEST = 200
"""In characters: more than this nobody reads in a message."""

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")


def quoted(text: str) -> str:
    """Return a provider's text in quotes, on one line, without control characters and not too long.

    It stays text: whoever puts it into a page escapes it there.

    Args:
        text: What the provider, or whoever claims to be it, has sent.
    """
    plain = "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in ANSI.sub("", text)
        if unicodedata.category(each) not in ("Cf", "Cs", "Co", "Cn")
    )
    line = " ".join(plain.split())
    return f"“{line[:LONGEST]}…”" if len(line) > LONGEST else f"“{line}”"
