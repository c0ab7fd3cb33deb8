"""Signing in without the labextension: the kernel's own line asks, and the browser may be first."""

from __future__ import annotations

import re
from pathlib import Path

from tests.notebook.conftest import TIMEOUT, Message, Notebook
from tests.notebook.provider import CONFIDENTIAL, DEVICE, SECRET, Provider, callback, come_back
from tests.notebook.test_sign_in import GATHER, GET, hung_up


def line(notebook: Notebook) -> Message:
    """Wait until a line is asked for, and return what is asked."""
    content: Message = notebook.client.get_stdin_msg(timeout=TIMEOUT)["content"]
    return content


def link(notebook: Notebook, *, number: int = 1) -> str:
    """Return the link that the person is given, the second one after a first failed."""
    output = notebook.await_output("copy its address", times=number)
    links: list[str] = re.findall(r"http://\S+/authorize\?\S+", output)
    return links[-1]


def asked(notebook: Notebook, code: str = GET) -> str:
    """Run a cell that asks in a line, and return where the person is sent."""
    notebook.start(code)
    assert line(notebook)["password"] is True
    return link(notebook)


def test_the_browser_ends_the_line_and_the_cell_goes_on(
    provider: Provider, any_notebook: Notebook
) -> None:
    url = asked(any_notebook)
    assert "Connected." in come_back(url, code="one").text
    ran = any_notebook.finish()
    assert ran.status == "ok"
    assert ran.results[-1] == "'got at-one'"
    assert "Connect your Sequencer account" in ran.streams
    assert "What is asked for: mail.read mail.send" in ran.streams
    assert "Connected the user connection." in ran.streams
    assert any_notebook.run("1 + 1").results == ["2"]


def test_an_awaited_cell_goes_on_too_and_the_kernel_lives(
    provider: Provider, any_notebook: Notebook
) -> None:
    come_back(asked(any_notebook, GATHER), code="one")
    assert any_notebook.finish().status == "ok"
    assert any_notebook.run("import signal; signal.getsignal(signal.SIGINT).__name__").results == [
        "'default_int_handler'"
    ]


def test_the_address_can_be_pasted_after_a_wrong_one(
    provider: Provider, notebook: Notebook
) -> None:
    url = asked(notebook)
    notebook.client.input("not an address")
    line(notebook)
    notebook.client.input(callback(url, code="one").replace("state=", "state=x"))
    line(notebook)
    notebook.client.input(callback(url, code="one"))
    ran = notebook.finish()
    assert ran.results[-1] == "'got at-one'"
    assert "address bar" in ran.streams
    assert "code=one" not in ran.streams


def test_an_interrupt_ends_the_line_with_one_sentence(
    provider: Provider, any_notebook: Notebook
) -> None:
    url = asked(any_notebook, GATHER)
    any_notebook.manager.interrupt_kernel()
    assert "Interrupted while waiting for the user connection" in any_notebook.finish().error
    assert hung_up(url)
    assert any_notebook.run("1 + 1").results == ["2"]


def test_an_empty_line_cancels(provider: Provider, notebook: Notebook) -> None:
    asked(notebook)
    notebook.client.input("")
    assert "You cancelled connecting the user connection" in notebook.finish().error


def test_a_sign_in_that_fails_is_told_and_can_be_done_again(
    provider: Provider, notebook: Notebook
) -> None:
    come_back(asked(notebook), error="access_denied")
    assert "Type again" in line(notebook)["prompt"]
    notebook.client.input("again")
    line(notebook)
    come_back(link(notebook, number=2), code="two")
    ran = notebook.finish()
    assert ran.results[-1] == "'got at-two'"
    assert "denied" in ran.streams


def test_the_client_secret_is_asked_for_first(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
    provider.refused["wrong"] = "invalid_client"
    notebook.start(GET)
    assert "Client secret" in line(notebook)["prompt"]
    notebook.client.input("wrong")
    line(notebook)
    come_back(link(notebook), code="one")
    assert "Client secret" in line(notebook)["prompt"]
    notebook.client.input(SECRET)
    line(notebook)
    come_back(link(notebook, number=2), code="two")
    ran = notebook.finish()
    assert "invalid_client" in ran.streams
    assert ran.results[-1] == "'got at-two'"
    assert SECRET not in ran.streams


def test_another_device_can_be_used(provider: Provider, notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(DEVICE))
    notebook.start(GET)
    assert "type device" in line(notebook)["prompt"]
    notebook.client.input("device")
    output = notebook.await_output("ABCD-EFGH")
    assert f"open {provider.url}/enter and type ABCD-EFGH" in output
    assert "▄" in output
    line(notebook)
    provider.device_allowed.set()
    assert notebook.finish().results[-1] == "'got at-device'"


def test_a_browser_that_cannot_seal_is_asked_in_the_kernels_line(
    provider: Provider, notebook: Notebook
) -> None:
    notebook.start(GET)
    prompt = notebook.prompt()
    notebook.ask("attio_answer", prompt_id=prompt["prompt_id"], action="stdin")
    line(notebook)
    come_back(link(notebook), code="one")
    assert notebook.finish().results[-1] == "'got at-one'"


def test_the_client_secret_that_is_stored_can_be_kept(
    provider: Provider, notebook: Notebook, project: Path
) -> None:
    (project / "attio-app.toml").write_text(provider.app_file(CONFIDENTIAL))
    provider.refused["one"] = "unauthorized_client"
    notebook.start(GET)
    assert "Client secret" in line(notebook)["prompt"]
    notebook.client.input(SECRET)
    line(notebook)
    come_back(link(notebook), code="one")
    assert "Enter alone uses the one that is stored" in line(notebook)["prompt"]
    notebook.client.input("")
    line(notebook)
    come_back(link(notebook, number=2), code="two")
    assert notebook.finish().results[-1] == "'got at-two'"
    notebook.start("%connect user --client-secret")
    assert "Client secret" in line(notebook)["prompt"]
    notebook.client.input("another-one")
    ran = notebook.finish()
    assert "another-one" not in ran.streams
    assert provider.tokens_asked()[-1]["client_secret"] == "another-one"
