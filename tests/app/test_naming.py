"""The key of a connection that nobody has given one, and connections without a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition
from attio_nb.app.current import AppFile
from attio_nb.app.naming import new_key
from attio_nb.app.read import read_app
from attio_nb.app.write import add_connection, create_app
from attio_nb.errors import UnknownConnectionError


def key_of(title: str, *hosts: str, taken: tuple[str | None, ...] = ()) -> str:
    there = [ConnectionDefinition(owner="workspace", key=key) for key in taken]
    definition = ConnectionDefinition(owner="workspace", title=title, hosts=hosts)
    return new_key(definition, there)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("Sequencer API key", "sequencer"),
        ("Your mailbox", "mailbox"),
        ("Google Calendar", "google-calendar"),
        ("API key", "api-key"),
        ("Ada's mail", "adas-mail"),
        ("Café & Crème", "cafe-creme"),
        ("1Password", "connection-1password"),
        ("Ключ", "connection"),
        ("  ", "connection"),
        ("🔑", "connection"),
        ("x" * 300, "x" * 40),
        ("word " * 60, "word-word-word-word-word-word-word-word"),
    ],
)
def test_a_key_is_made_of_the_telling_words_of_the_title(title: str, key: str) -> None:
    assert key_of(title) == key


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("api.example.com", "example"),
        ("*.example.co.uk", "example"),
        ("api.example.com:8443", "example"),
        ("127.0.0.1:8080", "connection"),
        ("[::1]", "connection"),
        ("localhost", "connection"),
    ],
)
def test_without_a_title_the_host_makes_the_key(host: str, key: str) -> None:
    assert key_of("", host) == key


def test_a_key_is_unique_for_its_owner_and_its_environment_variables() -> None:
    assert key_of("Mail", taken=("mail",)) == "mail-2"
    assert key_of("Mail", taken=("mail", "MAIL_2")) == "mail-3"
    assert key_of("Mail", taken=(None,)) == "mail"
    other = ConnectionDefinition(owner="user", key="mail")
    assert new_key(ConnectionDefinition(owner="workspace", title="Mail"), [other]) == "mail"


def test_every_new_connection_gets_a_key(tmp_path: Path) -> None:
    title = "Sequencer API key"
    created = create_app(tmp_path, ConnectionDefinition(owner="workspace", title=title))
    assert [each.key for each in created.connections] == ["sequencer"]
    file = tmp_path / "attio-app.toml"
    for owner, key in (("workspace", "sequencer-2"), ("user", "sequencer")):
        app = add_connection(file, ConnectionDefinition(owner=owner, title=title))  # type: ignore[arg-type]
        assert app.connections[-1].key == key
    assert read_app(file) == app
    app = AppFile(lambda: tmp_path).define(ConnectionDefinition(owner="user", key="own"))
    assert app.connections[-1].key == "own"


KEYLESS = """\
[app]
id = "x"
[[connections]]
owner = "workspace"
type = "secret"
title = "The first"
[[connections]]
owner = "workspace"
key = "crm"
type = "secret"
"""


def test_a_connection_without_a_key_stands_beside_others(tmp_path: Path) -> None:
    file = tmp_path / "attio-app.toml"
    file.write_text(KEYLESS)
    app = read_app(file)
    assert app.definition("workspace").title == "The first"
    assert app.definition("workspace", "crm").key == "crm"
    with pytest.raises(UnknownConnectionError, match='There are "crm" and one without a key'):
        app.definition("workspace", "crn")
    app = add_connection(file, ConnectionDefinition(owner="workspace", title="Third"))
    assert app.definition("workspace").title == "The first"


def test_without_one_the_getter_means_the_only_connection_and_asks_which_of_several(
    tmp_path: Path,
) -> None:
    file = tmp_path / "attio-app.toml"
    file.write_text(KEYLESS.replace('title = "The first"', 'key = "first"'))
    app = read_app(file)
    with pytest.raises(UnknownConnectionError, match="Say which one"):
        app.definition("workspace")
    file.write_text(
        KEYLESS.split("[[connections]]\n", 2)[0] + '[[connections]]\nowner = "user"\n'
        'type = "secret"\nkey = "only"\n'
    )
    app = read_app(file)
    assert app.definition("user").key == "only"
    with pytest.raises(UnknownConnectionError, match="without a key"):
        app.exact_definition("user", None)
