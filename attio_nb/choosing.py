"""Asking a user whom the app file does not list on behalf of which member the code is to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.errors import MissingConnectionError, UnknownMemberError
from attio_nb.execution import Execution
from attio_nb.people import ACTING_AS_VARIABLE, DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from attio_nb.app.current import AppFile
    from attio_nb.connections.prompter import Prompter
    from attio_nb.people import People

__all__ = ["MemberChoice"]


class MemberChoice:
    """Has a member chosen where the user is none.

    Args:
        file: The app file.
        people: The members, and who is acting.
    """

    def __init__(self, file: AppFile, people: People) -> None:
        self._file = file
        self._people = people

    def require(self, prompter: Prompter, *, timeout: float) -> Execution:
        """Return on whose behalf code runs, once a member was chosen if that is needed.

        Args:
            prompter: Asks.
            timeout: Seconds to wait for an answer.

        Raises:
            UnknownMemberError: Nobody can be asked, or nobody has chosen a member.
        """
        try:
            return self._people.execution()
        except UnknownMemberError as error:
            if not self._people.unlisted_user():
                raise
            self._ask(prompter, timeout, error)
        # In the Connections tab a member is chosen for the next cell; this one has none yet.
        self._people.take_up_choice()
        return self._people.execution()

    def _ask(self, prompter: Prompter, timeout: float, unknown: UnknownMemberError) -> None:
        try:
            prompter.ask(self._request(timeout))
        except MissingConnectionError as missing:
            if missing.reason in ("nobody-to-ask", "not-in-a-cell", "not-waiting"):
                raise unknown from None
            # Another error of the same class, so that no cell shows two tracebacks.
            raise UnknownMemberError(str(missing)) from None

    def _request(self, timeout: float) -> ConnectionRequest:
        app = self._file.app()
        user = self._people.unlisted_user()
        return ConnectionRequest(
            owner="user",
            key=None,
            definition=None,
            execution=Execution(
                app.workspace if app else DEFAULT_WORKSPACE, user, "member", is_member=False
            ),
            app=app.id if app else "",
            app_name=app.name if app else "",
            app_file=app.path.name if app and app.path else "",
            environment_variable=ACTING_AS_VARIABLE,
            timeout=timeout,
            is_connected=lambda: not self._people.unlisted_user(),
            accept=self._accept,
            insists=True,
            members=app.members if app else (),
            acting=lambda: self._people.acting_user(),
        )

    def _accept(self, answer: Answer) -> None:
        self._people.act_as(answer.member)
