"""What somebody may have meant by a word that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "one_of"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question such as ``Did you mean "title"?``, or "" where no known word is near.

    Args:
        word: What was written.
        known: What could have been.
    """
    import difflib  # only a mistake needs it

    plain = {_plain(name): name for name in known}
    near = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.6)
    return f'Did you mean "{plain[near[0]]}"?' if near else ""


def one_of(words: Iterable[str]) -> str:
    """Return the words quoted, as in ``"a", "b" or "c"``."""
    *others, last = [f'"{word}"' for word in words]
    return f"{', '.join(others)} or {last}" if others else last


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
