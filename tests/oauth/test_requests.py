"""What is looked up at an issuer, and what is made of scopes, presets and credentials."""

from __future__ import annotations

import dataclasses
import math

import pytest

from attio_nb.app import OAuth2
from attio_nb.app.presets import presets, providers
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.oauth.client_authentication import client_authentication
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.scopes import missing_scopes
from attio_nb.oauth.token import Token, grant_of
from tests.oauth.conftest import Project, get, query_of
from tests.oauth.stub import Reply


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


class TestWellKnownAddresses:
    @pytest.mark.parametrize(
        "form",
        [
            "/.well-known/oauth-authorization-server{path}",
            "/.well-known/openid-configuration{path}",
            "{path}/.well-known/openid-configuration",
            "{path}/.well-known/oauth-authorization-server",
        ],
    )
    @pytest.mark.parametrize("path", ["", "/tenant/one"])
    def test_are_all_known(self, project: Project, form: str, path: str) -> None:
        issuer = project.provider.url + path
        project.provider.well_known = [form.format(path=path)]
        project.provider.metadata["issuer"] = issuer
        project.wants(issuer=issuer)
        assert project.begin().authorization_url().startswith(f"{project.provider.url}/authorize?")

    @pytest.mark.parametrize(
        "answer",
        [Reply(b"<html>", 200), Reply(b"", 302, {"Location": "/"}), Reply(b"", 403), Reply(b"[]")],
    )
    def test_are_asked_one_after_the_other(self, project: Project, answer: Reply) -> None:
        project.provider.well_known.append("/.well-known/openid-configuration")
        project.provider.metadata_answers.append(answer)
        assert project.begin().state == "ready"

    def test_without_metadata_lead_to_the_endpoints_in_the_app_file(self, project: Project) -> None:
        project.provider.well_known = []
        assert "authorization_endpoint" in str(project.fail().error)
        url = project.provider.url
        project.wants(
            issuer="",
            authorization_endpoint=f"{url}/authorize?tenant=one",
            token_endpoint=f"{url}/token",
        )
        before = len(project.provider.calls)
        sent = query_of(project.begin().authorization_url())
        assert sent["tenant"] == "one"
        assert sent["response_type"] == "code"
        assert len(project.provider.calls) == before

    def test_are_asked_once_by_one_client(self, project: Project) -> None:
        now = 0.0
        client = project.client(monotonic=lambda: now)
        for _ in range(3):
            signing_in = client.sign_in(project.place, lambda token, at: None)
            signing_in.start()
            assert signing_in.wait_until_ready(20)
            signing_in.close()
        assert len(project.provider.calls) == 1
        now = 4000.0
        project.provider.metadata_answers.extend([Reply(b"", 503)] * 4)
        signing_in = client.sign_in(project.place, lambda token, at: None)
        signing_in.start()
        assert signing_in.wait_until_ready(20)
        signing_in.close()


class TestScopes:
    @pytest.mark.parametrize(
        ("separator", "sent"), [(" ", "mail.read mail.send"), (",", "mail.read,mail.send")]
    )
    def test_are_sent_as_the_provider_wants_them(
        self, project: Project, separator: str, sent: str
    ) -> None:
        project.wants(scope_separator=separator)
        assert query_of(project.begin().authorization_url())["scope"] == sent

    def test_that_are_none_are_not_sent(self, project: Project) -> None:
        project.wants(scopes=())
        assert "scope" not in query_of(project.begin().authorization_url())

    def test_that_openid_connect_does_not_name_are_not_missing(self) -> None:
        asked = ("openid", "email", "offline_access", "mail.read", "mail.send")
        assert missing_scopes(asked, ("mail.read",)) == ("mail.send",)


def test_further_parameters_are_sent_and_change_none_of_ours(project: Project) -> None:
    project.wants(authorization_parameters=(("prompt", "consent"), ("access_type", "offline")))
    sent = query_of(project.begin().authorization_url())
    assert sent["prompt"] == "consent"
    assert sent["access_type"] == "offline"
    hostile = (("state", "fixed"), ("code_challenge_method", "plain"), ("nonce", "fixed"))
    oauth2 = dataclasses.replace(project.oauth2, authorization_parameters=hostile)
    place = project.place
    place = dataclasses.replace(
        place, definition=dataclasses.replace(place.definition, oauth2=oauth2)
    )
    signing_in = project.client().sign_in(place, lambda token, at: None)
    signing_in.start()
    assert signing_in.wait_until_ready(20)
    sent = query_of(signing_in.authorization_url())
    signing_in.close()
    assert "fixed" not in sent.values()
    assert sent["code_challenge_method"] == "S256"


def test_a_resource_is_named_in_every_request(project: Project) -> None:
    project.wants(resource="https://api.example/mail")
    project.expire()
    project.connect()
    assert all(
        call.form["resource"] == "https://api.example/mail" for call in project.provider.token_calls
    )
    assert len(project.provider.token_calls) == 2
    (sent,) = [call for call in project.provider.calls if call.path == "/authorize"]
    assert sent.query["resource"] == "https://api.example/mail"


def test_a_token_that_slack_nests_is_found_by_the_path_that_its_notes_name(
    project: Project,
) -> None:
    slack = presets()["slack-bot"]
    assert 'token_path = "authed_user"' in " ".join(slack.notes)
    project.wants(token_path="authed_user", scope_separator=slack.oauth2.scope_separator)
    bot = {"ok": True, "access_token": "xoxb-bot", "token_type": "bot", "scope": "chat:write"}
    person = {"id": "U1", "access_token": "xoxp-me", "token_type": "user", "scope": "mail.read"}
    project.provider.token_answers.append(Reply({**bot, "authed_user": person}))
    assert project.connect().value == "xoxp-me"
    assert project.grant.scopes == ("mail.read",)
    project.wants(token_path="")
    project.provider.token_answers.append(Reply({**bot, "authed_user": person}))
    assert project.session(project.person).connect("user").value == "xoxb-bot"


@pytest.mark.parametrize("preset", providers().values(), ids=lambda preset: preset.id)
def test_each_preset_makes_an_authorization_request(project: Project, preset: object) -> None:
    oauth2 = dataclasses.replace(presets()[preset.id].oauth2, client_id="the client")  # type: ignore[attr-defined]
    # Signing in begins without a look at the network where the endpoints are named.
    if oauth2.issuer:
        oauth2 = dataclasses.replace(oauth2, issuer=project.provider.url)
    place = project.place
    place = dataclasses.replace(
        place, definition=dataclasses.replace(place.definition, oauth2=oauth2)
    )
    signing_in = project.client().sign_in(place, lambda token, at: None)
    signing_in.start()
    assert signing_in.wait_until_ready(20), signing_in.error
    sent = query_of(signing_in.authorization_url())
    signing_in.close()
    assert {"state", "code_challenge", "redirect_uri"} <= sent.keys()


class TestCredentials:
    def test_of_basic_are_form_encoded(self) -> None:
        oauth2 = OAuth2(client_id="a b", client_authentication="client_secret_basic")
        headers, form = client_authentication(oauth2, SecretStr("c:d+é"))
        assert form == {}
        assert repr(headers) == "{'Authorization': ••••••••}"
        # "a%20b:c%3Ad%2B%C3%A9"
        assert f"{headers['Authorization']}" == "Basic YSUyMGI6YyUzQWQlMkIlQzMlQTk="

    def test_of_the_quirk_are_not(self) -> None:
        oauth2 = OAuth2(client_id="a b", client_authentication="client_secret_basic_raw")
        headers, _ = client_authentication(oauth2, SecretStr("c+d"))
        assert f"{headers['Authorization']}" == "Basic YSBiOmMrZA=="


class TestLifetimes:
    @pytest.mark.parametrize(
        ("expires_in", "leeway"), [(3600, 30), (120, 30), (60, 15), (20, 5), (1, 0.25)]
    )
    def test_leave_a_leeway_of_30_seconds_or_a_quarter(
        self, expires_in: float, leeway: float
    ) -> None:
        token = Token(SecretStr("t"), None, expires_in, None)
        grant = grant_of(token, OAuth2(client_id="c"), received_at=1000.0)
        assert grant.expires_at == 1000 + expires_in
        assert grant.stale_at == grant.expires_at - leeway

    def test_that_are_not_known_never_end(self) -> None:
        token = Token(SecretStr("t"), None, None, None)
        grant = grant_of(token, OAuth2(client_id="c"), received_at=1000.0)
        assert grant.stale_at == grant.expires_at == math.inf


class TestQuoting:
    def test_writes_out_what_a_terminal_would_obey(self) -> None:
        told = "\x1b[31mred\x1b[0m\r\nnext\u202egnp\x00"
        assert quoted(told) == r"“\u001b[31mred\u001b[0m next\u202egnp\u0000”"

    @pytest.mark.parametrize(
        ("told", "shown"),
        [("It is wrong.", "“It is wrong”"), ("Wait...", "“Wait...”"), (".", "“”"), ("", "“”")],
    )
    def test_leaves_out_the_full_stop_of_the_provider(self, told: str, shown: str) -> None:
        assert quoted(told) == shown

    def test_is_short(self) -> None:
        assert len(quoted("long " * 1000)) < 210


def test_the_page_of_a_callback_is_truthful(project: Project) -> None:
    signing_in = project.begin()
    address = project.person.sent_back(signing_in)
    project.provider.token_answers.append(Reply({"error": "invalid_client"}, 401))
    page = get(address)
    assert page.status_code == 400
    assert "invalid_client" in page.text
