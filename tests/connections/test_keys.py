"""Where the key of the vault is kept: a real keyring, a key file, the environment."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from attio_nb.connections.keys import VAULT_KEY_VARIABLE, KeyPlace, VaultKeys
from attio_nb.errors import VaultKeyError

KEY = base64.b64encode(bytes(range(32))).decode()


def keys(tmp_path: Path, **environ: str) -> VaultKeys:
    return VaultKeys(
        tmp_path / "config" / "vault.key",
        environ=environ,
        find_keyring=NoKeyring,
        notify=lambda message: None,
    )


def test_the_environment_overrides_every_other_place(tmp_path: Path) -> None:
    keys(tmp_path).find_or_make()
    overridden = keys(tmp_path, **{VAULT_KEY_VARIABLE: KEY})
    for place in KeyPlace:
        found = overridden.find(place)
        assert found is not None
        assert (found.place, found.secret) == (KeyPlace.ENVIRONMENT, bytes(range(32)))


@pytest.mark.parametrize(
    "text", ["short", base64.b64encode(b"x" * 31).decode(), "ä" * 44, "=" * 44]
)
def test_a_malformed_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(VaultKeyError, match="32 bytes in base64") as refusal:
        keys(tmp_path, **{VAULT_KEY_VARIABLE: text}).find_or_make()
    assert text not in str(refusal.value)


def test_without_a_keyring_the_key_goes_into_a_file_and_nothing_is_said(tmp_path: Path) -> None:
    notices: list[str] = []
    file = tmp_path / "config" / "vault.key"
    maker = VaultKeys(file, environ={}, find_keyring=NoKeyring, notify=notices.append)
    made = maker.find_or_make()
    assert made.place is KeyPlace.FILE
    assert maker.find_or_make() == made
    assert maker.find(KeyPlace.FILE) == made
    assert notices == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    keys(tmp_path).find_or_make()
    file = tmp_path / "config" / "vault.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_key_never_shows_itself(tmp_path: Path) -> None:
    made = keys(tmp_path).find_or_make()
    assert base64.b64encode(made.secret).decode() not in repr(made)
    assert repr(made.secret) not in repr(made)
    assert made.fingerprint not in made.secret


def test_a_key_file_that_cannot_be_written_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    with pytest.raises(VaultKeyError, match=VAULT_KEY_VARIABLE):
        keys(tmp_path).find_or_make()


class PlainTextKeyring(KeyringBackend):  # type: ignore[no-untyped-call]  # keyring's registry
    """As keyrings.alt has: writable, and readable by everybody."""

    priority = 9  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("a plain text keyring must not be asked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("a key must not be put into a plain text keyring")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("a plain text keyring must not be asked")


def test_a_keyring_that_is_not_on_the_list_is_not_used(tmp_path: Path) -> None:
    maker = VaultKeys(
        tmp_path / "vault.key",
        environ={},
        find_keyring=PlainTextKeyring,
        notify=lambda message: None,
    )
    assert maker.trusted_keyring() is None
    assert maker.find_or_make().place is KeyPlace.FILE


def test_a_keyring_that_waits_for_its_password_is_given_up_with_a_hint(tmp_path: Path) -> None:
    forever = threading.Event()

    def waiting() -> KeyringBackend:
        forever.wait()
        raise AssertionError("nobody answers")

    silent = VaultKeys(tmp_path / "key", environ={}, find_keyring=waiting, patience=0.05)
    with pytest.raises(VaultKeyError, match="a window that asks"):
        silent.find_or_make()


def test_a_key_in_a_keyring_that_is_out_of_reach_is_not_taken_for_lost(tmp_path: Path) -> None:
    with pytest.raises(VaultKeyError, match="cannot be reached from here"):
        keys(tmp_path).find(KeyPlace.KEYRING)


# With a real SecretService.

START = """
import os, subprocess, sys
from pathlib import Path
from attio_nb.connections.keys import KeyPlace, VaultKeys
from attio_nb.connections.own import default_vault

HOME = Path(os.environ["HOME"])

def daemon(*options, password=None):
    subprocess.run(
        ["gnome-keyring-daemon", *options, "--components=secrets"],
        input=password, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )

keys = VaultKeys(HOME / "vault.key", environ={}, notify=print)
"""
VAULT = """
from datetime import UTC, datetime
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import VaultKeyError

slot = Slot("app", "local", "workspace", "local", None)
stored = StoredConnection("c1", SecretStr("sk-1"), "alice", datetime(2026, 11, 23, tzinfo=UTC))
vault = default_vault()
"""


Desktop = Callable[[str], str]


@pytest.fixture
def in_desktop(home: Path, program: Callable[..., str]) -> Desktop:
    """Run a script on a D-Bus session of its own, and return what it prints."""
    program("dbus-run-session")
    program("gnome-keyring-daemon")
    return lambda script: run_in_desktop(script, home)


def run_in_desktop(script: str, home: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="attio-") as runtime:
        # The runtime directory holds sockets, whose paths are short.
        environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": runtime}
        del environment["PYTHON_KEYRING_BACKEND"]
        done = subprocess.run(
            ["dbus-run-session", "--", sys.executable, "-c", START + script],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


UNLOCKED = 'daemon("--unlock", password=b"a password")\n'
LOCKED = 'daemon("--start", "--daemonize")\n'


def test_a_real_keyring_keeps_the_key_across_desktop_sessions(
    in_desktop: Desktop, home: Path
) -> None:
    script = UNLOCKED + "print(keys.find_or_make().fingerprint.hex(), keys.describe())"
    first = in_desktop(script)
    assert first.endswith("keyring SecretService Keyring\n")
    assert in_desktop(script) == first
    assert not (home / "vault.key").exists()


def test_a_vault_under_a_real_keyring_is_opened_by_the_next_desktop_session(
    in_desktop: Desktop, home: Path
) -> None:
    in_desktop(UNLOCKED + VAULT + "vault.put(slot, stored)")
    assert in_desktop(UNLOCKED + VAULT + "print(vault.get(slot) == stored)") == "True\n"


def test_a_locked_keyring_is_one_clear_error_and_the_vault_stays_as_it_is(
    in_desktop: Desktop, home: Path
) -> None:
    in_desktop(UNLOCKED + VAULT + "vault.put(slot, stored)")
    ask = "try:\n    vault.get(slot)\nexcept VaultKeyError as error:\n    print(error)\n"
    said = in_desktop(LOCKED + VAULT + ask)
    assert said == (
        "The operating system's keyring is locked. Unlock it and try again, "
        "or set ATTIO_NB_VAULT_KEY and, for a vault of its own, ATTIO_NB_DATA_DIR.\n"
    )
    assert in_desktop(UNLOCKED + VAULT + "print(vault.get(slot) == stored)") == "True\n"


def test_a_vault_under_a_keyring_is_left_alone_where_there_is_no_desktop(
    in_desktop: Desktop, home: Path
) -> None:
    in_desktop(UNLOCKED + VAULT + "vault.put(slot, stored)")
    without = subprocess.run(
        [sys.executable, "-c", START + VAULT + "vault.get(slot)"],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert "cannot be reached from here" in without.stderr
    assert in_desktop(UNLOCKED + VAULT + "print(vault.get(slot) == stored)") == "True\n"
