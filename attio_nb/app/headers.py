"""Headers that carry a value: how they may be called."""

from __future__ import annotations

import re

__all__ = ["header_problem"]

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""RFC 9110 section 5.6.2."""

NOT_CREDENTIALS = {
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "upgrade",
}
"""Headers that decide how a request is read, that proxies read, or that httpx writes itself."""


def header_problem(name: str) -> str:
    """Return why no header of this name can carry a value, or "" where one can."""
    if not HEADER_NAME.fullmatch(name):
        return (
            "The name of the header is not one. Use letters, digits and hyphens, as in X-Api-Key."
        )
    if name.lower() in NOT_CREDENTIALS:
        return f"The header {name} cannot carry a value. Use one such as X-Api-Key."
    return ""
