"""``%connect --add … --register``: a client that the provider makes at once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from attio_nb import OAuthError, ProviderUnavailableError
from attio_nb.app import App, OAuth2
from attio_nb.app.current import AppFile
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.own import default_vault
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore, Store
from attio_nb.errors import AppFileError, AttioError, CommandError, VaultError
from attio_nb.notebook.adding import added, definition_of
from attio_nb.notebook.command import parse_connect
from attio_nb.session import Session
from tests.loopback import Loopback, reply, serving

LINE = "--add user mail --register --issuer {url} --scope mail.read"
CREATED = 201
TOKEN = "the-registration-access-token"

Register = Callable[..., tuple[App, Session]]


class Provider:
    """A provider that registers clients as it is told.

    Attributes:
        answer: What its answer holds beside the client id.
        status: The status of that answer.
        metadata: What its metadata hold beside the issuer.
        deletion: The status of its answer to the deletion of a client.
        hangs_up: Whether it gives no answer to a registration.
        registered: Is called once a client is registered.
    """

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.status = CREATED
        self.metadata: dict[str, Any] = {"registration_endpoint": "/register"}
        self.deletion = 204
        self.hangs_up = False
        self.registered: Callable[[], object] = lambda: None
        self.loopback: Loopback

    def lets_clients_be_deleted(self) -> None:
        """Say in the answer how the client can be deleted (RFC 7592)."""
        self.answer |= {
            "registration_client_uri": f"{self.loopback.url}/register/made-for-you",
            "registration_access_token": TOKEN,
        }

    @property
    def posted(self) -> int:
        """How many clients it was asked for."""
        return sum(each.method == "POST" for each in self.loopback.received)

    @property
    def deleted(self) -> list[tuple[str, str]]:
        """Which clients were deleted, and with what."""
        return [
            (each.path, each.headers["authorization"])
            for each in self.loopback.received
            if each.method == "DELETE"
        ]

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "POST" and self.hangs_up:
            handler.close_connection = True
        elif handler.command == "DELETE":
            reply(handler, self.deletion, b"")
        elif handler.command == "GET":
            url = self.loopback.url
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            addresses = {k: url + v for k, v in (endpoints | self.metadata).items()}
            reply(handler, body=json.dumps({"issuer": url, **addresses}).encode())
        else:
            members = {"client_id": "made-for-you", **self.answer}
            reply(handler, self.status, json.dumps(members).encode())
            self.registered()

    @property
    def wish(self) -> dict[str, Any]:
        """What was asked for."""
        (posted,) = [each for each in self.loopback.received if each.method == "POST"]
        assert posted.path == "/register"
        wish: dict[str, Any] = json.loads(posted.body)
        return wish


@pytest.fixture
def provider() -> Any:
    told = Provider()
    with serving(told) as told.loopback:
        yield told


@pytest.fixture
def register(provider: Provider, tmp_path: Path) -> Register:
    """Run a line, in a folder without an app file, and return what it made."""

    def run(
        line: str = LINE, store: Store | None = None, folder: Path = tmp_path
    ) -> tuple[App, Session]:
        session = Session(store or MemoryStore(), file=AppFile(lambda: folder), environ={})
        command = parse_connect(line.format(url=provider.loopback.url))
        app = session.register(definition_of(command, say=print, ask=None))
        return app, session

    return run


def made(app: App) -> OAuth2:
    oauth2 = app.definition("user", "mail").oauth2
    assert oauth2 is not None
    return oauth2


def test_the_client_that_was_made_stands_in_the_app_file(
    provider: Provider, register: Register
) -> None:
    app, _ = register()
    assert app.path is not None
    assert 'client_id = "made-for-you"' in app.path.read_text()
    assert provider.wish == {
        "client_name": "User connection “mail” (Jupyter)",
        "redirect_uris": ["http://127.0.0.1:8723/callback", "http://127.0.0.1:8724/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "mail.read",
    }
    assert made(app).redirect_ports == (8723, 8724)


def test_what_the_provider_made_of_the_wish_is_used(provider: Provider, register: Register) -> None:
    provider.answer = {
        "token_endpoint_auth_method": "client_secret_basic",
        "client_secret": "made-secret",
        "scope": "mail.read mail.send",
        "redirect_uris": ["http://localhost:9000/other"],
    }
    app, session = register()
    assert made(app) == OAuth2(
        client_id="made-for-you",
        issuer=provider.loopback.url,
        client_authentication="client_secret_basic",
        scopes=("mail.read", "mail.send"),
        redirect_host="localhost",
        redirect_ports=(9000,),
        redirect_path="/other",
    )
    assert app.path is not None
    assert "made-secret" not in app.path.read_text()
    kept = session.store.get(Slot(app.id, "local", "client", made(app).authority, "mail"))
    assert kept is not None and f"{kept.value}" == "made-secret"


def test_no_secret_is_kept_for_a_client_without_one(provider: Provider, register: Register) -> None:
    provider.answer = {"token_endpoint_auth_method": "none", "client_secret": "of no use"}
    _, session = register()
    assert session.store.entries() == {}


def test_an_address_that_nothing_listens_at_is_pasted_from(
    provider: Provider, register: Register
) -> None:
    provider.answer = {"redirect_uris": ["https://app.example/callback"]}
    app, _ = register()
    assert made(app).redirect_uri == "https://app.example/callback"
    assert made(app).redirect_ports == ()


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (
            {"error": "invalid_redirect_uri", "error_description": "No <b>\x1b[1m"},
            400,
            r"“No <b>\u001b[1m”",
        ),
        ({"client_id": ""}, 201, "registered no client"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, 201, "“private_key_jwt”"),
        ({"token_endpoint_auth_method": "client_secret_post"}, 201, "gave no secret"),
    ],
)
def test_a_client_of_no_use_is_told_and_nothing_is_added(
    provider: Provider,
    register: Register,
    tmp_path: Path,
    answer: dict[str, Any],
    status: int,
    said: str,
) -> None:
    provider.answer, provider.status = answer, status
    with pytest.raises(OAuthError, match="--client-id") as caught:
        register()
    assert said in str(caught.value)
    assert not (tmp_path / "attio-app.toml").exists()


def test_a_provider_that_is_down_is_told(provider: Provider, register: Register) -> None:
    provider.status = 503
    with pytest.raises(ProviderUnavailableError, match="Try again in a moment"):
        register()


def test_a_provider_that_gives_no_answer_may_have_registered_one(
    provider: Provider, register: Register
) -> None:
    provider.hangs_up = True
    with pytest.raises(ProviderUnavailableError, match="may have been registered"):
        register()


def test_a_provider_that_lets_no_program_register_is_told(
    provider: Provider, register: Register
) -> None:
    provider.metadata = {}
    with pytest.raises(OAuthError, match="Register one on its pages"):
        register()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{LINE} --client-id mine", "leave --client-id out"),
        ("--add user mail --register --provider google", "give --issuer"),
    ],
)
def test_a_line_that_cannot_mean_it_is_refused(register: Register, line: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        register(line)


def test_no_client_is_registered_for_a_key_that_is_taken(
    provider: Provider, register: Register
) -> None:
    register()
    with pytest.raises(CommandError, match="already"):
        register()
    assert provider.wish["client_name"] == "User connection “mail” (Jupyter)"


def test_what_is_said_of_it_asks_for_nothing_more(provider: Provider, register: Register) -> None:
    app, _ = register()
    command = parse_connect(LINE.format(url=provider.loopback.url))
    said = added(app.definition("user", "mail"), command, "attio-app.toml")
    assert said.startswith(
        'Added the user connection "mail" to attio-app.toml. %connect user mail signs in.\n'
    )
    assert "Register" not in said


def test_beside_another_provider_a_redirect_uri_of_its_own_is_registered(
    provider: Provider, register: Register, tmp_path: Path
) -> None:
    (tmp_path / "attio-app.toml").write_text(APP + SIGN_IN)
    app, _ = register()
    assert made(app).redirect_path == "/callback/mail"
    assert provider.wish["redirect_uris"] == [
        "http://127.0.0.1:8723/callback/mail",
        "http://127.0.0.1:8724/callback/mail",
    ]


class FullStore(MemoryStore):
    """A store that cannot be written after some writes.

    Args:
        writes: How many there is room for.
    """

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        if self._left == 0:
            raise VaultError("The vault cannot be written. Make room.")
        self._left -= 1
        super().put(slot, stored)


@pytest.fixture
def app_file(tmp_path: Path) -> Path:
    return tmp_path / "attio-app.toml"


APP = '[app]\nid = "mine"\n'
SIGN_IN = """
[[connections]]
owner = "user"
key = "other"
type = "oauth2"
issuer = "https://other.example"
client_id = "other"
"""
OTHER = '\n[[connections]]\nowner = "user"\ntype = "secret"\n'


@pytest.fixture
def unwritable() -> Iterator[Callable[[Path], None]]:
    """Take the right to write to something away until the test ends."""
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("Nothing is read-only for root, or on Windows in this way.")
    taken: list[tuple[Path, int]] = []

    def take(path: Path) -> None:
        taken.append((path, path.stat().st_mode))
        path.chmod(0o555 if path.is_dir() else 0o444)

    yield take
    for path, mode in taken:
        path.chmod(mode)


class TestBeforeAClientIsRegistered:
    """Everything is checked that would keep it from being used."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("[app\n", "TOML"),
            ('[app]\nid = "mine"\nunknown = 1\n', "unknown"),
            (f"{APP}{OTHER}{OTHER}", "key"),
            (f"{APP}connections = 7\n", "connections"),
        ],
    )
    def test_the_app_file_is_checked(
        self, provider: Provider, register: Register, app_file: Path, text: str, said: str
    ) -> None:
        app_file.write_text(text)
        with pytest.raises(AppFileError, match=said):
            register()
        assert provider.posted == 0
        assert app_file.read_text() == text

    @pytest.mark.parametrize(
        "line",
        [
            f"{LINE} --redirect-host example.com",
            f"{LINE} --client-authentication private_key_jwt",
            f"{LINE} --host https://api.example.com/path",
            LINE.replace("mail.read", "mail.réad"),
            LINE.replace("user mail", "user 'not a key'"),
        ],
    )
    def test_the_line_is_checked(self, provider: Provider, register: Register, line: str) -> None:
        with pytest.raises(AttioError):
            register(line)
        assert provider.posted == 0

    def test_that_the_app_file_can_be_written_is_checked(
        self,
        provider: Provider,
        register: Register,
        app_file: Path,
        unwritable: Callable[..., None],
    ) -> None:
        app_file.write_text(APP)
        unwritable(app_file)
        with pytest.raises(AppFileError, match="cannot be written"):
            register()
        assert provider.posted == 0

    @pytest.mark.parametrize("text", ["", APP], ids=["none yet", "one there"])
    def test_that_the_folder_can_be_written_is_checked(
        self,
        provider: Provider,
        register: Register,
        app_file: Path,
        unwritable: Callable[..., None],
        text: str,
    ) -> None:
        if text:
            app_file.write_text(text)
        unwritable(app_file.parent)
        with pytest.raises(AppFileError, match="cannot be written"):
            register()
        assert provider.posted == 0

    def test_that_the_folder_is_there_is_checked(
        self, provider: Provider, register: Register, tmp_path: Path
    ) -> None:
        with pytest.raises(AppFileError, match="cannot be written"):
            register(folder=tmp_path / "gone")
        assert provider.posted == 0

    def test_that_the_vault_can_be_written_is_checked(
        self, provider: Provider, register: Register, app_file: Path
    ) -> None:
        with pytest.raises(VaultError, match="cannot be written"):
            register(store=FullStore(0))
        assert provider.posted == 0
        assert not app_file.exists()

    def test_that_a_vault_that_is_there_can_be_written_is_checked(
        self,
        provider: Provider,
        register: Register,
        tmp_path: Path,
        unwritable: Callable[..., None],
    ) -> None:
        environ = {"ATTIO_NB_DATA_DIR": str(tmp_path / "data")}
        vault = default_vault(environ, notify=lambda message: None)
        slot = Slot("app", "local", "user", "alice", None)
        vault.put(slot, StoredConnection("1", SecretStr("kept"), "alice", datetime.now(UTC)))
        unwritable(vault.path.parent)
        with pytest.raises(VaultError):
            register(store=default_vault(environ, notify=lambda message: None))
        assert provider.posted == 0

    def test_nothing_is_left_behind_by_the_checks(
        self, provider: Provider, register: Register, app_file: Path
    ) -> None:
        provider.status = 503
        app_file.write_text(APP)
        store = MemoryStore()
        with pytest.raises(ProviderUnavailableError):
            register(store=store)
        assert store.entries() == {}
        assert list(app_file.parent.glob("*attio-app*")) == [app_file]
        assert app_file.read_text() == APP

    def test_an_address_to_paste_from_can_be_registered(
        self, provider: Provider, register: Register
    ) -> None:
        app, _ = register(f"{LINE} --redirect-uri https://app.example/callback")
        assert made(app).redirect_uri == "https://app.example/callback"
        assert provider.wish["redirect_uris"] == ["https://app.example/callback"]


class TestAClientThatCannotBeKept:
    def full(self, register: Register) -> str:
        """Register with a vault that is full by then, and return what is said."""
        with pytest.raises(VaultError) as caught:
            register(store=FullStore(1))
        return str(caught.value)

    @pytest.fixture(autouse=True)
    def confidential(self, provider: Provider) -> None:
        provider.answer = {
            "token_endpoint_auth_method": "client_secret_basic",
            "client_secret": "made-secret",
        }

    @pytest.fixture(autouse=True)
    def no_secret_is_told(self, capsys: pytest.CaptureFixture[str]) -> Any:
        yield
        assert TOKEN not in capsys.readouterr().out

    def test_is_deleted_at_the_provider(self, provider: Provider, register: Register) -> None:
        provider.lets_clients_be_deleted()
        said = self.full(register)
        assert provider.deleted == [("/register/made-for-you", f"Bearer {TOKEN}")]
        assert "was deleted there again" in said
        assert "take the connection out of attio-app.toml" in said
        assert "made-secret" not in said
        assert TOKEN not in said

    @pytest.mark.parametrize("status", [401, 403, 405, 500, 302])
    def test_is_named_where_the_provider_does_not_delete_it(
        self, provider: Provider, register: Register, status: int
    ) -> None:
        provider.lets_clients_be_deleted()
        provider.deletion = status
        said = self.full(register)
        assert "“made-for-you”" in said
        assert urlsplit(provider.loopback.url).netloc in said
        assert "delete it on the pages of the provider" in said

    @pytest.mark.parametrize(
        "members",
        [
            {},
            {"registration_client_uri": "https://elsewhere.example/made-for-you"},
            {"registration_client_uri": "http://127.0.0.1:1/made-for-you"},
            {"registration_client_uri": "http://[::1"},
            {"registration_client_uri": 7},
            {"registration_access_token": None},
            {"registration_access_token": ""},
        ],
    )
    def test_is_named_where_the_provider_does_not_say_how_to_delete_it(
        self, provider: Provider, register: Register, members: dict[str, Any]
    ) -> None:
        if members:
            provider.lets_clients_be_deleted()
            provider.answer |= members
        assert "“made-for-you”" in self.full(register)
        assert provider.deleted == []

    def test_since_the_app_file_has_changed_is_deleted(
        self, provider: Provider, register: Register, app_file: Path
    ) -> None:
        app_file.write_text(APP)
        provider.lets_clients_be_deleted()
        provider.registered = lambda: app_file.write_text(f"{APP}unknown = 1\n")
        with pytest.raises(AppFileError, match="was deleted there again"):
            register()
        assert len(provider.deleted) == 1

    @pytest.mark.parametrize(
        "members",
        [
            {"client_id": "sk-looks-like-a-secret"},
            {"scope": "mail.read mail\u00e9"},
            {"redirect_uris": ["http://127.0.0.1:8723/ not a path"]},
            {"token_endpoint_auth_method": "private_key_jwt"},
            {"client_secret": None},
        ],
    )
    def test_since_it_is_of_no_use_is_deleted(
        self, provider: Provider, register: Register, app_file: Path, members: dict[str, Any]
    ) -> None:
        provider.lets_clients_be_deleted()
        provider.answer |= members
        with pytest.raises(AttioError, match="was deleted there again"):
            register()
        assert len(provider.deleted) == 1
        assert not app_file.exists()
