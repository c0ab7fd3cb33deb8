"""Scopes: as providers write them, and which of those that were asked for were not granted.

RFC 6749 section 3.3 separates scopes by spaces and compares them as strings. Providers write
commas or lists, leave out or add a prefix, change the case, and leave out what a broader scope
covers. What cannot be known for sure is taken as granted: a false warning is worse than none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from attio_nb.oauth.body import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["lost_scopes", "missing_scopes", "parse_scopes"]

LONGEST_TEXT, LONGEST_SCOPE, MOST_SCOPES = 32_000, 1000, 1000
"""What is more is cut off: in characters, and in scopes."""

UNNAMED = {
    *("openid", "email", "profile", "address", "phone"),
    *("offline_access", "offline", "refresh_token"),
}
"""What providers grant without saying so, or under another name."""

ALIASES = {"userinfo.email": "email", "userinfo.profile": "profile"}
"""Google's long names of OpenID Connect's scopes."""

GOOGLE = "www.googleapis.com/auth"

COVERS = {
    "repo": {
        *("repo_deployment", "public_repo", "security_events"),
        *("admin:repo_hook", "write:repo_hook", "read:repo_hook"),
    },
    "copilot": {"manage_billing:copilot"},
    "api": {"read_api", "read_user", "read_repository", "write_repository", "read_registry"},
    "full": {"*"},
    "cloud-platform": {
        *("bigquery", "bigquery.readonly", "compute", "compute.readonly", "datastore", "pubsub"),
        *("devstorage.full_control", "devstorage.read_only", "devstorage.read_write"),
        *("cloud-platform.read-only", "logging.read", "logging.write", "spanner.data"),
    },
    # Asana's and Stripe's.
    "default": {"*"},
    "read_write": {"read_only"},
    "mail.google.com": {"gmail.readonly", "gmail.modify", "gmail.compose", "gmail.send"},
}
"""Scopes that include others of another name: GitHub's, GitLab's, Salesforce's and Google's."""

RESOURCES = {
    "00000003-0000-0000-c000-000000000000": "graph.microsoft.com",
    "management.core.windows.net": "management.azure.com",
}
"""Microsoft's ids and older addresses of resources that have another address too."""

LEVELS = {"read": 1, "write": 2, "manage": 3, "admin": 4}
"""The higher include the lower where they come first, as in GitHub's ``admin:org``."""

LEVEL = re.compile(r"(?P<kind>unauthenticated_|)(?P<level>read|write|manage|admin)(?P<name>[:_].+)")
ENDING = re.compile(
    r"(?P<name>.+)[:._-](?P<level>read_?(?:only|write|all)?|view|all|manage|admin|master|full)"
)
ENDINGS = {"view": 1, "read": 1, "readonly": 1, "readall": 2, "readwrite": 2}
"""The higher include the lower where they come last, as in Stripe's ``read_write``. Others are 3,
and a scope without an ending is 2.
"""
MICROSOFT = re.compile(r"(.+)\.read(write)?(\.all)?")


class _Scope(NamedTuple):
    """A scope in parts, in lower case.

    Attributes:
        prefix: The resource before it, such as ``graph.microsoft.com``; "" where none is written.
        name: The rest.
    """

    prefix: str
    name: str


def parse_scopes(value: object, asked: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the scopes of an answer, each as the provider writes it; None where it names none.

    Args:
        value: The member ``scope`` of the answer.
        asked: What was asked for. A scope with a comma in it is one scope if it stands there.
    """
    if isinstance(value, str):
        text = str.__str__(value)[:LONGEST_TEXT].strip()
        value = _list_in(text) or [_without_brackets(text)]
    if not isinstance(value, list):
        return None
    texts = [f"{each}"[:LONGEST_TEXT] for each in value[:MOST_SCOPES] if isinstance(each, str)]
    words = [word for text in texts for word in _words(text, asked)]
    plain = [word for word in dict.fromkeys(words) if is_plain(word, longest=LONGEST_SCOPE)]
    return tuple(plain[:MOST_SCOPES]) or None


def missing_scopes(asked: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that were asked for and that nothing among those granted covers.

    The provider alone knows: they *may* be missing.

    Args:
        asked: As the app file names them.
        granted: As the provider names them.
    """
    single = [word for text in asked for word in _words(text, granted)]
    return tuple(scope for scope in single if not _is_granted(scope, granted))


def lost_scopes(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scopes that were granted before, and that nothing among those granted now covers.

    Args:
        before: What was granted until a refresh.
        now: What was granted by it.
    """
    return missing_scopes(before, now)


def _list_in(text: str) -> list[object] | None:
    if not text.startswith("["):
        return None
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, list) else None


def _without_brackets(text: str) -> str:
    """Return the scopes in a list that is no JSON, such as ``[read, write]``."""
    is_list = any(text[:1] == each[0] and text[-1:] == each[1] for each in ("[]", "{}", '""'))
    return re.sub(r"[\[\]{}\"']", "", text) if is_list else text


def _words(text: str, asked: tuple[str, ...]) -> Iterable[str]:
    if text.strip() in asked:
        return [text.strip()]
    if "%" in text and not any("%" in scope for scope in asked):
        # Encoded twice.
        text = unquote(text)
    return [part for word in text.split() for part in _parts(word, asked)]


def _parts(word: str, asked: tuple[str, ...]) -> Iterable[str]:
    """Return the scopes in what has no space; commas and plus signs may separate them."""
    parts = [word] if word in asked else [part for part in re.split("[,;|]", word) if part]
    for each in parts:
        by_plus = [part for part in each.split("+") if part]
        # A scope may have a plus sign in it; it separates only where that makes sense of the parts.
        is_list = any(_are_same(part, scope) for part in by_plus for scope in asked)
        yield from by_plus if is_list else [each]


def _is_granted(asked: str, granted: tuple[str, ...]) -> bool:
    if asked.lower() in UNNAMED or asked.endswith(".default"):
        # "https://graph.microsoft.com/.default" stands for others, which are named in its place.
        return True
    return any(_are_same(asked, each) or _covers(each, asked) for each in granted)


def _are_same(one: str, other: str) -> bool:
    first, second = _scope(one), _scope(other)
    return first.name == second.name and _is_of_one_resource(first, second)


def _is_of_one_resource(one: _Scope, other: _Scope) -> bool:
    return one.prefix == other.prefix or not (one.prefix and other.prefix)


def _scope(text: str) -> _Scope:
    # "https://graph.microsoft.com/Mail.Read", "api://the-id/read", "the-id/read", "Mail.Read"
    prefix, _, name = text.lower().rpartition("://")[2].rstrip("/").rpartition("/")
    prefix = prefix.strip("/")
    return _Scope(RESOURCES.get(prefix, prefix), ALIASES.get(name, name))


def _covers(granted: str, asked: str) -> bool:
    broad, narrow = _scope(granted), _scope(asked)
    if not _is_of_one_resource(broad, narrow):
        return False
    included = COVERS.get(broad.name, set())
    return (
        narrow.name in included
        or "*" in included
        or _is_pattern_of(broad.name, narrow.name)
        or _is_part_of(narrow.name, broad.name)
        or _has_higher_level(broad.name, narrow.name)
        or _has_higher_ending(broad.name, narrow.name)
        or _is_wider_at_microsoft(broad.name, narrow.name)
        or _is_google_part(broad, narrow)
    )


def _is_pattern_of(broad: str, narrow: str) -> bool:
    # "mail.*"
    return broad.endswith("*") and narrow.startswith(broad[:-1])


def _is_part_of(narrow: str, broad: str) -> bool:
    # GitHub's "repo" covers "repo:status", and its "user" covers "read:user". Slack's "users:read"
    # does not cover "users:read.email", nor Bitbucket's "repository" its "repository:write".
    is_bare = not re.search("[:.]", broad) and narrow not in (
        f"{broad}:{level}" for level in ("write", "admin", "manage", "delete")
    )
    return is_bare and (
        narrow.startswith(f"{broad}:") or narrow in (f"read:{broad}", f"read_{broad}")
    )


def _has_higher_level(broad: str, narrow: str) -> bool:
    # GitHub's "admin:org" covers "write:org", and Shopify's "write_orders" covers "read_orders".
    higher, lower = LEVEL.fullmatch(broad), LEVEL.fullmatch(narrow)
    if higher is None:
        return False
    if higher["level"] == "admin" and higher["name"][0] == ":" and narrow.endswith(higher["name"]):
        # It covers "manage_runners:org" too.
        return True
    return bool(
        lower
        and (higher["kind"], higher["name"]) == (lower["kind"], lower["name"])
        and LEVELS[higher["level"]] > LEVELS[lower["level"]]
    )


def _has_higher_ending(broad: str, narrow: str) -> bool:
    # Bitbucket's "repository:write" covers "repository", Xero's "accounting" covers
    # "accounting.read", and Zoho's "modules.ALL" covers "modules.contacts.READ".
    if broad in (f"{narrow}:write", f"{narrow}:admin", f"{narrow}:master", f"{narrow}_all"):
        return True
    higher, lower = _ending(broad), _ending(narrow)
    is_same = higher[0] == lower[0]
    is_within = higher[1] == 3 and lower[0].startswith(f"{higher[0]}.")
    return (is_same or is_within) and higher[1] > lower[1]


def _ending(name: str) -> tuple[str, int]:
    """Return a scope without the level that it ends with, and the level."""
    found = ENDING.fullmatch(name)
    if found is None:
        return name, 2
    return found["name"], ENDINGS.get(found["level"].replace("_", ""), 3)


def _is_wider_at_microsoft(broad: str, narrow: str) -> bool:
    # "Files.ReadWrite.All" covers "Files.Read".
    wide, slim = MICROSOFT.fullmatch(broad), MICROSOFT.fullmatch(narrow)
    return bool(
        wide
        and slim
        and wide[1] == slim[1]
        and all(wide[part] or not slim[part] for part in (2, 3))
    )


def _is_google_part(broad: _Scope, narrow: _Scope) -> bool:
    # "auth/drive" covers "auth/drive.readonly".
    return GOOGLE in (broad.prefix, narrow.prefix) and narrow.name.startswith(f"{broad.name}.")
