"""``attio-nb import``: the variables of a ``.env`` file become connections, one question each."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from attio_nb.app import ConnectionDefinition
from attio_nb.app.hosts import host_of_address
from attio_nb.commands.env_file import read_env_file
from attio_nb.connections.prompter import Answer
from attio_nb.connections.questions import Question, question_about
from attio_nb.credentials import is_or_has
from attio_nb.errors import AttioError, CommandError
from attio_nb.plain_text import escape_unprintable
from attio_nb.script.wording import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attio_nb.app import Owner
    from attio_nb.commands.env_file import EnvFile, Variable
    from attio_nb.session import Session

__all__ = ["EnvImport", "import_env"]

NEW = "new"
LEAVE_OUT = "Leave it out"
NO_HOSTS = ("n", "no", "none", "-")
"""What people answer for no host. A host of one letter would be taken for one otherwise."""
OWNERS: tuple[Owner, ...] = ("workspace", "user")


class _Imported(NamedTuple):
    """A variable, and the connection that it has become."""

    variable: Variable
    owner: Owner
    key: str | None

    @property
    def getter(self) -> str:
        """What code calls in place of reading the variable."""
        argument = f'"{self.key}"' if self.key else ""
        return f"get_{self.owner}_connection({argument}).value"


class EnvImport:
    """Asks for each variable of a file which connection it becomes. No value is ever shown.

    Args:
        session: The session that keeps the values.
        ask: Shows a question and returns a line.
        say: Shows a line.
    """

    def __init__(
        self, session: Session, *, ask: Callable[[str], str], say: Callable[[str], object]
    ) -> None:
        self._session = session
        self._ask = ask
        self._say = say
        self._imported: list[_Imported] = []

    def run(self, path: Path, *, everything: bool = False) -> bool:
        """Import a file; it is not changed.

        Args:
            path: The file of variables.
            everything: Whether to ask about variables as well that are no secrets.

        Returns:
            Whether each variable was asked about.

        Raises:
            CommandError: The file cannot be read.
            UnknownMemberError: No member acts who could have connections.
        """
        file = read_env_file(path)
        # Before anything is asked.
        self._session.require_member()
        wanted = [each for each in file.variables if everything or each.may_be_secret]
        self._introduce(path, file, wanted)
        try:
            for variable in wanted:
                self._import(variable)
        except EOFError:
            self._say("\nStopped.")
            return False
        finally:
            self._conclude(path, file)
        return True

    def _introduce(self, path: Path, file: EnvFile, wanted: Sequence[Variable]) -> None:
        left = [f"{each.name} (line {each.lines})" for each in file.variables if each not in wanted]
        if left:
            self._say(
                f"Not asked about, since they look like settings and not like secrets: "
                f"{', '.join(left)}. To be asked about them too: attio-nb import {path} --all"
            )
        for line in file.unread:
            self._say(f"Line {line} of {path} is no variable, so it was left out.")
        for each in file.replaced:
            self._say(f"Line {each.lines}: {each.name} is set again further down, which counts.")
        if not wanted:
            self._say(f"{path} has no variable that looks like a secret. Nothing was changed.")

    def _import(self, variable: Variable) -> None:
        self._say(f"\n{variable.name} (line {variable.lines})")
        try:
            if variable.refers_to_others:
                raise CommandError("It refers to other variables, so it is left out: connect it.")
            question_about(Answer(variable.value))
        except AttioError as error:
            self._say(f"  It cannot be imported. {error}")
            return
        while True:
            try:
                done = self._become(variable)
            except AttioError as error:
                self._say(f"  {in_terminal(str(error))}")
            else:
                break
        if done is not None:
            self._imported.append(done)
            self._say(f"  Imported. In code: {done.getter}")

    def _become(self, variable: Variable) -> _Imported | None:
        app = self._session.file.app()
        choices = [each for each in (app.connections if app else ()) if each.type == "secret"]
        for number, each in enumerate(choices, 1):
            self._say(f"  {number}  {self._described(each)}")
        self._say("  n  a new connection")
        answer = self._answer(variable, "  Which connection does it become? (Enter: none) ").lower()
        if answer in ("", "none"):
            return None
        if answer in ("n", NEW):
            definition = self._new(variable)
        elif answer.isdecimal() and 0 < int(answer) <= len(choices):
            definition = choices[int(answer) - 1]
        else:
            raise CommandError(f"Type n, or a number from 1 to {len(choices)}, or only Enter.")
        decided = self._decided(variable)
        if decided is None:
            return None
        if definition not in choices:
            self._session.define(definition)
        self._session.request(definition.owner, definition.key).accept(decided)
        return _Imported(variable, definition.owner, definition.key)

    def _decided(self, variable: Variable) -> Answer | None:
        """Ask about what stands around the value, such as quotes; None to leave it out."""
        reviewed = question_about(Answer(variable.value))
        while isinstance(reviewed, Question):
            self._say(f"  {reviewed.text}")
            for number, choice in enumerate(reviewed.choices, 1):
                self._say(f"  {number}  {choice.label if choice.answer else LEAVE_OUT}")
            typed = self._ask("  Type a number: ").strip()
            if typed.isdecimal() and 0 < int(typed) <= len(reviewed.choices):
                chosen = reviewed.choices[int(typed) - 1].answer
                if chosen is None:
                    return None
                reviewed = question_about(chosen)
        return reviewed

    def _described(self, definition: ConnectionDefinition) -> str:
        key = f" {definition.key}" if definition.key else ""
        status = self._session.status(definition.owner, definition.key)
        replaces = " (connected: its value is replaced)" if status.stored else ""
        return f"{definition.owner}{key}: {escape_unprintable(definition.label)}{replaces}"

    def _new(self, variable: Variable) -> ConnectionDefinition:
        owner = self._answer(variable, "  Whose is it, workspace or user? [workspace] ").lower()
        found = next((each for each in OWNERS if each.startswith(owner or OWNERS[0])), None)
        if found is None:
            raise CommandError('Type "workspace" for one value that all share, or "user".')
        key, title = _suggested_key(variable.name), _suggested_title(variable.name)
        key = self._answer(variable, f"  Key, a short name for code? [{key}] ") or key
        title = self._answer(variable, f"  Title, for people? [{title}] ") or title
        hosts = self._answer(
            variable, "  Hosts that it may be sent to, such as api.example.com? (Enter: none yet) "
        )
        if hosts.lower() in NO_HOSTS:
            hosts = ""
        named = tuple(map(host_of_address, filter(None, re.split(r"[\s,]+", hosts))))
        return ConnectionDefinition(owner=found, key=key, title=title, hosts=named)

    def _answer(self, variable: Variable, question: str) -> str:
        answer = self._ask(question).strip()
        if answer and is_or_has(answer, str.__str__(variable.value)):
            raise CommandError("That is the value, which is written nowhere. Type a name.")
        return answer

    def _conclude(self, path: Path, file: EnvFile) -> None:
        if not self._imported:
            return
        names = {each.variable.name for each in self._imported}
        old = [each for each in (*file.replaced, *file.variables) if each.name in names]
        lines = ", ".join(f"{each.lines} ({each.name})" for each in sorted(old, key=_first_line))
        self._say("\nImported:")
        for each in self._imported:
            self._say(f"  {each.variable.name}: {each.getter}")
        self._say(
            f"{path} was not changed. When your code uses the connections, delete these lines "
            f"from it: {lines}.\nIf the file was ever committed or shared, its history still has "
            "the values: make new ones at their services."
        )


def import_env(path: Path, *, user: str | None = None, everything: bool = False) -> int:
    """Import a file of variables, asking in this terminal, and return the exit status.

    Args:
        path: The file.
        user: The member on whose behalf this runs; None for who acts otherwise.
        everything: Whether to ask about variables as well that are no secrets.

    Raises:
        AttioError: The file, the app file or the vault cannot be used.
    """
    from attio_nb.connections.own import default_store
    from attio_nb.console import say
    from attio_nb.notices import Notices
    from attio_nb.script.prompter import TerminalPrompter
    from attio_nb.session import Session

    notices = Notices()
    notices.show = lambda message: say(f"attio-nb: {in_terminal(message)}", stream=sys.stderr)
    store = default_store(notify=notices)
    session = Session(store, notices=notices, prompter=TerminalPrompter())
    if user is not None:
        session.people.act_as(user)
    return 0 if EnvImport(session, ask=input, say=say).run(path, everything=everything) else 1


def _suggested_key(name: str) -> str:
    """Return a key made of the name of a variable, such as ``mail-api-key``."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return words if words[:1].isalpha() else f"env-{words}".strip("-")


def _suggested_title(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:].lower().replace(" api ", " API ").replace(" id", " ID")


def _first_line(variable: Variable) -> int:
    return variable.first
