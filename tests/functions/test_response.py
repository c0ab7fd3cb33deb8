"""An answer that is an error: ``raise_for_status`` says what the service said, in one line."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import pickle
import re
import traceback
from typing import Any

import httpx
import pytest

import attio_nb
from attio_nb.connections.auth import connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError
from attio_nb.functions.fetch import Fetch
from tests.leaks import leaks

VALUE = "sk_live_1234567890"
URL = "https://api.example.com/v1/people"


def answered(
    status: int = 422,
    content: object = b"",
    kind: str = "application/json",
    *,
    url: str = URL,
    secrets: tuple[str, ...] = (),
    **options: Any,
) -> httpx.Response:
    """What ``fetch`` returns where a service answers this."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body, headers={"Content-Type": kind})

    fetch = Fetch(transport=httpx.MockTransport(handle), secrets=lambda: secrets)
    return asyncio.run(fetch(url, **options))


def failure(*args: Any, **options: Any) -> attio_nb.ResponseStatusError:
    with pytest.raises(attio_nb.ResponseStatusError) as error:
        answered(*args, **options).raise_for_status()
    return error.value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        # RFC 9457
        ({"type": "about:blank", "title": "Out of credit", "detail": "You have 3, and need 5."},
         "Out of credit: You have 3, and need 5"),
        ({"title": "Your request is not valid", "invalid-params": [
            {"name": "age", "reason": "must be positive"}, {"name": "color", "reason": "unknown"}]},
         "Your request is not valid; age: must be positive; color: unknown"),
        # FastAPI
        ({"detail": "Not enough mailboxes."}, "Not enough mailboxes"),
        ({"detail": [
            {"type": "missing", "loc": ["body", "email"], "msg": "Field required", "input": {}},
            {"type": "int_type", "loc": ["body", "items", 0, "id"], "msg": "Not an integer"}]},
         "email: Field required; items.0.id: Not an integer"),
        ({"detail": [{"loc": ["query", "limit"], "msg": "Too large"}]}, "query.limit: Too large"),
        # GraphQL
        ({"errors": [{"message": "Cannot query field \"x\".", "path": ["me", "x"],
                      "locations": [{"line": 1, "column": 2}]}]},
         "me.x: Cannot query field \"x\""),
        # JSON:API
        ({"errors": [{"status": "422", "title": "Invalid", "detail": "Too short.",
                      "source": {"pointer": "/data/attributes/name"}}]},
         "name: Invalid: Too short"),
        # OAuth 2.0, RFC 6749 section 5.2
        ({"error": "invalid_grant", "error_description": "The code has expired"},
         "invalid_grant: The code has expired"),
        # Google, Stripe
        ({"error": {"code": 403, "message": "Quota exceeded", "errors": [
            {"message": "Quota exceeded", "domain": "usageLimits"}]}}, "Quota exceeded"),
        ({"error": {"type": "invalid_request_error", "param": "email", "message": "Wrong"}},
         "email: Wrong"),
        # Django REST framework, Rails, Laravel
        ({"email": ["Enter a valid address."], "age": ["Required.", "Not a number."]},
         "email: Enter a valid address; age: Required; age: Not a number"),
        ({"non_field_errors": ["Too many."]}, "Too many"),
        ({"errors": {"email": ["is invalid"], "address": {"city": "is missing"}}},
         "email: is invalid; address: city: is missing"),
        ({"message": "The data was invalid.", "errors": {"email": ["Is taken."]}},
         "The data was invalid; email: Is taken"),
        # Salesforce, GitHub, Discord, HubSpot, Attio, AWS
        ([{"message": "No such column", "errorCode": "INVALID_FIELD"}], "No such column"),
        ({"message": "Validation Failed", "errors": [
            {"resource": "Issue", "field": "title", "code": "missing_field"}]},
         "Validation Failed; title: missing_field"),
        ({"code": 50035, "message": "Invalid Form Body", "errors": {"content": {"_errors": [
            {"code": "BASE_TYPE_MAX_LENGTH", "message": "At most 2000"}]}}},
         "Invalid Form Body; content: At most 2000"),
        ({"status": "error", "message": "Contact exists", "correlationId": "x"}, "Contact exists"),
        ({"status_code": 404, "type": "invalid_request_error", "code": "not_found",
          "message": "No record."}, "No record"),
        ({"__type": "ValidationException", "Message": "Bad key"}, "Bad key"),
        # Shopify, Jira, ASP.NET, Spring, Zod
        ({"errors": "[API] Invalid API key"}, "[API] Invalid API key"),
        ({"errorMessages": ["No such issue"], "errors": {"summary": "You must write one."}},
         "summary: You must write one; No such issue"),
        ({"title": "One is not valid.", "status": 400, "errors": {"Name": ["It is required."]}},
         "One is not valid; Name: It is required"),
        ({"errors": {"base": ["Is closed"], "lines": {"0": {"count": ["is negative"]}}}},
         "Is closed; lines: 0: count: is negative"),
        ({"status": 400, "error": "Bad Request", "message": "", "path": "/v1"}, "Bad Request"),
        ({"error": {"issues": [{"path": ["user", "age"], "message": "No number"}],
                    "name": "ZodError"}}, "user.age: No number"),
        # NestJS, whose error is the reason of the status line
        ({"statusCode": 422, "error": "Unprocessable Entity", "message": ["a is bad", "b is bad"]},
         "a is bad; b is bad"),
        ({"error": "rate_limited"}, "rate_limited"),
        ({"code": "rate_limited", "ok": False}, "rate_limited"),
        ("Too many requests", "Too many requests"),
        ({"detail": "Zeile eins\n\tZeile zwei\x1b[31m"}, "Zeile eins Zeile zwei\\u001b[31m"),
    ],
)  # fmt: skip
def test_json_is_looked_through_for_what_it_says(content: object, said: str) -> None:
    message = str(failure(content=content))
    assert message == f"GET {URL} answered 422 Unprocessable Entity: “{said}”."


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"null", b"17", b"true", b"\"\"", b" \n", {"id": 7, "name": "Ada"},
        {"detail": None}, {"errors": []}, {"error": True}, {"message": {"nested": 3}},
    ],
)  # fmt: skip
def test_an_answer_that_says_nothing_leaves_the_status(content: object) -> None:
    assert str(failure(content=content)) == f"GET {URL} answered 422 Unprocessable Entity."


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"no such mailbox\n", "text/plain", "no such mailbox"),
        ("gr\u00fc\u00dfe".encode("latin-1"), "text/plain; charset=iso-8859-1", "grüße"),
        (b"<!DOCTYPE html><html><head><title>502 Bad\n Gateway &amp; more</title></head><body>x",
         "text/html", "502 Bad Gateway & more"),
        (b"<html><body><h1>Not <b>here</b></h1><p>x</p>", "text/html; charset=utf-8", "Not here"),
        (b"<html><style>p{}</style><script>x</script><p>Gone</p></html>", "text/html", "Gone"),
        (b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>No key</Message></Error>",
         "application/xml", "No key"),
        (b"{not json", "application/json", "{not json"),
        (b'{"detail": "in JSON"}', "text/plain", "in JSON"),
        (b'{"detail": "a problem"}', "application/problem+json", "a problem"),
        (b"\xef\xbb\xbf" + b'{"message": "a mark first"}', "application/json", "a mark first"),
        ('{"message": "utf-16"}'.encode("utf-16"), "application/json", "utf-16"),
        (b"\xff\xfe\x00", "image/png", ""),
        (b"[" * 100_000, "application/json", "[" * 400 + "…"),
        (json.dumps({"detail": "x" * 600_000}).encode(), "application/json", None),
    ],
)  # fmt: skip
def test_what_is_no_json_is_shown_as_text(content: bytes, kind: str, said: str | None) -> None:
    message = str(failure(content=content, kind=kind))
    assert "\n" not in message
    assert len(message) < 600
    if said is not None:
        assert message.partition("Entity")[2] == (f": “{said}”." if said else ".")


def test_of_many_messages_the_first_are_shown() -> None:
    message = str(failure(content={"errors": [f"record {each} is bad" for each in range(1000)]}))
    assert "record 5 is bad; and 994 more" in message
    assert "record 6" not in message


def test_a_long_message_and_a_long_path_are_cut() -> None:
    message = str(failure(content={"detail": "word " * 1000}, url=f"{URL}/{'a' * 5000}"))
    assert len(message) < 800
    assert message.count("…") == 2


@pytest.mark.parametrize("status", [400, 401, 404, 418, 429, 499, 500, 503, 599])
def test_each_status_that_is_an_error_raises(status: int) -> None:
    error = failure(status, {"detail": "No."}, method="POST", json={})
    assert str(error).startswith(f"POST {URL} answered {status}")
    assert error.response.status_code == status


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_returns_the_answer(status: int) -> None:
    response = answered(status)
    assert response.raise_for_status() is response


def test_it_is_an_error_of_httpx_and_of_ours() -> None:
    error = failure(content={"detail": "No."})
    assert isinstance(error, httpx.HTTPStatusError)
    assert isinstance(error, httpx.HTTPError)
    assert isinstance(error, AttioError)
    assert error.code == "response-status"
    assert error._render_traceback_() == [f"ResponseStatusError: {error}"]


def test_the_answer_is_on_it_for_code() -> None:
    response = answered(422, {"detail": "No.", "id": 7})
    with pytest.raises(httpx.HTTPStatusError) as caught:
        response.raise_for_status()
    error = caught.value
    assert error.response.json() == {"detail": "No.", "id": 7}
    assert error.response.headers["content-type"] == "application/json"
    assert (error.response.text, error.response.url.path) == (response.text, "/v1/people")
    assert (error.request.method, str(error.request.url)) == ("GET", URL)
    # The answer itself keeps its request.
    assert response.request.headers["host"] == "api.example.com"


@pytest.mark.parametrize(
    "again",
    [copy.copy, lambda each: pickle.loads(pickle.dumps(each))],  # noqa: S301  # made here
)
def test_it_comes_back_whole_from_another_process(again: Any) -> None:
    error = failure(content={"detail": "No."})
    back = again(error)
    assert type(back) is type(error)
    assert str(back) == str(error)
    assert back.response.json() == {"detail": "No."}


def test_the_query_is_not_in_the_message() -> None:
    error = failure(content={"detail": "No."}, url=f"{URL}?limit=3&email=ada@example.com#top")
    assert str(error).startswith(f"GET {URL} answered")
    assert str(error.request.url) == URL


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Bearer {VALUE}"}},
        {
            "headers": {
                "authorization": f"Basic {base64.b64encode(f'ada:{VALUE}'.encode()).decode()}"
            }
        },
        {"headers": {"X-Api-Key": VALUE}},
        {"headers": {"Cookie": f"session={VALUE}"}},
        {"params": {"api_key": VALUE}},
        {"auth": httpx.BasicAuth("ada", VALUE)},
        {"auth": connection_auth(SecretStr(VALUE), hosts=["api.example.com"])},
        {"auth": connection_auth(SecretStr(VALUE), header="X-Key", hosts=["api.example.com"])},
        {"secrets": (VALUE,), "method": "POST", "json": {"token": VALUE}},
        {"secrets": (VALUE,), "url": f"https://api.example.com/bot{VALUE}/sendMessage"},
    ],
)
def test_what_a_service_repeats_of_a_secret_is_masked(options: dict[str, Any]) -> None:
    error = failure(401, {"message": f"The key {VALUE} is revoked"}, **options)
    assert re.search("The key ?•••••••• is revoked", str(error))
    assert VALUE not in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"Authorization": f"Bearer {VALUE}", "X-Other": VALUE}},
        {"params": {"api_key": VALUE}},
        {"method": "POST", "json": {"token": VALUE}},
        {"method": "POST", "body": VALUE},
        {"auth": connection_auth(SecretStr(VALUE), hosts=["api.example.com"])},
        {"auth": httpx.BasicAuth("ada", VALUE)},
    ],
)
def test_no_secret_hangs_on_it(options: dict[str, Any]) -> None:
    error = failure(401, {"message": "No."}, **options)
    # What a frame of the caller holds is the caller's.
    assert leaks(error, VALUE) == []
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [line for line in shown.format() if "attio_nb" in line]
    assert ours
    assert VALUE not in "".join(ours)


def test_no_secret_hangs_on_it_after_a_redirect() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/":
            return httpx.Response(307, headers={"Location": f"/there?token={VALUE}"})
        return httpx.Response(403, json={"error": "no_scope"})

    fetch = Fetch(transport=httpx.MockTransport(handle))
    response = asyncio.run(fetch("https://api.example.com/", headers={"X-Api-Key": VALUE}))
    with pytest.raises(attio_nb.ResponseStatusError) as caught:
        response.raise_for_status()
    del response
    assert (
        str(caught.value) == "GET https://api.example.com/there answered 403 Forbidden: “no_scope”."
    )
    assert len(caught.value.response.history) == 1
    ways = leaks(caught.value, VALUE)
    # The service itself sent it, in a header of its answer.
    assert [way for way in ways if "headers" not in way] == []


def test_an_answer_of_another_class_stays_as_it_is() -> None:
    class Theirs(httpx.Response):
        pass

    fetch = Fetch(transport=httpx.MockTransport(lambda request: Theirs(404)))
    response = asyncio.run(fetch(URL))
    assert type(response) is Theirs
    with pytest.raises(httpx.HTTPStatusError):
        response.raise_for_status()
