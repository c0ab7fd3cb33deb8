"""Trying a connection at its service, or at its provider; nobody is asked for anything."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app import APP_FILE
from attio_nb.connections.account import account_in, keep_account
from attio_nb.connections.approval import new_addresses
from attio_nb.connections.resolve import SignInNeeded
from attio_nb.errors import AttioError, VaultError
from attio_nb.plain_text import named
from attio_nb.tab.expired import NOT_RENEWED, why_expired
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attio_nb.app import ConnectionDefinition, Owner
    from attio_nb.connections.auth import ConnectionAuth
    from attio_nb.connections.model import StoredConnection
    from attio_nb.session import Session, Status

__all__ = ["Tested", "test_connection", "why_no_test"]

TIMEOUT = 10.0
"""In seconds."""

RENEWED = (
    "The provider has refreshed the token, so the sign-in is still good. To test the service too, "
    f"write test_url into {APP_FILE}."
)


class Tested(NamedTuple):
    """What came of a test.

    Attributes:
        ok: Whether the connection works, as far as the test can tell.
        message: What came back, and what to do where that is not well; no value is in it.
    """

    ok: bool
    message: str


def test_connection(
    session: Session, owner: Owner, key: str | None, *, timeout: float = TIMEOUT
) -> Tested:
    """Try a connection, on behalf of whoever the session acts for; what fails is told, not raised.

    With a ``test_url`` one GET request is sent there. Without one an access token is renewed at its
    provider, which shows that the grant is good. It waits for either, so that it needs a thread
    without an event loop.

    Args:
        session: The session.
        owner: Whose connection it is.
        key: Its key, or None.
        timeout: Seconds that the service may take to answer.
    """
    try:
        return _tested(session, session.status(owner, key), timeout)
    except SignInNeeded as needed:
        why = str(needed.error or "") or _why_expired(session.status(owner, key))
        return Tested(False, why)
    except AttioError as error:
        return Tested(False, str(error))


def why_no_test(
    definition: ConnectionDefinition,
    stored: StoredConnection | None,
    new_addresses: Sequence[str] = (),
) -> str:
    """Return why a connection cannot be tested, as a sentence; "" where it can.

    Args:
        definition: What the app file says of it.
        stored: What is kept of it, or None.
        new_addresses: What the app file names for it and nobody has approved.
    """
    if stored is None:
        return "Nobody has connected yet, so there is nothing to test."
    if new_addresses:
        return (
            f"{APP_FILE} names {' and '.join(new_addresses)}. Nobody has approved that, so nothing "
            "was sent. Review the addresses first."
        )
    if definition.test_url:
        return ""
    if stored.grant is None:
        return f"There is no address to test it at. Write test_url into {APP_FILE}."
    if stored.grant.refresh_token is None:
        return (
            "There is no address to test it at, and its provider gave nothing to renew it with. "
            f"Write test_url into {APP_FILE}."
        )
    return ""


def _tested(session: Session, status: Status, timeout: float) -> Tested:
    definition, stored = status.definition, status.stored
    if status.problem:
        return Tested(False, status.problem)
    # A refresh token from the environment is sent nowhere before somebody has approved that.
    changed = status.new_addresses if stored is not None and status.variable else ()
    why = why_no_test(definition, stored, changed)
    if stored is None or why:
        return Tested(False, why)
    if not definition.test_url:
        session.grants.renew(status.place, stored, retry=True)
        return Tested(True, RENEWED)
    from attio_nb.connections.trial import try_out

    # Renewed before the time that the service has begins.
    current = session.grants.current(status.place, stored)
    changed = new_addresses(session.approvals.unapproved(status.place, current))
    if why := why_no_test(definition, current, changed):
        return Tested(False, why)
    auth = _auth(session, status, current)
    answer = try_out(
        definition.test_url, auth, timeout=timeout, wants_body=bool(definition.account)
    )
    return _told(status, answer.status, _kept_account(session, status, current, answer.body))


def _kept_account(session: Session, status: Status, tested: StoredConnection, body: bytes) -> str:
    """Return the account that an answer names, once it is kept beside the connection, or ""."""
    path, slot = status.definition.account, status.place.slot
    if not (path and body):
        return ""
    from attio_nb.oauth.echoes import mask_echoes

    # A token that was refused may have been refreshed for the request.
    latest = None if status.variable else session.store.get(slot)
    secrets = (tested.value, latest.value if latest else "")
    account = account_in(body, path, mask=lambda text: mask_echoes(text, secrets))
    if account and latest is not None:
        # What is shown of a connection is not worth an error of the vault.
        with suppress(VaultError):
            keep_account(session.store, slot, tested, account)
    return account


def _auth(session: Session, status: Status, stored: StoredConnection) -> ConnectionAuth:
    definition = status.definition
    connection = session.making.connection(status.place, stored, ask=_nobody)
    return connection.auth(definition.test_scheme, header=definition.test_header or None)


def _why_expired(status: Status) -> str:
    """Say why one has to sign in, after that was found out."""
    place, stored = status.place, status.stored
    # A service may refuse what cannot be renewed long before it runs out.
    return (why_expired(place, stored, now=time.time()) if stored else "") or NOT_RENEWED


def _nobody() -> StoredConnection:
    """Take the place of a prompt."""
    raise SignInNeeded


def _told(status: Status, answer: int, account: str) -> Tested:
    """Say what an answer means for the connection."""
    host = parse_web_address(status.definition.test_url).netloc
    if 200 <= answer < 300:
        whose = f" for {named(account)}" if account else ""
        return Tested(True, f"It works: {host} answered {answer}{whose}.")
    if answer == 401:
        return Tested(False, f"{host} has refused it (401). {_instead(status)}")
    if answer == 403:
        return Tested(
            False,
            f"It is connected, and {host} does not let it do this (403). A permission or a scope "
            "is missing there; connecting again as before does not help.",
        )
    return Tested(
        False,
        f"{host} answered {answer}: the connection may be fine. Check test_url in {APP_FILE}.",
    )


def _instead(status: Status) -> str:
    if status.variable:
        return f"Give the environment variable {status.variable} another value."
    return "Connect again."
