"""Asking a person for a connection: what is asked, what is answered, and who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from attio_nb.app.trust import ANOTHER_FOLDER
from attio_nb.errors import (
    ConnectionExpiredError,
    MissingConnectionError,
    MissingReason,
    NoUserConnectionError,
    NoWorkspaceConnectionError,
    UnapprovedAddressError,
)
from attio_nb.plain_text import escape_unprintable, named, quoted_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import ConnectionDefinition, Member, Owner
    from attio_nb.connections.questions import Question
    from attio_nb.connections.secret import SecretStr
    from attio_nb.execution import Execution
    from attio_nb.oauth.sign_in import SignIn

__all__ = ["Answer", "ConnectionRequest", "NobodyToAsk", "Prompter", "missing_error"]

AGAIN = "Run the cell again to be asked again."


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered.

    Attributes:
        value: The secret, as it was typed.
        title: What the connection is to be called, when it is defined with this answer.
        hosts: Where it may be sent, when it is defined with this answer.
        member: The id of the member who was chosen, where that was asked.
        confirmed: What the person has confirmed of the value; see `Question`.
        note: What is to be said of the value beside that it is connected, as sentences.
        is_refused: Whether its service has refused it, and the person keeps it all the same.
        account: The account that it belongs to at its service, safe to show; "" where it is not
            known.
    """

    value: SecretStr
    title: str = ""
    hosts: tuple[str, ...] = ()
    member: str = ""
    confirmed: frozenset[str] = frozenset()
    note: str = ""
    is_refused: bool = False
    account: str = ""


@dataclass(frozen=True, eq=False)
class ConnectionRequest:
    """A connection that a person is asked for.

    Attributes:
        owner: Whose connection it is: ``workspace`` or ``user``.
        key: Its key, or None.
        definition: What the app file says of it; None where it says nothing, so that the answer
            defines it.
        execution: On whose behalf it is asked for.
        app: The id of the app, or "" where there is no app file yet.
        app_name: The name of the app, or "" where there is no app file yet.
        app_file: The name of the file that defines it, or will.
        environment_variable: The variable that would answer in place of a person.
        timeout: Seconds to wait for an answer.
        is_connected: Says whether somebody has answered in another place meanwhile.
        accept: Takes an answer: checks it, and keeps it. Raises an `AttioError` that the person is
            shown; then nothing was kept, and they may answer again.
        expired: Whether there was a connection, whose grant has ended or cannot be refreshed.
        client_secret: Why the secret of the OAuth client is asked for where it is known: the
            provider has ``refused`` it, or the person wants to ``replace`` it; "" where it is not.
        sign_in: Makes a sign-in, which keeps what it brings; None where a value is typed.
        sign_in_note: Returns what the service made of the token that the sign-in has brought, as
            sentences; "" where it was not tested.
        client_secret_wanted: Says whether the secret of the OAuth client has to be typed first.
        has_client_secret: Says whether a secret is stored, which can be used as it is instead.
        accept_client_secret: Takes that secret. Raises an `AttioError` that the person is shown.
        use_stored_client_secret: Goes on with the one that is stored. Raises as the one before.
        insists: Whether somebody has said here and now that it is to be asked, or not to be waited
            for, so that it does not matter what their page is set to.
        new_addresses: What the app file names and the owner has not approved, as a person is shown
            it; then that is asked, and any answer that ``accept`` takes approves it. Empty where a
            connection is asked for.
        allow_command: The command that approves them in a terminal.
        review: Looks at an answer before it is accepted, and may wait for a service. Returns what
            to ask about it, or the answer as it is to be accepted. Raises an `InvalidSecretError`
            that the person is shown. Its second argument says whether a person saw the prompt.
        is_taken_over: Says whether a page asks for it by now, so that a line need not go on asking.
        newly_named: Where a connection is asked for in place of one that is there: what the app
            file names and nobody has approved, as a person is shown it. The answer approves it.
        stored_under: The key under which a value is stored that fits, such as ``no key``, after
            somebody has changed the key in the app file; "" where there is none.
        looked_in: The folder from which an app file was looked for; "" where there is one.
        app_path: The path of the app file, or "".
        members: The members of whom the person is to choose one; empty where a connection is asked
            for. The owner and the key then mean nothing.
        acting: Returns the id of the member who was chosen.
        account: Returns the account that the connection belongs to at its service, as far as it is
            known once somebody has answered; "" where it is not.
    """

    owner: Owner
    key: str | None
    definition: ConnectionDefinition | None
    execution: Execution
    app: str
    app_name: str
    app_file: str
    environment_variable: str
    timeout: float
    is_connected: Callable[[], bool] = field(repr=False)
    accept: Callable[[Answer], None] = field(repr=False)
    expired: bool = False
    client_secret: Literal["", "refused", "replace"] = ""
    sign_in: Callable[[], SignIn] | None = field(default=None, repr=False)
    sign_in_note: Callable[[], str] = field(default=lambda: "", repr=False)
    client_secret_wanted: Callable[[], bool] = field(default=lambda: False, repr=False)
    has_client_secret: Callable[[], bool] = field(default=lambda: False, repr=False)
    accept_client_secret: Callable[[SecretStr], None] = field(
        default=lambda secret: None, repr=False
    )
    use_stored_client_secret: Callable[[], None] = field(default=lambda: None, repr=False)
    insists: bool = False
    new_addresses: tuple[str, ...] = ()
    allow_command: str = ""
    newly_named: tuple[str, ...] = ()
    stored_under: str = ""
    looked_in: str = ""
    app_path: str = ""
    members: tuple[Member, ...] = ()
    acting: Callable[[], str] = field(default=lambda: "", repr=False)
    account: Callable[[], str] = field(default=lambda: "", repr=False)
    review: Callable[[Answer, bool], Question | Answer] = field(
        default=lambda answer, attended: answer, repr=False
    )
    is_taken_over: Callable[[], bool] = field(default=lambda: False, repr=False)

    @property
    def identity(self) -> tuple[str, ...]:
        """What two requests for the same connection have in common."""
        whose = self.execution.user if self.owner == "user" else ""
        asked = (self.app, self.execution.workspace, self.owner, whose, self.key or "")
        return (*asked, *self.new_addresses, *(f"member {each.id}" for each in self.members))

    @property
    def label(self) -> str:
        """What to call it in a sentence, such as ``the workspace connection "sequencer"``."""
        return f"the {self.owner} connection" + (f' "{self.key}"' if self.key else "")

    @property
    def success(self) -> str:
        """What to say once it was answered."""
        if self.members:
            return f"Acting as {escape_unprintable(self.acting())}."
        if self.new_addresses:
            return f"Allowed {' and '.join(self.new_addresses)} for {self.label}."
        return f"Connected {self.label}."

    @property
    def success_with_account(self) -> str:
        """What to say once it was answered, with the account where that is known.

        After a sign-in, what the service made of the token follows. It may name an e-mail address,
        so that it goes into no file.
        """
        account = "" if self.new_addresses else self.account()
        connected = (
            f"{self.success.removesuffix('.')} as {named(account)}." if account else self.success
        )
        return " ".join(filter(None, [connected, self.sign_in_note()]))

    @property
    def success_elsewhere(self) -> str:
        """What to say where somebody has answered in another place."""
        if self.members:
            return f"{self.success[:-1]}, as chosen in another place."
        return f"{'Allowed' if self.new_addresses else 'Connected'} from another place."

    @property
    def use_stored_command(self) -> str:
        """The magic that moves what is stored under the key that the connection had before."""
        return f"{self.command} --use-stored"

    @property
    def command(self) -> str:
        """The magic that asks for it."""
        if self.members:
            return f"%connect --as {self.members[0].id}"
        return " ".join(filter(None, ["%connect", self.owner, self.key]))


class Prompter(Protocol):
    """Asks the person who is there."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Get an answer that ``request.accept`` takes, then return.

        Args:
            request: What to ask.
            wait: False to raise instead, once it is known whether anybody could be asked.

        Raises:
            MissingConnectionError: There is no answer, and why.
        """


class NobodyToAsk:
    """The prompter of a script: raises at once."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Raise, since nobody can be asked.

        Raises:
            MissingConnectionError: Always, with reason ``nobody-to-ask``.
        """
        raise missing_error(request, "nobody-to-ask")


def missing_error(
    request: ConnectionRequest,
    reason: MissingReason,
    *,
    prompt: Literal["above", "below"] | None = None,
) -> MissingConnectionError:
    """Return the error that says that a connection is missing, why, and what to do next.

    Args:
        request: The connection.
        reason: Why nobody connected.
        prompt: Where a prompt stays, as seen from the error; None for nowhere.
    """
    if request.members:
        return NoUserConnectionError(_no_member_message(request, reason), reason=reason)
    if request.new_addresses:
        return UnapprovedAddressError(_unapproved_message(request, reason, prompt), reason=reason)
    kind: type[MissingConnectionError] = (
        ConnectionExpiredError
        if request.expired
        else NoWorkspaceConnectionError
        if request.owner == "workspace"
        else NoUserConnectionError
    )
    return kind(_message(request, reason, prompt), reason=reason)


def _message(request: ConnectionRequest, reason: MissingReason, prompt: str | None) -> str:
    match reason:
        case "nobody-to-ask" if request.stored_under:
            return (
                f"{_nobody_connected(request)}, but a value that fits is stored under "
                f"{request.stored_under}, which {request.app_file} does not name any more. To use "
                f"it, run in a terminal: attio-nb {request.use_stored_command.removeprefix('%')}"
            )
        case "nobody-to-ask" if request.looked_in:
            return (
                f"{_nobody_connected(request)}, and nobody can be asked here. {ANOTHER_FOLDER} "
                f"Where there is no app yet, run %load_ext attio_nb and "
                f"{request.command}{_defining(request)} in a notebook, run attio-nb "
                f"{request.command.removeprefix('%')} in a terminal, or set the environment "
                f"variable {request.environment_variable}."
            )
        case "nobody-to-ask":
            return (
                f"{_nobody_connected(request)}, and nobody can be asked here. Run %load_ext "
                f"attio_nb and {request.command}{_defining(request)} in a notebook, run attio-nb "
                f"{request.command.removeprefix('%')} in a terminal, or set the environment "
                f"variable {request.environment_variable}."
            )
        case "not-waiting":
            way = f"Connect {prompt}, or run" if prompt else "Run"
            return f"{_nobody_connected(request)}. {way} {request.command}."
        case "not-in-a-cell":
            return (
                f"{_nobody_connected(request)}, and code in a thread or in a widget's callback "
                f"cannot wait for an answer. Run {request.command} in a cell, then try again."
            )
        case "cancelled":
            return f"You cancelled connecting {request.label}. {AGAIN}"
        case "timed-out":
            within = _duration(request.timeout)
            return f"Nobody answered for {request.label} within {within}. {AGAIN}"
        case "interrupted":
            return f"Interrupted while waiting for {request.label}. {AGAIN}"


def _no_member_message(request: ConnectionRequest, reason: MissingReason) -> str:
    match reason:
        case "timed-out":
            found = f"Nobody chose a member within {_duration(request.timeout)}."
        case "interrupted":
            found = "Interrupted while waiting for the choice of a member."
        case _:
            found = "You chose no member of this app, so the code runs on nobody's behalf."
    return f"{found} {AGAIN}"


def _unapproved_message(
    request: ConnectionRequest, reason: MissingReason, prompt: str | None
) -> str:
    listed = " and ".join(request.new_addresses)
    title = request.definition.title if request.definition else ""
    whose = f"{request.label} {quoted_name(title)}" if title else request.label
    found = (
        f"{request.app_file} names {listed} for {whose}. Nobody has approved that, so the value "
        "was not used."
    )
    match reason:
        case "cancelled":
            return f"You did not allow {listed} for {whose}, so its value was not used. {AGAIN}"
        case "timed-out":
            return f"{found} Nobody answered within {_duration(request.timeout)}. {AGAIN}"
        case "interrupted":
            return f"{found} The question was interrupted. {AGAIN}"
        case "not-waiting" if prompt:
            return f"{found} Answer {prompt}, or run in a terminal: {request.allow_command}"
        case _:
            return f"{found} If it may go there, run in a terminal: {request.allow_command}"


def _defining(request: ConnectionRequest) -> str:
    if request.definition:
        return ""
    key = f" {request.key}" if request.key else ""
    return f' (or %connect --add {request.owner}{key} --title "…" to only define it)'


def _nobody_connected(request: ConnectionRequest) -> str:
    if request.client_secret == "refused":  # noqa: S105  # why it is asked for
        return f"{_name(request)} cannot be refreshed: its provider refuses the client secret"
    if request.expired:
        return f"{_name(request)} has expired and cannot be renewed"
    if request.definition is None:
        key = f' "{request.key}"' if request.key else ""
        if request.looked_in:
            return (
                f"No {request.app_file} was found in {request.looked_in} or in a folder above it, "
                f"so there is no {request.owner} connection{key}"
            )
        return f"This app has no {request.owner} connection{key} yet ({request.app_path})"
    whom = "Nobody has" if request.owner == "workspace" else f"{request.execution.user} has not"
    return f"{whom} connected {named(request.definition.title) or request.label} yet"


def _name(request: ConnectionRequest) -> str:
    title = request.definition.title if request.definition else ""
    return (
        f"The connection {quoted_name(title)}"
        if title
        else f"{request.label[:1].upper()}{request.label[1:]}"
    )


def _duration(seconds: float) -> str:
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds:g} seconds"
