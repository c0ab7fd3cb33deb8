"""Text of others, made safe to show: what a terminal obeys, or nobody sees, is written out."""

from __future__ import annotations

import re

__all__ = ["escape_unprintable"]

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
SUSPECT = re.compile(f"[^ -~{SPACES}]")
JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
"""What Persian and Hindi words and many emoji are made with; elsewhere it only hides."""


def escape_unprintable(text: str) -> str:
    """Return a text with control characters, direction marks and invisible ones as ``\\u202e``.

    Args:
        text: What somebody else wrote: a provider, or whoever wrote the app file. Line breaks
            between its lines stay.
    """
    text = str.__str__(text)
    if text.isprintable():
        return text
    joiners = {match.start() for match in JOINERS.finditer(text)}
    return SUSPECT.sub(
        lambda match: match[0] if match.start() in joiners else _escaped(match[0]), text
    )


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
