"""What a person should know and no error says."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Notices"]


class Notices:
    """Hands messages on: as warnings, until a notebook shows them.

    Attributes:
        show: Takes a message; it may be called on any thread.
    """

    def __init__(self) -> None:
        self.show: Callable[[str], object] = warnings.warn

    def __call__(self, message: str) -> None:
        """Hand a message on."""
        self.show(message)

    def reset(self) -> None:
        """Warn again."""
        self.show = warnings.warn
