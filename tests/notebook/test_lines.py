"""What an input line says by itself, where no page draws a prompt and where output is captured."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from attio_nb.notebook.prompt import READY_SECONDS
from tests.notebook.conftest import TIMEOUT, Notebook
from tests.notebook.provider import CONFIDENTIAL, DEVICE, SECRET, Provider, come_back

GET = "get_workspace_connection()"
SIGN_IN = "f'got {get_user_connection().value}'"
CAPTURES = (
    "%%capture\n{}",
    "from IPython.utils.capture import capture_output\nwith capture_output():\n    {}",
    "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n    {}",
    "import contextlib, os\n"
    "with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere):\n    {}",
)
LINK = re.compile(r"http://\S+/authorize\?\S+")


def asked(notebook: Notebook) -> str:
    """Wait until a line is asked for, and return what it says."""
    content = notebook.client.get_stdin_msg(timeout=TIMEOUT)["content"]
    assert content["password"] is True
    prompt: str = content["prompt"]
    return prompt


def ask(notebook: Notebook, code: str) -> str:
    """Run a cell that asks in a line, and return what the line says."""
    notebook.start(code)
    return asked(notebook)


def cancel(notebook: Notebook) -> None:
    """Press Enter alone, which ends the cell; ``%%capture`` keeps its error."""
    notebook.client.input("")
    notebook.finish()


def test_the_line_names_the_connection_and_only_the_first_prompt_waits_for_a_page(
    any_notebook: Notebook, project: Path
) -> None:
    any_notebook.has_page = False
    assert ask(any_notebook, GET) == ("Value for Sequencer API key (hidden; Enter alone cancels): ")
    cancel(any_notebook)
    began = time.monotonic()
    assert "your mailbox" in ask(any_notebook, "get_user_connection()")
    assert time.monotonic() - began < READY_SECONDS
    cancel(any_notebook)
    (project / "attio-app.toml").unlink()
    assert "the workspace connection “other”" in ask(
        any_notebook, "get_workspace_connection('other')"
    )
    cancel(any_notebook)


def test_a_page_that_comes_later_draws_the_next_prompt(notebook: Notebook) -> None:
    ask(notebook, GET)
    cancel(notebook)
    notebook.ask("attio_session")
    notebook.start(GET)
    prompt = notebook.await_opened()
    # This page is late, and yet in time: no line asks while the kernel waits for it.
    time.sleep(0.5)
    notebook.ask("attio_ready", prompt_id=prompt["prompt_id"])
    notebook.answer(prompt, "sk-page")
    assert notebook.finish().status == "ok"
    assert notebook.nothing_asked()


def test_a_captured_cell_has_its_line_say_what_is_asked(notebook: Notebook) -> None:
    for capture in CAPTURES:
        line = ask(notebook, capture.format(GET))
        assert "Connect Sequencer API key" in line
        assert "Where to find it: https://sequencer.example/keys" in line
        assert line.endswith("Value for Sequencer API key (hidden; Enter alone cancels): ")
        notebook.client.input("sk–dash")
        again = asked(notebook)
        assert "Connect Sequencer" not in again
        assert again.count("\n") == 1
        cancel(notebook)
    ran = notebook.run(CAPTURES[0].format(GET), "sk-typed")
    assert (ran.status, ran.streams) == ("ok", "")


def test_a_captured_sign_in_has_its_line_show_the_link(
    provider: Provider, notebook: Notebook
) -> None:
    for capture in CAPTURES:
        line = ask(notebook, capture.format(SIGN_IN))
        (link,) = LINK.findall(line)
        assert line.splitlines()[-1].startswith("Connect your Sequencer account: waiting for")
        assert "Connected." in come_back(link, code="one").text
        assert notebook.finish().status == "ok"
        notebook.run("%disconnect user")


def test_a_captured_device_code_is_in_its_line(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(DEVICE))
    ask(notebook, CAPTURES[0].format(SIGN_IN))
    notebook.client.input("device")
    line = asked(notebook)
    assert re.search(r"On another device, open http\S+ and type \S+\n", line)
    assert len(line.splitlines()) == 2
    provider.device_allowed.set()
    assert notebook.finish().status == "ok"


def test_a_captured_client_secret_is_asked_for_by_name(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
    line = ask(notebook, CAPTURES[1].format(SIGN_IN))
    assert line.endswith("Client secret of your Sequencer account (hidden; Enter alone cancels): ")
    notebook.client.input(SECRET)
    assert LINK.search(asked(notebook))
    cancel(notebook)


@pytest.mark.parametrize(("hosts", "named"), [(1, "api1.example"), (3, "api1.example and 2 more")])
def test_the_line_of_an_approval_names_addresses_and_connection(
    notebook: Notebook, project: Path, hosts: int, named: str
) -> None:
    notebook.run(GET, "sk-typed")
    file = project / "attio-app.toml"
    new = ", ".join(f'"api{number}.example"' for number in range(1, hosts + 1))
    file.write_text(file.read_text().replace('hosts = ["127.0.0.1"]', f"hosts = [{new}]"))
    line = ask(notebook, f"%%capture\n{GET}")
    assert line.splitlines()[-1] == (
        f"Type yes to allow {named} for Sequencer API key (hidden; Enter alone cancels): "
    )
    assert "attio-app.toml names" in line
    cancel(notebook)
