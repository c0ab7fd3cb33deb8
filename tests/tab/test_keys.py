"""Keys that change and connections that are removed, and what becomes of what is stored."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app import OAuth2
from attio_nb.app.allowed import default_allowed_files
from attio_nb.connections.approval import approve_variables
from attio_nb.connections.model import Addresses, Grant, Slot, StoredConnection
from attio_nb.connections.prompter import Answer
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError, CommandError, UnknownConnectionError, VaultError
from attio_nb.notebook.command import parse_connect, parse_disconnect
from attio_nb.notebook.connection_commands import ConnectionCommands
from attio_nb.prompts.answers import replied
from attio_nb.prompts.prompts import Prompts
from attio_nb.prompts.wording import description
from attio_nb.session import Session
from attio_nb.tab.actions import actions
from attio_nb.tab.definition import save_definition
from attio_nb.tab.overview import overview
from tests.tab.conftest import Opened

MEMBERS = """
[[members]]
id = "alice"
role = "admin"

[[members]]
id = "bob"
role = "member"
"""
SEQUENCER = """
[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer API key"
hosts = ["api.example.com"]
"""
MAILBOX = """
[[connections]]
owner = "user"
type = "secret"
title = "Your mailbox"
"""
APP = f'[app]\nid = "prospects"\n{SEQUENCER}{MAILBOX}{MEMBERS}'
SIGN_IN = """
[[connections]]
owner = "{owner}"
key = "{key}"
type = "oauth2"
client_id = "notebooks"
client_authentication = "client_secret_post"
authorization_endpoint = "https://as.example/authorize"
token_endpoint = "https://as.example/token"
hosts = ["crm.example"]
"""
AUTHORITY = OAuth2("notebooks", token_endpoint="https://as.example/token").authority


@pytest.fixture
def session(opened: Opened) -> Session:
    """A session of alice's, in which everybody is connected."""
    session = opened(APP)
    session.request("workspace").accept(Answer(SecretStr("sk-shared")))
    for user in ("alice", "bob"):
        with session.people.acting_as(user):
            session.request("user").accept(Answer(SecretStr(f"sk-{user}")))
    return session


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "attio-app.toml"


def ask(session: Session, name: str, **content: Any) -> Any:
    return replied(actions(lambda: session, Prompts())[name], content)


def row(session: Session, owner: str, acting: str = "alice") -> dict[str, Any]:
    session.file.look_again()
    rows = overview(session, acting=acting, environ={})["connections"]
    (found,) = [each for each in rows if each["owner"] == owner]
    return dict(found)


def values(session: Session) -> dict[tuple[str, str | None], str]:
    entries = session.store.entries().items()
    return {(slot.owner_id, slot.key): str.__str__(stored.value) for slot, stored in entries}


def with_key(file: Path, owner: str, key: str) -> None:
    """Write a key as a person does, in an editor."""
    text = file.read_text()
    file.write_text(text.replace(f'owner = "{owner}"\n', f'owner = "{owner}"\nkey = "{key}"\n'))


class TestRenaming:
    def test_moves_the_values_of_every_member(self, session: Session, file: Path) -> None:
        reply = ask(session, "attio_rename_key", owner="user", key=None, new_key=" mail ")
        assert reply == {
            "status": "ok",
            "key": "mail",
            "moved": 2,
            "message": 'The key is "mail" now. Code gets the connection with '
            'get_user_connection("mail"). The stored values of 2 members moved along.',
        }
        assert 'key = "mail"' in file.read_text()
        for user in ("alice", "bob"):
            with session.people.acting_as(user):
                assert session.get_connection("user", "mail").value == f"sk-{user}"
                assert session.get_connection("user").value == f"sk-{user}"
        assert values(session).keys() == {("local", None), ("alice", "mail"), ("bob", "mail")}

    def test_keeps_all_else_of_what_is_stored(self, session: Session) -> None:
        before = session.get_connection("workspace")
        ((slot, stored),) = [
            each for each in session.store.entries().items() if each[0].owner == "workspace"
        ]
        assert (
            ask(session, "attio_rename_key", owner="workspace", new_key="sequencer")["moved"] == 1
        )
        assert session.store.get(slot) is None
        assert session.store.get(slot._replace(key="sequencer")) == stored
        assert stored.approved == Addresses(("api.example.com",))
        after = session.get_connection("workspace", "sequencer")
        assert (after.id, after.created_by) == (before.id, before.created_by)

    def test_by_the_form_moves_as_well(self, session: Session, file: Path) -> None:
        mailbox = {"owner": "user", "key": "mail", "type": "secret", "title": "Mine"}
        saved = save_definition(session, mailbox, ("user", None))
        assert (saved.key, saved.title) == ("mail", "Mine")
        assert session.get_connection("user", "mail").value == "sk-alice"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ({"owner": "user", "key": None}, "Write the new key"),
            ({"owner": "user", "key": None, "new_key": " "}, "Write the new key"),
            ({"owner": "user", "key": None, "new_key": 5}, "Write the new key"),
            ({"owner": "user", "key": None, "new_key": "a b"}, "begin with a letter"),
            ({"owner": "user", "key": None, "new_key": "x" * 101}, "too long"),
            ({"owner": "user", "key": "mial", "new_key": "mail"}, "no key"),
            ({"owner": "workspace", "key": None, "new_key": "s", "acting": "bob"}, "Ask alice"),
        ],
    )
    def test_that_cannot_be_done_changes_nothing(
        self, session: Session, file: Path, content: dict[str, Any], said: str
    ) -> None:
        before = values(session)
        reply = ask(session, "attio_rename_key", **content)
        assert reply["status"] == "error"
        assert said in reply["message"]
        assert (values(session), file.read_text()) == (before, APP)

    def test_to_a_key_of_another_connection_is_refused(self, session: Session, file: Path) -> None:
        file.write_text(APP + MAILBOX.replace('title = "Your mailbox"', 'key = "mail"'))
        reply = ask(session, "attio_rename_key", owner="user", key=None, new_key="MAIL")
        assert "too near" in reply["message"]
        reply = ask(session, "attio_rename_key", owner="user", key=None, new_key="mail")
        assert "already" in reply["message"]
        assert session.get_connection("user").value == "sk-alice"

    def test_to_a_key_that_still_holds_a_value_is_refused(
        self, session: Session, file: Path
    ) -> None:
        (slot,) = [each for each in session.store.entries() if each.owner_id == "bob"]
        session.store.put(slot._replace(key="mail"), stored("sk-older"))
        reply = ask(session, "attio_rename_key", owner="user", key=None, new_key="mail")
        assert 'still holds a value under the key "mail"' in reply["message"]
        assert file.read_text() == APP
        assert values(session)["bob", "mail"] == "sk-older"

    def test_to_the_same_key_is_no_change(self, session: Session) -> None:
        ask(session, "attio_rename_key", owner="user", key=None, new_key="mail")
        reply = ask(session, "attio_rename_key", owner="user", key="mail", new_key="mail")
        assert (reply["key"], reply["moved"]) == ("mail", 0)
        assert session.get_connection("user", "mail").value == "sk-alice"

    def test_moves_what_was_approved_for_the_environment_variable(
        self, session: Session, file: Path
    ) -> None:
        allowed = default_allowed_files({})
        approved = Addresses(("api.example.com",), ("https://api.example.com/me",))
        approve_variables(allowed, file, {"ATTIO_NB_USER_CONNECTION": approved}, allows=False)
        ask(session, "attio_rename_key", owner="user", key=None, new_key="mail")
        record = allowed.record(file)
        assert record is not None
        assert record["variables"].keys() == {"ATTIO_NB_USER_CONNECTION__MAIL"}
        assert not allowed.is_allowed(file)


def stored(value: str, grant: Grant | None = None) -> StoredConnection:
    approved = Addresses(("crm.example",))
    return StoredConnection(
        str(uuid.uuid4()), SecretStr(value), "alice", datetime.now(UTC), grant, approved=approved
    )


def signed_in(session: Session, owner: str, owner_id: str, key: str) -> Slot:
    grant = Grant(AUTHORITY, SecretStr("a-refresh-token"), time.time(), inf, inf, ("read",))
    slot = Slot("prospects", "local", owner, owner_id, key)  # type: ignore[arg-type]
    session.store.put(slot, stored(f"token-{owner_id}", grant))
    return slot


class TestAnOAuthConnection:
    @pytest.fixture
    def session(self, opened: Opened) -> Session:
        session = opened(APP.replace(MAILBOX, SIGN_IN.format(owner="user", key="crm")))
        place = session.status("user", "crm").place
        session.grants.keep_client_secret(place, SecretStr("the-client-secret"))
        for user in ("alice", "bob"):
            signed_in(session, "user", user, "crm")
        return session

    def test_moves_with_the_client_secret(self, session: Session) -> None:
        reply = ask(session, "attio_rename_key", owner="user", key="crm", new_key="sales")
        assert reply["moved"] == 2
        assert session.get_connection("user", "sales").value == "token-alice"
        assert values(session)[AUTHORITY, "sales"] == "the-client-secret"
        assert (AUTHORITY, "crm") not in values(session)

    def test_leaves_the_client_secret_to_another_connection_that_uses_it(
        self, session: Session, file: Path
    ) -> None:
        file.write_text(file.read_text() + SIGN_IN.format(owner="workspace", key="crm"))
        signed_in(session, "workspace", "local", "crm")
        ask(session, "attio_rename_key", owner="user", key="crm", new_key="sales")
        for key in ("crm", "sales"):
            assert values(session)[AUTHORITY, key] == "the-client-secret"
        file.write_text(file.read_text() + SIGN_IN.format(owner="workspace", key="sales"))
        ask(session, "attio_remove", owner="user", key="sales", disconnect=True)
        assert values(session)[AUTHORITY, "sales"] == "the-client-secret"
        ask(session, "attio_remove", owner="workspace", key="sales", disconnect=True)
        assert (AUTHORITY, "sales") not in values(session)
        assert values(session)[AUTHORITY, "crm"] == "the-client-secret"

    def test_is_revoked_for_every_member_when_it_is_removed(
        self, session: Session, file: Path
    ) -> None:
        shown = row(session, "user")
        assert (shown["stored_for"], shown["client_secret_stored"]) == (["alice", "bob"], True)
        reply = ask(session, "attio_remove", owner="user", key="crm", disconnect=True)
        assert reply["was_connected"] is True
        assert "What was stored of it was deleted." in reply["message"]
        assert "revo" in reply["message"]
        assert values(session) == {}
        assert "oauth2" not in file.read_text()


class TestRemoving:
    def test_deletes_what_is_stored_for_every_member(self, session: Session, file: Path) -> None:
        reply = ask(session, "attio_remove", owner="user", key=None, disconnect=True)
        assert reply == {
            "status": "ok",
            "was_connected": True,
            "message": "The connection was removed from attio-app.toml. What was stored of it was "
            "deleted.",
        }
        assert file.read_text() == APP.replace(MAILBOX, "")
        assert values(session) == {("local", None): "sk-shared"}

    def test_may_keep_it_for_a_connection_with_the_same_key(
        self, session: Session, file: Path
    ) -> None:
        ask(session, "attio_rename_key", owner="user", key=None, new_key="mail")
        reply = ask(session, "attio_remove", owner="user", key="mail", disconnect=False)
        assert reply["was_connected"] is False
        assert "stays in the vault" in reply["message"]
        with pytest.raises(UnknownConnectionError):
            session.status("user", "mail")
        save_definition(session, {"owner": "user", "type": "secret", "key": "mail"}, None)
        assert session.get_connection("user", "mail").value == "sk-alice"

    def test_never_takes_the_only_connection_for_the_one_without_a_key(
        self, session: Session, file: Path
    ) -> None:
        with_key(file, "user", "mail")
        reply = ask(session, "attio_remove", owner="user", key=None, disconnect=True)
        assert "without a key" in reply["message"]
        assert 'key = "mail"' in file.read_text()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ({"owner": "user", "key": None}, "is a boolean"),
            ({"owner": "user", "key": None, "disconnect": "yes"}, "is a boolean"),
            ({"owner": "workspace", "key": None, "disconnect": True, "acting": "bob"}, "alice"),
            ({"owner": "user", "key": "x", "disconnect": True}, "no key"),
        ],
    )
    def test_that_cannot_be_done_changes_nothing(
        self, session: Session, file: Path, content: dict[str, Any], said: str
    ) -> None:
        before = values(session)
        reply = ask(session, "attio_remove", **content)
        assert (reply["status"], file.read_text()) == ("error", APP)
        assert said in reply["message"]
        assert values(session) == before


class TestAKeyWrittenByHand:
    def test_leaves_the_value_where_it_is_and_offers_to_move_it(
        self, session: Session, file: Path
    ) -> None:
        with_key(file, "user", "mail")
        with_key(file, "workspace", "sequencer")
        for acting in ("alice", "bob"):
            shown = row(session, "user", acting)
            assert shown["standing"] == "not-connected"
            assert shown["stored_under"] == {"key": None, "members": ["alice", "bob"]}
        assert row(session, "workspace")["stored_under"] == {"key": None, "members": ["local"]}
        assert row(session, "workspace", "bob")["stored_under"] is None

        reply = ask(session, "attio_move_stored", owner="user", key="mail", from_key=None)
        assert (reply["key"], reply["moved"]) == ("mail", 2)
        assert row(session, "user")["standing"] == "connected"
        assert row(session, "user")["stored_under"] is None
        with session.people.acting_as("bob"):
            assert session.get_connection("user", "mail").value == "sk-bob"

    def test_that_is_changed_is_told_from_another_new_connection_by_its_hosts(
        self, session: Session, file: Path
    ) -> None:
        other = SEQUENCER.replace("api.example.com", "crm.example").replace("Sequencer", "CRM")
        keyed = f'{SEQUENCER}key = "sequencer"\n'
        file.write_text(APP.replace(SEQUENCER, f'{keyed}{other}key = "crm"\n'))
        session.file.look_again()
        rows = {each["key"]: each for each in overview(session, environ={})["connections"]}
        assert rows["sequencer"]["stored_under"] == {"key": None, "members": ["local"]}
        assert rows["crm"]["stored_under"] is None

    def test_nothing_is_offered_where_it_is_of_another_type_or_service(
        self, session: Session, file: Path
    ) -> None:
        text = APP.replace(MAILBOX, SIGN_IN.format(owner="user", key="crm"))
        file.write_text(text.replace("api.example.com", "evil.example"))
        with_key(file, "workspace", "sequencer")
        assert row(session, "user")["stored_under"] is None
        assert row(session, "workspace")["stored_under"] is None

    def test_what_somebody_connected_since_stays(self, session: Session, file: Path) -> None:
        with_key(file, "user", "mail")
        session.file.look_again()
        session.request("user", "mail").accept(Answer(SecretStr("sk-newer")))
        assert row(session, "user")["stored_under"] is None
        assert row(session, "user", "bob")["stored_under"] is not None
        reply = ask(session, "attio_move_stored", owner="user", key="mail", from_key=None)
        assert reply["moved"] == 1
        assert values(session)["alice", "mail"] == "sk-newer"
        assert values(session)["alice", None] == "sk-alice"
        assert values(session)["bob", "mail"] == "sk-bob"

    @pytest.mark.parametrize("from_key", [None, "other", 5])
    def test_a_move_of_nothing_or_of_another_connection_is_refused(
        self, session: Session, file: Path, from_key: Any
    ) -> None:
        file.write_text(APP + MAILBOX.replace('title = "Your mailbox"', 'key = "mail"'))
        reply = ask(session, "attio_move_stored", owner="user", key="mail", from_key=from_key)
        assert "nothing to move" in reply["message"]
        assert session.get_connection("user").value == "sk-alice"

    def test_a_value_that_goes_to_another_host_is_still_asked_about(
        self, session: Session, file: Path
    ) -> None:
        text = file.read_text().replace(
            '["api.example.com"]', '["api.example.com", "evil.example"]'
        )
        file.write_text(text)
        with_key(file, "workspace", "sequencer")
        ask(session, "attio_move_stored", owner="workspace", key="sequencer", from_key=None)
        assert row(session, "workspace")["standing"] == "changed"
        with pytest.raises(AttioError, match=r"evil\.example"):
            session.get_connection("workspace", "sequencer")

    def test_is_told_by_the_prompt_and_where_nobody_can_be_asked(
        self, session: Session, file: Path
    ) -> None:
        with_key(file, "user", "mail")
        session.file.look_again()
        said = description(session.request("user", "mail"))
        assert "stored under no key, which attio-app.toml does not name any more" in said
        assert "%connect user mail --use-stored" in said
        with pytest.raises(AttioError, match="attio-nb connect user mail --use-stored"):
            session.get_connection("user", "mail")


class TestCommands:
    @pytest.fixture
    def run(self, session: Session) -> Callable[[str], str]:
        """Run a line, and return what it says."""

        def run(line: str) -> str:
            session.file.look_again()
            said: list[str] = []
            commands = ConnectionCommands(session, say=said.append, ask=None)
            words = line.removeprefix("%connect").removeprefix("%disconnect")
            if line.startswith("%disconnect"):
                commands.disconnect(parse_disconnect(words))
            elif (overview := commands.connect(parse_connect(words))) is not None:
                said.append(str(overview))
            return "\n".join(said)

        return run

    def test_a_key_is_renamed(self, session: Session, run: Callable[[str], str]) -> None:
        assert 'The key is "mail" now.' in run("%connect user --rename-key mail")
        assert 'The key is "box" now.' in run("%connect user mail --rename-key box")
        assert session.get_connection("user", "box").value == "sk-alice"

    def test_what_is_stored_under_another_key_is_shown_and_used(
        self, session: Session, file: Path, run: Callable[[str], str]
    ) -> None:
        with_key(file, "user", "mail")
        assert "stored under no key: %connect user mail --use-stored" in run("%connect")
        assert "values of 2 members moved" in run("%connect user mail --use-stored")
        assert session.get_connection("user", "mail").value == "sk-alice"
        with pytest.raises(CommandError, match="nothing to move"):
            run("%connect user mail --use-stored")

    def test_a_connection_is_removed(
        self, session: Session, file: Path, run: Callable[[str], str]
    ) -> None:
        assert "stays in the vault" in run("%disconnect workspace --remove --keep")
        assert "was deleted" in run("%disconnect user --remove")
        assert "connections" not in file.read_text()
        assert values(session) == {("local", None): "sk-shared"}

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("%connect user --rename-key", "needs the new key"),
            ("%connect --rename-key mail", "Say whose"),
            ("%connect --use-stored", "Say whose"),
            ("%connect user --rename-key mail --use-stored", "nothing else"),
            ("%connect user a b --rename-key mail", "nothing else"),
            ("%connect user --rename-key mail --client-secret", "nothing else"),
            ("%connect --add user --rename-key mail", "lines of their own"),
            ("%connect --as bob --use-stored", "lines of their own"),
            ("%connect user --rename-key sk_live_zq918273zq918273", "looks like a credential"),
            ("%connect user sk_live_zq918273zq918273 --rename-key a", "looks like a credential"),
            ("%disconnect user --keep", "goes with --remove"),
            ("%disconnect user --removed", 'Did you mean "--remove"?'),
            ("%disconnect --remove", "Say whose"),
            ("%disconnect user mial --remove", "no key"),
        ],
    )
    def test_what_is_not_understood_changes_nothing(
        self, session: Session, file: Path, run: Callable[[str], str], line: str, said: str
    ) -> None:
        before = values(session)
        with pytest.raises(AttioError, match=re.escape(said)) as error:
            run(line)
        assert "zq918273" not in str(error.value)
        assert (values(session), file.read_text()) == (before, APP)


def test_a_vault_that_cannot_be_written_changes_no_file(session: Session, file: Path) -> None:
    def full() -> None:
        raise VaultError("The disk is full.")

    session.store.require_writable = full  # type: ignore[method-assign]
    for name, content in (
        ("attio_rename_key", {"new_key": "mail"}),
        ("attio_remove", {"disconnect": True}),
    ):
        reply = ask(session, name, owner="user", key=None, **content)
        assert "disk is full" in reply["message"]
    assert file.read_text() == APP
    assert session.get_connection("user").value == "sk-alice"
