"""What a kernel answers the Connections tab, each request on a thread of its own.

What that takes is loaded with the first request, and not with the extension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.errors import AttioError, CommandError
from attio_nb.notebook.surroundings import connection_variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.hosting import Hosting
    from attio_nb.notebook.cell import RunningCells
    from attio_nb.prompts.answers import Content
    from attio_nb.prompts.pending import PendingPrompt
    from attio_nb.prompts.prompts import Prompts
    from attio_nb.session import Session

__all__ = ["KernelTab"]

ACTIONS = (
    "attio_connect",
    "attio_disconnect",
    "attio_forget_client_secret",
    "attio_rename_key",
    "attio_remove",
    "attio_move_stored",
    "attio_test",
    "attio_approve",
)


class KernelTab:
    """Answers the tab for one kernel.

    Args:
        hosting: Knows whether there is a session yet.
        session: Returns the session, made where there is none.
        running: The cells that the kernel is running.
        prompts: Its prompts.
    """

    def __init__(
        self,
        hosting: Hosting,
        session: Callable[[], Session],
        running: RunningCells,
        prompts: Prompts,
    ) -> None:
        self._hosting = hosting
        self._session = session
        self._running = running
        self._prompts = prompts

    def answers(self) -> dict[str, Callable[[Content], Content]]:
        """Return what answers each request; any of them may wait."""
        return {
            "attio_session": lambda content: self._state(),
            "attio_act_as": self._act_as,
            **{name: self._action(name) for name in ACTIONS},
        }

    def _action(self, name: str) -> Callable[[Content], Content]:
        def act(content: Content) -> Content:
            from attio_nb.tab.actions import actions

            return actions(self._session, self._prompts)[name](content)

        return act

    def _act_as(self, content: Content) -> Content:
        user = content.get("user")
        if not isinstance(user, str) or not user:
            raise CommandError("Say on whose behalf the cells are to run.")
        people = self._session().people
        with self._running.held() as is_running:
            people.choose(user)
            if not is_running:
                people.take_up_choice()
        return self._state()

    def _state(self) -> Content:
        from attio_nb.tab.place import vault_id

        # Somebody may have connected at another place.
        self._prompts.noticed()
        session = self._hosting.session or _passing_session()
        return {
            **_acting(session),
            "app": _app(session),
            "prompts": [
                _described(prompt)
                for prompt in self._prompts.asking()
                if not prompt.request.members
            ],
            "variables": list(connection_variables()),
            "vault": vault_id(session.store),
        }


def _passing_session() -> Session:
    # Until somebody needs the kernel's own, what a cell sets in the environment is to count.
    from attio_nb.connections.own import default_store
    from attio_nb.session import Session

    return Session(default_store())


def _acting(session: Session) -> Content:
    session.file.look_again()
    nobody = {"acting": None, "problem": "", "unlisted_user": "", "from_next_cell": False}
    try:
        if unlisted := session.people.unlisted_user():
            return {**nobody, "unlisted_user": unlisted}
        execution = session.people.next_execution()
    except AttioError as error:
        return {**nobody, "problem": str(error)}
    return {
        **nobody,
        "acting": {"id": execution.user, "role": execution.role},
        "from_next_cell": session.people.is_about_to_change,
    }


def _app(session: Session) -> Content | None:
    """Return which app cells act on, or None where that is not known, or there is none."""
    try:
        app = session.file.app()
    except AttioError:
        return None
    return {"id": app.id, "workspace": app.workspace} if app else None


def _described(prompt: PendingPrompt) -> Content:
    request = prompt.request
    return {
        "prompt_id": prompt.id,
        "owner": request.owner,
        "key": request.key,
        "user": request.execution.user,
        "cell_id": prompt.cell.cell_id if prompt.cell else "",
        "waiting": prompt.waiting,
    }
