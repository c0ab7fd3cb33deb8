"""Signing in tests the token where a test is configured, and says what came back."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from attio_nb.connections.prompter import NobodyToAsk
from attio_nb.connections.store import MemoryStore
from attio_nb.notebook.stdin import StdinPrompter
from attio_nb.prompts.face import described
from attio_nb.prompts.pending import PendingPrompt
from attio_nb.prompts.prompts import Prompts
from attio_nb.tab.overview import overview
from attio_nb.web_address import parse_web_address
from tests.loopback import free_port
from tests.oauth.conftest import Project, get
from tests.oauth.stub import PROMPTLY, Reply

CONNECTED = "Connected the user connection"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def configure(project: Project, *lines: str, url: str = "") -> str:
    """Write a test into the app file, and return who is asked."""
    path = project.folder / "attio-app.toml"
    url = url or f"{project.provider.url}/api"
    path.write_text("\n".join([path.read_text(), f'test_url = "{url}"', *lines, ""]))
    return parse_web_address(url).netloc


def in_terminal(project: Project) -> str:
    """Sign in at a terminal, into which the address is pasted; return the last line shown."""
    shown: list[str] = []
    opened: list[str] = []

    def read(prompt: str) -> str:
        return get(opened.pop()).headers["location"]

    prompter = StdinPrompter(read, lambda line: shown.append(str(line)), browse=opened.append)
    project.session(prompter).get_connection("user")
    assert any("Connecting and Test send it to http" in line for line in shown)
    return shown[-1]


def in_page(project: Project) -> str:
    """Sign in at a prompt that a page draws, in a cell or in the panel; return what it says."""
    prompts = Prompts()
    over = threading.Event()
    prompt: list[PendingPrompt] = []
    prompts.changed = lambda: over.set() if prompt and prompt[0].is_over else None
    prompt.append(prompts.open_aside(project.session(NobodyToAsk()).request("user")))
    until = time.monotonic() + PROMPTLY
    while (told := prompt[0].sign_in_told("", local=True))["state"] != "ready":
        assert time.monotonic() < until, told
    page = get(get(told["authorization_url"]).headers["location"])
    assert "Connected" in page.text
    assert over.wait(PROMPTLY)
    assert prompt[0].state == "connected"
    return str(described(prompt[0])["message"])


def row(project: Project) -> dict[str, Any]:
    """Return the row of the Connections tab."""
    found: dict[str, Any] = overview(project.session())["connections"][0]
    return found


PLACES = pytest.mark.parametrize("sign_in", [in_terminal, in_page])


@PLACES
def test_a_token_that_works_is_said_to(project: Project, sign_in: Any) -> None:
    host = configure(project, 'account = "user.login"')
    project.provider.before_api = lambda call: Reply({"user": {"login": "bob"}})
    assert sign_in(project) == f"{CONNECTED} as bob. It works: {host} answered 200."
    assert row(project)["standing"] == "connected"
    assert project.provider.count("/api") == 1


@PLACES
def test_a_token_that_is_refused_is_kept_and_marked(project: Project, sign_in: Any) -> None:
    host = configure(project)
    project.provider.before_api = lambda call: Reply({}, 401)
    said = sign_in(project)
    assert said.startswith(f"{CONNECTED}. But {host} has refused its access token (401).")
    assert "Sign in again with another account, or check the scopes" in said
    assert row(project)["standing"] == "refused"
    assert project.refresh_token
    assert project.token not in said


@PLACES
def test_what_the_token_may_not_do_is_said(project: Project, sign_in: Any) -> None:
    host = configure(project)
    project.provider.before_api = lambda call: Reply({"error": "insufficient_scope"}, 403)
    said = sign_in(project)
    assert said.startswith(
        f"{CONNECTED}. But {host} has not let it do what the test asks for (403)."
    )
    assert "add the missing scopes in attio-app.toml and sign in again" in said
    # It is a good token all the same.
    assert row(project)["standing"] == "connected"
    assert project.refresh_token


@pytest.mark.parametrize("status", [302, 404, 429, 500, 503])
def test_an_answer_that_says_nothing_about_the_token_is_told(project: Project, status: int) -> None:
    host = configure(project)
    answer = Reply(b"", status, {"Location": "https://elsewhere.example/"})
    project.provider.before_api = lambda call: answer
    said = in_terminal(project)
    assert f"It is not known whether it works: {host} answered {status}." in said
    assert row(project)["standing"] == "connected"


@PLACES
def test_a_service_that_cannot_be_reached_fails_no_sign_in(project: Project, sign_in: Any) -> None:
    configure(project, url=f"http://127.0.0.1:{free_port()}/me")
    said = sign_in(project)
    assert said.startswith(f"{CONNECTED}. It was not tested: ")
    assert "refused the connection" in said
    assert row(project)["standing"] == "connected"


def test_a_service_that_hangs_up_fails_no_sign_in(project: Project) -> None:
    configure(project)
    project.provider.before_api = lambda call: Reply(hangs_up=True)
    assert in_terminal(project).startswith(f"{CONNECTED}. It was not tested: ")


def test_the_mark_goes_once_the_service_takes_the_token(project: Project) -> None:
    configure(project)
    project.provider.before_api = lambda call: Reply({}, 401)
    in_terminal(project)
    assert row(project)["standing"] == "refused"
    project.provider.before_api = lambda call: None
    in_page(project)
    assert row(project)["standing"] == "connected"


def test_without_a_test_url_nothing_is_sent(project: Project) -> None:
    assert in_page(project) == f"{CONNECTED}."
    assert project.provider.count("/api") == 0
