"""The API as a program sees it, over real HTTP."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

ADA = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}


def add(client: httpx.Client, **changes: object) -> httpx.Response:
    return client.post("/api/v1/sequences", json=ADA | changes)


def test_a_prospect_is_added_to_a_sequence(client: httpx.Client) -> None:
    response = add(client)

    assert response.status_code == 201
    enrolment = response.json()
    assert enrolment["email"] == "ada@example.com"
    assert enrolment["sequenceName"] == "Warm welcome"
    assert enrolment["mailboxId"] == 3
    assert enrolment["status"] == "active"
    assert enrolment["addedBy"] == "Full access"
    assert client.get(response.headers["Location"]).json() == enrolment


def test_adding_somebody_twice_changes_nothing(client: httpx.Client) -> None:
    first, second = add(client), add(client, email="ADA@example.com")

    assert second.status_code == 200
    assert second.json() == first.json()
    assert len(client.get("/api/v1/enrolments").json()["data"]) == 1


def test_another_mailbox_in_the_same_sequence_is_a_conflict(client: httpx.Client) -> None:
    add(client)

    response = add(client, mailboxId=1)

    assert response.status_code == 409
    assert response.json()["code"] == "other-mailbox"
    assert "mailbox 3 writes" in response.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "code", "known"),
    [
        ({"sequenceId": 99}, "unknown-sequence", "There are 4, 7, 9."),
        ({"mailboxId": 99}, "unknown-mailbox", "There are 1, 2, 3."),
    ],
)
def test_what_does_not_exist_answers_404_with_what_does(
    client: httpx.Client, changes: dict[str, int], code: str, known: str
) -> None:
    response = add(client, **changes)

    assert response.status_code == 404
    assert response.json()["code"] == code
    assert known in response.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "ada"}, "body.email"),
        ({"email": None}, "body.email"),
        ({"sequenceId": "7"}, "body.sequenceId"),
        ({"sequenceId": 0}, "body.sequenceId"),
        ({"mailboxId": 2**60}, "body.mailboxId"),
        ({"sequence_id": 7, "colour": "red"}, "body.colour"),
    ],
)
def test_a_wrong_body_answers_422_and_names_the_field(
    client: httpx.Client, changes: dict[str, object], field: str
) -> None:
    response = add(client, **changes)

    problem = response.json()
    assert response.status_code == problem["status"] == 422
    assert field in [error["field"] for error in problem["errors"]]
    assert field in problem["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"ada@example.com"'])
def test_a_body_that_is_no_json_object_answers_422(client: httpx.Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    response = client.post("/api/v1/sequences", content=content, headers=headers)

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "body"


def test_a_body_that_is_no_text_answers_400(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}

    response = client.post("/api/v1/sequences", content=b"\xff", headers=headers)

    assert response.status_code == 400
    assert response.json()["code"] == "bad-request"


def test_a_sequence_is_paused_resumed_and_ended_for_a_prospect(client: httpx.Client) -> None:
    enrolment = add(client).headers["Location"]

    assert client.post(f"{enrolment}/pause").json()["status"] == "paused"
    assert client.get(enrolment).json()["status"] == "paused"
    assert client.post(f"{enrolment}/resume").json()["status"] == "active"
    assert client.delete(enrolment).status_code == 204
    assert client.get(enrolment).status_code == 404
    assert add(client).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/enrolments/99"),
        ("DELETE", "/api/v1/enrolments/99"),
        ("POST", "/api/v1/enrolments/99/pause"),
        ("POST", "/api/v1/enrolments/99/resume"),
    ],
)
def test_an_unknown_enrolment_answers_404(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path)

    assert response.status_code == 404
    assert response.json()["code"] == "unknown-enrolment"


def test_lists_come_in_pages(client: httpx.Client) -> None:
    read, after = [], 0
    while after is not None:
        page = client.get("/api/v1/prospects", params={"limit": 2, "after": after}).json()
        assert 1 <= len(page["data"]) <= 2
        read += [prospect["email"] for prospect in page["data"]]
        after = page["nextAfter"]

    assert len(read) == len(set(read)) == 5
    assert read[0] == "alan@example.com"


@pytest.mark.parametrize("limit", [0, 101, "many"])
def test_a_page_of_no_sensible_size_is_refused(client: httpx.Client, limit: object) -> None:
    response = client.get("/api/v1/prospects", params={"limit": str(limit)})

    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "query.limit"


def test_enrolments_are_found_by_prospect_and_by_sequence(client: httpx.Client) -> None:
    add(client)
    add(client, sequenceId=4)
    add(client, email="alan@example.com")

    def found(**params: object) -> list[tuple[str, int]]:
        page = client.get("/api/v1/enrolments", params={k: str(v) for k, v in params.items()})
        return [(item["email"], item["sequenceId"]) for item in page.json()["data"]]

    assert found(email="Ada@example.com") == [("ada@example.com", 7), ("ada@example.com", 4)]
    assert found(sequenceId=7) == [("ada@example.com", 7), ("alan@example.com", 7)]
    assert found(email="nobody@example.com") == []


def test_sequences_have_steps_and_mailboxes_have_addresses(client: httpx.Client) -> None:
    sequences = {item["id"]: item for item in client.get("/api/v1/sequences").json()["data"]}
    mailboxes = {item["id"]: item for item in client.get("/api/v1/mailboxes").json()["data"]}

    assert [step["position"] for step in sequences[7]["steps"]] == [1, 2, 3]
    assert mailboxes[3] == {"id": 3, "address": "grace@sequencer.example", "name": "Grace Hopper"}


@pytest.mark.parametrize(
    ("key", "owner"),
    [("sandbox-alice", "alice@sequencer.example"), ("sandbox-bob", "bob@sequencer.example")],
)
def test_a_key_tells_whose_it_is(
    client_for: Callable[[str], httpx.Client], key: str, owner: str
) -> None:
    me = client_for(key).get("/api/v1/me").json()

    assert me["owner"] == owner
    assert me["scopes"] == ["mailboxes:read", "prospects:read", "sequences:read", "sequences:write"]
    assert key not in me.values()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("PUT", "/api/v1/sequences", 405, "method-not-allowed"),
    ],
)
def test_what_is_not_there_answers_in_the_form_of_every_error(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)

    assert response.status_code == response.json()["status"] == status
    assert response.json()["code"] == code
