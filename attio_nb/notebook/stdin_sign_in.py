"""Signing in from a line: in a terminal, and in a front end that has no labextension."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import Answer, missing_error
from attio_nb.connections.questions import question_about
from attio_nb.console import can_show
from attio_nb.errors import (
    AttioError,
    AuthorizationError,
    InvalidSecretError,
    MissingConnectionError,
)
from attio_nb.imports import with_installed_packages
from attio_nb.notebook.elsewhere import ElsewhereWatch
from attio_nb.notebook.interrupts import interruptible
from attio_nb.notebook.stdin_questions import decided
from attio_nb.plain_text import escape_unprintable
from attio_nb.prompts.qr import as_text
from attio_nb.prompts.signing_in import check_address
from attio_nb.prompts.wording import subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.connections.secret import SecretStr
    from attio_nb.notebook.line import HiddenLine
    from attio_nb.notebook.lines import Lines
    from attio_nb.oauth.device import DeviceAuthorization
    from attio_nb.oauth.sign_in import SignIn

__all__ = ["StdinSignIn"]

CLIENT_SECRET = "Client secret of {} (hidden; Enter alone cancels): "  # noqa: S105  # what is asked
STORED = "Client secret of {} (hidden; Enter alone uses the one that is stored): "
ADDRESS = (
    "Connect {}: waiting for the browser. Or paste the address here (hidden; Enter alone cancels): "
)
ADDRESS_OR_DEVICE = (
    "Connect {}: waiting for the browser. Or paste the address here, or type device to sign in on "
    "another one (hidden; Enter alone cancels): "
)
DEVICE = "Connect {}: waiting for the other device (Enter alone cancels): "
AGAIN = "Type again to sign in to {} again (Enter alone cancels): "
OVER = ("connected", "failed", "closed")
POLL_SECONDS = 0.1


class _ConnectedElsewhere(Exception):  # it is no error
    """Ends this sign-in: the connection is there."""


class StdinSignIn:
    """Signs one person in.

    Args:
        request: What is asked for; it has a sign-in.
        lines: Shows lines, and reads hidden ones.
        browse: Opens an address in a browser, or does nothing where there is none.
    """

    def __init__(
        self,
        request: ConnectionRequest,
        lines: Lines,
        *,
        browse: Callable[[str], object] = lambda url: None,
    ) -> None:
        self._request = request
        self._show = lines.show
        self._show_picture = lines.show_picture
        self._browse = browse
        self._interrupted = threading.Event()
        self._watch = ElsewhereWatch(request, lines.read, connecting=self._is_connecting)
        self._latest: SignIn | None = None

    def run(self) -> bool:
        """Return once there is a connection; call it on the main thread.

        Returns:
            Whether they have signed in here; False where somebody has connected in another place.

        Raises:
            MissingConnectionError: They cancelled with an empty line or an interrupt.
        """
        with interruptible() as self._interrupted, self._watch:
            try:
                self._ask_for_client_secret()
                # A grant that is there may be good with another secret.
                while not (self._request.is_connected() or self._signed_in()):
                    # One that was refused is wanted again; what is typed for it is word enough.
                    if not self._ask_for_client_secret():
                        self._typed(self._watch.line(), AGAIN)
            except _ConnectedElsewhere:
                return False
        return True

    def _is_connecting(self) -> bool:
        return self._latest is not None and self._latest.state in ("exchanging", "connected")

    def _ask_for_client_secret(self) -> bool:
        """Ask for the secret of the client, and say whether it was wanted."""
        was_wanted = False
        while self._request.client_secret_wanted():
            was_wanted = True
            is_stored = self._request.has_client_secret()
            prompt = STORED if is_stored else CLIENT_SECRET
            try:
                secret = self._typed(self._watch.line(), prompt, may_be_empty=is_stored)
                if secret:
                    self._take_client_secret(secret)
                else:
                    self._request.use_stored_client_secret()
            except MissingConnectionError:
                raise
            except AttioError as error:
                self._show(str(error))
        return was_wanted

    def _take_client_secret(self, secret: SecretStr) -> None:
        answer = decided(
            Answer(secret),
            question_about,
            read=lambda prompt: self._typed(self._watch.line(), prompt),
            show=self._show,
        )
        if answer is not None:
            self._request.accept_client_secret(answer.value)

    def _signed_in(self) -> bool:
        """Sign in, and say whether it worked; if not, the person has been told why."""
        try:
            sign_in = self._new_sign_in()
        except AttioError as error:
            self._show(str(error))
            return False
        self._latest = sign_in
        line = self._watch.line()
        with closing(sign_in):
            sign_in.changed = lambda: line.end() if sign_in.state in OVER else None
            sign_in.start()
            self._wait_until(lambda: sign_in.wait_until_ready(POLL_SECONDS), sign_in)
            try:
                if sign_in.state not in OVER:
                    self._introduce(sign_in)
            except AuthorizationError as error:
                self._show(str(error))
                return False
            self._go_through(sign_in, line)
            if sign_in.state == "connected":
                return True
            self._show(str(sign_in.error or "This sign-in is over."))
            return False

    def _new_sign_in(self) -> SignIn:
        if self._request.sign_in is None:
            raise AuthorizationError("This connection is not made by signing in.")
        return self._request.sign_in()

    def _introduce(self, sign_in: SignIn) -> None:
        host, *others = sign_in.hosts or ("",)
        oauth2 = self._request.definition.oauth2 if self._request.definition else None
        if oauth2 and oauth2.scopes:
            self._show(f"What is asked for: {' '.join(oauth2.scopes)}")
        if others:
            self._show(f"Besides {host} it deals with {', '.join(others)}.")
        url = sign_in.authorization_url()
        self._show(f"Sign in at {host}:\n{url}")
        self._show(
            "If the page that you are sent to then does not load, or does not say Connected, copy "
            "its address."
        )
        self._browse(url)

    def _go_through(self, sign_in: SignIn, line: HiddenLine) -> None:
        prompt = ADDRESS_OR_DEVICE if sign_in.has_device else ADDRESS
        while sign_in.state not in OVER:
            try:
                typed = self._typed(line, prompt)
            except InvalidSecretError as error:
                self._show(str(error))
                continue
            if typed is None:
                return
            if typed == "device" and sign_in.has_device:
                self._use_device(sign_in)
                prompt = DEVICE if sign_in.device else prompt
            else:
                self._accept(sign_in, typed)

    def _typed(
        self, line: HiddenLine, prompt: str, *, may_be_empty: bool = False
    ) -> SecretStr | None:
        """Return what the person types, or None where the sign-in is over first."""
        try:
            typed = line.read(prompt.format(subject(self._request)))
        except KeyboardInterrupt:
            raise missing_error(self._request, "interrupted") from None
        if typed is None and self._watch.connected:
            raise _ConnectedElsewhere
        if typed == "" and not may_be_empty:
            raise missing_error(self._request, "cancelled")
        return typed

    def _accept(self, sign_in: SignIn, typed: SecretStr) -> None:
        refused: list[AttioError] = []

        def accept() -> None:
            # What ends the sign-in, it keeps itself.
            with suppress(Exception):
                try:
                    sign_in.accept(check_address(f"{typed}"))
                except AttioError as error:
                    refused.append(error)

        # On a thread, so that an interrupt need not wait for the provider.
        accepting = threading.Thread(
            target=with_installed_packages(accept), name="attio_nb pasted address", daemon=True
        )
        accepting.start()
        self._wait_until(lambda: _ended(accepting), sign_in)
        if refused and sign_in.state not in OVER:
            self._show(str(refused[0]))

    def _use_device(self, sign_in: SignIn) -> None:
        sign_in.use_device()
        self._wait_until(lambda: _has_answered(sign_in), sign_in)
        if sign_in.device is not None:
            self._show_device(sign_in.device)
        elif sign_in.error is not None and sign_in.state not in OVER:
            self._show(str(sign_in.error))

    def _show_device(self, device: DeviceAuthorization) -> None:
        picture = as_text(device.verification_uri_complete or device.verification_uri)
        if can_show(picture):
            self._show_picture(picture)
        code = escape_unprintable(device.user_code)
        self._show(f"On another device, open {device.verification_uri} and type {code}")

    def _wait_until(self, done: Callable[[], bool], sign_in: SignIn) -> None:
        while not done() and sign_in.state not in OVER:
            if self._interrupted.is_set():
                raise missing_error(self._request, "interrupted")
            if self._watch.connected:
                raise _ConnectedElsewhere


def _has_answered(sign_in: SignIn) -> bool:
    """Say whether the provider has given a code for another device, or has not."""
    return sign_in.device is not None or sign_in.error is not None or sign_in.wait(POLL_SECONDS)


def _ended(thread: threading.Thread) -> bool:
    thread.join(POLL_SECONDS)
    return not thread.is_alive()
