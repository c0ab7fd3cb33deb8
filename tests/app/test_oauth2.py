"""Connections of type ``oauth2`` in the app file: read, refused with a reason, written."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition, OAuth2, add_connection, create_app, read_app
from attio_nb.errors import AppFileError

REPOSITORY = Path(__file__).parents[2]
HEAD = '[app]\nid = "x"\n[[connections]]\nowner = "user"\ntype = "oauth2"\n'
CLIENT = 'client_id = "my client"\n'
ISSUER = 'issuer = "https://auth.example.com"\n'
ENDPOINTS = (
    'authorization_endpoint = "https://auth.example.com/authorize?flow=1"\n'
    'token_endpoint = "https://tokens.example.org/token"\n'
)
COMPLETE = OAuth2(
    client_id="my client",
    issuer="https://auth.example.com/tenant",
    authorization_endpoint="https://auth.example.com/authorize",
    token_endpoint="http://127.0.0.1:8787/token",
    revocation_endpoint="http://localhost/revoke",
    device_authorization_endpoint="http://[::1]:80/device",
    client_authentication="client_secret_basic_raw",
    scopes=("mail.read", "https://example.com/auth/send", "contacts:read"),
    scope_separator=",",
    authorization_parameters=(("prompt", "consent"), ("access_type", "offline")),
    resource="urn:example:api",
    redirect_host="localhost",
    redirect_ports=(8765, 8766),
    redirect_path="/oauth/callback",
    token_path="authed_user.token",
    expires_in=3600.0,
)
DEFINITION = ConnectionDefinition(
    owner="user",
    key="mailbox",
    type="oauth2",
    title="Your mailbox",
    help_url="https://example.com/help",
    hosts=("api.example.com",),
    oauth2=COMPLETE,
)
WRITTEN = """
[[connections]]
owner = "user"
key = "mailbox"
type = "oauth2"
title = "Your mailbox"
help_url = "https://example.com/help"
issuer = "https://auth.example.com/tenant"
authorization_endpoint = "https://auth.example.com/authorize"
token_endpoint = "http://127.0.0.1:8787/token"
revocation_endpoint = "http://localhost/revoke"
device_authorization_endpoint = "http://[::1]:80/device"
client_id = "my client"
client_authentication = "client_secret_basic_raw"
scopes = ["mail.read", "https://example.com/auth/send", "contacts:read"]
scope_separator = ","
authorization_parameters = {prompt = "consent", access_type = "offline"}
resource = "urn:example:api"
redirect_host = "localhost"
redirect_ports = [8765, 8766]
redirect_path = "/oauth/callback"
token_path = "authed_user.token"
expires_in = 3600
hosts = ["api.example.com"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the app file goes."""
    return tmp_path / "attio-app.toml"


def read(file: Path, text: str) -> OAuth2:
    file.write_text(HEAD + text, encoding="utf-8")
    (definition,) = read_app(file).connections
    assert definition.oauth2 is not None
    return definition.oauth2


def complaint(file: Path, text: str) -> str:
    with pytest.raises(AppFileError) as error:
        read(file, text)
    return str(error.value)


class TestWhatItMaySay:
    def test_no_more_than_an_issuer_and_a_client(self, file: Path) -> None:
        expected = OAuth2(client_id="my client", issuer="https://auth.example.com")
        assert read(file, CLIENT + ISSUER) == expected

    def test_both_endpoints_in_place_of_an_issuer(self, file: Path) -> None:
        oauth2 = read(file, CLIENT + ENDPOINTS)
        assert oauth2.authorization_endpoint == "https://auth.example.com/authorize?flow=1"
        assert oauth2.token_endpoint == "https://tokens.example.org/token"

    @pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost", "[::1]:9000"])
    def test_plain_http_on_this_computer(self, file: Path, host: str) -> None:
        assert read(file, f'{CLIENT}issuer = "http://{host}/oauth"').issuer.startswith("http://")

    def test_parameters_in_a_table_of_their_own(self, file: Path) -> None:
        text = f'{CLIENT}{ISSUER}[connections.authorization_parameters]\nprompt = "consent"'
        assert read(file, text).authorization_parameters == (("prompt", "consent"),)

    @pytest.mark.parametrize(
        "address", ["https://example.com/back?to=us", "http://localhost:8888/back"]
    )
    def test_an_address_to_come_back_to_at_which_nothing_listens(
        self, file: Path, address: str
    ) -> None:
        text = f'{CLIENT}{ISSUER}redirect_uri = "{address}"'
        assert read(file, text).redirect_uri == address

    def test_no_hosts_as_with_a_secret(self, file: Path) -> None:
        read(file, CLIENT + ISSUER)
        assert read_app(file).connections[0].hosts == ()


def test_what_the_docs_show_is_right(tmp_path: Path) -> None:
    docs = (REPOSITORY / "docs" / "app-file.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", docs, re.DOTALL)
    (tmp_path / "attio-app.toml").write_text("\n".join(examples), encoding="utf-8")
    types = [each.type for each in read_app(tmp_path / "attio-app.toml").connections]
    assert types == ["secret", "oauth2"]


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("", 3, ["needs client_id"]),
        (CLIENT, 3, ["needs issuer", "authorization_endpoint and token_endpoint"]),
        (ENDPOINTS.splitlines()[0] + f"\n{CLIENT}", 3, ["needs token_endpoint too"]),
        (ENDPOINTS.splitlines()[1] + f"\n{CLIENT}", 3, ["needs authorization_endpoint too"]),
    ],
)
def test_what_is_missing_is_told(file: Path, text: str, line: int, parts: list[str]) -> None:
    assert_told(complaint(file, text), line, parts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('client_id = " id"', ["begins or ends with a space"]),
        ('client_id = "id "', ["begins or ends with a space"]),
        ('client_id = "a\\tb"', ["U+0009"]),
        ('client_id = "ä"', ["client_id holds “ä” (U+00E4)", "ASCII", "Copy it again"]),
        ("client_id = 5", ["client_id is an integer", "a string"]),
        ('client_id = "GOCSPX-zq918273"', ["begins as a secret does", "make a new one"]),
        ('client_id = "sk_zq918273"', ["when somebody connects. Write the client ID."]),
    ],
)
def test_a_client_id_that_is_none_is_told(file: Path, text: str, parts: list[str]) -> None:
    message = complaint(file, text + "\n" + ISSUER)
    assert_told(message, 6, parts)
    assert "zq918273" not in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('issuer = "http://auth.example.com"', ["plain http", "https://auth.example.com"]),
        ('issuer = "http://localhost.example.com"', ["plain http"]),
        ('issuer = "http://127.0.0.1.example.com"', ["plain http"]),
        ('issuer = "http://0.0.0.0"', ["plain http"]),
        ('issuer = "auth.example.com"', ["has to be an address", '"https://auth.example.com"']),
        ('issuer = "https://"', ["has to be an address"]),
        ('issuer = "https://a b.example"', ["has to be an address"]),
        ('issuer = "https://a.example\\\\b.example"', ["has to be an address"]),
        ('issuer = "https://["', ["has to be an address"]),
        ('issuer = "https://a.example:99999"', ["has to be an address"]),
        ('issuer = "https://a.example?tenant=1"', ["holds a query"]),
        ('issuer = "https://a.example/#x"', ["holds a fragment"]),
        ('issuer = "https://me:sk_live@a.example"', ['holds a name before "@"']),
        (
            'issuer = "https://a.example/b/.well-known/openid-configuration"',
            ['Write issuer = "https://a.example/b"'],
        ),
        ('token_endpoint = "http://a.example/token"', ["token_endpoint is plain http"]),
        ('revocation_endpoint = "ftp://a.example"', ["has to be an address"]),
        ('device_authorization_endpoint = "https://a.example/#"', ["holds a fragment"]),
        ('client_authentication = "basic"', ['"none", "client_secret_basic"']),
        ('client_authentication = "client_secret_bsic"', ['Did you mean "client_secret_basic"?']),
        ('scopes = "mail.read mail.send"', ["is a string", '["mail.read", "mail.send"]']),
        ('scopes = "mail.read, mail.send"', ['scopes = ["mail.read", "mail.send"]']),
        ('scopes = "mail.read"', ['scopes = ["mail.read"]']),
        ('scopes = ""', ['scopes = ["mail.read"']),
        ("scopes = 5", ["scopes is an integer", "an array"]),
        ("scopes = [5]", ["scopes holds an integer"]),
        ('scopes = ["a b"]', ["several scopes in one string", '["a", "b"]']),
        ('scope_separator = ","\nscopes = ["a,b"]', ['["a", "b"]']),
        ("scopes = ['a\"b']", ['a scope with “"” (U+0022) in it']),
        ("scopes = ['a\\b']", ["a scope with “\\” (U+005C) in it"]),
        ('scopes = ["ä"]', ["a scope with “ä” (U+00E4) in it"]),
        ('scopes = [""]', ["scopes holds an empty string"]),
        ('scopes = ["a", "b", "a"]', ['"a" twice']),
        ('scope_separator = ";"', ['" " or ","']),
        ('authorization_parameters = "prompt=consent"', ["is a string", '{ prompt = "consent" }']),
        ("authorization_parameters = {prompt = true}", ["a boolean as prompt", "a string"]),
        ('authorization_parameters = {prompt = ""}', ["no text as prompt"]),
        ('authorization_parameters = {prompt = "a\\nb"}', ["no text as prompt"]),
        ('authorization_parameters = {"a b" = "c"}', ["name parameters by letters"]),
        ('authorization_parameters = {scope = "a"}', ["names scope", "Write scopes as a key"]),
        ('authorization_parameters = {state = "a"}', ["names state", "anew for each sign-in"]),
        ('authorization_parameters = {response_type = "a"}', ["response_type", '"code"']),
        ('authorization_parameters = {client_secret = "sk_live"}', ["No value stands"]),
        ('authorization_parameters = {Client_ID = "a"}', ["client_id as a key"]),
        ('resource = "api"', ["an absolute URI"]),
        ('resource = "https://a.example/#b"', ["holds a fragment"]),
        ('redirect_host = "::1"', ['"127.0.0.1", "localhost" or "[::1]"']),
        ('redirect_host = "0.0.0.0"', ['"127.0.0.1", "localhost" or "[::1]"']),
        ("redirect_ports = 8765", ["is an integer", "redirect_ports = [8765]"]),
        ("redirect_ports = [0]", ["from 1 to 65535"]),
        ("redirect_ports = [65536]", ["from 1 to 65535"]),
        ('redirect_ports = ["8765"]', ["from 1 to 65535"]),
        ("redirect_ports = [true]", ["from 1 to 65535"]),
        ("redirect_ports = [1, 2, 1]", ["holds 1 twice"]),
        ('redirect_path = "callback"', ["begins with one “/”"]),
        ('redirect_path = "//callback"', ["begins with one “/”"]),
        ('redirect_path = "/a?b"', ["begins with one “/”"]),
        ('redirect_path = "/a#b"', ["begins with one “/”"]),
        ('redirect_path = "/a/../b"', ["begins with one “/”"]),
        ('redirect_path = "/%zz"', ["begins with one “/”"]),
        ('redirect_path = " "', ["is empty"]),
        ('redirect_path = ""\nredirect_uri = "https://a.b"', ["stands beside redirect_uri"]),
        ('redirect_uri = "http://example.com"', ["redirect_uri is plain http"]),
        ('redirect_uri = "urn:ietf:wg:oauth:2.0:oob"', ["has to be an address"]),
        ('redirect_ports = [1]\nredirect_uri = "https://a.b"', ["stands beside redirect_uri"]),
        ('redirect_path = "/"\nredirect_uri = "https://a.b"', ["stands beside redirect_uri"]),
        ('token_path = "a..b"', ["names with dots between them", '"authed_user"']),
        ('token_path = "$.a"', ["names with dots between them"]),
        ("expires_in = 0", ["more than 0"]),
        ("expires_in = -1", ["more than 0"]),
        ('expires_in = "1h"', ["a number of seconds"]),
        ('hosts = ["https://api.example.com/v1"]', ['only "api.example.com"']),
    ],
)
def test_a_value_that_is_wrong_is_told(file: Path, text: str, parts: list[str]) -> None:
    given = CLIENT + text
    if not text.startswith("issuer"):
        given = CLIENT + text + "\n" + ISSUER
    message = complaint(file, given)
    assert_told(message, 8 if text.startswith("scope_separator") and "\n" in text else 7, parts)
    assert "sk_live" not in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('client_secret = "sk_live"', ["No value stands in this file", "make a new one"]),
        ('clientSecret = "sk_live"', ["No value stands in this file"]),
        ('refresh_token = "sk_live"', ["No value stands in this file"]),
        ('secret = "sk_live"', ["No value stands in this file"]),
        ("pkce = false", ["S256 is always used"]),
        ('code_challenge_method = "plain"', ["S256 is always used"]),
        ('userinfo_url = "x"', ['Did you mean "userinfo_endpoint"?']),
        ('jwks_uri = "x"', ["comes over TLS"]),
        ('token_url = "x"', ['Did you mean "token_endpoint"?']),
        ('authorize_url = "x"', ['Did you mean "authorization_endpoint"?']),
        ('scope = "x"', ['Did you mean "scopes"?']),
        ('clientId = "x"', ['Did you mean "client_id"?']),
        ('audience = "x"', ['authorization_parameters = { audience = "…" }']),
        ('provider = "google"', ["%connect --add --provider"]),
        ('zzz = "x"', ["It has owner, key, type, title,", "test_header, account, issuer"]),
    ],
)
def test_a_key_that_is_not_one_of_it_is_told(file: Path, text: str, parts: list[str]) -> None:
    message = complaint(file, CLIENT + text + "\n" + ISSUER)
    assert_told(message, 7, parts)
    assert "sk_live" not in message


@pytest.mark.parametrize("key", ["scopes", "client_id", "issuer", "Redirect-Ports"])
def test_a_key_of_it_in_a_secret_leads_to_the_type(file: Path, key: str) -> None:
    file.write_text(f'[app]\nid = "x"\n[[connections]]\nowner = "user"\ntype = "secret"\n{key} = 1')
    with pytest.raises(AppFileError, match=r"line 6: .* It is a key of type = \"oauth2\"\."):
        read_app(file)


class TestWriting:
    def test_everything_in_an_order_that_reads_well(self, file: Path) -> None:
        file.write_text('# Ours, with care.\n[app]\nid = "x" # kept\n', encoding="utf-8")
        app = add_connection(file, DEFINITION)
        assert file.read_text(encoding="utf-8") == (
            '# Ours, with care.\n[app]\nid = "x" # kept\n' + WRITTEN
        )
        assert app.connections == (DEFINITION,)
        assert read_app(file) == app

    def test_nothing_that_goes_without_saying(self, tmp_path: Path) -> None:
        plain = ConnectionDefinition(
            owner="user",
            key="mail",
            type="oauth2",
            oauth2=OAuth2(client_id="a", issuer="https://auth.example.com"),
        )
        assert create_app(tmp_path, plain).connections == (plain,)
        text = (tmp_path / "attio-app.toml").read_text(encoding="utf-8")
        assert text.endswith(
            'type = "oauth2"\nissuer = "https://auth.example.com"\nclient_id = "a"\n'
        )

    @pytest.mark.parametrize("path", ["", "/", "/back"])
    def test_the_path_that_the_browser_comes_back_to(self, tmp_path: Path, path: str) -> None:
        oauth2 = OAuth2("a", issuer="https://auth.example.com", redirect_path=path)
        definition = ConnectionDefinition(owner="user", key="mail", type="oauth2", oauth2=oauth2)
        app = create_app(tmp_path, definition)
        assert app.connections == (definition,)
        assert f'redirect_path = "{path}"\n' in (tmp_path / "attio-app.toml").read_text()

    def test_in_an_inline_array(self, file: Path) -> None:
        file.write_text('connections = []\n[app]\nid = "x"\n', encoding="utf-8")
        assert add_connection(file, DEFINITION).connections == (DEFINITION,)

    def test_half_a_second_stays_half_a_second(self, tmp_path: Path) -> None:
        short = dataclasses.replace(
            DEFINITION, oauth2=dataclasses.replace(COMPLETE, expires_in=0.5)
        )
        assert create_app(tmp_path, short).connections == (short,)

    def test_what_is_wrong_is_told_and_nothing_is_written(self, tmp_path: Path) -> None:
        wrong = dataclasses.replace(
            DEFINITION, oauth2=dataclasses.replace(COMPLETE, issuer="http://auth.example.com")
        )
        with pytest.raises(AppFileError, match=r"^attio-app.toml: issuer is plain http"):
            create_app(tmp_path, wrong)
        assert not (tmp_path / "attio-app.toml").exists()


def assert_told(message: str, line: int, parts: list[str]) -> None:
    assert message.startswith(f"attio-app.toml, line {line}: "), message
    for part in parts:
        assert part in message
