"""The panel beside a kernel that is busy, dies, is not there, or does things by itself."""

from __future__ import annotations

import os
import re
import signal

from playwright.sync_api import Request, expect

from tests.browser.conftest import Server
from tests.browser.panel.apps import ACCOUNT, API_KEY, KEY
from tests.browser.panel.conftest import OpenApp, Service
from tests.browser.panel.page import opened_by

SECRET = "sk-live-c0ffee-77ad1e"
LOAD = "%load_ext attio_nb\nfrom attio_nb import *\nfrom pathlib import Path\nimport os, time"
PID = f"{LOAD}\nprint(os.getpid())"
WAIT = """\
while not Path("go").exists():
    time.sleep(0.02)
print('went on')"""
VALUE = "print(len(get_workspace_connection().value))"
ASIDE = """\
Path("aside").mkdir()
os.chdir("aside")
Path("attio-app.toml").write_text('[app]\\nid = "aside"')"""
OTHER_HOME = "import os\nos.environ['ATTIO_NB_DATA_DIR'] = os.path.abspath('other')\n"
RUN_AND_CLICK = """button => {
    const {commands, shell} = window.jupyterapp;
    const {kernel} = shell.currentWidget.sessionContext.session;
    const click = (_, {direction, msg}) => {
        if (direction === 'send' && msg.header.msg_type === 'execute_request') {
            kernel.anyMessage.disconnect(click);
            button.click();
        }
    };
    kernel.anyMessage.connect(click);
    void commands.execute('notebook:run-cell');
}"""
VARIABLE = f"import os\nos.environ['ATTIO_NB_WORKSPACE_CONNECTION'] = '{KEY}'\n"


def test_one_connects_while_a_cell_runs(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, WAIT, VALUE, app=API_KEY)
    notebook.run(0)
    notebook.run(1)
    expect(panel.region).to_contain_text("A cell is running. You can connect all the same.")

    panel.row("Sequencer API key").connect(KEY)

    expect(notebook.printed(1)).to_have_count(0)
    (notebook.path.parent / "go").touch()
    expect(notebook.printed(1)).to_have_text("went on\n")
    expect(panel.region).not_to_contain_text("A cell is running.")
    notebook.run(2)
    expect(notebook.printed(2)).to_have_text(f"{len(KEY)}\n")


def test_one_connects_while_a_cell_runs_that_has_not_loaded_it(open_app: OpenApp) -> None:
    busy = f"from pathlib import Path\nimport time\n{WAIT}"
    notebook, panel = open_app(busy, f"from attio_nb import *\n{VALUE}", app=API_KEY)
    row = panel.row("Sequencer API key")
    notebook.select(0)

    # The kernel has not said yet that it runs a cell, and takes nothing up after it.
    row.button("Connect").evaluate(RUN_AND_CLICK)
    row.answer(KEY)

    (notebook.path.parent / "go").touch()
    notebook.run(1)
    expect(notebook.printed(1)).to_have_text(f"{len(KEY)}\n")


def test_a_kernel_that_dies_while_one_connects_says_so(open_app: OpenApp) -> None:
    notebook, panel = open_app(PID, app=API_KEY)
    notebook.run(0)
    pid = int(notebook.printed(0).inner_text())
    row = panel.row("Sequencer API key")
    row.press("Connect")
    expect(row.field()).to_be_focused()

    os.kill(pid, signal.SIGKILL)

    row.says("This prompt is over: the kernel was restarted. Connect again.")
    expect(row.field()).to_have_count(0)
    panel.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    row.connect(KEY)


def test_a_kernel_that_is_restarted_while_one_signs_in_says_so(
    open_app: OpenApp, sandbox: Service
) -> None:
    notebook, panel = open_app(LOAD, app=ACCOUNT.format(url=sandbox.url))
    notebook.run(0)
    row = panel.row("Sequencer account")
    row.press("Connect")
    tab = opened_by(panel.page, row.item.get_by_role("button", name="Sign in at"))

    notebook.start("notebook:restart-kernel")
    panel.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    row.says("This prompt is over: the kernel was restarted. Connect again.")
    tab.close()

    notebook.wait_until_idle()
    row.sign_in()


def test_without_a_kernel_the_server_connects(open_app: OpenApp, sandbox: Service) -> None:
    notebook, panel = open_app(LOAD, VALUE, app=API_KEY + ACCOUNT.format(url=sandbox.url))
    notebook.shut_down()
    expect(panel.acting_as).to_have_accessible_description(
        "No kernel runs: this holds for the panel."
    )
    secret, account = panel.row("Sequencer API key"), panel.row("Sequencer account")

    secret.connect(KEY)
    account.sign_in()

    secret.press("Disconnect")
    panel.dialog("Disconnect?").get_by_role("button", name="Disconnect").click()
    secret.stands("Not connected")


def test_what_is_typed_leaves_the_page_sealed(open_app: OpenApp, jupyterlab: Server) -> None:
    notebook, panel = open_app(LOAD, app=API_KEY)
    notebook.shut_down()
    expect(panel.acting_as).to_have_accessible_description(re.compile("No kernel"))
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    panel.page.on("request", note)

    panel.row("Sequencer API key").connect(SECRET)

    panel.page.remove_listener("request", note)
    assert any("/attio-nb/ask/attio_answer" in request.url for request in sent)
    assert [request for request in sent if SECRET in request.url + (request.post_data or "")] == []
    assert SECRET not in panel.page.content()
    log = jupyterlab.log.read_text()
    assert "/attio-nb/ask/attio_answer" in log
    assert SECRET not in log


def test_what_is_done_in_a_cell_shows_by_itself(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, VALUE, "%disconnect workspace", app=API_KEY)
    notebook.run(0)
    row = panel.row("Sequencer API key")
    row.stands("Not connected")
    notebook.run(1)
    row.says("A cell waits for this.")

    notebook.field(1).fill(KEY)
    notebook.field(1).press("Enter")
    row.stands("Connected")
    expect(row.item).not_to_contain_text("A cell waits for this.")

    notebook.run(2)
    row.stands("Not connected")


def test_a_kernel_with_a_vault_of_its_own_is_told_from_the_server(open_app: OpenApp) -> None:
    notebook, panel = open_app(OTHER_HOME + LOAD, VALUE, app=API_KEY)
    row = panel.row("Sequencer API key")
    row.stands("Not connected")
    notebook.run(0)

    expect(panel.region).to_contain_text("The kernel keeps its connections elsewhere")
    row.stands("Unknown")


def test_a_kernel_in_the_folder_of_another_app_leaves_this_one_to_the_server(
    open_app: OpenApp,
) -> None:
    notebook, panel = open_app(LOAD, ASIDE, "os.chdir('..')", VALUE, app=API_KEY)
    notebook.run(0)
    notebook.run(1)
    expect(panel.region).to_contain_text("The kernel works in the folder of another app")

    panel.row("Sequencer API key").connect(KEY)

    notebook.run(2)
    expect(panel.region).not_to_contain_text("The kernel works in the folder of another app")
    notebook.run(3)
    expect(notebook.printed(3)).to_have_text(f"{len(KEY)}\n")


def test_what_a_variable_of_the_kernel_says_wins(open_app: OpenApp) -> None:
    notebook, panel = open_app(LOAD, VARIABLE, app=API_KEY)
    notebook.run(0)
    row = panel.row("Sequencer API key")
    row.stands("Not connected")
    notebook.run(1)
    row.stands("Connected")
    expect(row.button("Connect")).to_have_count(0)
    expect(row.open_menu().get_by_role("menuitem").first).to_have_text(re.compile("^Test"))
    panel.page.keyboard.press("Escape")
    row.title.click()
    expect(row.fact("Variable")).to_have_text("ATTIO_NB_WORKSPACE_CONNECTION")
    assert KEY not in panel.region.inner_text()
