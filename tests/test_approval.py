"""A value goes only to the addresses that its owner saw when connecting, or approved later."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from attio_nb import MissingConnectionError, NotAllowedError, UnapprovedAddressError
from attio_nb.app.allowed import AllowedFiles
from attio_nb.app.current import AppFile
from attio_nb.cli import main
from attio_nb.connections.model import Addresses, Slot, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.prompter import Answer, ConnectionRequest, Prompter, missing_error
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore, Store
from attio_nb.errors import CommandError, HostNotAllowedError
from attio_nb.prompts.wording import description, heading
from attio_nb.session import Session
from attio_nb.tab import testing
from attio_nb.tab.overview import overview
from tests.loopback import Loopback, reply, serving
from tests.oauth.test_cases_renewal import until

VALUE = "sk-live-5f3a9c"
SLOT = Slot("prospects", "local", "workspace", "local", None)
OWN = ('hosts = ["127.0.0.1"]',)


def app_text(*lines: str, key: str = "") -> str:
    named = [f'key = "{key}"'] if key else []
    connection = ['owner = "workspace"', 'type = "secret"', 'title = "Sequencer"', *named, *lines]
    return "\n".join(["[app]", 'id = "prospects"', "[[connections]]", *connection, ""])


@dataclass
class Person:
    """Connects, and allows new addresses as long as it is told to."""

    allows: bool = True
    asked: list[ConnectionRequest] = field(default_factory=list)

    @property
    def shown(self) -> list[tuple[str, ...]]:
        """The new addresses that it was shown."""
        return [request.new_addresses for request in self.asked if request.new_addresses]

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked.append(request)
        if not wait:
            raise missing_error(request, "not-waiting")
        if request.new_addresses and not self.allows:
            raise missing_error(request, "cancelled")
        request.accept(Answer(SecretStr(VALUE)))


class Folders:
    """Folders with app files, whose sessions share one store."""

    def __init__(self, base: Path) -> None:
        self.store: Store = MemoryStore()
        self._base = base

    def session(
        self, name: str, text: str, prompter: Prompter | None = None, **environ: str
    ) -> Session:
        """Return the session of a folder with this app file."""
        (self._base / name).mkdir(exist_ok=True)
        self.write(name, text)
        return Session(
            self.store,
            file=AppFile(lambda: self._base / name),
            prompter=prompter,
            allowed=lambda: AllowedFiles(self._base / "allowed" / "allowed.json"),
            environ={"JUPYTERHUB_USER": "me", **environ},
        )

    def write(self, name: str, text: str) -> None:
        (self._base / name / "attio-app.toml").write_text(text)

    def connected(self, *lines: str) -> None:
        """Connect in one's own folder, whose app file has these lines."""
        self.session("own", app_text(*lines), Person()).get_connection("workspace")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def send(session: Session, url: str) -> int:
    """Send the value as code does."""
    connection = session.get_connection("workspace")
    with httpx.Client(trust_env=False) as client:
        return client.get(url, auth=connection.auth()).status_code


def answering() -> Any:
    return serving(lambda handler: reply(handler, 200))


@pytest.mark.parametrize(
    ("approved", "named"),
    [
        (["api.example.com"], ["api.example.com"]),
        (["api.example.com"], ["API.Example.com", "api.example.com."]),
        (["api.example.com"], ["api.example.com:8443"]),
        (["*.example.com"], ["api.example.com", "*.eu.example.com", "a.b.example.com:1"]),
        (["*.example.com:443"], ["api.example.com:443"]),
        (["bücher.example"], ["xn--bcher-kva.example"]),
        (["[::1]"], ["[::1]:8000"]),
        (["b.example", "a.example"], ["a.example"]),
        (["a.example"], []),
    ],
)
def test_hosts_that_were_approved_are_not_asked_about(
    folders: Folders, approved: list[str], named: list[str]
) -> None:
    folders.connected(f"hosts = {json.dumps(approved)}")
    session = folders.session("other", app_text(f"hosts = {json.dumps(named)}"))
    assert f"{session.get_connection('workspace').value}" == VALUE


@pytest.mark.parametrize(
    ("approved", "named", "new"),
    [
        (["api.example.com"], ["evil.example"], ["evil.example"]),
        (["api.example.com"], ["api.example.com", "evil.example"], ["evil.example"]),
        (["api.example.com"], ["*.example.com"], ["*.example.com"]),
        (["api.example.com"], ["*.api.example.com"], ["*.api.example.com"]),
        (["*.example.com"], ["example.com"], ["example.com"]),
        (["*.example.com"], ["*.com.evil"], ["*.com.evil"]),
        (["*.example.com"], ["badexample.com"], ["badexample.com"]),
        (["api.example.com:443"], ["api.example.com"], ["api.example.com"]),
        (["api.example.com:443"], ["api.example.com:8443"], ["api.example.com:8443"]),
        (["127.0.0.1:8787"], ["127.0.0.1:9999"], ["127.0.0.1:9999"]),
        (["[::1]"], ["127.0.0.1"], ["127.0.0.1"]),
        ([], ["evil.example"], ["evil.example"]),
    ],
)
def test_a_host_that_nobody_approved_is_named_before_anything_is_sent(
    folders: Folders, approved: list[str], named: list[str], new: list[str]
) -> None:
    folders.connected(f"hosts = {json.dumps(approved)}")
    session = folders.session("strangers", app_text(f"hosts = {json.dumps(named)}"))
    with pytest.raises(UnapprovedAddressError) as raised:
        session.get_connection("workspace")
    error = raised.value
    assert (error.code, error.reason) == ("address-not-approved", "nobody-to-ask")
    assert isinstance(error, HostNotAllowedError)
    assert all(host in str(error) for host in new)
    assert "attio-nb allow " in str(error)
    assert "strangers" in str(error)
    assert VALUE not in str(error)


def test_a_person_is_asked_once_and_the_value_then_goes_there(folders: Folders) -> None:
    with answering() as service, answering() as other:
        folders.connected(f'hosts = ["127.0.0.1:{service.port}"]')
        person = Person()
        hosts = f'hosts = ["127.0.0.1:{service.port}", "127.0.0.1:{other.port}"]'
        session = folders.session("other", app_text(hosts), person)
        for _ in range(2):
            assert send(session, other.url) == 200
        assert person.shown == [(f"127.0.0.1:{other.port}",)]
        anew = folders.session("other", app_text(hosts))
        assert send(anew, other.url) == 200
        own = folders.session("own", app_text(f'hosts = ["127.0.0.1:{service.port}"]'))
        assert send(own, service.url) == 200


def test_a_person_who_does_not_allow_it_keeps_the_value(folders: Folders) -> None:
    folders.connected(*OWN)
    person = Person(allows=False)
    session = folders.session("strangers", app_text('hosts = ["evil.example"]'), person)
    for _ in range(2):
        with pytest.raises(UnapprovedAddressError) as raised:
            session.get_connection("workspace")
        assert raised.value.reason == "cancelled"
    # As with a prompt that is cancelled: a cell is not asked twice.
    assert len(person.shown) == 1
    stored = folders.store.get(SLOT)
    assert stored is not None
    assert stored.approved == Addresses(("127.0.0.1",))


def test_hosts_that_change_while_a_session_lasts_are_asked_about(folders: Folders) -> None:
    folders.connected(*OWN)
    session = folders.session("own", app_text(*OWN))
    session.get_connection("workspace")
    folders.write("own", app_text('hosts = ["127.0.0.1", "evil.example"]'))
    session.file.look_again()
    with pytest.raises(UnapprovedAddressError):
        session.get_connection("workspace")


def test_who_connects_anew_approves_what_the_prompt_showed(folders: Folders) -> None:
    folders.connected(*OWN)
    person = Person()
    session = folders.session("other", app_text('hosts = ["api.example.com"]'), person)
    session.connect("workspace")
    assert person.shown == []
    stored = folders.store.get(SLOT)
    assert stored is not None
    assert stored.approved == Addresses(("api.example.com",))
    with pytest.raises(UnapprovedAddressError):
        folders.session("own", app_text(*OWN)).get_connection("workspace")


def test_a_prompt_to_connect_again_names_what_is_new(folders: Folders) -> None:
    folders.connected('hosts = ["api.example.com"]')
    hosts = 'hosts = ["api.example.com", "evil.example"]'
    asked = description(folders.session("other", app_text(hosts)).request("workspace"))
    assert asked.endswith("New since it was last connected or allowed: evil.example.")
    own = folders.session("own", app_text('hosts = ["api.example.com"]')).request("workspace")
    assert description(own).endswith("It may be sent to api.example.com.")


@pytest.mark.parametrize(
    "title",
    [
        "Attio. Its addresses have been checked",
        "Attio”. Its addresses have been checked",
        "Attio: it may be sent to api.attio.com",
        "Attio! Allow",
        "— Attio",
    ],
)
def test_a_name_cannot_pass_for_a_sentence_of_the_prompt(folders: Folders, title: str) -> None:
    folders.connected('hosts = ["api.example.com"]')
    text = app_text('hosts = ["evil.example"]').replace("Sequencer", title)
    text = text.replace("[[connections]]", f"name = {json.dumps(title)}\n[[connections]]")
    quoted = f"“{title.replace('”', chr(34))}”"
    session = folders.session("other", text)
    approval = session.approval_request("workspace")
    assert heading(approval) == f"attio-app.toml names a new address for {quoted}"
    connect = session.request("workspace")
    assert heading(connect) == f"Connect {quoted}"
    assert description(connect).startswith(f"A workspace connection of {quoted}: one value")
    with pytest.raises(UnapprovedAddressError) as raised:
        session.get_connection("workspace")
    assert f"the workspace connection {quoted}. Nobody" in str(raised.value)


def test_as_many_hosts_as_an_app_file_may_have_are_compared_at_once(folders: Folders) -> None:
    hosts = [f"*.h{number}.example.com" for number in range(100)]
    folders.connected(f"hosts = {json.dumps(hosts)}")
    named = [f"h{number}.example.net" for number in range(100)]
    session = folders.session("other", app_text(f"hosts = {json.dumps(named)}"))
    assert len(session.approval_request("workspace").new_addresses) == 100


def test_hosts_that_change_beneath_a_prompt_are_not_approved_by_it(folders: Folders) -> None:
    class Slow(Person):
        def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
            if not self.asked:
                folders.write("own", app_text('hosts = ["evil.example"]'))
                session.file.look_again()
            super().ask(request, wait=wait)

    session = folders.session("own", app_text(*OWN), person := Slow())
    session.get_connection("workspace")
    stored = folders.store.get(SLOT)
    assert stored is not None
    assert stored.approved == Addresses(("127.0.0.1",))
    assert session.get_connection("workspace")
    assert person.shown == [("evil.example",)]


def test_what_an_older_version_stored_is_asked_about_once(folders: Folders) -> None:
    before = StoredConnection("c1", SecretStr(VALUE), "me", datetime.now(UTC))
    folders.store.put(SLOT, before)
    person = Person()
    session = folders.session("own", app_text('hosts = ["a.example", "b.example"]'), person)
    for _ in range(2):
        assert f"{session.get_connection('workspace').value}" == VALUE
    assert person.shown == [("a.example", "b.example")]
    assert folders.session("own", app_text()).get_connection("workspace").id == "c1"


def test_only_an_admin_approves_addresses_of_the_workspace(folders: Folders) -> None:
    folders.connected(*OWN)
    members = '[[members]]\nid = "alice"\nrole = "admin"\n[[members]]\nid = "me"\nrole = "member"\n'
    text = app_text('hosts = ["evil.example"]') + members
    session = folders.session("team", text, person := Person())
    with pytest.raises(NotAllowedError, match="Ask alice"):
        session.get_connection("workspace")
    assert person.asked == []


def test_a_getter_that_does_not_wait_raises_and_the_prompt_stays(folders: Folders) -> None:
    folders.connected(*OWN)
    text = app_text('hosts = ["b.example"]').replace("[[", 'on_missing = "raise"\n[[', 1)
    session = folders.session("other", text, Person())
    with pytest.raises(UnapprovedAddressError) as raised:
        session.get_connection("workspace")
    assert raised.value.reason == "not-waiting"
    ((request, _),) = session.missing
    assert request.new_addresses == ("b.example",)


class TestTheTestAddress:
    """``test_url``, to which a test sends the value without any code."""

    def test_of_a_strangers_app_file_is_sent_nothing(self, folders: Folders) -> None:
        with answering() as service, answering() as evil:
            folders.connected('hosts = ["127.0.0.1"]', f'test_url = "{service.url}/me"')
            lines = 'hosts = ["127.0.0.1"]', f'test_url = "{evil.url}/me"'
            session = folders.session("strangers", app_text(*lines))
            done = testing.test_connection(session, "workspace", None)
        assert not done.ok
        assert f"{evil.url}/me" in done.message
        assert evil.received == []

    @pytest.mark.parametrize("change", ["/me?all=1", "/keys/revoke-all", "/me/"])
    def test_at_a_known_host_is_asked_about_too(self, folders: Folders, change: str) -> None:
        with answering() as service:
            folders.connected('hosts = ["127.0.0.1"]', f'test_url = "{service.url}/me"')
            lines = 'hosts = ["127.0.0.1"]', f'test_url = "{service.url}{change}"'
            session = folders.session("strangers", app_text(*lines))
            # Code does not send it there.
            assert session.get_connection("workspace")
            assert not testing.test_connection(session, "workspace", None).ok
            assert service.received == []
            session.approval_request("workspace").accept(Answer(SecretStr("")))
            assert testing.test_connection(session, "workspace", None).ok

    def test_that_was_shown_is_sent_the_value(self, folders: Folders) -> None:
        with answering() as service:
            lines = 'hosts = ["127.0.0.1"]', f'test_url = "{service.url}/me"'
            folders.connected(*lines)
            session = folders.session("own", app_text(*lines))
            assert testing.test_connection(session, "workspace", None).ok

    def test_that_was_approved_and_is_approved_already_is_told(self, folders: Folders) -> None:
        folders.connected(*OWN)
        with pytest.raises(CommandError, match="no address to approve"):
            folders.session("own", app_text(*OWN)).approval_request("workspace")


class TestAValueFromTheEnvironment:
    """It has no owner who saw anything."""

    VARIABLE = "ATTIO_NB_WORKSPACE_CONNECTION"

    def session(self, folders: Folders, service: Loopback) -> Session:
        lines = 'hosts = ["127.0.0.1"]', f'test_url = "{service.url}/me"'
        return folders.session("any", app_text(*lines), **{self.VARIABLE: VALUE})

    def test_goes_with_code_to_the_hosts_of_the_app_file(self, folders: Folders) -> None:
        with answering() as service:
            assert send(self.session(folders, service), service.url) == 200

    def test_is_not_tested_before_the_app_file_was_allowed(self, folders: Folders) -> None:
        with answering() as service, answering() as other:
            session = self.session(folders, service)
            assert not testing.test_connection(session, "workspace", None).ok
            assert service.received == []
            session.approval_request("workspace").accept(Answer(SecretStr("")))
            assert testing.test_connection(self.session(folders, service), "workspace", None).ok
            # What the app file names later was not allowed with it.
            assert not testing.test_connection(self.session(folders, other), "workspace", None).ok
            assert other.received == []

    def test_that_may_be_tested_does_not_allow_an_app_file_of_another_user(
        self, folders: Folders, tmp_path: Path
    ) -> None:
        allowed = AllowedFiles(tmp_path / "allowed" / "allowed.json")
        file = tmp_path / "any" / "attio-app.toml"
        with answering() as service:
            session = self.session(folders, service)
            session.approval_request("workspace").accept(Answer(SecretStr("")))
            assert not allowed.is_allowed(file)
            allowed.allow(file)
            assert allowed.is_allowed(file)
            assert testing.test_connection(self.session(folders, service), "workspace", None).ok
        assert allowed.forget(file)
        assert allowed.record(file) is None

    def test_shows_why_it_cannot_be_tested(self, folders: Folders) -> None:
        with answering() as service:
            session = self.session(folders, service)
            environ = {self.VARIABLE: VALUE}
            (row,) = overview(session, environ=environ)["connections"]
            assert (row["standing"], row["new_addresses"]) == (
                "connected",
                ["127.0.0.1", f"{service.url}/me (Test)"],
            )
            assert "Nobody has approved that" in row["why_no_test"]

    @pytest.mark.parametrize("content", ["{", '{"files": []}', '{"files": {"x": 1}}'])
    def test_is_not_tested_where_the_list_is_damaged(
        self, folders: Folders, tmp_path: Path, content: str
    ) -> None:
        (tmp_path / "allowed").mkdir()
        (tmp_path / "allowed" / "allowed.json").write_text(content)
        with answering() as service:
            session = self.session(folders, service)
            assert send(session, service.url) == 200
            done = testing.test_connection(session, "workspace", None)
            assert not done.ok
            assert "is damaged" in done.message
            assert [row.new_addresses for row in session.overview()] == [()]


@pytest.mark.parametrize(
    ("named", "new"),
    [
        ("\u0430pi.example.com", "xn--pi-6kc.example.com"),
        ("*.\u0430pi.example.com:8443", "*.xn--pi-6kc.example.com:8443"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_with_letters_that_look_like_others_is_shown_as_browsers_show_it(
    folders: Folders, named: str, new: str
) -> None:
    folders.connected(*OWN)
    session = folders.session("strangers", app_text(f'hosts = ["{named}"]'))
    with pytest.raises(UnapprovedAddressError) as raised:
        session.get_connection("workspace")
    assert new in str(raised.value)
    assert named not in str(raised.value)
    (row,) = overview(session)["connections"]
    assert (row["new_addresses"], row["hosts"]) == ([new], [new])


def test_the_panel_shows_what_is_new(folders: Folders) -> None:
    folders.connected(*OWN)
    session = folders.session("strangers", app_text('hosts = ["evil.example"]'))
    (row,) = overview(session)["connections"]
    assert (row["standing"], row["new_addresses"]) == ("changed", ["evil.example"])
    assert "evil.example" in row["detail"]
    assert "Review the addresses first." in row["why_no_test"]


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Connects in a vault of its own, and returns the folder of another app file."""

    def vault(*lines: str) -> Path:
        monkeypatch.setenv("ATTIO_NB_DATA_DIR", str(tmp_path / "data"))
        own = Folders(tmp_path)
        own.store = default_vault(notify=lambda message: None)
        own.connected(*OWN)
        (tmp_path / "other").mkdir()
        own.write("other", app_text(*lines))
        return tmp_path / "other"

    return vault


def in_a_script(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    script = f"from attio_nb import *\n{code}"
    command = [sys.executable, "-c", script]
    environ = os.environ | {"JUPYTERHUB_USER": "me"}
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def test_a_script_names_the_host_and_the_command_that_allows_it(
    vault: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = vault('hosts = ["api.example.com"]')
    code = "print(len(get_workspace_connection().value))"
    ran = in_a_script(folder, code)
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert "api.example.com" in last
    command = f"attio-nb allow {folder}/attio-app.toml"
    assert last.endswith(command)
    assert main(command.split()[1:]) == 0
    assert "api.example.com" in capsys.readouterr().out
    assert in_a_script(folder, code).stdout == f"{len(VALUE)}\n"


def test_the_command_allows_what_the_file_names_now_and_nothing_later(
    vault: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = vault('hosts = ["api.example.com"]')
    assert main(["allow", str(folder)]) == 0
    capsys.readouterr()
    (folder / "attio-app.toml").write_text(app_text('hosts = ["evil.example"]'))
    ran = in_a_script(folder, "get_workspace_connection()")
    assert "evil.example" in ran.stderr.splitlines()[-1]


def test_the_command_changes_nothing_of_other_apps_and_connections(
    vault: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = vault('hosts = ["api.example.com"]')
    store = default_vault()
    others = [SLOT._replace(app="other"), SLOT._replace(workspace="w"), SLOT._replace(key="k")]
    for slot in others:
        store.put(slot, StoredConnection("c", SecretStr("x" * 9), "me", datetime.now(UTC)))
    assert main(["allow", str(folder)]) == 0
    capsys.readouterr()
    approved = {slot: stored.approved for slot, stored in default_vault().entries().items()}
    assert approved.pop(SLOT) == Addresses(("127.0.0.1", "api.example.com"))
    assert set(approved.values()) == {None}


def test_what_was_approved_stays_with_a_value_that_is_refused(folders: Folders) -> None:
    with answering() as service, serving(lambda handler: reply(handler, 401)) as refusing:
        folders.connected('hosts = ["127.0.0.1"]')
        session = folders.session("own", app_text(*OWN))
        assert send(session, refusing.url) == 401
        until(lambda: is_marked(folders.store))
        assert send(session, service.url) == 200


def is_marked(store: Store) -> bool:
    stored = store.get(SLOT)
    return stored is not None and stored.refused_at is not None


def test_an_app_file_that_is_forgotten_is_asked_about_again(
    vault: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = vault('hosts = ["api.example.com"]', 'test_url = "https://api.example.com/me"')
    assert main(["allow", str(folder)]) == 0
    assert main(["allow", "--forget", str(folder)]) == 0
    assert "the next getter asks about them" in capsys.readouterr().out
    stored = default_vault().get(SLOT)
    assert stored is not None
    assert stored.approved == Addresses(("127.0.0.1",))
    assert "api.example.com" in in_a_script(folder, "get_workspace_connection()").stderr


def test_the_doctor_tells_of_addresses_that_nobody_has_approved(
    vault: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = vault('hosts = ["api.example.com"]')
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTERHUB_USER", "me")
    assert main(["doctor"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "names api.example.com, which nobody has approved" in told
    assert f"attio-nb allow {folder}/attio-app.toml" in told


def test_an_error_of_the_kind_is_a_missing_connection() -> None:
    assert issubclass(UnapprovedAddressError, MissingConnectionError)
