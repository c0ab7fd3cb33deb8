"""A vault that cannot be written: nothing is spent that only a write makes up for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.connections.keys import VaultKeys
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import Store
from attio_nb.connections.vault import Vault
from attio_nb.errors import MissingConnectionError, VaultError, VaultKeyError
from attio_nb.files import replace_file
from tests.oauth.conftest import Project, get
from tests.oauth.stub import PROMPTLY, Reply


class Disk:
    """What puts contents in place of files, and fails for the vault or for what is tried first."""

    def __init__(self) -> None:
        self.probe_error = self.write_error = 0

    def replace(self, path: Path, content: bytes) -> None:
        error = self.write_error if path.name == "vault.bin" else self.probe_error
        if error:
            raise OSError(error, os.strerror(error))
        replace_file(path, content)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def store(make_vault: Callable[[], Vault], disk: Disk) -> Store:
    made = make_vault()
    return Vault(made.path, made.keys, replace=disk.replace)


@pytest.mark.parametrize(
    "error", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO]
)
def test_no_refresh_token_is_sent(project: Project, disk: Disk, error: int) -> None:
    before = project.expire()
    session = project.session()
    disk.probe_error = error
    for _ in range(2):
        with pytest.raises(VaultError, match="Nothing was sent to the provider") as failed:
            session.get_connection("user")
        assert "Nothing was changed" in str(failed.value)
    assert project.provider.refreshes == 0
    assert project.stored == before
    disk.probe_error = 0
    assert project.is_known(session.get_connection("user"))
    assert project.provider.refreshes == 1


def test_a_token_that_cannot_be_saved_is_told_of_and_saved_at_the_next_try(
    project: Project, disk: Disk
) -> None:
    project.expire()
    session = project.session()
    disk.write_error = errno.ENOSPC
    for _ in range(2):
        with pytest.raises(VaultError, match=r"disk is full.*do not restart the kernel") as failed:
            session.get_connection("user")
        assert "Nothing was changed" not in str(failed.value)
        assert "run the cell again" in str(failed.value)
    disk.write_error = 0
    assert project.is_known(session.get_connection("user"))
    assert project.provider.refreshes == 1


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid"), reason="no permission bits")
def test_a_folder_that_cannot_be_written_is_found_before(project: Project, store: Vault) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    project.expire()
    store.path.parent.chmod(0o500)
    try:
        with pytest.raises(VaultError):
            project.session().get_connection("user")
    finally:
        store.path.parent.chmod(0o700)
    assert project.provider.refreshes == 0
    assert project.is_known(project.session().get_connection("user"))


def test_a_key_that_cannot_be_had_is_found_before(project: Project, store: Vault) -> None:
    signing_in = project.sign_in()
    store.keys = VaultKeys(store.path.parent.parent / "key/vault.key", environ={})
    store.keys.find_or_make = locked  # type: ignore[method-assign]
    signing_in.start()
    assert signing_in.wait(PROMPTLY)
    assert isinstance(signing_in.error, VaultKeyError)
    assert project.provider.token_calls == []


def locked() -> object:
    raise VaultKeyError("The operating system's keyring is locked.")


def test_the_check_leaves_nothing_behind(project: Project, store: Vault, disk: Disk) -> None:
    project.connect()
    before = store.path.read_bytes()
    store.require_writable()
    disk.probe_error = errno.ENOSPC
    with pytest.raises(VaultError):
        store.require_writable()
    assert store.path.read_bytes() == before
    assert not [each.name for each in store.path.parent.iterdir() if each.suffix == ".tmp"]


class TestASignIn:
    def test_sends_nobody_anywhere(self, project: Project, disk: Disk) -> None:
        disk.probe_error = errno.EROFS
        assert isinstance(project.fail().error, VaultError)
        assert project.provider.token_calls == []

    def test_uses_no_code_and_takes_the_same_page_again(self, project: Project, disk: Disk) -> None:
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        disk.probe_error = errno.ENOSPC
        for _ in range(2):
            page = get(address)
            assert page.status_code == 400
            assert "load the page" in page.text
        assert signing_in.state == "ready"
        assert "still counts" in str(signing_in.error)
        assert project.provider.token_calls == []
        disk.probe_error = 0
        assert get(address).status_code == 200
        assert signing_in.wait(PROMPTLY)
        assert signing_in.state == "connected"
        assert len(project.provider.token_calls) == 1

    def test_probes_nothing_for_an_address_that_is_not_its_own(
        self, project: Project, disk: Disk
    ) -> None:
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        disk.probe_error = errno.ENOSPC
        page = get(address.replace("state=", "state=x"))
        assert "disk is full" not in page.text
        assert signing_in.error is None

    def test_asks_for_no_device_code(self, project: Project, disk: Disk) -> None:
        signing_in = project.begin()
        disk.probe_error = errno.ENOSPC
        signing_in.use_device()
        while signing_in.error is None:
            assert not signing_in.wait(0.01)
        assert isinstance(signing_in.error, VaultError)
        assert project.provider.count("/device_authorization") == 0

    def test_that_cannot_be_saved_is_saved_when_the_cell_is_run_again(
        self, project: Project, disk: Disk
    ) -> None:
        session = project.session(project.person)
        disk.write_error = errno.ENOSPC
        for _ in range(2):
            with pytest.raises(VaultError, match="do not restart the kernel"):
                session.get_connection("user")
        assert project.stored is None
        disk.write_error = 0
        assert project.is_known(session.get_connection("user"))
        assert len(project.provider.token_calls) == 1
        assert len(project.person.asked) == 1

    def test_that_cannot_be_saved_goes_when_the_person_disconnects(
        self, project: Project, disk: Disk
    ) -> None:
        session = project.session(project.person)
        disk.write_error = errno.ENOSPC
        with pytest.raises(VaultError):
            session.get_connection("user")
        disk.write_error = 0
        session.disconnect("user")
        with pytest.raises(MissingConnectionError):
            project.session().get_connection("user")

    def test_that_cannot_be_saved_ends_its_prompt_once_there_is_room(
        self, project: Project, disk: Disk
    ) -> None:
        session = project.session()
        request = session.request("user")
        assert request.sign_in is not None
        disk.write_error = errno.ENOSPC
        signing_in = request.sign_in()
        signing_in.start()
        assert signing_in.wait_until_ready(PROMPTLY)
        project.person.comes_back(signing_in)
        assert signing_in.wait(PROMPTLY)
        assert not request.is_connected()
        with pytest.raises(VaultError, match="do not restart"):
            request.sign_in()
        disk.write_error = 0
        again = request.sign_in()
        assert request.is_connected()
        again.close()
        assert len(project.provider.token_calls) == 1


def test_no_client_is_registered(project: Project, disk: Disk) -> None:
    project.write('key = "mail"', f'issuer = "{project.provider.url}"')
    told = {"client_id": "registered", "client_secret": "a-secret"}
    project.provider.registration = Reply(told, 201)
    oauth2 = OAuth2(
        client_id="", issuer=project.provider.url, client_authentication="client_secret_basic"
    )
    wished = ConnectionDefinition(
        owner="user", key="calendar", hosts=("127.0.0.1",), type="oauth2", oauth2=oauth2
    )
    disk.write_error = errno.ENOSPC
    with pytest.raises(VaultError):
        project.session().register(wished)
    assert project.provider.count("/register") == 0
    assert SecretStr("a-secret") not in {each.value for each in project.store.entries().values()}
