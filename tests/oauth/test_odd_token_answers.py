"""Token answers that RFC 6749 does not foresee: their form, charset, token type and texts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, AuthorizationError, OAuthError
from tests.oauth.conftest import Project, changed
from tests.oauth.stub import Provider, Reply
from tests.oauth.test_cases_around import AnotherDevice
from tests.oauth.test_cases_token_answers import Refreshing, Signing

TOKEN = {"access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=[Signing, Refreshing])
def token(request: pytest.FixtureRequest, project: Project) -> Any:
    """Each of the two ways to a token in turn."""
    if request.param is Refreshing:
        project.expire()
    return request.param(project)


def typed(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type}


class TestBearerTokensUnderOtherNames:
    @pytest.mark.parametrize(
        "token_type",
        [
            "User Access Token",
            "Application Access Token",
            "access_token",
            "JWT",
            "at+jwt",
            "Bearer token",
            " bearer ",
            "bearer_token",
            "urn:ietf:params:oauth:token-type:access_token",
            "BearerToken",
            "macaroon",
            "popular",
            "",
            None,
        ],
    )
    def test_are_used(self, project: Project, token_type: str | None) -> None:
        project.provider.token_changes = {"token_type": token_type}
        assert project.call(project.connect()).status_code == 200
        project.expire()
        assert project.is_known(project.connect())

    @pytest.mark.parametrize(
        "token_type",
        [
            "DPoP",
            "dpop+jwt",
            "DPOP",
            "DPoPToken",
            "DPoP token",
            "urn:ietf:params:oauth:token-type:dpop",
            "PoP",
            "pop",
            "pop_token",
            "Proof-of-Possession",
            "proof_of_possession",
            "ProofOfPossession",
            "holder-of-key",
            "MAC",
            "mac_token",
            "hmac-sha-256",
            "\uff24\uff30\uff4f\uff30",
        ],
    )
    def test_are_not_confused_with_proof_of_possession(
        self, provider: Provider, token: Signing | Refreshing, token_type: str
    ) -> None:
        provider.token_answers.append(Reply({**TOKEN, "token_type": token_type}))
        assert "proof of possession" in str(token.fails())


FORM = urlencode({**TOKEN, "refresh_token": "the+refresh=token"}).encode()


class TestTheBodyDecidesWhatItIs:
    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "text/plain;charset=UTF-8",
            "text/html; charset=utf-8",
            "application/json",
            "application/octet-stream",
            "",
            "Application/X-WWW-Form-URLEncoded",
            "APPLICATION/X-WWW-FORM-URLENCODED ; charset=utf-8",
        ],
    )
    @pytest.mark.parametrize("body", [FORM, FORM + b"\n", b"scope=mail.read+mail.send&" + FORM])
    def test_a_form(self, project: Project, content_type: str, body: bytes) -> None:
        project.provider.token_answers.append(Reply(body, headers=typed(content_type)))
        project.connect()
        assert (project.token, project.refresh_token) == ("the-access-token", "the+refresh=token")

    @pytest.mark.parametrize("content_type", ["text/plain", "text/html", ""])
    def test_an_error_in_a_form(self, project: Project, content_type: str) -> None:
        body = b"error=application_suspended&error_description=It+is+wrong."
        project.provider.token_answers.append(Reply(body, 400, typed(content_type)))
        error = Signing(project).fails()
        assert error.error == "application_suspended"
        assert "It is wrong" in str(error)

    @pytest.mark.parametrize(
        ("charset", "content_type"),
        [
            ("utf-8-sig", "application/json"),
            ("utf-8-sig", "application/json; charset=iso-8859-1"),
            ("utf-16", "application/json"),
            ("utf-16-le", "application/json"),
            ("utf-16-be", "application/json; charset=utf-16be"),
            ("utf-32", "application/json"),
            ("latin-1", "application/json; charset=ISO-8859-1"),
            ("latin-1", 'Application/JSON; Charset="iso-8859-1"'),
            ("latin-1", "application/json"),
            ("cp1251", "application/json;charset=windows-1251"),
            ("shift_jis", "text/json; charset=Shift_JIS"),
            ("utf-8", "application/json; charset=klingon"),
            ("utf-8", "application/json; charset=utf-16"),
            ("utf-8", "application/json; charset=base64"),
            ("utf-8", "application/json; charset=idna"),
            ("utf-8", "application/json; charset="),
            ("utf-8", "text/html"),
        ],
    )
    def test_json_in_the_charset_that_it_is_in(
        self, project: Project, charset: str, content_type: str
    ) -> None:
        words = {"cp1251": "да", "shift_jis": "日本"}.get(charset, "grün")
        members = {**TOKEN, "refresh_token": f"the-{words}-token"}
        body = json.dumps(members, ensure_ascii=False).encode(charset)
        project.provider.token_answers.append(Reply(body, headers=typed(content_type)))
        project.connect()
        assert project.refresh_token == f"the-{words}-token"

    @pytest.mark.parametrize(
        "body",
        [
            b'{"access_token": "the-access-token"}<script>',
            b'{"access_token": "the-access-token"}\x00',
            b'{"access_token": "the-access-token"}{"access_token": "another"}',
            b'callback({"access_token": "the-access-token"});',
            b'/**/cb({"access_token": "the-access-token"})',
            b")]}',\n" + b'{"access_token": "the-access-token"}',
            b'[{"access_token": "the-access-token"}]',
            b'"access_token=the-access-token"',
            b"<p>access_token=the-access-token</p>",
            b"access_token=the-access-token\r\n\r\n<html>",
            b"Your token: access_token=the-access-token",
            b"\xff\xfe\x00",
        ],
    )
    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
    def test_anything_else_is_no_token(
        self, project: Project, body: bytes, content_type: str
    ) -> None:
        project.provider.token_answers.append(Reply(body, headers=typed(content_type)))
        assert "no token" in str(Signing(project).fails())


UNUSABLE = [
    "the-token-\ud800",
    "\udfff",
    "the-token-\x00",
    "the-token\r\nX-Injected: yes",
    "the-\x9btoken",
    "the-\u202etoken",
    "the-\u200btoken",
    "the-\ufffdtoken",
    "x" * 100_000,
]


class TestTextsThatCannotBeKept:
    @pytest.mark.parametrize("refresh_token", UNUSABLE)
    def test_a_refresh_token(
        self, provider: Provider, token: Signing | Refreshing, refresh_token: str
    ) -> None:
        provider.token_answers.append(Reply({**TOKEN, "refresh_token": refresh_token}))
        error = token.fails()
        assert "refresh token" in str(error)
        assert "the-token" not in str(error)

    def test_a_refresh_token_in_a_form_that_cannot_be_decoded(self, project: Project) -> None:
        body = b"access_token=the-access-token&refresh_token=the-%ED%A0%80"
        headers = typed("application/x-www-form-urlencoded")
        project.provider.token_answers.append(Reply(body, headers=headers))
        assert "refresh token" in str(Signing(project).fails())

    @pytest.mark.parametrize("member", ["device_code", "user_code", "verification_uri"])
    @pytest.mark.parametrize("text", UNUSABLE)
    def test_a_code_for_another_device(self, project: Project, member: str, text: str) -> None:
        told = {"device_code": "d", "user_code": "U", "verification_uri": "https://as.example/"}
        project.provider.device = Reply({**told, member: text})
        with pytest.raises(OAuthError, match="browser"):
            AnotherDevice(project).code()

    @pytest.mark.parametrize("member", ["client_id", "client_secret"])
    @pytest.mark.parametrize("text", UNUSABLE)
    def test_a_client_that_was_registered(self, project: Project, member: str, text: str) -> None:
        project.wants(client_authentication="client_secret_post")
        told = {"client_id": "the-id", "client_secret": "the-client-secret"}
        project.provider.registration = Reply({**told, member: text}, 201)
        with pytest.raises(OAuthError, match=member):
            project.client().register(project.oauth2, client_name="Mail")

    @pytest.mark.parametrize("member", ["client_id", "client_secret"])
    def test_a_client_that_was_registered_is_deleted_again(
        self, project: Project, member: str
    ) -> None:
        project.wants(client_authentication="client_secret_post")
        told = {
            "client_id": "the-id",
            "client_secret": "the-client-secret",
            "registration_client_uri": f"{project.provider.url}/register/the-id",
            "registration_access_token": "the-registration-token",
        }
        project.provider.registration = Reply({**told, member: "the-\ud800"}, 201)
        with pytest.raises(OAuthError, match=member):
            project.client().register(project.oauth2, client_name="Mail")
        assert project.provider.calls[-1][:2] == ("DELETE", "/register/the-id")

    def test_a_scope_of_a_client_that_was_registered(self, project: Project) -> None:
        told = {"client_id": "the-id", "scope": "mail.read mail\ud800"}
        project.provider.registration = Reply(told, 201)
        registration = project.client().register(project.oauth2, client_name="Mail")
        assert registration.oauth2.scopes == ("mail.read",)

    @pytest.mark.parametrize("code", ["the-code-\ud800", "\udcff"])
    def test_a_code_that_is_pasted(self, project: Project, code: str) -> None:
        signing_in = project.begin()
        address = project.person.sent_back(signing_in)
        with pytest.raises(AuthorizationError, match="Copy it"):
            signing_in.accept(f"{changed(address, code=None)}&code={code}")
        assert signing_in.state == "ready"
        signing_in.accept(address)
        assert signing_in.state == "connected"

    @pytest.mark.parametrize("value", UNUSABLE)
    @pytest.mark.parametrize(
        "member", ["token_type", "scope", "error", "error_description", "id_token", "expires_in"]
    )
    def test_any_other_member_ends_in_no_error_of_python(
        self, project: Project, member: str, value: str
    ) -> None:
        project.provider.token_answers.append(Reply({**TOKEN, member: value}))
        try:
            project.connect()
        except AttioError as error:
            str(error).encode()
        else:
            assert "".join(project.grant.scopes).isprintable()
