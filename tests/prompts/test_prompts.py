"""Prompts that no kernel carries: what is heeded, what is said, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app import OAuth2
from attio_nb.app.current import AppFile
from attio_nb.connections.model import Slot
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import CommandError, OAuthError, VaultError
from attio_nb.oauth.metadata import Endpoints
from attio_nb.oauth.sign_in import SignIn
from attio_nb.prompts.answers import answers, replied
from attio_nb.prompts.cell import Cell
from attio_nb.prompts.face import described
from attio_nb.prompts.pending import PendingPrompt
from attio_nb.prompts.prompts import Prompts
from attio_nb.session import Session
from tests.notebook.conftest import seal

APP = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
"""
CELL = Cell(cell_id="cell-1", code="get()", allow_stdin=True)
SECONDS = 30.0


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session of alice's."""
    (tmp_path / "attio-app.toml").write_text(APP)
    file = AppFile(lambda: tmp_path)
    return Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": "alice"})


@pytest.fixture
def request_(session: Session) -> ConnectionRequest:
    """What is asked for."""
    return session.request("workspace")


def say(prompts: Prompts, name: str, **content: object) -> dict[str, object]:
    """Return what a page is replied."""
    return replied(answers(prompts)[name], content)


def give(prompts: Prompts, prompt: PendingPrompt, value: str) -> dict[str, object]:
    """Answer a prompt as a page does."""
    sealed = seal(described(prompt), {"value": value})
    return say(prompts, "attio_answer", prompt_id=prompt.id, action="connect", sealed=sealed)


def told_until(prompts: Prompts, holds: Callable[[], bool]) -> threading.Event:
    """Return what is set once a change was told of after which that holds."""
    reached = threading.Event()
    prompts.changed = lambda: reached.set() if holds() else None
    return reached


def test_an_answer_in_the_panel_connects_what_stands_below_a_cell(
    session: Session, request_: ConnectionRequest
) -> None:
    prompts = Prompts()
    left = prompts.open(request_, CELL, waiting=False)
    aside = prompts.open_aside(session.request("workspace"))
    connected = told_until(prompts, lambda: left.state == "connected")
    assert give(prompts, aside, "sk-panel") == {"status": "ok"}
    assert connected.wait(SECONDS)
    assert described(left)["message"] == "Connected from another place."
    assert say(prompts, "attio_rerun", prompt_id=left.id)["cell_id"] == "cell-1"
    assert session.get_connection("workspace").value == "sk-panel"


def test_a_cell_that_waits_is_left_to_look_by_itself(
    session: Session, request_: ConnectionRequest
) -> None:
    prompts = Prompts()
    waiting = prompts.open(request_, CELL, waiting=True)
    aside = prompts.open_aside(session.request("workspace"))
    connected = told_until(prompts, lambda: aside.state == "connected")
    give(prompts, aside, "sk-panel")
    assert connected.wait(SECONDS)
    prompts.noticed()
    assert waiting.state == "asking"
    assert request_.is_connected()


def test_of_prompts_in_many_windows_one_is_left(session: Session) -> None:
    prompts = Prompts()
    with ThreadPoolExecutor(8) as pool:
        requests = [session.request("workspace") for _ in range(8)]
        opened = list(pool.map(prompts.open_aside, requests))
    (left,) = prompts.asking()
    assert left in opened
    assert {each.face.message for each in opened if each is not left} == {
        "Asked again in another place."
    }


def test_a_prompt_in_the_panel_leaves_one_in_a_cell_alone(
    session: Session, request_: ConnectionRequest
) -> None:
    prompts = Prompts()
    in_cell = prompts.open(request_, CELL, waiting=True)
    prompts.open_aside(session.request("workspace"))
    assert in_cell.state == "asking"


@pytest.mark.parametrize(
    ("cell", "over", "unloaded"),
    [
        (CELL, "Run the cell again.", "Load it, then run the cell again."),
        (None, "Press Connect again.", "Press Connect again."),
    ],
    ids=["in a cell", "in the panel"],
)
def test_what_is_said_of_a_prompt_that_is_over_fits_where_it_stands(
    request_: ConnectionRequest, cell: Cell | None, over: str, unloaded: str
) -> None:
    prompts = Prompts()
    prompt = prompts.open(request_, cell, waiting=False) if cell else prompts.open_aside(request_)
    prompts.close()
    assert prompt.face.message == f"attio_nb was unloaded. {unloaded}"
    assert give(prompts, prompt, "sk-late")["message"] == f"This prompt is over. {over}"


def test_no_prompt_is_opened_that_nobody_could_answer(request_: ConnectionRequest) -> None:
    prompts = Prompts()
    prompts.close()
    with pytest.raises(CommandError, match="attio_nb was unloaded"):
        prompts.open_aside(request_)


def test_a_prompt_in_the_panel_heeds_no_setting_of_a_page(request_: ConnectionRequest) -> None:
    prompts = Prompts()
    prompt = prompts.open_aside(request_)
    say(prompts, "attio_ready", prompt_id=prompt.id, on_missing="ask", timeout=5)
    assert prompt.waiting is False
    assert prompt.request.timeout == request_.timeout


@pytest.mark.parametrize(
    "timeout", [float("nan"), float("inf"), 10**400, -1, 0, True, "5", None, [5]]
)
def test_what_is_no_time_to_wait_is_no_wish(request_: ConnectionRequest, timeout: object) -> None:
    prompts = Prompts()
    prompt = prompts.open(request_, CELL, waiting=True, heeds=True)
    say(prompts, "attio_ready", prompt_id=prompt.id, timeout=timeout)
    assert prompt.request.timeout == request_.timeout
    assert prompt.drawn.is_set()


def test_a_page_that_draws_it_later_changes_nothing(request_: ConnectionRequest) -> None:
    prompts = Prompts()
    prompt = prompts.open(request_, CELL, waiting=True, heeds=True)
    say(prompts, "attio_ready", prompt_id=prompt.id, on_missing="raise", timeout=5)
    say(prompts, "attio_ready", prompt_id=prompt.id, on_missing="ask", timeout=7)
    assert prompt.waiting is False
    assert prompt.request.timeout == 5


@pytest.mark.parametrize("content", [[], "text", None, 7], ids=str)
def test_what_is_no_request_is_refused_with_a_sentence(content: object) -> None:
    refused = replied(answers(Prompts())["attio_ready"], content)  # type: ignore[arg-type]
    message = "That did not work (AttributeError). Reload the page and try again."
    assert refused == {"status": "error", "message": message, "retry": False}


def test_an_answer_that_cannot_be_kept_may_be_given_again(tmp_path: Path) -> None:
    (tmp_path / "attio-app.toml").write_text(APP)
    store = FullStore()
    session = Session(store, file=AppFile(lambda: tmp_path), environ={"JUPYTERHUB_USER": "alice"})
    prompts = Prompts()
    prompt = prompts.open_aside(session.request("workspace"))
    seen = [described(prompt)]
    for _ in range(2):
        before = prompt.face.revision
        told = told_until(prompts, lambda before=before: prompt.face.revision > before)
        assert give(prompts, prompt, "sk-panel") == {"status": "ok"}
        assert told.wait(SECONDS)
        seen.append(described(prompt))
    assert [each["state"] for each in seen] == ["asking"] * 3
    assert [each["message"] for each in seen] == ["", "The disk is full.", "The disk is full."]
    # A page that looks now and then sees that the second answer was not kept either.
    assert seen[1] != seen[2]


def test_a_sign_in_that_fails_again_at_once_has_the_last_word(request_: ConnectionRequest) -> None:
    prompts = Prompts()
    prompt = prompts.open_aside(replace(request_, sign_in=hasty))
    failed = {"status": "ok", "state": "failed", "message": "The provider is away."}
    assert say(prompts, "attio_sign_in", prompt_id=prompt.id) == failed
    # It is begun, gets ready, and fails.
    last = prompt.face.revision + 3
    over = told_until(prompts, lambda: prompt.face.revision == last)
    assert say(prompts, "attio_answer", prompt_id=prompt.id, action="again") == {"status": "ok"}
    assert over.wait(SECONDS)
    assert say(prompts, "attio_sign_in", prompt_id=prompt.id) == failed
    assert prompt.face.message == "The provider is away."


class Hasty(SignIn):
    """A sign-in that has always failed before whoever starts it goes on."""

    def start(self) -> None:
        has_failed = threading.Event()
        tell = self.changed

        def changed() -> None:
            tell()
            if self.state == "failed":
                has_failed.set()

        self.changed = changed
        super().start()
        assert has_failed.wait(SECONDS)


def hasty() -> SignIn:
    """Return one whose provider cannot be found."""
    unused: Any = None
    return Hasty(
        OAuth2("client"),
        endpoints=away,
        client_secret=lambda: None,
        keep=unused,
        exchange=unused,
    )


def away() -> Endpoints:
    """Find no provider."""
    raise OAuthError("The provider is away.")


class FullStore(MemoryStore):
    """A store that keeps nothing more."""

    def put(self, slot: Slot, stored: object) -> None:
        raise VaultError("The disk is full.")
