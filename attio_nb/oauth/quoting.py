"""A provider's words, made safe to stand in a sentence of ours."""

from __future__ import annotations

from attio_nb.plain_text import escape_unprintable

__all__ = ["quoted"]

LONGEST = 200
"""In characters: more than this nobody reads in a message."""

LINE_BREAKS = str.maketrans("\t\r\n", "   ")


def quoted(text: str, *, longest: int = LONGEST) -> str:
    """Return a provider's text in quotes, on one line, not too long.

    Control characters and direction marks are written out, as ``\\u202e``. It stays text: whoever
    puts it into a page escapes it there.

    Args:
        text: What the provider, or whoever claims to be it, has sent.
        longest: How many characters of it are shown.
    """
    line = " ".join(escape_unprintable(text.translate(LINE_BREAKS)).split())
    # The sentence around the quotation has a full stop of its own.
    line = line.removesuffix(".") if not line.endswith("..") else line
    return f"“{line[:longest]}…”" if len(line) > longest else f"“{line}”"
