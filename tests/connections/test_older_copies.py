"""A vault that was put back to an older copy is noticed."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attio_nb.cli import main
from attio_nb.connections.keys import VAULT_KEY_VARIABLE, VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import HEADER_BYTES, NONCE_BYTES, Vault

SECRET = bytes(range(32))
KEY = base64.b64encode(SECRET).decode()
OTHER_KEY = base64.b64encode(bytes(32)).decode()
SLOT = Slot("app", "local", "user", "ada", None)


def stored(value: str = "a-value") -> StoredConnection:
    return StoredConnection("id", SecretStr(value), "ada", datetime(2026, 1, 1, tzinfo=UTC))


@dataclass
class Home:
    """Where a vault and its key are."""

    data: Path
    told: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.data / "vault" / "vault.bin"

    @property
    def remembered(self) -> Path:
        return self.data / "key" / "generations.json"

    def vault(self, key: str = KEY) -> Vault:
        """The vault, as another process opens it."""
        keys = VaultKeys(self.data / "key" / "vault.key", environ={VAULT_KEY_VARIABLE: key})
        return Vault(self.file, keys, notify=self.told.append)

    def put_back(self, content: bytes) -> None:
        """Put an older copy in place of the vault, as a backup that is restored."""
        (restored := self.data / "restored").write_bytes(content)
        os.utime(restored, (1, 1))
        os.replace(restored, self.file)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ATTIO_NB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv(VAULT_KEY_VARIABLE, KEY)
    return Home(tmp_path / "data")


def older(home: Home) -> bytes:
    """Write a vault three times, and return what it was after the first time."""
    home.vault().put(SLOT, stored())
    before = home.file.read_bytes()
    home.vault().put(SLOT, stored("newer"))
    home.vault().delete(SLOT)
    assert home.told == []
    return before


def test_it_is_told_once_by_each_process_and_is_no_error(home: Home) -> None:
    running = home.vault()
    before = older(home)
    assert running.get(SLOT) is None
    home.put_back(before)
    for _ in range(3):
        assert running.get(SLOT) == stored()
    [message] = home.told
    assert "is an older copy: it was written 1 times, and the last one seen 3 times" in message
    assert home.vault().get(SLOT) == stored()
    assert home.told == [message] * 2


def test_it_is_noticed_by_a_running_process_that_can_keep_nothing(home: Home) -> None:
    running = home.vault()
    before = older(home)
    assert running.get(SLOT) is None
    home.remembered.unlink()
    home.put_back(before)
    assert running.get(SLOT) == stored()
    assert len(home.told) == 1


def test_it_is_told_no_more_once_it_was_written_again(home: Home) -> None:
    home.put_back(older(home))
    home.vault().put(SLOT, stored("again"))
    assert len(home.told) == 1
    assert home.vault().get(SLOT) == stored("again")
    assert len(home.told) == 1


def test_the_doctor_tells(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = older(home)
    main(["doctor"])
    assert "older copy" not in capsys.readouterr().out
    home.put_back(before)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert f"problem  Vault: {home.file} is an older copy" in told
    assert "Vault: 1 connection" in told


HARMLESS: dict[str, Callable[[Home], object]] = {
    "many writers": lambda home: [home.vault().put(SLOT, stored(str(n))) for n in range(5)],
    "a vault that was deleted": lambda home: home.file.unlink(),
    "another key": lambda home: home.vault(OTHER_KEY).put(SLOT, stored()),
    "a list that is damaged": lambda home: home.remembered.write_text('{"x": [}'),
    "a list of another shape": lambda home: home.remembered.write_text("[1]"),
    "a list with other types": lambda home: home.remembered.write_text(
        json.dumps({os.path.realpath(home.file): {"x": "y"}})
    ),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_nothing_is_told_without_an_older_copy(home: Home, case: str) -> None:
    older(home)
    HARMLESS[case](home)
    home.told.clear()
    home.vault().put(SLOT, stored("last"))
    assert home.vault().get(SLOT) == stored("last")
    assert not any("older copy" in message for message in home.told)


def rows(home: Home) -> list[dict[str, object]]:
    content = home.file.read_bytes()
    header, body = content[:HEADER_BYTES], content[HEADER_BYTES:]
    opened = AESGCM(SECRET).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], header)
    found: list[dict[str, object]] = json.loads(opened)
    return found


def write_rows(home: Home, changed: list[dict[str, object]]) -> None:
    header, nonce = home.file.read_bytes()[:HEADER_BYTES], os.urandom(NONCE_BYTES)
    sealed = AESGCM(SECRET).encrypt(nonce, json.dumps(changed).encode(), header)
    home.put_back(header + nonce + sealed)


def test_a_vault_of_an_older_version_opens_and_is_counted_from_then_on(home: Home) -> None:
    home.vault().put(SLOT, stored())
    write_rows(home, [row for row in rows(home) if row["id"] != "generation"])
    home.remembered.unlink()
    assert home.vault().entries() == {SLOT: stored()}
    home.vault().put(SLOT, stored("newer"))
    assert home.vault().entries() == {SLOT: stored("newer")}
    assert home.told == []


def test_an_older_version_reads_the_generation_as_a_slot_of_no_app(home: Home) -> None:
    home.vault().put(SLOT, stored())
    _, generation = rows(home)
    assert Slot(*generation["slot"]) == Slot("", "", "client", "generation", None)  # type: ignore[misc]
    assert generation.keys() == {"slot", "id", "value", "created_by", "created_at"}
    # It writes back all that it has read, and does not count.
    write_rows(home, rows(home))
    assert home.vault().get(SLOT) == stored()
    assert home.told == []
