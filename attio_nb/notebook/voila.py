"""Voila, which shows a notebook's outputs as a page for others, and hides errors from them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attio_nb.errors import MissingConnectionError
from attio_nb.notebook.groups import only_error

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hidden_message"]


def hidden_message(error: BaseException | None, environ: Mapping[str, str] = os.environ) -> str:
    """Return the message of a missing connection that Voila would hide, or "" for anything else.

    Voila shows “There was an error when executing cell [2]” in place of each error, and nobody can
    be asked in its page.

    Args:
        error: What has ended a cell, or None.
        environ: The environment, in which Voila names itself (``SERVER_SOFTWARE``).
    """
    if error is None or not environ.get("SERVER_SOFTWARE", "").startswith("voila/"):
        return ""
    own = only_error(error) if isinstance(error, BaseExceptionGroup) else error
    return str(own) if isinstance(own, MissingConnectionError) else ""
