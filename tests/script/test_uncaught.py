"""An error of ours that nobody catches ends a script with one line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

GET = "from attio_nb import get_workspace_connection\n"
ERROR = "NoWorkspaceConnectionError: Nobody has connected Sequencer API key yet"

Run = Callable[..., subprocess.CompletedProcess[str]]

IN_MAIN = f"{GET}get_workspace_connection()"
IN_ASYNCIO = (
    f"import asyncio\n{GET}async def main(): get_workspace_connection()\nasyncio.run(main())"
)
IN_A_GROUP = f"""
import asyncio
{GET}
async def get(): get_workspace_connection()
async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(get())
        group.create_task(get())
asyncio.run(main())
"""
WHILE_HANDLING = f"{GET}try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_workspace_connection()"


@pytest.mark.parametrize("code", [IN_MAIN, IN_ASYNCIO, IN_A_GROUP, WHILE_HANDLING])
def test_it_is_one_line_and_the_status_is_1(run: Run, code: str) -> None:
    done = run(code)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(ERROR)
    assert done.stderr.count("\n") == 1


def test_notes_are_shown_below_it(run: Run) -> None:
    done = run(f"""{GET}
try:
    get_workspace_connection()
except Exception as error:
    error.add_note("while adding Ada\\x1b[31m")
    raise
""")
    first, second = done.stderr.splitlines()
    assert first.startswith(ERROR)
    assert second == "while adding Ada\\u001b[31m"


def test_in_a_thread_it_is_one_line_that_names_the_thread(run: Run) -> None:
    done = run(f"""{GET}
import threading
try:
    get_workspace_connection()
except Exception:
    pass
thread = threading.Thread(target=get_workspace_connection, name="worker")
thread.start()
thread.join()
""")
    assert done.stderr.startswith("Thread worker: NoWorkspaceConnectionError: ")
    assert done.stderr.count("\n") == 1
    assert done.returncode == 0


@pytest.mark.parametrize(
    "code",
    [
        f"{GET}try:\n    get_workspace_connection()\nexcept Exception:\n    1 / 0",
        f"{GET}try:\n    get_workspace_connection()\nexcept Exception as e:\n    "
        "raise ExceptionGroup('both', [e, ValueError('other')])",
        f"{GET}try:\n    get_workspace_connection()\nexcept Exception as e:\n    "
        "raise RuntimeError('not added') from e",
    ],
)
def test_an_error_of_somebody_else_shows_its_traceback(run: Run, code: str) -> None:
    done = run(code)
    assert done.returncode == 1
    assert "Traceback (most recent call last):" in done.stderr


@pytest.mark.parametrize(
    ("options", "environ"),
    [(["-X", "dev"], {}), (["-i"], {}), ([], {"ATTIO_NB_TRACEBACK": "1"})],
)
def test_the_traceback_can_be_had(run: Run, options: list[str], environ: dict[str, str]) -> None:
    done = run(IN_MAIN, *options, **environ)
    assert "Traceback (most recent call last):" in done.stderr
    assert 'add.py", line 2' in done.stderr


@pytest.mark.parametrize("value", ["", "0"])
def test_a_variable_that_says_no_leaves_the_one_line(run: Run, value: str) -> None:
    assert run(IN_MAIN, ATTIO_NB_TRACEBACK=value).stderr.count("\n") == 1


def test_a_hook_of_somebody_else_stays(run: Run) -> None:
    done = run(f"""
import sys
sys.excepthook = lambda kind, error, traceback: print("theirs", kind.__name__)
{IN_MAIN}
""")
    assert done.stdout == "theirs NoWorkspaceConnectionError\n"
    assert done.stderr == ""


def test_a_hook_that_comes_later_can_hand_on_to_ours(run: Run) -> None:
    done = run(f"""
import sys
{GET}
try:
    get_workspace_connection()
except Exception:
    pass
before = sys.excepthook
def hook(kind, error, traceback):
    print("reported")
    before(kind, error, traceback)
sys.excepthook = hook
get_workspace_connection()
""")
    assert done.stdout == "reported\n"
    assert done.stderr.startswith(ERROR)


def test_importing_the_package_changes_no_hook(run: Run) -> None:
    done = run("""
import sys, threading
import attio_nb
from attio_nb import get_workspace_connection
print(sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__)
""")
    assert done.stdout == "True True\n"


def test_in_ipython_no_hook_is_changed(run: Run) -> None:
    done = run("""
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = sys.excepthook
shell.run_cell("from attio_nb import get_workspace_connection\\nget_workspace_connection()")
print(sys.excepthook is before)
""")
    assert done.stdout.splitlines()[-1] == "True"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_that_cannot_encode_it_shows_what_it_can(run: Run, encoding: str) -> None:
    done = run(
        f"{GET}\ntry:\n    get_workspace_connection()\nexcept Exception as e:\n"
        "    e.add_note('東京')\n    raise",
        PYTHONIOENCODING=f"{encoding}:strict",
    )
    assert done.stderr.splitlines()[1] == "??"
