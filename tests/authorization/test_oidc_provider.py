"""What npm's oidc-provider does that others do not."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from attio_nb.errors import AuthorizationError
from tests.authorization.conftest import AtTheBrowser, Project
from tests.authorization.servers import AuthorizationServer


@pytest.fixture
def server(oidc_provider: AuthorizationServer) -> AuthorizationServer:
    """The one that these tests are about."""
    return oidc_provider


def test_it_names_itself_in_the_callback(project: Project, person: AtTheBrowser) -> None:
    project.session(person).get_connection("user")
    assert parse_qs(urlsplit(person.landed[0]).query)["iss"] == [project.server.issuer]


def test_a_callback_that_names_another_issuer_brings_no_token(
    project: Project, person: AtTheBrowser
) -> None:
    host = urlsplit(project.server.issuer).netloc.replace(":", "%3A")
    person.back = lambda address: address.replace(host, "evil.example")
    with pytest.raises(AuthorizationError, match="evil"):
        project.session(person).get_connection("user")
    assert "Not connected." in person.pages[0]
    assert project.store.entries() == {}


def test_one_can_sign_in_without_openid(project: Project, person: AtTheBrowser) -> None:
    project.write(scopes='["offline_access", "mail.read"]')
    connection = project.session(person).get_connection("user")
    project.let_time_pass()
    assert project.session().get_connection("user").value != connection.value
