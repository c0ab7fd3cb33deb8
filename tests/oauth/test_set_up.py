"""What is wrong around the sign-in: the environment, the app file, the vault."""

from __future__ import annotations

import threading

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.connections.model import Slot, StoredConnection
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, SetupError, VaultError
from attio_nb.session import Session
from tests.oauth.conftest import Person, Project
from tests.oauth.stub import PROMPTLY, Provider, Reply


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestAnEnvironment:
    """One in which no client for HTTP can be made; images of companies and conda have such."""

    @pytest.fixture(
        params=[("SSL_CERT_FILE", "/gone/ca.pem"), ("ALL_PROXY", "gopher://proxy.example")],
        ids=lambda pair: pair[0],
    )
    def wrong(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
        name, value = request.param
        monkeypatch.setenv(name, value)
        return name

    def test_that_is_wrong_ends_a_sign_in_which_tells_of_it(
        self, project: Project, wrong: str
    ) -> None:
        signing_in = project.fail(transport=None)
        assert isinstance(signing_in.error, SetupError)
        assert wrong in str(signing_in.error)

    def test_that_is_wrong_is_told_of_when_a_code_is_exchanged(
        self, project: Project, wrong: str
    ) -> None:
        project.wants(
            issuer="",
            authorization_endpoint=f"{project.provider.url}/authorize",
            token_endpoint=f"{project.provider.url}/token",
            device_authorization_endpoint=f"{project.provider.url}/device_authorization",
        )
        signing_in = project.begin(transport=None)
        told = threading.Event()
        signing_in.changed = told.set
        signing_in.use_device()
        assert told.wait(PROMPTLY)
        assert isinstance(signing_in.error, SetupError)
        assert wrong in project.person.comes_back(signing_in).text
        assert signing_in.state == "failed"
        assert isinstance(signing_in.error, SetupError)

    def test_that_is_wrong_is_told_of_by_a_getter(self, project: Project, wrong: str) -> None:
        before = project.expire()
        session = project.session(transport=None)
        for _ in range(2):
            with pytest.raises(SetupError, match=wrong):
                session.get_connection("user")
        assert project.stored == before

    def test_that_is_wrong_keeps_nobody_from_disconnecting(
        self, project: Project, wrong: str
    ) -> None:
        project.connect()
        revocation = project.session(transport=None).disconnect("user").revocation
        assert revocation is not None
        assert revocation.state == "failed"
        assert wrong in revocation.message
        assert project.stored is None


class AskedTwice(Person):
    """Somebody who is not asked over and over."""

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        assert len(self.asked) < 2
        super().ask(request, wait=wait)


class TestAnAppFileThatWasChanged:
    def test_has_an_older_connection_send_what_was_signed_in_to_since(
        self, project: Project
    ) -> None:
        project.person = AskedTwice()
        session = project.session(project.person)
        older = session.get_connection("user")
        project.wants(client_id="another client")
        session.file.look_again()
        newer = session.get_connection("user")
        project.provider.access_tokens.remove(f"{older.value}")
        assert project.call(older).status_code == 200
        assert project.is_known(newer)
        assert len(project.person.asked) == 2
        assert project.provider.token_calls[-1].form["client_id"] == "another client"

    @pytest.mark.parametrize("name", ["revocation_endpoint", "issuer"])
    def test_has_nothing_revoked_at_an_address_that_was_not_in_it_before(
        self, project: Project, elsewhere: Provider, name: str
    ) -> None:
        url = project.provider.url
        project.wants(
            issuer="",
            authorization_endpoint=f"{url}/authorize",
            token_endpoint=f"{url}/token",
            client_authentication="client_secret_post",
        )
        project.connect()
        project.wants(**{name: {"issuer": elsewhere.url}.get(name, f"{elsewhere.url}/revoke")})
        revocation = project.session().disconnect("user").revocation
        assert revocation is not None
        assert revocation.state == "failed"
        assert elsewhere.count("/revoke") == 0
        assert project.stored is None


class FullStore(MemoryStore):
    """A store that keeps nothing more, once it was written to before a client is registered."""

    def __init__(self) -> None:
        super().__init__()
        self._writes = 0

    def put(self, slot: Slot, stored: StoredConnection) -> None:
        self._writes += 1
        if self._writes > 1:
            raise VaultError("The disk is full.")
        super().put(slot, stored)


class TestRegistering:
    def wish(self, project: Project) -> ConnectionDefinition:
        oauth2 = OAuth2(
            client_id="",
            issuer=project.provider.url,
            client_authentication="client_secret_basic",
        )
        return ConnectionDefinition(
            owner="user",
            key="calendar",
            title="Calendar",
            hosts=("127.0.0.1",),
            type="oauth2",
            oauth2=oauth2,
        )

    def test_says_so_where_the_secret_of_the_client_is_lost(self, project: Project) -> None:
        project.write('key = "mail"', f'issuer = "{project.provider.url}"')
        secret = "the-client-secret"
        project.provider.registration = Reply(
            {
                "client_id": "registered",
                "client_secret": secret,
                "token_endpoint_auth_method": "client_secret_basic",
            },
            201,
        )
        project.store = FullStore()
        with pytest.raises(VaultError, match=r"disk is full.*secret is lost") as failed:
            project.session().register(self.wish(project))
        assert secret not in str(failed.value)

    def given(self, project: Project, *addresses: str) -> Session:
        """Return a session to register in, where the provider names these to come back to."""
        project.write('key = "mail"', f'issuer = "{project.provider.url}"')
        told = {"client_id": "registered", "client_secret": "the-client-secret"}
        project.provider.registration = Reply({**told, "redirect_uris": addresses}, 201)
        return project.session()

    @pytest.mark.parametrize("address", ["http://[::1", "http://127.0.0.1:99999/in"])
    def test_writes_nothing_where_there_is_no_address_to_come_back_to(
        self, project: Project, address: str
    ) -> None:
        session = self.given(project, address)
        with pytest.raises(AttioError):
            session.register(self.wish(project))
        app = session.file.app()
        assert app is not None
        assert [definition.key for definition in app.connections] == ["mail"]

    def test_passes_over_an_address_that_is_none(self, project: Project) -> None:
        session = self.given(project, "http://[::1", "http://127.0.0.1:8123/in")
        definition = session.register(self.wish(project)).definition("user", "calendar")
        assert definition.oauth2 is not None
        assert definition.oauth2.redirect_ports == (8123,)
