"""Secrets that a provider repeats in its words."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from attio_nb.connections.secret import MASK, SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.errors import AttioError, OAuthError
from attio_nb.oauth.echoes import mask_echoes
from tests.oauth.conftest import Project, query_of, replaced
from tests.oauth.stub import PROMPTLY, Call, Provider, Reply

SECRET = 's3cr3t+Value/with &"quotes"<é>=% and more-123456'


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "upper case": str.upper,
    "lower case": str.lower,
    "swapped case": str.swapcase,
    "in a URL": lambda text: quote(text, safe=""),
    "in a URL, lower case": lambda text: quote(text, safe="").lower(),
    "in a URL, each character": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "in a URL, latin-1": lambda text: quote(text.encode("latin-1"), safe=""),
    "in a form": quote_plus,
    "in a URL, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "in a URL, three times": lambda text: quote(quote(quote(text, safe=""), safe=""), safe=""),
    "in a URL, %u": lambda text: "".join(f"%u{ord(each):04X}" for each in text),
    "in JSON": json.dumps,
    "in JSON, each character": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "in JSON, slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "in Python": lambda text: "".join(f"\\x{ord(each):02x}" for each in text),
    "in HTML": html.escape,
    "in HTML, each character": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "in HTML, hexadecimal": lambda text: "".join(f"&#X{ord(each):X};" for each in text),
    "in HTML, twice": lambda text: html.escape(html.escape(text)),
    "in HTML, of a URL": lambda text: html.escape(quote(text)),
    "in JSON, of HTML": lambda text: json.dumps(html.escape(text)),
    "base64": b64,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in a URL": lambda text: quote(b64(text), safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper(),
    "characters without a width": "\u200b".join,
    "control characters": "\x07".join,
    "terminal sequences": lambda text: f"{text[:7]}\x1b[31m{text[7:]}",
}


def assert_hidden(secret: str, said: str, before: str = "It was [", after: str = "].") -> None:
    """What is left beside the mask is too short to tell anything."""
    masked = mask_echoes(f"{before}{said}{after}", [SecretStr(secret)])
    assert masked.startswith(before)
    assert masked.endswith(after)
    rest = masked[len(before) : -len(after)]
    assert MASK in rest
    assert len(rest.replace(MASK, "")) <= 6


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("secret", [SECRET, "abcdefgh", "GOCSPX-a_b-c~d.e", "x" * 300])
def test_a_secret_is_masked(encoding: str, secret: str) -> None:
    assert_hidden(secret, ENCODINGS[encoding](secret))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("start", "end"), [(0, 8), (3, 11), (5, 20), (-8, None), (-20, None)])
def test_a_part_of_eight_characters_is_masked(encoding: str, start: int, end: int | None) -> None:
    secret = "4fT-9kQ_x2Lm.Zr7wY3p~Vb8N"
    assert_hidden(secret, ENCODINGS[encoding](secret[start:end]))


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "the client"])
def test_a_secret_in_credentials_of_basic_is_masked(user: str) -> None:
    pair = b64(f"{user}:{SECRET}")
    masked = mask_echoes(f"Basic {pair}", [SecretStr(SECRET)])
    shown = masked.replace(MASK, "").removeprefix("Basic ")
    assert pair.startswith(shown.rstrip("=")[: len(b64(user + ":"))])
    assert len(shown) <= len(b64(user + ":")) + 4


def test_what_a_header_of_basic_is_made_of_is_masked() -> None:
    header = SecretStr(f"Basic {b64('the%20client:' + quote(SECRET, safe=''))}")
    for said in (SECRET, quote(SECRET, safe=""), b64(SECRET), f"{header}"):
        assert SECRET[:8] not in mask_echoes(said, [header])
        assert len(mask_echoes(said, [header]).replace(MASK, "")) <= 4
    assert mask_echoes("the client", [header]) == "the client"


@pytest.mark.parametrize("secret", ["s3cret", "hunter2", "pa-ss", "hunter", "1234567", "ab1", "é!"])
def test_a_short_secret_is_masked_as_a_whole(secret: str) -> None:
    for said in (secret, secret.upper(), quote(secret, safe=""), html.escape(secret)):
        assert mask_echoes(f'It is "{said}".', [SecretStr(secret)]) == f'It is "{MASK}".'


@pytest.mark.parametrize("secret", ["s3cret", "hunter2", "hunter"])
@pytest.mark.parametrize(
    "encode", [b64, lambda text: text.encode().hex(), lambda t: b64(f"id:{t}")]
)
def test_a_short_secret_is_masked_in_other_encodings(
    secret: str, encode: Callable[[str], str]
) -> None:
    assert_hidden(secret, encode(secret))


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("client", "The client is not known."),
        ("secret", "client_secret is wrong"),
        ("hunter", "the hunters of headhunters"),
        ("pass", "passport"),
        ("e", "see here"),
        ("400", "status 4001"),
        ("authorization-key", "unauthorized: authorization failed"),
        ("my-invalid_client-42", "invalid_client"),
        ("the-client-secret", "the client secret"),
        ("", "nothing at all"),
        (SECRET, "s3cr3t+"),
    ],
)
def test_ordinary_words_survive(secret: str, text: str) -> None:
    assert mask_echoes(text, [SecretStr(secret)]) == text


def test_a_secret_that_is_an_ordinary_word_is_masked() -> None:
    assert mask_echoes("It is authorization.", ["authorization"]) == f"It is {MASK}."


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("x9" * 8000, "x9" * 100_000),
        ("x" * 16_000, "x" * 100_000),
        ("".join(map(chr, range(256, 16_000))), "%25" * 50_000),
        (SECRET * 300, "&amp;" * 50_000),
        (SECRET, "\\" * 100_000),
        (SECRET, "\x1b[" * 100_000),
    ],
)
def test_long_texts_and_secrets_take_no_time(secret: str, text: str) -> None:
    begun = time.process_time()
    mask_echoes(text, [secret, secret[::-1]])
    assert time.process_time() - begun < 5


def hidden_from(message: str, secret: str) -> None:
    for said in (secret, quote(secret, safe=""), b64(secret), secret[:8], secret[-8:]):
        assert said not in message


class TestWhatAProviderRepeats:
    @pytest.fixture(params=["client_secret_post", "client_secret_basic", "client_secret_basic_raw"])
    def project(self, project: Project, request: pytest.FixtureRequest) -> Project:
        project.wants(client_authentication=request.param)
        project.person.client_secret = "GOCSPX-4fT 9kQ%x2Lm"
        return project

    @pytest.mark.parametrize("encoding", ["plain", "in a URL", "in a form", "base64", "in HTML"])
    @pytest.mark.parametrize("member", ["error", "error_description"])
    @pytest.mark.parametrize("status", [200, 400, 401])
    def test_of_the_client_secret(
        self, project: Project, encoding: str, member: str, status: int
    ) -> None:
        echo = ENCODINGS[encoding](project.person.client_secret)
        told = {"error": "invalid_request", member: f"bad secret {echo}"}
        project.provider.token_answers += [Reply(told, status)] * 2
        with pytest.raises(OAuthError) as failed:
            project.connect()
        for text in (str(failed.value), failed.value.error, repr(failed.value)):
            hidden_from(text, project.person.client_secret)
            assert echo not in text

    def test_at_the_edge_of_what_is_shown(self, project: Project) -> None:
        for length in range(180, 201, 4):
            told = {"error": "x", "error_description": "." * length + project.person.client_secret}
            project.provider.token_answers += [Reply(told, 400)]
            with pytest.raises(OAuthError) as failed:
                project.connect()
            assert "GOCSPX" not in str(failed.value)


def echoing(provider: Provider, name: str, **members: Any) -> Callable[[Call], bool]:
    """Have the token endpoint repeat a field of each request in its refusal."""

    def knows(call: Call) -> bool:
        if name in call.form:
            told = {"error": "invalid_request", "error_description": f"bad {call.form[name]}"}
            provider.refuses_client = Reply({**told, **members}, 400)
        return name not in call.form

    return knows


@pytest.mark.parametrize("name", ["code", "code_verifier"])
def test_the_code_and_its_verifier_are_not_repeated(project: Project, name: str) -> None:
    project.provider.knows_client = echoing(project.provider, name)
    with pytest.raises(OAuthError) as failed:
        project.connect()
    (call,) = project.provider.token_calls
    assert call.form[name][-16:] not in str(failed.value)
    assert MASK in str(failed.value)


def test_the_refresh_token_is_not_repeated(project: Project) -> None:
    project.expire()
    project.provider.knows_client = echoing(project.provider, "refresh_token")
    with pytest.raises(AttioError) as failed:
        project.session().get_connection("user")
    (call,) = project.provider.token_calls[-1:]
    for text in (str(failed.value), repr(failed.value)):
        assert call.form["refresh_token"][-16:] not in text


def test_a_token_in_the_refusal_itself_is_not_repeated(project: Project) -> None:
    told = {"access_token": "4fT-9kQ_x2Lm", "error": "odd", "error_description": "4fT-9kQ_x2Lm"}
    project.provider.token_answers.append(Reply(told))
    with pytest.raises(OAuthError) as failed:
        project.connect()
    assert "4fT-9kQ_" not in str(failed.value)


def test_a_content_type_repeats_nothing(project: Project) -> None:
    project.wants(client_authentication="client_secret_post")
    headers = {"Content-Type": "text/the-client-secret"}
    project.provider.token_answers.append(Reply(b"<html>", 200, headers))
    with pytest.raises(OAuthError) as failed:
        project.connect()
    assert "the-client-secret" not in str(failed.value)


def test_a_token_type_repeats_nothing(project: Project) -> None:
    token = {"access_token": "4fT-9kQ_x2Lm", "token_type": "DPoP 4fT-9kQ_x2Lm"}
    project.provider.token_answers.append(Reply(token))
    with pytest.raises(OAuthError) as failed:
        project.connect()
    assert "4fT-9kQ_" not in str(failed.value)


def test_a_registration_repeats_nothing(project: Project) -> None:
    told = {"error": "x", "error_description": "4fT-9kQ_x2Lm", "client_secret": "4fT-9kQ_x2Lm"}
    project.provider.registration = Reply(told, 400)
    with pytest.raises(OAuthError) as failed:
        project.client().register(project.oauth2, client_name="Mail")
    assert "4fT-9kQ_" not in str(failed.value)


def test_a_revocation_repeats_nothing(project: Project) -> None:
    project.connect()
    told = Reply({"error": f"bad-{project.refresh_token}"}, 400)
    project.provider.revocation_answers += [told, Reply({"error": "odd"}, 400)]
    revocation = project.session().disconnect("user").revocation
    assert revocation is not None
    assert revocation.state == "failed"
    assert "the-refresh-token" not in revocation.message


@pytest.mark.parametrize("member", ["error", "error_description"])
@pytest.mark.parametrize("encoding", ["plain", "in a URL", "base64", "hexadecimal"])
def test_a_callback_repeats_nothing(project: Project, member: str, encoding: str) -> None:
    project.wants(client_authentication="client_secret_post")
    project.person.ask_secret(project)
    signing_in = project.begin()
    state = query_of(signing_in.authorization_url())["state"]
    said = " ".join(ENCODINGS[encoding](text) for text in ("the-client-secret", state))
    project.provider.back = replaced(**{"error": "odd", member: said})
    page = project.person.comes_back(signing_in)
    assert signing_in.wait(PROMPTLY)
    error = signing_in.error
    assert isinstance(error, OAuthError)
    for text in (str(error), error.error, page.text):
        assert ENCODINGS[encoding]("the-client-secret") not in text
        assert ENCODINGS[encoding](state) not in text
