"""What holds at every authorization server, at two that we have not made."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from attio_nb.connections.model import Connection
from attio_nb.errors import AuthorizationError, ConnectionExpiredError, OAuthError
from tests.authorization.conftest import AtAnotherDevice, AtTheBrowser, Project
from tests.authorization.person import visit

Connect = Callable[[], Connection]


class TestSigningIn:
    def test_brings_a_token_that_opens_the_api_and_is_asked_for_once(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        connection = connect()
        assert project.opens(connection)
        assert "Connected. You can close this tab." in person.pages[0]
        assert connect().value == connection.value
        assert len(person.asked) == 1

    def test_sends_requests_through_connection_auth(
        self, project: Project, connect: Connect
    ) -> None:
        answer = project.call(connect())
        assert answer.json() == {"sub": "alice"}

    def test_knows_what_was_granted(self, project: Project, connect: Connect) -> None:
        connect()
        grant = project.stored.grant
        assert grant is not None
        assert grant.authority.endswith(f" {project.server.issuer}")
        assert "mail.read" in grant.scopes
        assert 3590 < grant.expires_at - grant.received_at <= 3600

    def test_works_with_a_client_that_has_a_secret(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        project.write("confidential", 'client_authentication = "client_secret_basic"')
        assert project.opens(connect())
        project.let_time_pass()
        assert project.opens(connect())
        assert len(person.asked) == 1

    def test_fails_with_a_wrong_client_secret_and_asks_for_it_again(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        project.write("confidential", 'client_authentication = "client_secret_basic"')
        person.client_secret = "not-the-secret"
        session = project.session(person)
        with pytest.raises(OAuthError, match="invalid_client"):
            session.get_connection("user")
        assert "Not connected." in person.pages[0]
        assert "not-the-secret" not in person.pages[0]
        person.client_secret = AtTheBrowser().client_secret
        request = person.asked[0]
        assert request.client_secret_wanted()
        person.ask(request)
        assert project.opens(session.get_connection("user"))

    def test_is_over_when_the_person_says_no(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        person.refuses = True
        with pytest.raises(AuthorizationError, match="denied") as refused:
            connect()
        assert refused.value.error == "access_denied"
        assert "Not connected." in person.pages[0]
        assert project.store.entries() == {}
        person.refuses = False
        assert project.opens(connect())

    def test_redeems_a_code_only_once(self, person: AtTheBrowser, connect: Connect) -> None:
        connect()
        with pytest.raises(httpx.ConnectError):
            visit(person.landed[0])

    def test_is_refused_without_pkce(self, person: AtTheBrowser, connect: Connect) -> None:
        """So that the other tests show that it is used."""
        person.there = lambda url: re.sub("&code_challenge[^&]*", "", url)
        with pytest.raises(AuthorizationError, match="invalid_request"):
            connect()


class TestRenewal:
    def test_rotates_the_refresh_token_and_keeps_the_new_one(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        first, spent = connect(), project.refresh_token
        project.let_time_pass()
        second = connect()
        assert second.value != first.value
        assert second.id == first.id
        assert project.refresh_token != spent
        assert project.opens(second)
        project.let_time_pass()
        assert project.opens(connect())
        assert len(person.asked) == 1

    def test_keeps_the_scopes(self, project: Project, connect: Connect) -> None:
        connect()
        before = project.stored.grant
        project.let_time_pass()
        connect()
        after = project.stored.grant
        assert before and after
        assert set(after.scopes) == set(before.scopes)

    def test_happens_once_however_many_ask(self, project: Project, connect: Connect) -> None:
        connect()
        project.let_time_pass()
        session = project.session()
        with ThreadPoolExecutor(8) as pool:
            got = list(pool.map(lambda _: session.get_connection("user"), range(16)))
        assert len({f"{connection.value}" for connection in got}) == 1
        # A second renewal with the spent token would have ended the grant.
        project.let_time_pass()
        assert project.opens(session.get_connection("user"))

    def test_follows_a_401_within_the_request(self, project: Project, connect: Connect) -> None:
        connection = connect()
        revoked = project.post(
            "revocation_endpoint",
            token=f"{connection.value}",
            token_type_hint="access_token",
        )
        assert revoked.status_code == 200
        assert not project.opens(connection)
        answer = project.call(connection)
        assert answer.json() == {"sub": "alice"}


class TestAGrantThatIsGone:
    @pytest.fixture
    def expired(self, project: Project, connect: Connect) -> Connection:
        """A connection whose spent refresh token somebody else has used again."""
        connection, stolen = connect(), project.refresh_token
        project.let_time_pass()
        connect()
        stale = project.post("token_endpoint", grant_type="refresh_token", refresh_token=stolen)
        assert stale.json()["error"] == "invalid_grant"
        return connection

    def test_is_told_where_nobody_can_be_asked(self, project: Project, expired: Connection) -> None:
        project.let_time_pass()
        for _ in range(2):
            with pytest.raises(ConnectionExpiredError, match="has expired") as error:
                project.session().get_connection("user")
            assert error.value.code == "connection-expired"

    def test_is_replaced_by_signing_in_again_under_the_same_id(
        self, project: Project, person: AtTheBrowser, connect: Connect, expired: Connection
    ) -> None:
        project.let_time_pass()
        again = connect()
        assert person.asked[-1].expired
        assert again.id == expired.id
        assert project.opens(again)


class TestDisconnecting:
    def test_revokes_the_grant_and_forgets_it(
        self, project: Project, person: AtTheBrowser, connect: Connect
    ) -> None:
        connection, refresh_token = connect(), project.refresh_token
        told = project.session(person).disconnect("user")
        assert told.was_connected
        assert told.revocation is not None
        assert told.revocation.state == "revoked"
        assert not project.opens(connection)
        again = project.post(
            "token_endpoint", grant_type="refresh_token", refresh_token=refresh_token
        )
        assert again.json()["error"] == "invalid_grant"
        assert project.store.entries() == {}


class TestAnotherDevice:
    @pytest.fixture(autouse=True)
    def for_devices(self, project: Project) -> None:
        project.write(project.server.device_client, project.server.device_connection)

    def test_can_be_signed_in_on(self, project: Project) -> None:
        person = AtAnotherDevice()
        assert project.opens(project.session(person).get_connection("user"))
        assert project.stored.grant is not None
        assert project.stored.grant.refresh_token

    def test_can_be_refused_on(self, project: Project) -> None:
        person = AtAnotherDevice()
        person.refuses = True
        with pytest.raises(AuthorizationError, match="denied"):
            project.session(person).get_connection("user")
        assert project.store.entries() == {}
