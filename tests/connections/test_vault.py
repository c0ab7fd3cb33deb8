"""The vault against damage, crashes, crowds, wrong keys, and places that cannot be written."""

from __future__ import annotations

import base64
import errno
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from keyring.backends.fail import Keyring as NoKeyring

from attio_nb.connections.keys import VAULT_KEY_VARIABLE, VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import SETTLED_NS, Vault
from attio_nb.errors import VaultError, VaultKeyError

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
SLOT = Slot("app", "local", "workspace", "local", None)


def stored(value: str = "sk-very-secret") -> StoredConnection:
    return StoredConnection("c1", SecretStr(value), "alice", NOW)


def vault_at(
    path: Path, *, key: str = KEY, notify: Callable[[str], None] = pytest.fail, **options: Any
) -> Vault:
    keys = VaultKeys(path.parent / "unused.key", environ={VAULT_KEY_VARIABLE: key})
    return Vault(path, keys, notify=notify, **options)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vault.bin"


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.unreadable-*"))


def test_the_file_shows_neither_values_nor_names(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    content = path.read_bytes()
    assert b"very-secret" not in content
    assert b"workspace" not in content
    assert b"alice" not in content


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_the_file_is_its_owners_alone(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_two_writes_of_the_same_look_different(path: Path) -> None:
    vault = vault_at(path)
    vault.put(SLOT, stored())
    before = path.read_bytes()
    vault.put(SLOT, stored())
    assert path.read_bytes() != before


def test_a_change_by_another_process_is_seen_at_the_next_read(path: Path) -> None:
    here, there = vault_at(path), vault_at(path)
    here.put(SLOT, stored("old"))
    assert here.get(SLOT) == stored("old")
    there.put(SLOT, stored("new"))
    assert here.get(SLOT) == stored("new")
    there.delete(SLOT)
    assert here.get(SLOT) is None


def test_a_vault_that_is_removed_is_empty(path: Path) -> None:
    vault = vault_at(path)
    vault.put(SLOT, stored())
    assert vault.get(SLOT) == stored()
    path.unlink()
    assert vault.get(SLOT) is None


def test_a_settled_vault_is_not_read_again(path: Path) -> None:
    vault = vault_at(path)
    vault.put(SLOT, stored())
    old = path.stat().st_mtime_ns - 2 * SETTLED_NS
    os.utime(path, ns=(old, old))
    first = vault.get(SLOT)
    assert vault.get(SLOT) is first


def test_a_change_within_one_tick_of_the_file_systems_clock_is_seen(path: Path) -> None:
    here, there = vault_at(path), vault_at(path)
    here.put(SLOT, stored("one"))
    status = path.stat()
    assert here.get(SLOT) == stored("one")
    there.put(SLOT, stored("two"))
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert here.get(SLOT) == stored("two")


@pytest.mark.parametrize("position", [0, 17, 20, 27, 40, -1])
def test_a_flipped_bit_sets_the_vault_aside(path: Path, position: int) -> None:
    vault_at(path).put(SLOT, stored())
    damaged = bytearray(path.read_bytes())
    damaged[position] ^= 1
    path.write_bytes(damaged)
    notices: list[str] = []
    vault = vault_at(path, notify=notices.append)
    assert vault.get(SLOT) is None
    assert [copy.read_bytes() for copy in aside(path)] == [bytes(damaged)]
    assert len(notices) == 1
    assert str(aside(path)[0]) in notices[0]


def test_every_single_flipped_bit_is_noticed(path: Path) -> None:
    vault_at(path).put(SLOT, stored("x"))
    good = path.read_bytes()
    for position in range(len(good)):
        damaged = bytearray(good)
        damaged[position] ^= 0x10
        path.write_bytes(damaged)
        assert vault_at(path, notify=lambda message: None).get(SLOT) is None, position


@pytest.mark.parametrize("length", [0, 1, 16, 17, 26, 37, 60])
def test_a_vault_that_is_cut_short_is_set_aside(path: Path, length: int) -> None:
    vault_at(path).put(SLOT, stored())
    path.write_bytes(path.read_bytes()[:length])
    notices: list[str] = []
    assert vault_at(path, notify=notices.append).get(SLOT) is None
    assert len(aside(path)) == 1
    assert len(notices) == 1


def test_a_wrong_key_sets_the_vault_aside_and_the_right_one_opens_it_again(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    notices: list[str] = []
    other = vault_at(path, key=OTHER_KEY, notify=notices.append)
    other.put(SLOT, stored("another"))
    assert "another key" in notices[0]
    path.unlink()
    aside(path)[0].rename(path)
    assert vault_at(path).get(SLOT) == stored()


def test_a_vault_whose_key_is_not_set_here_is_left_where_it_is(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    before = path.read_bytes()
    keyless = Vault(path, VaultKeys(path.parent / "unused.key", environ={}))
    with pytest.raises(VaultKeyError, match=VAULT_KEY_VARIABLE):
        keyless.get(SLOT)
    with pytest.raises(VaultKeyError, match=VAULT_KEY_VARIABLE):
        keyless.put(SLOT, stored("other"))
    assert path.read_bytes() == before
    assert aside(path) == []


def test_a_key_from_elsewhere_leaves_a_vault_alone_that_another_place_opens(path: Path) -> None:
    in_file = VaultKeys(path.parent / "vault.key", environ={}, find_keyring=NoKeyring)
    Vault(path, in_file).put(SLOT, stored())
    assert Vault(path, in_file).key_file() == path.parent / "vault.key"
    before = path.read_bytes()
    for use in (lambda vault: vault.get(SLOT), lambda vault: vault.put(SLOT, stored("other"))):
        with pytest.raises(VaultKeyError, match=f"{VAULT_KEY_VARIABLE} does not open"):
            use(vault_at(path))
    assert path.read_bytes() == before
    assert Vault(path, in_file).get(SLOT) == stored()


def test_a_key_that_went_with_its_vault_is_not_used_again(path: Path) -> None:
    keys = VaultKeys(path.parent / "vault.key", environ={}, find_keyring=NoKeyring, notify=ignore)
    vault = Vault(path, keys)
    vault.put(SLOT, stored())
    path.unlink()
    keys.key_file.unlink()
    vault.put(SLOT, stored("new"))
    fresh = VaultKeys(keys.key_file, environ={}, find_keyring=NoKeyring)
    assert Vault(path, fresh).get(SLOT) == stored("new")


def test_preparing_makes_no_key_beside_one_that_cannot_be_reached(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    keys = VaultKeys(path.parent / "vault.key", environ={}, find_keyring=NoKeyring)
    with pytest.raises(VaultKeyError):
        Vault(path, keys).prepare()
    assert not keys.key_file.exists()


def ignore(message: str) -> None:
    """Take a notice that the test is not about."""


def test_a_directory_in_place_of_the_vault_is_one_clear_error(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(VaultError, match=re.escape(str(path))):
        vault_at(path).get(SLOT)


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="needs a file system that is read-only")
def test_a_home_that_cannot_be_written_is_one_clear_error() -> None:
    vault = vault_at(Path("/sys/attio_nb/vault.bin"))
    assert vault.get(SLOT) is None
    with pytest.raises(VaultError, match="ATTIO_NB_DATA_DIR"):
        vault.put(SLOT, stored())


def test_a_failed_write_leaves_what_was_stored_and_nothing_beside_it(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    script = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import Vault
from attio_nb.errors import VaultError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
vault = Vault(Path(sys.argv[1]), VaultKeys(Path(sys.argv[1]).parent / "unused.key"))
slot = Slot("app", "local", "workspace", "local", "second")
try:
    vault.put(slot, StoredConnection("c2", SecretStr("x"), "alice", datetime.now(UTC)))
except VaultError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, VAULT_KEY_VARIABLE: KEY},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written: file too large. Nothing was changed" in done.stdout
    assert vault_at(path).entries() == {SLOT: stored()}
    names = {p.name for p in path.parent.iterdir()} - {"generations.json"}
    assert names == {"vault.bin", "vault.bin.lock"}


def test_a_full_disk_is_named_as_such_and_changes_nothing(path: Path) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    vault_at(path).put(SLOT, stored())
    with pytest.raises(VaultError, match=r"the disk is full\. Nothing was changed"):
        vault_at(path, replace=full).put(SLOT, stored("new"))
    assert vault_at(path).get(SLOT) == stored()


def test_another_process_that_never_lets_go_is_told_of(path: Path) -> None:
    from filelock import FileLock

    vault_at(path).put(SLOT, stored())
    with (
        FileLock(f"{path}.lock", thread_local=False),
        pytest.raises(VaultError, match="Another process"),
    ):
        vault_at(path, lock_timeout=0.05).put(SLOT, stored("new"))
    assert vault_at(path).get(SLOT) == stored()


def test_threads_that_write_at_once_lose_nothing(path: Path) -> None:
    vault = vault_at(path)

    def write(number: int) -> None:
        for turn in range(5):
            vault.put(Slot("app", "local", "user", f"{number}", f"{turn}"), stored())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(vault_at(path).entries()) == 40


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import Vault

path, writer, changes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
vault = Vault(path, VaultKeys(path.parent / "unused.key"))
print("ready", flush=True)
for change in range(changes):
    slot = Slot("app", "local", "user", writer, str(change % 25))
    vault.put(slot, StoredConnection("id", SecretStr("x" * 200), "alice", datetime.now(UTC)))
"""


def writer(path: Path, name: str, changes: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(changes)],
        env={**os.environ, VAULT_KEY_VARIABLE: KEY},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_four_processes_with_25_changes_each_leave_100(path: Path) -> None:
    processes = [writer(path, f"writer-{number}", 25) for number in range(4)]
    for process in processes:
        with process:
            assert process.wait(60) == 0
    assert len(vault_at(path).entries()) == 100


def test_forty_kills_leave_the_vault_readable_and_complete(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    for kill in range(40):
        with writer(path, "killed", 1_000_000) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            await_replacements(path, kill % 5)
            process.kill()
        assert vault_at(path).get(SLOT) == stored()
    vault_at(path).put(SLOT, stored())
    assert list(path.parent.glob("*.tmp")) == []
    assert aside(path) == []


def await_replacements(path: Path, number: int) -> None:
    """Return in the middle of whatever step of a write comes next, after some whole ones."""
    for _ in range(number):
        inode = path.stat().st_ino
        while path.stat().st_ino == inode:
            pass


def test_looking_into_a_vault_that_does_not_open_leaves_it_where_it_is(path: Path) -> None:
    vault_at(path).put(SLOT, stored())
    assert vault_at(path).inspect() == {SLOT: stored()}
    before = path.read_bytes()
    with pytest.raises(VaultError, match="made with another key"):
        vault_at(path, key=OTHER_KEY).inspect()
    path.write_bytes(before[:-1])
    with pytest.raises(VaultError, match="it was damaged"):
        vault_at(path).inspect()
    assert path.read_bytes() == before[:-1]
    assert aside(path) == []


def test_looking_into_a_vault_that_is_not_there_makes_none(path: Path) -> None:
    assert vault_at(path).inspect() is None
    assert not path.parent.exists()
