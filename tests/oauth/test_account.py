"""Which account has signed in: from the ID token or the userinfo, and never trusted."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from attio_nb.connections.store import MemoryStore
from tests.oauth.conftest import Project, query_of
from tests.oauth.stub import PROMPTLY, Call, Reply

Claims = dict[str, Any]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def openid(project: Project) -> Project:
    project.wants(scopes=("openid", "mail.read"))
    return project


def jwt(claims: Any, *, parts: int = 3) -> str:
    encoded = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return ".".join(["eyJhbGciOiJub25lIn0", encoded, *["c2ln"] * (parts - 2)])


def claims_of(project: Project, nonce: str) -> Claims:
    return {
        "iss": project.provider.url,
        "sub": "4711",
        "aud": "the client",
        "exp": time.time() + 300,
        "iat": time.time(),
        "nonce": nonce,
        "email": "bob@example.com",
    }


def signed_in(project: Project, change: Callable[[Claims], Any] = lambda claims: claims) -> str:
    """Sign in with an ID token, changed as a test says, and return the account that is kept."""
    signing_in = project.begin()
    nonce = query_of(signing_in.authorization_url()).get("nonce", "")
    changed = change(claims_of(project, nonce))
    project.provider.token_changes["id_token"] = (
        changed if isinstance(changed, str) or changed is None else jwt(changed)
    )
    assert project.person.comes_back(signing_in).status_code == 200
    assert signing_in.wait(PROMPTLY)
    assert signing_in.state == "connected", signing_in.error
    assert project.stored is not None
    return project.stored.account


def with_userinfo(project: Project, answer: Reply | Claims, *, named: bool = True) -> list[Call]:
    """Let the provider have a userinfo endpoint, and return the calls of it."""
    calls: list[Call] = []
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    original = project.provider.answer

    def answered(call: Call) -> Reply:
        if call.path != "/userinfo":
            return original(call)
        calls.append(call)
        return reply

    project.provider.answer = answered  # type: ignore[method-assign]
    if named:
        project.provider.metadata["userinfo_endpoint"] = f"{project.provider.url}/userinfo"
    return calls


def without_email(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if name != "email"}


class TestTheIdToken:
    def test_names_the_account(self, openid: Project) -> None:
        assert signed_in(openid) == "bob@example.com"

    @pytest.mark.parametrize(
        ("changes", "account"),
        [
            ({"aud": ["the client"]}, "bob@example.com"),
            ({"aud": ["the client", "another"], "azp": "the client"}, "bob@example.com"),
            ({"email": None, "preferred_username": "bob"}, "bob"),
            ({"email": "", "preferred_username": 7, "name": "Bob"}, "7"),
            ({"email": None, "name": "Bob\u202eSmith"}, "Bob\\u202eSmith"),
            ({"email": "b" * 500}, "b" * 99 + "…"),
        ],
    )
    def test_is_read_as_openid_connect_says(
        self, openid: Project, changes: Claims, account: str
    ) -> None:
        assert signed_in(openid, lambda claims: claims | changes) == account

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "https://elsewhere.example"},
            {"iss": None},
            {"aud": "another"},
            {"aud": []},
            {"aud": None},
            {"aud": ["the client", "another"]},
            {"azp": "another"},
            {"exp": 1_000_000_000},
            {"exp": "soon"},
            {"exp": True},
            {"exp": None},
            {"nonce": "another"},
            {"nonce": None},
            {"nonce": ["a"]},
        ],
    )
    def test_of_another_sign_in_names_none(self, openid: Project, changes: Claims) -> None:
        asked = with_userinfo(openid, {"sub": "4711", "email": "eve@example.com"})
        assert signed_in(openid, lambda claims: claims | changes) == ""
        assert asked == []

    @pytest.mark.parametrize(
        "id_token",
        [
            "not a token",
            "a.b.c",
            jwt(["bob"]),
            jwt("bob"),
            jwt({"email": "bob@example.com"}, parts=5),
            "e30." + "[" * 9000 + ".c2ln",
            "..",
        ],
    )
    def test_that_cannot_be_read_fails_no_sign_in(self, openid: Project, id_token: str) -> None:
        assert signed_in(openid, lambda claims: id_token) == ""

    @pytest.mark.parametrize("id_token", [None, {"a": 1}])
    def test_may_be_missing(self, openid: Project, id_token: Any) -> None:
        openid.provider.metadata["userinfo_endpoint"] = None
        assert signed_in(openid, lambda claims: id_token) == ""

    def test_shows_no_token_as_the_account(self, openid: Project) -> None:
        openid.provider.token_changes["access_token"] = "opaque-5f3a9c-0d1e2f"
        repeated = {"email": "opaque-5f3a9c-0d1e2f", "name": "5f3a9c-0d1e2f"}
        assert signed_in(openid, lambda claims: claims | repeated) == ""

    def test_is_looked_into_by_the_path_of_the_app_file_first(self, openid: Project) -> None:
        text = (openid.folder / "attio-app.toml").read_text()
        (openid.folder / "attio-app.toml").write_text(text + 'account = "org.name"\n')
        assert signed_in(openid, lambda claims: claims | {"org": {"name": "Acme"}}) == "Acme"
        assert signed_in(openid) == "bob@example.com"

    def test_that_ended_a_moment_ago_may_be_of_a_clock_that_is_ahead(self, openid: Project) -> None:
        assert signed_in(openid, lambda claims: claims | {"exp": time.time() - 10}) != ""

    def test_is_not_kept(self, openid: Project) -> None:
        signed_in(openid)
        assert "eyJhbGciOiJub25lIn0" not in repr(tuple(openid.stored or ()))

    def test_keeps_the_account_when_the_token_is_refreshed(self, openid: Project) -> None:
        assert signed_in(openid) == "bob@example.com"
        openid.provider.token_changes["id_token"] = None
        openid.expire()
        openid.session().get_connection("user")
        assert openid.provider.refreshes == 1
        assert openid.stored is not None
        assert openid.stored.account == "bob@example.com"

    def test_of_a_new_sign_in_takes_the_place_of_the_account(self, openid: Project) -> None:
        assert signed_in(openid) == "bob@example.com"
        assert signed_in(openid, lambda claims: claims | {"email": "eve@example.com"}) == (
            "eve@example.com"
        )
        assert signed_in(openid, lambda claims: None) == ""


class TestTheUserinfo:
    def test_is_asked_where_the_id_token_names_no_account(self, openid: Project) -> None:
        asked = with_userinfo(openid, {"sub": "4711", "email": "bob@example.com"})
        assert signed_in(openid, without_email) == "bob@example.com"
        (call,) = asked
        assert call.method == "GET"
        assert call.headers["authorization"] == f"Bearer {openid.token}"

    def test_is_not_asked_where_the_id_token_does(self, openid: Project) -> None:
        asked = with_userinfo(openid, {"sub": "4711", "email": "eve@example.com"})
        assert signed_in(openid) == "bob@example.com"
        assert asked == []

    def test_of_another_subject_does_not_count(self, openid: Project) -> None:
        with_userinfo(openid, {"sub": "4712", "email": "eve@example.com"})
        assert signed_in(openid, without_email) == ""

    def test_is_not_asked_without_the_scope_openid(self, project: Project) -> None:
        asked = with_userinfo(project, {"email": "bob@example.com"})
        assert signed_in(project, lambda claims: None) == ""
        assert asked == []

    def test_is_asked_at_the_address_of_the_app_file(self, project: Project) -> None:
        asked = with_userinfo(project, {"email": "bob@example.com"}, named=False)
        project.wants(userinfo_endpoint=f"{project.provider.url}/userinfo")
        assert signed_in(project, lambda claims: None) == "bob@example.com"
        assert len(asked) == 1

    def test_is_not_asked_at_a_host_that_was_not_approved(self, openid: Project) -> None:
        asked = with_userinfo(openid, {"sub": "4711", "email": "bob@example.com"})
        path = openid.folder / "attio-app.toml"
        path.write_text(path.read_text().replace('["127.0.0.1"]', '["api.example.com"]'))
        assert signed_in(openid, without_email) == ""
        assert asked == []

    @pytest.mark.parametrize(
        "answer",
        [
            Reply({"error": "insufficient_scope"}, 403),
            Reply({"email": "eve@example.com"}, 500),
            Reply(b"<html>bob@example.com</html>"),
            Reply(b"", 302, {"Location": "https://elsewhere.example/"}),
            Reply(hangs_up=True),
            Reply({"email": ["bob"]}),
            Reply(b" " * 300_000),
        ],
    )
    def test_that_fails_fails_no_sign_in(self, openid: Project, answer: Reply) -> None:
        with_userinfo(openid, answer)
        assert signed_in(openid, without_email) == ""


class TestTheTest:
    def with_test(self, project: Project, *lines: str) -> None:
        path = project.folder / "attio-app.toml"
        said = [f'test_url = "{project.provider.url}/api"', 'account = "user.login"', *lines]
        path.write_text(path.read_text() + "\n".join([*said, ""]))

    def test_names_the_account_of_a_provider_without_id_tokens(self, project: Project) -> None:
        self.with_test(project)
        project.provider.before_api = lambda call: Reply({"user": {"login": "bob"}})
        assert signed_in(project, lambda claims: None) == "bob"
        (call,) = [call for call in project.provider.calls if call.path == "/api"]
        assert call.headers["authorization"] == f"Bearer {project.token}"

    def test_is_sent_the_token_as_the_app_file_says(self, project: Project) -> None:
        self.with_test(project, 'test_header = "X-Token"')
        project.provider.before_api = lambda call: Reply(
            {"user": {"login": "bob" if call.headers.get("x-token") else "nobody"}}
        )
        assert signed_in(project, lambda claims: None) == "bob"

    def test_does_not_replace_the_account_of_the_id_token(self, openid: Project) -> None:
        self.with_test(openid)
        openid.provider.before_api = lambda call: Reply({"user": {"login": "bob"}})
        assert signed_in(openid) == "bob@example.com"
        assert openid.provider.count("/api") == 1

    def test_names_nobody_where_the_id_token_is_of_another_sign_in(self, openid: Project) -> None:
        self.with_test(openid)
        openid.provider.before_api = lambda call: Reply({"user": {"login": "bob"}})
        assert signed_in(openid, lambda claims: claims | {"nonce": "another"}) == ""

    @pytest.mark.parametrize(
        "answer",
        [
            Reply({"user": {"login": "bob"}}, 403),
            Reply({"user": {}}),
            Reply([{"login": "bob"}]),
            Reply(hangs_up=True),
            Reply(b"", 302, {"Location": "https://elsewhere.example/"}),
        ],
    )
    def test_that_fails_fails_no_sign_in(self, project: Project, answer: Reply) -> None:
        self.with_test(project)
        project.provider.before_api = lambda call: answer
        assert signed_in(project, lambda claims: None) == ""


def test_what_the_person_is_told_last_names_the_account(openid: Project) -> None:
    signed_in(openid)
    request = openid.session().request("user")
    assert request.success == "Connected the user connection."
    assert request.success_with_account == "Connected the user connection as bob@example.com."
    signed_in(openid, lambda claims: claims | {"email": "Bob. Now paste your key at evil.example"})
    assert openid.session().request("user").success_with_account == (
        "Connected the user connection as “Bob. Now paste your key at evil.example”."
    )
