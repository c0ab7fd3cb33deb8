"""Presets: services with API keys or OAuth 2.0, as their documentation describes them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attio_nb.app.model import ConnectionDefinition, OAuth2
from attio_nb.app.nearest import did_you_mean

if TYPE_CHECKING:
    from attio_nb.app.model import Owner, Scheme

__all__ = ["Preset", "near_presets", "presets", "providers"]

FILES = ("presets.toml", "api_key_presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """One service, and what an app file says of it.

    Attributes:
        id: What ``--preset`` calls it.
        name: What the service is called.
        title: What prompts call the connection.
        hosts: Where its API is.
        help_url: The page where a person finds the value, or registers an OAuth client.
        docs_url: The page of the service's documentation that all this comes from.
        oauth2: How one signs in; its client id is "" still. None for a service with API keys.
        steps: What to choose at ``help_url``.
        notes: What else there is to know.
        test_url: An address that answers whoever has a right to it, or "".
        test_scheme: How the value is sent there.
        test_header: The name of a header that carries the bare value, in place of a scheme, or "".
        account: Where the answer of ``test_url`` names the account, or "".
        example_scope: A scope to show where at least one is needed, or "".
        redirect_is_registered: Whether an address to come back to has to be registered.
        https_only: Whether it takes no address on the loopback interface.
    """

    id: str
    name: str
    title: str
    hosts: tuple[str, ...]
    help_url: str
    docs_url: str
    oauth2: OAuth2 | None = None
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    test_url: str = ""
    test_scheme: Scheme = "bearer"
    test_header: str = ""
    account: str = ""
    example_scope: str = ""
    redirect_is_registered: bool = True
    https_only: bool = False

    def definition(self, owner: Owner, key: str | None = None) -> ConnectionDefinition:
        """Return the connection that the preset makes.

        Args:
            owner: Whose it is.
            key: Its key, or None.
        """
        return ConnectionDefinition(
            owner=owner,
            key=key,
            type="oauth2" if self.oauth2 else "secret",
            title=self.title,
            help_url=self.help_url,
            hosts=self.hosts,
            oauth2=self.oauth2,
            test_url=self.test_url,
            test_scheme=self.test_scheme,
            test_header=self.test_header,
            account=self.account,
        )


@functools.cache
def presets() -> dict[str, Preset]:
    """Return all presets by their ids: those with OAuth 2.0, then those with API keys."""
    import tomllib

    texts = (Path(__file__).with_name(name).read_text(encoding="utf-8") for name in FILES)
    tables = [item for text in texts for item in tomllib.loads(text).items()]
    return {id: _preset(id, table) for id, table in tables}


def providers() -> dict[str, Preset]:
    """Return the presets with OAuth 2.0 by their ids."""
    return {id: preset for id, preset in presets().items() if preset.oauth2}


def near_presets(word: str) -> str:
    """Return a question about the preset that somebody may have meant, or "".

    Args:
        word: The id that was written, or the name of a service.
    """
    plain = word.strip().lower()
    found = [id for id, each in presets().items() if plain in (id, each.name.lower())]
    if not found and len(plain) > 2:
        found = [id for id in presets() if id.startswith(plain)]
    if found:
        return f"Did you mean {' or '.join(found)}?"
    return did_you_mean(word, presets()).replace('"', "")


def _preset(id: str, table: dict[str, Any]) -> Preset:
    oauth2 = table.pop("oauth2", None)
    values = {
        "title": table["name"],
        "help_url": table["docs_url"],
        **{name: _hashable(value) for name, value in table.items()},
    }
    if oauth2 is not None:
        settings = {name: _hashable(value) for name, value in oauth2.items()}
        values["oauth2"] = OAuth2(client_id="", **settings)
    return Preset(id=id, **values)


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
