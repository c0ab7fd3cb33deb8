"""The session of a process, and the shell that hosts it: brought together once both are there.

Making the session loads most of this package, so a shell that loads the extension does not make it.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.session import Session

__all__ = ["Host", "Hosting", "process_hosting"]


class Host(Protocol):
    """A shell that lets a session ask in it."""

    def host(self, session: Session) -> None:
        """Let the session ask here from now on."""


class Hosting:
    """Introduces one session and one host to each other, whichever comes first.

    Attributes:
        session: The session; None until it is needed.
        host: The host; None where there is none.
        without_host: Is given the session where it has no host when it is made.
    """

    def __init__(self) -> None:
        self.session: Session | None = None
        self.host: Host | None = None
        self.without_host: Callable[[Session], object] = _nothing
        # A cell and the Connections tab may need the first session at the same time.
        self._lock = threading.RLock()

    def begin(self, host: Host) -> None:
        """Let a host have the session: now, or when there is one."""
        with self._lock:
            self.host = host
            if self.session is not None:
                host.host(self.session)

    def end(self) -> None:
        """Let the host have no session any more that is made from now on."""
        self.host = None

    def need(self, make: Callable[[], Session]) -> Session:
        """Return the session; the first one to need it has it made and handed to the host."""
        with self._lock:
            if self.session is None:
                self.session = make()
                if self.host is not None:
                    self.host.host(self.session)
                else:
                    self.without_host(self.session)
            return self.session


def _nothing(session: Session) -> None:
    """Leave the session as it is."""


@functools.cache
def process_hosting() -> Hosting:
    """Return the one of this process."""
    return Hosting()
