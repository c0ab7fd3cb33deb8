"""What pages see of a prompt. Nothing of it ever holds a value, a code, or an address to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.prompts.wording import description, heading

if TYPE_CHECKING:
    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.prompts.pending import PendingPrompt

__all__ = ["TRAITS", "Face", "described", "first_traits"]

TRAITS = (
    "prompt_id",
    "kind",
    "heading",
    "description",
    "help_url",
    "public_key",
    "app_file",
    "stdin_allowed",
    "scopes",
    "expired",
    "new_addresses",
    "members",
    "client_secret",
    "client_secret_stored",
    "question",
    "choices",
    "revision",
    "state",
    "message",
)


class Face:
    """What pages see of a prompt; they ask for it again when they are told of a change.

    Args:
        prompt: The prompt.
    """

    state: str
    message: str
    revision: int
    client_secret: bool
    client_secret_stored: bool
    question: str
    choices: list[dict[str, str]]
    stdin_allowed: bool

    def __init__(self, prompt: PendingPrompt) -> None:
        self.__dict__.update(first_traits(prompt))


def first_traits(prompt: PendingPrompt) -> dict[str, Any]:
    """Return every trait of a prompt, as it stands when it is first shown."""
    request = prompt.request
    oauth2 = request.definition.oauth2 if request.definition else None
    return {
        "prompt_id": prompt.id,
        "kind": _kind(request),
        "heading": heading(request),
        "description": description(request),
        "help_url": request.definition.help_url if request.definition else "",
        "public_key": prompt.public_key,
        "app_file": request.app_file,
        "stdin_allowed": prompt.waiting and prompt.cell is not None and prompt.cell.allow_stdin,
        "scopes": list(oauth2.scopes) if oauth2 else [],
        "expired": request.expired,
        "new_addresses": list(request.new_addresses),
        "members": [{"id": each.id, "role": each.role} for each in request.members],
        "client_secret": request.client_secret_wanted(),
        "client_secret_stored": request.has_client_secret(),
        "question": "",
        "choices": [],
        "revision": 0,
        "state": "asking",
        "message": "",
    }


def described(prompt: PendingPrompt) -> dict[str, Any]:
    """Return a prompt as a page is told of it, with its cell and the line in the cell's output."""
    return {
        "cell_id": prompt.cell.cell_id if prompt.cell else "",
        "output_line": prompt.output_line,
        "unseen": prompt.unseen,
        **{trait: getattr(prompt.face, trait) for trait in TRAITS},
    }


def _kind(request: ConnectionRequest) -> str:
    if request.members:
        return "member"
    if request.new_addresses:
        return "approval"
    if request.definition is None:
        return "new-connection"
    return "oauth2" if request.sign_in else "secret"
