"""What the headers of a request to a redirect URI say about who sends it.

The listener on this computer and the Jupyter server share these rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "LONGEST_QUERY",
    "MOST_PARAMETERS",
    "is_refusal_without_state",
    "is_speculative",
    "is_visit",
]

LONGEST_QUERY = 16 * 1024
"""In characters, of an authorization response."""

MOST_PARAMETERS = 50

PURPOSE_HEADERS = frozenset({"sec-purpose", "purpose", "x-purpose", "x-moz"})
SPECULATIVE_PURPOSE = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)

PREVIEW_BOT = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|facebookexternalhit|facebookcatalog|whatsapp|slack-img"
    r"|embedly|iframely|vkshare|mastodon|synapse",
    re.IGNORECASE,
)
"""How programs that show a preview of a link name themselves; CUBOT is a maker of telephones."""


def is_speculative(headers: Iterable[tuple[str, str]]) -> bool:
    """Say whether a request comes before a person visits the page, or without any visit.

    Browsers say so when they prefetch or prerender a page (Fetch standard, `Sec-Purpose`; older
    ones send `Purpose`, `X-Purpose` or `X-Moz`). Programs that preview links name themselves in
    `User-Agent`. If such a request used the authorization response up, the visit of the person
    would come too late.

    Args:
        headers: Names and values; a name may occur several times.
    """
    return any(_is_speculative(name.lower(), value) for name, value in headers)


def is_visit(headers: Iterable[tuple[str, str]]) -> bool:
    """Say whether a person may have come here from another site, as after a sign-in.

    Browsers tell apart what a person visits and what a page requests by itself (Fetch Metadata
    Request Headers). Older browsers, and those that come over plain http from another computer,
    send no such header.

    Args:
        headers: Names and values.
    """
    sent = {name.lower(): value.strip().lower() for name, value in headers}
    return (
        sent.get("sec-fetch-mode", "navigate") == "navigate"
        and sent.get("sec-fetch-dest", "document") == "document"
        and sent.get("sec-fetch-site", "none") != "same-origin"
    )


def is_refusal_without_state(query: str) -> bool:
    """Say whether an authorization response is an error that names no sign-in.

    Args:
        query: The query of the redirect URI.
    """
    if len(query) > LONGEST_QUERY:
        return False
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return False
    parameters = dict(pairs)
    return (
        len(parameters) == len(pairs)
        and bool(parameters.get("error", "").strip())
        and not parameters.get("state")
        and not parameters.get("code")
    )


def _is_speculative(name: str, value: str) -> bool:
    if name == "user-agent":
        return PREVIEW_BOT.search(value) is not None
    return name in PURPOSE_HEADERS and SPECULATIVE_PURPOSE.search(value) is not None
