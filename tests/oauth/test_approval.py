"""An access token, too, goes only to the hosts that its owner saw when signing in."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from attio_nb import HostNotAllowedError, UnapprovedAddressError
from attio_nb.connections.model import Addresses
from tests.oauth.conftest import NO_TLS, Project

KNOWN, NEW = 'hosts = ["127.0.0.1"]', 'hosts = ["127.0.0.1", "evil.example"]'


@pytest.fixture
def file(project: Project, tmp_path: Path) -> Path:
    """The app file."""
    return tmp_path / "project" / "attio-app.toml"


def write(file: Path, hosts: str) -> None:
    """Let the app file name these hosts."""
    before = KNOWN if hosts == NEW else NEW
    file.write_text(file.read_text().replace(before, hosts))


@pytest.fixture
def signed_in(project: Project) -> Project:
    project.connect()
    return project


def test_a_sign_in_approves_the_hosts_of_its_app_file(signed_in: Project) -> None:
    assert signed_in.stored is not None
    assert signed_in.stored.approved == Addresses(("127.0.0.1",))


def test_a_refresh_keeps_what_was_approved(signed_in: Project) -> None:
    signed_in.expire()
    signed_in.session().get_connection("user")
    assert signed_in.provider.refreshes == 1
    assert signed_in.stored is not None
    assert signed_in.stored.approved == Addresses(("127.0.0.1",))


@pytest.mark.parametrize("expired", [False, True])
def test_a_token_is_not_handed_out_for_a_new_host(
    signed_in: Project, file: Path, expired: bool
) -> None:
    if expired:
        signed_in.expire()
    write(file, NEW)
    with pytest.raises(UnapprovedAddressError, match=r"evil\.example .*attio-nb allow"):
        signed_in.session().get_connection("user")


def test_a_token_that_nothing_refreshes_is_signed_in_to_anew(
    signed_in: Project, file: Path
) -> None:
    signed_in.keep(expired=True)
    write(file, NEW)
    signed_in.connect()
    # The sign-in has shown the hosts, so that nothing else is asked.
    assert [request.new_addresses for request in signed_in.person.asked] == [(), ()]
    assert signed_in.stored is not None
    assert signed_in.stored.approved == Addresses(("127.0.0.1", "evil.example"))


def test_a_connection_got_before_does_not_carry_a_later_token(
    signed_in: Project, file: Path
) -> None:
    write(file, NEW)
    session = signed_in.session(signed_in.person)
    session.approval_request("user").accept(None)  # type: ignore[arg-type]  # nothing is typed
    auth = session.get_connection("user").auth()
    write(file, KNOWN)
    signed_in.session(signed_in.person).connect("user")
    session.file.look_again()
    url = f"{signed_in.provider.url}/api"
    with (
        httpx.Client(verify=NO_TLS, trust_env=False) as client,
        pytest.raises(HostNotAllowedError, match="Call the getter again"),
    ):
        client.get(url, auth=auth)
    assert signed_in.provider.count("/api") == 0
