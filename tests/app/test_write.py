"""Writing the app file: what is added, and what stays as it was."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from attio_nb.app import (
    App,
    ConnectionDefinition,
    OAuth2,
    add_connection,
    create_app,
    read_app,
    replace_connection,
)
from attio_nb.errors import AppFileError

SEQUENCER = ConnectionDefinition(
    owner="workspace",
    key="sequencer",
    title='The "sequencer" key: C:\\ 👋',
    help_url="https://example.com/keys",
    hosts=("api.example.com", "localhost:8787"),
)
MAILBOX = ConnectionDefinition(owner="user", key="mailbox")
MAIL = ConnectionDefinition(owner="user", key="mail")
WRITTEN = """\
# why
[app]
id="x"   # kept apart

[[connections]]  # first
key = 'crm'
owner = "workspace"
type = "secret" # last of it
# about members
[[members]]
id = "ada"
role = "admin"

[[connections]]
type = "secret"
owner = "user"
key = "mail"
# end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An app file with connections that stand apart."""
    path = tmp_path / "attio-app.toml"
    path.write_text(WRITTEN, encoding="utf-8", newline="")
    return path


class TestCreating:
    def test_what_is_written_is_what_is_read(self, tmp_path: Path) -> None:
        app = create_app(tmp_path, SEQUENCER)
        assert app.connections == (SEQUENCER,)
        assert read_app(tmp_path / "attio-app.toml") == app

    @pytest.mark.parametrize(
        ("folder", "id", "name"),
        [
            ("add-to-sequence", "add-to-sequence-0a1b2c", "Add to sequence"),
            ("My App_2", "My-App_2-0a1b2c", "My App 2"),
            ("Müller & Söhne", "Muller-Sohne-0a1b2c", "Müller Söhne"),
            ("日本", "app-0a1b2c", "日本"),
            ("[--]", "app-0a1b2c", "App"),
            ("a" * 250, f"{'a' * 60}-0a1b2c", f"A{'a' * 99}"),
        ],
    )
    def test_it_is_called_after_its_folder(
        self, tmp_path: Path, folder: str, id: str, name: str
    ) -> None:
        directory = tmp_path / folder
        directory.mkdir()
        app = create_app(directory, MAILBOX, suffix=lambda: "0a1b2c")
        assert (app.id, app.name) == (id, name)

    def test_two_folders_of_one_name_get_two_ids(self, tmp_path: Path) -> None:
        for parent in ("a", "b"):
            (tmp_path / parent / "app").mkdir(parents=True)
        first, second = (create_app(tmp_path / each / "app", MAILBOX) for each in ("a", "b"))
        assert first.id != second.id

    def test_it_says_how_members_are_named(self, tmp_path: Path) -> None:
        create_app(tmp_path, MAILBOX)
        text = (tmp_path / "attio-app.toml").read_text(encoding="utf-8")
        uncommented = text.replace("# [[", "[[").replace("# id", "id").replace("# role", "role")
        (tmp_path / "attio-app.toml").write_text(uncommented, encoding="utf-8")
        assert [member.id for member in read_app(tmp_path / "attio-app.toml").members] == ["ada"]

    def test_a_file_that_is_there_stays(self, file: Path) -> None:
        with pytest.raises(AppFileError, match="there is one already"):
            create_app(file.parent, SEQUENCER)
        assert file.read_text(encoding="utf-8") == WRITTEN

    def test_a_connection_that_is_wrong_is_told_and_nothing_is_written(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(AppFileError, match=r"^attio-app.toml: key = "):
            create_app(tmp_path, ConnectionDefinition(owner="user", key="a b"))
        assert not (tmp_path / "attio-app.toml").exists()

    def test_where_nothing_can_be_written_that_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(AppFileError, match=r"cannot be written: .* Nothing was changed"):
            create_app(tmp_path / "gone", MAILBOX)


class TestAdding:
    def test_everything_that_stood_there_stays(self, file: Path) -> None:
        before = read_app(file)
        app = add_connection(file, SEQUENCER)
        assert file.read_text(encoding="utf-8").startswith(f"{WRITTEN}\n[[connections]]\n")
        assert app.connections == (*before.connections, SEQUENCER)
        assert read_app(file) == app

    def test_line_ends_and_the_mark_at_the_start_stay(self, file: Path) -> None:
        before = b"\xef\xbb\xbf" + WRITTEN.replace("\n", "\r\n").encode()
        file.write_bytes(before)
        add_connection(file, SEQUENCER)
        after = file.read_bytes()
        assert after.startswith(before)
        assert after.count(b"\n") == after.count(b"\r\n")

    def test_a_last_line_without_an_end_gets_one(self, file: Path) -> None:
        file.write_text('[app]\nid = "x"', encoding="utf-8")
        assert add_connection(file, SEQUENCER).connections == (SEQUENCER,)

    def test_connections_in_brackets_get_one_more(self, file: Path) -> None:
        file.write_text(
            'connections = [\n  {owner = "user", type = "secret", key = "a"}, # first\n]\n'
            '[app]\nid = "x"\n',
            encoding="utf-8",
        )
        app = add_connection(file, SEQUENCER)
        assert [each.key for each in app.connections] == ["a", "sequencer"]
        assert read_app(file) == app
        assert "# first" in file.read_text(encoding="utf-8")

    def test_its_permissions_stay(self, file: Path) -> None:
        file.chmod(0o640)
        mode = stat.S_IMODE(file.stat().st_mode)
        add_connection(file, SEQUENCER)
        assert stat.S_IMODE(file.stat().st_mode) == mode

    def test_a_link_stays_a_link(self, file: Path) -> None:
        target = file.rename(file.with_name("shared.toml"))
        try:
            os.symlink(target, file)
        except OSError as error:
            pytest.skip(f"Links cannot be made here: {error}")
        add_connection(file, SEQUENCER)
        assert file.is_symlink()
        assert read_app(target).connections[-1] == SEQUENCER

    @pytest.mark.parametrize(
        ("definition", "told"),
        [
            (ConnectionDefinition(owner="user", key="mail"), r"already \(line 17\)"),
            (ConnectionDefinition(owner="user", key="a", hosts=("https://a",)), 'only "a"'),
            (ConnectionDefinition(owner="user", key="a", title="a\nb"), r"U\+000A"),
            (ConnectionDefinition(owner="user", key="a", title="\ud83d"), r"U\+D83D"),
        ],
    )
    def test_a_connection_that_is_wrong_is_told_and_the_file_stays(
        self, file: Path, definition: ConnectionDefinition, told: str
    ) -> None:
        with pytest.raises(AppFileError, match=told):
            add_connection(file, definition)
        assert file.read_text(encoding="utf-8") == WRITTEN

    def test_a_file_that_was_wrong_before_is_told_with_its_line(self, file: Path) -> None:
        file.write_text('[app]\nid = ""\n', encoding="utf-8")
        with pytest.raises(AppFileError, match="line 2: id is empty"):
            add_connection(file, SEQUENCER)
        assert file.read_text(encoding="utf-8") == '[app]\nid = ""\n'

    def test_a_file_that_is_gone_is_told(self, file: Path) -> None:
        file.unlink()
        with pytest.raises(AppFileError, match="there is no such file in the folder"):
            add_connection(file, SEQUENCER)

    def test_writers_at_the_same_time_lose_nothing(self, file: Path) -> None:
        errors: list[BaseException] = []

        def add(name: str) -> None:
            try:
                add_connection(file, ConnectionDefinition(owner="user", key=name))
            except BaseException as error:
                errors.append(error)

        names = [f"k{number}" for number in range(16)]
        threads = [threading.Thread(target=add, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        keys = {each.key for each in read_app(file).definitions("user")}
        assert keys == {"mail", *names}

    def test_of_several_creators_one_wins_and_the_others_are_told(self, tmp_path: Path) -> None:
        made: list[App] = []
        told: list[str] = []

        def create() -> None:
            try:
                made.append(create_app(tmp_path, MAILBOX))
            except AppFileError as error:
                told.append(str(error))

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [read_app(tmp_path / "attio-app.toml")] == made
        assert told == ["attio-app.toml: there is one already; it was left as it is."] * 7

    def test_nothing_is_left_in_the_folder(self, file: Path) -> None:
        add_connection(file, SEQUENCER)
        assert [each.name for each in file.parent.iterdir() if each.is_file()] == [file.name]

    def test_it_is_written_where_nothing_can_be_kept_in_the_home(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HOME", "LOCALAPPDATA", "USERPROFILE", "XDG_CACHE_HOME"):
            monkeypatch.setenv(name, str(file))
        assert add_connection(file, SEQUENCER).connections[-1] == SEQUENCER

    def test_what_an_editor_saves_meanwhile_is_not_lost(self, file: Path) -> None:
        class Hosts(tuple[str, ...]):
            """Hosts, during whose reading an editor saves the file, once."""

            def __iter__(self) -> Iterator[str]:
                if file.read_text(encoding="utf-8") == WRITTEN:
                    file.write_text(f"{WRITTEN}# saved meanwhile\n", encoding="utf-8")
                return super().__iter__()

        hosts = Hosts(("api.example.com",))
        add_connection(file, ConnectionDefinition(owner="user", key="a", hosts=hosts))
        assert file.read_text(encoding="utf-8").startswith(f"{WRITTEN}# saved meanwhile\n\n[[con")
        assert read_app(file).connections[-1].hosts == ("api.example.com",)


CONSENTED = ConnectionDefinition(
    owner="user",
    key="signed-in",
    type="oauth2",
    hosts=("api.example.com",),
    oauth2=OAuth2(
        client_id="a",
        issuer="https://a.example",
        scopes=("read",),
        authorization_parameters=(("prompt", "consent"),),
        expires_in=0.5,
    ),
)
FIRST = '{owner = "user", type = "secret", key = "a"}'
ADDED = '{owner = "user", key = "mailbox", type = "secret"}'
AROUND = """
[[members]] # the first
id = "u"
role = "admin"

[app]
id = "x"

# the second
[[members]]
id = "v"
role = "member"
"""


class TestAddingInBrackets:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (f"[{FIRST}]", f"[{FIRST}, {ADDED}]"),
            (f"[ {FIRST}, ] # ours", f"[ {FIRST}, {ADDED}, ] # ours"),
            ("[]", f"[{ADDED}]"),
            ("[\n  # none yet\n]", f"[\n  # none yet\n  {ADDED}\n]"),
            (f"[\n\t{FIRST}, # [a], b\n]", f"[\n\t{FIRST}, # [a], b\n\t{ADDED},\n]"),
            (f"[\n  {FIRST} # a,\n  # end,\n]", f"[\n  {FIRST}, # a,\n  {ADDED}\n  # end,\n]"),
            (f"[{FIRST}\n  # end\n]", f"[{FIRST}, {ADDED}\n  # end\n]"),
            (f"[{FIRST} # a\n  , # end\n]", f"[{FIRST} # a\n  , # end\n  {ADDED},\n]"),
        ],
    )
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_all_around_and_within_stays(
        self, file: Path, before: str, after: str, newline: str
    ) -> None:
        text = f"'connections' = {before}\n{AROUND}".replace("\n", newline)
        file.write_text(text, encoding="utf-8", newline="")
        app = add_connection(file, MAILBOX)
        assert app.connections[-1] == MAILBOX
        expected = f"'connections' = {after}\n{AROUND}".replace("\n", newline)
        assert file.read_bytes().decode() == expected

    def test_a_sign_in_has_its_tables_in_braces(self, file: Path) -> None:
        file.write_text(f"connections = [{FIRST}]\n{AROUND}", encoding="utf-8")
        assert add_connection(file, CONSENTED).connections[-1] == CONSENTED
        assert add_connection(file, SEQUENCER).connections[1:] == (CONSENTED, SEQUENCER)
        assert read_app(file).connections[1:] == (CONSENTED, SEQUENCER)
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"connections = [{FIRST}, {{")
        assert text.endswith(f"}}]\n{AROUND}")


class TestTheLastMoment:
    def test_what_an_editor_saves_just_before_it_is_written_is_not_lost(self, file: Path) -> None:
        def saved(path: Path) -> bool:
            if path == file.resolve() and "# Saved." not in file.read_text(encoding="utf-8"):
                file.write_text(f"{WRITTEN}# Saved.\n", encoding="utf-8")
            return True

        add_connection(file, SEQUENCER, is_writable=saved)
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"{WRITTEN}# Saved.\n")
        assert SEQUENCER in read_app(file).connections
        assert list(file.parent.glob(".attio-app*")) == []


class TestWhatMayNotBeWritten:
    def test_a_file_that_is_read_only_is_told_and_stays(self, file: Path) -> None:
        # Root may write all there is: what others are told is said in its place.
        def others_alone(path: Path) -> bool:
            return path != file.resolve()

        with pytest.raises(AppFileError, match=r"read-only for you.* make it writable"):
            add_connection(file, SEQUENCER, is_writable=others_alone)
        with pytest.raises(AppFileError, match="Nothing was changed"):
            replace_connection(
                file, "user", "mail", replace(MAIL, title="Mail"), is_writable=others_alone
            )
        assert file.read_text(encoding="utf-8") == WRITTEN
        replace_connection(file, "user", "mail", MAIL, is_writable=others_alone)

    def test_so_is_one_whose_permissions_say_so(self, file: Path) -> None:
        file.chmod(0o444)
        if os.access(file, os.W_OK):
            pytest.skip("Root may write all there is.")
        with pytest.raises(AppFileError, match="read-only for you"):
            add_connection(file, SEQUENCER)
        assert file.read_text(encoding="utf-8") == WRITTEN

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such groups.")
    def test_its_group_stays(self, file: Path) -> None:
        others = {12345} if os.geteuid() == 0 else {*os.getgroups()} - {file.stat().st_gid}
        if not others:
            pytest.skip("Whoever runs this is in one group only.")
        group = min(others)
        os.chown(file, -1, group)
        file.chmod(0o2664)
        mode = file.stat().st_mode
        add_connection(file, SEQUENCER)
        assert (file.stat().st_gid, file.stat().st_mode) == (group, mode)

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such owners.")
    def test_so_does_its_owner_where_root_writes(self, file: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("Only root may give a file to somebody else.")
        os.chown(file, 12345, 12345)
        add_connection(file, SEQUENCER)
        assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12345)

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes.")
    def test_a_pipe_is_told(self, file: Path) -> None:
        file.unlink()
        os.mkfifo(file)
        with pytest.raises(AppFileError, match="this is a pipe"):
            add_connection(file, SEQUENCER)
