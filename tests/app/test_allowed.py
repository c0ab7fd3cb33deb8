"""The list of app files that a person has allowed."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attio_nb.app.allowed import AllowedFiles, default_allowed_files
from attio_nb.errors import SetupError

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits.")


@pytest.fixture
def allowed(tmp_path: Path) -> AllowedFiles:
    return AllowedFiles(tmp_path / "config" / "allowed.json")


@pytest.fixture
def app_file(tmp_path: Path) -> Path:
    (folder := tmp_path / "project").mkdir()
    (file := folder / "attio-app.toml").write_text("")
    return file


def test_nothing_is_allowed_and_nothing_is_made_before_the_first_change(
    allowed: AllowedFiles, app_file: Path
) -> None:
    assert not allowed.is_allowed(app_file)
    assert not allowed.forget(app_file)
    assert allowed.record(app_file) is None
    assert allowed.entries() == {}
    assert not allowed.path.parent.exists()


def test_an_allowed_file_is_known_to_another_process_until_it_is_forgotten(
    allowed: AllowedFiles, app_file: Path
) -> None:
    allowed.allow(app_file)
    assert AllowedFiles(allowed.path).is_allowed(app_file)
    assert allowed.forget(app_file)
    assert not AllowedFiles(allowed.path).is_allowed(app_file)


def test_a_link_to_an_allowed_file_is_allowed(allowed: AllowedFiles, app_file: Path) -> None:
    (link := app_file.parent.parent / "link").symlink_to(app_file.parent)
    allowed.allow(link / app_file.name)
    assert allowed.is_allowed(app_file)
    assert list(allowed.entries()) == [Path(os.path.realpath(app_file))]


def test_a_record_is_changed_and_kept_when_the_file_is_allowed_again(
    allowed: AllowedFiles, app_file: Path
) -> None:
    allowed.change(app_file, lambda record: {**record, "hosts": ["api.example"]})
    allowed.allow(app_file)
    assert allowed.record(app_file) == {"hosts": ["api.example"]}


@POSIX
@pytest.mark.parametrize("name", ["a\nb", "ä “x”", "\x1b[31m", os.fsdecode(b"\xff\xfe")])
def test_a_file_with_an_odd_name_is_allowed(
    allowed: AllowedFiles, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    allowed.allow(folder / "attio-app.toml")
    assert allowed.is_allowed(folder / "attio-app.toml")
    assert not allowed.is_allowed(tmp_path / "attio-app.toml")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"files": []}', b'{"files": {"/x": 1}}', b"\xff", b"[" * 100_000, b"{}"],
)
def test_a_damaged_list_is_told_and_left_as_it_is(
    allowed: AllowedFiles, app_file: Path, content: bytes
) -> None:
    allowed.path.parent.mkdir()
    allowed.path.write_bytes(content)
    for use in (allowed.is_allowed, allowed.allow, allowed.forget, allowed.record):
        with pytest.raises(SetupError, match="is damaged"):
            use(app_file)
    assert allowed.path.read_bytes() == content


def test_two_writers_lose_nothing(allowed: AllowedFiles, tmp_path: Path) -> None:
    files = [tmp_path / str(number) / "attio-app.toml" for number in range(20)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(allowed.allow, files))
    assert len(allowed.entries()) == len(files)


@POSIX
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_only_its_owner_can_read_the_list_whatever_the_umask(
    allowed: AllowedFiles, app_file: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        allowed.allow(app_file)
    finally:
        os.umask(before)
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (allowed.path.parent, *allowed.path.parent.iterdir())
    }
    assert modes == {"config": 0o700, "allowed.json": 0o600, "allowed.json.lock": 0o600}


@POSIX
def test_a_folder_that_is_a_link_is_refused_and_its_target_stays_as_it_is(
    allowed: AllowedFiles, app_file: Path, tmp_path: Path
) -> None:
    (target := tmp_path / "target").mkdir(mode=0o755)
    allowed.path.parent.symlink_to(target)
    with pytest.raises(SetupError, match="is a link"):
        allowed.allow(app_file)
    assert list(target.iterdir()) == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o755


def test_the_list_of_a_person_moves_with_the_vault(home: Path, tmp_path: Path) -> None:
    assert default_allowed_files({}).path.is_relative_to(home)
    moved = default_allowed_files({"ATTIO_NB_DATA_DIR": str(tmp_path / "data")})
    assert moved.path == tmp_path / "data" / "allowed" / "allowed.json"
