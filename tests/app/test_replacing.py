"""Changing a connection in the app file: the keys that change, and no other character."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attio_nb.app import App, ConnectionDefinition, OAuth2, read_app, replace_connection
from attio_nb.app.current import AppFile
from attio_nb.app.places import find_places
from attio_nb.app.written import ALTERNATIVES
from attio_nb.errors import AppFileError, UnknownConnectionError

PLAIN = """\
# Ours, with care.
[app]
id="x"   # kept apart

[[connections]]  # first
  key = 'crm'    # the key
  owner = "workspace"
  title = 'C:\\old'  # what prompts show
  type = "secret" # last of it
# about members
[[members]]
id = "ada"
role = "admin"

# about mail
[[connections]]
type = "secret"
owner = "user"
key = "mail"
hosts = [ # where it may go
  "a.example", # the first
  'b.example'  # the second
]
# end"""
SIGNED_IN = """\
[app]
id = "x"

[[ connections ]] # [[connections]]
owner = "user"
"key" = "one"
type = \"\"\"oauth2\"\"\"
issuer = '''https://a.example'''   # the issuer
client_id = "a" # ours
client_authentication = "none" # says nothing
redirect_host = "127.0.0.1"
expires_in = 3600.0  # an hour
scopes = ["read", 'write']
authorization_parameters = { prompt = 'consent', access_type="offline" } # both

[[connections]]
owner = "user"
key = "two"
type = "oauth2"
authorization_endpoint = "https://a.example/authorize"
authorization_parameters . prompt = 'consent' # asks
token_endpoint = "https://a.example/token"
client_id = "b"
authorization_parameters."access.type" = "offline"
# about the next

[[connections]]
owner = "user"
key = "three"
type = "oauth2"
title = \"\"\"\\
  Three \\
  of them\"\"\"
issuer = "https://a.example"
client_id = "c"
hosts = []

[[members]]
id = "ada"
role = "admin"

[connections.authorization_parameters] # of three
# why
prompt = 'consent' # asks

[[connections]]
owner = "workspace"
type = "oauth2"
client_id = "d"
issuer = "https://a.example"
[connections.authorization_parameters]
prompt = "consent"
"""
IN_BRACKETS = """\
connections = [
  # the first
  {owner = "user", type = "secret", key = "one", hosts = [ "a.example", # why
    "b.example" ]}, # one
  { title = 'Two', key = 'two', type = 'oauth2', client_id = 'a', issuer = 'https://a.example',\
 owner = 'user', authorization_parameters.prompt = "consent" } ,
  {owner = "user", type = "oauth2", key = "three", client_id = "a", issuer = "https://a.example",\
 authorization_parameters = {prompt = "consent"}, scopes = ["read"]},
  {owner = "workspace", type = "secret"}
]
members = [{id = "ada", role = "admin"}]
[app]
id = "x"
"""
TEXTS = {
    "plain": PLAIN,
    "signed in": SIGNED_IN,
    "in brackets": IN_BRACKETS,
    "without an end": PLAIN.removesuffix("\n# end"),
    "closed up, with tabs": SIGNED_IN.replace("\n\n", "\n\t").removesuffix("\n"),
}
ODD_FILES = {name: text.encode() for name, text in TEXTS.items()} | {
    f"{name}, by another editor": TEXTS[name].replace("\n", "\r\n").encode("utf-8-sig")
    for name in ("plain", "signed in", "in brackets")
}
EACH_FILE = pytest.mark.parametrize("content", ODD_FILES.values(), ids=ODD_FILES)

EVERYTHING = OAuth2(
    client_id="a",
    issuer="https://a.example",
    client_authentication="client_secret_post",
    scopes=("read",),
    scope_separator=",",
    authorization_parameters=(("prompt", "consent"),),
    redirect_ports=(8723,),
    expires_in=0.5,
)
BOTH: dict[str, tuple[Any, ...]] = {
    "title": ("", "Another", 'A "title": C:\\ 👋'),
    "help_url": ("", "https://help.example/"),
    "hosts": (
        (),
        ("a.example",),
        ("b.example",),
        ("b.example", "a.example"),
        ("a.example", "b.example", "c.example"),
        ("c.example", "d.example:80"),
    ),
    "test_scheme": ("bearer", "api-key"),
    "test_header": ("", "X-Api-Key"),
}
SIGN_IN: dict[str, tuple[Any, ...]] = {
    "client_id": ("another",),
    "issuer": ("https://b.example",),
    "authorization_endpoint": ("https://b.example/authorize",),
    "client_authentication": ("none", "client_secret_post"),
    "scopes": ((), ("read",), ("write", "read"), ("read", "write", "delete"), ("delete",)),
    "scope_separator": (" ", ","),
    "authorization_parameters": (
        (),
        (("prompt", "consent"),),
        (("prompt", "login"),),
        (("a.b", "c"),),
        (("prompt", "consent"), ("access_type", "online")),
        (("access.type", "offline"), ("prompt", "consent")),
    ),
    "redirect_host": ("127.0.0.1", "localhost"),
    "redirect_ports": ((), (8723,), (8723, 8724)),
    "redirect_path": ("/callback", "", "/back"),
    "redirect_uri": ("", "https://b.example/back"),
    "expires_in": (None, 3600.0, 0.5),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the app file goes."""
    return tmp_path / "attio-app.toml"


def variants(definition: ConnectionDefinition) -> Iterator[tuple[str, ConnectionDefinition]]:
    """The connection with each of its keys changed, one at a time."""
    for name, values in BOTH.items():
        yield from ((name, replace(definition, **{name: value})) for value in values)
    oauth2 = definition.oauth2
    if oauth2 is not None:
        for name, values in SIGN_IN.items():
            for value in values:
                yield name, replace(definition, oauth2=replace(oauth2, **{name: value}))


def same(one: ConnectionDefinition, other: ConnectionDefinition) -> bool:
    """Whether two connections mean the same: parameters do in any order."""

    def plain(definition: ConnectionDefinition) -> ConnectionDefinition:
        oauth2 = definition.oauth2
        if oauth2 is None:
            return definition
        parameters = tuple(sorted(oauth2.authorization_parameters))
        return replace(definition, oauth2=replace(oauth2, authorization_parameters=parameters))

    return plain(one) == plain(other)


def changed(file: Path, definition: ConnectionDefinition) -> App:
    return replace_connection(file, definition.owner, definition.key, definition)


@EACH_FILE
def test_nothing_changes_where_nothing_is_changed(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    before = read_app(file)
    for definition in before.connections:
        assert changed(file, definition) == before
    assert file.read_bytes() == content


@EACH_FILE
def test_each_key_can_be_changed_and_nothing_else_changes_with_it(
    file: Path, content: bytes
) -> None:
    file.write_bytes(content)
    before = read_app(file)
    tried = 0
    for index, definition in enumerate(before.connections):
        for name, variant in variants(definition):
            app = changed(file, variant)
            others = (*before.connections[:index], variant, *before.connections[index + 1 :])
            assert all(map(same, app.connections, others)), variant
            assert replace(app, connections=()) == replace(before, connections=())
            assert read_app(file) == app
            assert_only_its_lines_changed(content, file.read_bytes(), index, name)
            file.write_bytes(content)
            tried += 1
    assert tried >= 30


def assert_only_its_lines_changed(before: bytes, after: bytes, index: int, name: str) -> None:
    """Hold that what went and what came is about one key, with what may not stand beside it."""
    assert after.startswith(b"\xef\xbb\xbf") is before.startswith(b"\xef\xbb\xbf")
    if b"\r\n" in before:
        assert after.count(b"\n") == after.count(b"\r\n")
    assert rest(before, index, name) == rest(after, index, name)


def rest(content: bytes, index: int, name: str) -> list[str]:
    """The lines of a file without those of one key; or without one connection in brackets."""
    text = content.decode("utf-8-sig")
    statements = find_places(text).statements
    inline = [each for each in statements if each.table == ("connections", index)]
    if all(each.is_inline for each in inline):
        start, end = inline[0].start, max(each.end for each in inline)
        return (text[: text.rindex("{", 0, start)] + text[text.index("}", end) :]).splitlines()
    gone: set[int] = set()
    for each in statements:
        if each.place[:2] == ("connections", index) and each.place[2:3] in (
            (name,),
            *((other,) for other in ALTERNATIVES.get(name, ())),
        ):
            first, last = (text.count("\n", 0, at) for at in (each.start, each.end))
            gone.update(range(first, last + 1))
    return [line for number, line in enumerate(text.splitlines()) if number not in gone]


@EACH_FILE
def test_a_secret_becomes_a_sign_in_and_back(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    before = read_app(file)
    for index, definition in enumerate(before.connections):
        file.write_bytes(content)
        if definition.oauth2 is None:
            sign_in = replace(definition, type="oauth2", oauth2=EVERYTHING)
            assert same(changed(file, sign_in).connections[index], sign_in)
            changed(file, definition)
            assert file.read_bytes().rstrip() == content.rstrip()
        else:
            secret = replace(definition, type="secret", oauth2=None)
            assert changed(file, secret).connections[index] == secret
            changed(file, definition)
        assert all(map(same, read_app(file).connections, before.connections))


class TestWhereAKeyGoes:
    def test_a_new_key_comes_after_the_last_one_and_what_is_said_of_that(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        crm = replace(read_app(file).definition("workspace"), help_url="https://help.example/")
        changed(file, crm)
        last = '  type = "secret" # last of it\n'
        assert file.read_text(encoding="utf-8") == PLAIN.replace(
            last, f'{last}  help_url = "https://help.example/"\n'
        )

    def test_one_that_is_taken_out_takes_along_what_stands_behind_it(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        changed(file, replace(read_app(file).definition("workspace"), title=""))
        assert file.read_text(encoding="utf-8") == PLAIN.replace(
            "  title = 'C:\\old'  # what prompts show\n", ""
        )

    def test_a_new_key_does_not_slip_into_a_table_below(self, file: Path) -> None:
        file.write_text(SIGNED_IN, encoding="utf-8", newline="")
        three = read_app(file).definition("user", "three")
        changed(file, replace(three, help_url="https://help.example/"))
        assert file.read_text(encoding="utf-8") == SIGNED_IN.replace(
            "hosts = []\n", 'hosts = []\nhelp_url = "https://help.example/"\n'
        )

    def test_a_parameter_goes_where_the_others_are(self, file: Path) -> None:
        file.write_text(SIGNED_IN, encoding="utf-8", newline="")
        three = read_app(file).definition("user", "three")
        assert three.oauth2 is not None
        parameters = (("prompt", "consent"), ("a.b", "c"))
        oauth2 = replace(three.oauth2, authorization_parameters=parameters)
        changed(file, replace(three, oauth2=oauth2))
        assert file.read_text(encoding="utf-8") == SIGNED_IN.replace(
            "prompt = 'consent' # asks\n\n", 'prompt = \'consent\' # asks\n"a.b" = "c"\n\n'
        )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("authorization_parameters = {} # none", 'authorization_parameters = {a = "b"} # none'),
            (
                "[connections.authorization_parameters] # none\n# yet",
                '[connections.authorization_parameters] # none\na = "b"\n# yet',
            ),
            ("# none", 'authorization_parameters = {a = "b"}\n# none'),
        ],
    )
    def test_a_first_parameter_goes_where_there_is_room_for_it(
        self, file: Path, before: str, after: str
    ) -> None:
        head = (
            '[app]\nid = "x"\n[[connections]]\nowner = "user"\ntype = "oauth2"\n'
            'issuer = "https://a.example"\nclient_id = "a"\n'
        )
        file.write_text(head + before, encoding="utf-8")
        (definition,) = read_app(file).connections
        assert definition.oauth2 is not None
        oauth2 = replace(definition.oauth2, authorization_parameters=(("a", "b"),))
        changed(file, replace(definition, oauth2=oauth2))
        assert file.read_text(encoding="utf-8") == head + after

    def test_elements_that_stay_keep_what_is_said_of_them(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        mail = read_app(file).definition("user")
        changed(file, replace(mail, hosts=("c.example", "b.example")))
        assert "\n  \"c.example\",\n  'b.example'  # the second\n]\n# end" in file.read_text(
            encoding="utf-8"
        )


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("definition", "name", "said"),
        [
            (ConnectionDefinition(owner="user", key="crm"), "owner", "stays as it is"),
            (ConnectionDefinition(owner="workspace"), "key", "or write another key"),
            (ConnectionDefinition(owner="workspace", key="1"), "key", "begin with a letter"),
        ],
    )
    def test_another_owner_or_no_key(
        self, file: Path, definition: ConnectionDefinition, name: str, said: str
    ) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        with pytest.raises(AppFileError, match=said) as error:
            replace_connection(file, "workspace", "crm", definition)
        assert error.value.place == ("connections", 0, name)
        assert error.value.line is None
        assert file.read_text(encoding="utf-8") == PLAIN

    def test_a_connection_that_is_not_there(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        gone = ConnectionDefinition(owner="user", key="mial")
        with pytest.raises(UnknownConnectionError, match='Did you mean "mail"'):
            changed(file, gone)

    def test_what_is_wrong_and_the_file_stays(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        wrong = replace(read_app(file).definition("user"), hosts=("a.example", "https://a"))
        with pytest.raises(AppFileError, match=r"^attio-app.toml: hosts holds") as error:
            changed(file, wrong)
        assert error.value.place == ("connections", 1, "hosts", 1)
        assert file.read_text(encoding="utf-8") == PLAIN

    def test_a_file_that_was_wrong_before_is_told_with_its_line(self, file: Path) -> None:
        file.write_text(f"{PLAIN}\ntitel = 1", encoding="utf-8")
        with pytest.raises(AppFileError, match=r"line 25: .*Did you mean \"title\""):
            changed(file, ConnectionDefinition(owner="user", key="mail"))

    def test_a_file_that_is_gone(self, file: Path) -> None:
        with pytest.raises(AppFileError, match="there is no such file in the folder"):
            changed(file, ConnectionDefinition(owner="user", key="mail"))


class TestOthersWhoWrite:
    def test_writers_at_the_same_time_lose_nothing(self, file: Path) -> None:
        names = [f"k{number}" for number in range(12)]
        tables = (
            f'[[connections]] # {name}\nowner = "user"\ntype = "secret"\nkey = "{name}"\n'
            for name in names
        )
        file.write_text('[app]\nid = "x"\n' + "".join(tables), encoding="utf-8")
        errors: list[BaseException] = []

        def entitle(name: str) -> None:
            try:
                changed(file, ConnectionDefinition(owner="user", key=name, title=name.upper()))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=entitle, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert [each.title for each in read_app(file).connections] == [
            name.upper() for name in names
        ]

    def test_what_an_editor_saves_meanwhile_is_not_lost(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")

        class Hosts(tuple[str, ...]):
            """Hosts, during whose reading an editor saves the file, once."""

            def __iter__(self) -> Iterator[str]:
                if file.read_text(encoding="utf-8") == PLAIN:
                    file.write_text(f"{PLAIN}\n# saved meanwhile\n", encoding="utf-8")
                return super().__iter__()

        hosts = Hosts(("a.example", "c.example"))
        changed(file, ConnectionDefinition(owner="user", key="mail", hosts=hosts))
        assert file.read_text(encoding="utf-8").endswith("# saved meanwhile\n")
        assert read_app(file).definition("user").hosts == ("a.example", "c.example")


class TestTheAppFileOfAProcess:
    def test_it_is_changed_and_read_anew(self, file: Path) -> None:
        file.write_text(PLAIN, encoding="utf-8", newline="")
        app_file = AppFile(lambda: file.parent)
        assert app_file.app() is not None
        app_file.redefine("user", None, ConnectionDefinition(owner="user", key="mail", title="New"))
        app = app_file.app()
        assert app is not None
        assert app.definition("user").title == "New"

    def test_without_a_file_there_is_nothing_to_change(self, tmp_path: Path) -> None:
        with pytest.raises(UnknownConnectionError, match=r"No attio-app\.toml was found in"):
            AppFile(lambda: tmp_path).redefine("user", None, ConnectionDefinition(owner="user"))


class TestElements:
    HEAD = '[app]\nid = "x"\n[[connections]]\nowner = "user"\ntype = "secret"\n'

    def with_hosts(self, file: Path, before: str, hosts: tuple[str, ...], newline: str) -> str:
        text = f"{self.HEAD}hosts = {before} # ours\n# end\n".replace("\n", newline)
        file.write_text(text, encoding="utf-8", newline="")
        (definition,) = read_app(file).connections
        wanted = replace(definition, hosts=hosts)
        assert changed(file, wanted).connections == (wanted,)
        assert read_app(file).connections == (wanted,)
        after = file.read_bytes().decode()
        assert after.count("\n") == after.count(newline)
        head, _, rest = after.replace(newline, "\n").partition("hosts = ")
        assert head == self.HEAD
        assert rest.endswith(" # ours\n# end\n")
        return rest.removesuffix(" # ours\n# end\n")

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('["a" # x\n # end\n]', '["a", # x\n  "c"\n # end\n]'),
            ('["a"\n # "b"\n]', '["a", "c"\n # "b"\n]'),
            ('[\n  "a" # x, y\n  # end,\n]', '[\n  "a", # x, y\n  "c"\n  # end,\n]'),
            ('[\n  "a", # x\n  # end\n]', '[\n  "a", # x\n  "c",\n  # end\n]'),
            ('["a" # x\n]', '["a", # x\n  "c"\n]'),
            ("['a' , ]", "['a' , \"c\", ]"),
            ("['a'\n, # x\n]", "['a'\n, # x\n  \"c\",\n]"),
        ],
    )
    def test_a_new_one_comes_behind_the_others_and_the_comments_stay(
        self, file: Path, before: str, after: str, newline: str
    ) -> None:
        assert self.with_hosts(file, before, ("a", "c"), newline) == after

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize(
        ("hosts", "after"),
        [
            (("c", "a", "b"), '[ # why\n  "c",\n  "a", # x\n  "b" # y\n  # end\n]'),
            (("a", "c", "b"), '[ # why\n  "a", # x\n  "c",\n  "b" # y\n  # end\n]'),
            (("a", "b", "c", "d"), '[ # why\n  "a", # x\n  "b", # y\n  "c",\n  "d"\n  # end\n]'),
            (("c", "b", "d"), '[ # why\n  "c",\n  "b", # y\n  "d"\n  # end\n]'),
            (("b", "a"), '["b", "a"]'),
        ],
    )
    def test_it_goes_where_it_is_wanted(
        self, file: Path, hosts: tuple[str, ...], after: str, newline: str
    ) -> None:
        before = '[ # why\n  "a", # x\n  "b" # y\n  # end\n]'
        assert self.with_hosts(file, before, hosts, newline) == after

    def test_none_is_lost_in_a_comment(self, file: Path) -> None:
        after = self.with_hosts(file, '["a", "b" # x\n]', ("a", "b", "c"), "\n")
        assert after == '["a", "b", # x\n  "c"\n]'

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("[ ]", '["c"]'),
            ("[\n]", '[\n  "c"\n]'),
            ("[ # none\n  # yet\n]", '[ # none\n  # yet\n  "c"\n]'),
        ],
    )
    def test_a_first_one_goes_below_what_is_said_of_it(
        self, file: Path, before: str, after: str
    ) -> None:
        assert self.with_hosts(file, before, ("c",), "\n") == after
