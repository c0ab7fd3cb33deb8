"""Looking into a vault leaves it, and the keyring that its key is in, as they are."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from attio_nb.callback import CallbackFiles
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import Vault
from attio_nb.jupyter.folders import Folders, local_root
from attio_nb.jupyter.tab import Tab

SLOT = Slot("a", "local", "user", "alice", None)
STORED = StoredConnection("an-id", SecretStr("a-secret"), "alice", datetime.now(UTC))
APP = '[app]\nid = "a"\n[[connections]]\nowner = "user"\ntype = "secret"\n'


class LockableKeyring(KeyringBackend):  # type: ignore[no-untyped-call]  # keyring's registry
    """Holds one key, and counts how often it is asked for."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        self.kept: str | None = None
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept = password


LockableKeyring.__module__ = "keyring.backends.macOS"
"""A back end that is trusted."""


class Keys(VaultKeys):
    """Keys in a keyring that says whether it is locked, as a desktop's does."""

    is_locked = False

    def locked(self) -> bool:
        return self.is_locked


def in_keyring(tmp_path: Path, keyring: KeyringBackend) -> Keys:
    return Keys(tmp_path / "key", environ={}, find_keyring=lambda: keyring, notify=quiet)


def in_file(tmp_path: Path) -> VaultKeys:
    return VaultKeys(tmp_path / "key", environ={}, find_keyring=NoKeyring, notify=quiet)


def quiet(message: str) -> None:
    raise AssertionError(message)


def vault(tmp_path: Path, keys: VaultKeys) -> Vault:
    return Vault(tmp_path / "vault/vault.bin", keys, notify=quiet)


def state(tmp_path: Path, keys: VaultKeys, **settings: Any) -> dict[str, Any]:
    """Return the state that a new server tells."""
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (root / "attio-app.toml").write_text(APP)
    tab = Tab(
        Folders(root),
        vault(tmp_path, keys),
        callbacks=CallbackFiles(tmp_path / "callbacks"),
        environ={"JUPYTERHUB_USER": "alice"},
    )
    return tab.state("notebook.ipynb", **settings)


def found(told: dict[str, Any]) -> tuple[list[str], str]:
    return [each["kind"] for each in told["problems"]], told["connections"][0]["standing"]


def files(tmp_path: Path) -> dict[str, bytes]:
    there = (path for path in (tmp_path / "vault").rglob("*") if path.suffix != ".lock")
    return {path.name: path.read_bytes() for path in there}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"attio_nb vault 1\nf" + b"x" * 100])
def test_a_vault_that_cannot_be_opened_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/vault.bin").write_bytes(content)
    for unlock in (False, True):
        assert found(state(tmp_path, in_file(tmp_path), unlock=unlock)) == (["vault"], "unknown")
    assert files(tmp_path) == {"vault.bin": content}
    assert not (tmp_path / "key").exists()


def test_a_vault_whose_key_is_gone_is_left_as_it_is(tmp_path: Path) -> None:
    keys = VaultKeys(tmp_path / "k/key", environ={}, find_keyring=NoKeyring, notify=lambda m: None)
    vault(tmp_path, keys).put(SLOT, STORED)
    before = files(tmp_path)
    shutil.rmtree(tmp_path / "k")
    assert found(state(tmp_path, keys)) == (["vault"], "unknown")
    assert files(tmp_path) == before
    assert not (tmp_path / "k").exists()


def test_a_vault_that_is_a_folder_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "vault/vault.bin").mkdir(parents=True)
    assert found(state(tmp_path, in_file(tmp_path))) == (["vault"], "unknown")


def test_a_file_where_the_vaults_folder_should_be_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "vault").write_text("")
    assert found(state(tmp_path, in_file(tmp_path))) == (["vault"], "unknown")


def test_a_locked_keyring_is_asked_only_where_a_person_wants_it(tmp_path: Path) -> None:
    keyring = LockableKeyring()
    vault(tmp_path, in_keyring(tmp_path, keyring)).put(SLOT, STORED)
    keyring.asked = 0
    keys = in_keyring(tmp_path, keyring)
    keys.is_locked = True
    told = state(tmp_path, keys)
    assert found(told) == (["vault-locked"], "unknown")
    assert "Unlock it" in told["problems"][0]["message"]
    assert keyring.asked == 0
    assert found(state(tmp_path, keys, unlock=True)) == ([], "connected")


def test_a_keyring_that_was_locked_is_asked_once_it_is_open(tmp_path: Path) -> None:
    keyring = LockableKeyring()
    vault(tmp_path, in_keyring(tmp_path, keyring)).put(SLOT, STORED)
    assert found(state(tmp_path, in_keyring(tmp_path, keyring))) == ([], "connected")


def test_a_key_that_is_at_hand_needs_no_keyring(tmp_path: Path) -> None:
    keyring = LockableKeyring()
    opened = vault(tmp_path, in_keyring(tmp_path, keyring))
    assert not opened.needs_keyring()
    opened.put(SLOT, STORED)
    assert not opened.needs_keyring()
    assert vault(tmp_path, in_keyring(tmp_path, keyring)).needs_keyring()


def test_where_there_is_no_vault_a_locked_keyring_does_not_matter(tmp_path: Path) -> None:
    keys = in_keyring(tmp_path, LockableKeyring())
    keys.is_locked = True
    assert found(state(tmp_path, keys)) == ([], "not-connected")


def test_a_server_whose_notebooks_are_in_no_folder_has_no_app(tmp_path: Path) -> None:
    tab = Tab(
        Folders(local_root(object())),
        vault(tmp_path, in_file(tmp_path)),
        callbacks=CallbackFiles(tmp_path),
        environ={"JUPYTERHUB_USER": "alice"},
    )
    told = tab.state("notebook.ipynb")
    assert (told["app"], [each["kind"] for each in told["problems"]]) == (None, ["folder"])
    assert "%connect" in told["problems"][0]["message"]
