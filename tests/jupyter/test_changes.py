"""What pages are told of changes, over Jupyter's own event service."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import websocket

from attio_nb.app.allowed import AllowedFiles
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.jupyter.events import CHANGED, Changes

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_events import EventLogger

    from tests.jupyter.conftest import Project, Server

SOON = 20.0
SECRET = "a-value-that-is-told-to-nobody"
USER = """
[[connections]]
owner = "user"
type = "secret"
"""

Listen = Callable[[], "Page"]


class Page:
    """A page that listens to the server's events."""

    def __init__(self, server: Server) -> None:
        url = server.url.replace("http", "ws", 1) + "api/events/subscribe"
        header = [f"{name}: {value}" for name, value in server.headers.items()]
        self.socket = websocket.create_connection(url, timeout=SOON, header=header)
        self.heard: list[str] = []

    def until(self, what: str) -> None:
        """Listen until this is told."""
        while True:
            text = str(self.socket.recv())
            self.heard.append(text)
            event = json.loads(text)
            if event["schema_id"] == CHANGED and event["what"] == what:
                return

    def until_shown(self, look: Callable[[], bool]) -> None:
        """Ask anew each time that a change is told, as a page does, until something is shown."""
        self.until("state")
        while not look():
            self.until("state")


@pytest.fixture
def listen(project: Project) -> Iterator[Listen]:
    """Open pages that know the state of a project."""
    pages: list[Page] = []

    def listen() -> Page:
        pages.append(Page(project.server))
        project.state()
        return pages[-1]

    yield listen
    for page in pages:
        page.socket.close()


def keep(project: Project) -> None:
    slot = Slot(project.folder.name, "local", "user", "alice", None)
    stored = StoredConnection("an-id", SecretStr(SECRET), "alice", datetime.now(UTC))
    project.server.vault.put(slot, stored)


def test_what_another_process_connects_and_disconnects_is_told_to_every_page(
    project: Project, listen: Listen
) -> None:
    project.write(USER)
    pages = [listen(), listen()]
    keep(project)
    for page in pages:
        page.until_shown(lambda: project.standings() == ["connected"])
    project.server.vault.delete(Slot(project.folder.name, "local", "user", "alice", None))
    for page in pages:
        page.until_shown(lambda: project.standings() == ["not-connected"])
        assert SECRET not in str(page.heard)


def test_an_app_file_that_is_made_edited_broken_and_removed_is_told(
    project: Project, listen: Listen
) -> None:
    page = listen()
    project.write(USER)
    page.until_shown(lambda: len(project.state()["connections"]) == 1)
    project.write(USER, USER.replace("user", "workspace"))
    page.until_shown(lambda: len(project.state()["connections"]) == 2)
    project.file.write_text("nonsense")
    page.until_shown(lambda: bool(project.state()["problems"]))
    assert len(project.state()["connections"]) == 2
    project.file.unlink()
    page.until_shown(lambda: project.state()["app"] is None)


def test_an_app_file_that_is_nearer_is_told(project: Project, listen: Listen) -> None:
    project.write(USER)
    near = project.folder / "near"
    near.mkdir()
    path = f"{project.folder.name}/near/notebook.ipynb"
    page = listen()
    assert project.server.state(path)["app"]["id"] == project.folder.name
    (near / "attio-app.toml").write_text('[app]\nid = "near"\n')
    page.until_shown(lambda: bool(project.server.state(path)["app"]["id"] == "near"))


def test_an_app_file_above_what_the_server_shows_is_told_once_it_is_allowed(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    page = Page(server)
    with closing(page.socket):
        assert server.state("notebook.ipynb")["app"] is None
        (above := tmp_path / "attio-app.toml").write_text('[app]\nid = "above"\n')
        assert server.state("notebook.ipynb")["app"] is None
        AllowedFiles(server.data / "allowed" / "allowed.json").allow(above)
        page.until_shown(lambda: server.state("notebook.ipynb")["app"]["name"] == "above")
        above.write_text('[app]\nid = "above"\nname = "Later"\n')
        page.until_shown(lambda: server.state("notebook.ipynb")["app"]["name"] == "Later")


def test_a_prompt_of_the_server_is_told_of_as_it_goes_on(project: Project, listen: Listen) -> None:
    project.write(USER)
    page = listen()
    prompt = project.ask("attio_connect", owner="user", key=None, acting="")
    page.until("prompts")
    project.ask("attio_answer", prompt_id=prompt["prompt_id"], action="cancel")
    page.until("prompts")
    assert prompt["prompt_id"] not in str(page.heard)


def test_a_server_ends_at_once_and_without_a_complaint_while_it_watches(
    start: Callable[..., Server],
) -> None:
    server = start()
    with closing(Page(server).socket):
        assert server.state("notebook.ipynb")["problems"] == []
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=SOON) == 0
    log = server.log.read_text()
    for complaint in ("Traceback", "Warning:", "was destroyed", "panicked", "fatal"):
        assert complaint not in log


class Logger:
    """Takes what is told."""

    def __init__(self) -> None:
        self.schemas: list[str] = []
        self.told: list[str] = []

    def register_event_schema(self, schema: dict[str, str]) -> None:
        self.schemas.append(schema["$id"])

    def emit(self, *, schema_id: str, data: dict[str, str]) -> None:
        assert schema_id == CHANGED
        self.told.append(data["what"])


def test_changes_that_come_together_are_told_as_one() -> None:
    logger: Logger = Logger()
    later: list[Callable[[], None]] = []
    events: EventLogger = logger  # type: ignore[assignment]
    changes = Changes(events, later.append)
    threads = [threading.Thread(target=changes.tell, args=(what,)) for what in ("state",) * 9]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    changes.tell("prompts")
    assert len(later) == 1
    later.pop()()
    assert logger.told == ["prompts", "state"]
    changes.tell("state")
    later.pop()()
    assert logger.told == ["prompts", "state", "state"]
    Changes(events, later.append)
    assert logger.schemas == [CHANGED]
