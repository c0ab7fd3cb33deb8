"""One table of an app file, whose keys are read by what they have to be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from attio_nb.app.hosts import is_read_alike, parse_host
from attio_nb.app.nearest import did_you_mean, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from attio_nb.app.document import Document
    from attio_nb.errors import AppFileError

__all__ = ["Table", "described", "names_a_value"]

Choice = TypeVar("Choice", bound=str)

ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
LONGEST_KEY = 100
LONGEST_NAME = 300
MOST_HOSTS = 100
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line breaks, halves of characters, and what turns text around."""

MOST_SHOWN = 10**15
"""The greatest integer that a message repeats."""

VALUE_ENDINGS = ("value", "secret", "token", "password", "apikey", "privatekey")
"""How the names end under which people keep values elsewhere."""

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
    "test_url": '"https://api.example.com/v1/me"',
    "test_scheme": '"api-key"',
    "test_header": '"X-Api-Key"',
    "account": '"data.email"',
    "role": '"admin"',
    "on_missing": '"ask"',
    "issuer": '"https://auth.example.com"',
    "authorization_endpoint": '"https://auth.example.com/authorize"',
    "token_endpoint": '"https://auth.example.com/token"',
    "revocation_endpoint": '"https://auth.example.com/revoke"',
    "device_authorization_endpoint": '"https://auth.example.com/device"',
    "userinfo_endpoint": '"https://auth.example.com/userinfo"',
    "client_id": '"the id that the provider gave"',
    "client_authentication": '"client_secret_basic"',
    "scopes": '["mail.read"]',
    "scope_separator": '","',
    "authorization_parameters": '{ prompt = "consent" }',
    "resource": '"https://api.example.com"',
    "redirect_host": '"localhost"',
    "redirect_ports": "[8765]",
    "redirect_path": '"/callback"',
    "redirect_uri": '"https://example.com/callback"',
    "token_path": '"authed_user"',
    "expires_in": "3600",
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

    def example(self, key: str) -> str:
        """Return what could be written for a key."""
        return EXAMPLES[key]

    def allow(self, keys: Sequence[str], why_not: Callable[[str], str] = lambda key: "") -> None:
        """Refuse every key but these.

        Args:
            keys: Their names.
            why_not: Returns what to do with another key, or "" where that is not known.
        """
        for key in self.values:
            if key not in keys:
                raise self.error(self._unknown(key, keys, why_not(key)), key)

    def text(self, key: str) -> str:
        """Return one line of text, or "" where the key is not there."""
        return self.required_text(key) if key in self.values else ""

    def required_text(self, key: str) -> str:
        """Return one line of text."""
        value: str = self._typed(key, str, "a string")
        if not value.strip():
            raise self.error(f"{key} is empty. Write for example {self.example(key)}.", key)
        if value != value.strip():
            raise self.error(f"{key} begins or ends with a space. Remove it.", key)
        if control := CONTROL.search(value):
            raise self.error(
                f"{key} holds the control character U+{ord(control[0]):04X}. Remove it.", key
            )
        return value

    def name(self, key: str) -> str:
        """Return what people are shown as a name, or "" where the key is not there."""
        name = self.text(key)
        if len(name) > LONGEST_NAME:
            # More would push what a prompt says out of sight.
            raise self.error(
                f"{key} is too long: it has {LONGEST_NAME} characters at most. Shorten it.", key
            )
        return name

    def id(self, key: str) -> str:
        """Return an id, or "" where the key is not there."""
        return self.required_id(key) if key in self.values else ""

    def required_id(self, key: str) -> str:
        """Return an id: letters, digits, and three signs."""
        value = self.required_text(key)
        if not ID.fullmatch(value):
            raise self.error(
                f'{key} = "{value}" has to be made of up to 100 letters, digits, "-", "_" and '
                f'"." from ASCII, such as {self.example(key)}.',
                key,
            )
        return value

    def key(self, key: str) -> str | None:
        """Return a connection key, or None where there is none."""
        if key not in self.values:
            return None
        value = self.required_text(key)
        if len(value) > LONGEST_KEY:
            raise self.error(
                f"{key} is too long: it has {LONGEST_KEY} characters at most. Shorten it.", key
            )
        if not KEY.fullmatch(value):
            raise self.error(
                f'{key} = "{value}" has to begin with a letter from A to Z, and go on with '
                f'letters, digits, "-" and "_", such as {self.example(key)}.',
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
            # Python writes no integer of thousands of digits, which TOML may have as 0x….
            shown = "" if isinstance(value, int) and abs(value) > MOST_SHOWN else f" = {value}"
            raise self.error(
                f"{key}{shown} has to be more than 0 and at most {longest:.0f} seconds.", key
            )
        return float(value)

    def hosts(self, key: str) -> tuple[str, ...]:
        """Return hosts, none where the key is not there."""
        hosts = self.texts(key)
        if len(hosts) > MOST_HOSTS:
            # A person who is asked whether a value may go there has to read them all.
            raise self.error(
                f"{key} holds {len(hosts)} hosts; at most {MOST_HOSTS} are allowed. Write "
                '"*.example.com" for all hosts below one domain.',
                key,
            )
        for index, host in enumerate(hosts):
            try:
                parse_host(host)
            except ValueError as problem:
                raise self.error(f"{key} {problem}.", key, index) from None
            if not is_read_alike(host):
                raise self.error(
                    f'{key} holds "{host}", which programs read as different hosts. Write it as '
                    "browsers show it, with “xn--”.",
                    key,
                    index,
                )
        return hosts

    def texts(self, key: str) -> tuple[str, ...]:
        """Return strings, none where the key is not there."""
        texts = self.array(key)
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                raise self.error(
                    f"{key} holds {described(text)}; each has to be a string: "
                    f"{key} = {self.example(key)}.",
                    key,
                    index,
                )
        return tuple(texts)

    def array(self, key: str) -> list[Any]:
        """Return an array, an empty one where the key is not there."""
        found: list[Any] = self._typed(key, list, "an array") if key in self.values else []
        return found

    def table(self, key: str) -> dict[str, Any]:
        """Return what is in a table, nothing where the key is not there."""
        found: dict[str, Any] = self._typed(key, dict, "a table") if key in self.values else {}
        return found

    def _typed(self, key: str, type_: Any, expected: str) -> Any:
        if key not in self.values:
            raise self.error(
                f"{self.what} needs {key}, which is not there. Add for example "
                f"{key} = {self.example(key)}.",
                key,
            )
        value = self.values[key]
        if not isinstance(value, type_) or isinstance(value, bool):
            raise self.error(
                f"{key} is {described(value)}; it has to be {expected}: "
                f"{key} = {self.example(key)}.",
                key,
            )
        return value

    def _unknown(self, key: str, keys: Sequence[str], hint: str) -> str:
        message = f'"{key}" is not a key of {self.what}.'
        if key in ("connections", "members"):
            return f"{message} Write each of the {key} as a table: [[{key}]]."
        if self.place[0] == "connections" and names_a_value(key):
            return (
                f"{message} No value stands in this file: %connect asks for it. If one stood here "
                "and others have seen it, make a new one at its service."
            )
        hint = hint or did_you_mean(key, keys)
        return f"{message} {hint or 'It has ' + ', '.join(keys) + '.'}"


def described(value: object) -> str:
    """Return what TOML calls a value, such as ``an integer``, and what JSON has besides."""
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
        "NoneType": "nothing",
    }
    return names[type(value).__name__]


def names_a_value(key: str) -> bool:
    """Say whether it is a name under which people keep values elsewhere."""
    return key.lower().replace("-", "").replace("_", "").endswith(VALUE_ENDINGS)
