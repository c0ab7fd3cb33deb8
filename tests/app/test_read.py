"""Reading the app file: what it may say, and what is told to whoever wrote something else."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb.app import (
    App,
    ConnectionDefinition,
    Member,
    add_connection,
    find_app_file,
    read_app,
    replace_connection,
)
from attio_nb.app.draft import draft_connection
from attio_nb.errors import AppFileError

APP = '[app]\nid = "x"\n'
CONNECTION = '[[connections]]\nowner = "workspace"\ntype = "secret"\n'
COMPLETE = """
[app]
id = "add-to-sequence"
name = "Add to sequence"
workspace = "acme"
on_missing = "raise"
prompt_timeout = 60

[[connections]]
owner = "workspace"
key = "sequencer"
type = "secret"
title = "Sequencer API key"
help_url = "https://example.com/api-keys?tab=1"
hosts = ["api.example.com", "*.example.org", "localhost:8787", "[::1]:8787", "münchen.example"]

[[connections]]
owner = "user"
type = "secret"

[[members]]
id = "ada@example.com"
role = "admin"

[[members]]
id = "Bob the builder"
role = "member"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the app file goes."""
    return tmp_path / "attio-app.toml"


def read(file: Path, text: str) -> App:
    file.write_text(text, encoding="utf-8", newline="")
    return read_app(file)


def complaint(file: Path, text: str) -> str:
    with pytest.raises(AppFileError) as error:
        read(file, text)
    return str(error.value)


class TestWhatItMaySay:
    def test_everything(self, file: Path) -> None:
        assert read(file, COMPLETE) == App(
            id="add-to-sequence",
            name="Add to sequence",
            workspace="acme",
            on_missing="raise",
            prompt_timeout=60.0,
            connections=(
                ConnectionDefinition(
                    owner="workspace",
                    key="sequencer",
                    type="secret",
                    title="Sequencer API key",
                    help_url="https://example.com/api-keys?tab=1",
                    hosts=(
                        "api.example.com",
                        "*.example.org",
                        "localhost:8787",
                        "[::1]:8787",
                        "münchen.example",
                    ),
                ),
                ConnectionDefinition(owner="user"),
            ),
            members=(Member("ada@example.com", "admin"), Member("Bob the builder", "member")),
            path=file,
        )

    def test_no_more_than_an_id(self, file: Path) -> None:
        assert read(file, '[app]\nid = "x"') == App(id="x", name="x", path=file)

    def test_the_same_in_other_forms_of_toml(self, file: Path) -> None:
        app = read(
            file,
            'app.id = "x"\nconnections = [{owner = \'user\', "type" = """secret"""}]\n'
            'members = [\n{id = "ada", role = "admin"},\n]\n',
        )
        assert app.connections == (ConnectionDefinition(owner="user"),)
        assert app.members == (Member("ada", "admin"),)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_the_same_as_other_editors_save_it(
        self, file: Path, encoding: str, newline: str
    ) -> None:
        file.write_bytes(COMPLETE.replace("\n", newline).encode(encoding))
        assert len(read_app(file).connections) == 2


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("", None, ["empty", "[app]", 'id = "my-app"']),
        ("# only this\n", None, ["empty"]),
        (CONNECTION, None, ["no [app] table"]),
        ('[app]\nname = "x"', 1, ["[app] needs id", 'id = "my-app"']),
        ('id = "x"\n' + APP, 1, ['"id" stands above every table']),
        ('[[app]]\nid = "x"', 1, ["one app: write [app]"]),
        ("app = 3", 1, ["app is an integer", "[app]"]),
        ('\n[ap]\nid = "x"', 2, ['"ap"', 'Did you mean "app"?']),
        (APP + "[connection]", 3, ['"connection"', 'Did you mean "connections"?']),
        (APP + "[tools]", 3, ['"tools"', "[app], [[connections]], [[members]]"]),
        (APP + '[connections]\nowner = "user"', 3, ["write [[connections]]"]),
        (APP + '[members]\nid = "ada"', 3, ["write [[members]]"]),
        ("connections = 5\n" + APP, 1, ["connections is an integer", "[[connections]]"]),
        ("members = ['ada']\n" + APP, 1, ["holds a string", "[[members]]"]),
        (APP + "members = ['ada']", 3, ["not a key of [app]", "[[members]]"]),
        (APP + "[app.sub]\na = 1", 3, ['"sub" is not a key of [app]']),
        (APP + "[[connections]]\n[connections.a]\nb = 1", 4, ['"a" is not a key']),
    ],
)
def test_a_table_that_is_wrong_is_told(
    file: Path, text: str, line: int | None, parts: list[str]
) -> None:
    assert_told(complaint(file, text), line, parts)


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('titel = "x"', 6, ['"titel" is not a key of a connection', 'Did you mean "title"?']),
        ('helpUrl = "x"', 6, ['Did you mean "help_url"?']),
        ('help-url = "x"', 6, ['Did you mean "help_url"?']),
        ('colour = "x"', 6, ["It has owner, key, type, title, help_url, hosts, test_url,"]),
        ('api_key = "sk_live"', 6, ["No value stands in this file", "%connect"]),
        ('Value = "sk_live"', 6, ["No value stands in this file", "%connect"]),
        ("title = 5", 6, ["title is an integer", "a string", 'title = "Sequencer API key"']),
        ("title = true", 6, ["title is a boolean"]),
        ("title = 1.5", 6, ["title is a float"]),
        ("title = 2026-01-01", 6, ["title is a date;"]),
        ("title = 2026-01-01T00:00:00Z", 6, ["title is a date-time;"]),
        ("title = 07:32:00", 6, ["title is a time;"]),
        ("title = []", 6, ["title is an array"]),
        ("title = {}", 6, ["title is a table"]),
        ('title = ""', 6, ["title is empty"]),
        ('title = " x"', 6, ["begins or ends with a space"]),
        ('title = "a\\nb"', 6, ["U+000A"]),
        ('title = "a\\u202Eb"', 6, ["U+202E"]),
        ('hosts = "api.example.com"', 6, ["hosts is a string", "an array", '["api.example.com"]']),
        ('hosts = [\n  "a.example",\n  5,\n]', 8, ["holds an integer"]),
        ('hosts = [\n\n"https://u:sk_live@api.example.com/v1"]', 8, ['only "api.example.com"']),
        ('hosts = ["api.example.com/v1"]', 6, ['only "api.example.com"']),
        ('hosts = ["*"]', 6, ['a "*" that is not at the start']),
        ('hosts = ["api.*.com"]', 6, ['a "*" that is not at the start']),
        ('hosts = ["*.com"]', 6, ["half the internet"]),
        ('hosts = ["*.0.0.1"]', 6, ["IP addresses have no domains"]),
        ('hosts = ["*.0.1.:80"]', 6, ["IP addresses have no domains"]),
        ('hosts = ["*.[2.3.4]"]', 6, ["IP addresses have no domains"]),
        ('hosts = ["a.example:99999"]', 6, ["the port 99999"]),
        ('hosts = ["a.example:0"]', 6, ["the port 0"]),
        ('hosts = ["a b"]', 6, ["no host"]),
        (f"hosts = {[f'h{n}.example' for n in range(101)]}", 6, ["101 hosts", "at most 100"]),
        (f"hosts = ['{'a.' * 130}example']", 6, ["more than 253 characters"]),
        (f"title = '{'a' * 301}'", 6, ["title is too long", "300 characters"]),
        (f"help_url = 'https://a.example/{'a' * 2000}'", 6, ["too long", "2000 characters"]),
        ('test_scheme = "a\\nok"', 6, [r"a\u000aok"]),
        ('hosts = ["stra\u00dfe.example"]', 6, ["read as different hosts"]),
        ('hosts = ["\uff41.example"]', 6, ["read as different hosts"]),
        ('hosts = ["a\u3002example"]', 6, ["no host"]),
        ('hosts = ["a..b"]', 6, ["no host"]),
        ('hosts = ["http://[::1"]', 6, ["no host"]),
        ('help_url = "example.com"', 6, ["the address of a web page"]),
        ('help_url = "javascript:alert(1)"', 6, ["the address of a web page"]),
        ('help_url = "https://["', 6, ["the address of a web page"]),
        ('key = "1a"', 6, ['key = "1a"', "begin with a letter"]),
        ('key = "a b"', 6, ["begin with a letter"]),
        ('key = "ä"', 6, ["begin with a letter"]),
    ],
)
def test_a_key_of_a_connection_that_is_wrong_is_told(
    file: Path, text: str, line: int, parts: list[str]
) -> None:
    message = complaint(file, APP + CONNECTION + text)
    assert_told(message, line, parts)
    assert "sk_live" not in message


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('owner = "workspce"', 4, ['"workspace" or "user"', 'Did you mean "workspace"?']),
        ('owner = "user"', 3, ["a connection needs type", 'type = "secret"']),
        ('type = "secret"', 3, ["a connection needs owner", 'owner = "workspace"']),
        ('owner = "user"\ntype = "secrets"', 5, ['has to be "secret" or "oauth2"']),
    ],
)
def test_a_connection_without_a_right_owner_and_type_is_told(
    file: Path, text: str, line: int, parts: list[str]
) -> None:
    assert_told(complaint(file, f"{APP}[[connections]]\n{text}"), line, parts)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[app", ()),
        ('[app]\nname = "x"', ("app", "id")),
        (APP + 'names = "x"', ("app", "names")),
        (APP + CONNECTION + 'title = ""', ("connections", 0, "title")),
        (APP + CONNECTION + "hosts = ['a', 5]", ("connections", 0, "hosts", 1)),
        (APP + "[[connections]]\nowner = 'user'", ("connections", 0, "type")),
        (APP + CONNECTION + CONNECTION, ("connections", 1, "key")),
        (
            APP + "[[connections]]\nowner = 'user'\ntype = 'oauth2'\nclient_id = 'a'",
            ("connections", 0, "issuer"),
        ),
        (APP + "[[members]]\nid = 'a'\nrole = 'b'", ("members", 0, "role")),
    ],
)
def test_an_error_says_the_way_to_what_is_at_fault(
    file: Path, text: str, place: tuple[str | int, ...]
) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AppFileError) as error:
        read_app(file)
    assert error.value.place == place
    assert str(error.value).endswith(f": {error.value.problem}")


@pytest.mark.parametrize("text", ["{owner = 'user'}", "\n{owner = 'user'},\n"])
def test_what_is_missing_from_an_inline_table_is_told_with_the_line_of_that(
    file: Path, text: str
) -> None:
    message = complaint(file, f"connections = [{text}]\n{APP}")
    assert_told(message, 1 + text.startswith("\n"), ["a connection needs type"])


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        (
            f'{CONNECTION}key = "a"\n{CONNECTION}key = "a"',
            10,
            ['a workspace connection with the key "a" already (line 6)'],
        ),
        (
            f'{CONNECTION}key = "a-b"\n{CONNECTION}key = "A_B"',
            10,
            ['"A_B" is too near to "a-b" (line 6)', "ATTIO_NB_WORKSPACE_CONNECTION__A_B"],
        ),
        (CONNECTION * 2, 6, ["connection without a key already (line 3)", "key = "]),
        (f'{CONNECTION}{CONNECTION}title = "Mail"\n', 6, ['such as key = "mail"']),
    ],
)
def test_connections_that_could_be_taken_for_each_other_are_told(
    file: Path, text: str, line: int, parts: list[str]
) -> None:
    assert_told(complaint(file, APP + text), line, parts)


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('workspace = "a b"', 3, ["letters, digits"]),
        (f'workspace = "{"a" * 101}"', 3, ["up to 100"]),
        ('on_missing = "rais"', 3, ['"ask" or "raise"', 'Did you mean "raise"?']),
        ('prompt_timeout = "600"', 3, ["is a string", "a number of seconds"]),
        ("prompt_timeout = true", 3, ["is a boolean"]),
        ("prompt_timeout = 0", 3, ["more than 0"]),
        ("prompt_timeout = -0.5", 3, ["more than 0"]),
        ("prompt_timeout = inf", 3, ["at most 604800"]),
        (f"prompt_timeout = 0x{'f' * 5000}", 3, ["prompt_timeout has to be", "at most 604800"]),
        ("prompt_timeout = nan", 3, ["more than 0"]),
        ('[[members]]\nid = "ada"', 3, ["a member needs role"]),
        ('[[members]]\nid = "ada"\nrole = "owner"', 5, ['"admin" or "member"']),
        ('[[members]]\nid = "ada"\nadmin = true', 5, ["It has id, role."]),
        (
            '[[members]]\nid = "a"\nrole = "admin"\n\n[[members]]\nid = "a"\nrole = "member"',
            8,
            ['"a" is a member already (line 4)'],
        ),
    ],
)
def test_what_is_wrong_with_app_and_members_is_told(
    file: Path, text: str, line: int, parts: list[str]
) -> None:
    assert_told(complaint(file, APP + text), line, parts)


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("owner = workspace", 4, ['Text stands in quotes: owner = "workspace"']),
        ("owner: user", 4, ['has the form key = "value"']),
        ('owner = "user', 4, ["A closing quote is missing"]),
        ('owner = "user\ntype = "secret"', 4, ["A closing quote is missing"]),
        ("owner = “user”", 4, ["Quotes are straight"]),  # what editors make
        ('owner = "C:\\dir"', 4, ["a backslash is written twice"]),
        ('owner = "C:\\users"', 4, ["a backslash is written twice"]),
        ('title = """a\n\n\nb', 4, ["A closing quote is missing"]),
        ('hosts = ["a",\n"b"\ntype = "secret"', 4, ["A closing bracket is missing"]),
        ('hosts = ["a",\n\n', 4, ["not TOML"]),
        ("[[connections]", 4, ["closes as it opens"]),
        ('owner = "user"\n\nowner = "user"', 6, ["owner is set here again", "line 4"]),
        ('[app]\nname = "y"', 4, ["[app] stands here again", "line 1"]),
        ("[connections]", 4, ["stands here again", "line 3", "[[connections]]"]),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_is_no_toml_is_told_with_a_hint(
    file: Path, text: str, line: int, parts: list[str], newline: str
) -> None:
    message = complaint(file, f"{APP}[[connections]]\n{text}".replace("\n", newline))
    assert_told(message, line, parts)


def test_single_brackets_above_double_ones_are_told(file: Path) -> None:
    message = complaint(file, f'{APP}[connections]\nowner = "user"\n{CONNECTION}')
    assert_told(message, 5, ["line 3", "[[connections]]"])


def test_a_hundred_thousand_brackets_are_an_error_and_no_crash(file: Path) -> None:
    assert "nested too deeply" in complaint(file, "a = " + "[" * 100_000)


LONG = "9" * (sys.get_int_max_str_digits() + 1)


class TestAnIntegerThatIsTooLong:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            (f"prompt_timeout = {LONG}", 3),
            (f"prompt_timeout = -{LONG}\nname = 'x'", 3),
            (f"prompt_timeout = {'1_' * len(LONG)}0", 3),
            # None of these is an integer, though each of them is as long.
            (f'# {LONG}\nname = "{LONG}"\nother = {LONG}.5\nprompt_timeout = {LONG}\n[', 6),
            (f"{CONNECTION}redirect_ports = [\n  1,\n  {LONG},\n]\n", 8),
            (f'name = """\n{LONG}\n"""\nmembers = [{{id = {LONG}}}]', 6),
        ],
    )
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_is_told_with_its_line(self, file: Path, text: str, line: int, newline: str) -> None:
        message = complaint(file, (APP + text).replace("\n", newline))
        assert_told(message, line, [f"more than {len(LONG) - 1} digits", "in quotes"])
        assert "99" not in message

    @pytest.mark.parametrize(
        "use",
        [
            lambda file: draft_connection(file.read_text(), file, {"owner": "user"}, None),
            lambda file: draft_connection(
                file.read_text(), file, {"owner": "user"}, ("workspace", None)
            ),
            lambda file: add_connection(file, ConnectionDefinition(owner="user")),
            lambda file: replace_connection(
                file, "workspace", None, ConnectionDefinition(owner="workspace", title="x")
            ),
        ],
        ids=["draft", "draft of a change", "add", "change"],
    )
    def test_is_told_to_whoever_uses_the_file_and_nothing_is_written(
        self, file: Path, use: Callable[[Path], object]
    ) -> None:
        text = f"{APP}{CONNECTION}title = {LONG}\n"
        file.write_text(text)
        with pytest.raises(AppFileError, match=r"^attio-app.toml, line 6: an integer here has"):
            use(file)
        assert file.read_text() == text


class TestAFileThatCannotBeRead:
    def test_one_that_is_not_there_is_told(self, file: Path) -> None:
        with pytest.raises(
            AppFileError, match=r"^attio-app.toml: there is no such file in the folder "
        ):
            read_app(file)

    def test_the_folder_of_a_relative_path_is_named_in_full(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(file.parent)
        with pytest.raises(AppFileError, match=re.escape(f"in the folder {Path.cwd()}.")):
            read_app(Path("attio-app.toml"))

    def test_a_directory_of_that_name_is_told(self, file: Path) -> None:
        file.mkdir()
        with pytest.raises(AppFileError, match=r"^attio-app.toml: this is a directory"):
            read_app(file)

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes.")
    def test_a_pipe_of_that_name_is_told_and_not_waited_for(self, file: Path) -> None:
        os.mkfifo(file)
        with pytest.raises(AppFileError, match=r"^attio-app.toml: this is a pipe or a device"):
            read_app(file)

    def test_a_link_to_nothing_is_told(self, file: Path) -> None:
        make_link(file, file.with_name("gone.toml"))
        with pytest.raises(AppFileError, match=r"this is a link to .*gone.toml"):
            read_app(file)

    def test_any_other_reason_is_told(self, file: Path) -> None:
        file.touch()
        # Linux and macOS say that the parent is no directory, Windows that the file is not there.
        with pytest.raises(AppFileError, match=r"cannot be read: Not a|there is no such file"):
            read_app(file / "attio-app.toml")

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_is_told(self, file: Path, encoding: str) -> None:
        file.write_bytes(APP.encode(encoding))
        with pytest.raises(AppFileError, match=r"UTF-16\. Save it as UTF-8"):
            read_app(file)

    def test_a_character_that_is_not_utf_8_is_told_with_its_line(self, file: Path) -> None:
        file.write_bytes(f'{APP}name = "Müller"\n'.encode("latin-1"))
        with pytest.raises(AppFileError, match=r"line 3: .* not in UTF-8"):
            read_app(file)


class TestFinding:
    def test_it_is_found_upwards_the_nearest_first(self, tmp_path: Path) -> None:
        deep = tmp_path / "a" / "b" / "c"
        deep.mkdir(parents=True)
        for folder in (tmp_path, tmp_path / "a"):
            (folder / "attio-app.toml").write_text(APP)
        assert find_app_file(deep) == tmp_path / "a" / "attio-app.toml"
        assert find_app_file(tmp_path) == tmp_path / "attio-app.toml"

    def test_a_relative_directory_is_as_good(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "attio-app.toml").write_text(APP)
        (tmp_path / "a").mkdir()
        monkeypatch.chdir(tmp_path / "a")
        assert find_app_file(Path()) == tmp_path / "attio-app.toml"

    def test_there_may_be_none(self, tmp_path: Path) -> None:
        assert find_app_file(tmp_path) is None

    def test_one_that_cannot_be_read_is_found_so_that_it_is_told(self, tmp_path: Path) -> None:
        below = tmp_path / "a"
        below.mkdir()
        (tmp_path / "attio-app.toml").write_text(APP)
        make_link(below / "attio-app.toml", tmp_path / "gone")
        assert find_app_file(below) == below / "attio-app.toml"


def make_link(link: Path, target: Path) -> None:
    try:
        os.symlink(target, link)
    except OSError as error:
        pytest.skip(f"Links cannot be made here: {error}")


def assert_told(message: str, line: int | None, parts: list[str]) -> None:
    place = "attio-app.toml: " if line is None else f"attio-app.toml, line {line}: "
    assert message.startswith(place)
    for part in parts:
        assert part in message
