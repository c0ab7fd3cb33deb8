"""A prompt in a cell, without a kernel: answers that come before the cell waits for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import MissingConnectionError
from attio_nb.notebook.prompt import KernelPrompter
from attio_nb.prompts.answers import answers, replied
from attio_nb.prompts.cell import Cell
from attio_nb.prompts.prompts import Prompts
from attio_nb.session import Session

APP = '[app]\nid = "prospects"\n\n[[connections]]\nowner = "workspace"\ntype = "secret"\n'


class OneCell:
    """A kernel that is running one cell."""

    def here(self) -> Cell:
        return Cell(cell_id="cell-1", code="get()", allow_stdin=True)


class Line:
    """An input line that nobody sees."""

    def __init__(self) -> None:
        self.asked: list[ConnectionRequest] = []

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)


@pytest.fixture
def request_(tmp_path: Path) -> ConnectionRequest:
    (tmp_path / "attio-app.toml").write_text(APP)
    file = AppFile(lambda: tmp_path)
    session = Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": "alice"})
    return session.request("workspace")


def answered_when_drawn(action: str) -> Prompts:
    """Return prompts that a page draws and answers in the moment in which they are shown."""
    prompts = Prompts()

    def answer() -> None:
        for prompt in prompts.asking():
            if not prompt.drawn.is_set():
                replied(answers(prompts)["attio_ready"], {"prompt_id": prompt.id})
                given = {"prompt_id": prompt.id, "action": action}
                replied(answers(prompts)["attio_answer"], given)

    prompts.changed = answer
    return prompts


def test_a_prompt_that_is_cancelled_as_it_is_drawn_asks_in_no_line(
    request_: ConnectionRequest,
) -> None:
    line = Line()
    prompter = KernelPrompter(OneCell(), answered_when_drawn("cancel"), stdin=line)  # type: ignore[arg-type]
    with pytest.raises(MissingConnectionError) as error:
        prompter.ask(request_)
    assert error.value.reason == "cancelled"
    assert line.asked == []


def test_a_person_who_asks_for_the_line_as_it_is_drawn_gets_it(
    request_: ConnectionRequest,
) -> None:
    line = Line()
    prompter = KernelPrompter(OneCell(), answered_when_drawn("stdin"), stdin=line)  # type: ignore[arg-type]
    prompter.ask(request_)
    assert [each.identity for each in line.asked] == [request_.identity]
