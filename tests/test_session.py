"""The session: app file, people, store and prompter put together, with nothing patched."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attio_nb import AppFileError, InvalidSecretError, MissingConnectionError
from attio_nb.app.current import AppFile
from attio_nb.connections.model import Connection
from attio_nb.connections.own import default_vault
from attio_nb.connections.prompter import (
    Answer,
    ConnectionRequest,
    NobodyToAsk,
    Prompter,
    missing_error,
)
from attio_nb.connections.secret import MASK, SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import (
    CommandError,
    NotAllowedError,
    NoUserConnectionError,
    NoWorkspaceConnectionError,
    SetupError,
    UnknownMemberError,
    VaultError,
)
from attio_nb.execution import Execution
from attio_nb.functions.server_function import ServerFunctions
from attio_nb.session import Session

APP = """\
[app]
id = "prospects"
workspace = "acme"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer"

[[connections]]
owner = "user"
type = "secret"
"""
CLIENT = """\
client_id = "notebooks"
authorization_endpoint = "https://as.example.com/authorize"
token_endpoint = "https://as.example.com/token"
"""
MEMBERS = """
[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""


class Person:
    """A prompter that answers as it is told."""

    def __init__(self, *values: str, hosts: tuple[str, ...] = ()) -> None:
        self.values = list(values)
        self.hosts = hosts
        self.asked: list[ConnectionRequest] = []
        self.told: list[str] = []

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)
        if not wait:
            raise missing_error(request, "not-waiting")
        while self.values:
            value = SecretStr(self.values.pop(0))
            try:
                return request.accept(Answer(value, title="Mine", hosts=self.hosts))
            except (InvalidSecretError, VaultError, AppFileError) as error:
                self.told.append(str(error))
        raise missing_error(request, "cancelled")


MakeSession = Callable[..., Session]


@pytest.fixture
def make(tmp_path: Path) -> MakeSession:
    """Makes a session in a folder of its own, for the person called "me"."""

    def make(person: Prompter, *, app: str | None = APP, **environ: str) -> Session:
        if app is not None:
            (tmp_path / "attio-app.toml").write_text(app)
        return Session(
            MemoryStore(),
            file=AppFile(lambda: tmp_path),
            prompter=person,
            environ={"JUPYTERHUB_USER": "me", **environ},
        )

    return make


def test_the_first_call_asks_and_the_second_does_not(make: MakeSession) -> None:
    person = Person("sk-1")
    session = make(person)
    first = session.get_connection("workspace")
    assert f"{first.value}" == "sk-1"
    assert session.get_connection("workspace") is first
    assert len(person.asked) == 1


def test_a_connection_has_attios_fields(make: MakeSession) -> None:
    connection = make(Person("sk-1")).get_connection("workspace")
    assert (connection.owned_by.type, connection.owned_by.id) == ("workspace", "acme")
    assert (connection.created_by.type, connection.created_by.id) == ("user", "me")
    assert connection.connection_key is None
    assert connection.id


def test_a_connection_is_frozen_and_masked(make: MakeSession) -> None:
    connection = make(Person("sk-very-secret")).get_connection("user")
    with pytest.raises(AttributeError):
        connection.value = SecretStr("other")  # type: ignore[misc]
    assert "very-secret" not in repr(connection)
    assert str(connection.value) == MASK
    assert f"Bearer {connection.value}" == "Bearer sk-very-secret"
    assert "Bearer " + connection.value == "Bearer sk-very-secret"


def test_a_refused_answer_is_told_and_the_next_one_taken(make: MakeSession) -> None:
    person = Person("", "sk–dash", "sk-1")
    assert f"{make(person).get_connection('user').value}" == "sk-1"
    assert len(person.told) == 2


def test_nothing_is_kept_when_the_person_cancels(make: MakeSession) -> None:
    session = make(Person())
    with pytest.raises(NoUserConnectionError, match="You cancelled") as error:
        session.get_connection("user")
    assert error.value.code == "no-user-connection"
    assert error.value.reason == "cancelled"
    assert session.store.entries() == {}


def test_the_two_owners_raise_the_errors_that_attio_has(make: MakeSession) -> None:
    session = make(Person())
    with pytest.raises(NoWorkspaceConnectionError) as error:
        session.get_connection("workspace")
    assert error.value.code == "no-workspace-connection"
    assert isinstance(error.value, MissingConnectionError)


def test_the_environment_wins_over_the_store(make: MakeSession) -> None:
    session = make(Person("sk-stored"), ATTIO_NB_USER_CONNECTION="sk-env")
    assert f"{session.get_connection('user').value}" == "sk-env"
    assert session.get_connection("user").id == "environment:ATTIO_NB_USER_CONNECTION"
    assert f"{session.get_connection('workspace').value}" == "sk-stored"


def test_a_keyed_variable_answers_for_its_key_alone(make: MakeSession) -> None:
    keyed = APP.replace('owner = "user"', 'owner = "user"\nkey = "mail-box"')
    session = make(Person(), app=keyed, ATTIO_NB_USER_CONNECTION__MAIL_BOX="sk-env")
    assert session.get_connection("user", "mail-box").connection_key == "mail-box"
    with pytest.raises(NoWorkspaceConnectionError):
        session.get_connection("workspace")


def test_an_answer_defines_what_the_app_file_lacks(make: MakeSession, tmp_path: Path) -> None:
    person = Person("sk-1", hosts=("api.example.com",))
    connection = make(person, app=None).get_connection("user", "mailbox")
    assert person.asked[0].definition is None
    assert connection.hosts == ("api.example.com",)
    assert connection.connection_key == "mailbox"
    assert 'title = "Mine"' in (tmp_path / "attio-app.toml").read_text()


def test_a_definition_that_cannot_be_written_is_told_and_nothing_is_kept(
    make: MakeSession, tmp_path: Path
) -> None:
    person = Person("sk-1", hosts=("https://no host",))
    session = make(person, app=None)
    with pytest.raises(NoUserConnectionError):
        session.get_connection("user")
    assert "host" in person.told[0]
    assert not (tmp_path / "attio-app.toml").exists()
    assert session.store.entries() == {}


def test_raising_remembers_what_would_have_been_asked(make: MakeSession) -> None:
    person = Person("sk-1")
    session = make(person, ATTIO_NB_ON_MISSING="raise")
    with pytest.raises(NoUserConnectionError) as error:
        session.get_connection("user")
    (missing,) = session.missing
    assert missing.error is error.value
    missing.request.accept(Answer(SecretStr("sk-later")))
    assert f"{session.get_connection('user').value}" == "sk-later"


def test_connecting_asks_even_when_raising(make: MakeSession) -> None:
    session = make(Person("sk-1"), ATTIO_NB_ON_MISSING="raise")
    assert f"{session.connect('user').value}" == "sk-1"


def test_an_unknown_choice_is_refused(make: MakeSession) -> None:
    session = make(Person())
    with pytest.raises(CommandError, match="explode"):
        session.on_missing = "explode"
    session.on_missing = "raise"
    assert session.on_missing == "raise"


def test_another_app_workspace_or_user_has_its_own_connection(
    make: MakeSession, tmp_path: Path
) -> None:
    person = Person("sk-1", "sk-2", "sk-3")
    session = make(person)
    assert f"{session.get_connection('workspace').value}" == "sk-1"
    for change in (('"acme"', '"globex"'), ('"prospects"', '"leads"')):
        file = tmp_path / "attio-app.toml"
        file.write_text(file.read_text().replace(*change))
        session.file.look_again()
        session.get_connection("workspace")
    assert len(session.store.entries()) == 3


def test_somebody_who_connects_elsewhere_is_noticed_while_waiting(make: MakeSession) -> None:
    person = Person("sk-1")
    session = make(person)
    session.get_connection("user")
    with pytest.raises(MissingConnectionError):
        session.connect("user")
    request = person.asked[-1]
    assert not request.is_connected()
    [(slot, stored)] = session.store.entries().items()
    renewed = stored._replace(value=SecretStr("sk-renewed"))
    session.store.put(slot, renewed)
    assert not request.is_connected()
    session.store.put(slot, renewed._replace(created_at=datetime.now(UTC)))
    assert request.is_connected()


def test_an_answer_goes_to_the_app_that_asked(make: MakeSession, tmp_path: Path) -> None:
    person = Person()
    session = make(person, ATTIO_NB_ON_MISSING="raise")
    with pytest.raises(NoUserConnectionError):
        session.get_connection("user")
    (tmp_path / "attio-app.toml").write_text(APP.replace("prospects", "leads"))
    session.file.look_again()
    session.missing[0].request.accept(Answer(SecretStr("sk-prospects")))
    with pytest.raises(NoUserConnectionError):
        session.get_connection("user")
    assert [slot.app for slot in session.store.entries()] == ["prospects"]


def test_a_value_is_not_kept_for_what_one_signs_in_to_by_now(
    make: MakeSession, tmp_path: Path
) -> None:
    session = make(Person(), ATTIO_NB_ON_MISSING="raise")
    with pytest.raises(NoUserConnectionError):
        session.get_connection("user")
    request = session.missing[0].request
    file = tmp_path / "attio-app.toml"
    app = file.read_text()
    file.write_text(app.replace('type = "secret"', f'type = "oauth2"\n{CLIENT}'))
    session.file.look_again()
    with pytest.raises(CommandError, match="says by now that one signs in"):
        request.accept(Answer(SecretStr("sk-late")))
    assert session.store.entries() == {}
    # What cannot be read says nothing otherwise.
    file.write_text("[")
    session.file.look_again()
    request.accept(Answer(SecretStr("sk-in-time")))
    assert len(session.store.entries()) == 1


def test_a_refusal_holds_for_the_rest_of_the_cell(make: MakeSession) -> None:
    person = Person()
    session = make(person)
    for _ in range(2):
        with pytest.raises(NoUserConnectionError, match="You cancelled"):
            session.get_connection("user")
    assert len(person.asked) == 1
    session.refused.clear()
    with pytest.raises(NoUserConnectionError):
        session.get_connection("user")
    assert len(person.asked) == 2


def test_a_folder_that_was_removed_is_an_error_of_ours() -> None:
    def gone() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(SetupError, match="was removed"):
        AppFile(gone).app()


def test_a_vault_below_a_relative_folder_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_vault({"ATTIO_NB_DATA_DIR": "data"}).path.parent == tmp_path / "data" / "vault"


# Who runs it.


def test_without_members_the_one_person_is_the_admin(make: MakeSession) -> None:
    execution = make(Person()).people.execution()
    assert (execution.workspace, execution.user, execution.role) == ("acme", "me", "admin")


def test_a_person_who_is_not_listed_is_told_so(make: MakeSession) -> None:
    with pytest.raises(UnknownMemberError, match='You are "me"'):
        make(Person(), app=APP + MEMBERS).people.execution()


def test_the_environment_may_say_who_acts(make: MakeSession) -> None:
    session = make(Person("sk"), app=APP + MEMBERS, ATTIO_NB_ACTING_AS="bob")
    assert session.people.execution() == Execution("acme", "bob", "member")
    assert session.get_connection("user").owned_by.id == "bob"
    session.people.act_as("alice")
    assert session.people.execution().user == "alice"
    session.people.act_as(None)
    assert session.people.execution().user == "bob"


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "ATTIO_NB_ACTING_AS=alice"),
        ({"ATTIO_NB_ACTING_AS": "bobb"}, 'ATTIO_NB_ACTING_AS is "bobb".* Set it to "?alice'),
        ({"ATTIO_NB_ACTING_AS": ""}, 'You are "me"'),
    ],
)
def test_who_is_no_member_is_told_of_the_variable(
    make: MakeSession, variables: dict[str, str], told: str
) -> None:
    session = make(NobodyToAsk(), app=APP + MEMBERS, **variables)
    with pytest.raises(UnknownMemberError, match=told):
        session.get_connection("workspace")


def test_a_workspace_connection_of_the_environment_needs_no_member(make: MakeSession) -> None:
    text = APP.replace('title = "Sequencer"', 'title = "Sequencer"\nhosts = ["api.example.com"]')
    variables = {
        "ATTIO_NB_WORKSPACE_CONNECTION": "sk-ci",
        "ATTIO_NB_USER_CONNECTION": "sk-user",
    }
    session = make(NobodyToAsk(), app=text + MEMBERS, **variables)
    connection = session.get_connection("workspace")
    assert (f"{connection.value}", connection.hosts) == ("sk-ci", ("api.example.com",))
    assert connection.owned_by.id == "acme"
    with pytest.raises(UnknownMemberError, match="ATTIO_NB_ACTING_AS"):
        session.get_connection("user")


def test_a_server_function_of_no_member_gets_it_too(make: MakeSession) -> None:
    session = make(Person(), app=APP + MEMBERS, ATTIO_NB_WORKSPACE_CONNECTION="sk-ci")

    @ServerFunctions(session.people.execution_of_anybody)
    async def length() -> int:
        return len(session.get_connection("workspace").value)

    @ServerFunctions(session.people.execution_of_anybody)
    async def user() -> str:
        return session.people.execution().user

    assert asyncio.run(length()) == 5
    with pytest.raises(UnknownMemberError):
        asyncio.run(user())


def test_a_listed_hub_user_has_the_listed_role(make: MakeSession) -> None:
    session = make(Person(), app=APP + MEMBERS, JUPYTERHUB_USER="bob")
    assert session.people.execution().role == "member"


def test_a_member_may_connect_for_themselves_only(make: MakeSession) -> None:
    person = Person("sk-bob")
    session = make(person, app=APP + MEMBERS, JUPYTERHUB_USER="bob")
    assert f"{session.get_connection('user').value}" == "sk-bob"
    with pytest.raises(NotAllowedError, match="Ask alice"):
        session.get_connection("workspace")
    with pytest.raises(NotAllowedError):
        session.disconnect("workspace")
    assert len(person.asked) == 1


def test_without_an_admin_the_refusal_says_what_to_write(make: MakeSession) -> None:
    only_bob = APP + MEMBERS.replace('role = "admin"', 'role = "member"')
    session = make(Person(), app=only_bob, JUPYTERHUB_USER="bob")
    with pytest.raises(NotAllowedError, match='role = "admin"'):
        session.get_connection("workspace")


def test_tasks_that_act_as_two_members_do_not_meet(make: MakeSession) -> None:
    session = make(Person("sk-alice", "sk-bob"), app=APP + MEMBERS, JUPYTERHUB_USER="alice")
    both_inside = asyncio.Event()

    async def value(user: str, *, last: bool) -> str:
        with session.people.acting_as(user):
            if last:
                both_inside.set()
            await both_inside.wait()
            connection = session.get_connection("user")
            assert connection.owned_by.id == user
            return f"{connection.value}"

    async def both() -> list[str]:
        return await asyncio.gather(value("alice", last=False), value("bob", last=True))

    assert sorted(asyncio.run(both())) == ["sk-alice", "sk-bob"]
    assert session.people.execution().user == "alice"


def test_a_thread_acts_as_the_person_who_started_the_process(make: MakeSession) -> None:
    session = make(Person(), app=APP + MEMBERS, JUPYTERHUB_USER="alice")
    users: list[str] = []
    with session.people.acting_as("bob"):
        thread = threading.Thread(target=lambda: users.append(session.people.execution().user))
        thread.start()
        thread.join()
    assert users == ["alice"]


def test_acting_as_holds_until_it_is_changed_back(make: MakeSession) -> None:
    session = make(Person(), app=APP + MEMBERS, JUPYTERHUB_USER="alice")
    session.people.act_as("bob")
    assert session.people.execution().user == "bob"
    session.file.look_again()
    assert session.people.execution().user == "bob"
    session.people.act_as(None)
    assert session.people.execution().user == "alice"


# The app file.


def test_a_change_of_the_app_file_is_seen_in_time(tmp_path: Path) -> None:
    now = [0.0]
    file = AppFile(lambda: tmp_path, clock=lambda: now[0])
    assert file.app() is None
    (tmp_path / "attio-app.toml").write_text(APP)
    assert file.app() is None
    now[0] += 1.0
    app = file.app()
    assert app is not None
    assert app.id == "prospects"
    (tmp_path / "attio-app.toml").write_text(APP.replace("prospects", "leads"))
    file.look_again()
    changed = file.app()
    assert changed is not None
    assert changed.id == "leads"


def test_a_broken_app_file_stays_broken_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "attio-app.toml"
    path.write_text("[app")
    file = AppFile(lambda: tmp_path)
    for _ in range(2):
        with pytest.raises(AppFileError):
            file.app()
    path.write_text(APP)
    assert file.app() is not None


def test_an_app_file_that_was_broken_and_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "attio-app.toml"
    path.write_text(APP)
    file = AppFile(lambda: tmp_path)
    assert file.app() is not None
    path.write_text("[app")
    file.look_again()
    with pytest.raises(AppFileError):
        file.app()
    path.unlink()
    assert file.app() is None


def test_an_app_file_that_is_a_broken_link_is_an_error_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "attio-app.toml"
    path.symlink_to(tmp_path / "nowhere")
    file = AppFile(lambda: tmp_path)
    with pytest.raises(AppFileError):
        file.app()
    path.unlink()
    path.write_text(APP)
    file.look_again()
    assert file.app() is not None


def test_many_threads_get_the_same_connection(make: MakeSession) -> None:
    session = make(Person("sk-1"))
    session.get_connection("workspace")

    def get(_: int) -> Connection:
        return session.get_connection("workspace")

    with ThreadPoolExecutor(8) as pool:
        assert len({connection.id for connection in pool.map(get, range(200))}) == 1
