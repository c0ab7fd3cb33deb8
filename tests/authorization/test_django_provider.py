"""What django-oauth-toolkit does that others do not."""

from __future__ import annotations

import pytest

from tests.authorization.conftest import AtTheBrowser, Project
from tests.authorization.person import visit
from tests.authorization.servers import AuthorizationServer


@pytest.fixture
def server(django_provider: AuthorizationServer) -> AuthorizationServer:
    """The one that these tests are about."""
    return django_provider


def test_its_metadata_is_found_below_the_path_of_its_issuer(
    project: Project, person: AtTheBrowser
) -> None:
    issuer = project.server.issuer
    assert issuer.endswith("/accounts/o")
    inserted = issuer.replace("/accounts/o", "/.well-known/oauth-authorization-server/accounts/o")
    assert visit(inserted).status_code == 404
    assert project.opens(project.session(person).get_connection("user"))


def test_its_callback_names_no_issuer(project: Project, person: AtTheBrowser) -> None:
    project.session(person).get_connection("user")
    assert "iss=" not in person.landed[0]
