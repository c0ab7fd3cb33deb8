"""App files of other users, and app files outside of what a Jupyter server shows."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb import AppFileError, AppFileNotAllowedError
from attio_nb.app import ConnectionDefinition
from attio_nb.app.allowed import AllowedFiles
from attio_nb.app.current import AppFile
from attio_nb.app.trust import AppFileTrust
from attio_nb.connections.store import MemoryStore
from attio_nb.notices import Notices
from attio_nb.session import Session

APP = """\
[app]
id = "sequences"

[[connections]]
owner = "workspace"
type = "secret"
hosts = ["evil.example"]
"""
DEFINITION = ConnectionDefinition(owner="user", title="Mailbox password")
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no user ids.")
ROOT = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="Only root can give a file to another user."
)
NOBODY = 65534


@pytest.fixture
def allowed(tmp_path: Path) -> AllowedFiles:
    return AllowedFiles(tmp_path / "config" / "allowed.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an app file above it."""
    (folder := tmp_path / "project" / "below").mkdir(parents=True)
    (folder.parent / "attio-app.toml").write_text(APP)
    return folder


@pytest.fixture
def app_file(folder: Path) -> Path:
    return folder.parent / "attio-app.toml"


def of_another(allowed: AllowedFiles, folder: Path, **environ: str) -> AppFile:
    """The app file of a folder, for a person to whom nothing here belongs."""
    trust = AppFileTrust(allowed, user=lambda: NOBODY, environ=environ)
    return AppFile(lambda: folder, trust=trust)


@POSIX
class TestAnAppFileOfAnotherUser:
    def test_is_ignored_with_a_command_to_paste(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        (folder.parent.parent / "attio-app.toml").write_text(APP)
        with pytest.raises(
            AppFileNotAllowedError, match=r"belongs to .*, so it is ignored"
        ) as told:
            of_another(allowed, folder).app()
        assert str(told.value).endswith(f"attio-nb allow {shlex.quote(str(app_file))}")

    def test_is_used_once_it_is_allowed_and_not_when_it_is_forgotten(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        file = of_another(allowed, folder)
        for _ in range(2):
            with pytest.raises(AppFileNotAllowedError):
                file.app()
            allowed.allow(app_file)
            app = file.app()
            assert app is not None
            assert app.id == "sequences"
            allowed.forget(app_file)
            file.look_again()

    def test_is_neither_read_nor_written(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        app_file.write_text("[app\n")
        file = of_another(allowed, folder)
        uses: list[Callable[[], object]] = [
            file.app,
            file.definer,
            lambda: file.define(DEFINITION),
            lambda: file.redefine("workspace", None, DEFINITION),
            lambda: file.draft({"owner": "user", "type": "secret"}),
        ]
        for use in uses:
            with pytest.raises(AppFileNotAllowedError):
                use()
        assert app_file.read_text() == "[app\n"
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("link", ["file", "folder"])
    def test_is_no_other_behind_a_link_of_theirs(
        self, allowed: AllowedFiles, folder: Path, app_file: Path, tmp_path: Path, link: str
    ) -> None:
        there = tmp_path / "elsewhere"
        if link == "folder":
            there.symlink_to(app_file.parent)
        else:
            there.mkdir()
            (there / app_file.name).symlink_to(app_file)
        with pytest.raises(AppFileNotAllowedError):
            of_another(allowed, there).app()
        allowed.allow(app_file)
        assert of_another(allowed, there).app() is not None

    def test_is_used_where_the_environment_names_it(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        for named in (app_file, app_file.parent):
            assert of_another(allowed, folder, ATTIO_NB_APP_FILE=str(named)).app() is not None
        for relative in ("../attio-app.toml", ".."):
            with pytest.raises(AppFileNotAllowedError):
                of_another(allowed, folder, ATTIO_NB_APP_FILE=relative).app()

    def test_is_ignored_also_where_the_list_is_damaged(
        self, allowed: AllowedFiles, folder: Path
    ) -> None:
        allowed.path.parent.mkdir()
        allowed.path.write_text("{")
        with pytest.raises(AppFileNotAllowedError, match=r"so it is ignored.*is damaged"):
            of_another(allowed, folder).app()

    def test_leaves_a_value_from_the_environment_without_hosts(
        self, allowed: AllowedFiles, folder: Path
    ) -> None:
        environ = {"ATTIO_NB_WORKSPACE_CONNECTION": "a-value"}
        told: list[str] = []
        notices = Notices()
        notices.show = told.append
        session = Session(
            MemoryStore(), file=of_another(allowed, folder), environ=environ, notices=notices
        )
        for _ in range(2):
            connection = session.get_connection("workspace")
            assert f"{connection.value}" == "a-value"
            assert connection.hosts == ()
        assert len(told) == 1
        assert "so it is ignored" in told[0]
        with pytest.raises(AppFileNotAllowedError):
            session.get_connection("user")
        assert session.missing == []

    @ROOT
    @pytest.mark.parametrize("given", ["file", "link", "both"])
    def test_is_known_by_its_owner(
        self, allowed: AllowedFiles, folder: Path, app_file: Path, given: str
    ) -> None:
        (link := folder / app_file.name).symlink_to(app_file)
        for path in (link, app_file):
            if given == "both" or given == ("link" if path == link else "file"):
                os.chown(path, NOBODY, -1, follow_symlinks=False)
        file = AppFile(lambda: folder, trust=AppFileTrust(allowed))
        if given == "both":
            with pytest.raises(AppFileNotAllowedError, match='belongs to the user "nobody"'):
                file.app()
        else:
            assert file.app() is not None

    @ROOT
    def test_is_noticed_when_it_is_given_to_another_user_later(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        file = AppFile(lambda: folder, trust=AppFileTrust(allowed))
        assert file.app() is not None
        os.chown(app_file, NOBODY, -1)
        file.look_again()
        with pytest.raises(AppFileNotAllowedError):
            file.app()

    def test_shows_no_control_character_of_its_path(
        self, allowed: AllowedFiles, folder: Path
    ) -> None:
        odd = folder.parent.rename(folder.parent.parent / "a\x1b[2J\nb\u202e")
        with pytest.raises(AppFileNotAllowedError) as told:
            of_another(allowed, odd).app()
        assert str(told.value).isprintable()


class TestAnAppFileThatTheEnvironmentNames:
    def test_is_used_in_place_of_the_search(self, folder: Path, tmp_path: Path) -> None:
        (other := tmp_path / "other.toml").write_text('[app]\nid = "other"\n')
        trust = AppFileTrust(environ={"ATTIO_NB_APP_FILE": str(other)})
        app = AppFile(lambda: folder, trust=trust).app()
        assert app is not None
        assert app.id == "other"

    def test_is_told_where_it_is_not_there(self, folder: Path) -> None:
        trust = AppFileTrust(environ={"ATTIO_NB_APP_FILE": str(folder / "none.toml")})
        with pytest.raises(AppFileError, match=r"ATTIO_NB_APP_FILE names .*no such file"):
            AppFile(lambda: folder, trust=trust).app()

    def test_is_not_meant_by_an_empty_variable(self, folder: Path) -> None:
        trust = AppFileTrust(environ={"ATTIO_NB_APP_FILE": ""})
        assert AppFile(lambda: folder, trust=trust).app() is not None


class TestAnAppFileOutsideOfTheRoot:
    """A Jupyter server shows the folder `below`."""

    def test_is_ignored_until_it_is_allowed_and_never_written(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        trust = AppFileTrust(allowed, root=folder)
        file = AppFile(lambda: folder, trust=trust)
        with pytest.raises(AppFileNotAllowedError, match="outside of the folder"):
            file.app()
        assert app_file not in trust.watched(folder)
        allowed.allow(app_file)
        assert file.app() is not None
        assert app_file in trust.watched(folder)
        with pytest.raises(AppFileNotAllowedError, match="does not write it"):
            file.define(DEFINITION)
        with pytest.raises(AppFileNotAllowedError, match="does not write it"):
            file.redefine("workspace", None, ConnectionDefinition(owner="workspace", title="New"))
        assert app_file.read_text() == APP

    def test_is_ignored_behind_a_link(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        (folder / app_file.name).symlink_to(app_file)
        trust = AppFileTrust(allowed, root=folder)
        with pytest.raises(AppFileNotAllowedError, match="outside of the folder"):
            AppFile(lambda: folder, trust=trust).app()
        assert [path.name for path in trust.watched(folder)] == ["allowed.json"]

    def test_is_not_made_in_a_folder_behind_a_link(
        self, allowed: AllowedFiles, folder: Path, app_file: Path, tmp_path: Path
    ) -> None:
        app_file.unlink()
        (outside := tmp_path / "outside").mkdir()
        (folder / "link").symlink_to(outside)
        for directory in (folder / "link", outside):
            trust = AppFileTrust(allowed, root=folder)
            file = AppFile(lambda here=directory: here, trust=trust)
            with pytest.raises(AppFileNotAllowedError, match="does not write it"):
                file.define(DEFINITION)
        assert list(outside.iterdir()) == []

    def test_is_not_meant_by_one_inside(self, allowed: AllowedFiles, folder: Path) -> None:
        (inner := folder / "inner").mkdir()
        (folder / "attio-app.toml").write_text(APP)
        trust = AppFileTrust(allowed, root=folder)
        file = AppFile(lambda: inner, trust=trust)
        assert file.define(DEFINITION).path == folder / "attio-app.toml"
        assert {path.parent for path in trust.watched(inner)} == {
            inner,
            folder,
            allowed.path.parent,
        }

    def test_is_not_written_where_the_environment_names_it(
        self, allowed: AllowedFiles, folder: Path, app_file: Path
    ) -> None:
        trust = AppFileTrust(allowed, root=folder, environ={"ATTIO_NB_APP_FILE": str(app_file)})
        file = AppFile(lambda: folder, trust=trust)
        assert file.app() is not None
        with pytest.raises(AppFileNotAllowedError, match="does not write it"):
            file.define(DEFINITION)
