"""Files of this package are for their owner alone, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition, create_app
from attio_nb.app.allowed import default_allowed_files
from attio_nb.callback import CallbackFiles
from attio_nb.cli import main
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.vault import Vault
from attio_nb.errors import SetupError, VaultError, VaultKeyError
from attio_nb.files import UnsafeFolderError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits.")
ROOT = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="Only root can give a file to another user."
)
UMASKS = [0o000, 0o002, 0o022, 0o077, 0o277, 0o777]
NOBODY = 65534
SLOT = Slot("app", "local", "user", "ada", None)


def stored() -> StoredConnection:
    return StoredConnection("id", SecretStr("a-secret-value"), "ada", datetime.now(UTC))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the vault, its key and the list of allowed app files go."""
    data = tmp_path / "data"
    monkeypatch.setenv("ATTIO_NB_DATA_DIR", str(data))
    return data


@pytest.fixture
def set_umask() -> Iterator[Callable[[int], None]]:
    before = os.umask(0o022)
    os.umask(before)
    yield lambda umask: os.umask(umask) and None
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    """The modes of a folder and of all that is in it."""
    return {
        str(path.relative_to(folder.parent)): f"{stat.S_IMODE(path.lstat().st_mode):04o}"
        for path in (folder, *folder.rglob("*"))
    }


def silent_vault() -> tuple[Vault, list[str]]:
    told: list[str] = []
    return default_vault(notify=told.append), told


def use_everything(app_folder: Path) -> None:
    vault, _ = silent_vault()
    vault.put(SLOT, stored())
    with vault.renewing(SLOT):
        pass
    default_allowed_files().allow(app_folder / "attio-app.toml")


@pytest.mark.parametrize("umask", UMASKS)
def test_what_is_made_is_private(
    data: Path, tmp_path: Path, umask: int, set_umask: Callable[[int], None]
) -> None:
    set_umask(umask)
    use_everything(tmp_path)
    callbacks = CallbackFiles.below(tmp_path / "runtime")
    callbacks.expect("a-state")
    callbacks.deliver("a-state", "code=x")
    create_app(tmp_path, ConnectionDefinition(owner="user", title="Mailbox"))
    set_umask(0o022)
    home = Path.home()
    for folder in (data, tmp_path / "runtime", home / ".cache"):
        found = modes(folder)
        assert len(found) > 2
        for path, mode in found.items():
            is_folder = (folder.parent / path).is_dir()
            assert mode == ("0700" if is_folder else "0600"), path


def test_the_doctor_tells_what_is_too_open_and_mends_it(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use_everything(tmp_path)
    runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
    CallbackFiles.below(runtime).expect("a-state")
    opened = [data / "vault", data / "key", data / "allowed", runtime / "attio_nb"]
    opened += [path for folder in opened for path in folder.iterdir()]
    for path in opened:
        path.chmod(0o777 if path.is_dir() else 0o644)
    before = modes(data)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    for path in opened:
        assert f"other users may open {path} (mode " in told
    assert modes(data) == before

    main(["doctor", "--fix"])
    told = capsys.readouterr().out
    for path in opened:
        assert f"fixed    {path}: the mode was " in told
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert "Permissions" not in told
    main(["doctor", "--fix"])
    assert "fixed" not in capsys.readouterr().out


def test_a_key_file_that_others_can_read_is_used_and_told_once(data: Path, tmp_path: Path) -> None:
    use_everything(tmp_path)
    (data / "key" / "vault.key").chmod(0o644)
    vault, told = silent_vault()
    assert vault.get(SLOT) is not None
    vault.put(SLOT, stored())
    [message] = told
    assert "(mode 0644)" in message
    assert "attio-nb doctor --fix" in message


class TestAFolderThatIsALink:
    """Its target is neither read nor changed."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Path:
        target = tmp_path / "target"
        target.mkdir()
        target.chmod(0o755)
        return target

    @pytest.fixture(autouse=True)
    def unchanged(self, target: Path) -> Iterator[None]:
        yield
        assert stat.S_IMODE(target.stat().st_mode) == 0o755
        assert [path.name for path in target.iterdir()] in ([], ["vault.key"], ["vault.bin"])

    @pytest.fixture
    def link(self, target: Path) -> Callable[[Path], None]:
        def link(path: Path) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)

        return link

    def test_holds_no_vault(self, data: Path, target: Path, link: Callable[[Path], None]) -> None:
        link(data / "vault")
        vault, _ = silent_vault()
        with pytest.raises(VaultError, match=r"is a link.*ATTIO_NB_DATA_DIR"):
            vault.put(SLOT, stored())
        (target / "vault.bin").write_bytes(b"attio_nb vault 1\n")
        with pytest.raises(VaultError, match="is a link"):
            vault.get(SLOT)

    def test_holds_no_key(self, data: Path, target: Path, link: Callable[[Path], None]) -> None:
        link(data / "key")
        keys = VaultKeys(data / "key" / "vault.key", environ={}, notify=lambda message: None)
        with pytest.raises(VaultKeyError, match="is a link"):
            keys.find_or_make()
        (target / "vault.key").write_text("A" * 43 + "=")
        with pytest.raises(VaultKeyError, match="is a link"):
            keys.find_or_make()

    def test_holds_no_list(self, data: Path, tmp_path: Path, link: Callable[[Path], None]) -> None:
        link(data / "allowed")
        with pytest.raises(SetupError, match="is a link"):
            default_allowed_files().allow(tmp_path / "attio-app.toml")

    def test_holds_no_callback(self, tmp_path: Path, link: Callable[[Path], None]) -> None:
        link(tmp_path / "runtime" / "attio_nb")
        callbacks = CallbackFiles.below(tmp_path / "runtime")
        with pytest.raises(UnsafeFolderError, match="is a link"):
            callbacks.expect("a-state")
        assert not callbacks.take("a-state")

    def test_is_told_by_the_doctor_and_left_as_it_is(
        self, data: Path, link: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        link(data / "vault")
        assert main(["doctor", "--fix"]) == 1
        told = capsys.readouterr().out
        assert f"the folder {data / 'vault'} is a link" in told
        assert "fixed" not in told


@ROOT
def test_a_folder_of_another_user_is_refused(data: Path, tmp_path: Path) -> None:
    use_everything(tmp_path)
    runtime = tmp_path / "runtime"
    CallbackFiles.below(runtime).expect("a-state")
    for folder in (data / "vault", data / "key", data / "allowed", runtime / "attio_nb"):
        os.chown(folder, NOBODY, -1)
    vault, _ = silent_vault()
    with pytest.raises(VaultError, match="belongs to another user"):
        vault.get(SLOT)
    with pytest.raises(VaultKeyError, match="belongs to another user"):
        vault.keys.find_or_make()
    with pytest.raises(SetupError, match="belongs to another user"):
        default_allowed_files().is_allowed(tmp_path / "attio-app.toml")
    with pytest.raises(UnsafeFolderError, match="belongs to another user"):
        CallbackFiles.below(runtime).expect("another-state")
    assert not CallbackFiles.below(runtime).take("a-state")
