"""A connection that a form sends: what the app file makes of it, and what is written there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2, Owner, read_app
from attio_nb.app.current import AppFile
from attio_nb.app.presets import presets
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import (
    AppFileError,
    CommandError,
    NotAllowedError,
    UnknownConnectionError,
)
from attio_nb.session import Session
from attio_nb.tab.definition import (
    Checked,
    check_definition,
    definition_json,
    drafted_key,
    presets_json,
    save_definition,
)

APP = """\
# Ours, with care.
[app]
id = "x"

[[connections]] # theirs
owner = "workspace"
type = "secret"
key = "crm"
hosts = ["api.example.com"]

[[connections]]
owner = "user"
type = "secret"
key = "mail" # his
"""
MEMBERS = """
[[members]]
id = "alice"
role = "admin"
[[members]]
id = "bob"
role = "member"
"""
SIGN_IN = {
    "owner": "user",
    "key": "deals",
    "type": "oauth2",
    "issuer": "https://auth.example.com",
    "client_id": "my client",
}
CRM: tuple[Owner, str] = ("workspace", "crm")
MAIL: tuple[Owner, str] = ("user", "mail")
FINE = Checked("", "")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An app file with two connections."""
    path = tmp_path / "attio-app.toml"
    path.write_text(APP, encoding="utf-8", newline="")
    return path


@pytest.fixture
def session(file: Path) -> Session:
    """A session with that app file."""
    return Session(MemoryStore(), file=AppFile(lambda: file.parent), environ={})


def secret(**keys: Any) -> dict[str, Any]:
    return {"owner": "user", "key": "new", "type": "secret", **keys}


class TestChecking:
    @pytest.mark.parametrize(
        "given",
        [
            secret(),
            secret(title="Ours", hosts=["a.example"], test_url="https://a.example/me"),
            secret(title="", help_url=None, hosts=[], authorization_parameters={}, issuer=""),
            SIGN_IN,
            {
                **SIGN_IN,
                "scopes": ["read"],
                "redirect_ports": [8723],
                "authorization_parameters": {"prompt": "consent"},
                "expires_in": 3600,
            },
        ],
    )
    def test_what_the_app_file_takes_is_fine_and_not_written(
        self, session: Session, file: Path, given: dict[str, Any]
    ) -> None:
        assert check_definition(session, given, None) == FINE
        assert file.read_text(encoding="utf-8") == APP

    @pytest.mark.parametrize(
        ("given", "field", "part"),
        [
            (secret(key="a b"), "key", "has to begin with a letter"),
            (secret(key="x" * 101), "key", "it has 100 characters at most"),
            (secret(key="mail"), "key", "already (line 14)"),
            (secret(owner="me"), "owner", '"workspace" or "user"'),
            (secret(owner=None), "owner", "needs owner"),
            (secret(type=""), "type", "needs type"),
            (secret(type="oauth"), "type", 'Did you mean "oauth2"?'),
            (secret(titel="x"), "titel", 'Did you mean "title"?'),
            (secret(value="zq918273"), "value", "No value stands in this file"),
            (secret(issuer="https://a.example"), "issuer", 'a key of type = "oauth2"'),
            (secret(hosts=["a.example", "https://b/"]), "hosts", 'write only "b"'),
            (secret(test_url="https://a.example"), "test_url", "none of the hosts"),
            (secret(test_header="Cookie"), "test_header", "cannot carry a value"),
            (SIGN_IN | {"issuer": None}, "issuer", "needs issuer"),
            (SIGN_IN | {"client_id": ""}, "client_id", "needs client_id"),
            (SIGN_IN | {"client_id": "GOCSPX-zq918273"}, "client_id", "begins as a secret does"),
            (SIGN_IN | {"scopes": "a b"}, "scopes", '["a", "b"]'),
            (SIGN_IN | {"redirect_ports": ["8723"]}, "redirect_ports", "integers"),
            (
                SIGN_IN | {"authorization_parameters": {"state": "a"}},
                "authorization_parameters",
                "anew for each sign-in",
            ),
        ],
    )
    def test_what_it_does_not_take_is_told_at_its_field_as_the_file_tells_it(
        self, session: Session, given: dict[str, Any], field: str, part: str
    ) -> None:
        checked = check_definition(session, given, None)
        assert checked.field == field
        assert part in checked.message
        assert "attio-app.toml" not in checked.message
        assert "zq918273" not in checked.message

    def test_the_messages_are_those_of_the_file(self, session: Session, file: Path) -> None:
        checked = check_definition(session, secret(title=5), None)
        table = '[[connections]]\nowner = "user"\ntype = "secret"\nkey = "new"\ntitle = 5\n'
        file.write_text(APP + table, encoding="utf-8")
        with pytest.raises(AppFileError) as error:
            read_app(file)
        assert checked.message == error.value.problem

    def test_a_file_that_is_broken_is_told_with_its_line(
        self, session: Session, file: Path
    ) -> None:
        file.write_text(APP.replace("hosts", "host"), encoding="utf-8")
        for editing in (None, CRM):
            field, message = check_definition(session, secret(), editing)
            assert field == ""
            assert message.startswith('attio-app.toml, line 9: "host" is not a key')

    def test_one_without_a_key_gets_one_beside_any_other(
        self, session: Session, file: Path
    ) -> None:
        keyless = {"owner": "user", "type": "secret", "title": "Your mail"}
        for text in (APP, APP.replace('key = "mail" # his', "")):
            file.write_text(text, encoding="utf-8")
            assert check_definition(session, keyless, None) == FINE
        assert drafted_key(session, keyless, None) == "mail"
        file.write_text(APP, encoding="utf-8")
        assert drafted_key(session, keyless, None) == "mail-2"
        assert drafted_key(session, {"owner": "me"}, None) is None

    def test_without_a_file_it_is_looked_at_all_the_same(self, tmp_path: Path) -> None:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        assert check_definition(session, secret(), None) == FINE
        assert check_definition(session, secret(title=" "), None).field == "title"
        assert not (tmp_path / "attio-app.toml").exists()

    def test_one_that_is_edited_does_not_stand_in_its_own_way(self, session: Session) -> None:
        crm = {"owner": "workspace", "key": "crm", "type": "secret", "title": "CRM"}
        assert check_definition(session, crm, CRM) == FINE

    @pytest.mark.parametrize(
        ("name", "other", "said"),
        [
            ("owner", "user", "stays as it is"),
            ("key", None, "or write another key"),
            ("key", "", "or write another key"),
        ],
    )
    def test_one_that_is_edited_keeps_its_owner_and_has_a_key(
        self, session: Session, name: str, other: str | None, said: str
    ) -> None:
        crm = {"owner": "workspace", "key": "crm", "type": "secret"} | {name: other}
        field, message = check_definition(session, crm, CRM)
        assert field == name
        assert said in message

    def test_one_that_is_edited_may_get_another_key(self, session: Session) -> None:
        crm = {"owner": "workspace", "key": "sales", "type": "secret"}
        assert check_definition(session, crm, CRM) == FINE

    def test_one_that_is_edited_and_gone_is_told(self, session: Session) -> None:
        field, message = check_definition(session, secret(), ("user", "mial"))
        assert field == ""
        assert 'Did you mean "mail"?' in message

    def test_a_member_is_told_whom_to_ask_for_what_is_the_workspaces(
        self, session: Session, file: Path
    ) -> None:
        file.write_text(APP + MEMBERS, encoding="utf-8")
        crm = {"owner": "workspace", "key": "crm", "type": "secret"}
        with session.people.acting_as("bob"):
            for given, editing in (
                (crm | {"key": "new"}, None),
                (crm, CRM),
                (crm | {"owner": "user"}, CRM),
            ):
                field, message = check_definition(session, given, editing)
                assert field == "owner"
                assert "alice" in message
            assert check_definition(session, secret(), None) == FINE


JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    float("nan"),
    float("inf"),
    10**400,
    "a",
    "\ud800",
    "\0",
    "x" * 10_000_000,
    [],
    ["a"],
    [None],
    [[[[]]]],
    [1, True, None, {}],
    [{"a": [1]}],
    {},
    {"a": None},
    {"a": {"b": ["c"]}},
    {"\ud800": "a"},
    list(range(100_000)),
]
KEYS = (*definition_json(ConnectionDefinition(owner="user", key="a")), *SIGN_IN, "hosts", "scopes")
OTHER_KEYS = (
    "title",
    "help_url",
    "test_url",
    "test_scheme",
    "test_header",
    "token_endpoint",
    "client_authentication",
    "scope_separator",
    "authorization_parameters",
    "resource",
    "redirect_host",
    "redirect_ports",
    "redirect_path",
    "redirect_uri",
    "token_path",
    "expires_in",
    "junk",
)


class TestARedirectPath:
    """It may be empty, and then it says something."""

    def test_that_is_empty_is_written_and_comes_back(self, session: Session, file: Path) -> None:
        given = {**SIGN_IN, "redirect_path": ""}
        save_definition(session, given, None)
        assert 'redirect_path = ""' in file.read_text(encoding="utf-8")
        app = session.file.app()
        assert app is not None
        saved = app.connections[-1]
        assert saved.oauth2 is not None
        assert saved.oauth2.redirect_path == ""
        assert definition_json(saved)["redirect_path"] == ""

    def test_that_is_empty_takes_the_place_of_another_and_goes_again(
        self, session: Session, file: Path
    ) -> None:
        name: tuple[Owner, str] = ("user", SIGN_IN["key"])
        given = {**SIGN_IN, "redirect_path": "/back"}
        save_definition(session, given, None)
        save_definition(session, {**SIGN_IN, "redirect_path": ""}, name, given)
        assert 'redirect_path = ""' in file.read_text(encoding="utf-8")
        save_definition(session, SIGN_IN, name, {**SIGN_IN, "redirect_path": ""})
        assert "redirect_path" not in file.read_text(encoding="utf-8")

    @pytest.mark.parametrize("base", [secret(), {**SIGN_IN, "redirect_uri": "https://a.example"}])
    def test_that_is_empty_says_nothing_where_there_is_none(
        self, session: Session, base: dict[str, Any]
    ) -> None:
        assert check_definition(session, base | {"redirect_path": ""}, None) == FINE


class TestWhatIsNoDefinition:
    @pytest.mark.parametrize("given", [each for each in JUNK if not isinstance(each, dict)])
    def test_as_a_whole_is_told(self, session: Session, given: Any) -> None:
        message = "This is no connection: send an object with its keys."
        assert check_definition(session, given, None) == Checked("", message)
        with pytest.raises(CommandError):
            save_definition(session, given, None)

    @pytest.mark.parametrize("key", dict.fromkeys((*KEYS, *OTHER_KEYS)))
    @pytest.mark.parametrize("base", [secret(), SIGN_IN], ids=["secret", "oauth2"])
    def test_in_any_key_is_told_in_short_words(
        self, session: Session, file: Path, base: dict[str, Any], key: str
    ) -> None:
        for value in JUNK:
            field, message = check_definition(session, base | {key: value}, None)
            assert len(message) < 1000
            assert bool(message) or not field
            json.dumps([field, message]).encode()
        assert file.read_text(encoding="utf-8") == APP

    def test_that_is_too_long_is_told_at_its_field(self, session: Session) -> None:
        field, message = check_definition(session, secret(title="x" * 10_000_000), None)
        assert field == "title"
        assert message == (
            "title is too long: a connection has 32,000 characters at most. Shorten it."
        )

    def test_that_has_a_long_name_is_told_without_it(self, session: Session) -> None:
        field, message = check_definition(session, {"x" * 10_000_000: 1}, None)
        assert field == ""
        assert "one of its keys is too long" in message

    def test_that_is_nested_without_end_is_told(self, session: Session) -> None:
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        field, message = check_definition(session, secret(hosts=deep), None)
        assert (field, message) == ("", "This is nested too deeply to be a connection.")


class TestSaving:
    def test_a_new_one_is_added(self, session: Session, file: Path) -> None:
        save_definition(session, {**SIGN_IN, "title": None, "scopes": ["read"]}, None)
        text = file.read_text(encoding="utf-8")
        assert text.startswith(APP)
        assert text.endswith(
            '[[connections]]\nowner = "user"\nkey = "deals"\ntype = "oauth2"\n'
            'issuer = "https://auth.example.com"\nclient_id = "my client"\nscopes = ["read"]\n'
        )

    def test_the_first_one_makes_the_file(self, tmp_path: Path) -> None:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        save_definition(session, secret(), None)
        (definition,) = read_app(tmp_path / "attio-app.toml").connections
        assert definition == ConnectionDefinition(owner="user", key="new")

    def test_one_that_is_there_is_changed_and_nothing_else(
        self, session: Session, file: Path
    ) -> None:
        crm = {"owner": "workspace", "key": "crm", "type": "secret", "hosts": ["a.example"]}
        save_definition(session, crm, CRM)
        assert file.read_text(encoding="utf-8") == APP.replace("api.example.com", "a.example")

    def test_what_others_changed_since_it_was_opened_stays(
        self, session: Session, file: Path
    ) -> None:
        """A form was open while somebody took a host out in their editor."""
        opened = {
            "owner": "workspace",
            "key": "crm",
            "type": "secret",
            "hosts": ["a.example", "b.example"],
        }
        now = APP.replace("api.example.com", "b.example")
        file.write_text(now, encoding="utf-8")
        save_definition(session, opened | {"title": "CRM"}, CRM, opened)
        assert file.read_text(encoding="utf-8") == now.replace(
            '["b.example"]\n', '["b.example"]\ntitle = "CRM"\n'
        )

    def test_what_others_changed_too_is_told_and_stays(self, session: Session, file: Path) -> None:
        opened = {"owner": "workspace", "key": "crm", "type": "secret"}
        with pytest.raises(AppFileError, match="hosts was changed in the file while") as error:
            save_definition(session, opened | {"hosts": ["b.example"]}, CRM, opened)
        assert error.value.place == ("connections", 0, "hosts")
        assert file.read_text(encoding="utf-8") == APP

    def test_what_others_changed_alike_is_as_it_should_be(
        self, session: Session, file: Path
    ) -> None:
        opened = {"owner": "workspace", "key": "crm", "type": "secret"}
        save_definition(session, opened | {"hosts": ["api.example.com"]}, CRM, opened)
        assert file.read_text(encoding="utf-8") == APP

    def test_what_others_changed_a_way_back_into_stays(self, session: Session, file: Path) -> None:
        """One way to write it rules out the other; an edit of the title touches neither."""
        opened = SIGN_IN | {"redirect_uri": "http://127.0.0.1:8723/callback"}
        save_definition(session, SIGN_IN | {"redirect_ports": [9000]}, None)
        before = file.read_text(encoding="utf-8")
        save_definition(session, opened | {"title": "Deals"}, ("user", "deals"), opened)
        assert file.read_text(encoding="utf-8") == before + 'title = "Deals"\n'

    def test_what_is_wrong_is_raised_and_nothing_is_written(
        self, session: Session, file: Path
    ) -> None:
        with pytest.raises(AppFileError, match="title is an integer"):
            save_definition(session, secret(title=5), None)
        with pytest.raises(UnknownConnectionError):
            save_definition(session, secret(), ("user", "gone"))
        assert file.read_text(encoding="utf-8") == APP

    def test_a_member_changes_nothing_of_the_workspaces(self, session: Session, file: Path) -> None:
        file.write_text(APP + MEMBERS, encoding="utf-8")
        crm = {"owner": "workspace", "key": "crm", "type": "secret", "title": "Mine"}
        with session.people.acting_as("bob"):
            for editing in (None, CRM):
                with pytest.raises(NotAllowedError):
                    save_definition(session, crm, editing)
            own = {"owner": "user", "key": "mail", "type": "secret", "title": "Mine"}
            save_definition(session, own, MAIL)
        assert file.read_text(encoding="utf-8") == (APP + MEMBERS).replace(
            'key = "mail" # his\n', 'key = "mail" # his\ntitle = "Mine"\n'
        )


class TestAsJson:
    def test_what_stands_in_the_file_goes_there_and_back(self, tmp_path: Path) -> None:
        definition = ConnectionDefinition(
            owner="user",
            key="deals",
            type="oauth2",
            title="Ours",
            hosts=("api.example.com",),
            oauth2=OAuth2(
                client_id="a",
                issuer="https://auth.example.com",
                scopes=("read", "write"),
                authorization_parameters=(("prompt", "consent"),),
                redirect_ports=(8723,),
                expires_in=3600.0,
            ),
            test_url="https://api.example.com/me",
            test_scheme="api-key",
        )
        as_json = json.loads(json.dumps(definition_json(definition)))
        assert as_json == {
            "owner": "user",
            "key": "deals",
            "type": "oauth2",
            "title": "Ours",
            "issuer": "https://auth.example.com",
            "client_id": "a",
            "scopes": ["read", "write"],
            "authorization_parameters": {"prompt": "consent"},
            "redirect_ports": [8723],
            "expires_in": 3600,
            "hosts": ["api.example.com"],
            "test_url": "https://api.example.com/me",
            "test_scheme": "api-key",
        }
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        save_definition(session, as_json, None)
        assert read_app(tmp_path / "attio-app.toml").connections == (definition,)

    def test_saving_what_was_shown_changes_nothing(self, session: Session, file: Path) -> None:
        for definition in read_app(file).connections:
            shown = definition_json(definition)
            save_definition(session, shown, (definition.owner, definition.key))
        assert file.read_text(encoding="utf-8") == APP

    def test_every_preset_is_all_but_the_client_and_the_scopes(self, tmp_path: Path) -> None:
        shown = presets_json()
        json.dumps(shown)
        assert [each["id"] for each in shown] == list(presets())
        for each in (each for each in shown if each["definition"]["type"] == "oauth2"):
            preset = presets()[each["id"]]
            given = each["definition"] | {"owner": "user", "key": "a", "client_id": "my-client"}
            session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
            assert check_definition(
                session, each["definition"] | {"owner": "user"}, None
            ).field == ("client_id")
            save_definition(session, given, None)
            (definition,) = read_app(tmp_path / "attio-app.toml").connections
            assert preset.oauth2 is not None
            assert definition.oauth2 == replace(preset.oauth2, client_id="my-client")
            assert (definition.title, definition.hosts) == (preset.name, preset.hosts)
            assert each["help_url"] == definition.help_url == preset.help_url
            assert each["steps"] == list(preset.steps)
            (tmp_path / "attio-app.toml").unlink()

    def test_a_preset_of_a_service_with_a_key_is_a_whole_definition(self, tmp_path: Path) -> None:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        keys = [each for each in presets_json() if each["definition"]["type"] == "secret"]
        assert len(keys) >= 60
        for each in keys:
            given = each["definition"] | {"owner": "user"}
            assert check_definition(session, given, None) == ("", "")
        assert keys[0]["definition"]["title"] != keys[0]["name"]
