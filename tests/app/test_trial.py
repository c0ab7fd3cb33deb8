"""How a connection is tried: read, and refused where a value may not go."""

from __future__ import annotations

from pathlib import Path

import pytest

from attio_nb.app import ConnectionDefinition, create_app, read_app
from attio_nb.errors import AppFileError

HEAD = '[app]\nid = "x"\n[[connections]]\nowner = "user"\ntype = "secret"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the app file goes."""
    return tmp_path / "attio-app.toml"


def read(file: Path, text: str) -> ConnectionDefinition:
    file.write_text(HEAD + text, encoding="utf-8")
    (definition,) = read_app(file).connections
    return definition


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("api.example.com", "https://api.example.com/v1/me?limit=1"),
        ("api.example.com", "https://API.example.com:8443"),
        ("API.example.com.", "https://api.example.com/"),
        ("api.example.com:443", "https://api.example.com/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("münchen.example", "https://xn--mnchen-3ya.example/"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787/me"),
        ("localhost:80", "http://localhost/me"),
        ("[::1]", "http://[::1]:8787/me"),
    ],
)
def test_it_is_tried_at_an_address_on_one_of_its_hosts(file: Path, host: str, url: str) -> None:
    definition = read(file, f'hosts = ["other.example", "{host}"]\ntest_url = "{url}"')
    assert (definition.test_url, definition.test_scheme, definition.test_header) == (
        url,
        "bearer",
        "",
    )


@pytest.mark.parametrize("scheme", ["bearer", "basic", "api-key"])
def test_the_value_goes_there_by_a_scheme(file: Path, scheme: str) -> None:
    assert read(file, f'test_scheme = "{scheme}"').test_scheme == scheme


def test_the_value_goes_there_in_a_header_of_its_own(file: Path) -> None:
    assert read(file, 'test_header = "X-Api-Key"').test_header == "X-Api-Key"


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    definition = ConnectionDefinition(
        owner="user",
        key="example",
        hosts=("api.example.com",),
        test_url="https://api.example.com/me",
        test_header="X-Api-Key",
    )
    assert create_app(tmp_path, definition).connections == (definition,)
    text = (tmp_path / "attio-app.toml").read_text(encoding="utf-8")
    assert text.endswith(
        'hosts = ["api.example.com"]\ntest_url = "https://api.example.com/me"\n'
        'test_header = "X-Api-Key"\n'
    )


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ('test_url = "https://a.example/"', 7, ["at a.example", 'hosts = ["b.example", "a.exam']),
        ('test_url = "https://c.b.example/"', 7, ["none of the hosts"]),
        ('test_url = "https://b.example.evil/"', 7, ["none of the hosts"]),
        ('test_url = "http://b.example/"', 7, ["plain http", "https://b.example"]),
        ('test_url = "b.example/me"', 7, ["has to be an address", '"https://api.example.com/v1']),
        ('test_url = "https://b.example:0x1/"', 7, ["has to be an address"]),
        ('test_url = "https://b.example/#a"', 7, ["holds a fragment"]),
        ('test_url = "https://u:zq918273@b.example/"', 7, ['a name before "@"', "in a header"]),
        ('test_url = "https://b.example/?api_key=zq918273"', 7, ["in its query", "in a header"]),
        ('test_url = "https://b.example/?a=1&access-token="', 7, ["in its query"]),
        ('test_url = ["https://b.example/"]', 7, ["is an array", "a string"]),
        ('test_scheme = "Baerer"', 7, ['"bearer", "basic" or "api-key"', "Did you mean"]),
        ('test_header = "X Api Key"', 7, ["letters, digits and hyphens", "X-Api-Key"]),
        ('test_header = "Cookie"', 7, ["Cookie cannot carry a value"]),
        ('test_header = "X-A"\ntest_scheme = "bearer"', 8, ["stands beside test_header"]),
        ('testUrl = "https://b.example/"', 7, ['Did you mean "test_url"?']),
        ('test_heder = "X-A"', 7, ['Did you mean "test_header"?']),
    ],
)
def test_what_is_wrong_is_told(file: Path, text: str, line: int, parts: list[str]) -> None:
    with pytest.raises(AppFileError) as error:
        read(file, f'hosts = ["b.example"]\n{text}\n')
    message = str(error.value)
    assert message.startswith(f"attio-app.toml, line {line}: "), message
    for part in parts:
        assert part in message
    assert "zq918273" not in message


def test_a_host_with_another_port_is_another_one(file: Path) -> None:
    with pytest.raises(AppFileError, match=r"test_url is at b.example:8443, which is none"):
        read(file, 'hosts = ["b.example:443"]\ntest_url = "https://b.example:8443/"')


def test_a_connection_without_hosts_is_tried_nowhere(file: Path) -> None:
    with pytest.raises(AppFileError, match=r'write hosts = \["b.example"\]'):
        read(file, 'test_url = "https://b.example/"')


class TestTheAccount:
    @pytest.mark.parametrize("path", ["email", "data.email", "users.0.name", "a-b.c_d.e"])
    def test_is_found_by_the_names_of_members(self, file: Path, path: str) -> None:
        text = 'hosts = ["b.example"]\ntest_url = "https://b.example/me"\n'
        assert read(file, f'{text}account = "{path}"').account == path

    @pytest.mark.parametrize(
        "path", [".email", "email.", "data..email", "data email", "$.email", "data[0]", "e" * 201]
    )
    def test_is_refused_where_that_is_no_path(self, file: Path, path: str) -> None:
        text = 'hosts = ["b.example"]\ntest_url = "https://b.example/me"\n'
        with pytest.raises(AppFileError, match=r'such as "data\.email"'):
            read(file, f'{text}account = "{path}"')

    def test_of_a_secret_needs_a_test(self, file: Path) -> None:
        with pytest.raises(AppFileError, match="there is no test_url"):
            read(file, 'account = "data.email"')

    def test_of_a_sign_in_needs_none(self, file: Path) -> None:
        text = HEAD.replace("secret", "oauth2") + 'issuer = "https://b.example"\nclient_id = "a"\n'
        file.write_text(f'{text}account = "email"\n')
        assert read_app(file).connections[0].account == "email"

    @pytest.mark.parametrize(
        ("url", "part"),
        [
            ("https://b.example/userinfo", ""),
            ("https://c.example/userinfo", "none of the hosts"),
            ("http://b.example/userinfo", "plain http"),
            ("https://eve@b.example/", 'a name before "@"'),
        ],
    )
    def test_is_asked_for_at_one_of_the_hosts(self, file: Path, url: str, part: str) -> None:
        text = HEAD.replace("secret", "oauth2") + 'issuer = "https://i.example"\nclient_id = "a"\n'
        file.write_text(f'{text}hosts = ["b.example"]\nuserinfo_endpoint = "{url}"\n')
        if part:
            with pytest.raises(AppFileError, match=part):
                read_app(file)
        else:
            oauth2 = read_app(file).connections[0].oauth2
            assert oauth2 is not None
            assert oauth2.userinfo_endpoint == url
