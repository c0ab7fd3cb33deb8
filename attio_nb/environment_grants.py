"""Refreshing grants from environment variables, in the memory of this process."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from attio_nb.app.model import CLIENT_SECRET
from attio_nb.connections.environment_grants import client_from_environment, grant_from_environment
from attio_nb.connections.model import CLIENT_CREDENTIALS
from attio_nb.connections.resolve import SignInNeeded
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import ConnectionExpiredError, OAuthError, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from attio_nb.connections.environment_grants import EnvironmentClient
    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.store import Store
    from attio_nb.oauth.client import OAuthClient

__all__ = ["EnvironmentGrants"]


class EnvironmentGrants:
    """The tokens that were requested with what environment variables hold.

    Args:
        environ: The environment.
        make_client: Makes the OAuth client of a store.
        stored_client_secret: Returns the client secret that is stored for a place, or None.
        notify: Is told what no error says.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        make_client: Callable[[Store], OAuthClient],
        stored_client_secret: Callable[[Place], SecretStr | None],
        notify: Callable[[str], object],
    ) -> None:
        self._environ = environ
        self._make_client = make_client
        self._stored_client_secret = stored_client_secret
        self._notify = notify
        self._store = _Memory(self._rotated)
        self._client: OAuthClient | None = None
        self._lock = threading.Lock()
        self._origins: dict[Slot, tuple[object, ...]] = {}
        self._labels: dict[Slot, tuple[str, str]] = {}

    def latest(self, place: Place) -> StoredConnection:
        """Return what is known of a grant: as the environment has it, or as it was refreshed since.

        Raises:
            InvalidSecretError: A variable is set to what cannot be used.
            SignInNeeded: No variable holds a grant any more.
        """
        given = grant_from_environment(place.definition, user=place.user, environ=self._environ)
        if given is None or given.grant is None:
            raise SignInNeeded
        client = client_from_environment(place.definition, self._environ)
        origin = (given.id, given.grant, client.client_secret)
        with self._lock:
            stored = self._store.get(place.slot)
            if stored is None or self._origins.get(place.slot) != origin:
                self._begin(place, given, client)
                self._origins[place.slot] = origin
                stored = given
        return stored

    def current(self, place: Place) -> StoredConnection:
        """Return a connection with a token that is good, requested first where it has to be.

        Raises:
            ConnectionExpiredError: The provider refuses the refresh token.
            OAuthError: It refuses the client, or gave no new token just now.
        """
        stored = self.latest(place)
        try:
            return self._oauth().current(self._place(place), stored)
        except SignInNeeded as needed:
            refused = needed
        raise self._ended(place, refused)

    def begin(self, place: Place) -> Future[StoredConnection] | None:
        """Begin what `current` would wait for, or return None where the token is good.

        Raises:
            SignInNeeded: It cannot be refreshed; `current` says why.
        """
        return self._oauth().begin(self._place(place), self.latest(place))

    def renewal(self, place: Place, seen: StoredConnection) -> Future[StoredConnection]:
        """Request another token than one that a service has refused."""
        return self._oauth().renewal(self._place(place), seen)

    def renew(self, place: Place) -> StoredConnection:
        """Request another token, whether or not it has to be; raises as `current` does."""
        stored, client = self.latest(place), self._oauth()
        try:
            return client.result(place, client.renewal(self._place(place), stored, retry=True))
        except SignInNeeded as needed:
            refused = needed
        raise self._ended(place, refused)

    def _oauth(self) -> OAuthClient:
        with self._lock:
            if self._client is None:
                self._client = self._make_client(self._store)
            return self._client

    def _place(self, place: Place) -> Place:
        """Return the place with the client that the environment names."""
        oauth2 = client_from_environment(place.definition, self._environ).oauth2
        definition = replace(place.definition, oauth2=oauth2)
        return replace(place, definition=definition, authority=oauth2.authority)

    def _begin(self, place: Place, given: StoredConnection, client: EnvironmentClient) -> None:
        if self._client is None:
            self._client = self._make_client(self._store)
        changed = replace(
            place,
            definition=replace(place.definition, oauth2=client.oauth2),
            authority=client.oauth2.authority,
        )
        self._client.forget_client_secret(changed)
        secret = client.client_secret
        if secret is None and client.oauth2 == place.definition.oauth2:
            # Where there is no vault at all, the provider says that a secret is needed.
            with suppress(VaultError):
                secret = self._stored_client_secret(place)
        if secret is not None:
            self._client.keep_client_secret(changed, secret)
        self._store.put(place.slot, given)
        self._labels[place.slot] = place.definition.label, given.id.partition(":")[2]

    def _rotated(self, slot: Slot) -> None:
        label, variable = self._labels.get(slot, ("A connection", "its variable"))
        self._notify(
            f"The provider of {label} has replaced the refresh token that {variable} holds, and "
            "may refuse that one from now on. The new one is used until this process ends; it "
            "cannot be written back. For the next run, give the variable a new refresh token, or "
            "use a client whose refresh tokens are not replaced, or client credentials."
        )

    def _ended(self, place: Place, needed: SignInNeeded) -> OAuthError | ConnectionExpiredError:
        """Return what to raise where a person would have to sign in, or to type a client secret."""
        label, variable = self._labels[place.slot]
        secret_variable = place.definition.environment_variable + CLIENT_SECRET
        if needed.client_secret:
            client = self._place(place)
            is_known = self._oauth().client_secret(client) is not None
            fix = "Correct it" if is_known else f"Set {secret_variable} to it"
            return OAuthError(
                f"{label} cannot get an access token with {variable}: the provider needs the "
                f"secret of the client {_client_id(client)}. {fix}.",
                error="invalid_client",
            )
        if needed.error is not None:
            return OAuthError(
                f"{label} cannot get an access token with {variable}: {needed.error}",
                error=needed.error.error,
            )
        stored = self._store.get(place.slot)
        grant = stored.grant if stored else None
        said = f" with {grant.refusal}" if grant and grant.refusal else ""
        what = (
            "the client"
            if grant and grant.refresh_token == CLIENT_CREDENTIALS
            else ("the refresh token")
        )
        return ConnectionExpiredError(
            f"{label} cannot get an access token: the provider refuses {what} in {variable}{said}. "
            "Give the variable another value, and run this again.",
            reason="nobody-to-ask",
        )


class _Memory(MemoryStore):
    """A store that notices when a provider replaces a refresh token.

    Args:
        rotated: Is told the slot, once.
    """

    def __init__(self, rotated: Callable[[Slot], object]) -> None:
        super().__init__()
        self._rotated = rotated
        self._told: set[Slot] = set()

    def replace(self, slot: Slot, before: StoredConnection, after: StoredConnection) -> bool:
        """Put `after` in place of `before`, and say whether that was still there."""
        was_replaced = super().replace(slot, before, after)
        is_new = (
            before.grant
            and after.grant
            and (before.grant.refresh_token != after.grant.refresh_token)
        )
        if was_replaced and is_new and slot not in self._told:
            self._told.add(slot)
            self._rotated(slot)
        return was_replaced


def _client_id(place: Place) -> str:
    return place.definition.oauth2.client_id if place.definition.oauth2 else ""
