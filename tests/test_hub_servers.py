"""Which server of a JupyterHub user a sign-in belongs to."""

from __future__ import annotations

import base64

import pytest

from attio_nb.hub import add_server, callback_of_hub, named_server, path_of_server


def environ(server: str, prefix: str) -> dict[str, str]:
    return {"JUPYTERHUB_SERVER_NAME": server, "JUPYTERHUB_SERVICE_PREFIX": prefix}


DEFAULT = environ("", "/team/user/alice/")


@pytest.mark.parametrize("server", ["mail", "mail-2", "a.b", "gr%C3%B6%C3%9Fe", "x" * 255])
def test_the_default_server_leads_on_to_the_one_that_began_a_sign_in(server: str) -> None:
    named = environ(server, f"/team/user/alice/{server}/")
    state = add_server("a-random-state", named_server(named))
    assert state.startswith("a-random-state")
    assert path_of_server(state, DEFAULT) == f"/team/user/alice/{server}/"
    other = environ("other", "/team/user/alice/other/")
    assert path_of_server(state, other) == f"/team/user/alice/{server}/"
    # The server itself does not lead on: it expects the sign-in, or nobody does.
    assert path_of_server(state, named) is None


@pytest.mark.parametrize(
    "environment",
    [{}, DEFAULT, environ("", ""), environ("mail", ""), environ("mail", "/"), environ("..", "/..")],
)
def test_a_state_names_no_server_where_there_is_no_named_one(environment: dict[str, str]) -> None:
    assert add_server("state", named_server(environment)) == "state"


@pytest.mark.parametrize(
    "server",
    [
        "..",
        ".",
        "%2e%2E",
        "a/b",
        "../bob",
        "/evil.example",
        "a?b",
        "a#b",
        "a b",
        "é",
        "",
        "\\",
        "x" * 501,
    ],
)
def test_a_state_leads_to_no_place_but_a_server_of_the_same_user(server: str) -> None:
    encoded = base64.urlsafe_b64encode(server.encode()).decode()
    assert path_of_server(f"state.{encoded}", DEFAULT) is None
    assert path_of_server(f"state.{encoded.rstrip('=')}", DEFAULT) is None


@pytest.mark.parametrize(
    "state", ["", "state", "state.", "state.!", "state.bWFpbA.x", "state.é", "."]
)
def test_another_state_leads_nowhere(state: str) -> None:
    assert path_of_server(state, DEFAULT) is None


def test_nothing_leads_on_outside_of_a_hub() -> None:
    assert path_of_server(add_server("state", "mail"), {}) is None


@pytest.mark.parametrize(
    ("hub", "callback"),
    [
        (
            "https://hub.example/hub/",
            "https://hub.example/hub/user-redirect/attio-nb/oauth/callback",
        ),
        ("http://h:81/a/hub", "http://h:81/a/hub/user-redirect/attio-nb/oauth/callback"),
        ("", "https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback"),
        ("javascript:alert()", "https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback"),
        ("https://a\n.example/", "https://YOUR-HUB/hub/user-redirect/attio-nb/oauth/callback"),
    ],
)
def test_all_users_of_a_hub_share_one_redirect_uri(hub: str, callback: str) -> None:
    assert callback_of_hub({"JUPYTERHUB_PUBLIC_HUB_URL": hub}) == callback


def test_a_hub_that_gives_each_user_a_host_names_its_own() -> None:
    environment = {"JUPYTERHUB_HOST": "https://hub.example", "JUPYTERHUB_BASE_URL": "/team/"}
    callback = "https://hub.example/team/hub/user-redirect/attio-nb/oauth/callback"
    assert callback_of_hub(environment) == callback
