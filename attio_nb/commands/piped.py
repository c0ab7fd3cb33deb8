"""A value that comes through a pipe: ``printf %s "$KEY" | attio-nb connect workspace mail``."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from attio_nb.connections.prompter import Answer
from attio_nb.connections.questions import Question, question_about
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import CommandError, InvalidSecretError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest, Prompter

__all__ = ["PipedPrompter"]

LONGEST = 1024 * 1024
"""In bytes. No value is nearly as long; a program may write for ever."""


class PipedPrompter:
    """Answers with what the standard input holds, and asks a person for all else.

    Args:
        stream: The standard input, which is no terminal.
        otherwise: Asks where it is empty, or where somebody has to sign in or to approve a host.
        say: Shows a line.
    """

    def __init__(self, stream: BinaryIO, otherwise: Prompter, say: Callable[[str], object]) -> None:
        self._stream = stream
        self._otherwise = otherwise
        self._say = say

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        """Answer with the value that was piped.

        A sign-in takes it as the secret of its OAuth client.

        Raises:
            CommandError: The pipe was empty.
            InvalidSecretError: It can be no value.
            MissingConnectionError: There is none, and nobody can be asked.
        """
        is_value = request.sign_in is None and not request.new_addresses
        piped = self._value() if is_value or request.client_secret_wanted() else SecretStr("")
        if piped and is_value:
            answer = self._reviewed(Answer(piped), lambda answer: request.review(answer, False))
            request.accept(answer)
            self._say(" ".join(filter(None, [request.success, answer.note])))
            return
        if piped:
            request.accept_client_secret(self._reviewed(Answer(piped), question_about).value)
            if request.is_connected():
                self._say(request.success)
                return
        self._otherwise.ask(request, wait=wait)

    def _reviewed(self, answer: Answer, review: Callable[[Answer], Question | Answer]) -> Answer:
        """Return what is to be accepted: what a person would be asked about is said to them."""
        reviewed = review(answer)
        while isinstance(reviewed, Question):
            if reviewed.unattended is None:
                raise InvalidSecretError(
                    f"{reviewed.text} Run the command without a pipe to decide."
                )
            self._say(f"{reviewed.text} It is kept as it is.")
            reviewed = review(reviewed.unattended)
        return reviewed

    def _is_pipe(self) -> bool:
        """Say whether a program or a file was to give the value: /dev/null is neither."""
        with suppress(OSError):
            mode = os.fstat(self._stream.fileno()).st_mode
            return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
        return False

    def _value(self) -> SecretStr:
        """Return what was piped, without the line end that ``echo`` adds; "" for nothing."""
        content = self._stream.read(LONGEST + 1)
        if not content and self._is_pipe():
            raise CommandError("Nothing came through the pipe. Is the variable set?")
        if len(content) > LONGEST:
            raise InvalidSecretError("What was piped is longer than any value. Pipe the value.")
        try:
            # PowerShell may begin with a byte order mark.
            text = SecretStr(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise InvalidSecretError(
                "What was piped is no text in UTF-8. Pipe the value."
            ) from None
        finally:
            del content
        return SecretStr(text.removesuffix("\n").removesuffix("\r"))
