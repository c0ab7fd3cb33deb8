"""How often a vault was written, remembered apart from it, so that an older copy is noticed."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from attio_nb.files import make_private_directory, remove_leftovers, replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Generations"]


class Generations:
    """The highest generation of each vault that was seen on this computer.

    A file that cannot be read or written is no error: then only running processes remember.

    Args:
        path: The file, in another folder than the vault.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def seen(self, vault: Path) -> dict[str, int]:
        """Return the highest generation that was seen of a vault, for each of its keys.

        Args:
            vault: The vault.
        """
        found = self._read().get(os.path.realpath(vault))
        keys = found.items() if isinstance(found, dict) else ()
        return {key: number for key, number in keys if isinstance(number, int)}

    def remember(self, vault: Path, seen: Mapping[str, int]) -> None:
        """Remember what `seen` is to return of a vault, and leave what is known of others."""
        content = {**self._read(), os.path.realpath(vault): {**self.seen(vault), **seen}}
        with suppress(OSError):
            make_private_directory(self._path.parent)
            remove_leftovers(self._path)
            replace_file(self._path, json.dumps(content).encode())

    def _read(self) -> dict[str, object]:
        with suppress(OSError, ValueError):
            seen = json.loads(self._path.read_bytes())
            if isinstance(seen, dict):
                return seen
        return {}
