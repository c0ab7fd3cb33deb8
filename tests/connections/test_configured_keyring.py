"""A keyring whose configuration names something that is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = {
    "[backend]\ndefault-keyring = keyrings.missing.Keyring\n": (
        "names the back end keyrings.missing.Keyring, which cannot be loaded (No module named "
        "'keyrings.missing')."
    ),
    "[backend]\ndefault-keyring = keyring.backends.fail.Nothing\n": (
        "names the back end keyring.backends.fail.Nothing, which cannot be loaded (module "
        "'keyring.backends.fail' has no attribute 'Nothing')."
    ),
    "[backend]\ndefault-keyring = NoModule\n": "names the back end NoModule, which cannot",
    "no section\n": "cannot be read.",
}
GET = "from attio_nb import get_user_connection; get_user_connection()"


@pytest.fixture
def file(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the keyring package."""
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.chdir(tmp_path)
    # Where the package looks depends on the operating system.
    find = "from keyring.util.platform_ import config_root; print(config_root())"
    path = Path(run("-c", find).stdout.strip(), "keyringrc.cfg")
    path.parent.mkdir(parents=True)
    return path


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run Python: the keyring package looks once in each process."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environ},
        input="sk-1234\n",
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("content", BROKEN)
def test_the_doctor_names_file_and_module(file: Path, content: str) -> None:
    file.write_text(content)
    said = run("-m", "attio_nb.cli", "doctor").stdout
    assert f"problem  Vault key: The keyring's file {file} {BROKEN[content]}" in said


def test_so_does_what_needs_the_key(file: Path, tmp_path: Path) -> None:
    (tmp_path / "attio-app.toml").write_text(
        '[app]\nid = "a"\nname = "A"\n\n[[connections]]\nowner = "user"\ntype = "secret"\n'
        'title = "Mail"\nhosts = ["127.0.0.1"]\n'
    )
    file.write_text(next(iter(BROKEN)))
    said = run("-m", "attio_nb.cli", "connect", "user").stderr
    assert said.startswith(f"attio-nb: The keyring's file {file} names the back end")
    assert "ATTIO_NB_VAULT_KEY" in said
    assert run("-c", GET, ATTIO_NB_USER_CONNECTION="sk-1").returncode == 0


def test_the_variable_is_named_where_it_is_what_names_the_back_end(file: Path) -> None:
    said = run("-m", "attio_nb.cli", "doctor", PYTHON_KEYRING_BACKEND="missing.Keyring").stdout
    assert (
        "The environment variable PYTHON_KEYRING_BACKEND names the back end missing.Keyring" in said
    )
    assert "(No module named 'missing')" in said
