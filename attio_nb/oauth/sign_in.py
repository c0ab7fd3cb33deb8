"""One sign-in, and all its ways back from the browser: whichever comes first wins."""

from __future__ import annotations

import copy
import re
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, urlsplit, urlunsplit

from attio_nb.app.redirects import callback_name
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError, AuthorizationError, OAuthError, VaultError
from attio_nb.imports import with_installed_packages
from attio_nb.oauth.authorize import AuthorizationRequest, StrayCallbackError
from attio_nb.oauth.device import await_device, request_device
from attio_nb.oauth.loopback import CONNECTED, listen
from attio_nb.oauth.metadata import NEEDED
from attio_nb.oauth.token import request_token
from attio_nb.oauth.token_endpoint import TokenEndpoint
from attio_nb.web_address import AddressError, parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import OAuth2
    from attio_nb.callback import CallbackFiles
    from attio_nb.oauth.authorize import Code
    from attio_nb.oauth.device import DeviceAuthorization
    from attio_nb.oauth.exchange import Exchange
    from attio_nb.oauth.loopback import Listener
    from attio_nb.oauth.metadata import Endpoints
    from attio_nb.oauth.token import Token

__all__ = ["SignIn", "SignInState"]

SignInState = Literal["new", "preparing", "ready", "exchanging", "connected", "failed", "closed"]

CALLBACK_PATH = "attio-nb/oauth/callback"
LOOK_SECONDS = 0.1
CODE_NOT_SENT = (
    "The code of the provider was not used, so this sign-in still counts: load the page that you "
    "were sent back to again, or paste its address."
)
LONGEST_ADDRESS = 16 * 1024
SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JavaScript and JSON can hold, and nothing can send."""


class SignIn:
    """Signs one person in, once.

    Args:
        oauth2: What the app file says of the provider.
        endpoints: Finds its endpoints; called on a thread.
        look_up_token_endpoint: Asks the provider again where its token endpoint is; "" where it
            is not looked up.
        client_secret: Returns the secret of the client, or None where it has none.
        keep: Takes the token. An `AttioError` that it raises is why the sign-in has failed.
        test: Takes the token once it is kept, the endpoints, and the nonce that was sent or "".
            Finds out what the service makes of the token, and which account has signed in; returns
            what to say about it, or "". It raises nothing.
        exchange: Sends the requests.
        require_writable: Raises a `VaultError` where ``keep`` could keep nothing now.
        ended: Is told that somebody has signed in, or the error that it has failed with.
        callbacks: The files through which a Jupyter server hands over what came back to it.
        timeout: Seconds until nobody is waited for any more, from when it is ready.

    Attributes:
        state: How far it has come. In ``ready`` it can be answered; the last three are ends.
        error: Why it has failed; while it is ready, why there is no code for another device.
        device: What to show to a person who signs in on another device.
        note: Once somebody is connected: what the service made of the token, as sentences, or "".
        changed: Is called on any thread when one of the first three has changed.
        timeout: As above.
    """

    def __init__(
        self,
        oauth2: OAuth2,
        *,
        endpoints: Callable[[], Endpoints],
        look_up_token_endpoint: Callable[[], str] = lambda: "",
        client_secret: Callable[[], SecretStr | None],
        keep: Callable[[Token], None],
        test: Callable[[Token, Endpoints, str], str] = lambda token, endpoints, nonce: "",
        exchange: Exchange,
        ended: Callable[[AttioError | None], None] = lambda error: None,
        require_writable: Callable[[], None] = lambda: None,
        callbacks: CallbackFiles | None = None,
        timeout: float = 300.0,
    ) -> None:
        self.state: SignInState = "new"
        self.error: AttioError | None = None
        self.device: DeviceAuthorization | None = None
        self.note = ""
        self.changed: Callable[[], object] = lambda: None
        self.timeout = timeout
        self._oauth2 = oauth2
        self._find_endpoints = endpoints
        self._look_up_token_endpoint = look_up_token_endpoint
        self._client_secret = client_secret
        self._keep = keep
        self._test = test
        self._ended = ended
        self._require_writable = require_writable
        self._exchange = exchange
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._prepared = threading.Event()
        self._over = threading.Event()
        self._is_over = False
        self._request: AuthorizationRequest | None = None
        self._listener: Listener | None = None
        self._no_listener: AuthorizationError | None = None
        self._timer: threading.Timer | None = None
        self._callback_url = ""
        self._polls_device = False

    def __repr__(self) -> str:
        return f"<SignIn {self._oauth2.client_id!r}: {self.state}>"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host that the person is sent to, then others that take part, once it is ready."""
        return self._request.endpoints.hosts if self._request else ()

    @property
    def has_device(self) -> bool:
        """Whether the provider lets one sign in on another device; False before it is ready."""
        request = self._request
        return bool(request and request.endpoints.device_authorization_endpoint)

    @property
    def returns_by_itself(self) -> bool:
        """Whether something of ours listens where the browser comes back to on this computer."""
        return not self._oauth2.redirect_uri

    def start(self) -> None:
        """Look up the endpoints and open the ways back, on a thread; it ends ready or failed."""
        if self._move("new", "preparing"):
            _run("attio_nb sign-in", self._prepare)

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait until it can be answered, and say whether it can."""
        return self._prepared.wait(seconds) and self.state == "ready"

    def wait(self, seconds: float) -> bool:
        """Wait until it is over, and say whether it is."""
        return self._over.wait(seconds)

    def authorization_url(self, callback_url: str = "") -> str:
        """Return the address at which the person signs in.

        Args:
            callback_url: Where the browser comes back to the Jupyter server; "" for the listener
                on this computer, or for the address that the app file fixes.

        Raises:
            AuthorizationError: It is not ready, or the address is not one of the Jupyter server's.
        """
        request = self._require_request()
        if self._oauth2.redirect_uri:
            return request.url(self._oauth2.redirect_uri)
        if callback_url:
            return request.url(self._expected(request, callback_url))
        with self._lock:
            if self._no_listener is not None:
                raise self._no_listener
            if self._listener is None:
                raise AuthorizationError("This sign-in is over. Sign in again.")
            return request.url(self._listener.redirect_uri)

    def accept(self, address: str) -> None:
        """Take the address that the browser came back to, and exchange its code for a token.

        Args:
            address: All of it, received or pasted.

        Raises:
            AuthorizationError: It is not the answer to this sign-in, which goes on waiting; or it
                is, and the person or the provider has refused.
            OAuthError: The provider gave no token for the code.
            VaultError: A token could not be kept now. The code is still good, and the sign-in goes
                on waiting.
        """
        # A traceback may list variables, and its code may still be good.
        address = SecretStr(f"{address}".strip())
        request = self._require_request()
        self._check_store(request, address)
        refused: AuthorizationError | None = None
        with self._lock:
            if self.state != "ready":
                raise StrayCallbackError("This sign-in was answered already.")
            try:
                code = request.code(
                    self._as_sent(address),
                    self._redirect_uris(),
                    client_secret=self._known_client_secret,
                )
            except StrayCallbackError:
                raise
            except AuthorizationError as error:
                refused = error
            else:
                self.state = "exchanging"
        if refused is not None:
            self._end("failed", refused)
            raise refused
        self.changed()
        nonce = request.nonce if request.sends_nonce else ""
        self._finish(request, lambda: self._exchanged(request, code), nonce)

    def _check_store(self, request: AuthorizationRequest, address: str) -> None:
        """Raise if the right answer has come, and the token for its code could not be kept."""
        with self._lock:
            if self.state != "ready":
                return
            try:
                request.code(self._as_sent(address), self._redirect_uris())
            except AuthorizationError:
                return
        try:
            self._require_writable()
        except VaultError as error:
            error.add_sentence(CODE_NOT_SENT)
            self.error = error
            self.changed()
            raise

    def _known_client_secret(self) -> SecretStr | None:
        with suppress(AttioError):
            return self._client_secret()
        return None

    def use_device(self) -> None:
        """Ask for a code that the person can type on another device, on a thread."""
        request = self._require_request()
        with self._lock:
            if self._polls_device or self.state != "ready":
                return
            self._polls_device, self.error = True, None
        _run("attio_nb device", lambda: self._sign_in_on_device(request))

    def close(self) -> None:
        """End it, if it is not over: the port is free, and nothing is accepted any more."""
        self._end("closed")

    def _prepare(self) -> None:
        listener = None
        try:
            endpoints = self._find_endpoints()
            for name in NEEDED:
                endpoints.require(name)
            request = self._new_request(endpoints)
            # Before the person is sent anywhere.
            self._require_writable()
            if not self._oauth2.redirect_uri:
                listener = listen(self._oauth2, self.accept)
        except AuthorizationError as error:
            # A page on another computer comes back to its Jupyter server, and needs no port.
            self._no_listener = copy.copy(error)
        except BaseException as error:
            self._end("failed", _told(error))
            return
        with self._lock:
            if self.state != "preparing":
                if listener is not None:
                    listener.close()
                return
            self._request, self._listener = request, listener
            self._timer = threading.Timer(self.timeout, with_installed_packages(self._time_out))
            self._timer.daemon = True
            self._timer.start()
            self.state = "ready"
        self._prepared.set()
        self.changed()

    def _new_request(self, endpoints: Endpoints) -> AuthorizationRequest:
        if self._callbacks is None:
            return AuthorizationRequest(self._oauth2, endpoints)
        return AuthorizationRequest(self._oauth2, endpoints, state=self._callbacks.new_state())

    def _require_request(self) -> AuthorizationRequest:
        if self._request is None:
            raise AuthorizationError("This sign-in is not ready. Try again in a moment.")
        return self._request

    @property
    def _callback_path(self) -> str:
        return "/".join(filter(None, [CALLBACK_PATH, callback_name(self._oauth2)]))

    def _redirect_uris(self) -> list[str]:
        listener = self._listener.redirect_uri if self._listener else ""
        return [uri for uri in (listener, self._callback_url, self._oauth2.redirect_uri) if uri]

    def _as_sent(self, address: str) -> str:
        """Return the address as the provider knows it: a hub leads on to the user's own server."""
        if len(address) > LONGEST_ADDRESS:
            raise StrayCallbackError("This address is too long to be the one of a sign-in.")
        if SURROGATE.search(address):
            raise StrayCallbackError(
                "This address holds characters that no address has. Copy it from the browser again."
            )
        try:
            here, there = urlsplit(address), urlsplit(self._callback_url)
        except ValueError:
            return address
        is_led_on = here.path.endswith(f"/{self._callback_path}") and _is_of_hub(here, there)
        if not is_led_on:
            return address
        return SecretStr(urlunsplit(here._replace(netloc=there.netloc, path=there.path)))

    def _expected(self, request: AuthorizationRequest, callback_url: str) -> str:
        """Return where the browser comes back to: what the first page said, for all pages."""
        # The token endpoint has to be told the same, and what comes back does not say which it was.
        if self._callback_url:
            return self._callback_url
        if not _is_callback(callback_url):
            raise AuthorizationError(
                "The page gave no address to come back to. Reload the page and try again."
            )
        try:
            if self._callbacks is not None:
                self._callbacks.expect(request.state, callback_name(self._oauth2))
        except OSError as error:
            raise AuthorizationError(
                "The folder that kernel and Jupyter server share cannot be written "
                f"({error.strerror}). Paste the address instead."
            ) from error
        own = callback_name(self._oauth2)
        self._callback_url = f"{callback_url}/{own}" if own else callback_url
        _run("attio_nb server callback", lambda: self._watch(request.state))
        return self._callback_url

    def _watch(self, state: str) -> None:
        files = self._callbacks
        if files is None:
            return
        while not self._over.wait(LOOK_SECONDS):
            query = files.received(state)
            if query is not None:
                self._tell(files, state, SecretStr(query))
                self._expect_again(files, state)
        files.forget(state)

    def _expect_again(self, files: CallbackFiles, state: str) -> None:
        # What came back may have been no answer to this sign-in, which then waits on.
        if not self._over.is_set():
            with suppress(OSError):
                files.expect(state, callback_name(self._oauth2))

    def _tell(self, files: CallbackFiles, state: str, query: str) -> None:
        try:
            self.accept(f"{self._callback_url}?{query}")
        except AttioError as error:
            ok, message = False, str(error)
        else:
            ok, message = True, CONNECTED
        # The page that cannot be told says that the notebook knows.
        with suppress(OSError):
            files.tell(state, ok, message)

    def _exchanged(self, request: AuthorizationRequest, code: Code) -> Token:
        form = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": code.redirect_uri,
            "code_verifier": request.code_verifier,
        }
        return request_token(
            self._oauth2,
            TokenEndpoint(request.endpoints.token_endpoint, self._look_up_token_endpoint),
            form,
            client_secret=self._client_secret(),
            exchange=self._exchange,
        )

    def _sign_in_on_device(self, request: AuthorizationRequest) -> None:
        try:
            self._require_writable()
            secret = self._client_secret()
            device = request_device(
                self._oauth2, request.endpoints, client_secret=secret, exchange=self._exchange
            )
        except AttioError as error:
            # The browser can still come back.
            self._polls_device, self.error = False, _told(error)
            self.changed()
            return
        self.device = device
        self.changed()
        try:
            token = await_device(
                self._oauth2,
                request.endpoints,
                device,
                client_secret=secret,
                exchange=self._exchange,
                pause=self._over.wait,
                look_up_token_endpoint=self._look_up_token_endpoint,
            )
        except BaseException as error:
            self._end("failed", _told(error))
            return
        if token is None or not self._move("ready", "exchanging"):
            return
        # What it raises is kept as the error of this sign-in, and this thread has nobody to tell.
        with suppress(AttioError):
            self._finish(request, lambda: token)

    def _finish(
        self, request: AuthorizationRequest, get_token: Callable[[], Token], nonce: str = ""
    ) -> None:
        try:
            token = get_token()
            self._keep(token)
        except BaseException as error:
            self._end("failed", _told(error))
            raise
        self.note = self._test(token, request.endpoints, nonce)
        self._end("connected")

    def _time_out(self) -> None:
        # A code that is being exchanged ends the sign-in by itself.
        self._end(
            "failed",
            AuthorizationError(
                f"Nobody came back from {self.hosts[0]} within {self.timeout:g} seconds. Sign in "
                "again."
            ),
            unless="exchanging",
        )

    def _end(
        self,
        state: Literal["connected", "failed", "closed"],
        error: AttioError | None = None,
        *,
        unless: SignInState | None = None,
    ) -> None:
        with self._lock:
            if self._is_over or self.state == unless:
                return
            self._is_over = True
            self.error = error
            listener, self._listener = self._listener, None
            if self._timer is not None:
                self._timer.cancel()
            self.state = state
        if listener is not None:
            listener.close()
        if state != "closed":
            self._ended(error)
        # Not before the port is free: whoever waited may sign in again with the same one.
        self._over.set()
        self._prepared.set()
        self.changed()

    def _move(self, before: SignInState, after: SignInState) -> bool:
        """Go on from one state to another, and say whether it was in the one."""
        with self._lock:
            if self.state != before:
                return False
            self.state = after
        self.changed()
        return True


def _is_callback(url: str) -> bool:
    """Say whether an address is the callback of a Jupyter server."""
    try:
        address = parse_web_address(url)
    except AddressError:
        return False
    return address.path.endswith(f"/{CALLBACK_PATH}") and not set(url) & {"?", "#"}


def _run(name: str, target: Callable[[], None]) -> None:
    work = with_installed_packages(target)
    threading.Thread(target=work, name=name, daemon=True).start()


def _told(error: BaseException) -> AttioError:
    if isinstance(error, AttioError):
        # A copy has no traceback: the one of this thread holds the request of a browser, in which
        # the code stands.
        return copy.copy(error)
    return OAuthError(f"{type(error).__name__} while you were being connected. Sign in again.")


def _is_of_hub(here: SplitResult, there: SplitResult) -> bool:
    """Say whether an address is on the hub's host, or on the host that it gives to one user."""
    is_same_host = here.netloc == there.netloc or here.netloc.endswith(f".{there.netloc}")
    return here.scheme == there.scheme and is_same_host
