"""Asking in a line: in a terminal, and in a front end that has no labextension."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import Answer, missing_error
from attio_nb.connections.secret import SecretStr, check_secret
from attio_nb.errors import AttioError
from attio_nb.notebook.line import read_hidden
from attio_nb.prompts.wording import description, heading

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest

__all__ = ["StdinPrompter"]

PROMPT = "Value (hidden; Enter alone cancels): "
APPROVE = "Type yes to allow this (hidden; Enter alone cancels): "


class StdinPrompter:
    """Asks with `getpass`, so that what is typed shows nowhere and stays in no history.

    Args:
        read: Shows a prompt and returns a hidden line.
        show: Shows a line.
    """

    def __init__(
        self,
        read: Callable[[str], str] = read_hidden,
        show: Callable[[str], None] = print,
    ) -> None:
        self._read = read
        self._show = show

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask until an answer is taken.

        Raises:
            MissingConnectionError: The person cancelled with an empty line or an interrupt, or
                `wait` is False.
        """
        if not wait:
            raise missing_error(request, "not-waiting")
        if threading.current_thread() is not threading.main_thread():
            raise missing_error(request, "not-in-a-cell")
        self._introduce(request)
        if request.new_addresses:
            self._approve(request)
        elif request.sign_in is not None:
            self._sign_in(request)
        else:
            while not self._answered(request):
                pass
        self._show(request.success)

    def _introduce(self, request: ConnectionRequest) -> None:
        self._show(heading(request))
        self._show(description(request))
        for address in request.new_addresses:
            self._show(f"  {address}")
        if request.definition is None:
            self._show(f"Your answer defines it as a secret in {request.app_file}.")
        elif request.definition.help_url:
            self._show(f"Where to find it: {request.definition.help_url}")

    def _approve(self, request: ConnectionRequest) -> None:
        while True:
            line = self._line(request, APPROVE).strip().lower()
            if line == "yes":
                return request.accept(Answer(SecretStr("")))
            if line in ("", "no"):
                raise missing_error(request, "cancelled")

    def _sign_in(self, request: ConnectionRequest) -> None:
        # Loaded with the first sign-in.
        from attio_nb.notebook.stdin_sign_in import StdinSignIn

        StdinSignIn(request, read=self._read, show=self._show).run()

    def _line(self, request: ConnectionRequest, prompt: str) -> SecretStr:
        try:
            # Masked at once: a traceback may list this frame's variables.
            return SecretStr(self._read(prompt))
        except KeyboardInterrupt:
            # It must not leave an asyncio task: that would end the kernel.
            raise missing_error(request, "interrupted") from None
        except EOFError:
            return SecretStr("")

    def _answered(self, request: ConnectionRequest) -> bool:
        line = self._line(request, PROMPT)
        if not line:
            raise missing_error(request, "cancelled")
        try:
            request.accept(Answer(check_secret(line)))
        except AttioError as error:
            self._show(str(error))
            return False
        return True
