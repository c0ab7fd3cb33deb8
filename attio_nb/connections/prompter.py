"""Asking a person for a connection: what is asked, what is answered, and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from attio_nb.errors import (
    MissingConnectionError,
    MissingReason,
    NoUserConnectionError,
    NoWorkspaceConnectionError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import ConnectionDefinition, Owner
    from attio_nb.connections.secret import SecretStr
    from attio_nb.execution import Execution

__all__ = ["Answer", "ConnectionRequest", "NobodyToAsk", "Prompter", "missing_error"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered.

    Attributes:
        value: The secret, as it was typed.
        title: What the connection is to be called, when it is defined with this answer.
        hosts: Where it may be sent, when it is defined with this answer.
    """

    value: SecretStr
    title: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ConnectionRequest:
    """A connection that a person is asked for.

    Attributes:
        owner: Whose connection it is: ``workspace`` or ``user``.
        key: Its key, or None.
        definition: What the app file says of it; None where it says nothing, so that the answer
            defines it.
        execution: On whose behalf it is asked for.
        app_name: The name of the app, or "" where there is no app file yet.
        app_file: The name of the file that defines it, or will.
        environment_variable: The variable that would answer in place of a person.
        timeout: Seconds to wait for an answer.
        is_connected: Says whether somebody has answered in another place meanwhile.
        accept: Takes an answer: checks it, and keeps it. Raises an `AttioError` that the person is
            shown; then nothing was kept, and they may answer again.
    """

    owner: Owner
    key: str | None
    definition: ConnectionDefinition | None
    execution: Execution
    app_name: str
    app_file: str
    environment_variable: str
    timeout: float
    is_connected: Callable[[], bool] = field(repr=False)
    accept: Callable[[Answer], None] = field(repr=False)

    @property
    def identity(self) -> tuple[Owner, str | None, Execution]:
        """What two requests for the same connection have in common."""
        return (self.owner, self.key, self.execution)

    @property
    def label(self) -> str:
        """What to call it in a sentence, such as ``the workspace connection "sequencer"``."""
        return f"the {self.owner} connection" + (f' "{self.key}"' if self.key else "")

    @property
    def command(self) -> str:
        """The magic that asks for it."""
        return " ".join(filter(None, ["%connect", self.owner, self.key]))


class Prompter(Protocol):
    """Asks the person who is there."""

    def ask(self, request: ConnectionRequest) -> None:
        """Get an answer that ``request.accept`` takes, then return.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """


class NobodyToAsk:
    """The prompter of a script: raises at once."""

    def ask(self, request: ConnectionRequest) -> None:
        """Raise, since nobody can be asked.

        Raises:
            MissingConnectionError: Always, with reason ``nobody-to-ask``.
        """
        raise missing_error(request, "nobody-to-ask")


def missing_error(
    request: ConnectionRequest, reason: MissingReason, *, message: str = ""
) -> MissingConnectionError:
    """Return the error that says that a connection is missing, why, and what to do next.

    Args:
        request: The connection.
        reason: Why nobody connected.
        message: In place of the usual text.
    """
    kind = NoWorkspaceConnectionError if request.owner == "workspace" else NoUserConnectionError
    return kind(message or _MESSAGES[reason](request), reason=reason)


def _nobody_to_ask(request: ConnectionRequest) -> str:
    defining = (
        ""
        if request.definition
        else f' (or %connect --add {request.owner} --title "…" to only define it)'
    )
    return (
        f"{_nobody_connected(request)}, and nobody can be asked here. Run %load_ext attio_nb and "
        f"{request.command} in a "
        f"notebook{defining}, or set the environment variable {request.environment_variable}."
    )


def _not_waiting(request: ConnectionRequest) -> str:
    return f"{_nobody_connected(request)}. Connect below, or run {request.command}."


def _cancelled(request: ConnectionRequest) -> str:
    return f"You cancelled connecting {request.label}. Run the cell again to be asked again."


def _timed_out(request: ConnectionRequest) -> str:
    return (
        f"Nobody answered for {request.label} within {_duration(request.timeout)}. "
        "Run the cell again to be asked again."
    )


def _interrupted(request: ConnectionRequest) -> str:
    return f"Interrupted while waiting for {request.label}. Run the cell again to be asked again."


def _nobody_connected(request: ConnectionRequest) -> str:
    if request.definition is None:
        return (
            f"This app has no {request.owner} connection"
            + (f' "{request.key}"' if request.key else "")
            + " yet"
        )
    whom = "Nobody has" if request.owner == "workspace" else f"{request.execution.user} has not"
    return f"{whom} connected {request.definition.label} yet"


def _duration(seconds: float) -> str:
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds:g} seconds"


_MESSAGES: dict[MissingReason, Callable[[ConnectionRequest], str]] = {
    "nobody-to-ask": _nobody_to_ask,
    "not-waiting": _not_waiting,
    "cancelled": _cancelled,
    "timed-out": _timed_out,
    "interrupted": _interrupted,
}
