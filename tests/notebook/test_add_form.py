"""``%connect --add`` that lacks something, in front of a page that has a form for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.notebook.conftest import Notebook


def asked_form(notebook: Notebook, line: str) -> dict[str, Any]:
    notebook.start(line)
    while True:
        message = notebook.client.get_iopub_msg(timeout=60)
        if message["msg_type"] == "attio_add":
            content: dict[str, Any] = message["content"]
            return content


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("%connect --add", {}),
        ("%connect --add --title Mail", {"title": "Mail"}),
        (
            "%connect --add user deals --provider HubSpot --host a.example --host b.example",
            {
                "owner": "user",
                "key": "deals",
                "kind": "hubspot",
                "hosts": "a.example\nb.example",
            },
        ),
        (
            "%connect --add user x --issuer https://a.example --scope 'read write'",
            {
                "owner": "user",
                "key": "x",
                "kind": "oauth2",
                "issuer": "https://a.example",
                "scopes": "read write",
            },
        ),
    ],
)
def test_it_opens_with_what_the_line_says_and_nothing_is_added_by_the_line(
    notebook: Notebook, project: Path, line: str, fields: dict[str, str]
) -> None:
    before = (project / "attio-app.toml").read_text()
    asked = asked_form(notebook, line)
    assert asked["fields"] == fields
    assert notebook.ask("attio_add", add_id=asked["add_id"])["status"] == "ok"
    second = notebook.ask("attio_add", add_id=asked["add_id"])
    assert second["status"] == "error"
    ran = notebook.finish()
    assert ran.status == "ok"
    assert "Fill in the form that has opened" in ran.streams
    assert notebook.nothing_asked()
    assert (project / "attio-app.toml").read_text() == before


def test_a_line_that_says_all_opens_no_form(notebook: Notebook, project: Path) -> None:
    (project / "attio-app.toml").unlink()
    ran = notebook.run("%connect --add workspace crm --title CRM")
    assert "Added the workspace connection" in ran.streams
    assert "attio_add" not in [message["msg_type"] for message in ran.seen]


def test_an_unknown_provider_is_told_and_opens_no_form(notebook: Notebook) -> None:
    ran = notebook.run("%connect --add user x --provider hubspott")
    assert 'Did you mean "hubspot"?' in ran.error
    assert "attio_add" not in [message["msg_type"] for message in ran.seen]
