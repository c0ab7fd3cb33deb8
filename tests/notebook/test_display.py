"""What ``%connect`` shows of what it is given; the journeys to it are in test_magics.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from math import inf

import pytest

from attio_nb.app import App, ConnectionDefinition
from attio_nb.connections.model import Grant, StoredConnection
from attio_nb.connections.resolve import place_of
from attio_nb.connections.secret import SecretStr
from attio_nb.execution import Execution
from attio_nb.notebook.display import Overview
from attio_nb.session import Status

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
ALICE = Execution("local", "alice", "admin")
MAILBOX = ConnectionDefinition(owner="user", key="mailbox", title="Mailbox")
STORED = StoredConnection("c1", SecretStr("sk-very-secret"), "alice", NOW)
ENDED = Grant("app https://as.example", None, 0.0, inf, inf, (), expired=True)


@pytest.mark.parametrize(
    ("stored", "variable", "state"),
    [
        (None, "", "not connected: %connect user mailbox"),
        (STORED, "", "connected"),
        (STORED._replace(refused_at=1.0), "", "refused by the service: %connect user mailbox"),
        (STORED._replace(grant=ENDED), "", "expired: %connect user mailbox"),
        (STORED._replace(grant=ENDED, refused_at=1.0), "", "expired: %connect user mailbox"),
        (STORED, "A_VARIABLE", "connected (A_VARIABLE)"),
    ],
)
def test_the_state_says_what_to_do_where_something_is_to_be_done(
    stored: StoredConnection | None, variable: str, state: str
) -> None:
    status = Status(MAILBOX, stored, variable, place_of("app", MAILBOX, ALICE))
    overview = Overview(None, ALICE, "ask", [status])
    (shown,) = [line for line in repr(overview).splitlines() if "Mailbox" in line]
    assert f"secret  {state}  " in f"{shown}  "
    assert "very-secret" not in repr(overview)


def test_what_the_app_file_and_the_provider_say_is_shown_written_out() -> None:
    title = replace(MAILBOX, title="Mail\u200bbox\u202egpj")
    grant = ENDED._replace(expired=False, scopes=("mail\x9b31m",))
    status = Status(title, STORED._replace(grant=grant), "", place_of("app", title, ALICE))
    overview = Overview(App("app", "App\x1b[2J", connections=(title,)), ALICE, "ask", [status])
    for shown in (repr(overview), overview._repr_mimebundle_()["text/html"]):
        assert r"Mail\u200bbox\u202egpj" in shown
        assert r"App\u001b[2J" in shown
        assert not {"\u200b", "\u202e", "\x9b", "\x1b"} & set(shown)
