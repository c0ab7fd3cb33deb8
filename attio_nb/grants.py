"""The OAuth side of a session: how the grants of its connections are got, renewed and given back.

The OAuth client is made, and its package imported, at the first connection that needs it.
"""

from __future__ import annotations

import functools
import os
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from attio_nb.connections.approval import addresses_of, unapproved_hosts
from attio_nb.connections.environment import is_from_environment
from attio_nb.connections.model import StoredConnection
from attio_nb.connections.resolve import SignInNeeded, find
from attio_nb.connections.secret import check_secret
from attio_nb.environment_grants import EnvironmentGrants
from attio_nb.errors import (
    HostNotAllowedError,
    OAuthError,
    ProviderUnavailableError,
    VaultError,
    unsaved_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Future

    from attio_nb.app import ConnectionDefinition
    from attio_nb.callback import CallbackFiles
    from attio_nb.connections.model import Slot
    from attio_nb.connections.refusals import Refusals
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.store import Store
    from attio_nb.errors import AttioError
    from attio_nb.oauth.client import OAuthClient
    from attio_nb.oauth.register import Registration
    from attio_nb.oauth.revoke import Revocation
    from attio_nb.oauth.sign_in import SignIn
    from attio_nb.oauth.token import Token

__all__ = ["Grants", "SigningIn", "Tokens", "make_client"]

TRY_SECONDS = 1.0
"""Between two tries to save what could not be saved."""

NOT_REPLACED = (
    "The provider refuses the client secret that you typed, so the one from before stays stored. "
    "Type another one, or use the one that is stored."
)


def make_client(store: Store) -> OAuthClient:
    """Return the OAuth client of a store, made of what is loaded here first."""
    from attio_nb.oauth.client import OAuthClient

    return OAuthClient(store)


class Grants:
    """The grants of the connections in one store.

    Args:
        store: Where they are.
        make_client: Makes the OAuth client, once.
        notify: Is told what no error says.
        environ: The environment, which may hold grants as well.
        clock: Seconds since the epoch.

    Attributes:
        callbacks: The files through which a Jupyter server hands over what came back to it.
    """

    def __init__(
        self,
        store: Store,
        *,
        make_client: Callable[[Store], OAuthClient] = make_client,
        notify: Callable[[str], object],
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.callbacks: CallbackFiles | None = None
        self._store = store
        self._make_client = make_client
        self._notify = notify
        self._clock = clock
        self._lock = threading.Lock()
        self._client: OAuthClient | None = None
        self._unsaved: dict[Slot, StoredConnection] = {}
        self._environment = EnvironmentGrants(
            environ=environ,
            make_client=make_client,
            stored_client_secret=lambda place: self.client.client_secret(place),
            notify=notify,
        )

    @property
    def client(self) -> OAuthClient:
        """The OAuth client."""
        with self._lock:
            if self._client is None:
                self._client = self._make_client(self._store)
                self._client.lost_scopes = self._tell_lost_scopes
            return self._client

    def is_fresh(self, place: Place, stored: StoredConnection) -> bool:
        """Say whether a connection can be used as it is stored, as far as its grant goes."""
        grant = stored.grant
        if grant is not None and is_from_environment(stored):
            return grant.is_fresh(self._clock())
        return grant is None or (
            grant.authority == place.authority and grant.is_fresh(self._clock())
        )

    def latest(self, place: Place, stored: StoredConnection) -> StoredConnection:
        """Return a connection with the token that is known; one from the environment holds none."""
        if stored.grant is None or not is_from_environment(stored):
            return stored
        return self._environment.latest(place)

    def current(self, place: Place, stored: StoredConnection) -> StoredConnection:
        """Return a connection with a token that is good, renewed first where it has to be.

        Raises:
            SignInNeeded: It cannot be renewed.
            OAuthError: It could not be renewed just now.
        """
        if self.is_fresh(place, stored):
            return stored
        if is_from_environment(stored):
            return self._environment.current(place)
        return self.client.current(place, stored)

    def begin(self, place: Place, stored: StoredConnection) -> Future[StoredConnection] | None:
        """Begin what `current` would wait for, or return None where the token is good.

        Raises:
            SignInNeeded: It cannot be renewed.
        """
        if self.is_fresh(place, stored):
            return None
        if is_from_environment(stored):
            return self._environment.begin(place)
        return self.client.begin(place, stored)

    def renewal(self, place: Place, seen: StoredConnection) -> Future[StoredConnection]:
        """Refresh a token that a service has refused; joins a refresh under way."""
        if is_from_environment(seen):
            return self._environment.renewal(place, seen)
        return self.client.renewal(place, seen)

    def renew(
        self, place: Place, stored: StoredConnection, *, retry: bool = False
    ) -> StoredConnection:
        """Renew a connection at its provider, whether or not it has to be.

        Args:
            place: Where it is kept.
            stored: What is kept there.
            retry: Whether a person asks for it, who may have mended why it was refused.

        Raises:
            SignInNeeded: It cannot be renewed.
            OAuthError: It could not be renewed just now.
        """
        if is_from_environment(stored):
            return self._environment.renew(place)
        return self.client.result(place, self.client.renewal(place, stored, retry=retry))

    def is_usable(self, place: Place) -> bool:
        """Say whether the grant that is stored is good with the client secret that is stored.

        It is refreshed to find that out, where it can be.

        Raises:
            OAuthError: The provider refuses the client secret, or gives no answer.
            VaultError: What is stored cannot be read.
        """
        stored = self._store.get(place.slot)
        grant = stored.grant if stored else None
        if stored is None or grant is None or grant.authority != place.authority:
            return False
        if grant.refresh_token is None:
            return grant.is_fresh(self._clock())
        refused: OAuthError | None = None
        try:
            self.renew(place, stored, retry=True)
        except SignInNeeded as needed:
            refused = needed.error if needed.client_secret else None
        else:
            return True
        if refused is not None:
            raise refused
        return False

    def has_worked(self, place: Place) -> bool:
        """Say whether the client that the app file names has brought what is stored."""
        stored = self._store.get(place.slot)
        return bool(stored and stored.grant and stored.grant.authority == place.authority)

    def registrable(self, definition: ConnectionDefinition) -> ConnectionDefinition:
        """Return a connection as it is after registration, as far as that is known before.

        Args:
            definition: What is wished for; it has no client id yet.
        """
        from attio_nb.oauth.register import wished_client

        assert definition.oauth2 is not None  # noqa: S101  # only such a connection has a client
        wished = replace(wished_client(definition.oauth2), client_id="assigned-by-the-provider")
        return replace(definition, oauth2=wished)

    def register(self, definition: ConnectionDefinition) -> Registration:
        """Register a client for a connection that has none yet, where the provider allows it.

        Raises:
            OAuthError: It does not, or gives no good answer.
        """
        assert definition.oauth2 is not None  # noqa: S101  # only such a connection has a client
        return self.client.register(definition.oauth2, client_name=f"{definition.label} (Jupyter)")

    def unregister(self, registration: Registration) -> str:
        """Delete a client that was registered, and say whether that worked; nothing is raised."""
        return self.client.unregister(registration)

    def keep_client_secret(self, place: Place, secret: SecretStr) -> None:
        """Keep the secret of the client that a connection signs in with.

        Raises:
            VaultError: It could not be kept.
        """
        self.client.keep_client_secret(place, secret)

    def forget_client_secret(self, place: Place) -> bool:
        """Forget the secret of the client, and say whether there was one.

        Raises:
            VaultError: It could not be deleted.
        """
        return self.client.forget_client_secret(place)

    def give_back(self, place: Place) -> Revocation | None:
        """Revoke the grant of a connection at its provider; None where there is none.

        Raises:
            VaultError: What is stored cannot be read.
        """
        self._unsaved.pop(place.slot, None)
        # A renewal under way would leave behind what nobody revokes.
        with self._store.renewing(place.slot):
            stored = self._store.get(place.slot)
            if stored is None or stored.grant is None or place.definition.oauth2 is None:
                return None
            return self.client.revoke(place, stored)

    def rename_slots(self, slots: Iterable[Slot], key: str | None) -> None:
        """Keep what could not be saved yet for the slots that these connections have from now on.

        Args:
            slots: Where the connections are stored until now.
            key: Their new key.
        """
        for slot in slots:
            renamed = slot._replace(key=key)
            if slot in self._unsaved:
                self._unsaved[renamed] = self._unsaved.pop(slot)
            if self._client is not None:
                self._client.rename_slot(slot, renamed)

    def keep(self, place: Place, token: Token, received_at: float) -> None:
        """Keep what a sign-in has brought; an id that was there stays.

        Raises:
            VaultError: It could not be kept.
        """
        from attio_nb.oauth.scopes import missing_scopes
        from attio_nb.oauth.token import grant_of

        oauth2 = place.definition.oauth2
        assert oauth2 is not None  # noqa: S101  # only such a place is signed in to
        before = self._store.get(place.slot)
        grant = grant_of(token, oauth2, received_at=received_at)
        stored = StoredConnection(
            id=before.id if before else str(uuid.uuid4()),
            value=token.access_token,
            created_by=place.user,
            created_at=datetime.now(UTC),
            grant=grant,
            approved=addresses_of(place.definition),
        )
        try:
            self._store.put(place.slot, stored)
        except VaultError as error:
            self._unsaved[place.slot] = stored
            raise unsaved_error(error) from None
        self._unsaved.pop(place.slot, None)
        if missing := missing_scopes(oauth2.scopes, grant.scopes):
            self._notify(
                f"{place.definition.label} may lack a scope that was asked for: the provider does "
                f"not name {', '.join(missing)} among those that it granted. A request that needs "
                "it may be refused with 403."
            )

    def save_unsaved(self, place: Place) -> bool:
        """Save what a sign-in has brought while nothing could be saved; say whether that was done.

        Raises:
            VaultError: It still cannot be saved.
        """
        stored = self._unsaved.get(place.slot)
        if stored is None or stored.grant is None or stored.grant.authority != place.authority:
            return False
        try:
            there = self._store.get(place.slot)
            if there is not None and there.created_at > stored.created_at:
                # Somebody has signed in since.
                self._unsaved.pop(place.slot, None)
                return False
            self._store.put(place.slot, stored)
        except VaultError as error:
            raise unsaved_error(error) from None
        self._unsaved.pop(place.slot, None)
        return True

    def _tell_lost_scopes(self, place: Place, lost: tuple[str, ...]) -> None:
        self._notify(
            f"{place.definition.label} may have lost a scope: since its last refresh, the provider "
            f"does not name {', '.join(lost)} among those that it grants. A request that needs it "
            "may be refused with 403; sign in again to ask for it."
        )


class SigningIn:
    """What one request for a connection needs to have somebody sign in.

    Args:
        grants: The grants.
        place: Where the connection is to be kept.
        timeout: Seconds until nobody is waited for any more.
        asks_client_secret: Whether the secret of the client is asked for even where it is known.

    Attributes:
        is_over: Whether nobody has to sign in: the grant that was there works with the new secret
            of the client, or one that could not be saved is saved now.
    """

    def __init__(
        self, grants: Grants, place: Place, *, timeout: float, asks_client_secret: bool = False
    ) -> None:
        self.is_over = False
        self._clock = time.monotonic
        self._next_try = 0.0
        self._grants = grants
        self._place = place
        self._timeout = timeout
        self._asks_client_secret = asks_client_secret
        self._latest: SignIn | None = None
        self._settled: AttioError | None = None

    def has_saved(self) -> bool:
        """Say whether the grant is stored that an earlier sign-in has brought; tries to save it."""
        if not self.is_over and self._clock() >= self._next_try:
            self._next_try = self._clock() + TRY_SECONDS
            with suppress(VaultError):
                self.is_over = self._grants.save_unsaved(self._place)
        return self.is_over

    def sign_in(self) -> SignIn:
        """Return a new sign-in, which keeps what it brings.

        Raises:
            VaultError: An earlier one has brought a grant that still cannot be saved.
        """
        self.is_over = self._grants.save_unsaved(self._place)
        self._latest = self._grants.client.sign_in(
            self._place,
            functools.partial(self._grants.keep, self._place),
            callbacks=self._grants.callbacks,
            timeout=self._timeout,
        )
        return self._latest

    def note(self) -> str:
        """Return what the service made of the token that somebody has signed in for, or ""."""
        latest = self._latest
        return latest.note if latest is not None and latest.state == "connected" else ""

    def client_secret_wanted(self) -> bool:
        """Say whether the secret of the client is not known, or may be why the last try failed.

        Many providers refuse a wrong secret with another reason, so that until the client has
        worked once each refusal of the token endpoint counts.
        """
        oauth2 = self._place.definition.oauth2
        if oauth2 is None or oauth2.client_authentication == "none":
            return False
        if self._asks_client_secret or not self.has_client_secret():
            return True
        error = self._latest.error if self._latest else None
        if error is self._settled or not has_refused(error):
            return False
        return is_about_client(error) or not self._grants.has_worked(self._place)

    def has_client_secret(self) -> bool:
        """Say whether there is a secret of the client that can be used as it is."""
        return self._grants.client.client_secret(self._place) is not None

    def accept_client_secret(self, text: SecretStr) -> None:
        """Keep the secret of the client, in place of one that was there.

        Where there is a grant, it is refreshed with the new secret.

        Raises:
            InvalidSecretError: It cannot be one.
            OAuthError: The provider has refused it.
            VaultError: It could not be kept.
        """
        secret = check_secret(text)
        self._grants.keep_client_secret(self._place, secret)
        self._settle(secret)

    def use_stored_client_secret(self) -> None:
        """Go on with the secret of the client that is stored."""
        self._settle()

    def _settle(self, typed: SecretStr | None = None) -> None:
        # What the last sign-in failed with was about the secret that was there.
        self._settled = self._latest.error if self._latest else None
        if not self._asks_client_secret:
            return
        is_usable = False
        with suppress(ProviderUnavailableError):
            is_usable = self._grants.is_usable(self._place)
        if is_usable and typed not in (None, self._grants.client.client_secret(self._place)):
            raise OAuthError(NOT_REPLACED, error="invalid_client")
        self.is_over, self._asks_client_secret = is_usable, False


def has_refused(error: AttioError | None) -> bool:
    """Say whether an error is a refusal of the token endpoint."""
    return getattr(error, "remedy", "") != ""


def is_about_client(error: AttioError | None) -> bool:
    """Say whether the token endpoint has refused the client, and not only what it asked for."""
    return getattr(error, "remedy", "") == "client"


class Tokens:
    """Where ``connection.auth()`` has its access token from, each time that it sends one.

    Args:
        grants: The grants.
        place: Where the connection is kept.
        environ: The environment.
        store: The store.
        refusals: Where it tells what services answer.
        ask: Returns the connection once somebody has signed in, or raises.
    """

    def __init__(
        self,
        grants: Grants,
        place: Place,
        *,
        environ: Mapping[str, str],
        store: Store,
        refusals: Refusals,
        ask: Callable[[], StoredConnection],
    ) -> None:
        self._grants = grants
        self._place = place
        self._environ = environ
        self._store = store
        self._refusals = refusals
        self._ask = ask

    def __reduce__(self) -> tuple[Any, ...]:
        # Whoever unpickles a connection has another session, and the token as it was.
        return type(None), ()

    def current(self) -> StoredConnection | Future[StoredConnection]:
        """Return what holds a token that is good, or the renewal that has to be waited for."""
        stored = find(self._place, environ=self._environ, store=self._store)
        if stored is None or unapproved_hosts(stored, self._place.definition):
            return self.ask()
        try:
            stored = self._grants.latest(self._place, stored)
            return self._grants.begin(self._place, stored) or stored
        except SignInNeeded:
            return self.ask()

    def renewal(self, seen: StoredConnection) -> Future[StoredConnection]:
        """Renew a token that a service has refused."""
        return self._grants.renewal(self._place, seen)

    def ask(self) -> StoredConnection:
        """Return what holds a token after somebody has answered; raises where nobody has.

        Raises:
            HostNotAllowedError: It may not go to all hosts that the app file named when the
                connection was got.
        """
        stored = self._ask()
        if hosts := unapproved_hosts(stored, self._place.definition):
            raise HostNotAllowedError(
                f"{self._place.definition.label} was connected again, and may not go to "
                f"{' and '.join(hosts)}. Call the getter again, and use what it returns."
            )
        return stored

    def heard(self, sent: StoredConnection, *, refused: bool) -> None:
        """Take note that a service has refused a token which nothing renews, or taken one."""
        if is_from_environment(sent):
            return
        if refused or sent.refused_at is not None:
            self._refusals.heard(self._place.slot, sent, refused=refused)
