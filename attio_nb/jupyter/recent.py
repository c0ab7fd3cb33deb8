"""One thing for each folder, as long as the folder is asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Recent"]

Made = TypeVar("Made")

MOST = 32


class Recent(Generic[Made]):
    """What is made for the folders that were asked for last.

    Args:
        make: Makes it for a folder.
        most: For how many folders it is kept.
    """

    def __init__(self, make: Callable[[Path], Made], *, most: int = MOST) -> None:
        self._make = make
        self._most = most
        self._lock = threading.Lock()
        self._made: OrderedDict[Path, Made] = OrderedDict()

    def of(self, folder: Path) -> Made:
        """Return what is kept for a folder, made where there is none."""
        with self._lock:
            if folder not in self._made:
                self._made[folder] = self._make(folder)
            self._made.move_to_end(folder)
            if len(self._made) > self._most:
                self._made.popitem(last=False)
            return self._made[folder]
