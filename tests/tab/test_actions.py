"""What a person does in the tab, carried out with a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.prompter import Answer
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.connections.vault import Vault
from attio_nb.prompts.answers import replied
from attio_nb.prompts.prompts import Prompts
from attio_nb.session import Session
from attio_nb.tab.actions import actions
from attio_nb.tab.place import vault_id
from tests.tab.conftest import Opened

APP = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"

[[connections]]
owner = "user"
key = "mailbox"
type = "secret"
title = "Your mailbox"

[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""


@pytest.fixture
def session(opened: Opened) -> Session:
    """A session of alice's, with bob as a member."""
    return opened(APP)


def ask(session: Session, name: str, prompts: Prompts | None = None, **content: Any) -> Any:
    """Return what the page is replied."""
    return replied(actions(lambda: session, prompts or Prompts())[name], content)


def test_connecting_opens_a_prompt_of_no_cell(session: Session) -> None:
    prompts = Prompts()
    opened = ask(session, "attio_connect", prompts, owner="workspace", key=None, acting="alice")
    assert opened["status"] == "ok"
    assert opened["cell_id"] == ""
    assert opened["state"] == "asking"
    assert opened["stdin_allowed"] is False
    assert [prompt.id for prompt in prompts.asking()] == [opened["prompt_id"]]


def test_whoever_is_not_named_is_whoever_acts(session: Session) -> None:
    session.people.act_as("bob")
    prompts = Prompts()
    ask(session, "attio_connect", prompts, owner="user", key="mailbox")
    (prompt,) = prompts.asking()
    assert prompt.request.execution.user == "bob"


def test_what_is_done_for_a_member_leaves_alone_who_acts(session: Session) -> None:
    prompts = Prompts()
    ask(session, "attio_connect", prompts, owner="user", key="mailbox", acting="bob")
    (prompt,) = prompts.asking()
    assert prompt.request.execution.user == "bob"
    assert session.people.execution().user == "alice"


def test_disconnecting_takes_the_connection_of_the_member_who_is_named(session: Session) -> None:
    for user in ("alice", "bob"):
        with session.people.acting_as(user):
            session.request("user", "mailbox").accept(Answer(SecretStr(f"sk-{user}")))
    done = ask(session, "attio_disconnect", owner="user", key="mailbox", acting="bob")
    assert done == {"status": "ok", "was_connected": True, "message": ""}
    assert session.get_connection("user", "mailbox").value == "sk-alice"


@pytest.mark.parametrize("name", ["attio_connect", "attio_disconnect"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "whose connection it is"),
        ({"owner": "everybody"}, "whose connection it is"),
        ({"owner": ["user"]}, "whose connection it is"),
        ({"owner": "user", "key": "calendar"}, "calendar"),
        ({"owner": "user", "key": ["mailbox"]}, "mailbox"),
        ({"owner": "user", "key": "mailbox", "acting": "carol"}, "carol"),
        ({"owner": "user", "key": "mailbox", "acting": {"id": "bob"}}, "bob"),
        ({"owner": "workspace", "acting": "bob"}, "Ask alice."),
    ],
    ids=str,
)
def test_what_may_not_or_cannot_be_done_is_refused_with_a_sentence(
    session: Session, name: str, content: dict[str, Any], said: str
) -> None:
    refused = ask(session, name, **content)
    assert (refused["status"], refused["retry"]) == ("error", False)
    assert said in refused["message"]


def test_an_app_file_that_was_changed_this_moment_is_heeded(
    opened: Opened, session: Session
) -> None:
    assert ask(session, "attio_connect", owner="user", key="calendar")["status"] == "error"
    opened(APP.replace('"mailbox"', '"calendar"'))
    assert ask(session, "attio_connect", owner="user", key="calendar")["status"] == "ok"


def test_testing_what_nobody_has_connected_says_so(session: Session) -> None:
    tested = ask(session, "attio_test", owner="workspace", key=None)
    assert tested["status"] == "ok"
    assert tested["ok"] is False
    assert "Nobody has connected yet" in tested["message"]


def test_a_vault_has_one_name_however_its_folder_is_reached(tmp_path: Path) -> None:
    def named(folder: str) -> str:
        keys = VaultKeys(tmp_path / "vault.key", environ={})
        return vault_id(Vault(tmp_path / folder / "vault.bin", keys))

    assert named("there") == named("elsewhere/../there")
    assert named("there") != named("elsewhere")
    assert len(named("there")) == 16


def test_a_store_in_memory_has_no_name() -> None:
    assert vault_id(MemoryStore()) == ""


WITH_CLIENT = """
[[connections]]
owner = "user"
key = "crm"
type = "oauth2"
client_id = "notebooks"
client_authentication = "client_secret_post"
authorization_endpoint = "https://as.example/authorize"
token_endpoint = "https://as.example/token"
"""


class TestTheClientSecret:
    @pytest.fixture
    def session(self, opened: Opened) -> Session:
        session = opened(APP.replace("[[members]]", f"{WITH_CLIENT}\n[[members]]", 1))
        place = session.status("user", "crm").place
        session.grants.keep_client_secret(place, SecretStr("the-client-secret"))
        return session

    def test_is_asked_for_first_where_it_is_replaced(self, session: Session) -> None:
        prompt = ask(session, "attio_connect", owner="user", key="crm", client_secret=True)
        assert (prompt["client_secret"], prompt["client_secret_stored"]) == (True, True)
        assert prompt["heading"].startswith("Replace the client secret of")
        plain = ask(session, "attio_connect", owner="user", key="crm", client_secret="no")
        assert plain["client_secret"] is False

    def test_is_forgotten_once(self, session: Session) -> None:
        for was_stored in (True, False):
            reply = ask(session, "attio_forget_client_secret", owner="user", key="crm")
            assert reply == {"status": "ok", "was_stored": was_stored}

    @pytest.mark.parametrize(
        ("name", "content"),
        [("attio_connect", {"client_secret": True}), ("attio_forget_client_secret", {})],
    )
    def test_of_a_connection_without_one_is_refused(
        self, session: Session, name: str, content: dict[str, Any]
    ) -> None:
        for owner, key in (("user", "mailbox"), ("workspace", None)):
            reply = ask(session, name, owner=owner, key=key, acting="alice", **content)
            assert "no client secret" in reply["message"]
        reply = ask(session, name, owner="workspace", key=None, acting="bob", **content)
        assert reply["status"] == "error"
        assert "admin" in reply["message"]
