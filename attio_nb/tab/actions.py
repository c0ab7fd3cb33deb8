"""What a person does in the Connections tab, carried out with one session."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attio_nb.errors import CommandError
from attio_nb.key_changes import moved_message, removed_message, renamed_message
from attio_nb.prompts.face import described
from attio_nb.tab.meant import require_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attio_nb.app import Owner
    from attio_nb.key_changes import Moved
    from attio_nb.prompts.answers import Content
    from attio_nb.prompts.prompts import Prompts
    from attio_nb.session import Session

__all__ = ["actions"]


def actions(
    session: Callable[[], Session], prompts: Prompts
) -> dict[str, Callable[[Content], Content]]:
    """Return what carries out each request of the tab.

    Each may wait: for a keyring, for a provider, for a service. So none runs on a thread that
    answers anything else.

    Args:
        session: Returns the session.
        prompts: Where a prompt is opened that the tab draws.
    """
    return {
        "attio_connect": lambda content: _connect(session(), prompts, content),
        "attio_disconnect": lambda content: _disconnect(session(), content),
        "attio_forget_client_secret": lambda content: _forget_client_secret(session(), content),
        "attio_rename_key": lambda content: _rename_key(session(), content),
        "attio_remove": lambda content: _remove(session(), content),
        "attio_move_stored": lambda content: _move_stored(session(), content),
        "attio_test": lambda content: _test(session(), content),
        "attio_approve": lambda content: _approve(session(), prompts, content),
    }


def _connect(session: Session, prompts: Prompts, content: Content) -> Content:
    with _named(session, content) as (owner, key):
        replaces = content.get("client_secret") is True
        return described(prompts.open_aside(session.request(owner, key, client_secret=replaces)))


def _disconnect(session: Session, content: Content) -> Content:
    with _named(session, content) as (owner, key):
        done = session.disconnect(owner, key)
    return {
        "was_connected": done.was_connected,
        "message": done.revocation.message if done.revocation else "",
    }


def _forget_client_secret(session: Session, content: Content) -> Content:
    with _named(session, content) as (owner, key):
        return {"was_stored": session.forget_client_secret(owner, key)}


def _rename_key(session: Session, content: Content) -> Content:
    new_key = content.get("new_key")
    if not isinstance(new_key, str) or not new_key.strip():
        raise CommandError("Write the new key of the connection.")
    with _named(session, content) as (owner, key):
        moved = session.rename_key(owner, key, new_key.strip())
    return {**_moved(moved), "message": renamed_message(moved)}


def _remove(session: Session, content: Content) -> Content:
    disconnect = content.get("disconnect")
    if not isinstance(disconnect, bool):
        raise CommandError("Say whether what is stored is to be deleted: disconnect is a boolean.")
    with _named(session, content) as (owner, key):
        removed = session.remove(owner, key, disconnect=disconnect)
    return {"was_connected": bool(removed.disconnected), "message": removed_message(removed)}


def _move_stored(session: Session, content: Content) -> Content:
    from_key = content.get("from_key")
    with _named(session, content) as (owner, key):
        moved = session.move_stored(owner, key, None if from_key is None else str(from_key))
    return {**_moved(moved), "message": moved_message(moved)}


def _moved(moved: Moved) -> Content:
    return {"key": moved.definition.key, "moved": moved.connections}


def _test(session: Session, content: Content) -> Content:
    from attio_nb.tab.testing import test_connection

    with _named(session, content) as (owner, key):
        tested = test_connection(session, owner, key)
    return {"ok": tested.ok, "message": tested.message}


def _approve(session: Session, prompts: Prompts, content: Content) -> Content:
    with _named(session, content) as (owner, key):
        return described(prompts.open_aside(session.approval_request(owner, key)))


@contextmanager
def _named(session: Session, content: Content) -> Iterator[tuple[Owner, str | None]]:
    """Give the connection that a request names, on behalf of the member that it names."""
    session.file.look_again()
    require_app(session, content.get("app"))
    owner, key = _owner(content.get("owner")), content.get("key")
    acting = content.get("acting") or session.people.execution().user
    with session.people.acting_as(str(acting)):
        yield owner, None if key is None else str(key)


def _owner(word: Any) -> Owner:
    if word == "workspace":
        return "workspace"
    if word == "user":
        return "user"
    raise CommandError("Say whose connection it is: workspace or user.")
