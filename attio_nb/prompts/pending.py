"""One prompt that stands in a notebook, and how far it has come."""

from __future__ import annotations

import queue
import sys
import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from attio_nb.connections.prompter import Answer
from attio_nb.connections.questions import Choice, Question, question_about
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError, AuthorizationError, CommandError
from attio_nb.imports import with_installed_packages
from attio_nb.prompts.face import Face
from attio_nb.prompts.signing_in import SigningIn
from attio_nb.prompts.wording import output_line
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.prompts.cell import Cell
    from attio_nb.prompts.sealing import AnswerKey

__all__ = ["Action", "PendingPrompt", "PromptState"]

PromptState = Literal[
    "asking", "saving", "connected", "cancelled", "timed-out", "interrupted", "over"
]
Action = Answer | Exception | Literal["cancel", "stdin", "connected"]


class PendingPrompt:
    """One prompt: answered on the control thread, waited for on the main thread.

    Args:
        request: What is asked.
        cell: The cell that asks; None for a prompt that stands in a panel.
        waiting: Whether that cell waits for the answer; otherwise the answer is kept as it comes.
        heeds: Whether the page that draws it may choose otherwise.
        say: Shows a line in the cell's output, in place of the one before.
        changed: Is called, on any thread, after what pages see has changed.

    Attributes:
        id: A random id.
        face: What pages see of it.
        drawn: Is set once a page has drawn it.
        unseen: Whether no page has drawn it in time, so that a line asks meanwhile.
        actions: What the person did, for the main thread.
        signing_in: The sign-in that it leads to; None where a value is typed.
    """

    def __init__(
        self,
        request: ConnectionRequest,
        cell: Cell | None,
        *,
        waiting: bool,
        heeds: bool = False,
        say: Callable[[str], object] = lambda line: None,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        # The cipher is loaded when the first prompt is needed.
        from attio_nb.prompts.sealing import AnswerKey

        self.id = uuid.uuid4().hex
        self.request = request
        self.cell = cell
        self.waiting = waiting
        self._heeds = heeds
        self._changed = changed
        self._say = say
        self.drawn = threading.Event()
        self.unseen = False
        self.actions: queue.SimpleQueue[Action] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._key: AnswerKey = AnswerKey(self.id)
        self._rerun_given = False
        self._is_reviewing = False
        self._asked = 0
        self._choices: dict[str, Choice] = {}
        self._then: Callable[[Answer], None] = self._do
        self.face = Face(self)
        self.signing_in = SigningIn(request, self) if request.sign_in else None

    @property
    def public_key(self) -> str:
        """The key under which the front end seals an answer."""
        return self._key.public_key

    @property
    def state(self) -> PromptState:
        """How far it has come."""
        return cast("PromptState", self.face.state)

    @property
    def is_over(self) -> bool:
        """Whether nothing can be answered any more."""
        return self.state not in ("asking", "saving")

    @property
    def output_line(self) -> str:
        """What the cell's output says of it, for pages that do not draw it and for the file."""
        return output_line(self.request, self.state, self.face.message)

    @property
    def again(self) -> str:
        """What to do to be asked once more."""
        return "Run the cell again." if self.cell else "Press Connect again."

    def ready(self, *, on_missing: object = "", timeout: object = 0) -> None:
        """Take a page's word that it has drawn it, and heed, once, what that page is set to.

        Args:
            on_missing: ``ask`` to let the cell wait, ``raise`` to let it end; the page has no wish
                otherwise.
            timeout: Seconds to wait for an answer; 0 for no wish.
        """
        with self._lock:
            heeds, self._heeds = self._heeds and not self.drawn.is_set(), False
            if heeds and on_missing in ("ask", "raise"):
                self._let_cell_wait(on_missing == "ask")
            if heeds and (seconds := _seconds(timeout)):
                self.request = replace(self.request, timeout=seconds)
            if not self.is_over:
                self._say(self.output_line)
        self.drawn.set()

    def move(self, state: PromptState, message: str = "") -> None:
        """Go on to a state, and let the front end show it."""
        self.face.message = message
        self.face.state = state
        if self.is_over and self.drawn.is_set():
            self._say(self.output_line)
        self._changed()

    def go_on(self, state: PromptState, message: str = "") -> None:
        """Go on as the sign-in does, unless the prompt is over."""
        with self._changing():
            if self.is_over:
                return
            self.move(state, message)
        if state == "connected":
            self._do("connected")

    def ask_again(self) -> None:
        """Let the page look anew: there is news that the state and the message may not show."""
        with self._lock:
            self.face.revision += 1
        self._changed()

    def want_client_secret(self, wanted: bool) -> None:
        """Let the page ask for the client secret first, or no more."""
        # First, since a page draws the field as soon as client_secret changes.
        self.face.client_secret_stored = wanted and self.request.has_client_secret()
        self.face.client_secret = wanted
        self._changed()

    def end(self, state: PromptState, message: str = "") -> bool:
        """Go on to a last state unless an answer has just come in, and say whether none has.

        An interrupt waits neither for a sign-in whose code is being exchanged nor for a test.
        """
        with self._changing():
            is_held_up = self._is_exchanging or (self.state == "saving" and self._is_reviewing)
            may_end = self.state == "asking" or (state == "interrupted" and is_held_up)
            if may_end:
                self.move(state, message)
            return may_end

    def show(self) -> None:
        """Let pages draw it."""
        self._changed()
        if self.signing_in is not None:
            self.signing_in.begin()

    @contextmanager
    def over_at_the_end(self) -> Iterator[None]:
        """See that nobody can answer once the cell has waited in vain, however the block ends."""
        try:
            yield
        finally:
            with self._changing():
                if self.waiting and not self.is_over:
                    self.move("over", "The cell has ended. Run it again.")

    def leave_to_line(self) -> None:
        """Let a line ask, since no page has drawn it; a page that comes later may still draw it."""
        with self._lock:
            # The line has begun to wait.
            self._heeds = False
        self.unseen = True
        if self.signing_in is not None:
            # Two of them may need the same port.
            self.signing_in.suspend()
        self._changed()

    def take_from_line(self) -> None:
        """Ask in the page that has drawn it by now, and in the line no more."""
        self.unseen = False
        if self.signing_in is not None:
            self.signing_in.begin()

    def answer(self, sealed: Any) -> None:
        """Take a sealed answer from the front end.

        Raises:
            CommandError: The prompt is over, the answer cannot be opened, or nothing is typed here.
            InvalidSecretError: It cannot be a secret; the person may answer again.
        """
        with self._lock:
            self._require_asking()
            if self.signing_in is not None:
                raise CommandError("This connection is made by signing in. Reload the page.")
            if self.request.new_addresses or self.request.members:
                raise CommandError("This prompt takes no value. Reload the page.")
            opened = self._key.open(sealed)
            value = SecretStr(str(opened.pop("value", "")))
            answer = Answer(
                value=value,
                title=str(opened.get("title", "")),
                hosts=tuple(str(host) for host in opened.get("hosts", ())),
            )
            # What no question mends is told at once.
            question_about(answer)
            self._forget_question()
            self.move("saving")
        self._do(answer)

    def ask(self, question: Question, then: Callable[[Answer], None]) -> None:
        """Ask the person something about the value that they have typed.

        Args:
            question: What to ask.
            then: Goes on with the answer that they choose.
        """
        with self._lock:
            if self.is_over:
                return
            self._asked += 1
            self._choices = {
                f"{self._asked}.{number}": choice for number, choice in enumerate(question.choices)
            }
            self._then = then
            self.face.question = question.text
            self.face.choices = [
                {"id": id_, "label": choice.label} for id_, choice in self._choices.items()
            ]
            self.move("asking")
        self.ask_again()

    def decide(self, choice_id: object) -> None:
        """Go on as the person has chosen; a choice of a question that is over is passed over.

        Args:
            choice_id: The id of the choice.
        """
        with self._lock:
            choice = self._choices.get(str(choice_id))
            if choice is None or self.state != "asking":
                return
            then = self._then
            self._forget_question()
            self.move("asking" if choice.answer is None else "saving")
        if choice.answer is not None:
            try:
                then(choice.answer)
            except AttioError as error:
                self.go_on("asking", str(error))

    def allow(self) -> None:
        """Allow the value to go to the addresses that the prompt shows, as the person answered.

        Raises:
            CommandError: The prompt is over, or asks for something else.
        """
        with self._lock:
            self._require_asking()
            if not self.request.new_addresses:
                raise CommandError("There is nothing to allow here. Reload the page.")
            self.move("saving")
        self._do(Answer(SecretStr("")))

    def choose(self, member: object) -> None:
        """Choose a member, as the person answered.

        Args:
            member: The id of one of the members that the prompt shows.

        Raises:
            CommandError: The prompt is over, asks for something else, or shows no such member.
        """
        with self._lock:
            self._require_asking()
            chosen = next((each.id for each in self.request.members if each.id == member), None)
            if chosen is None:
                raise CommandError("There is no such member to choose here. Reload the page.")
            self.move("saving")
        self._do(Answer(SecretStr(""), member=chosen))

    def open_sign_in(self) -> SigningIn:
        """Return the sign-in, for what the person does about it.

        Raises:
            AuthorizationError: Somebody has just come back from it.
            CommandError: The prompt is over, or a value is typed here.
        """
        with self._lock:
            if self._is_exchanging:
                raise AuthorizationError("You are being connected already. Wait a moment.")
            self._require_asking()
            return self._signing_in()

    def sign_in_told(self, callback_url: str, *, local: bool) -> dict[str, Any]:
        """Return how the sign-in stands, for a page; see `SigningIn.described`.

        Raises:
            CommandError: A value is typed here.
        """
        described = self._signing_in().described(callback_url, local=local)
        return {"message": self.face.message, **described}

    def opened(self, sealed: Any) -> SecretStr:
        """Return the value of a sealed answer.

        Raises:
            CommandError: It cannot be opened.
        """
        return SecretStr(str(self._key.open(sealed).get("value", "")))

    def cancel(self) -> None:
        """Take the person's word that they will not answer.

        Raises:
            CommandError: The prompt is over.
        """
        with self._changing():
            if not self._is_exchanging:
                self._require_asking()
            self.move("cancelled", "Cancelled.")
        self._do("cancel")

    def use_stdin(self) -> None:
        """Ask in the kernel's own input line instead, as a browser wishes that cannot seal.

        Raises:
            CommandError: The prompt is over, or no cell waits.
        """
        with self._changing():
            self._require_asking()
            if not self.waiting:
                raise CommandError(
                    f"No cell waits for this. Run {self.request.command} in a cell instead."
                )
            self.move("over", "Type it into the line below.")
        self._do("stdin")

    def keep(self, answer: Answer) -> bool:
        """Hand the answer over, and say whether it was taken; if not, the prompt shows why."""
        self._is_reviewing = True
        self._tell_of_test()
        try:
            reviewed = self.request.review(answer, True)
            if isinstance(reviewed, Question):
                self.ask(reviewed, self._do)
                return False
            with self._lock:
                self._is_reviewing = False
                if self.is_over:
                    # Interrupted meanwhile.
                    return False
            self.request.accept(reviewed)
        except AttioError as error:
            self.move("asking", str(error))
            # A page may have seen nothing in between that it told of the same failure before.
            self.ask_again()
            return False
        except BaseException as error:
            self.move(
                "over",
                f"{type(error).__name__} while the connection was being saved. {self.again}",
            )
            raise
        finally:
            self._is_reviewing = False
        said = [self.request.success_with_account, reviewed.note]
        self.move("connected", " ".join(filter(None, said)))
        return True

    def rerun(self) -> Cell:
        """Return the cell to run again, once.

        Raises:
            CommandError: It goes on by itself, is not connected, or was given before.
        """
        with self._lock:
            if (
                self.waiting
                or self.state != "connected"
                or self._rerun_given
                or self.cell is None
                or not self.cell.cell_id
            ):
                raise CommandError("There is no cell to run again.")
            self._rerun_given = True
        return self.cell

    def _let_cell_wait(self, waits: bool) -> None:
        self.waiting = waits
        self.face.stdin_allowed = waits and self.cell is not None and self.cell.allow_stdin
        self._changed()

    def _do(self, action: Action) -> None:
        if isinstance(action, Answer):
            # Neither the control thread nor a cell that is running now is kept waiting while it is
            # tested and saved, and an interrupt need not wait for a service.
            threading.Thread(
                target=with_installed_packages(self._keep_for_cell),
                args=(action,),
                name="attio_nb save",
                daemon=True,
            ).start()
        elif self.waiting:
            self.actions.put(action)

    def _keep_for_cell(self, answer: Answer) -> None:
        try:
            if self.keep(answer):
                self._do("connected")
        except Exception as error:
            if not self.waiting:
                raise
            # The cell raises it.
            self.actions.put(error)

    def _tell_of_test(self) -> None:
        definition = self.request.definition
        if definition is not None and definition.test_url and not self.request.new_addresses:
            host = parse_web_address(definition.test_url).netloc
            self.go_on("saving", f"Testing it at {host}…")

    def _forget_question(self) -> None:
        self._choices, self.face.question, self.face.choices = {}, "", []

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change the state under the lock; a sign-in is ended once the prompt is over."""
        try:
            with self._lock:
                yield
        finally:
            # Not under the lock: it ends threads that may want to tell something.
            if self.signing_in is not None and self.is_over:
                self.signing_in.close()

    @property
    def _is_exchanging(self) -> bool:
        # Nothing is lost where that is given up, but for a moment of the person's.
        return self.state == "saving" and self.signing_in is not None

    def _signing_in(self) -> SigningIn:
        if self.signing_in is None:
            raise CommandError("This connection is not made by signing in. Reload the page.")
        return self.signing_in

    def _require_asking(self) -> None:
        if self.state == "saving":
            raise CommandError("This prompt was answered already.")
        if self.state != "asking":
            raise CommandError(f"This prompt is over. {self.again}")


def _seconds(timeout: object) -> float:
    """Return what a page said as a number of seconds, or 0 where it is none to wait for."""
    if isinstance(timeout, bool) or not isinstance(timeout, int | float):
        return 0
    # An integer of JSON may be larger than any float.
    return float(timeout) if 0 < timeout <= sys.float_info.max else 0
