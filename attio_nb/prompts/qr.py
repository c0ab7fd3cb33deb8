"""An address as a QR code, for the phone that a person signs in on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

__all__ = ["as_image", "as_text"]

QUIET_ZONE = 4
"""In modules, as ISO/IEC 18004 asks: without it no camera finds the code on a dark page."""

WHITE_ON_BLACK, RESET = "\x1b[97;40m", "\x1b[0m"


def as_image(address: str) -> str:
    """Return an SVG as a data URI, black on white whatever it stands on."""
    return _code(address).svg_data_uri(scale=4, border=QUIET_ZONE, dark="#000", light="#fff")


def as_text(address: str) -> str:
    """Return it in half blocks, two modules high each, for a terminal of either theme."""
    drawn = io.StringIO()
    _code(address).terminal(drawn, border=QUIET_ZONE, compact=True)
    # The blocks are the light modules.
    return "\n".join(f"{WHITE_ON_BLACK}{line}{RESET}" for line in drawn.getvalue().splitlines())


def _code(address: str) -> QRCode:
    # Few sign-ins need one.
    import segno

    return segno.make(address, error="m", micro=False)
