"""No error of a sign-in, a refresh, a registration or a device flow holds what was exchanged."""

from __future__ import annotations

import json

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2
from attio_nb.errors import AttioError
from tests.leaks import leaks
from tests.oauth.conftest import Person, Project
from tests.oauth.stub import PROMPTLY, Reply, lost

PLANTED = "ya29_planted_token"
TOKEN = {"access_token": PLANTED, "refresh_token": f"{PLANTED}_r", "token_type": "Bearer"}
TEXT = json.dumps(TOKEN)

REPLIES = {
    "lost": lost(),
    "lost before": lost(carried_out=False),
    "refused": Reply({"error": "invalid_grant", "error_description": "no"}, 400),
    "client refused": Reply({"error": "invalid_client"}, 401),
    "failing": Reply(TEXT.encode(), 500),
    "overloaded": Reply({"error": "slow_down"}, 429),
    "moved": Reply(TEXT.encode(), 302, headers={"Location": f"/{PLANTED}"}),
    "cut": Reply(TEXT[:-9].encode()),
    "page": Reply(f"<html>{PLANTED}</html>".encode()),
    "no utf-8": Reply(TEXT.encode() + b"\xff\xfe"),
    "list": Reply(f"[{TEXT}]".encode()),
    "deep": Reply(b"[" * 100_000 + PLANTED.encode()),
    "long": Reply(json.dumps({**TOKEN, "x": PLANTED * 20_000}).encode()),
    "pop": Reply({**TOKEN, "token_type": "DPoP"}),
    "no text": Reply({**TOKEN, "access_token": [PLANTED]}),
    "unsendable": Reply({**TOKEN, "access_token": f"{PLANTED}\n"}),
    "surrogate": Reply(TEXT.replace("planted_token_r", r"planted_token_r\ud800").encode()),
    "latin": Reply(TEXT.replace("planted_token_r", "planted_token_r\xe9").encode("latin-1")),
    "expiry": Reply({**TOKEN, "expires_in": {"x": PLANTED}}),
    "scopes": Reply({**TOKEN, "scope": [PLANTED, 1]}),
}


@pytest.fixture(params=REPLIES, ids=str)
def reply(request: pytest.FixtureRequest) -> Reply:
    return REPLIES[request.param]


def secrets_of(project: Project) -> list[str]:
    """What none of the errors may hold."""
    known = [PLANTED, "the-client-secret", *project.provider.codes]
    for call in project.provider.calls:
        known += [each for name, each in call.form.items() if name in SECRET_PARAMETERS]
    if project.stored is not None:
        known += [project.token, project.refresh_token]
    return known


SECRET_PARAMETERS = {"code", "code_verifier", "client_secret", "refresh_token", "device_code"}


def assert_clean(error: BaseException | None, project: Project) -> None:
    assert error is not None
    assert leaks(error, *secrets_of(project)) == []


@pytest.mark.parametrize("way", ["client_secret_post", "client_secret_basic"])
def test_a_sign_in_that_fails(project: Project, reply: Reply, way: str) -> None:
    project.wants(client_authentication=way)
    project.provider.token_answers.extend([reply] * 3)
    project.person.ask_secret(project)
    signing_in = project.begin()
    project.person.comes_back(signing_in)
    signing_in.wait(PROMPTLY)
    if signing_in.error is not None:
        assert_clean(signing_in.error, project)


def test_a_getter_that_signs_in_and_fails(project: Project, reply: Reply) -> None:
    project.provider.token_answers.extend([reply] * 3)
    try:
        project.connect()
    except AttioError as error:
        assert_clean(error, project)


def test_a_refresh_that_fails(project: Project, reply: Reply) -> None:
    project.wants(client_authentication="client_secret_post")
    project.expire()
    project.provider.token_answers.extend([reply] * 3)
    session = project.session()
    for _ in range(2):
        try:
            session.get_connection("user")
        except AttioError as error:
            assert_clean(error, project)


def test_a_refresh_in_the_middle_of_a_request_that_fails(project: Project, reply: Reply) -> None:
    project.wants(client_authentication="client_secret_post")
    connection = project.connect()
    project.provider.access_tokens.clear()
    project.provider.token_answers.extend([reply] * 3)
    try:
        project.call(connection)
    except AttioError as error:
        assert_clean(error, project)


def test_a_registration_that_fails(project: Project) -> None:
    for body in (
        {"client_id": "new", "client_secret": [PLANTED]},
        {"client_id": 3, "client_secret": PLANTED},
        {"client_secret": PLANTED},
        {"error": "invalid_redirect_uri", "client_secret": PLANTED},
    ):
        for status in (201, 400, 500):
            project.provider.registration = Reply(body, status)
            oauth2 = OAuth2(client_id="", issuer=project.provider.url)
            definition = ConnectionDefinition(
                owner="user", key="new", title="New", hosts=("a.example",), oauth2=oauth2
            )
            with pytest.raises(AttioError) as error:
                project.session().register(definition)
            assert_clean(error.value, project)


def test_a_device_sign_in_that_fails(project: Project, reply: Reply) -> None:
    project.provider.device = Reply(
        {
            "device_code": f"{PLANTED}_device",
            "user_code": "ABCD",
            "verification_uri": "https://as.example/device",
            "interval": 1,
        }
    )
    project.provider.token_answers.extend([reply] * 3)
    signing_in = project.begin(timeout=5)
    signing_in.use_device()
    signing_in.wait(PROMPTLY)
    if signing_in.error is not None:
        assert_clean(signing_in.error, project)


def test_what_a_person_types_in_vain(project: Project) -> None:
    project.person = Person()
    project.person.client_secret = f"{PLANTED}\nsecond line"
    project.wants(client_authentication="client_secret_post")
    try:
        project.connect()
    except AttioError as error:
        assert_clean(error, project)
