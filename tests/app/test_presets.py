"""The presets: data that an app file takes as it is."""

from __future__ import annotations

import dataclasses
import re
import runpy
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from attio_nb.app import ConnectionDefinition, create_app, read_app
from attio_nb.app.oauth2 import OAUTH2_KEYS
from attio_nb.app.presets import Preset, near_presets, presets, providers
from attio_nb.app.trial import SCHEMES, TEST_KEYS, is_on_hosts
from attio_nb.web_address import parse_web_address

REPOSITORY = Path(__file__).parents[2]
PRESET_FILES = ("presets.toml", "api_key_presets.toml")
SERVICES = {
    "affinity", "airtable", "airtable-key", "anthropic", "apollo", "asana", "attio", "attio-key",
    "brevo", "calendly", "customer-io", "dropcontact", "github", "gitlab", "google", "hubspot",
    "hubspot-key", "hunter", "instantly", "intercom", "lemlist", "linear", "microsoft", "notion",
    "openai", "pipedrive", "posthog", "resend", "salesforce", "segment", "sendgrid", "slack",
    "stripe",
}  # fmt: skip
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


def definition(preset: Preset) -> ConnectionDefinition:
    made = preset.definition("user", preset.id)
    if made.oauth2 is None:
        return made
    return dataclasses.replace(made, oauth2=dataclasses.replace(made.oauth2, client_id="my-client"))


def service(preset: Preset) -> str:
    return preset.id.removesuffix("-key").removesuffix("-bot")


def test_there_are_at_least_sixty_services() -> None:
    assert presets().keys() >= SERVICES
    assert len(set(map(service, presets().values()))) >= 60
    assert sum(preset.oauth2 is None for preset in presets().values()) >= 60


def test_no_preset_shadows_another() -> None:
    tables = [
        tomllib.loads((REPOSITORY / "attio_nb" / "app" / name).read_text(encoding="utf-8"))
        for name in PRESET_FILES
    ]
    assert len(presets()) == sum(map(len, tables))
    for attribute in ("id", "title"):
        seen = [getattr(preset, attribute).lower() for preset in presets().values()]
        assert len(seen) == len(set(seen))
    for preset in presets().values():
        # A provider and a service with a key may be the same; what they are called tells.
        same = [each.id for each in presets().values() if each.name == preset.name]
        assert len(same) <= 2
        assert len(set(map(str.lower, same))) == len(same)


def test_a_preset_with_a_key_beside_a_provider_says_so_in_its_id() -> None:
    names = {preset.name for preset in providers().values()}
    for preset in presets().values():
        has_both = preset.oauth2 is None and preset.name in names
        assert preset.id.endswith("-key") is has_both


def test_its_id_is_a_key_and_a_word_for_a_line() -> None:
    for preset in presets().values():
        assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", preset.id)


def test_its_test_goes_to_one_of_its_hosts() -> None:
    for preset in presets().values():
        assert is_on_hosts(preset.test_url, preset.hosts)
        if preset.test_url:
            assert parse_web_address(preset.test_url).scheme == "https"
        assert preset.test_scheme in SCHEMES
        assert not (preset.test_header and preset.test_scheme != "bearer")
        assert bool(preset.test_url) or not preset.account


def test_a_preset_holds_nothing_but_what_a_preset_has() -> None:
    known = {field.name for field in dataclasses.fields(Preset)} - {"id"}
    for name in PRESET_FILES:
        text = (REPOSITORY / "attio_nb" / "app" / name).read_text(encoding="utf-8")
        for table in tomllib.loads(text).values():
            assert table.keys() <= known
            assert {"name", "docs_url", "hosts"} <= table.keys()


@pytest.mark.parametrize(
    ("word", "question"),
    [
        ("apolo", "Did you mean apollo?"),
        ("HubSpot", "Did you mean hubspot or hubspot-key?"),
        ("pipe", "Did you mean pipedrive?"),
        ("Cal.com", "Did you mean cal-com?"),
        ("sk-live-5f3a9c", ""),
        ("", ""),
    ],
)
def test_a_name_that_is_none_is_met_with_one_that_is(word: str, question: str) -> None:
    assert near_presets(word) == question


def test_there_are_the_providers_that_attio_apps_use() -> None:
    assert presets().keys() >= ASKED_FOR


def test_its_pages_are_on_the_hosts_that_are_shown() -> None:
    for preset in presets().values():
        for url in (preset.help_url, preset.docs_url):
            assert parse_web_address(url).scheme == "https"


def test_an_app_file_takes_all_of_them(tmp_path: Path) -> None:
    definitions = tuple(map(definition, presets().values()))
    tables = []
    for each in definitions:
        folder = tmp_path / str(len(tables))
        folder.mkdir()
        path = create_app(folder, each).path
        assert path is not None
        tables.append(path.read_text(encoding="utf-8").partition("[[connections]]")[2])
    path.write_text("[[connections]]".join(['[app]\nid = "all"\n', *tables]), encoding="utf-8")
    assert read_app(path).connections == definitions


def test_every_address_is_encrypted() -> None:
    for preset in presets().values():
        addresses = [getattr(preset.oauth2, name, "") for name in ENDPOINTS]
        for address in (*filter(None, addresses), preset.help_url, preset.docs_url):
            parts = urlsplit(address)
            assert parts.scheme == "https"
            assert parts.hostname


def test_it_has_an_api_and_names_no_client() -> None:
    for preset in presets().values():
        assert preset.hosts
        if preset.oauth2:
            assert preset.oauth2.client_id == ""
            assert preset.example_scope not in preset.oauth2.scopes


def test_what_a_person_reads_is_in_sentences() -> None:
    for preset in presets().values():
        assert preset.name
        for text in (*preset.steps, *preset.notes):
            assert text == text.strip()
            assert text.endswith(".")


def test_the_docs_list_each_provider_and_each_key() -> None:
    docs = (REPOSITORY / "docs" / "app-file.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| (yes|no) \|", docs, re.MULTILINE)
    assert [(id, secret) for id, _, secret in rows] == [
        (id, "no" if preset.oauth2 and preset.oauth2.client_authentication == "none" else "yes")
        for id, preset in providers().items()
    ]
    for id, address, _ in rows:
        oauth2 = providers()[id].oauth2
        ports = "".join(map(str, oauth2.redirect_ports if oauth2 else ()))
        assert (ports or "any port") in address or presets()[id].https_only
    for key in (*OAUTH2_KEYS, *TEST_KEYS):
        assert f"`{key}`" in docs


def test_the_page_of_presets_is_current() -> None:
    made = runpy.run_path(str(REPOSITORY / "tools" / "presets_page.py"))["page"]()
    page = (REPOSITORY / "docs" / "presets.md").read_text(encoding="utf-8")
    assert page == made, "run python tools/presets_page.py"
    assert all(f"| `{id}` |" in page for id in presets())


def test_a_refresh_token_is_asked_for_where_it_does_not_come_by_itself() -> None:
    found = {id: preset.oauth2 for id, preset in providers().items() if preset.oauth2}
    assert dict(found["google"].authorization_parameters) == {
        "access_type": "offline",
        "prompt": "consent",
    }
    assert found["microsoft"].scopes == ("offline_access",)
    assert found["typeform"].scopes == ("offline",)
    assert ("token_access_type", "offline") in found["dropbox"].authorization_parameters
