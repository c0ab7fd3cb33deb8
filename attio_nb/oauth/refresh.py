"""Renewing access tokens (RFC 6749 section 6): each once, whoever asks for it at the same time.

A token is *fresh* until a little before its end, then *stale* and renewed in the background while
it is still used, and in the end *expired* and waited for. All renewals run on a thread of their
own, since a provider that rotates refresh tokens has spent the old one by the time that its answer
comes: an interrupt ends the waiting, never the renewal.
"""

from __future__ import annotations

import copy
import os
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from attio_nb.connections.resolve import SignInNeeded
from attio_nb.errors import OAuthError, VaultError, unsaved_error
from attio_nb.imports import with_installed_packages
from attio_nb.oauth.refusal import RefusedError
from attio_nb.oauth.scopes import lost_scopes
from attio_nb.oauth.token import grant_of
from attio_nb.tracebacks import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import OAuth2
    from attio_nb.connections.model import Grant, Slot, StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.store import Store
    from attio_nb.oauth.token import Token

__all__ = ["Renewals"]

NOT_SENT = "Nothing was sent to the provider, so the refresh token is still good."

ABOUT_TO_EXPIRE = 1.0
"""In seconds: a token that lasts no longer may be refused by the time that it arrives."""

YOUNG = 60.0
"""In seconds: the 401 to a token this young, which nothing renews, is about something else."""

BACKGROUND_PAUSE = 5.0
"""In seconds, after a renewal in the background that failed."""


class Renewals:
    """The renewals of one process.

    Args:
        store: Where the connections are.
        request: Asks the provider for a new token.
        surplus: Is given what was granted for a connection that was removed meanwhile.
        lost: Is told the scopes that a refresh no longer grants; called on any thread.
        clock: Seconds since the epoch.
        monotonic: Seconds that only grow.
    """

    def __init__(
        self,
        store: Store,
        request: Callable[[Place, Grant], Token],
        *,
        surplus: Callable[[Place, StoredConnection], object],
        lost: Callable[[Place, tuple[str, ...]], object] = lambda place, scopes: None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._request = request
        self._surplus = surplus
        self._lost = lost
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._under_way: dict[tuple[int, Slot], Future[StoredConnection]] = {}
        self._pauses: dict[Slot, _Pause] = {}
        self._unsaved: dict[Slot, tuple[StoredConnection, StoredConnection]] = {}
        self._doubted: dict[Slot, SecretStr] = {}

    def current(self, place: Place, stored: StoredConnection) -> StoredConnection:
        """Return the connection with a token that is good, renewed first where it has to be.

        Args:
            place: Where it is kept.
            stored: What is kept there.

        Raises:
            SignInNeeded: It cannot be renewed.
            OAuthError: It could be, and the provider gave no new one.
        """
        future = self.begin(place, stored)
        return stored if future is None else self.result(place, future)

    def begin(self, place: Place, stored: StoredConnection) -> Future[StoredConnection] | None:
        """Begin the renewal that has to be waited for, or return None where the token is good.

        Raises:
            SignInNeeded: It cannot be renewed.
        """
        grant, now = stored.grant, self._clock()
        _require_authority(place, grant)
        if grant is None or grant.is_fresh(now):
            return None
        # The clock was set back: whether the token has ended only the service can tell.
        is_good = now < grant.received_at or now < grant.expires_at - ABOUT_TO_EXPIRE
        if grant.refresh_token is None:
            if is_good:
                return None
            raise SignInNeeded
        if is_good:
            self._begin_in_background(place, stored)
            return None
        return self.renewal(place, stored)

    def renewal(
        self, place: Place, seen: StoredConnection, *, retry: bool = False
    ) -> Future[StoredConnection]:
        """Begin a renewal, or join the one that is under way.

        Args:
            place: Where the connection is kept.
            seen: What was kept when its token was found wanting.
            retry: Whether a person asks for it, so that a refresh token is sent once more that was
                refused for a reason that they may have mended.

        Returns:
            What is kept then; it fails as `current` does.
        """
        with self._lock:
            pause = self._pauses.get(place.slot)
            if pause and pause.asked_for and self._monotonic() < pause.until:
                # A copy: each that raises it adds its frames to it.
                return _failed(copy.copy(pause.error))
            return self._join(place, seen, retry=retry)

    def result(self, place: Place, future: Future[StoredConnection]) -> StoredConnection:
        """Wait for a renewal; an interrupt ends the waiting only.

        Raises:
            SignInNeeded: It cannot be renewed.
            OAuthError: The provider gave no new token, or the waiting was interrupted.
        """
        try:
            return future.result()
        except KeyboardInterrupt:
            # It must not leave an asyncio task: that would end the kernel.
            raise OAuthError(
                f"Interrupted while {place.definition.label} was being renewed. The renewal goes "
                "on and is saved; try again."
            ) from None

    def rename_slot(self, before: Slot, after: Slot) -> None:
        """Keep a token that could not be saved yet for the slot that its connection has now.

        Args:
            before: The slot until now, which nothing refreshes meanwhile.
            after: The slot from now on.
        """
        with self._lock:
            if before in self._unsaved:
                self._unsaved[after] = self._unsaved.pop(before)

    def _begin_in_background(self, place: Place, stored: StoredConnection) -> None:
        with self._lock:
            pause = self._pauses.get(place.slot)
            if pause is None or self._monotonic() >= pause.until:
                self._join(place, stored)

    def _join(
        self, place: Place, seen: StoredConnection, *, retry: bool = False
    ) -> Future[StoredConnection]:
        # Of a process that was forked off, the threads stay behind.
        key = os.getpid(), place.slot
        under_way = self._under_way.get(key)
        if under_way is not None:
            return under_way
        future: Future[StoredConnection] = Future()
        future.set_running_or_notify_cancel()
        # Not a daemon: a process that ends waits for what would otherwise be lost.
        threading.Thread(
            target=with_installed_packages(self._run),
            args=(place, seen, retry, future),
            name="attio_nb renewal",
        ).start()
        # Not before it runs: nobody waits for one that could not start.
        self._under_way[key] = future
        return future

    def _run(
        self,
        place: Place,
        seen: StoredConnection,
        retry: bool,
        future: Future[StoredConnection],
    ) -> None:
        try:
            renewed = self._renewed(place, seen, retry=retry)
        except BaseException as error:
            self._end(place, error)
            future.set_exception(without_secrets(error))
        else:
            self._end(place, None)
            future.set_result(renewed)

    def _end(self, place: Place, error: BaseException | None) -> None:
        with self._lock:
            self._under_way.pop((os.getpid(), place.slot), None)
            self._pauses.pop(place.slot, None)
            if isinstance(error, SignInNeeded):
                error = error.error
            if isinstance(error, OAuthError):
                asked_for = getattr(error, "retry_after", None)
                until = self._monotonic() + (asked_for or BACKGROUND_PAUSE)
                self._pauses[place.slot] = _Pause(until, error, asked_for is not None)

    def _renewed(self, place: Place, seen: StoredConnection, *, retry: bool) -> StoredConnection:
        with self._store.renewing(place.slot):
            stored = self._store.get(place.slot)
            if stored is None or stored.grant is None:
                raise SignInNeeded
            grant = stored.grant
            if stored != seen and self._is_good(grant):
                # Whoever held the lock before has renewed it.
                return stored
            _require_authority(place, grant, retry=retry)
            unsaved = self._unsaved.get(place.slot)
            if unsaved is not None and _are_same_grant(unsaved[0], stored):
                # Addresses may have been approved since.
                renewed = unsaved[1]._replace(approved=stored.approved, account=stored.account)
                return self._saved(place, stored, renewed)
            if grant.refresh_token is None:
                is_young = self._clock() - grant.received_at < YOUNG and self._is_good(grant)
                return stored if is_young else self._ended(place, stored, grant)
            return self._exchanged(place, stored, grant)

    def _is_good(self, grant: Grant) -> bool:
        return not grant.expired and self._clock() < grant.expires_at - ABOUT_TO_EXPIRE

    def _exchanged(self, place: Place, stored: StoredConnection, grant: Grant) -> StoredConnection:
        try:
            # A provider that rotates refresh tokens has spent this one once it has answered.
            self._store.require_writable()
        except VaultError as error:
            error.add_sentence(NOT_SENT)
            raise
        try:
            token = self._request(place, grant)
        except RefusedError as error:
            refused = error
        else:
            return self._kept(place, stored, grant, token)
        return self._refused(place, stored, grant, refused)

    def _refused(
        self, place: Place, stored: StoredConnection, grant: Grant, error: RefusedError
    ) -> StoredConnection:
        """Have the person asked for what mends a refusal; the grant stays stored until then."""
        if error.remedy == "client":
            raise SignInNeeded(error, client_secret=True)
        # Nothing is said of the grant: it may be the network, or the registration. Where a second
        # try is refused as well, signing in again is all that is left.
        is_second = self._doubted.get(place.slot) == grant.refresh_token
        if error.remedy == "grant" or is_second:
            self._doubted.pop(place.slot, None)
            return self._ended(place, stored, grant, error)
        if grant.refresh_token is not None:
            self._doubted[place.slot] = grant.refresh_token
        raise SignInNeeded(error)

    def _kept(
        self, place: Place, stored: StoredConnection, grant: Grant, token: Token
    ) -> StoredConnection:
        renewed = stored._replace(
            value=token.access_token,
            grant=grant_of(token, _oauth2(place), received_at=self._clock(), before=grant),
            refused_at=None,
        )
        # Should the disk be full now, it is saved when it is asked for next: the refresh token that
        # it came for may be spent.
        self._unsaved[place.slot] = stored, renewed
        saved = self._saved(place, stored, renewed)
        if lost := lost_scopes(grant.scopes, saved.grant.scopes if saved.grant else ()):
            self._lost(place, lost)
        return saved

    def _saved(
        self, place: Place, stored: StoredConnection, renewed: StoredConnection
    ) -> StoredConnection:
        """Save a token before anybody uses it."""
        try:
            is_saved = self._store.replace(place.slot, stored, renewed)
        except VaultError as error:
            raise unsaved_error(error) from None
        self._unsaved.pop(place.slot, None)
        if is_saved:
            return renewed
        if self._store.get(place.slot) is None:
            # Where somebody has signed in again it stays: many providers end all that a person has
            # granted to a client with any part of it.
            self._surplus(place, renewed)
        return self._latest(place, stored)

    def _ended(
        self,
        place: Place,
        stored: StoredConnection,
        grant: Grant,
        error: RefusedError | None = None,
    ) -> StoredConnection:
        """Keep in mind that the grant is gone, unless somebody has signed in again meanwhile."""
        ended = grant._replace(
            expired=True,
            refusal=error.said if error else "",
            may_retry=error is not None and error.error != "invalid_grant",
        )
        expired = stored._replace(grant=ended)
        if self._store.replace(place.slot, stored, expired):
            raise SignInNeeded
        return self._latest(place, stored)

    def _latest(self, place: Place, stored: StoredConnection) -> StoredConnection:
        latest = self._store.get(place.slot)
        if latest is None or latest.grant is None or latest.value == stored.value:
            raise SignInNeeded
        return latest


def _are_same_grant(one: StoredConnection, other: StoredConnection) -> bool:
    return (one.id, one.value, one.grant) == (other.id, other.value, other.grant)


class _Pause:
    def __init__(self, until: float, error: OAuthError, asked_for: bool) -> None:
        self.until, self.error, self.asked_for = until, error, asked_for


def _require_authority(place: Place, grant: Grant | None, *, retry: bool = False) -> None:
    oauth2 = place.definition.oauth2
    if grant is None or oauth2 is None:
        return
    is_over = grant.expired and not (retry and grant.may_retry)
    if is_over or not grant.is_bound_to(oauth2):
        raise SignInNeeded


def _oauth2(place: Place) -> OAuth2:
    oauth2 = place.definition.oauth2
    if oauth2 is None:
        raise SignInNeeded
    return oauth2


def _failed(error: BaseException) -> Future[StoredConnection]:
    future: Future[StoredConnection] = Future()
    future.set_exception(error)
    return future
