"""Taking a connection out of an app file; the rest stays as it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app.read import read_app
from attio_nb.app.write import remove_connection
from attio_nb.errors import AppFileError, UnknownConnectionError

HEAD = '# Ours, with care.\n[app]\nid = "x" # kept\n'
CRM = """
# The CRM, see the wiki.
[[connections]]
owner = "workspace" # shared
key = "crm"
type = "secret"
"""
MAIL = """
# The mailbox.
[[connections]]
owner = "user"
key = "mail"
type = "oauth2"
client_id = "a"
issuer = "https://auth.example.com"
  [connections.authorization_parameters]
  prompt = "consent"
"""
MEMBERS = """
# The people.
[[members]]
id = "ada"
role = "admin"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "attio-app.toml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD + CRM + MAIL + MEMBERS, HEAD + CRM + MEMBERS),
        (HEAD + MAIL + CRM + MEMBERS, HEAD + CRM + MEMBERS),
        (HEAD + MEMBERS + MAIL, HEAD + MEMBERS),
        (HEAD + MEMBERS + MAIL.rstrip(), HEAD + MEMBERS),
        (HEAD + MAIL, HEAD),
        (MAIL.lstrip() + "\n" + HEAD, "# The mailbox.\n" + HEAD),
        (
            HEAD + "[[connections]]" + MAIL.split("[[connections]]")[1],
            HEAD,
        ),
    ],
    ids=["between", "first", "last", "no line end", "alone", "top of the file", "no comment"],
)
def test_its_table_goes_with_the_comment_above_it(file: Path, before: str, after: str) -> None:
    for newline in ("\n", "\r\n"):
        file.write_text(before, encoding="utf-8", newline=newline)
        app = remove_connection(file, "user", "mail")
        assert "mail" not in [each.key for each in app.connections]
        assert file.read_bytes().decode() == after.replace("\n", newline)
        assert read_app(file) == app


ONE = '{ owner = "workspace", type = "secret", key = "a" }'
TWO = '{ owner = "user", type = "secret", key = "mail" }'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"[{ONE}, {TWO}]", f"[{ONE}]"),
        (f"[{TWO}, {ONE}]", f"[{ONE}]"),
        (f"[\n  {ONE},\n  {TWO},\n]", f"[\n  {ONE},\n]"),
        (f"[{TWO}]", "[]"),
        (f"[\n  {TWO},\n]", "[\n  \n]"),
    ],
)
def test_an_inline_table_goes_with_its_comma(file: Path, before: str, after: str) -> None:
    file.write_text(f"connections = {before}\n{HEAD}")
    remove_connection(file, "user", "mail")
    assert file.read_text() == f"connections = {after}\n{HEAD}"


def test_tables_that_stand_apart_go_as_well(file: Path) -> None:
    top, below = MAIL.split("  [connections.auth")
    file.write_text(CRM + top + "\n" + HEAD + "[connections.auth" + below + MEMBERS)
    app = remove_connection(file, "user", "mail")
    assert [each.key for each in app.connections] == ["crm"]
    assert file.read_text() == CRM + "\n" + HEAD + MEMBERS.lstrip()


def test_what_is_not_there_is_told_and_never_taken_for_another(file: Path) -> None:
    text = HEAD + MAIL
    file.write_text(text)
    for owner, key in (("user", None), ("user", "mial"), ("workspace", None)):
        with pytest.raises(UnknownConnectionError):
            remove_connection(file, owner, key)  # type: ignore[arg-type]
    with pytest.raises(AppFileError, match="read-only"):
        remove_connection(file, "user", "mail", is_writable=lambda path: False)
    assert file.read_text() == text
