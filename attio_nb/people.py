"""Who runs this: the members of the workspace, and the one on whose behalf code runs."""

from __future__ import annotations

import getpass
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from attio_nb.app import APP_FILE
from attio_nb.app.nearest import one_of
from attio_nb.credentials import shown_word
from attio_nb.errors import AppFileNotAllowedError, NotAllowedError, UnknownMemberError
from attio_nb.execution import Execution, current_execution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from attio_nb.app import App, Member
    from attio_nb.app.current import AppFile

__all__ = ["ACTING_AS_VARIABLE", "DEFAULT_WORKSPACE", "People"]

DEFAULT_WORKSPACE = "local"

ACTING_AS_VARIABLE = "ATTIO_NB_ACTING_AS"


class People:
    """The members that the app file names, or else the one person who started the process.

    Args:
        file: The app file.
        environ: The environment.

    Attributes:
        changed: Is called, on any thread, after somebody else was chosen to act.
    """

    def __init__(self, file: AppFile, *, environ: Mapping[str, str] = os.environ) -> None:
        self.changed: Callable[[], object] = _nothing
        self._file = file
        self._environ = environ
        self._acting: str | None = None
        self._chosen: str | None = None
        self._own: tuple[int, Execution] | None = None
        # A cell may look who acts while a page chooses.
        self._lock = threading.Lock()

    def execution(self) -> Execution:
        """Return on whose behalf this runs: as the context says, or whoever started the process.

        Raises:
            UnknownMemberError: The app file names members, and this person is none of them.
        """
        self._file.app()
        execution = current_execution.get()
        if execution is not None and execution.is_member:
            return execution
        # A member may have been chosen since a server function began on behalf of nobody.
        own = self._own
        if own is None or own[0] != self._file.edition:
            with self._lock:
                edition = self._file.edition
                self._own = own = edition, self.execution_of(self._acting or self.default_user())
        return own[1]

    def execution_of_anybody(self) -> Execution:
        """Return on whose behalf this runs, also where that is no member.

        What needs a member raises as `execution` does; a workspace connection from the environment
        needs none.
        """
        with suppress(UnknownMemberError, AppFileNotAllowedError):
            return self.execution()
        app = self._app()
        workspace = app.workspace if app else DEFAULT_WORKSPACE
        return Execution(workspace, self.default_user(), "member", is_member=False)

    def _app(self) -> App | None:
        with suppress(AppFileNotAllowedError):
            return self._file.app()
        return None

    def execution_of(self, user: str) -> Execution:
        """Return an execution on behalf of this member.

        Raises:
            UnknownMemberError: There is no such member.
        """
        app = self._file.app()
        workspace = app.workspace if app else DEFAULT_WORKSPACE
        if app and app.members:
            return Execution(workspace, user, self._listed(app, user).role)
        if user == self.own_user():
            return Execution(workspace, user, "admin")
        named = shown_word(user)
        also = f', and one with id = "{user}" and role = "member"' if named == f'"{user}"' else ""
        who = f"{named[:1].upper()}{named[1:]}"
        if app is None:
            raise UnknownMemberError(
                f"{who} is no member, since there is no app file. {self._file.missing()}"
            )
        raise UnknownMemberError(
            f"{who} is no member: {APP_FILE} names none, so you, "
            f"{self.own_user()}, are the only one. "
            f'Add [[members]] with id = "{self.own_user()}" and role = "admin"{also}.'
        )

    def default_user(self) -> str:
        """Return who acts until another one is chosen: as ``ATTIO_NB_ACTING_AS`` says, or oneself.

        Returns:
            The id of a user, who may be no member.
        """
        return self._environ.get(ACTING_AS_VARIABLE) or self.own_user()

    def own_user(self) -> str:
        """Return the JupyterHub name or the login name of the person who started the process."""
        if name := self._environ.get("JUPYTERHUB_USER"):
            return name
        # A container may run as a user that has no name.
        with suppress(OSError, KeyError):
            return getpass.getuser()
        return "me"

    def act_as(self, user: str | None) -> Execution:
        """Run on behalf of this member from now on, or with None of whoever started the process.

        Raises:
            UnknownMemberError: There is no such member.
        """
        execution = self.execution_of(user or self.default_user())
        with self._lock:
            self._acting, self._own = user, (self._file.edition, execution)
            self._chosen = None
        self.changed()
        return execution

    def choose(self, user: str) -> None:
        """Choose this member, on whose behalf things run once the choice is taken up.

        Raises:
            UnknownMemberError: There is no such member.
        """
        self.execution_of(user)
        with self._lock:
            self._chosen = user
        self.changed()

    def take_up_choice(self) -> None:
        """Run on behalf of the member who was chosen, if one was, from now on."""
        if self._chosen is None:
            return
        with self._lock:
            # Whether they are still a member is said when it has to be known.
            self._acting, self._chosen, self._own = self._chosen or self._acting, None, None
        self.changed()

    def unlisted_user(self) -> str:
        """Return the id of the user who would act next, if the app lists members without that one.

        Returns:
            The id, or "" where a member acts or the app file lists no members.
        """
        user = self.acting_user()
        return "" if self.may_be_member(user) else user

    def acting_user(self) -> str:
        """Return who acts once a choice is taken up: the id of a user, who may be no member."""
        return self._chosen or self._acting or self.default_user()

    def may_be_member(self, user: str) -> bool:
        """Say whether the app file lists this user, or lists no members at all."""
        app = self._file.app()
        return not (app and app.members) or user in self.members()

    def next_execution(self) -> Execution:
        """Return on whose behalf this runs once the choice is taken up.

        Raises:
            UnknownMemberError: As for `execution`.
        """
        chosen = self._chosen
        return self.execution() if chosen is None else self.execution_of(chosen)

    @property
    def is_about_to_change(self) -> bool:
        """Whether somebody was chosen who does not act yet."""
        chosen = self._chosen
        return chosen is not None and chosen != (self._acting or self.default_user())

    def reset(self) -> None:
        """Tell nobody any more that somebody else was chosen, and forget who does not act yet."""
        self.changed, self._chosen = _nothing, None

    @contextmanager
    def acting_as(self, user: str) -> Iterator[Execution]:
        """Run the block on behalf of another member, in this task or thread alone.

        Raises:
            UnknownMemberError: There is no such member.
        """
        execution = self.execution_of(user)
        token = current_execution.set(execution)
        try:
            yield execution
        finally:
            current_execution.reset(token)

    def members(self) -> tuple[str, ...]:
        """Return the ids of all members."""
        app = self._file.app()
        return (
            tuple(member.id for member in app.members)
            if app and app.members
            else (self.own_user(),)
        )

    def require_admin(self, execution: Execution) -> None:
        """Let only an admin of the workspace pass.

        Raises:
            NotAllowedError: It is a member; the message names the admins.
        """
        if execution.role == "admin":
            return
        app = self._file.app()
        admins = ", ".join(app.admins()) if app else ""
        raise NotAllowedError(
            f"{execution.user} is a member, and only an admin can configure a workspace "
            "connection. "
            + (
                f"Ask {admins}."
                if admins
                else f'No member in {APP_FILE} is one yet: give somebody role = "admin".'
            )
        )

    def _listed(self, app: App, user: str) -> Member:
        if user == self.own_user() and user not in self.members():
            raise UnknownMemberError(
                f'You are "{user}", who is not a member in {APP_FILE}. Act as a member: %connect '
                f"--as {app.members[0].id} in a notebook, {ACTING_AS_VARIABLE}={app.members[0].id} "
                f'for a script. Or add [[members]] with id = "{user}" to the file.'
            )
        if user == self._environ.get(ACTING_AS_VARIABLE) and user not in self.members():
            ids = [member.id for member in app.members]
            raise UnknownMemberError(
                f"The environment variable {ACTING_AS_VARIABLE} is {shown_word(user)}, who is no "
                f"member in {APP_FILE}. Set it to {one_of(ids)}, or unset it."
            )
        return app.member(user)


def _nothing() -> None:
    """Tell nobody."""
