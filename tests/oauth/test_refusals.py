"""What providers say when they refuse, and what is read of it."""

from __future__ import annotations

from typing import Any

import pytest

from attio_nb.oauth.body import refusal_members
from attio_nb.oauth.refusal import read_refusal
from tests.oauth.refusals import GRANT, OTHERS, SECRET, Told


@pytest.mark.parametrize(
    "told", [*SECRET, *GRANT, *OTHERS], ids=lambda told: f"{told.provider} ({told.status})"
)
def test_the_reason_is_read_wherever_it_is(told: Told) -> None:
    refusal = read_refusal(told.status, {}, told.body)
    assert refusal is not None
    assert (refusal.remedy, refusal.code) == (told.remedy, told.code)


TOKEN = {"access_token": "the-access-token", "token_type": "Bearer"}


@pytest.mark.parametrize("error", ["", " ", None, {}, [], [""], False, 0, "none", "null"])
def test_an_empty_error_is_none(error: Any) -> None:
    assert read_refusal(200, {}, {**TOKEN, "error": error, "error_description": ""}) is None


@pytest.mark.parametrize(
    "members",
    [
        TOKEN,
        {"code": 0, "message": "success", "data": TOKEN},
        {"ok": True, "authed_user": TOKEN},
        {**TOKEN, "status": "ok", "type": "user", "name": "Error Handler", "message": ""},
        {**TOKEN, "errors": [], "message": "invalid_grant is not what this is"},
    ],
)
def test_a_token_is_no_refusal(members: dict[str, Any]) -> None:
    assert read_refusal(200, {}, members) is None


@pytest.mark.parametrize(
    "error",
    [
        {"code": "ok", "message": "", "log_id": "20261130"},
        {"code": 0, "message": "success"},
        {"code": 200, "message": "OK"},
        {"count": 0},
        [None],
        "00000",
        "N/A",
        "No error",
        "no_errors",
    ],
)
@pytest.mark.parametrize("member", ["error", "errors", "fault"])
def test_a_token_beside_an_error_that_says_success_is_kept(member: str, error: Any) -> None:
    assert read_refusal(200, {}, {**TOKEN, member: error}) is None
    assert read_refusal(200, {}, {"data": TOKEN, member: error}) is None


@pytest.mark.parametrize(
    ("status", "members"),
    [
        (400, {"error": "internal_failure"}),
        (403, {"error": {"errors": [{"reason": "quotaExceeded"}], "code": 403}}),
        (403, {"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}),
        (400, {"error": "invalid_grant", "error_description": "login rate exceeded"}),
        (400, {"error": "invalid_grant", "message": "Already processing this refresh token"}),
        (409, {"error": "invalid_grant", "message": "It is being used by another process"}),
        (409, {"message": "A concurrent refresh of this refresh token is in progress."}),
        (400, {"error": "unknown_error", "error_description": "retry your request"}),
        (400, {"error": "x", "message": "The refresh_token cannot be checked at this time."}),
        (403, {"message": "A temporary problem with the refresh token"}),
        (403, {"message": "Down for maintenance, no token is given"}),
        (400, {"error": "server_busy", "error_description": "refresh_token not processed"}),
        (400, {"message": "Upstream timed out while it refreshed the refresh_token"}),
        (400, {"__type": "InternalServerException", "message": "x"}),
        (200, {"status": 601, "error": "Too many request"}),
    ],
)
def test_a_failure_that_passes_is_none_of_the_grant(status: int, members: dict[str, Any]) -> None:
    refusal = read_refusal(status, {}, members)
    assert refusal is not None
    assert refusal.remedy == "later"


@pytest.mark.parametrize(
    "message",
    [
        "The refresh token is invalid. Please try again.",
        "Your session has timed out: it expired. Try again later.",
        "This token has expired; please log in again and retry.",
    ],
)
def test_advice_to_try_again_keeps_no_grant_alive(message: str) -> None:
    refusal = read_refusal(400, {}, {"message": message})
    assert refusal is not None
    assert refusal.remedy == "grant"


@pytest.mark.parametrize(
    "members",
    [
        {"status": 404, "error": "Not Found", "path": "/oauth/refresh_token"},
        {"message": "No route for POST /v1/refresh-token"},
        {"error": "bad", "request": "/oauth2/refresh_token"},
        {"error": "bad", "error_uri": "https://as.example/errors#refresh_token"},
        {"error": "bad", "instance": "https://as.example/refresh_token"},
    ],
)
def test_an_address_is_no_reason(members: dict[str, Any]) -> None:
    refusal = read_refusal(404, {}, members)
    assert refusal is not None
    assert refusal.remedy == "request"


@pytest.mark.parametrize(
    ("status", "members", "remedy"),
    [
        (200, {"code": 20026, "msg": "refresh token expired"}, "grant"),
        (200, {"ret": -1, "msg": "refresh_token expired"}, "grant"),
        (200, {"status": "error", "message": "The refresh token is expired"}, "grant"),
        (200, {"code": 40105, "message": "The token has been revoked.", "data": {}}, "grant"),
        (200, {"code": 99991663, "msg": "app secret invalid"}, "client"),
        (200, {"errcode": 40013, "errmsg": "invalid appid"}, "client"),
        (200, {"code": 7, "msg": "刷新令牌已过期"}, "grant"),
        (
            200,
            {"error_response": {"code": "40002", "sub_code": "isv.refresh-token-invalid"}},
            "grant",
        ),
        (400, {"exception": {"message": "refresh token expired"}}, "grant"),
        (400, {"status": {"code": 1, "text": "refresh token expired"}}, "grant"),
        (400, {"invalid-params": [{"name": "refresh_token", "reason": "is expired"}]}, "grant"),
        (400, {"non_field_errors": ["Token is invalid"]}, "grant"),
        (400, {"error": "invalid_request", "message": "Le jeton a expiré"}, "grant"),
        (400, {"error": "erro", "message": "O token está inválido"}, "grant"),
        (400, {"message": "Das Token ist abgelaufen"}, "grant"),
        (400, {"message": "Das Client-Geheimnis ist falsch"}, "client"),
        (400, {"error": "application_cannot_be_found"}, "client"),
    ],
)
def test_a_reason_is_read_in_members_and_words_of_the_providers_own(
    status: int, members: dict[str, Any], remedy: str
) -> None:
    refusal = read_refusal(status, {}, members)
    assert refusal is not None
    assert refusal.remedy == remedy


@pytest.mark.parametrize(
    "members",
    [
        {"result": {"token": "t", "refresh_token": "r"}, "message": "The old token is revoked."},
        {"accessToken": "t", "message": "The refresh token that was used is revoked."},
        {"message": "Welcome"},
        {},
    ],
)
def test_a_sentence_beside_a_token_of_another_name_is_no_refusal(members: dict[str, Any]) -> None:
    assert read_refusal(200, {}, members) is None


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        (b"invalid_client", "client"),
        (b"Invalid client secret", "client"),
        (b'"invalid_grant"', "grant"),
        (b'["invalid_grant"]', "grant"),
        (b'[{"error": "invalid_client"}]', "client"),
        (b'[{"errorCode": "INVALID_GRANT", "message": "expired access/refresh token"}]', "grant"),
        (b'callback( {"error": 109, "error_description": "client secret is wrong"} );', "client"),
        (b"<?xml version='1.0'?><error><code>invalid_client</code></error>", "client"),
        (b"<e:E xmlns:e='x'><e:Message lang='en'>Token &amp; grant expired</e:Message></e:E>",
         "grant"),
        (b"<!DOCTYPE html><title>Blocked</title>Your session token is invalid", "request"),
        (b"<html><body>invalid_grant</body></html>", "request"),
        (b"\xff\xfe\x00", "request"),
        (b"", "request"),
    ],
)  # fmt: skip
def test_a_reason_is_read_in_bodies_of_other_kinds(body: bytes, remedy: str) -> None:
    refusal = read_refusal(400, {}, refusal_members(body, "text/html"))
    assert refusal is not None
    assert refusal.remedy == remedy


@pytest.mark.parametrize(
    "body",
    [b"<" * 200_000, b"<a>" * 80_000, b"<a b" * 60_000, b"[" * 200_000, b"f({" * 80_000, b"/" * 9],
)  # fmt: skip
def test_no_body_takes_long(body: bytes) -> None:
    assert read_refusal(400, {}, refusal_members(body, "")) is not None


@pytest.mark.parametrize(
    ("challenge", "remedy"),
    [
        ('Basic realm="as"', "client"),
        ('Bearer error="invalid_token", error_description="The token expired"', "grant"),
        ('Bearer realm="as", error = "invalid_client"', "client"),
    ],
)
def test_a_challenge_in_place_of_a_body_is_read(challenge: str, remedy: str) -> None:
    refusal = read_refusal(401, {"www-authenticate": challenge}, None)
    assert refusal is not None
    assert refusal.remedy == remedy


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"error": "invalid_client: The secret is wrong"}, "The secret is wrong"),
        ({"error": "invalid_client", "error_description": "Wrong: no."}, "Wrong: no."),
        ({"errors": [{"message": "One"}, {"message": "Two"}]}, "One"),
        ({"error": {"message": "In an object"}}, "In an object"),
        ({"error": 17}, "17"),
        ({"detail": "A detail", "title": "A title"}, "A detail"),
        ({}, ""),
    ],
)
def test_the_words_are_those_of_the_provider(members: dict[str, Any], words: str) -> None:
    refusal = read_refusal(400, {}, members)
    assert refusal is not None
    assert refusal.words == words


def nested(depth: int) -> Any:
    members: Any = "invalid_grant"
    for _ in range(depth):
        members = {"error": [members]}
    return members


@pytest.mark.parametrize(
    "members",
    [
        nested(400),
        {"error": ["x"] * 100_000},
        {"error_description": "token " * 40_000},
        {"error": "a" * 200_000},
        {"error": "A" * 200_000},
        {"error": {f"{each}": f"{each}" for each in range(5000)}},
        {"error": "\ud800"},
        {"": "", "error": {"": {"": ""}}},
        {"error": "//"},
        {"error": "#."},
        {"error": ":"},
        {"error": "urn:"},
    ],
)
def test_no_answer_is_too_much(members: Any) -> None:
    refusal = read_refusal(400, {}, members)
    assert refusal is not None
    assert refusal.code != "invalid_grant"
