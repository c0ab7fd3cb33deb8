"""What providers say when they refuse, and what is read of it."""

from __future__ import annotations

from typing import Any

import pytest

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
