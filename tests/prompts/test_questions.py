"""What a page is asked about a typed value, and what becomes of each choice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.prompts.answers import answers, replied
from attio_nb.prompts.cell import Cell
from attio_nb.prompts.face import described
from attio_nb.prompts.pending import PendingPrompt
from attio_nb.prompts.prompts import Prompts
from attio_nb.session import Session
from tests.loopback import reply, serving
from tests.notebook.conftest import seal

APP = """\
[app]
id = "prospects"

[[connections]]
owner = "workspace"
type = "secret"
hosts = ["127.0.0.1"]
"""
CELL = Cell(cell_id="cell-1", code="get()", allow_stdin=True)
SECONDS = 30.0


class Page:
    """A page that shows one prompt."""

    def __init__(self, folder: Path, *lines: str, cell: Cell | None = None) -> None:
        (folder / "attio-app.toml").write_text("\n".join([APP, *lines]))
        file = AppFile(lambda: folder)
        self.session = Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": "alice"})
        self.prompts = Prompts()
        request = self.session.request("workspace")
        self.prompt: PendingPrompt = (
            self.prompts.open(request, cell, waiting=True)
            if cell
            else self.prompts.open_aside(request)
        )

    def say(self, action: str, **content: object) -> dict[str, Any]:
        answer = answers(self.prompts)["attio_answer"]
        return replied(answer, {"prompt_id": self.prompt.id, "action": action, **content})

    def until(self, holds: Callable[[dict[str, Any]], bool], act: Callable[[], object]) -> Any:
        """Do something, and return what the page sees once that holds."""
        reached = threading.Event()
        self.prompts.changed = lambda: reached.set() if holds(described(self.prompt)) else None
        act()
        assert reached.wait(SECONDS), described(self.prompt)
        return described(self.prompt)

    def type(self, value: str) -> Any:
        sealed = seal(described(self.prompt), {"value": value})
        return self.until(
            lambda seen: seen["state"] != "saving" and (seen["question"] or seen["message"]),
            lambda: self.say("connect", sealed=sealed),
        )

    def choose(self, label: str) -> Any:
        seen = described(self.prompt)
        (id_,) = [each["id"] for each in seen["choices"] if each["label"] == label]
        return self.until(
            lambda seen: seen["state"] != "saving" and not seen["question"],
            lambda: self.say("decide", choice=id_),
        )

    @property
    def value(self) -> str | None:
        stored = self.session.status("workspace").stored
        return None if stored is None else str.__str__(stored.value)


def test_a_page_is_asked_and_never_told_the_value(tmp_path: Path) -> None:
    page = Page(tmp_path)
    seen = page.type('KEY="Bearer sk-very-secret"')
    assert seen["state"] == "asking"
    assert "“Bearer”" in seen["question"]
    assert "very-secret" not in str(seen)
    assert [each["label"] for each in seen["choices"]] == [
        "Take that off",
        "Keep it as it is",
        "Type another value",
    ]
    assert page.value is None
    assert page.choose("Take that off")["state"] == "connected"
    assert page.value == "sk-very-secret"


def test_a_value_can_be_kept_as_it_is(tmp_path: Path) -> None:
    page = Page(tmp_path)
    page.type('"sk-1"')
    assert page.choose("Keep it as it is")["state"] == "connected"
    assert page.value == '"sk-1"'


def test_another_value_can_be_typed(tmp_path: Path) -> None:
    page = Page(tmp_path)
    page.type('"sk-1"')
    seen = page.choose("Type another value")
    assert (seen["state"], seen["question"], seen["choices"]) == ("asking", "", [])
    assert page.type("sk-2")["state"] == "connected"
    assert page.value == "sk-2"


def test_a_click_that_was_meant_for_the_question_before_does_nothing(tmp_path: Path) -> None:
    with serving(lambda handler: reply(handler, 401)) as service:
        page = Page(tmp_path, f'test_url = "{service.url}/me"')
        first = page.type('"sk-1"')["choices"][1]["id"]
        page.until(lambda seen: "401" in seen["question"], lambda: page.say("decide", choice=first))
        assert page.say("decide", choice=first) == {"status": "ok"}
        for odd in ("", None, "9.9", ["1.0"], {}):
            assert page.say("decide", choice=odd) == {"status": "ok"}
        assert page.value is None
        seen = page.choose("Keep it all the same")
    assert seen["state"] == "connected"
    assert "has refused it (401)" in seen["message"]
    assert page.value == '"sk-1"'


def test_what_came_back_is_said_at_the_end(tmp_path: Path) -> None:
    with serving(lambda handler: reply(handler, 204)) as service:
        page = Page(tmp_path, f'test_url = "{service.url}/me"')
        seen = page.type("sk-1")
    assert "Connected the workspace connection. It works: 127.0.0.1" in seen["message"]


def test_an_interrupt_does_not_wait_for_the_service_and_keeps_nothing(tmp_path: Path) -> None:
    asked, leave = threading.Event(), threading.Event()

    def slow(handler: Any) -> None:
        asked.set()
        leave.wait(SECONDS)
        reply(handler)

    with serving(slow) as service:
        page = Page(tmp_path, f'test_url = "{service.url}/me"', cell=CELL)
        sealed = seal(described(page.prompt), {"value": "sk-1"})
        page.say("connect", sealed=sealed)
        assert asked.wait(SECONDS)
        assert "Testing it at 127.0.0.1" in described(page.prompt)["message"]
        assert page.prompt.end("interrupted")
        leave.set()
    for thread in threading.enumerate():
        if thread.name == "attio_nb save":
            thread.join(SECONDS)
    assert page.prompt.state == "interrupted"
    assert page.value is None


@pytest.mark.parametrize("value", ["", '""', "a\tb"])
def test_what_no_question_mends_is_told_at_once(tmp_path: Path, value: str) -> None:
    page = Page(tmp_path)
    sealed = seal(described(page.prompt), {"value": value})
    replied_ = page.say("connect", sealed=sealed)
    assert (replied_["status"], replied_["retry"]) == ("error", True)
