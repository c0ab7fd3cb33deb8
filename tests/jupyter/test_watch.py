"""Following changes of a few files."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from attio_nb.jupyter.watch import Watch, open_source

SOON = 10.0
"""Seconds that a change may take on a busy machine."""

Watched = Callable[..., "Told"]


class Told:
    """What a watch has told, which is watching by now."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.changes: queue.SimpleQueue[float] = queue.SimpleQueue()

    def soon(self) -> float:
        """Wait for a change, and return when it was told."""
        return self.changes.get(timeout=SOON)

    def forget(self) -> None:
        """Forget what was told so far."""
        while not self.changes.empty():
            self.changes.get()


class NothingLeft:
    """An operating system that watches nothing for us."""

    def __init__(self, folders: list[str]) -> None:
        raise OSError("OS file watch limit reached.")


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Watch files, and end with the test."""
    watches: list[Watch] = []

    def watched(*files: Path, **settings: Any) -> Told:
        told: list[Told] = []
        watch = Watch(lambda: told[0].changes.put(time.monotonic()), **settings)
        told.append(Told(watch))
        watches.append(watch)
        watch.over(files)
        return told[0]

    yield watched
    for watch in watches:
        watch.close()


@pytest.fixture(params=["told", "polling"])
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each way to learn of a change."""
    return {"source": NothingLeft} if request.param == "polling" else {}


def replace(path: Path, text: str) -> None:
    beside = path.with_name("beside")
    beside.write_text(text)
    beside.replace(path)


def test_a_file_that_is_made_changed_replaced_and_removed_is_told_each_time(
    watched: Watched, tmp_path: Path, settings: dict[str, Any]
) -> None:
    file = tmp_path / "file"
    told = watched(file, **settings)
    file.write_text("1")
    told.soon()
    with file.open("a") as opened:
        opened.write("2")
    told.soon()
    told.forget()
    replace(file, "3")
    told.soon()
    told.forget()
    file.unlink()
    told.soon()


def test_what_changed_before_it_was_watched_is_told(
    watched: Watched, tmp_path: Path, settings: dict[str, Any]
) -> None:
    file, other, gate = tmp_path / "a/file", tmp_path / "b/file", threading.Event()
    for each in (file, other):
        each.parent.mkdir()

    def slow(folders: list[str]) -> Any:
        gate.wait(SOON)
        return settings.get("source", open_source)(folders)

    told = watched(file, source=slow)
    file.write_text("1")
    gate.set()
    told.soon()
    told.forget()
    gate.clear()
    told.watch.over([other])
    other.write_text("1")
    gate.set()
    told.soon()


def test_a_folder_that_is_not_there_yet_is_waited_for(
    watched: Watched, tmp_path: Path, settings: dict[str, Any]
) -> None:
    file = tmp_path / "a/b/c/file"
    told = watched(file, **settings)
    file.parent.mkdir(parents=True)
    file.write_text("1")
    told.soon()


def test_a_folder_that_was_removed_and_comes_back_is_followed_again(
    watched: Watched, tmp_path: Path, settings: dict[str, Any]
) -> None:
    file = tmp_path / "a/file"
    file.parent.mkdir()
    file.write_text("1")
    told = watched(file, **settings)
    for text in ("2", "3"):
        shutil.rmtree(file.parent)
        told.soon()
        told.forget()
        file.parent.mkdir()
        file.write_text(text)
        told.soon()
        told.forget()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few people make links")
def test_a_link_is_followed_to_where_the_file_is(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real/file", tmp_path / "link"
    file.write_text("1")
    link.symlink_to(file)
    told = watched(link)
    file.write_text("22")
    told.soon()


class Script:
    """A source that tells what it is told to, and then nothing more."""

    def __init__(self, *found: set[tuple[int, str]]) -> None:
        self.found = list(found)
        self.over = threading.Event()

    def __call__(self, folders: list[str]) -> Script:
        return self

    def __enter__(self) -> Script:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Keep nothing open."""

    def watch(self, debounce: int, step: int, timeout: int, stop: threading.Event) -> Any:
        if self.found:
            return self.found.pop(0)
        self.over.set()
        stop.wait()
        return "stop"


def test_other_files_are_nobodys_business(watched: Watched, tmp_path: Path) -> None:
    script = Script({(1, str(tmp_path / "other"))}, {(2, str(tmp_path / "other"))})
    told = watched(tmp_path / "file", source=script)
    assert script.over.wait(SOON)
    assert told.changes.empty()


def test_a_change_that_no_time_stamp_shows_is_told(watched: Watched, tmp_path: Path) -> None:
    script = Script({(2, os.path.realpath(tmp_path / "file"))})
    told = watched(tmp_path / "file", source=script)
    told.soon()


def test_a_change_that_nobody_told_of_is_seen_after_a_while(
    watched: Watched, tmp_path: Path
) -> None:
    class Deaf(Script):
        def watch(self, debounce: int, step: int, timeout: int, stop: threading.Event) -> Any:
            assert timeout > 0
            self.over.set()
            return "stop" if stop.wait(0.05) else "timeout"

    deaf = Deaf()
    told = watched(tmp_path / "file", source=deaf)
    assert deaf.over.wait(SOON)
    (tmp_path / "file").write_text("1")
    told.soon()


def test_a_change_is_told_within_a_fifth_of_a_second(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "file"
    told = watched(file)
    file.write_text("1")
    told.soon()
    best = SOON
    for number in range(5):
        told.forget()
        began = time.monotonic()
        replace(file, f"{number}" * number)
        best = min(best, told.soon() - began)
    assert best < 0.2


def test_folders_that_come_while_it_watches_are_followed_too(
    watched: Watched, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}/file" for number in range(20)]
    told = watched()
    for file in files:
        file.parent.mkdir()
        told.watch.over([file])
    for file in files:
        told.forget()
        file.write_text("1")
        told.soon()


def test_nothing_is_told_once_it_is_closed(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "file"
    told = watched(file)
    file.write_text("1")
    told.soon()
    told.watch.close()
    told.forget()
    threads = [each.name for each in threading.enumerate()]
    assert "attio_nb watch" not in threads
    file.write_text("2")
    told.watch.over([tmp_path / "another"])
    assert told.changes.empty()
    assert [each.name for each in threading.enumerate()] == threads


def test_a_folder_that_must_not_be_read_keeps_no_other_from_being_watched(
    watched: Watched, tmp_path: Path
) -> None:
    homes = tmp_path / "homes"
    home = homes / "alice"
    home.mkdir(parents=True)
    homes.chmod(0o311)
    if os.access(homes, os.R_OK):
        pytest.skip("this user may read every folder")
    opened: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def source(folders: list[str]) -> Any:
        opened.put(folders)
        return open_source(folders)

    told = watched(homes / "file", home / "file", source=source)
    assert opened.get(timeout=SOON) == [str(home)]
    (home / "file").write_text("1")
    told.soon()
    (homes / "file").write_text("1")
    told.soon()


def test_a_system_that_has_watches_again_is_asked_again(watched: Watched, tmp_path: Path) -> None:
    file, failures = tmp_path / "file", [OSError("none left"), RuntimeError("internal")]
    opened = threading.Event()

    def source(folders: list[str]) -> Any:
        if failures:
            raise failures.pop()
        opened.set()
        return open_source(folders)

    told = watched(file, source=source)
    assert opened.wait(SOON)
    file.write_text("1")
    told.soon()


class Disk:
    """A disk of another machine, as the thread that watches finds it."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = Path(os.path.realpath(root))
        self.fails = False
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Event()
        self._stat = os.stat
        monkeypatch.setattr(os, "stat", self.stat)

    def stat(self, path: Any, *args: Any, **settings: Any) -> os.stat_result:
        if is_watching() and self.root in (Path(path), *Path(path).parents):
            self.asked.set()
            self.answers.wait()
            if self.fails:
                raise OSError(errno.ESTALE, "Stale file handle", str(path))
        return self._stat(path, *args, **settings)


def is_watching() -> bool:
    return threading.current_thread().name == "attio_nb watch"


def in_time(act: Callable[[], object]) -> bool:
    """Say whether something ends, and soon."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(SOON)
    return not thread.is_alive()


@pytest.mark.parametrize("everything", [False, True])
def test_a_disk_that_fails_is_watched_again_once_it_works(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, everything: bool
) -> None:
    file, opened = tmp_path / "disk/file", queue.SimpleQueue[list[str]]()
    file.parent.mkdir()
    disk = Disk(Path(tmp_path.anchor) if everything else file.parent, monkeypatch)
    disk.fails = True

    def source(folders: list[str]) -> Any:
        opened.put(folders)
        return NothingLeft(folders)

    told = watched(file, source=source)
    above = [] if everything else [os.path.realpath(tmp_path)]
    assert opened.get(timeout=SOON) == above
    disk.fails = False
    while opened.get(timeout=SOON) == above:
        pass
    told.forget()
    file.write_text("1")
    told.soon()


def test_a_change_that_could_not_be_told_keeps_no_other_from_being_told(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    file, failed, told = tmp_path / "file", threading.Event(), threading.Event()

    def changed() -> None:
        if failed.is_set():
            told.set()
        else:
            failed.set()
            raise OSError("no descriptor left")

    watch = Watch(changed, **settings)
    watch.over([file])
    try:
        file.write_text("1")
        assert failed.wait(SOON)
        file.write_text("22")
        assert told.wait(SOON)
    finally:
        watch.close()


def test_what_is_closed_just_as_it_begins_anew_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()
    clear = threading.Event.clear

    def closed_meanwhile(event: threading.Event) -> None:
        clear(event)
        if is_watching() and begun.empty():
            begun.put(threading.current_thread())
            threading.Thread(target=watch.close, daemon=True).start()
            event.wait(SOON)
            clear(event)

    watch = Watch(lambda: None)
    monkeypatch.setattr(threading.Event, "clear", closed_meanwhile)
    watch.over([tmp_path / "file"])
    thread = begun.get(timeout=SOON)
    thread.join(SOON)
    assert not thread.is_alive()


def test_a_disk_that_does_not_answer_keeps_nobody_waiting(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "disk/file"
    disk = Disk(file, monkeypatch)
    disk.answers.clear()
    told = watched(file, source=NothingLeft, patience=0.05)
    try:
        assert disk.asked.wait(SOON)
        assert in_time(lambda: told.watch.over([tmp_path / "file"]))
        assert in_time(told.watch.close)
    finally:
        disk.answers.set()


def test_of_many_files_those_asked_for_last_are_watched(watched: Watched, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}/file" for number in range(3)]
    for file in files:
        file.parent.mkdir()
    opened: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def source(folders: list[str]) -> Any:
        opened.put(folders)
        return open_source(folders)

    def are_watched(*some: Path) -> bool:
        folders = [os.path.realpath(file.parent) for file in some]
        while opened.get(timeout=SOON) != folders:
            pass
        return True

    told = watched(files[0], files[1], source=source, most=2)
    assert are_watched(files[0], files[1])
    told.watch.over([files[0]])
    told.watch.over([files[2]])
    assert are_watched(files[0], files[2])
    told.watch.over([files[1]])
    assert are_watched(files[1], files[2])
    told.forget()
    files[1].write_text("1")
    told.soon()
