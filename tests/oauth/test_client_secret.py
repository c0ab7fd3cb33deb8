"""A client secret that a provider refuses: when it is asked for anew, and which one stays."""

from __future__ import annotations

from typing import Any

import pytest

from attio_nb.connections.model import Slot
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import CommandError, NotAllowedError, OAuthError
from attio_nb.oauth.client_secrets import client_slot
from tests.oauth.conftest import Project
from tests.oauth.refusals import OTHERS, SECRET, Told
from tests.oauth.stub import Reply
from tests.oauth.test_refused_refresh import Typing, provider_and_status, reply

BARE: list[Told] = [
    Told("a bare code", 400, {"error": "unauthorized_client"}, "request", "unauthorized_client"),
    Told("a code of its own", 400, {"error": "hs_17"}, "request", "hs_17"),
    Told("no reason", 400, {}, "request", ""),
    Told("a page", 403, None, "request", ""),
    Told("an empty 400", 400, None, "request", ""),
    Told("the code", 400, {"error": "invalid_grant"}, "grant", "invalid_grant"),
]


@pytest.fixture(autouse=True)
def confidential(project: Project) -> None:
    project.wants(client_authentication="client_secret_post")


def fail(project: Project) -> ConnectionRequest:
    """Sign in in vain, and return what the prompt goes on with."""
    with pytest.raises(OAuthError):
        project.connect()
    return project.person.asked[-1]


class TestARefusedTokenCallBeforeTheFirstSuccess:
    @pytest.mark.parametrize("told", [*SECRET, *BARE], ids=provider_and_status)
    def test_asks_for_the_client_secret_anew(self, project: Project, told: Told) -> None:
        project.provider.client_secret = "the-right-one"
        project.provider.wrong_client_secret = reply(told)
        request = fail(project)
        assert request.client_secret_wanted()
        assert request.has_client_secret()
        request.accept_client_secret(SecretStr("the-right-one"))
        assert not request.client_secret_wanted()
        project.person.client_secret = "the-right-one"
        assert project.is_known(project.connect())
        assert project.client().client_secret(project.place) == "the-right-one"

    def test_does_so_after_disconnecting_too(self, project: Project) -> None:
        project.connect()
        project.session().disconnect("user")
        project.provider.token_answers.append(Reply({"error": "unauthorized_client"}, 400))
        assert fail(project).client_secret_wanted()

    def test_lets_the_stored_one_be_kept(self, project: Project) -> None:
        project.provider.token_answers.append(Reply({"error": "unauthorized_client"}, 400))
        request = fail(project)
        request.use_stored_client_secret()
        assert not request.client_secret_wanted()
        assert project.client().client_secret(project.place) == "the-client-secret"

    @pytest.mark.parametrize(
        "told", [each for each in OTHERS if each.remedy == "later"], ids=provider_and_status
    )
    def test_that_is_none_does_not(self, project: Project, told: Told) -> None:
        project.provider.token_answers.append(reply(told))
        assert not fail(project).client_secret_wanted()


class TestOnceTheClientHasWorked:
    @pytest.fixture(autouse=True)
    def connected(self, project: Project) -> None:
        project.connect()
        project.keep(expired=True)

    @pytest.mark.parametrize("told", SECRET, ids=provider_and_status)
    def test_a_refusal_of_the_client_asks_for_its_secret(
        self, project: Project, told: Told
    ) -> None:
        project.provider.token_answers.append(reply(told))
        assert fail(project).client_secret_wanted()

    @pytest.mark.parametrize("told", BARE, ids=provider_and_status)
    def test_another_refusal_does_not(self, project: Project, told: Told) -> None:
        project.provider.token_answers.append(reply(told))
        assert not fail(project).client_secret_wanted()


class TestASecretThatWorks:
    @pytest.fixture(autouse=True)
    def connected(self, project: Project) -> None:
        project.provider.client_secret = "the-client-secret"
        project.connect()

    def stored(self, project: Project) -> SecretStr | None:
        return project.client().client_secret(project.place)

    def count(self, project: Project) -> int:
        return sum(slot.owner == "client" for slot in project.store.entries())

    def test_comes_back_when_another_is_refused_at_a_sign_in(self, project: Project) -> None:
        project.client().keep_client_secret(project.place, SecretStr("a-wrong-one"))
        project.keep(expired=True)
        fail(project)
        assert self.stored(project) == "the-client-secret"
        assert project.is_known(project.connect())

    def test_comes_back_when_another_is_refused_at_a_refresh(self, project: Project) -> None:
        for wrong in ("a-wrong-one", "another-wrong-one"):
            project.client().keep_client_secret(project.place, SecretStr(wrong))
        project.expire()
        assert project.is_known(project.session().get_connection("user"))
        assert self.stored(project) == "the-client-secret"
        assert self.count(project) == 1

    def test_goes_once_another_has_worked(self, project: Project) -> None:
        project.provider.client_secret = "the-new-one"
        project.client().keep_client_secret(project.place, SecretStr("the-new-one"))
        assert self.count(project) == 2
        project.expire()
        assert project.is_known(project.session().get_connection("user"))
        assert self.stored(project) == "the-new-one"
        assert self.count(project) == 1

    def test_is_in_no_request_to_another_provider(self, project: Project, elsewhere: Any) -> None:
        before = client_slot(project.place)
        project.wants(issuer=elsewhere.url)
        assert client_slot(project.place) != before
        assert self.stored(project) is None

    def test_is_replaced_with_the_grant_that_is_there(self, project: Project) -> None:
        project.provider.client_secret = "the-new-one"
        person = Typing("a-wrong-one", "the-new-one")
        connection = project.session(person).connect("user", client_secret=True)
        assert project.is_known(connection)
        assert [request.client_secret for request in person.asked] == ["replace"]
        assert len(person.failures) == 1
        assert self.stored(project) == "the-new-one"

    def test_is_forgotten_when_the_person_says_so(self, project: Project) -> None:
        project.client().keep_client_secret(project.place, SecretStr("a-wrong-one"))
        session = project.session()
        assert session.forget_client_secret("user")
        assert self.count(project) == 0
        assert not session.forget_client_secret("user")
        assert project.stored is not None


def test_a_client_without_a_secret_has_none_to_replace(project: Project) -> None:
    project.wants(client_authentication="none")
    for act in (
        lambda: project.session().connect("user", client_secret=True),
        lambda: project.session().request("user", client_secret=True),
        lambda: project.session().forget_client_secret("user"),
    ):
        with pytest.raises(CommandError, match="no client secret"):
            act()


def test_only_an_admin_replaces_that_of_a_workspace_connection(project: Project) -> None:
    file = project.folder / "attio-app.toml"
    members = '\n[[members]]\nid = "me"\nrole = "member"\n\n[[members]]\nid = "b"\nrole = "admin"\n'
    file.write_text(file.read_text().replace('owner = "user"', 'owner = "workspace"') + members)
    slot = Slot("mail", "local", "client", "x", None)
    assert project.store.get(slot) is None
    for act in (
        lambda: project.session(Typing()).connect("workspace", client_secret=True),
        lambda: project.session().request("workspace", client_secret=True),
        lambda: project.session().forget_client_secret("workspace"),
    ):
        with pytest.raises(NotAllowedError):
            act()
