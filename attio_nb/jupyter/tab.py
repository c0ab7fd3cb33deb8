"""What a Jupyter server does for the Connections tab, put together.

Nothing here runs on the server's event loop: whoever asks waits on a thread.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from attio_nb.app.current import AppFile
from attio_nb.app.trust import AppFileTrust
from attio_nb.errors import AttioError, CommandError
from attio_nb.jupyter.limits import Bucket
from attio_nb.jupyter.looking import KeptAppFile, Look, NoAppFile, VaultLooks
from attio_nb.jupyter.recent import Recent
from attio_nb.prompts.answers import answers, replied
from attio_nb.prompts.prompts import Prompts
from attio_nb.session import Session
from attio_nb.tab.actions import actions
from attio_nb.tab.meant import require_app
from attio_nb.tab.overview import Problem, overview
from attio_nb.tab.place import vault_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from attio_nb.app import App, ConnectionDefinition, Owner
    from attio_nb.callback import CallbackFiles
    from attio_nb.connections.vault import Vault
    from attio_nb.jupyter.folders import Folders
    from attio_nb.prompts.answers import Content

__all__ = ["Tab"]

KERNEL_ONLY = ("attio_session", "attio_act_as")
NO_KERNEL = "Only the kernel of a notebook knows that. Start it, and load attio_nb there."
UNKNOWN = "The page and the Jupyter server have different versions of attio_nb. Reload the page."


class Tab:
    """The Connections tab of one Jupyter server.

    Args:
        folders: The folders that it shows.
        vault: Where connections are kept.
        callbacks: The files that a sign-in comes back through.
        watch: Is told which files a page shows something of.
        notice: Is told what no error says.
        environ: The environment.
        clock: Seconds since the epoch.
        guesses: How often a prompt may be named that there is none of.
        tests: How often a connection may be tried at its service.
        checks: How often a definition may be looked at.

    Attributes:
        prompts: The prompts that pages answer here.
    """

    def __init__(
        self,
        folders: Folders,
        vault: Vault,
        *,
        callbacks: CallbackFiles,
        watch: Callable[[Iterable[Path]], object] = lambda files: None,
        notice: Callable[[str], object] = lambda message: None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
        guesses: Bucket | None = None,
        tests: Bucket | None = None,
        checks: Bucket | None = None,
    ) -> None:
        self.prompts = Prompts()
        self._folders = folders
        self._vault = vault
        self._callbacks = callbacks
        self._watch = watch
        self._notice = notice
        self._environ = environ
        self._clock = clock
        self._guesses = guesses or Bucket(50, 1)
        self._tests = tests or Bucket(20, 0.5)
        self._checks = checks or Bucket(100, 5)
        self._looks = VaultLooks(vault)
        self._kept: dict[Path, App] = {}
        self._trust = AppFileTrust(root=folders.root, environ=environ)
        self._files = Recent(lambda folder: KeptAppFile(folder, self._kept, trust=self._trust))
        self._sessions = Recent(self._new_session)

    def state(self, path: object, acting: str = "", *, unlock: bool = False) -> dict[str, Any]:
        """Return the state of the app of a notebook; nothing is changed by that.

        Args:
            path: The path of the notebook.
            acting: The member for whom it is shown; "" for whoever started the server.
            unlock: Whether a locked keyring may be asked.
        """
        look = self._looks.look(unlock=unlock)
        try:
            folder = self._folders.of(path)
        except CommandError as error:
            return self._shown(NoAppFile(), acting, look, Problem("folder", str(error)))
        # Before anything is read, so that no change falls in between.
        self._watch([self._vault.path, *self._trust.watched(folder)])
        file = self._files.of(folder)
        with file.lock:
            file.look_again()
            return self._shown(file, acting, look, file.problem)

    def ask(self, type_: str, content: Content) -> Content:
        """Return the reply to a request of a page, as a kernel gives it.

        Args:
            type_: What is asked.
            content: What the page sent, with the path of the notebook.

        Raises:
            TooManyError: Prompts were guessed at, or connections tried, too often.
        """
        if type_ in KERNEL_ONLY:
            return _refused(NO_KERNEL)
        if type_ == "attio_test":
            self._tests.take()
        asked = answers(self.prompts) | actions(lambda: self._session(content), self.prompts)
        answer = asked.get(type_)
        if answer is None:
            return _refused(UNKNOWN)
        if self._is_guess(content):
            self._guesses.take()
        if type_ == "attio_prompts":
            # Somebody may have connected in a kernel or in a terminal meanwhile.
            self.prompts.noticed()
        return replied(answer, content)

    def presets(self) -> dict[str, Any]:
        """Return the providers that are known."""
        from attio_nb.tab.definition import presets_json

        return {"presets": presets_json()}

    def check(self, content: Content) -> Content:
        """Return what there is to say about a definition that is being typed.

        Raises:
            TooManyError: That was asked too often.
        """
        from attio_nb.tab.definition import check_definition, drafted_key, registration

        self._checks.take()
        given = content.get("definition")
        try:
            session = self._session(content)
            require_app(session, content.get("app"))
            with session.people.acting_as(_acting(session, content)):
                checked = check_definition(session, given, _editing(content))
                key = drafted_key(session, given, _editing(content))
        except AttioError as error:
            return {"field": "", "message": str(error), "key": None, "registration": None}
        registered = registration(
            given,
            callback_url=str(content.get("callback_url") or ""),
            local=content.get("local") is True,
            beside=None if _editing(content) else _connections(session),
        )
        return {**checked._asdict(), "key": key, "registration": registered}

    def save(self, content: Content) -> Content:
        """Write a definition into the app file; return its name, or what is wrong with it."""
        from attio_nb.tab.definition import save_definition

        try:
            session = self._session(content)
            require_app(session, content.get("app"))
            with session.people.acting_as(_acting(session, content)):
                given, editing = content.get("definition"), _editing(content)
                saved = save_definition(session, given, editing, _opened(content))
        except AttioError as error:
            return {"message": str(error)}
        return {"message": "", "owner": saved.owner, "key": saved.key}

    def _shown(
        self, file: AppFile, acting: str, look: Look, problem: Problem | None
    ) -> dict[str, Any]:
        return overview(
            Session(look.store, file=file, environ=self._environ),
            acting=acting,
            problems=[each for each in (problem, look.problem) if each],
            opened=look.problem is None,
            contents_path=self._folders.named,
            vault=vault_id(self._vault),
            environ=self._environ,
            clock=self._clock,
        )

    def _session(self, content: Content) -> Session:
        session = self._sessions.of(self._folders.of(content.get("path")))
        session.file.look_again()
        return session

    def _new_session(self, folder: Path) -> Session:
        file = AppFile(lambda: folder, trust=self._trust)
        session = Session(self._vault, file=file, environ=self._environ)
        session.grants.callbacks = self._callbacks
        session.notices.show = self._notice
        return session

    def _is_guess(self, content: Content) -> bool:
        """Say whether a request names a prompt that there is none of."""
        listed = content.get("prompt_ids", [])
        named = listed if isinstance(listed, list) else [listed]
        if "prompt_id" in content:
            named = [*named, content["prompt_id"]]
        return len(self.prompts.known(named)) < len(named)


def _refused(message: str) -> Content:
    return {"status": "error", "message": message, "retry": False}


def _connections(session: Session) -> Sequence[ConnectionDefinition]:
    # The check of the definition reports an error in the file.
    with suppress(AttioError):
        app = session.file.app()
        return app.connections if app else ()
    return ()


def _acting(session: Session, content: Content) -> str:
    return str(content.get("acting") or session.people.default_user())


def _editing(content: Content) -> tuple[Owner, str | None] | None:
    editing = content.get("editing")
    if editing is None:
        return None
    match editing:
        case {"owner": "workspace" | "user" as owner, "key": str() | None as key}:
            return owner, key
    raise CommandError("Say which connection is edited: its owner and its key.")


def _opened(content: Content) -> object:
    """Return what a page was told of the connection that it edits, or None."""
    editing = content.get("editing")
    return editing.get("definition") if isinstance(editing, dict) else None
