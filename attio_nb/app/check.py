"""What an app file must say, may say, and must not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.app.addresses import checked_page
from attio_nb.app.model import App, ConnectionDefinition, Member
from attio_nb.app.naming import new_key
from attio_nb.app.nearest import did_you_mean
from attio_nb.app.oauth2 import OAUTH2_KEYS, check_oauth2, why_not_here
from attio_nb.app.table import Table, described
from attio_nb.app.trial import (
    SCHEMES,
    TEST_KEYS,
    check_account,
    check_on_hosts,
    check_test_header,
    check_test_url,
)

if TYPE_CHECKING:
    from attio_nb.app.document import Document

__all__ = ["CONNECTION_KEYS", "check_app"]

TABLES = {"app": "[app]", "connections": "[[connections]]", "members": "[[members]]"}
APP_KEYS = ("id", "name", "workspace", "on_missing", "prompt_timeout")
CONNECTION_KEYS = ("owner", "key", "type", "title", "help_url", "hosts", *TEST_KEYS)
MEMBER_KEYS = ("id", "role")

LONGEST_PROMPT = 7 * 24 * 60 * 60
"""A week, in seconds: a kernel that waits longer for an answer is one that was forgotten."""


def check_app(document: Document) -> App:
    """Return what a document says, once all of it is right.

    Raises:
        AppFileError: Something in it is not; the first thing found.
    """
    _check_tables(document)
    app = _app_table(document)
    app.allow(APP_KEYS)
    id = app.required_id("id")
    return App(
        id=id,
        name=app.name("name") or id,
        workspace=app.id("workspace") or "local",
        on_missing=app.choice("on_missing", ("ask", "raise")) or "ask",
        prompt_timeout=app.seconds("prompt_timeout", longest=LONGEST_PROMPT) or 600.0,
        connections=_connections(document),
        members=_members(document),
        path=document.path,
    )


def _check_tables(document: Document) -> None:
    for name in document.data:
        if name in TABLES:
            continue
        if name in APP_KEYS and not isinstance(document.data[name], dict | list):
            raise document.error(f'"{name}" stands above every table. Put it below [app].', name)
        hint = did_you_mean(name, TABLES) or f"There are {', '.join(TABLES.values())}."
        raise document.error(f'"{name}" is not a table of an app file. {hint}', name)


def _app_table(document: Document) -> Table:
    value = document.data.get("app")
    if isinstance(value, dict):
        return Table(document, ("app",), "[app]", value)
    if value is None:
        beginning = "this file is empty" if not document.data else "there is no [app] table"
        raise document.error(f'{beginning}. An app file begins with [app] and id = "my-app".')
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        raise document.error("there is one app: write [app], in single brackets.", "app")
    raise document.error(f"app is {described(value)}; it has to be a table: [app].", "app")


def _tables(document: Document, name: str, what: str) -> list[Table]:
    value = document.data.get(name, [])
    if isinstance(value, dict):
        raise document.error(
            f"write [[{name}]], in double brackets: there can be several {name}.", name
        )
    if not isinstance(value, list):
        raise document.error(f"{name} is {described(value)}; it has to be [[{name}]].", name)
    for index, each in enumerate(value):
        if not isinstance(each, dict):
            raise document.error(
                f"{name} holds {described(each)}; each has to be a table: [[{name}]].", name, index
            )
    return [Table(document, (name, index), what, each) for index, each in enumerate(value)]


def _connections(document: Document) -> tuple[ConnectionDefinition, ...]:
    definitions = tuple(map(_connection, _tables(document, "connections", "a connection")))
    _check_variables(document, definitions)
    return definitions


def _connection(table: Table) -> ConnectionDefinition:
    given = table.values.get("type")
    keys = (*CONNECTION_KEYS, *OAUTH2_KEYS) if given == "oauth2" else CONNECTION_KEYS
    table.allow(keys, lambda key: why_not_here(key, given))
    hosts = table.hosts("hosts")
    oauth2 = check_oauth2(table) if given == "oauth2" else None
    if oauth2 and oauth2.userinfo_endpoint:
        check_on_hosts(table, "userinfo_endpoint", oauth2.userinfo_endpoint, hosts)
    return ConnectionDefinition(
        owner=table.required_choice("owner", ("workspace", "user")),
        key=table.key("key"),
        type=table.required_choice("type", ("secret", "oauth2")),
        title=table.name("title"),
        help_url=checked_page(table, "help_url"),
        hosts=hosts,
        oauth2=oauth2,
        test_url=check_test_url(table, hosts),
        test_scheme=table.choice("test_scheme", SCHEMES) or "bearer",
        test_header=check_test_header(table),
        account=check_account(table),
    )


def _check_variables(document: Document, definitions: tuple[ConnectionDefinition, ...]) -> None:
    seen: dict[str, int] = {}
    for index, each in enumerate(definitions):
        for variable in each.environment_variables:
            first = seen.setdefault(variable, index)
            if first != index:
                where = _in_line(document.line("connections", first, "key"))
                clash = _clash(definitions[first], each, variable, where)
                raise document.error(clash, "connections", index, "key")


def _clash(
    first: ConnectionDefinition, second: ConnectionDefinition, variable: str, where: str
) -> str:
    """Return why two connections cannot stand side by side, as a sentence."""
    if first.key == second.key:
        if second.key is None:
            return (
                f"there is a {second.owner} connection without a key already{where}. Give this "
                f'one a key, such as key = "{new_key(second, (first,))}".'
            )
        return (
            f'there is a {second.owner} connection with the key "{second.key}" already{where}. '
            "Choose another key."
        )
    keys = [f'"{each.key}"' if each.key else "no key" for each in (second, first)]
    return (
        f"{keys[0]} is too near to {keys[1]}{where}: both would be read from the environment "
        f"variable {variable}. Choose another key."
    )


def _members(document: Document) -> tuple[Member, ...]:
    members: dict[str, int] = {}
    checked = []
    for index, table in enumerate(_tables(document, "members", "a member")):
        table.allow(MEMBER_KEYS)
        id = table.required_text("id")
        if id in members:
            where = _in_line(document.line("members", members[id], "id"))
            raise table.error(f'"{id}" is a member already{where}. Remove one of the two.', "id")
        members[id] = index
        checked.append(Member(id, table.required_choice("role", ("admin", "member"))))
    return tuple(checked)


def _in_line(line: int | None) -> str:
    return f" (line {line})" if line else ""
