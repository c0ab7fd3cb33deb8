"""Asking an app for its connections and members."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app import App, ConnectionDefinition, Member, Owner
from attio_nb.app.hosts import host_of_address
from attio_nb.errors import UnknownConnectionError, UnknownMemberError

SEQUENCER = ConnectionDefinition(owner="workspace", key="sequencer")
CRM = ConnectionDefinition(owner="workspace", key="crm")
MAILBOX = ConnectionDefinition(owner="user")
ADA, BOB = Member("ada", "admin"), Member("bob", "member")
BOTH = App(id="x", name="X", connections=(SEQUENCER, MAILBOX, CRM), members=(ADA, BOB))


def unknown(app: App, owner: Owner, key: str | None) -> str:
    with pytest.raises(UnknownConnectionError) as error:
        app.definition(owner, key)
    return str(error.value)


def test_connections_of_an_owner_come_in_the_order_of_the_file() -> None:
    assert BOTH.definitions("workspace") == (SEQUENCER, CRM)
    assert BOTH.definitions("user") == (MAILBOX,)


def test_a_connection_is_found_by_its_key() -> None:
    assert BOTH.definition("workspace", "crm") is CRM


@pytest.mark.parametrize("only", [MAILBOX, ConnectionDefinition(owner="user", key="mailbox")])
def test_the_only_connection_of_an_owner_needs_no_key(only: ConnectionDefinition) -> None:
    assert App(id="x", name="X", connections=(SEQUENCER, only)).definition("user") is only


def test_an_unknown_key_is_told_with_the_nearest_and_all() -> None:
    message = unknown(BOTH, "workspace", "sequnecer")
    assert 'no workspace connection with the key "sequnecer"' in message
    assert 'Did you mean "sequencer"?' in message
    assert 'There are "sequencer" and "crm".' in message


def test_a_key_that_is_near_to_nothing_is_told_with_all() -> None:
    assert "Did you mean" not in unknown(BOTH, "workspace", "zzz")


def test_a_missing_key_is_told_with_all() -> None:
    message = unknown(BOTH, "workspace", None)
    assert "2 workspace connections" in message
    assert 'get_workspace_connection("sequencer")' in message


def test_a_key_for_a_connection_that_has_none_is_told() -> None:
    assert "it has no key" in unknown(BOTH, "user", "mailbox")


def test_an_owner_without_connections_is_told_how_to_define_one() -> None:
    app = App(id="x", name="X", path=Path("/project/attio-app.toml"))
    assert unknown(app, "user", "mailbox") == (
        "attio-app.toml defines no user connection. Define one: %connect --add user mailbox"
    )


def test_members_are_found_by_their_ids() -> None:
    assert BOTH.member("bob") is BOB
    assert BOTH.admins() == ("ada",)


def test_an_unknown_member_is_told_with_the_nearest_and_all() -> None:
    with pytest.raises(UnknownMemberError) as error:
        BOTH.member("bbo")
    assert str(error.value) == (
        '"bbo" is no member in attio-app.toml. Did you mean "bob"? Use "ada" or "bob".'
    )


def test_where_no_members_are_named_that_is_told() -> None:
    with pytest.raises(UnknownMemberError, match=r"names no members.*Add \[\[members\]\]"):
        App(id="x", name="X").member("ada")


@pytest.mark.parametrize(
    ("definition", "label", "variable"),
    [
        (MAILBOX, "User connection", "ATTIO_NB_USER_CONNECTION"),
        (
            ConnectionDefinition(owner="workspace", key="my-Key"),
            "Workspace connection “my-Key”",
            "ATTIO_NB_WORKSPACE_CONNECTION__MY_KEY",
        ),
        (
            ConnectionDefinition(owner="workspace", key="a", title="API key"),
            "API key",
            "ATTIO_NB_WORKSPACE_CONNECTION__A",
        ),
    ],
)
def test_a_connection_has_a_label_and_an_environment_variable(
    definition: ConnectionDefinition, label: str, variable: str
) -> None:
    assert definition.label == label
    assert definition.environment_variable == variable


@pytest.mark.parametrize(
    ("pasted", "host"),
    [
        ("https://api.example.com/v1", "api.example.com"),
        ("https://api.example.com", "api.example.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("HTTPS://API.example.com/v1/", "API.example.com"),
        ("api.example.com", "api.example.com"),
        ("*.example.com", "*.example.com"),
        # What is refused as a host: it may hold a credential, or lead elsewhere than it seems.
        ("https://user:password@api.example.com/", "https://user:password@api.example.com/"),
        ("https://api.example.com/?key=1", "https://api.example.com/?key=1"),
        ("https://api.example.com\\@evil.example", "https://api.example.com\\@evil.example"),
        ("ftp://api.example.com/", "ftp://api.example.com/"),
    ],
)
def test_the_host_of_a_pasted_address_is_taken(pasted: str, host: str) -> None:
    assert host_of_address(pasted) == host
