"""Where code is running: in which cell, and whether it may wait there for a person."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

__all__ = ["Cell", "running_cell"]


@dataclass(frozen=True, slots=True)
class Cell:
    """The execute request that is being served.

    Attributes:
        request_id: The id of its message.
        cell_id: The id of the notebook cell, or "" where the front end did not say.
        code: What the cell held when it was run.
        allow_stdin: Whether the front end answers input requests; nbclient, nbconvert and papermill
            do not.
    """

    request_id: str
    cell_id: str
    code: str
    allow_stdin: bool


def running_cell(kernel: Any) -> Cell | None:
    """Return the cell that this code runs in; None in a thread or in a widget's callback.

    Args:
        kernel: The ipykernel kernel.
    """
    parent = kernel.get_parent("shell")
    if threading.current_thread() is not threading.main_thread() or not parent:
        return None
    if parent["header"]["msg_type"] != "execute_request":
        return None
    content = parent["content"]
    return Cell(
        request_id=parent["header"]["msg_id"],
        cell_id=str(parent.get("metadata", {}).get("cellId", "")),
        code=content.get("code", ""),
        allow_stdin=bool(content.get("allow_stdin")),
    )
