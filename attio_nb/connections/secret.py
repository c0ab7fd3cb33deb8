"""A value that does not show itself."""

from __future__ import annotations

import re
from typing import Self

from attio_nb.errors import InvalidSecretError

__all__ = ["MASK", "SecretBytes", "SecretStr", "check_secret"]

MASK = "••••••••"
"""What is shown in place of a value. No HTTP header can carry it, so that a masked value is never
sent by mistake.
"""

LONGEST_SECRET = 16 * 1024
"""In characters. Servers refuse headers well before this: nginx and Apache at 8 kB, Node at 16 kB.
"""

UNKEEPABLE = re.compile(r"[^\n\r\t\x20-\x7e\x85\xa0-\uffff\U00010000-\U0010ffff]|[\ud800-\udfff]")
UNSENDABLE = re.compile(r"[^\x20-\x7e\xa0-\xff]")


class SecretStr(str):
    """A string whose content is real and whose face is masked.

    Formatting it (``f"Bearer {value}"``), adding it to another string and encoding it give the
    content; ``repr``, ``str``, ``print`` and a traceback that lists local variables show a mask.
    """

    __slots__ = ()

    def __new__(cls, content: str) -> Self:
        """Return the content of a string, which may itself be a masked one, masked."""
        return super().__new__(cls, str.__str__(content))

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return format(str.__str__(self), format_spec)


class SecretBytes(bytes):
    """Bytes whose content is real and whose ``repr`` is masked."""

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__


def check_secret(text: str, *, several_lines: bool = False) -> SecretStr:
    """Return the text as a secret, once it can be one.

    A value of one line has to be one that an HTTP header can carry.

    Args:
        text: What the person typed or an environment variable holds, without what stands at its
            ends.
        several_lines: Whether a person has confirmed that it has several lines.

    Returns:
        The same characters, masked.

    Raises:
        InvalidSecretError: It is empty or too long, has a control character that it must not have,
            or, on one line, a character outside latin-1. The message does not show it.
    """
    # Masked, since the traceback of an error has this frame.
    text = SecretStr(text)
    if not text.strip():
        raise InvalidSecretError("Nothing was entered. Paste the value, then press Enter.")
    if len(text) > LONGEST_SECRET:
        raise InvalidSecretError(
            f"This is {len(text):,} characters long; no API key is longer than {LONGEST_SECRET:,}. "
            "Paste the key itself, not the file or the page that it stands in."
        )
    if not text.strip(MASK[0]):
        raise InvalidSecretError(
            "This is the mask that is shown in place of a value. Copy the value from where it was "
            "made."
        )
    if several_lines and ("\n" in text or "\r" in text):
        if UNKEEPABLE.search(text):
            raise InvalidSecretError(
                "The value has a control character in it, which no text has. Copy it again."
            )
        return SecretStr(text)
    if "\n" in text or "\r" in text:
        raise InvalidSecretError(
            "The value has a line break in it, which no HTTP header can carry. Paste a single line."
        )
    if (position := first_unsendable(text)) is not None:
        raise InvalidSecretError(
            f"Character {position + 1} of the value cannot be sent in an HTTP header "
            f"(U+{ord(text[position]):04X}). "
            "Copy the key again from where it was made; a dash or a quote may have been changed on "
            "the way."
        )
    return SecretStr(text)


def first_unsendable(text: str) -> int | None:
    """Return the index of the first character that no header may hold, or None (RFC 9110, 5.5)."""
    found = UNSENDABLE.search(text)
    return found.start() if found else None
