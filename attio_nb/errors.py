"""Every error that this project raises.

::

    AttioError
    ├── MissingConnectionError          nobody has connected yet, and nobody did when asked
    │   ├── NoUserConnectionError       code no-user-connection
    │   ├── NoWorkspaceConnectionError  code no-workspace-connection
    │   ├── ConnectionExpiredError      code connection-expired: one has to sign in again
    │   └── UnapprovedAddressError      the app file names a host that the owner has not approved
    ├── OAuthError                      an exchange with an OAuth 2.0 provider failed
    │   ├── AuthorizationError          a sign-in was refused, or came back as it must not
    │   └── ProviderUnavailableError    the provider gives no good answer just now: try again later
    ├── AppFileError                    attio-app.toml cannot be used as it stands
    │   └── AppFileNotAllowedError      it belongs to another user, and was not allowed
    ├── UnknownConnectionError          a connection that the app file does not define
    ├── UnknownMemberError              a person that the app file does not name
    ├── NotAllowedError                 a member tried what only an admin may do
    ├── InvalidSecretError              a value that no HTTP header could carry
    ├── HostNotAllowedError             a value was about to go to a host that is not declared
    ├── InvalidRequestError             a request that cannot be sent as it is; a ValueError too
    ├── BoundaryError                   an argument or a result that JSON cannot carry
    ├── UnexpectedTransportError        a request that got no answer
    ├── ResponseStatusError             an answer whose status is no success; of httpx as well
    ├── VaultError                      the vault cannot be read or written
    │   └── VaultKeyError               its key cannot be had: a locked keyring, a malformed key
    ├── CommandError                    a magic was given words that it does not know
    └── SetupError                      something has to be installed, started or configured first

Messages say what happened and what to do next, and never hold a value. In a notebook an error shows
as its message only, without a traceback (IPython asks an exception for ``_render_traceback_``).
"""

from __future__ import annotations

import copyreg
from typing import TYPE_CHECKING, Any, Literal

from attio_nb.plain_text import escape_unprintable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AppFileError",
    "AppFileNotAllowedError",
    "AttioError",
    "AuthorizationError",
    "BoundaryError",
    "CommandError",
    "ConnectionExpiredError",
    "HostNotAllowedError",
    "InvalidRequestError",
    "InvalidSecretError",
    "MissingConnectionError",
    "MissingReason",
    "NoUserConnectionError",
    "NoWorkspaceConnectionError",
    "NotAllowedError",
    "OAuthError",
    "ProviderUnavailableError",
    "ResponseStatusError",
    "SetupError",
    "UnapprovedAddressError",
    "UnexpectedTransportError",
    "UnknownConnectionError",
    "UnknownMemberError",
    "VaultError",
    "VaultKeyError",
]

MissingReason = Literal[
    "nobody-to-ask", "not-waiting", "not-in-a-cell", "cancelled", "timed-out", "interrupted"
]
"""Why a connection is still missing: see `MissingConnectionError`."""


class AttioError(Exception):
    """The base of every error of this project.

    Args:
        message: What happened and what to do next. What it repeats of others may be printed as it
            is: control characters and direction marks are written out, as ``\\u202e``.

    Attributes:
        code: A stable name in kebab case; Attio's own where Attio has one.
    """

    code = "attio-error"

    def __init__(self, *message: object) -> None:
        super().__init__(
            *(escape_unprintable(each) if isinstance(each, str) else each for each in message)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # A process pool sends errors back: what their messages were made of stays behind.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]

    def add_sentence(self, sentence: str) -> None:
        """Add what else the person has to know, such as what is left behind elsewhere.

        Args:
            sentence: It comes after the message.
        """
        self.args = (f"{self} {sentence}", *self.args[1:])

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class MissingConnectionError(AttioError):
    """A connection is asked for, and there is none.

    Args:
        message: What happened and what to do next.
        reason: ``nobody-to-ask`` (a script, nbclient, papermill), ``not-waiting``
            (``on_missing = "raise"``), ``not-in-a-cell`` (a thread or a widget's callback),
            ``cancelled``, ``timed-out`` or ``interrupted``.
    """

    code = "no-connection"

    def __init__(self, message: str, *, reason: MissingReason) -> None:
        super().__init__(message)
        self.reason: MissingReason = reason


class NoUserConnectionError(MissingConnectionError):
    """The person who runs this has no connection of their own yet."""

    code = "no-user-connection"


class NoWorkspaceConnectionError(MissingConnectionError):
    """The workspace has no connection yet."""

    code = "no-workspace-connection"


class ConnectionExpiredError(MissingConnectionError):
    """The provider no longer renews a connection, and nobody has signed in again."""

    code = "connection-expired"


class OAuthError(AttioError):
    """An exchange with an OAuth 2.0 provider failed.

    Args:
        message: What happened and what to do next; the provider's own words are quoted.
        error: The provider's error code (RFC 6749 section 5.2), such as ``invalid_client``, or "".
    """

    code = "oauth"

    def __init__(self, message: str, *, error: str = "") -> None:
        super().__init__(message)
        self.error = error


class AuthorizationError(OAuthError):
    """A sign-in was refused, or came back in a way that it must not."""

    code = "authorization-failed"


class ProviderUnavailableError(OAuthError):
    """The provider gives no good answer just now; what is stored is unharmed.

    Args:
        message: What happened and what to do next.
        error: The provider's error code, or "".
        retry_after: Seconds to wait before trying again, 300 at most; None where nobody said.
    """

    code = "provider-unavailable"

    def __init__(self, message: str, *, error: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, error=error)
        self.retry_after = retry_after


class AppFileError(AttioError):
    """The app file cannot be used as it stands.

    Args:
        message: What is wrong and what would be right.
        path: The app file.
        line: The line that the message is about, counted from 1; None where no single line is at
            fault.
        place: The way to what is at fault, such as ``("connections", 0, "title")``; nothing for the
            file as a whole.

    Attributes:
        problem: The message without the file and the line.
    """

    code = "app-file"

    def __init__(
        self,
        message: str,
        *,
        path: Path,
        line: int | None = None,
        place: tuple[str | int, ...] = (),
    ) -> None:
        where = path.name if line is None else f"{path.name}, line {line}"
        super().__init__(f"{where}: {message}")
        self.problem = escape_unprintable(message)
        self.path = path
        self.line = line
        self.place = place


class AppFileNotAllowedError(AppFileError):
    """The app file belongs to another user, or is outside of what a Jupyter server shows."""

    code = "app-file-not-allowed"


class UnknownConnectionError(AttioError):
    """The app file defines no such connection, or several of which one has to be named."""

    code = "unknown-connection"


class UnknownMemberError(AttioError):
    """The app file names no such member."""

    code = "unknown-member"


class NotAllowedError(AttioError):
    """Only an admin of the workspace may do this."""

    code = "not-allowed"


class InvalidSecretError(AttioError):
    """The value cannot be a secret that an HTTP header carries."""

    code = "invalid-secret"


class HostNotAllowedError(AttioError):
    """The value was about to be sent to a host that the app file does not declare for it."""

    code = "host-not-allowed"


class UnapprovedAddressError(MissingConnectionError, HostNotAllowedError):
    """The app file names a host that the owner of the connection has not approved."""

    code = "address-not-approved"


class InvalidRequestError(AttioError, ValueError):
    """A request cannot be sent as it is. The message does not show its values."""

    code = "invalid-request"


class BoundaryError(AttioError):
    """A value cannot pass the JSON boundary of a server function."""

    code = "not-json"


class UnexpectedTransportError(AttioError):
    """A request got no answer."""

    code = "unexpected-transport-error"


class ResponseStatusError(AttioError):
    """A service has answered with a status that is no success.

    What ``raise_for_status()`` raises is an `httpx.HTTPStatusError` as well, and has its
    ``request`` and its ``response``.
    """

    code = "response-status"


class VaultError(AttioError):
    """The vault cannot be read or written.

    Args:
        message: What happened and what to do next.
        problem: The first sentence of it, which says what happened; "" for all of the message.
    """

    code = "vault"

    def __init__(self, message: str, *, problem: str = "") -> None:
        super().__init__(message)
        self.problem = problem or message


def unsaved_error(error: VaultError) -> VaultError:
    """Return what to say where a provider has sent a token that could not be saved.

    Args:
        error: Why it could not be saved.
    """
    return type(error)(
        f"{error.problem} The provider has sent a new token, which is only in the memory of this "
        "process: do not restart the kernel. Free some space or make the vault writable, then run "
        "the cell again, which saves it.",
        problem=error.problem,
    )


class VaultKeyError(VaultError):
    """The key of the vault cannot be had."""

    code = "vault-key"


class CommandError(AttioError):
    """A magic or a command was given words that it does not know."""

    code = "command"


class SetupError(AttioError):
    """Something has to be installed, started or configured first."""

    code = "setup"
