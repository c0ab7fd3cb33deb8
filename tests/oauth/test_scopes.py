"""Scopes as providers write them, and what is said of those that may be missing."""

from __future__ import annotations

import time

import pytest

from attio_nb.connections.store import MemoryStore
from attio_nb.oauth.scopes import lost_scopes, missing_scopes, parse_scopes
from tests.oauth.conftest import Project
from tests.oauth.test_cases_renewal import until

GRAPH = "https://graph.microsoft.com"
GOOGLE = "https://www.googleapis.com/auth"


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        # A prefix that is left out, added, or written in another way.
        (f"{GRAPH}/Mail.Read", "Mail.Read User.Read"),
        ("Mail.Read", f"{GRAPH}/Mail.Read"),
        (f"{GRAPH}//Mail.Read", "Mail.Read"),
        (f"{GRAPH}/Mail.Read", f"{GRAPH.upper()}/mail.read"),
        (f"{GRAPH}/Mail.Read", "00000003-0000-0000-c000-000000000000/Mail.Read"),
        ("api://the-id/access_as_user", "access_as_user"),
        ("api://the-id/access_as_user", "api://THE-ID/access_as_user"),
        ("my-api/orders.read", "orders.read"),
        (
            "https://management.azure.com/user_impersonation",
            "https://management.core.windows.net//user_impersonation",
        ),
        (f"{GRAPH}/.default", "Mail.Read User.Read"),
        (f"{GOOGLE}/userinfo.email", "email"),
        ("email profile openid", f"{GOOGLE}/userinfo.email {GOOGLE}/userinfo.profile openid"),
        (f"{GOOGLE}/userinfo.profile", "openid profile"),
        ("https://mail.google.com/", "https://mail.google.com"),
        # Another case.
        ("Mail.Read", "mail.read"),
        ("REPO", "repo"),
        # One scope that includes others.
        ("repo repo:status repo_deployment public_repo", "repo"),
        ("user user:email read:user user:follow", "user"),
        ("admin:org write:org read:org manage_runners:org", "admin:org"),
        ("write:packages read:packages", "write:packages"),
        ("project read:project", "project"),
        ("write_orders read_orders", "write_orders"),
        ("api read_api read_user", "api"),
        ("Mail.ReadWrite Mail.Read", "Mail.ReadWrite"),
        (f"{GRAPH}/Files.Read", "Files.ReadWrite.All"),
        (f"{GOOGLE}/drive {GOOGLE}/drive.readonly", f"{GOOGLE}/drive"),
        (f"{GOOGLE}/gmail.send", "https://mail.google.com/"),
        ("mail.read mail.send", "mail.*"),
        ("mail.read", "*"),
        ("api web", "full"),
        (f"{GOOGLE}/bigquery", f"{GOOGLE}/cloud-platform"),
        ("read:repo_hook", "repo"),
        ("repository account", "repository:write account:admin"),
        ("accounting.transactions.read", "accounting.transactions"),
        ("ZohoCRM.modules.READ ZohoCRM.modules.contacts.READ", "ZohoCRM.modules.ALL"),
        ("root_readonly", "root_readwrite"),
        ("read_only", "read_write"),
        ("okta.users.read", "okta.users.manage"),
        ("activity:read", "activity:read_all"),
        ("meeting:read meeting:read:meeting", "meeting:read:admin meeting:read:meeting:admin"),
        ("tasks:read projects:read", "default"),
        # What OpenID Connect does not name.
        ("openid email profile offline_access OpenID mail.read", "mail.read"),
        ("refresh_token mail.read", "mail.read"),
        # Separators.
        ("a b", "a,b"),
        ("a b", "a, b"),
        ("a b c", "a b,c"),
        ("a b", "a+b"),
        ("a b", "a;b"),
        ("a b", "a%20b"),
        ("a b", '["a", "b"]'),
        ("a b", "['a', 'b']"),
        ("a b", "[a, b]"),
        ("a b", "{a,b}"),
        ("a b", '"a b"'),
        ("a b", "a|b"),
        (f"{GRAPH}/Mail.Read a", "https%3A%2F%2Fgraph.microsoft.com%2FMail.Read+a"),
    ],
)
def test_what_was_granted_under_another_name_is_not_missing(asked: str, granted: str) -> None:
    wanted = tuple(asked.split())
    assert missing_scopes(wanted, parse_scopes(granted, wanted) or ()) == ()


@pytest.mark.parametrize(
    ("asked", "granted", "missing"),
    [
        ("mail.read mail.send", "mail.read", "mail.send"),
        (f"{GRAPH}/Mail.Read", "https://outlook.office.com/Mail.Read", f"{GRAPH}/Mail.Read"),
        ("one-api/read", "another-api/read", "one-api/read"),
        ("users:read users:read.email", "users:read", "users:read.email"),
        ("chat:write chat:write.public", "chat:write", "chat:write.public"),
        ("channels:read channels:write", "channels:write", "channels:read"),
        ("guilds guilds.join", "guilds", "guilds.join"),
        ("repo", "repo:status public_repo", "repo"),
        ("write:org", "read:org", "write:org"),
        ("admin:org", "admin:org_hook", "admin:org"),
        ("Mail.ReadWrite", "Mail.Read", "Mail.ReadWrite"),
        ("Mail.Send", "Mail.ReadWrite", "Mail.Send"),
        ("Files.Read.All", "Files.Read", "Files.Read.All"),
        (f"{GOOGLE}/drive", f"{GOOGLE}/drive.readonly", f"{GOOGLE}/drive"),
        (f"{GOOGLE}/userinfo.email", "openid", f"{GOOGLE}/userinfo.email"),
        ("user", "username", "user"),
        ("read:user", "user:email", "read:user"),
        ("a", "b+c", "a"),
        ("read_orders", "unauthenticated_write_orders", "read_orders"),
        ("accounting.contacts", "accounting.contacts.read", "accounting.contacts"),
        ("repository:write", "repository", "repository:write"),
        ("ZohoCRM.modules.ALL", "ZohoCRM.modules.READ", "ZohoCRM.modules.ALL"),
        ("ZohoCRM.users.READ", "ZohoCRM.modules.ALL", "ZohoCRM.users.READ"),
        ("root_readwrite", "root_readonly", "root_readwrite"),
        ("activity:read_all", "activity:read", "activity:read_all"),
    ],
)
def test_what_nothing_covers_may_be_missing(asked: str, granted: str, missing: str) -> None:
    wanted = tuple(asked.split())
    assert missing_scopes(wanted, parse_scopes(granted, wanted) or ()) == (missing,)


@pytest.mark.parametrize(
    ("value", "scopes"),
    [
        ("mail.read,mail.send", ("mail.read", "mail.send")),
        ("mail.read mail.read", ("mail.read",)),
        (["mail.read mail.send", 7, None, "x"], ("mail.read", "mail.send", "x")),
        ("mail.read a+b", ("mail.read", "a+b")),
        ("a,b", ("a,b",)),
        ("[", ("[",)),
        ("", None),
        (" ", None),
        ([], None),
        ({}, None),
        (7, None),
        (None, None),
        ("mail.read \ud800 x\x00 y\u202e", ("mail.read",)),
        ("x" * 5000, None),
    ],
)
def test_scopes_are_kept_as_the_provider_writes_them(
    value: object, scopes: tuple[str, ...] | None
) -> None:
    assert parse_scopes(value, ("mail.read", "a,b")) == scopes


def test_an_answer_full_of_scopes_takes_no_time() -> None:
    wanted = tuple(f"scope{number}" for number in range(20))
    begun = time.process_time()
    for text in ("a+" * 120_000, "a " * 120_000, "%2B" * 80_000, "[" * 200_000):
        assert len(missing_scopes(wanted, parse_scopes(text, wanted) or ())) == 20
    assert time.process_time() - begun < 10


def test_what_may_be_missing_is_told_as_a_doubt(project: Project) -> None:
    project.provider.token_changes = {"scope": "mail.read"}
    project.connect()
    (notice,) = project.notices
    assert "mail.send" in notice
    assert "may" in notice


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [
        (("a", "b"), ("a",), ("b",)),
        (("a", "b"), ("b", "a", "c"), ()),
        ((f"{GRAPH}/Mail.Read",), ("mail.read",), ()),
        (("repo", "repo:status"), ("repo",), ()),
    ],
)
def test_what_a_refresh_has_lost(
    before: tuple[str, ...], now: tuple[str, ...], lost: tuple[str, ...]
) -> None:
    assert lost_scopes(before, now) == lost


class TestARefreshThatNarrows:
    def test_is_told(self, project: Project) -> None:
        project.expire()
        project.notices.clear()
        project.provider.token_changes = {"scope": "mail.read"}
        project.connect()
        (notice,) = project.notices
        assert "mail.send" in notice
        assert "refresh" in notice
        assert project.grant.scopes == ("mail.read",)

    def test_is_told_once(self, project: Project) -> None:
        project.expire()
        project.provider.token_changes = {"scope": "mail.read"}
        project.connect()
        project.notices.clear()
        project.expire()
        project.connect()
        assert project.provider.refreshes == 2
        assert project.notices == []

    def test_is_told_in_the_background_too(self, project: Project) -> None:
        project.connect()
        now = time.time()
        project.keep(stale_at=now - 1, expires_at=now + 100)
        project.provider.token_changes = {"scope": "mail.send"}
        session = project.session()
        session.get_connection("user")
        until(lambda: len(project.notices) == 1)
        assert "mail.read" in project.notices[0]

    @pytest.mark.parametrize("scope", ["mail.send,mail.read", "MAIL.READ mail.send", None, ""])
    def test_is_none_where_the_same_is_written_differently(
        self, project: Project, scope: str | None
    ) -> None:
        project.expire()
        project.notices.clear()
        project.provider.token_changes = {"scope": scope}
        project.connect()
        assert project.provider.refreshes == 1
        assert project.notices == []
