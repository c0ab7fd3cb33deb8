"""The cell that a prompt stands in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cell"]


@dataclass(frozen=True, slots=True)
class Cell:
    """The execute request that is being served.

    Attributes:
        cell_id: The id of the notebook cell, or "" where the front end did not say.
        code: What the cell held when it was run.
        allow_stdin: Whether the front end answers input requests; nbclient, nbconvert and papermill
            do not.
    """

    cell_id: str
    code: str
    allow_stdin: bool
