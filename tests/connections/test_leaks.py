"""No error of a vault, of a variable or of a value that is no secret holds what it is about."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from attio_nb.app.current import AppFile
from attio_nb.connections.auth import connection_auth
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.secret import SecretStr, check_secret
from attio_nb.connections.store import MemoryStore
from attio_nb.connections.vault import HEADER_BYTES, Vault
from attio_nb.errors import AttioError
from attio_nb.session import Session
from tests.leaks import leaks

VALUE = "sk_live_abcdefgh"
KEY = base64.b64encode(b"0123456789abcdef" * 2).decode()
APP_FILE = """
[app]
id = "mail"
name = "Mail"

[[connections]]
owner = "user"
hosts = ["a.example"]
"""
SLOT = Slot("mail", "workspace", "user", "ada", None)


def caught(call: Callable[[], object]) -> AttioError:
    with pytest.raises(AttioError) as error:
        call()
    return error.value


@pytest.mark.parametrize(
    "text",
    [
        f"{VALUE}\t{VALUE}",
        f"{VALUE}\r\n{VALUE}",
        f"{VALUE}\u2013",
        f"{VALUE}\ud800",
        f"{VALUE}\x00",
        VALUE * 2000,
    ],
    ids=range(6),
)
def test_a_value_that_is_no_secret(text: str, tmp_path: Path) -> None:
    assert leaks(caught(lambda: check_secret(text)), VALUE) == []
    (tmp_path / "attio-app.toml").write_text(APP_FILE)
    environ = {"ATTIO_NB_USER_CONNECTION": text}
    session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ=environ)
    error = caught(lambda: session.get_connection("user"))
    assert [way for way in leaks(error, VALUE) if "_environ" not in way] == []


def test_a_value_that_no_header_can_carry() -> None:
    error = caught(lambda: connection_auth(SecretStr(f"{VALUE}\n"), hosts=["a.example"]))
    assert leaks(error, VALUE) == []


def vault(folder: Path, **environ: str) -> Vault:
    keys = VaultKeys(folder / "key", environ=environ, find_keyring=lambda: None)
    return Vault(folder / "vault.bin", keys)


@pytest.mark.parametrize(
    "text",
    ["too short", KEY[:-8], f"{KEY}{KEY}", f"{KEY}!", f"é{KEY}"],
    ids=range(5),
)
def test_a_vault_key_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(text)
    for environ in ({"ATTIO_NB_VAULT_KEY": text}, {}):
        keys = vault(tmp_path, **environ).keys
        error = caught(lambda keys=keys: keys.find(keys.place()))  # type: ignore[misc]
        assert [way for way in leaks(error, text) if "_environ" not in way] == []


def test_a_vault_that_cannot_be_opened(tmp_path: Path, stored: Any) -> None:
    whole = vault(tmp_path, ATTIO_NB_VAULT_KEY=KEY)
    whole.put(SLOT, stored)
    path = tmp_path / "vault.bin"
    content = path.read_bytes()
    secrets = (VALUE, KEY, "0123456789abcdef")
    for damaged in (content[:-5], content[:-1] + b"x", content[:30], b"", b"no vault"):
        path.write_bytes(damaged)
        error = caught(lambda: vault(tmp_path, ATTIO_NB_VAULT_KEY=KEY).inspect())
        assert [way for way in leaks(error, *secrets) if "_environ" not in way] == []


@pytest.mark.parametrize("plain", [f'["{VALUE}"', f'[{{"value": "{VALUE}"}}]', f'"{VALUE}\xe9"'])
def test_a_vault_of_other_content(tmp_path: Path, stored: Any, plain: str) -> None:
    whole = vault(tmp_path, ATTIO_NB_VAULT_KEY=KEY)
    whole.put(SLOT, stored)
    path = tmp_path / "vault.bin"
    content = path.read_bytes()
    header, nonce = content[:HEADER_BYTES], os.urandom(12)
    sealed = AESGCM(base64.b64decode(KEY)).encrypt(nonce, plain.encode("latin-1"), header)
    path.write_bytes(header + nonce + sealed)
    error = caught(lambda: vault(tmp_path, ATTIO_NB_VAULT_KEY=KEY).inspect())
    assert [way for way in leaks(error, VALUE, KEY) if "_environ" not in way] == []


@pytest.fixture
def stored() -> Any:
    return StoredConnection(
        id="x", value=SecretStr(VALUE), created_by="ada", created_at=datetime.now(UTC)
    )
