"""The OAuth 2.0 client of one store: signs in, renews, revokes."""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from attio_nb.connections.account import keep_account
from attio_nb.connections.model import CLIENT_CREDENTIALS
from attio_nb.connections.refusals import Refusals
from attio_nb.connections.value_test import TokenTest, test_token
from attio_nb.errors import AttioError, OAuthError, ProviderUnavailableError, VaultError
from attio_nb.oauth.account import find_account, secrets_of
from attio_nb.oauth.client_secrets import ClientSecrets, client_slot
from attio_nb.oauth.echoes import mask_echoes
from attio_nb.oauth.exchange import Exchange, NoAnswerError
from attio_nb.oauth.metadata import find_endpoints
from attio_nb.oauth.refresh import Renewals
from attio_nb.oauth.refusal import RefusedError
from attio_nb.oauth.register import Registration, register_client
from attio_nb.oauth.revoke import Revocation, revoke
from attio_nb.oauth.sign_in import SignIn
from attio_nb.oauth.token import request_token
from attio_nb.oauth.token_endpoint import TokenEndpoint
from attio_nb.oauth.unregister import delete_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    import httpx

    from attio_nb.app import OAuth2
    from attio_nb.callback import CallbackFiles
    from attio_nb.connections.model import Grant, Slot, StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.store import Store
    from attio_nb.oauth.metadata import Endpoints
    from attio_nb.oauth.token import Token

__all__ = ["OAuthClient", "client_slot"]

METADATA_SECONDS = 3600.0
"""How long metadata is used before the issuer is asked anew."""


class OAuthClient:
    """Signs in, renews and revokes for the connections of one store.

    Args:
        store: Where the connections are, and the secrets of clients.
        transport: What carries the requests, in place of the network.
        clock: Seconds since the epoch.
        monotonic: Seconds that only grow.
        pause: Waits for so many seconds.

    Attributes:
        lost_scopes: Is told the scopes that a refresh no longer grants; called on any thread.
    """

    def __init__(
        self,
        store: Store,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._pause = pause
        self._client_secrets = ClientSecrets(store)
        self._exchange = Exchange(transport=transport)
        self._found: dict[OAuth2, tuple[float, Endpoints]] = {}
        self.lost_scopes: Callable[[Place, tuple[str, ...]], object] = lambda place, scopes: None
        self._renewals = Renewals(
            store,
            self._refreshed,
            surplus=self.revoke,
            lost=lambda place, scopes: self.lost_scopes(place, scopes),
            clock=clock,
            monotonic=monotonic,
        )

    def sign_in(
        self,
        place: Place,
        keep: Callable[[Token, float], None],
        *,
        callbacks: CallbackFiles | None = None,
        timeout: float = 300.0,
    ) -> SignIn:
        """Return a sign-in that has not begun yet.

        Args:
            place: Where the connection is to be kept, and what the app file says of it.
            keep: Takes the token, and the seconds since the epoch at which it came.
            callbacks: The files through which a Jupyter server hands over what came back to it.
            timeout: Seconds until nobody is waited for any more.
        """
        oauth2 = _oauth2(place)
        used: list[SecretStr | None] = []

        def client_secret() -> SecretStr | None:
            used.append(self.client_secret(place))
            return used[-1]

        def ended(error: AttioError | None) -> None:
            if used:
                self._settle(place, used[-1], error)

        return SignIn(
            oauth2,
            endpoints=lambda: self._endpoints(oauth2),
            look_up_token_endpoint=lambda: self._look_up_token_endpoint(oauth2),
            client_secret=client_secret,
            keep=lambda token: keep(token, self._clock()),
            test=functools.partial(self._test, place),
            ended=ended,
            require_writable=self._store.require_writable,
            exchange=self._exchange,
            callbacks=callbacks,
            timeout=timeout,
        )

    def current(self, place: Place, stored: StoredConnection) -> StoredConnection:
        """Return a connection with a token that is good, renewed first where it has to be.

        Args:
            place: Where it is kept.
            stored: What is kept there.

        Raises:
            SignInNeeded: It cannot be renewed.
            OAuthError: The provider gave no new token just now.
        """
        return self._renewals.current(place, stored)

    def begin(self, place: Place, stored: StoredConnection) -> Future[StoredConnection] | None:
        """Begin what `current` would wait for, or return None where the token is good.

        Raises:
            SignInNeeded: It cannot be renewed.
        """
        return self._renewals.begin(place, stored)

    def renewal(
        self, place: Place, seen: StoredConnection, *, retry: bool = False
    ) -> Future[StoredConnection]:
        """Renew a connection whose token a service has refused; joins a renewal under way.

        Args:
            place: Where it is kept.
            seen: What was kept there when its token was sent.
            retry: Whether a person asks for it, who may have mended why it was refused.
        """
        return self._renewals.renewal(place, seen, retry=retry)

    def rename_slot(self, before: Slot, after: Slot) -> None:
        """Keep a token that could not be saved yet for the slot that its connection has now."""
        self._renewals.rename_slot(before, after)

    def result(self, place: Place, future: Future[StoredConnection]) -> StoredConnection:
        """Wait for a renewal, and fail as `current` does; an interrupt ends the waiting only."""
        return self._renewals.result(place, future)

    def revoke(self, place: Place, stored: StoredConnection) -> Revocation:
        """Revoke a grant at its provider, as far as that can be done; nothing is raised.

        Args:
            place: Where it is kept.
            stored: What is kept there.
        """
        oauth2 = _oauth2(place)
        if stored.grant and not stored.grant.is_bound_to(oauth2):
            return Revocation(
                "failed",
                "The app file names another client or provider by now, so nothing was revoked. "
                "If it is to lose its access at once, remove it in your account where you signed "
                "in.",
            )
        try:
            endpoints = self._endpoints(oauth2)
            endpoints.require("revocation_endpoint")
            secret = self.client_secret(place)
        except AttioError as error:
            return Revocation("failed", f"It could not be revoked at its provider: {error}")
        return revoke(
            oauth2,
            endpoints,
            stored,
            client_secret=secret,
            exchange=self._exchange,
            pause=self._pause,
        )

    def sends_iss(self, oauth2: OAuth2) -> bool:
        """Say whether a provider promises to name itself in its answers (RFC 9207 section 3).

        Raises:
            OAuthError: Its metadata are missing, or are not to be used.
            ProviderUnavailableError: There is no answer now.
        """
        return self._endpoints(oauth2).sends_iss

    def register(self, oauth2: OAuth2, *, client_name: str) -> Registration:
        """Register a client at the provider, where it lets programs do so.

        Args:
            oauth2: What is wished for; it has no client id yet.
            client_name: What people are shown there.

        Raises:
            OAuthError: It does not, or refuses.
            ProviderUnavailableError: There is no answer now.
        """
        endpoint = self._endpoints(oauth2).require("registration_endpoint")
        return register_client(oauth2, endpoint, client_name=client_name, exchange=self._exchange)

    def unregister(self, registration: Registration) -> str:
        """Delete a client that was registered, and say whether that worked; nothing is raised.

        Args:
            registration: What came of registering it.
        """
        return delete_client(registration.client, self._exchange)

    def client_secret(self, place: Place) -> SecretStr | None:
        """Return the secret of the client that a connection signs in with, or None.

        Raises:
            VaultError: What is stored cannot be read.
        """
        return self._client_secrets.get(place)

    def keep_client_secret(self, place: Place, secret: SecretStr) -> None:
        """Keep the secret of the client that a connection signs in with.

        One that was there stays stored as well, until this one has worked.

        Raises:
            VaultError: It could not be kept.
        """
        self._client_secrets.keep(place, secret)

    def forget_client_secret(self, place: Place) -> bool:
        """Forget the secret of the client, and say whether there was one.

        Raises:
            VaultError: It could not be deleted.
        """
        return self._client_secrets.forget(place)

    def _test(self, place: Place, token: Token, endpoints: Endpoints, nonce: str) -> str:
        """Test a token that is kept, keep beside it what that shows, and return what to say."""
        tested = TokenTest()
        # The person is connected: nothing about a test or a name may undo that.
        with suppress(Exception):
            stored = self._store.get(place.slot)
            if stored is None or stored.value != token.access_token:
                # Somebody else has connected since.
                return ""
            tested = test_token(
                place.definition,
                token.access_token,
                mask=lambda text: mask_echoes(text, secrets_of(token)),
            )
            if tested.is_refused:
                Refusals(self._store, clock=self._clock).mark(place.slot, stored, refused=True)
        with suppress(Exception):
            account = find_account(
                token,
                place.definition,
                endpoints,
                nonce=nonce,
                now=self._clock(),
                exchange=self._exchange,
                tested=tested.account,
            )
            stored = self._store.get(place.slot)
            if account and stored is not None and stored.value == token.access_token:
                keep_account(self._store, place.slot, stored, account)
        return tested.note

    def _endpoints(self, oauth2: OAuth2) -> Endpoints:
        found = self._found.get(oauth2)
        if found is not None and self._monotonic() - found[0] < METADATA_SECONDS:
            return found[1]
        try:
            return self._endpoints_anew(oauth2)
        except ProviderUnavailableError:
            if found is None:
                raise
            # What was right an hour ago is better than nothing.
            self._found[oauth2] = self._monotonic(), found[1]
            return found[1]

    def _endpoints_anew(self, oauth2: OAuth2) -> Endpoints:
        endpoints = find_endpoints(oauth2, self._exchange)
        self._found[oauth2] = self._monotonic(), endpoints
        return endpoints

    def _look_up_token_endpoint(self, oauth2: OAuth2) -> str:
        """Return the token endpoint that the metadata give now; "" where they give none."""
        if oauth2.token_endpoint:
            return ""
        try:
            return self._endpoints_anew(oauth2).require("token_endpoint")
        except OAuthError:
            # What the address answered that is known already says more.
            return ""

    def _refreshed(self, place: Place, grant: Grant) -> Token:
        oauth2 = _oauth2(place)
        endpoint = TokenEndpoint(
            oauth2.token_endpoint or self._endpoints(oauth2).require("token_endpoint"),
            lambda: self._look_up_token_endpoint(oauth2),
        )
        form = _form(oauth2, grant)

        def request(secret: SecretStr | None) -> Token:
            return request_token(
                oauth2,
                endpoint,
                form,
                client_secret=secret,
                exchange=self._exchange,
                remembered=grant.client_authentication,
            )

        def requested(secret: SecretStr | None) -> Token:
            try:
                return request(secret)
            except NoAnswerError:
                # The answer may be lost, and the refresh token spent: many providers give another
                # answer to the same token for a while.
                return request(secret)

        token = self._with_client_secret(place, requested)
        if grant.refresh_token == CLIENT_CREDENTIALS:
            # Should there be one all the same, it is not needed (RFC 6749 section 4.4.3).
            return replace(token, refresh_token=None)
        return token

    def _with_client_secret(
        self, place: Place, request: Callable[[SecretStr | None], Token]
    ) -> Token:
        """Request a token with the secret that is stored, or with the one that it has replaced."""
        secret = self.client_secret(place)
        try:
            token = request(secret)
        except RefusedError as error:
            before = self._client_secrets.before(place)
            # The new secret has never worked, and the one before may still do.
            if before is None or error.remedy == "grant":
                raise
            refused = error
        else:
            self._settle(place, secret, None)
            return token
        try:
            token = request(before)
        except RefusedError:
            raise refused from None
        with suppress(VaultError):
            self._client_secrets.restore(place, secret)
        return token

    def _settle(self, place: Place, secret: SecretStr | None, error: AttioError | None) -> None:
        """Take note of what a provider made of a client secret."""
        # The token that came is worth more than a secret that is not needed any more.
        with suppress(VaultError):
            if error is None:
                self._client_secrets.confirm(place, secret)
            elif isinstance(error, RefusedError) and error.remedy == "client":
                self._client_secrets.restore(place, secret)


def _form(oauth2: OAuth2, grant: Grant) -> dict[str, str]:
    """Return the grant as the token endpoint wants it."""
    if grant.refresh_token != CLIENT_CREDENTIALS:
        # The scope is left out: the provider knows what it granted (RFC 6749 section 6).
        return {"grant_type": "refresh_token", "refresh_token": grant.refresh_token or ""}
    scopes = oauth2.scope_separator.join(oauth2.scopes)
    # Auth0 and others want to know the API that the token is for:
    # https://auth0.com/docs/get-started/authentication-and-authorization-flow/client-credentials-flow
    audience = dict(oauth2.authorization_parameters).get("audience", "")
    form = {"grant_type": "client_credentials", "scope": scopes, "audience": audience}
    return {name: value for name, value in form.items() if value}


def _oauth2(place: Place) -> OAuth2:
    oauth2 = place.definition.oauth2
    if oauth2 is None:
        raise OAuthError("The app file says of this connection that it is a secret.")
    return oauth2
