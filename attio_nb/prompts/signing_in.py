"""Signing in from a prompt that stands in a notebook."""

from __future__ import annotations

import functools
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from attio_nb.connections.cleaning import without_ends
from attio_nb.connections.questions import Question, question_about
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError, AuthorizationError, OAuthError, VaultError
from attio_nb.imports import with_installed_packages
from attio_nb.prompts.qr import as_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import Answer, ConnectionRequest
    from attio_nb.oauth.device import DeviceAuthorization
    from attio_nb.oauth.sign_in import SignIn, SignInState
    from attio_nb.prompts.pending import PendingPrompt

__all__ = ["SigningIn", "check_address"]

Told = Literal["preparing", "ready", "exchanging", "failed"]

TOLD: dict[SignInState, Told] = {
    "new": "preparing",
    "preparing": "preparing",
    "ready": "ready",
    "exchanging": "exchanging",
    "connected": "exchanging",
    "failed": "failed",
    "closed": "failed",
}
"""What a page is told of each state; that it is connected, and how it ended, the prompt says."""

NOBODY_ANSWERED = ("", "expired_token")


class SigningIn:
    """The sign-in of one prompt; a new one once somebody has answered it and it has failed.

    It is asked on the control thread, where nothing may wait, and told of news on any thread.

    Args:
        request: What is asked for; it has a sign-in.
        prompt: Is moved on as the sign-in goes.
    """

    def __init__(self, request: ConnectionRequest, prompt: PendingPrompt) -> None:
        self._request = request
        self._prompt = prompt
        self._lock = threading.Lock()
        self._sign_in: SignIn | None = None
        self._seen: SignInState = "new"
        self._failure = ""
        self._closed = False
        self._drawn: tuple[DeviceAuthorization, str, float] | None = None

    def begin(self) -> None:
        """Begin a sign-in, in place of the one before; it gets ready on a thread."""
        try:
            if self._request.sign_in is None:
                raise OAuthError(f"This connection is not made by signing in. {self._prompt.again}")
            sign_in = self._request.sign_in()
        except AttioError as error:
            self._failure = str(error)
            self._tell(str(error))
            return
        sign_in.changed = lambda: self._changed(sign_in)
        with self._lock:
            before, self._sign_in = self._sign_in, sign_in
            self._seen, self._failure = "new", ""
            closed = self._closed
        if before is not None:
            before.close()
        if closed:
            sign_in.close()
        else:
            sign_in.start()

    def suspend(self) -> None:
        """End the one that is under way; `begin` begins another."""
        with self._lock:
            sign_in, self._sign_in = self._sign_in, None
        if sign_in is not None:
            sign_in.close()

    def close(self) -> None:
        """End it, if it is not over: nobody can come back to it any more."""
        with self._lock:
            self._closed = True
            sign_in = self._sign_in
        if sign_in is not None:
            sign_in.close()

    def again(self) -> None:
        """Begin a new one, if the last one has failed."""
        with self._lock:
            if self._told() != "failed":
                return
            before, self._sign_in, self._failure = self._sign_in, None, ""
        # Before it begins: a new one that fails at once has the last word.
        self._tell("")
        _run("attio_nb again", lambda: self._begin_after(before))

    def described(self, callback_url: str, *, local: bool) -> dict[str, Any]:
        """Return what the page has to know now; the address in it is for the page's memory only.

        Args:
            callback_url: Where the callback of the Jupyter server is, as that page knows it; "" for
                a server that shares no files with this kernel.
            local: Whether the page is shown on the computer that this kernel runs on.
        """
        sign_in, told = self._sign_in, self._told()
        if told == "failed":
            return {"state": told, "message": self._why()}
        if sign_in is None or told != "ready":
            return {"state": told}
        try:
            url, returns = _way_back(sign_in, callback_url, local=local)
        except AuthorizationError as error:
            if sign_in.state != "ready":
                # It has ended this moment, and the page will be told to ask again.
                return {"state": "preparing"}
            # No registered port can be had, and this page needs one.
            self._failure = str(error)
            self._tell(str(error))
            return {"state": self._told(), "message": self._why()}
        host, *others = sign_in.hosts or ("",)
        return {
            "state": told,
            "authorization_url": url,
            "host": host,
            "other_hosts": others,
            "returns": returns,
            "has_device": sign_in.has_device,
            "device": self._device(sign_in.device),
        }

    def keep_client_secret(self, answer: Answer) -> None:
        """Keep the secret of the client, on a thread, or ask about it first.

        Args:
            answer: What the person has typed, and has confirmed so far.

        Raises:
            InvalidSecretError: It cannot be one; the person may type it again.
        """
        reviewed = question_about(answer)
        if isinstance(reviewed, Question):
            self._prompt.ask(reviewed, self.keep_client_secret)
            return
        accept = functools.partial(self._request.accept_client_secret, reviewed.value)
        _run("attio_nb client secret", lambda: self._go_on(accept))

    def use_stored_client_secret(self) -> None:
        """Go on with the secret of the client that is stored, on a thread."""
        use = self._request.use_stored_client_secret
        _run("attio_nb client secret", lambda: self._go_on(use))

    def accept(self, address: str) -> None:
        """Take the address that the browser came back to, on a thread.

        Raises:
            AuthorizationError: It cannot be one; the person may paste another.
        """
        sign_in = self._ready()
        pasted = check_address(address)
        _run("attio_nb pasted address", lambda: self._accept(sign_in, pasted))

    def use_device(self) -> None:
        """Ask for a code that can be typed on another device.

        Raises:
            AuthorizationError: It is not ready, or the provider has no such way.
        """
        sign_in = self._ready()
        if not sign_in.has_device:
            raise AuthorizationError("This provider has no sign-in on another device.")
        # What was said of a pasted address is no news any more.
        self._prompt.go_on("asking")
        sign_in.use_device()

    def _told(self) -> Told:
        if self._failure:
            return "failed"
        return "preparing" if self._sign_in is None else TOLD[self._sign_in.state]

    def _why(self) -> str:
        error = self._sign_in.error if self._sign_in else None
        return self._failure or str(error or "")

    def _ready(self) -> SignIn:
        sign_in = self._sign_in
        if sign_in is None or sign_in.state != "ready":
            raise AuthorizationError("This sign-in is not ready. Try again in a moment.")
        return sign_in

    def _go_on(self, settle: Callable[[], None]) -> None:
        """Settle which client secret is used, then go on with the sign-in."""
        try:
            settle()
            is_connected = self._request.is_connected()
        except AttioError as error:
            self._tell(str(error))
            return
        if is_connected:
            self._prompt.go_on("connected", self._request.success_with_account)
        else:
            self._prompt.want_client_secret(False)
            self._tell("")

    def _accept(self, sign_in: SignIn, address: SecretStr) -> None:
        # Whatever else it raises, the sign-in has said it to `_changed`.
        with suppress(Exception):
            try:
                sign_in.accept(address)
            except AttioError as error:
                if sign_in.state == "ready":
                    self._tell(str(error))

    def _begin_after(self, before: SignIn | None) -> None:
        if before is not None:
            before.close()
        self.begin()

    def _changed(self, sign_in: SignIn) -> None:
        with self._lock:
            if sign_in is not self._sign_in or self._closed:
                return
            before, state, error = self._seen, sign_in.state, sign_in.error
            if state != "failed":
                self._seen = state
        if state == "exchanging":
            self._prompt.go_on("saving")
        elif state == "connected":
            self._prompt.go_on("connected", self._request.success_with_account)
        elif state == "failed" and error is not None:
            self._has_failed(before, error)
        elif state == "ready" and error is not None:
            self._prompt.go_on("asking", str(error))
        self._prompt.ask_again()

    def _has_failed(self, before: SignInState, error: AttioError) -> None:
        # Where nobody has answered, nobody may be there: then a new sign-in waits for a click,
        # since no port stays open for hours, and no provider is asked over and over.
        code = error.error if isinstance(error, OAuthError) else ""
        # A secret that was refused is asked for anew.
        with suppress(VaultError):
            if self._request.client_secret_wanted():
                self._prompt.want_client_secret(True)
        if before == "exchanging" or (before == "ready" and code not in NOBODY_ANSWERED):
            self.begin()
        self._prompt.go_on("asking", str(error))

    def _tell(self, message: str) -> None:
        self._prompt.go_on("asking", message)
        self._prompt.ask_again()

    def _device(self, device: DeviceAuthorization | None) -> dict[str, Any] | None:
        if device is None:
            return None
        if self._drawn is None or self._drawn[0] is not device:
            address = device.verification_uri_complete or device.verification_uri
            self._drawn = device, as_image(address), time.monotonic()
        return {
            "user_code": device.user_code,
            "verification_uri": device.verification_uri,
            "verification_uri_complete": device.verification_uri_complete,
            "qr": self._drawn[1],
            "expires_in": max(0.0, device.expires_in - (time.monotonic() - self._drawn[2])),
        }


def check_address(text: str) -> SecretStr:
    """Return the text as the address that a browser came back to, masked since it holds a code.

    Raises:
        AuthorizationError: It is no address, or one without an answer. The message does not show
            it.
    """
    # A terminal may have broken it into lines; an address has no space in it.
    address = "".join(without_ends(text).split()).strip("\"'<>")
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    is_answer = "state=" in parts.query or "error=" in parts.query
    if parts.scheme not in ("http", "https") or not is_answer:
        raise AuthorizationError(
            "This is not the address that a sign-in ends at. Copy all of it from the address bar "
            "of the page that you were sent to."
        )
    return SecretStr(address)


def _way_back(sign_in: SignIn, callback_url: str, *, local: bool) -> tuple[str, str]:
    """Return where the page sends the person, and how they come back from there."""
    if callback_url and not local and sign_in.returns_by_itself:
        # A page that does not know where its server is, or files that cannot be shared.
        with suppress(AuthorizationError):
            return sign_in.authorization_url(callback_url), "server"
    by_itself = local and sign_in.returns_by_itself
    return sign_in.authorization_url(), "loopback" if by_itself else "paste"


def _run(name: str, work: Callable[[], None]) -> None:
    target = with_installed_packages(work)
    threading.Thread(target=target, name=name, daemon=True).start()
