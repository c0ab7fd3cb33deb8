"""The page on which a person sees who is connected, and what they can do about it."""

from __future__ import annotations

import re

from .conftest import Guest, HandClock


def change(guest: Guest, what: str) -> None:
    page = guest.http.get("/oauth/grants").text
    [grant] = re.findall(r'name="grant" value="([^"]+)"', page)
    answer = guest.http.post("/oauth/grants", data={"grant": grant, "change": what})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/oauth/grants")


def test_it_shows_who_is_connected_with_what(guest: Guest) -> None:
    assert "Nobody is connected." in guest.http.get("/oauth/grants").text
    tokens = guest.signed_in("bob", scope="sequences:read")

    page = guest.http.get("/oauth/grants").text

    for shown in ("Bob", "sandbox-public", "sequences:read", "until <time"):
        assert shown in page
    assert tokens["access_token"] not in page
    assert tokens["refresh_token"] not in page


def test_a_person_expires_an_access_token_which_is_renewed_then(guest: Guest) -> None:
    tokens = guest.signed_in()

    change(guest, "expire")

    assert guest.me(tokens["access_token"]).json()["code"] == "expired-token"
    assert ">expired<" in guest.http.get("/oauth/grants").text
    renewed = guest.refresh(tokens["refresh_token"]).json()
    assert guest.me(renewed["access_token"]).status_code == 200
    assert "until <time" in guest.http.get("/oauth/grants").text


def test_a_person_revokes_a_grant_for_good(guest: Guest) -> None:
    tokens = guest.signed_in()

    change(guest, "revoke")

    assert guest.me(tokens["access_token"]).json()["code"] == "revoked-token"
    assert guest.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert "Nobody is connected." in guest.http.get("/oauth/grants").text


def test_what_is_no_change_changes_nothing(guest: Guest, clock: HandClock) -> None:
    tokens = guest.signed_in()

    change(guest, "delete")

    assert guest.me(tokens["access_token"]).status_code == 200
