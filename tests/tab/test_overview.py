"""What a page is shown of an app's connections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app import Owner
from attio_nb.connections.model import Addresses, Grant, Slot, StoredConnection
from attio_nb.connections.resolve import place_of
from attio_nb.connections.secret import SecretStr
from attio_nb.execution import Execution
from attio_nb.oauth.client import client_slot
from attio_nb.session import Session
from attio_nb.tab.definition import definition_json
from attio_nb.tab.overview import Problem, overview

Opened = Callable[..., Session]
Row = dict[str, Any]

NOW = 1_800_000_000.0
SECRETS = """
[app]
id = "prospects"
name = "Prospects"
workspace = "acme"

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer"
help_url = "https://docs.example.com/keys"
hosts = ["api.example.com"]

[[connections]]
owner = "user"
type = "secret"
"""
MEMBERS = """
[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""
SIGN_IN = """
[app]
id = "prospects"
[[connections]]
owner = "user"
type = "oauth2"
client_id = "notebooks"
authorization_endpoint = "https://as.example.com:8443/authorize"
token_endpoint = "https://as.example.com:8443/token"
scopes = ["mail.read", "mail.send"]
hosts = ["api.example.com"]
"""
ONE = """
[app]
id = "a"
[[connections]]
owner = "{owner}"
type = "secret"
"""
CONFIDENTIAL = SIGN_IN + 'client_authentication = "client_secret_post"\n'


def seen(session: Session, **settings: Any) -> Row:
    environ = settings.pop("environ", {})
    return overview(session, environ=environ, clock=lambda: NOW, **settings)


def rows(session: Session, **settings: Any) -> list[Row]:
    connections: list[Row] = seen(session, **settings)["connections"]
    return connections


def stored(value: str = "a-secret", **more: Any) -> StoredConnection:
    created = datetime.fromtimestamp(NOW - 100, UTC)
    seen = {"approved": Addresses(("api.example.com",))}
    return StoredConnection("an-id", SecretStr(value), "bob", created, **seen | more)


def grant(session: Session, **more: Any) -> Grant:
    app = session.file.app()
    assert app is not None
    oauth2 = app.connections[0].oauth2
    assert oauth2 is not None
    given: dict[str, Any] = {
        "authority": oauth2.authority,
        "refresh_token": SecretStr("a-refresh-token"),
        "received_at": NOW - 100,
        "stale_at": NOW + 3000,
        "expires_at": NOW + 3500,
        "scopes": ("mail.read", "mail.send"),
    }
    return Grant(**given | more)


def sign_in_row(session: Session, **more: Any) -> Row:
    """Return the row of a sign-in whose grant is as is said."""
    slot = Slot("prospects", "local", "user", "alice", None)
    session.store.put(slot, stored(grant=grant(session, **more)))
    return rows(session)[0]


def test_an_app_is_shown_with_its_people(opened: Opened, tmp_path: Path) -> None:
    state = seen(opened(SECRETS + MEMBERS), vault="a-vault", contents_path=lambda file: file.name)
    connections = state.pop("connections")
    assert state == {
        "app": {
            "id": "prospects",
            "name": "Prospects",
            "workspace": "acme",
            "file": "attio-app.toml",
            "path": "attio-app.toml",
        },
        "problems": [],
        "members": [{"id": "alice", "role": "admin"}, {"id": "bob", "role": "member"}],
        "admins": ["alice"],
        "own_user": "alice",
        "unlisted_user": "",
        "acting": {"id": "alice", "role": "admin"},
        "vault": "a-vault",
        "key_file": "",
    }
    assert [each["owner"] for each in connections] == ["workspace", "user"]


def test_without_members_whoever_started_it_is_the_admin(opened: Opened) -> None:
    state = seen(opened(SECRETS))
    assert state["members"] == [{"id": "alice", "role": "admin"}]
    assert (state["admins"], state["acting"]) == (["alice"], {"id": "alice", "role": "admin"})


def test_without_an_app_file_there_is_no_app_and_no_problem(opened: Opened) -> None:
    state = seen(opened())
    assert (state["app"], state["connections"], state["problems"]) == (None, [], [])
    assert state["acting"] == {"id": "alice", "role": "admin"}


def test_a_connection_that_nobody_made_is_shown_as_the_file_has_it(opened: Opened) -> None:
    session = opened(SECRETS)
    app = session.file.app()
    assert app is not None
    first, second = rows(session)
    assert first == {
        "owner": "workspace",
        "key": "sequencer",
        "suggested_key": "sequencer",
        "stored_for": [],
        "client_secret_stored": False,
        "stored_under": None,
        "type": "secret",
        "label": "Sequencer",
        "help_url": "https://docs.example.com/keys",
        "hosts": ["api.example.com"],
        "standing": "not-connected",
        "detail": "",
        "variable": "",
        "owned_by": "acme",
        "created_by": "",
        "created_at": None,
        "account": "",
        "expires_at": None,
        "is_renewed": False,
        "scopes": [],
        "missing_scopes": [],
        "provider": "",
        "may_configure": True,
        "why_no_test": "Nobody has connected yet, so there is nothing to test.",
        "new_addresses": [],
        "definition": definition_json(app.connections[0]),
    }
    assert (second["key"], second["label"], second["owned_by"]) == (
        None,
        "User connection",
        "alice",
    )


def test_what_is_stored_is_shown_without_its_value(opened: Opened) -> None:
    session = opened(SECRETS)
    session.store.put(Slot("prospects", "acme", "workspace", "acme", "sequencer"), stored())
    row = rows(session)[0]
    assert (row["standing"], row["created_by"], row["created_at"]) == (
        "connected",
        "bob",
        NOW - 100,
    )
    assert row["account"] == ""
    session.store.put(
        Slot("prospects", "acme", "workspace", "acme", "sequencer"),
        stored()._replace(account="bob@example.com"),
    )
    assert rows(session)[0]["account"] == "bob@example.com"
    assert "a-secret" not in repr(row)


def test_each_member_sees_their_own(opened: Opened) -> None:
    session = opened(SECRETS + MEMBERS)
    session.store.put(Slot("prospects", "acme", "user", "bob", None), stored())
    assert [row["standing"] for row in rows(session)] == ["not-connected", "not-connected"]
    assert [row["standing"] for row in rows(session, acting="bob")] == [
        "not-connected",
        "connected",
    ]


def test_a_member_is_told_whom_to_ask_for_what_is_the_workspaces(opened: Opened) -> None:
    session = opened(SECRETS + MEMBERS)
    workspace, user = rows(session, acting="bob")
    assert not workspace["may_configure"]
    assert workspace["detail"] == (
        "bob is a member, and only an admin can configure a workspace connection. Ask alice."
    )
    assert (user["may_configure"], user["detail"]) == (True, "")
    session.store.put(Slot("prospects", "acme", "workspace", "acme", "sequencer"), stored())
    workspace = rows(session, acting="bob")[0]
    assert (workspace["may_configure"], workspace["detail"]) == (False, "")


def test_for_a_person_who_is_unknown_the_workspaces_part_is_shown(opened: Opened) -> None:
    session = opened(SECRETS + MEMBERS)
    session.store.put(Slot("prospects", "acme", "workspace", "acme", "sequencer"), stored())
    state = seen(session, acting="carol")
    assert (state["acting"], state["unlisted_user"], state["problems"]) == (None, "carol", [])
    workspace, user = state["connections"]
    assert (workspace["standing"], workspace["may_configure"]) == ("connected", False)
    assert (user["standing"], user["may_configure"], user["owned_by"]) == ("unknown", False, "")


@pytest.mark.parametrize(
    ("environ", "unlisted"),
    [
        ({"JUPYTERHUB_USER": "root"}, "root"),
        ({"JUPYTERHUB_USER": "Ünsal Öz <u@example.com>"}, "Ünsal Öz <u@example.com>"),
        ({"JUPYTERHUB_USER": "Alice"}, "Alice"),
        ({"ATTIO_NB_ACTING_AS": "carol"}, "carol"),
        ({"JUPYTERHUB_USER": "root", "ATTIO_NB_ACTING_AS": "bob"}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_a_user_whom_the_app_does_not_list_is_to_choose_a_member(
    opened: Opened, environ: dict[str, str], unlisted: str
) -> None:
    state = seen(opened(SECRETS + MEMBERS, **environ))
    assert (state["unlisted_user"], state["problems"]) == (unlisted, [])
    assert (state["acting"] is None) is bool(unlisted)
    assert [member["id"] for member in state["members"]] == ["alice", "bob"]


def test_what_could_not_be_looked_into_is_unknown(opened: Opened) -> None:
    problem = Problem("vault", "The vault cannot be opened.")
    state = seen(opened(SECRETS), opened=False, problems=[problem])
    assert [row["standing"] for row in state["connections"]] == ["unknown", "unknown"]
    assert state["problems"] == [
        {"kind": "vault", "message": "The vault cannot be opened.", "line": None, "path": None}
    ]


class TestAVariable:
    NAME = "ATTIO_NB_WORKSPACE_CONNECTION__SEQUENCER"

    def test_wins_over_what_is_stored_and_over_a_vault_that_is_closed(self, opened: Opened) -> None:
        session = opened(SECRETS)
        session.store.put(Slot("prospects", "acme", "workspace", "acme", "sequencer"), stored())
        for is_open in (True, False):
            row = rows(session, environ={self.NAME: "a-secret"}, opened=is_open)[0]
            assert (row["standing"], row["variable"]) == ("connected", self.NAME)
            assert (row["created_by"], row["created_at"]) == ("", None)
            assert self.NAME in row["detail"]
            assert "a-secret" not in repr(row)

    @pytest.mark.parametrize("value", ["", "two\x00words"])
    def test_that_cannot_be_a_secret_says_so(self, opened: Opened, value: str) -> None:
        row = rows(opened(SECRETS), environ={self.NAME: value})[0]
        assert (row["standing"], row["variable"]) == ("not-connected", self.NAME)
        assert row["detail"].startswith(f"The environment variable {self.NAME}")


class TestASignIn:
    def test_is_shown_with_what_was_granted(self, opened: Opened) -> None:
        row = sign_in_row(opened(SIGN_IN), scopes=("mail.read",))
        assert (row["standing"], row["detail"]) == ("connected", "")
        assert (row["expires_at"], row["is_renewed"]) == (NOW + 3500, True)
        assert (row["scopes"], row["missing_scopes"]) == (["mail.read"], ["mail.send"])
        assert row["provider"] == "as.example.com:8443"
        assert "a-refresh-token" not in repr(row)

    def test_that_never_ends_has_no_end(self, opened: Opened) -> None:
        row = sign_in_row(opened(SIGN_IN), expires_at=inf, stale_at=inf, refresh_token=None)
        assert (row["standing"], row["expires_at"], row["is_renewed"]) == (
            "connected",
            None,
            False,
        )

    def test_whose_token_has_run_out_is_renewed_if_it_can_be(self, opened: Opened) -> None:
        session = opened(SIGN_IN)
        assert sign_in_row(session, expires_at=NOW - 1)["standing"] == "connected"
        row = sign_in_row(session, expires_at=NOW - 1, refresh_token=None)
        assert row["standing"] == "expired"
        assert "nothing renews it" in row["detail"]

    def test_that_the_provider_has_ended_is_expired(self, opened: Opened) -> None:
        row = sign_in_row(opened(SIGN_IN), expired=True)
        assert (row["standing"], row["is_renewed"]) == ("expired", False)
        assert "sign in again" in row["detail"]

    def test_at_another_provider_than_the_file_names_is_expired(self, opened: Opened) -> None:
        row = sign_in_row(opened(SIGN_IN), authority="another")
        assert row["standing"] == "expired"
        assert "another client or provider" in row["detail"]

    def test_that_the_service_refuses_says_so(self, opened: Opened) -> None:
        session = opened(SIGN_IN)
        slot = Slot("prospects", "local", "user", "alice", None)
        session.store.put(slot, stored(grant=grant(session), refused_at=NOW - 5))
        row = rows(session)[0]
        assert row["standing"] == "refused"
        assert "401" in row["detail"]

    def test_that_was_a_secret_before_is_not_connected(self, opened: Opened) -> None:
        session = opened(SIGN_IN)
        session.store.put(Slot("prospects", "local", "user", "alice", None), stored())
        assert rows(session)[0]["standing"] == "not-connected"

    def test_whose_clients_secret_is_missing_is_not_configured(self, opened: Opened) -> None:
        session = opened(CONFIDENTIAL)
        row = rows(session)[0]
        assert row["standing"] == "not-configured"
        assert "client is not stored" in row["detail"]
        app = session.file.app()
        assert app is not None
        place = place_of(app.id, app.connections[0], Execution("local", "alice", "admin"))
        session.store.put(client_slot(place), stored("the-client-secret"))
        assert rows(session)[0]["standing"] == "not-connected"
        (row,) = rows(session, opened=False)
        assert row["standing"] == "unknown"
        assert row["why_no_test"].startswith("Nobody knows what is stored")


@pytest.mark.parametrize("owner", ["workspace", "user"])
def test_a_secret_that_the_service_refuses_says_so(opened: Opened, owner: Owner) -> None:
    session = opened(ONE.format(owner=owner))
    slot = Slot("a", "local", owner, "local" if owner == "workspace" else "alice", None)
    session.store.put(slot, stored(refused_at=NOW))
    assert rows(session)[0]["standing"] == "refused"


def test_odd_text_stays_as_it_is(opened: Opened) -> None:
    title = "<b>مرحبا</b> 🦊 " + "long" * 70
    row = rows(opened(ONE.format(owner="user") + f'title = "{title}"\n'))[0]
    assert row["label"] == title
