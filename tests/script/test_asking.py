"""A script in a terminal asks there, as getpass does, and goes on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attio_nb.script.terminal import find_terminal, open_browser
from attio_nb.script.wording import in_terminal
from tests.notebook.provider import Provider, come_back

GET = "from attio_nb import get_workspace_connection\nc = get_workspace_connection()\n"
GET_USER = "from attio_nb import get_user_connection\nc = get_user_connection()\n"
PRINT = "print('got', f'{c.value}')\n"
LINE = r"cancels\): "

Start = Callable[..., Any]


def rest(process: Any) -> str:
    """Wait for the end of a program, and return what it printed until then."""
    process.expect(r"\Z")
    text: str = process.before
    process.expect(__import__("pexpect").EOF)
    text += process.before
    process.close()
    return text


def test_it_asks_hidden_and_the_script_goes_on(project: Path, terminal: Start) -> None:
    (project / "add.py").write_text(GET + PRINT)
    process = terminal("python add.py")
    process.expect(LINE)
    assert "Connect Sequencer API key" in process.before
    assert "It may be sent to api.example.com." in process.before
    process.sendline("sk-typed")
    shown = rest(process)
    assert "Connected the workspace connection." in shown
    assert shown.count("sk-typed") == 1
    assert process.exitstatus == 0
    again = terminal("python add.py")
    assert rest(again).split() == ["got", "sk-typed"]


@pytest.mark.parametrize("redirected", ["> out.txt", "> out.txt < /dev/null", "2> err.txt | cat"])
def test_the_question_goes_to_the_terminal_and_not_into_a_file(
    project: Path, terminal: Start, redirected: str
) -> None:
    (project / "add.py").write_text(GET + PRINT)
    process = terminal(f"python add.py {redirected}; cat out.txt")
    process.expect(LINE)
    process.sendline("sk-typed")
    assert "got sk-typed" in rest(process)
    for file in (project / "out.txt", project / "err.txt"):
        assert not file.exists() or "Connect" not in file.read_text()


def test_a_script_whose_streams_are_all_captured_asks_nobody(
    project: Path, terminal: Start
) -> None:
    (project / "add.py").write_text(GET)
    process = terminal("python add.py </dev/null >out.txt 2>err.txt; echo exit $?")
    assert "exit 1" in rest(process)
    assert "nobody can be asked here" in (project / "err.txt").read_text()


@pytest.mark.parametrize(
    ("key", "said"), [("\r", "You cancelled connecting"), ("\x03", "Interrupted while waiting for")]
)
def test_a_question_that_is_not_answered_ends_the_script_with_one_line(
    project: Path, terminal: Start, key: str, said: str
) -> None:
    (project / "add.py").write_text(f"import signal\n{GET}")
    # The shell goes on after Ctrl-C, so that it can tell the status.
    process = terminal("trap : INT; python add.py; echo exit $?")
    process.expect(LINE)
    process.send(key)
    shown = rest(process)
    assert f"NoWorkspaceConnectionError: {said} the workspace connection. Run it again" in shown
    assert "Traceback" not in shown
    assert "exit 1" in shown


def test_two_getters_of_one_gather_ask_once_and_two_calls_ask_twice(
    project: Path, terminal: Start
) -> None:
    (project / "add.py").write_text("""
import asyncio
from attio_nb import MissingConnectionError, get_workspace_connection
async def get():
    return get_workspace_connection()
async def both():
    return await asyncio.gather(get(), get(), return_exceptions=True)
print("gathered", [each.reason for each in asyncio.run(both())])
try:
    get_workspace_connection()
except MissingConnectionError as error:
    print("then", error.reason)
""")
    process = terminal("python add.py")
    process.expect(LINE)
    process.sendline("")
    process.expect(LINE)
    assert "gathered ['cancelled', 'cancelled']" in process.before
    process.sendline("")
    assert "then cancelled" in rest(process)


def test_at_the_prompt_of_python_each_call_asks_and_an_error_is_one_line(terminal: Start) -> None:
    process = terminal("python -q")
    process.expect(">>> ")
    process.sendline("from attio_nb import get_workspace_connection as get")
    process.expect(">>> ")
    for _ in range(2):
        process.sendline("get()")
        process.expect(LINE)
        process.sendline("")
        process.expect(">>> ")
        assert "NoWorkspaceConnectionError: You cancelled connecting" in process.before
        assert "Traceback" not in process.before


def test_a_sign_in_opens_the_browser_and_prints_the_link(
    project: Path, provider: Provider, terminal: Start
) -> None:
    (project / "add.py").write_text(GET_USER + PRINT)
    browser = project / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {project}/opened\n')
    browser.chmod(0o755)
    process = terminal("python add.py", BROWSER=str(browser))
    process.expect(LINE)
    (url,) = re.findall(r"http://\S+/authorize\?\S+", process.before)
    assert "Connected." in come_back(url, code="one").text
    assert "got at-one" in rest(process)
    assert (project / "opened").read_text().strip() == url


def test_a_device_code_is_shown_where_there_is_no_browser(
    project: Path, provider: Provider, terminal: Start
) -> None:
    device = 'device_authorization_endpoint = "{url}/device"\n'
    (project / "attio-app.toml").write_text(provider.app_file(device))
    (project / "add.py").write_text(GET_USER + PRINT)
    process = terminal("python add.py")
    process.expect(LINE)
    process.sendline("device")
    process.expect("type ABCD-EFGH")
    provider.device_allowed.set()
    assert "got at-device" in rest(process)


def test_new_hosts_are_asked_about(project: Path, terminal: Start) -> None:
    (project / "add.py").write_text(GET + PRINT)
    process = terminal("python add.py")
    process.expect(LINE)
    process.sendline("sk-typed")
    rest(process)
    app_file = project / "attio-app.toml"
    app_file.write_text(app_file.read_text().replace("api.example.com", "evil.example"))
    process = terminal("python add.py")
    process.expect(LINE)
    assert "evil.example" in process.before
    process.sendline("yes")
    assert "got sk-typed" in rest(process)


def test_a_thread_and_a_worker_process_ask_nobody(project: Path, terminal: Start) -> None:
    (project / "add.py").write_text("""
import multiprocessing, threading
from attio_nb import MissingConnectionError, get_workspace_connection
def get():
    try:
        get_workspace_connection()
    except MissingConnectionError as error:
        print("because", error.reason, "or" if "attio-nb connect" in str(error) else "", flush=True)
if __name__ == "__main__":
    thread = threading.Thread(target=get)
    thread.start()
    thread.join()
    process = multiprocessing.get_context("spawn").Process(target=get)
    process.start()
    process.join()
""")
    shown = rest(terminal("python add.py"))
    assert "because not-in-a-cell or" in shown
    assert "because nobody-to-ask or" in shown


def test_without_a_standard_stream_that_is_a_terminal_there_is_none() -> None:
    class Captured:
        def isatty(self) -> bool:
            return False

    class Closed:
        def isatty(self) -> bool:
            raise ValueError("I/O operation on closed file")

    for stream in (None, Captured(), Closed(), object()):
        assert find_terminal([stream] * 3) is None


@pytest.mark.parametrize(
    ("environ", "platform", "is_opened"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "/usr/bin/helper"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({}, "linux", False),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({"BROWSER": "/usr/bin/helper", "SSH_CONNECTION": "1 2 3 4"}, "linux", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
    ],
)
def test_a_browser_is_opened_where_there_is_one_beside_the_terminal(
    environ: dict[str, str], platform: str, is_opened: bool
) -> None:
    opened, done = [], threading.Event()

    def open_url(url: str) -> None:
        opened.append(url)
        done.set()

    open_browser("https://a.example/", environ=environ, platform=platform, open_url=open_url)
    assert done.wait(10 if is_opened else 0.05) is is_opened
    assert opened == ["https://a.example/"] * is_opened


def test_what_is_no_web_address_is_opened_in_no_browser() -> None:
    opened: list[str] = []
    open_browser("file:///etc/passwd", environ={}, platform="darwin", open_url=opened.append)
    assert opened == []


@pytest.mark.parametrize(
    ("message", "here"),
    [
        ("Run %connect workspace mail.", "Run attio-nb connect workspace mail."),
        ("See %connect? for examples.", "See attio-nb connect --help for examples."),
        ("%connect shows them.", "attio-nb list shows them."),
        ("Use %disconnect user.", "Use attio-nb disconnect user."),
        ("%connect --as al in a notebook, or X.", "%connect --as al in a notebook, or X."),
        ("Nobody. Run the cell again to.", "Nobody. Run it again to."),
        ("Run %connectors.", "Run %connectors."),
    ],
)
def test_messages_name_the_command_line_in_place_of_the_magics(message: str, here: str) -> None:
    assert in_terminal(message) == here
