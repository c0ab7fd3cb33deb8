"""One table of an app file, whose keys are read by what they have to be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from attio_nb.app.hosts import parse_host
from attio_nb.app.nearest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attio_nb.app.document import Document
    from attio_nb.errors import AppFileError

__all__ = ["Table", "described"]

Choice = TypeVar("Choice", bound=str)

ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,99}")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line breaks, halves of characters, and what turns text around."""

VALUE_KEYS = {"value", "secret", "token", "password", "api_key", "apikey", "access_token"}
EXAMPLES = {
    "id": '"my-app"',
    "name": '"My app"',
    "workspace": '"local"',
    "prompt_timeout": "600",
    "owner": '"workspace"',
    "key": '"sequencer"',
    "type": '"secret"',
    "title": '"Sequencer API key"',
    "help_url": '"https://example.com/api-keys"',
    "hosts": '["api.example.com"]',
    "role": '"admin"',
    "on_missing": '"ask"',
}


@dataclass(frozen=True)
class Table:
    """A table, and where it stands.

    Attributes:
        document: The document it is of.
        place: The way to it.
        what: What to call it, such as ``a connection``.
        values: What is in it.
    """

    document: Document
    place: tuple[str | int, ...]
    what: str
    values: dict[str, Any]

    def error(self, message: str, *key: str | int) -> AppFileError:
        """Return an error about a key, or about the table."""
        return self.document.error(message, *self.place, *key)

    def allow(self, keys: Sequence[str]) -> None:
        """Refuse every key but these."""
        for key in self.values:
            if key not in keys:
                raise self.error(self._unknown(key, keys), key)

    def text(self, key: str) -> str:
        """Return one line of text, or "" where the key is not there."""
        return self.required_text(key) if key in self.values else ""

    def required_text(self, key: str) -> str:
        """Return one line of text."""
        value: str = self._typed(key, str, "a string")
        if not value.strip():
            raise self.error(f"{key} is empty. Write for example {_example(key)}.", key)
        if value != value.strip():
            raise self.error(f"{key} begins or ends with a space. Remove it.", key)
        if control := CONTROL.search(value):
            raise self.error(
                f"{key} holds the control character U+{ord(control[0]):04X}. Remove it.", key
            )
        return value

    def id(self, key: str) -> str:
        """Return an id, or "" where the key is not there."""
        return self.required_id(key) if key in self.values else ""

    def required_id(self, key: str) -> str:
        """Return an id: letters, digits, and three signs."""
        value = self.required_text(key)
        if not ID.fullmatch(value):
            raise self.error(
                f'{key} = "{value}" has to be made of up to 100 letters, digits, "-", "_" and '
                f'"." from ASCII, such as {_example(key)}.',
                key,
            )
        return value

    def key(self, key: str) -> str | None:
        """Return a connection key, or None where there is none."""
        if key not in self.values:
            return None
        value = self.required_text(key)
        if not KEY.fullmatch(value):
            raise self.error(
                f'{key} = "{value}" has to begin with a letter from A to Z, and go on with '
                f'letters, digits, "-" and "_", such as {_example(key)}.',
                key,
            )
        return value

    def choice(self, key: str, choices: Sequence[Choice]) -> Choice | None:
        """Return one of some words, or None where the key is not there."""
        return self.required_choice(key, choices) if key in self.values else None

    def required_choice(self, key: str, choices: Sequence[Choice]) -> Choice:
        """Return one of some words."""
        value = self._typed(key, str, "a string")
        for choice in choices:
            if value == choice:
                return choice
        hint = did_you_mean(value, choices)
        raise self.error(f'{key} = "{value}" has to be {one_of(choices)}. {hint}'.rstrip(), key)

    def seconds(self, key: str, *, longest: float) -> float | None:
        """Return a time in seconds, or None where the key is not there."""
        if key not in self.values:
            return None
        value = self._typed(key, int | float, "a number of seconds")
        if not (0 < value <= longest) or math.isnan(value):
            raise self.error(
                f"{key} = {value} has to be more than 0 and at most {longest:.0f} seconds.", key
            )
        return float(value)

    def url(self, key: str) -> str:
        """Return the address of a web page, or "" where the key is not there."""
        value = self.text(key)
        if value and not _is_web_address(value):
            raise self.error(
                f"{key} has to be the address of a web page, such as {_example(key)}.", key
            )
        return value

    def hosts(self, key: str) -> tuple[str, ...]:
        """Return hosts, none where the key is not there."""
        if key not in self.values:
            return ()
        hosts = self._typed(key, list, "an array")
        for index, host in enumerate(hosts):
            if not isinstance(host, str):
                raise self.error(
                    f"{key} holds {described(host)}; each host has to be a string: "
                    f"{key} = {_example(key)}.",
                    key,
                    index,
                )
            try:
                parse_host(host)
            except ValueError as problem:
                raise self.error(f"{key} {problem}.", key, index) from None
        return tuple(hosts)

    def _typed(self, key: str, type_: Any, expected: str) -> Any:
        if key not in self.values:
            raise self.error(
                f"{self.what} needs {key}, which is not there. Add for example "
                f"{key} = {_example(key)}."
            )
        value = self.values[key]
        if not isinstance(value, type_) or isinstance(value, bool):
            raise self.error(
                f"{key} is {described(value)}; it has to be {expected}: {key} = {_example(key)}.",
                key,
            )
        return value

    def _unknown(self, key: str, keys: Sequence[str]) -> str:
        message = f'"{key}" is not a key of {self.what}.'
        if key in ("connections", "members"):
            return f"{message} Write each of the {key} as a table: [[{key}]]."
        if self.place[0] == "connections" and key.lower().replace("-", "_") in VALUE_KEYS:
            return (
                f"{message} No value stands in this file: %connect asks for it. If one stood here "
                "and others have seen it, make a new one at its service."
            )
        return f"{message} {did_you_mean(key, keys) or 'It has ' + ', '.join(keys) + '.'}"


def described(value: object) -> str:
    """Return what TOML calls a value, such as ``an integer``."""
    names = {
        "str": "a string",
        "bool": "a boolean",
        "int": "an integer",
        "float": "a float",
        "list": "an array",
        "dict": "a table",
        "datetime": "a date-time",
        "date": "a date",
        "time": "a time",
    }
    return names[type(value).__name__]


def _example(key: str) -> str:
    return EXAMPLES[key]


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False
