"""Files through which a Jupyter server hands a sign-in that came back to the kernel that began it.

A browser that signs in on a remote machine cannot reach a port of that machine, but it can reach
its Jupyter server. Kernel and server share the user's runtime directory, so the answer goes through
files there: the kernel says what it expects, the server delivers it once, the kernel tells how it
went. A file is named by the hash of the sign-in's ``state``; the state itself is in no name.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Self

from attio_nb.files import make_private_directory, replace_file, require_private_directory
from attio_nb.hub import add_server, named_server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["CallbackFiles", "state_hash"]

STALE_SECONDS = 3600.0
"""A kernel that waits keeps its file younger: what is older was left by one that was killed."""

OTHERS = stat.S_IRWXG | stat.S_IRWXO

Kind = Literal["pending", "done", "told"]


def state_hash(state: str) -> str:
    """Return the name under which a sign-in is known outside of the kernel: 64 hex digits."""
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


class CallbackFiles:
    """The files of the sign-ins of one user, for their kernels and their server.

    Args:
        directory: Where they are; made, for this user alone, when it is first written to.
        clock: Time in seconds since the epoch, as the file system counts it.
        environ: The environment, which names the server that the kernel belongs to.

    Attributes:
        directory: Where they are.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Callable[[], float] = time.time,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.directory = directory
        self._clock = clock
        self._environ = environ

    @classmethod
    def below(cls, runtime: Path) -> Self:
        """Return those that a kernel and a server with this runtime directory share."""
        return cls(runtime / "attio_nb")

    def new_state(self) -> str:
        """Return a random state for a sign-in (RFC 6749 section 10.12), as a kernel.

        It names the kernel's server where that is a named server of a JupyterHub user.
        """
        return add_server(secrets.token_urlsafe(32), named_server(self._environ))

    def expect(self, state: str, name: str = "") -> None:
        """Let the server take the answer of this sign-in, as a kernel.

        Args:
            state: The state of the sign-in.
            name: The last part of the address that the answer has to arrive at, for a connection
                with a redirect URI of its own.

        Raises:
            OSError: The directory cannot be written to.
        """
        make_private_directory(self.directory)
        if stat.S_IMODE(os.lstat(self.directory).st_mode) & OTHERS:
            # An older version, or a person, made it more open than it may be.
            os.chmod(self.directory, 0o700)
        self._remove_stale()
        replace_file(self._path(state, "pending"), name.encode())

    def received(self, state: str) -> str | None:
        """Return the query that the server delivered, once, as a kernel; None until it has.

        A kernel asks again and again while it waits, which keeps its sign-in expected: an app file
        may let a prompt wait for days.
        """
        self._keep_fresh(self._path(state, "pending"))
        query = self._take(self._path(state, "done"))
        return None if query is None else query.decode("utf-8", "replace")

    def tell(self, state: str, ok: bool, message: str) -> None:
        """Say how a delivered sign-in went, as a kernel, so that the browser's page can say it.

        Raises:
            OSError: The directory cannot be written to.
        """
        told = json.dumps({"ok": ok, "message": message}).encode()
        replace_file(self._path(state, "told"), told)

    def forget(self, state: str) -> None:
        """Expect the answer of this sign-in no more, as a kernel.

        What was told stays until the server has read it: that may be a moment later.
        """
        for kind in ("pending", "done"):
            with suppress(OSError):
                self._path(state, kind).unlink()

    def expected(self, hashed: str) -> bool:
        """Say whether a kernel expects the sign-in with this hash of a state, as a server."""
        return self._fresh(self._named(hashed, "pending"))

    def take(self, state: str, name: str = "") -> bool:
        """Say whether a kernel expects this state, as a server; it does so only once.

        Args:
            state: The state of the sign-in.
            name: The last part of the address that the answer has arrived at. An answer at the
                redirect URI of another connection is not expected (RFC 9700 section 4.4.2.2).
        """
        path = self._path(state, "pending")
        return self._is_expected_at(path, name) and _removed(path)

    def deliver(self, state: str, query: str) -> None:
        """Hand the query of the callback over, as a server that has taken its state.

        Raises:
            OSError: The directory cannot be written to.
        """
        replace_file(self._path(state, "done"), query.encode("utf-8", "replace"))

    def deliver_refusal(self, query: str, name: str = "") -> bool:
        """Hand over a refusal that names no state, as a server.

        Args:
            query: The query of the callback.
            name: The last part of the address that it has arrived at.

        Returns:
            Whether it was handed over: that is so while exactly one sign-in is expected there.

        Raises:
            OSError: The directory cannot be written to.
        """
        pending = self.directory.glob("*.pending")
        expected = [path for path in pending if self._is_expected_at(path, name)]
        if len(expected) != 1 or not _removed(expected[0]):
            return False
        replace_file(expected[0].with_suffix(".done"), query.encode("utf-8", "replace"))
        return True

    def outcome(self, state: str) -> tuple[bool, str] | None:
        """Return what the kernel told, once, as a server; None until it has."""
        content = self._take(self._path(state, "told"))
        if content is None:
            return None
        told = json.loads(content)
        return bool(told["ok"]), str(told["message"])

    def _path(self, state: str, kind: Kind) -> Path:
        return self._named(state_hash(state), kind)

    def _named(self, hashed: str, kind: Kind) -> Path:
        return self.directory / f"{hashed}.{kind}"

    def _is_expected_at(self, path: Path, name: str) -> bool:
        try:
            return self._fresh(path) and path.read_bytes() == name.encode()
        except OSError:
            return False

    def _take(self, path: Path) -> bytes | None:
        try:
            require_private_directory(self.directory)
            content = path.read_bytes()
            path.unlink()
        except OSError:
            return None
        return content

    def _fresh(self, path: Path) -> bool:
        try:
            require_private_directory(self.directory)
            return self._clock() - path.lstat().st_mtime < STALE_SECONDS
        except OSError:
            return False

    def _keep_fresh(self, path: Path) -> None:
        with suppress(OSError):
            now = self._clock()
            if now - path.lstat().st_mtime > STALE_SECONDS / 2:
                os.utime(path, (now, now))

    def _remove_stale(self) -> None:
        with suppress(OSError):
            for path in list(self.directory.iterdir()):
                if not self._fresh(path):
                    with suppress(OSError):
                        path.unlink()


def _removed(path: Path) -> bool:
    try:
        # Of two requests that race here, one finds the file gone.
        path.unlink()
    except OSError:
        return False
    return True
