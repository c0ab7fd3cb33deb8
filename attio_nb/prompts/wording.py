"""What a prompt says, in the notebook and in a terminal alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.app.hosts import shown_host
from attio_nb.plain_text import escape_unprintable, named, quoted_name

if TYPE_CHECKING:
    from attio_nb.connections.prompter import ConnectionRequest

__all__ = ["description", "heading", "output_line", "subject", "where_it_goes"]

ENDED = {
    "connected": "Connected.",
    "cancelled": "Cancelled.",
    "timed-out": "Nobody answered in time.",
    "interrupted": "Interrupted.",
    "over": "This prompt is over.",
}


def heading(request: ConnectionRequest) -> str:
    """Return the first line of a prompt."""
    if request.members:
        return "Choose who you are"
    key = f" “{request.key}”" if request.key else ""
    if request.new_addresses:
        return _new_addresses_heading(request)
    if request.definition is None:
        return f"This app has no {request.owner} connection{key} yet"
    what = subject(request)
    if request.client_secret == "replace":  # noqa: S105  # why it is asked for
        return f"Replace the client secret of {what}"
    return f"Connect {what}{' again' if request.expired else ''}"


def subject(request: ConnectionRequest) -> str:
    """Return what the connection is called within a sentence, such as the one of an input line."""
    title = request.definition.title if request.definition else ""
    key = f" “{request.key}”" if request.key else ""
    return _within_sentence(named(title)) or f"the {request.owner} connection{key}"


def _within_sentence(title: str) -> str:
    return f"your {title.removeprefix('Your ')}" if title.startswith("Your ") else title


def output_line(request: ConnectionRequest, state: str, message: str) -> str:
    """Return the line of plain text that a cell's output shows of a prompt.

    Args:
        request: What is asked.
        state: The state of the prompt.
        message: What the prompt says of its end, or "".
    """
    if state in ENDED:
        return " ".join((message or ENDED[state]).split())
    return f"{heading(request)}. If no form is shown below, open the Connections tab."


def description(request: ConnectionRequest) -> str:
    """Return the sentences that say whose connection it is, and where its value may go."""
    if request.members:
        # As in `_whose`, an e-mail address is not to be saved with a notebook.
        name = escape_unprintable(request.execution.user)
        user = "" if "@" in name else f" “{name}”"
        return (
            f"{request.app_file} lists the members of {named(request.app_name) or 'this app'}, and "
            f"your user name{user} is not one of them. The code then runs on behalf of the member "
            "that you choose."
        )
    if request.new_addresses:
        return (
            f"The value of {request.label} has not been sent there. Allow it only if you know this "
            f"{request.app_file} and these addresses."
        )
    return " ".join(filter(None, [_about(request), where_it_goes(request), _stored(request)]))


def where_it_goes(request: ConnectionRequest) -> str:
    """Return the sentence that says to which addresses the value may go; "" where none is named."""
    definition = request.definition
    if definition is None or not definition.hosts:
        return ""
    url = definition.test_url
    test = f" Connecting and Test send it to {url}." if url else ""
    new = _listed(request.newly_named) if request.newly_named else ""
    compared = f" New since it was last connected or allowed: {new}." if new else ""
    return f"It may be sent to {_listed(tuple(map(shown_host, definition.hosts)))}.{test}{compared}"


def _stored(request: ConnectionRequest) -> str:
    if not request.stored_under:
        return ""
    return (
        f"A value that fits is stored under {request.stored_under}, which {request.app_file} does "
        f"not name any more. To use it, choose “Use the stored value” in the Connections tab, or "
        f"cancel and run {request.use_stored_command}."
    )


def _new_addresses_heading(request: ConnectionRequest) -> str:
    one = len(request.new_addresses) == 1
    what = "a new address" if one else f"{len(request.new_addresses)} new addresses"
    title = request.definition.title if request.definition else ""
    return f"{request.app_file} names {what} for {quoted_name(title) if title else request.label}"


def _listed(hosts: tuple[str, ...]) -> str:
    *others, last = hosts
    return f"{', '.join(others)} and {last}" if others else last


def _about(request: ConnectionRequest) -> str:
    whose = "Your connection" if request.owner == "user" else "The workspace's connection"
    if request.client_secret == "refused":  # noqa: S105  # why it is asked for
        return (
            f"{whose} cannot be refreshed, since its provider refuses the client secret. "
            f"{_whose(request)}"
        )
    if request.expired:
        return f"{whose} has expired, and its provider does not renew it. {_whose(request)}"
    return _whose(request)


def _whose(request: ConnectionRequest) -> str:
    app = named(request.app_name) or "this app"
    what = "sign-in" if request.sign_in else "value"
    if request.owner == "workspace":
        return (
            f"A workspace connection of {app}: one {what}, shared by every member of the workspace."
        )
    # Each page of the kernel is told it, and an e-mail address is nothing for all of them.
    user = request.execution.user if "@" not in request.execution.user else "its owner"
    return f"A user connection of {app}: used only when the code runs on behalf of {user}."
