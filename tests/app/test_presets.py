"""The presets: data that an app file takes as it is."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from attio_nb.app import ConnectionDefinition, add_connection, create_app
from attio_nb.app.oauth2 import OAUTH2_KEYS
from attio_nb.app.presets import Preset, presets
from attio_nb.app.trial import TEST_KEYS
from attio_nb.web_address import parse_web_address

REPOSITORY = Path(__file__).parents[2]
ENDPOINTS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
)
ASKED_FOR = {
    "google",
    "microsoft",
    "slack",
    "linear",
    "notion",
    "hubspot",
    "outreach",
    "salesloft",
    "asana",
    "typeform",
    "pandadoc",
    "github",
}
EACH = pytest.mark.parametrize("preset", presets().values(), ids=lambda preset: preset.id)


def definition(preset: Preset) -> ConnectionDefinition:
    return ConnectionDefinition(
        owner="user",
        key=preset.id,
        type="oauth2",
        title=preset.name,
        hosts=preset.hosts,
        oauth2=dataclasses.replace(preset.oauth2, client_id="my-client"),
    )


def test_there_are_the_providers_that_attio_apps_use() -> None:
    assert presets().keys() >= ASKED_FOR


@EACH
def test_its_pages_are_on_the_hosts_that_are_shown(preset: Preset) -> None:
    for url in (preset.register_url, preset.docs_url):
        assert parse_web_address(url).scheme == "https"


@EACH
def test_an_app_file_takes_it_and_gives_it_back(preset: Preset, tmp_path: Path) -> None:
    assert create_app(tmp_path, definition(preset)).connections == (definition(preset),)


def test_an_app_file_takes_all_of_them(tmp_path: Path) -> None:
    first, *others = map(definition, presets().values())
    app = create_app(tmp_path, first)
    for other in others:
        assert app.path is not None
        app = add_connection(app.path, other)
    assert app.connections == (first, *others)


@EACH
def test_every_address_is_encrypted(preset: Preset) -> None:
    addresses = [getattr(preset.oauth2, name) for name in ENDPOINTS]
    for address in (*filter(None, addresses), preset.register_url, preset.docs_url):
        parts = urlsplit(address)
        assert parts.scheme == "https"
        assert parts.hostname


@EACH
def test_it_has_an_api_and_names_no_client(preset: Preset) -> None:
    assert preset.hosts
    assert preset.oauth2.client_id == ""
    assert preset.example_scope not in preset.oauth2.scopes


@EACH
def test_what_a_person_reads_is_in_sentences(preset: Preset) -> None:
    assert preset.name
    for text in (*preset.steps, *preset.notes):
        assert text == text.strip()
        assert text.endswith(".")


def test_the_docs_list_each_provider_and_each_key() -> None:
    docs = (REPOSITORY / "docs" / "app-file.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| (yes|no) \|", docs, re.MULTILINE)
    assert [(id, secret) for id, _, secret in rows] == [
        (id, "no" if preset.oauth2.client_authentication == "none" else "yes")
        for id, preset in presets().items()
    ]
    for id, address, _ in rows:
        ports = "".join(map(str, presets()[id].oauth2.redirect_ports))
        assert (ports or "any port") in address or presets()[id].https_only
    for key in (*OAUTH2_KEYS, *TEST_KEYS):
        assert f"`{key}`" in docs


def test_a_refresh_token_is_asked_for_where_it_does_not_come_by_itself() -> None:
    found = presets()
    assert dict(found["google"].oauth2.authorization_parameters) == {
        "access_type": "offline",
        "prompt": "consent",
    }
    assert found["microsoft"].oauth2.scopes == ("offline_access",)
    assert found["typeform"].oauth2.scopes == ("offline",)
    assert ("token_access_type", "offline") in found["dropbox"].oauth2.authorization_parameters
