"""What a browser shows, the OpenAPI document, and who is let in."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx
import pytest

from attio_nb.app import OAuth2, read_app
from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.seed import KEYS
from attio_nb.sandbox.server import running_sandbox

PAGES = [
    "/",
    "/keys",
    "/docs",
    "/activity",
    "/oauth",
    "/oauth/grants",
    "/oauth/faults",
    "/oauth/device",
]
ADA = {"email": "ada@example.com", "sequenceId": 7, "mailboxId": 3}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nothing_of_any_other_host(client: httpx.Client, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 200
    linked = re.findall(r"""(?:src|href|data-renew)=["']([^"']+)""", page.text)
    assert [link for link in linked if not re.fullmatch(r"/[^/].*|/", link)] == []
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_every_file_that_a_page_links_to_is_there(client: httpx.Client, path: str) -> None:
    links = re.findall(r"""(?:src|href)=["']([^"']+)""", client.get(path).text)

    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_the_front_page_shows_the_keys_and_how_to_begin(client: httpx.Client) -> None:
    page = client.get("/").text

    for key in KEYS:
        assert key.value in page
    assert f"curl {client.base_url}/api/v1/sequences" in page


@pytest.mark.parametrize("path", ["/", "/keys", "/oauth"])
def test_a_page_shows_what_an_app_file_needs_to_sign_in_here(
    client: httpx.Client, path: str, tmp_path: Path
) -> None:
    page = client.get(path).text

    for needed in (f"{client.base_url}/oauth", "sandbox-public", "sandbox-client-secret"):
        assert needed in page
    [snippet] = re.findall(r"<pre><code>(\[\[connections\]\].*?)</code>", page, re.DOTALL)
    (tmp_path / "attio-app.toml").write_text(
        f'[app]\nid = "a"\nname = "A"\n{html.unescape(snippet)}'
    )
    [connection] = read_app(tmp_path / "attio-app.toml").connections
    assert connection.oauth2 == OAuth2(
        client_id="sandbox-public", issuer=f"{client.base_url}/oauth", scopes=tuple(Scope)
    )


def test_the_front_page_shows_who_was_added_and_what_was_asked(client: httpx.Client) -> None:
    client.post("/api/v1/sequences", json=ADA)
    client.post("/api/v1/sequences", json=ADA | {"sequenceId": 99})

    page = client.get("/activity").text

    assert "ada@example.com" in page
    assert "Warm welcome" in page
    assert page.index(">404<") < page.index(">201<")


def test_what_a_program_sends_is_shown_as_text_and_never_as_markup(client: httpx.Client) -> None:
    client.post("/api/v1/sequences", json=ADA | {"email": "a&b@example.com"})
    client.get("/api/v1/<script>alert(1)</script>")

    page = client.get("/").text

    assert "a&amp;b@example.com" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_openapi_document_describes_every_resource_and_its_errors(
    client: httpx.Client,
) -> None:
    document = client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"Bearer", "Basic", "X-API-Key"}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) == 10
    for operation in operations:
        assert operation["security"] == [{"Bearer": []}, {"Basic": []}, {"X-API-Key": []}]
        assert {"401", "403", "422", "429"} <= set(operation["responses"])


def test_the_openapi_document_points_only_at_what_it_holds(client: httpx.Client) -> None:
    document = client.get("/openapi.json")

    references = set(re.findall(r'"\$ref":"#/components/schemas/([^"]+)"', document.text))

    assert references
    assert references <= set(document.json()["components"]["schemas"])


def test_the_worked_example_stands_in_the_openapi_document(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()["components"]["schemas"]["NewEnrolment"]

    examples = {name: part["examples"][0] for name, part in schema["properties"].items()}
    assert examples == ADA
    assert sorted(schema["required"]) == sorted(ADA)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "", "127.0.0.1:x"])
@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/openapi.json", "/static/sequencer.css"])
def test_a_foreign_host_name_answers_421(client: httpx.Client, host: str, path: str) -> None:
    response = client.get(path, headers={"Host": host})

    assert response.status_code == 421
    assert response.json()["code"] == "foreign-host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8787", "LOCALHOST", "[::1]:8787"])
def test_every_name_of_loopback_is_let_in(client: httpx.Client, host: str) -> None:
    assert client.get("/api/v1/me", headers={"Host": host}).status_code == 200


def test_each_request_to_the_api_is_told_without_its_key() -> None:
    told: list[str] = []
    with running_sandbox(on_request=lambda entry: told.append(repr(entry))) as url:
        headers = {"Authorization": "Bearer sandbox-full-access"}
        httpx.get(f"{url}/api/v1/me?page=1", headers=headers, trust_env=False)
        httpx.get(url, trust_env=False)

    assert len(told) == 1
    assert "method='GET', path='/api/v1/me', status=200, key_name='Full access'" in told[0]
    assert "sandbox-full-access" not in told[0]
