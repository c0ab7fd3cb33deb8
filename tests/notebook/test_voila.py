"""Voila hides errors, so that a missing connection is printed as well."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Notebook

VOILA = "import os; os.environ['SERVER_SOFTWARE'] = {!r}"
GET = "get_workspace_connection()"
GROUP = """
import asyncio
async def get():
    get_workspace_connection()
async with asyncio.TaskGroup() as group:
    group.create_task(get())
"""


@pytest.mark.parametrize("code", [GET, GROUP])
def test_the_page_says_which_connection_is_missing(notebook: Notebook, code: str) -> None:
    notebook.run(VOILA.format("voila/0.5.13"))
    streams = notebook.run(code, allow_stdin=False).streams
    notebook.run("del os.environ['SERVER_SOFTWARE']")
    assert "Nobody has connected Sequencer API key yet" in streams
    assert "ATTIO_NB_WORKSPACE_CONNECTION" in streams


@pytest.mark.parametrize(
    ("software", "code"), [("voila/0.5.13", "1 / 0"), ("jupyter/1", GET), ("", GET)]
)
def test_nothing_else_is_printed(notebook: Notebook, software: str, code: str) -> None:
    notebook.run(VOILA.format(software))
    ran = notebook.run(code, allow_stdin=False)
    notebook.run("del os.environ['SERVER_SOFTWARE']")
    assert (ran.status, ran.streams) == ("error", "")
