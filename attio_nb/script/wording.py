"""What our messages say in a terminal: the command line in place of the magics."""

from __future__ import annotations

import re

__all__ = ["in_terminal"]

HELP = re.compile(r"%(connect|disconnect)\?")
OVERVIEW = re.compile(r"%connect(?= shows)")
MAGIC = re.compile(r"%(connect|disconnect)\b(?![^.;]* in a notebook)")
"""A magic, unless the message says that it is for a notebook."""

PHRASES = {
    "Run the cell again": "Run it again",
    "run the cell again": "run it again",
    "do not restart the kernel": "do not end this process",
    "in the notebook's history": "in the history of your shell",
    " in a cell instead": " in a terminal instead",
    " in a cell, then try again": " in a terminal, then try again",
}


def in_terminal(message: str) -> str:
    """Return a message with what a terminal has in place of a notebook.

    Args:
        message: A message of this project, such as that of an error. ``%connect`` becomes
            ``attio-nb connect``, and so on.
    """
    for in_notebook, here in PHRASES.items():
        message = message.replace(in_notebook, here)
    message = HELP.sub(r"attio-nb \1 --help", message)
    return MAGIC.sub(r"attio-nb \1", OVERVIEW.sub("attio-nb list", message))
