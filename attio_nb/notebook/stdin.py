"""Asking in a line: in a terminal, and in a front end that has no labextension."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from attio_nb.connections.prompter import Answer, missing_error
from attio_nb.connections.secret import SecretStr
from attio_nb.console import say
from attio_nb.errors import AttioError, MissingConnectionError
from attio_nb.notebook.elsewhere import CLOSE_FIELD, ElsewhereWatch
from attio_nb.notebook.line import read_hidden
from attio_nb.notebook.lines import Lines
from attio_nb.notebook.stdin_questions import decided
from attio_nb.plain_text import escape_unprintable
from attio_nb.prompts.wording import description, heading, subject

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.notebook.line import HiddenLine

__all__ = ["StdinPrompter"]

PROMPT = "Value for {} (hidden; Enter alone cancels): "
APPROVE = "Type yes to allow {} for {} (hidden; Enter alone cancels): "
MOST_NAMED = 8
"""How many members the line itself names; all of them are listed above it."""
CHOOSE = "Who are you: {}? (hidden; Enter alone cancels): "


class StdinPrompter:
    """Asks with `getpass`, so that what is typed shows nowhere and stays in no history.

    Args:
        read: Shows a prompt and returns a hidden line.
        show: Shows a line.
        leaves_field: Whether the front end shows a field for the line, which stays when the line
            ends without an answer.
        browse: Opens an address in a browser, or does nothing where there is none.
        is_captured: Says whether the lines that are shown are kept from the person, so that the
            input line has to say what they say.
    """

    def __init__(
        self,
        read: Callable[[str], str] = read_hidden,
        show: Callable[[str], None] = say,
        *,
        leaves_field: bool = False,
        browse: Callable[[str], object] = lambda url: None,
        is_captured: Callable[[], bool] = lambda: False,
    ) -> None:
        self._lines = Lines(read, show, is_captured=is_captured)
        self._read = self._lines.read
        self._show = self._lines.show
        self._leaves_field = leaves_field
        self._note = ""
        self._browse = browse

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Ask until an answer is taken, or somebody has connected in another place.

        It also returns, without an answer, once the request is taken over by a page.

        Raises:
            MissingConnectionError: The person cancelled with an empty line or an interrupt, or
                `wait` is False.
        """
        if not wait:
            raise missing_error(request, "not-waiting")
        if threading.current_thread() is not threading.main_thread():
            raise missing_error(request, "not-in-a-cell")
        self._lines.forget()
        self._note = ""
        self._introduce(request)
        is_elsewhere = self._sign_in(request) if request.sign_in else self._typed(request)
        if is_elsewhere:
            is_connected = request.is_connected()
            how = request.success_elsewhere if is_connected else "Asked in the notebook's page now."
            self._show(f"{how} Nothing has to be typed here.")
            if self._leaves_field:
                self._show(CLOSE_FIELD)
            if not is_connected:
                return
        self._show(" ".join(filter(None, [request.success_with_account, self._note])))

    def _introduce(self, request: ConnectionRequest) -> None:
        self._show(heading(request))
        self._show(description(request))
        for address in request.new_addresses:
            self._show(f"  {address}")
        for member in request.members:
            self._show(f"  {escape_unprintable(member.id)} ({member.role})")
        if request.members:
            return
        if request.definition is None:
            self._show(f"Your answer defines it as a secret in {request.app_file}.")
        elif request.definition.help_url:
            help_url = escape_unprintable(request.definition.help_url)
            self._show(f"Where to find it: {help_url}")

    def _sign_in(self, request: ConnectionRequest) -> bool:
        """Have the person sign in; return whether somebody has connected in another place."""
        # Loaded with the first sign-in.
        from attio_nb.notebook.stdin_sign_in import StdinSignIn

        sign_in = StdinSignIn(request, self._lines, browse=self._browse)
        return not sign_in.run()

    def _typed(self, request: ConnectionRequest) -> bool:
        """Have an answer typed; return whether somebody has answered in another place."""
        is_taken = self._approved if request.new_addresses else self._answered
        if request.members:
            is_taken = self._chosen
        with ElsewhereWatch(request, self._read) as watch:
            line = watch.line()
            while not is_taken(request, line):
                if watch.connected:
                    return True
        return False

    def _approved(self, request: ConnectionRequest, line: HiddenLine) -> bool:
        typed = self._line(request, line, _approve_prompt(request))
        word = None if typed is None else typed.strip().lower()
        if word in ("", "no"):
            raise missing_error(request, "cancelled")
        if word == "yes":
            request.accept(Answer(SecretStr("")))
        return word == "yes"

    def _chosen(self, request: ConnectionRequest, line: HiddenLine) -> bool:
        ids = ", ".join(escape_unprintable(each.id) for each in request.members[:MOST_NAMED])
        rest = ", …" if len(request.members) > MOST_NAMED else ""
        typed = self._line(request, line, CHOOSE.format(f"{ids}{rest}"))
        if typed is None:
            return False
        member = str.__str__(typed).strip()
        if not member:
            raise missing_error(request, "cancelled")
        try:
            request.accept(Answer(SecretStr(""), member=member))
        except AttioError as error:
            self._show(str(error))
            return False
        return True

    def _answered(self, request: ConnectionRequest, line: HiddenLine) -> bool:
        try:
            value = self._line(request, line, PROMPT.format(subject(request)))
            if value is None:
                return False
            answer = decided(
                Answer(value),
                lambda answer: request.review(answer, True),
                read=lambda prompt: self._line(request, line, prompt),
                show=self._show,
            )
            if answer is None:
                return False
            request.accept(answer)
        except MissingConnectionError:
            raise
        except AttioError as error:
            self._show(str(error))
            return False
        except KeyboardInterrupt:
            # While a service is waited for.
            raise missing_error(request, "interrupted") from None
        self._note = answer.note
        return True

    def _line(self, request: ConnectionRequest, line: HiddenLine, prompt: str) -> SecretStr | None:
        """Return what is typed; None once somebody has answered in another place."""
        try:
            typed = line.read(prompt)
        except KeyboardInterrupt:
            # It must not leave an asyncio task: that would end the kernel.
            raise missing_error(request, "interrupted") from None
        if typed == "":
            raise missing_error(request, "cancelled")
        return typed


def _approve_prompt(request: ConnectionRequest) -> str:
    first, *others = request.new_addresses
    listed = f"{first} and {len(others)} more" if others else first
    return APPROVE.format(listed, subject(request))
