"""What the headers of a request to a redirect URI say about who sends it.

The listener on this computer and the Jupyter server share these rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["is_speculative"]

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


def _is_speculative(name: str, value: str) -> bool:
    if name == "user-agent":
        return PREVIEW_BOT.search(value) is not None
    return name in PURPOSE_HEADERS and SPECULATIVE_PURPOSE.search(value) is not None
