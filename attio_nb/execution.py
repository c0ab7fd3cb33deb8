"""Who runs what: the one context variable of this project.

A context variable, since two tasks of one cell may run on behalf of two members at the same time.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attio_nb.app import Role

__all__ = ["Execution", "current_execution"]


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of the app's code on somebody's behalf.

    Attributes:
        workspace: The id of the workspace.
        user: The id of the member on whose behalf the code runs.
        role: What that member may do.
        server_function: The name of the server function that is running, or None outside of one.
        is_member: Whether the user is a member. Code of somebody who is none gets workspace
            connections from the environment, and nothing else.
    """

    workspace: str
    user: str
    role: Role
    server_function: str | None = None
    is_member: bool = True


current_execution: ContextVar[Execution | None] = ContextVar("attio_nb_execution", default=None)
"""The execution that this context was put into; None means the session's own."""
