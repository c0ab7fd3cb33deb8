"""The session of a process, and the shell that hosts it: brought together once both are there.

Making the session loads most of this package, so a shell that loads the extension does not make it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.session import Session

__all__ = ["Hosting", "process_hosting"]


class Hosting:
    """Introduces one session and one host to each other, whichever comes first."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._host: Callable[[Session], None] | None = None

    def begin(self, host: Callable[[Session], None]) -> None:
        """Let a host have the session: now, or when there is one."""
        self._host = host
        if self._session is not None:
            host(self._session)

    def end(self) -> None:
        """Let the host have no session any more that is made from now on."""
        self._host = None

    def bring(self, session: Session) -> None:
        """Hand over a session that was just made."""
        self._session = session
        if self._host is not None:
            self._host(session)


@functools.cache
def process_hosting() -> Hosting:
    """Return the one of this process."""
    return Hosting()
