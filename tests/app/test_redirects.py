"""A redirect URI of its own for each provider of an app."""

from __future__ import annotations

from typing import Any

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2, Owner
from attio_nb.app.redirects import callback_name, shared_redirect_uris, with_own_redirect_uri

ONE, OTHER = "https://one.example", "https://other.example"


def connection(
    key: str | None, issuer: str = ONE, *, owner: Owner = "user", **oauth2: Any
) -> ConnectionDefinition:
    made = OAuth2(**{"client_id": key or owner, "issuer": issuer, **oauth2})
    return ConnectionDefinition(owner=owner, key=key, type="oauth2", oauth2=made)


SECRET = ConnectionDefinition(owner="user", key="secret")
ENDPOINTS = {"authorization_endpoint": f"{ONE}/authorize", "token_endpoint": f"{ONE}/token"}


def path(definition: ConnectionDefinition, *beside: ConnectionDefinition) -> str:
    """Return the path that a new connection gets beside others."""
    oauth2 = with_own_redirect_uri(definition, beside).oauth2
    assert oauth2 is not None
    return oauth2.redirect_path


@pytest.mark.parametrize(
    "beside",
    [
        [],
        [SECRET],
        [connection("a")],
        [connection("a"), connection("b", redirect_path="/callback/b")],
    ],
)
def test_the_only_provider_of_an_app_keeps_the_plain_path(
    beside: list[ConnectionDefinition],
) -> None:
    assert path(connection("new"), *beside) == "/callback"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (connection("new", OTHER), "/callback/new"),
        (connection("New_2-x", OTHER), "/callback/New_2-x"),
        (connection(None, OTHER, owner="workspace"), "/callback/workspace"),
        (connection("new", "", **ENDPOINTS), "/callback/new"),
        (connection("new", f"{ONE}/"), "/callback/new"),
        (connection("new", OTHER, redirect_ports=(8723,)), "/callback/new"),
        (connection("new", OTHER, redirect_host="localhost"), "/callback/new"),
        (connection("new", OTHER, redirect_path="/mine"), "/mine"),
        (connection("new", OTHER, redirect_uri="https://app.example/in"), "/callback"),
    ],
)
def test_a_provider_beside_another_gets_a_path_of_its_own(
    new: ConnectionDefinition, expected: str
) -> None:
    assert path(new, SECRET, connection("a")) == expected


def test_no_path_is_given_twice() -> None:
    beside = [
        connection("a"),
        connection("mail", OTHER, owner="workspace", redirect_path="/callback/mail"),
    ]
    new = connection("mail", "https://third.example")
    assert path(new, *beside) == "/callback/user-mail"
    taken = connection("b", redirect_path="/callback/user-mail")
    assert path(new, *beside, taken) == "/callback/user-mail-2"


def test_a_client_that_another_connection_uses_keeps_its_path() -> None:
    beside = [connection("a"), connection("b", OTHER, redirect_path="/callback/b")]
    assert path(connection("new", OTHER, client_id="b"), *beside) == "/callback/b"
    assert path(connection("new", OTHER, client_id="c"), *beside) == "/callback/new"
    assert path(connection("new", ONE, client_id="a"), *beside) == "/callback"


def test_a_secret_gets_none() -> None:
    assert with_own_redirect_uri(SECRET, [connection("a"), connection("b", OTHER)]) is SECRET


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/callback", ""),
        ("/callback/", ""),
        ("/callback/mail", "mail"),
        ("/callback/a/b", ""),
        ("/callback/a%2Fb", ""),
        ("/in/mail", ""),
        ("/", ""),
    ],
)
def test_the_jupyter_server_has_the_last_part_of_an_own_path(path: str, name: str) -> None:
    assert callback_name(OAuth2("any", redirect_path=path)) == name


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        (connection("a"), connection("b", OTHER), True),
        (connection("a"), connection("b", ONE), False),
        (connection("a", redirect_path="/in"), connection("b", OTHER), True),
        (connection("a"), connection("b", OTHER, redirect_path="/callback/b"), False),
        (connection("a"), connection("b", OTHER, redirect_uri="https://app.example/in"), False),
        (
            connection("a", redirect_uri="https://app.example/in"),
            connection("b", OTHER, redirect_uri="https://app.example/in"),
            True,
        ),
        (connection("a", "", **ENDPOINTS), connection("b", "", **ENDPOINTS), False),
        (connection("a"), SECRET, False),
    ],
)
def test_a_redirect_uri_of_two_providers_is_found(
    one: ConnectionDefinition, other: ConnectionDefinition, is_shared: bool
) -> None:
    assert list(shared_redirect_uris([one, other])) == ([(one, other)] if is_shared else [])


def test_all_that_share_one_redirect_uri_are_found_at_once() -> None:
    shared = connection("a"), connection("b", OTHER), connection("c", "https://third.example")
    own = connection("d", OTHER, redirect_path="/callback/d")
    same = connection("e", OTHER, redirect_path="/callback/d")
    assert list(shared_redirect_uris([own, *shared, SECRET, same])) == [shared]
