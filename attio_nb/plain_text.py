"""Text of others, made safe to show: what a terminal obeys, or nobody sees, is written out."""

from __future__ import annotations

import re

__all__ = ["escape_unprintable", "named", "on_one_line", "quoted_name"]

SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
SUSPECT = re.compile(f"[^ -~{SPACES}]")
JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
"""What Persian and Hindi words and many emoji are made with; elsewhere it only hides."""

PLAIN_NAME = re.compile(r"[^\W_](?:[\w '’()&+/@#-]|\.(?=\w))*")
"""A name that nobody takes for a sentence; a dot in it is that of a host or a version."""
TYPOGRAPHIC_QUOTES = dict.fromkeys(map(ord, "“”„‟«»"), '"')


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


def on_one_line(text: object) -> str:
    """Return a text as `escape_unprintable` does, with its line breaks written out as well.

    Args:
        text: What somebody else wrote, or the name of a file.
    """
    return escape_unprintable(str(text)).replace("\n", "\\n")


def named(text: str) -> str:
    """Return what somebody else calls something, so that it cannot pass for a sentence of ours.

    Args:
        text: The name. Where it could end our sentence and begin another one, it stands in
            quotation marks.
    """
    return text if not text or PLAIN_NAME.fullmatch(text) else quoted_name(text)


def quoted_name(text: str) -> str:
    """Return a name in quotation marks, which nothing in it ends.

    Args:
        text: What somebody else calls something.
    """
    return f"“{escape_unprintable(text).translate(TYPOGRAPHIC_QUOTES)}”"


def _escaped(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
