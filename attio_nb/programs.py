"""Programs that this package starts: they run nothing of the folder that it runs in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["safe_environment"]


def safe_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment in which a Python, and whatever it starts, leaves the folder alone.

    Args:
        environ: What it is made of.
    """
    safe = dict(environ)
    # Python 3.11 and newer: the current folder, or that of a script, is not in sys.path.
    safe["PYTHONSAFEPATH"] = "1"
    # Windows looks for a program in the current folder first.
    safe["NoDefaultCurrentDirectoryInExePath"] = "1"
    for name in ("PATH", "PYTHONPATH"):
        if name in safe:
            entries = filter(os.path.isabs, safe[name].split(os.pathsep))
            safe[name] = os.pathsep.join(entries)
    return safe
