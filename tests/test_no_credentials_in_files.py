"""What is or looks like a credential is written into no app file, whoever would write it there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attio_nb import cli
from attio_nb.app import ConnectionDefinition, add_connection, create_app, replace_connection
from attio_nb.app.current import AppFile
from attio_nb.connections.prompter import Answer, ConnectionRequest, missing_error
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AppFileError, AttioError, CommandError
from attio_nb.notebook.command import parse_connect, parse_disconnect
from attio_nb.session import Session
from attio_nb.tab.definition import check_definition, save_definition

KEY = "sk_live_51H8qXyZ0abc"
"""A value that nobody has."""

RANDOM = "8f3kq0x7Zp2LmN4bVc6Td9Rs"

APP = """\
[app]
id = "x"

[[connections]]
owner = "workspace"
type = "secret"
key = "crm"
"""

FIELDS: list[tuple[str, Any]] = [
    ("title", KEY),
    ("title", f"My key is {KEY}"),
    ("title", RANDOM),
    ("title", f"Bearer {RANDOM}"),
    ("key", KEY),
    ("key", f"k-{RANDOM}"),
    ("hosts", [KEY]),
    ("hosts", ["api.example.com", RANDOM]),
    ("help_url", KEY),
    ("help_url", f"https://example.com/?api_key={RANDOM}"),
    ("test_url", f"https://api.example.com/{KEY}"),
    ("test_url", f"https://user:{RANDOM}@api.example.com"),
    ("test_header", KEY),
    ("scopes", [KEY]),
    ("client_id", KEY),
    ("issuer", f"https://auth.example.com/{KEY}"),
    ("authorization_parameters", {"login_hint": KEY}),
    ("owner", KEY),
    ("type", KEY),
    (KEY, "x"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An app file with one connection."""
    path = tmp_path / "attio-app.toml"
    path.write_text(APP, encoding="utf-8")
    return path


@pytest.fixture
def session(file: Path) -> Session:
    """A session with that app file."""
    return Session(MemoryStore(), file=AppFile(lambda: file.parent), environ={})


def repeats(text: object) -> bool:
    return any(part in str(text) for part in (KEY, RANDOM, "51H8qXyZ", "8f3kq0x7"))


@pytest.mark.parametrize(("name", "given"), FIELDS)
def test_a_form_is_told_at_the_field_and_writes_nothing(
    session: Session, file: Path, name: str, given: Any
) -> None:
    sent = {"owner": "workspace", "type": "secret", "key": "new", name: given}
    if name in ("scopes", "client_id", "issuer", "authorization_parameters"):
        sent |= {"type": "oauth2"}
    checked = check_definition(session, sent, None)
    assert checked.message
    assert not repeats(checked)
    with pytest.raises(AttioError) as error:
        save_definition(session, sent, None)
    assert not repeats(error.value)
    assert file.read_text(encoding="utf-8") == APP


@pytest.mark.parametrize(
    "definition",
    [
        ConnectionDefinition(owner="workspace", key="new", title=KEY),
        ConnectionDefinition(owner="workspace", key=KEY.replace("_", "-")),
        ConnectionDefinition(owner="workspace", key="new", hosts=(RANDOM,)),
    ],
)
def test_no_way_of_writing_the_file_takes_one(
    file: Path, tmp_path: Path, definition: ConnectionDefinition
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for write in (
        lambda: add_connection(file, definition),
        lambda: create_app(empty, definition),
        lambda: replace_connection(file, "workspace", "crm", definition),
    ):
        with pytest.raises(AppFileError) as error:
            write()
        assert not repeats(error.value)
    assert file.read_text(encoding="utf-8") == APP
    assert list(empty.iterdir()) == []


def test_what_a_person_has_written_by_hand_does_not_keep_the_rest_from_being_edited(
    session: Session, file: Path
) -> None:
    title = f'title = "Order {RANDOM}"\n'
    file.write_text(APP + title, encoding="utf-8")
    given = {"owner": "workspace", "type": "secret", "key": "crm", "title": f"Order {RANDOM}"}
    save_definition(session, given | {"hosts": ["api.example.com"]}, ("workspace", "crm"))
    assert title in file.read_text(encoding="utf-8")
    assert "api.example.com" in file.read_text(encoding="utf-8")


class Typist:
    """Answers the first prompt of an empty folder."""

    def __init__(self, **answer: Any) -> None:
        self.answer = Answer(SecretStr(answer.pop("value")), **answer)

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        try:
            request.accept(self.answer)
        except AppFileError as error:
            raise missing_error(request, "cancelled") from error


@pytest.mark.parametrize(
    "answer",
    [
        {"value": "correct horse battery 7", "title": "correct horse battery 7"},
        {"value": "correct horse battery 7", "title": "Pass: horse battery 7"},
        {"value": "correct horse battery 7", "hosts": ("battery 7",)},
        {"value": "zq918273zq918273", "hosts": ("zq918273",)},
        {"value": "other", "title": KEY},
        {"value": "other", "hosts": (KEY,)},
    ],
)
def test_the_first_prompt_writes_no_value_into_the_title_or_the_hosts(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    store = MemoryStore()
    session = Session(store, file=AppFile(lambda: tmp_path), prompter=Typist(**answer), environ={})
    with pytest.raises(AttioError) as error:
        session.get_connection("workspace")
    refusal = error.value.__cause__ or error.value
    assert not repeats(refusal)
    assert not (tmp_path / "attio-app.toml").exists()


def test_a_getter_does_not_take_a_value_for_a_key(tmp_path: Path) -> None:
    session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
    with pytest.raises(CommandError) as error:
        session.get_connection("workspace", KEY)
    assert not repeats(error.value)


def test_a_getter_repeats_no_value_that_is_no_key(session: Session) -> None:
    for owner in ("workspace", "user"):
        with pytest.raises(AttioError) as error:
            session.get_connection(owner, KEY)  # type: ignore[arg-type]
        assert not repeats(error.value)


@pytest.mark.parametrize(
    "line",
    [
        f"--add workspace {KEY}",
        f"--add workspace crm --title {KEY}",
        f"--add workspace crm --title 'Key {RANDOM}'",
        f"--add workspace crm --host {KEY}",
        f"--add workspace crm --host api.example.com --host {RANDOM}",
        f"--add workspace crm --help-url https://example.com/?token={RANDOM}",
        f"--add user mail --provider google --scope {KEY}",
        f"--add user mail --provider google --client-id {KEY}",
        f"--add user mail --issuer https://auth.example.com/{KEY}",
        f"--add user mail --provider google --redirect-port {KEY}",
        f"--add user mail --redirect-uri https://example.com/{KEY}",
        f"--as {KEY}",
        f"--as {RANDOM}",
        f"--on-missing {KEY}",
        f"{KEY}",
        f"--{KEY}",
    ],
)
def test_a_line_with_one_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(CommandError) as error:
        parse_connect(line)
    assert not repeats(error.value)


@pytest.mark.parametrize("line", [f"workspace {KEY}", f"user {RANDOM}", KEY])
def test_disconnecting_refuses_one_as_well(line: str) -> None:
    with pytest.raises(CommandError) as error:
        parse_disconnect(line)
    assert not repeats(error.value)


def test_the_command_does_not_repeat_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([KEY]) == 1
    assert not repeats(capsys.readouterr())


@pytest.mark.parametrize(
    "line",
    [
        "--add workspace basic-plan --title 'Basic auth of ACME' --host *.acme.example",
        "--add user google-calendar-v3-readonly --provider google --client-id "
        "1234-abcdefghijklmnop0123.apps.googleusercontent.com --scope "
        "https://www.googleapis.com/auth/calendar.readonly",
        "--as team-a1b2c3d4-e5f6-4a5b-8c9d-0e1f2a3b4c5d",
    ],
)
def test_an_ordinary_line_is_taken(line: str) -> None:
    assert parse_connect(line).action in ("add", "as")
