"""The addresses that are to be registered are the ones that sign-ins send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from attio_nb.app import OAuth2
from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.oauth.metadata import Endpoints
from attio_nb.oauth.sign_in import SignIn
from attio_nb.prompts.signing_in import _way_back
from attio_nb.session import Session
from attio_nb.tab.definition import presets_json, registration

CALLBACK = "https://hub.example/hub/user-redirect/attio-nb/oauth/callback"
PLAIN_CALLBACK = "http://10.0.0.7:8888/attio-nb/oauth/callback"
EVERYWHERE = pytest.mark.parametrize(
    ("callback_url", "local"),
    [(CALLBACK, True), (CALLBACK, False), (PLAIN_CALLBACK, False), ("", False), ("", True)],
)


def given(**keys: Any) -> dict[str, Any]:
    return {"owner": "user", "type": "oauth2", "issuer": "https://auth.example.com", **keys}


def of_preset(id: str) -> dict[str, Any]:
    (definition,) = (each["definition"] for each in presets_json() if each["id"] == id)
    return {"owner": "user", **definition}


def registered(
    definition: Any, *, callback_url: str = CALLBACK, local: bool = True
) -> tuple[list[str], str]:
    found = registration(definition, callback_url=callback_url, local=local)
    assert found is not None
    assert found.keys() == {"addresses", "notes"}
    assert all(note.endswith(".") for note in found["notes"])
    return found["addresses"], " ".join(found["notes"])


@pytest.fixture
def sent(tmp_path: Any) -> Callable[..., str]:
    """Give the address to come back to that a sign-in sends."""

    def sent(definition: dict[str, Any], *, callback_url: str, local: bool) -> str:
        session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
        oauth2 = session.file.draft(definition | {"client_id": "a"}).oauth2
        assert oauth2 is not None
        sign_in = made(oauth2)
        sign_in.start()
        try:
            assert sign_in.wait_until_ready(10)
            url, _ = _way_back(sign_in, callback_url, local=local)
        finally:
            sign_in.close()
        return parse_qs(urlsplit(url).query)["redirect_uri"][0]

    return sent


def made(oauth2: OAuth2) -> SignIn:
    # Nobody comes back.
    unused: Any = None
    where = "https://auth.example.com"
    return SignIn(
        oauth2,
        endpoints=lambda: Endpoints(where, f"{where}/authorize", f"{where}/token"),
        client_secret=lambda: None,
        keep=unused,
        exchange=unused,
    )


def without_port(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.hostname or "").geturl()


@EVERYWHERE
@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"redirect_host": "localhost", "redirect_path": "/back"},
        {"redirect_ports": [48723, 48724]},
        {"redirect_host": "localhost", "redirect_path": ""},
        {"redirect_ports": [48723], "redirect_path": "/"},
        {"redirect_uri": "https://example.com/back"},
    ],
)
def test_what_a_sign_in_sends_is_what_is_registered(
    sent: Callable[..., str], keys: dict[str, Any], callback_url: str, local: bool
) -> None:
    definition = given(key="a", **keys)
    addresses, notes = registered(definition, callback_url=callback_url, local=local)
    address = sent(definition, callback_url=callback_url, local=local)
    if address not in addresses:
        assert without_port(address) in addresses
        assert "Any port is good." in notes


class TestOnThisComputer:
    def test_each_port_has_its_address(self) -> None:
        definition = given(redirect_host="localhost", redirect_ports=[8765, 8766])
        addresses, notes = registered(definition)
        assert addresses == ["http://localhost:8765/callback", "http://localhost:8766/callback"]
        assert "port" not in notes
        assert "On a JupyterHub, register https://YOUR-HUB/" in notes

    def test_without_ports_it_is_told_what_to_do_where_one_is_wanted(self) -> None:
        addresses, notes = registered(given())
        assert addresses == ["http://127.0.0.1/callback"]
        assert "write 8723 as redirect_ports" in notes
        assert "http://127.0.0.1:8723/callback" in notes

    def test_of_a_known_provider_it_is_known_whether_it_wants_one(self) -> None:
        assert registered(of_preset("microsoft"))[0] == ["http://localhost/callback"]
        assert "8723" not in registered(of_preset("microsoft"))[1]
        assert registered(of_preset("hubspot"))[0] == ["http://localhost:8723/callback"]

    def test_a_provider_that_takes_any_gets_none(self) -> None:
        addresses, notes = registered(of_preset("google"))
        assert addresses == []
        assert "needs no registration" in notes

    def test_a_provider_that_takes_https_only_gets_none(self) -> None:
        addresses, notes = registered(of_preset("slack-bot"))
        assert addresses == []
        assert "write it as redirect_uri" in notes


class TestElsewhere:
    @pytest.mark.parametrize("id", ["google", "hubspot", "slack-bot"])
    def test_it_is_the_callback_of_the_jupyter_server(self, id: str) -> None:
        assert registered(of_preset(id), local=False)[0] == [CALLBACK]

    def test_it_is_told_what_is_registered_for_ones_own_computer(self) -> None:
        notes = registered(of_preset("hubspot"), local=False)[1]
        assert "register http://localhost:8723/callback instead" in notes
        assert registered(of_preset("google"), local=False)[1] == ""

    def test_a_callback_that_is_not_encrypted_is_none_where_it_has_to_be(self) -> None:
        addresses, notes = registered(
            of_preset("slack-bot"), callback_url=PLAIN_CALLBACK, local=False
        )
        assert addresses == []
        assert "https addresses only" in notes

    def test_without_a_callback_the_address_is_pasted(self) -> None:
        addresses, notes = registered(given(), callback_url="", local=False)
        assert addresses == ["http://127.0.0.1/callback"]
        assert "paste the address" in notes


def test_the_address_of_a_connection_is_the_one_that_is_registered() -> None:
    definition = of_preset("slack-bot") | {"redirect_uri": "https://example.com/back"}
    for local in (True, False):
        addresses, notes = registered(definition, local=local)
        assert addresses == ["https://example.com/back"]
        assert "paste" in notes


def test_what_is_not_there_yet_does_not_matter() -> None:
    assert registered({"type": "oauth2"})[0] == ["http://127.0.0.1/callback"]


@pytest.mark.parametrize(
    "junk",
    [
        None,
        [],
        "oauth2",
        {},
        {"type": "secret"},
        {"type": ["oauth2"]},
        given(redirect_ports=["8723"]),
        given(redirect_ports=[float("nan")]),
        given(redirect_ports=list(range(1, 60_000))),
        given(redirect_host="example.com"),
        given(redirect_path={"a": None}),
        given(redirect_uri="http://example.com/"),
        given(redirect_uri="https://example.com/", redirect_ports=[1]),
    ],
)
def test_where_nobody_can_come_back_nothing_is_registered(junk: Any) -> None:
    assert registration(junk, callback_url=CALLBACK, local=True) is None
