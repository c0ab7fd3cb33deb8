"""What decides, beside files, which connections a cell finds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Surroundings", "connection_variables"]

VARIABLES = ("ATTIO_NB_WORKSPACE_CONNECTION", "ATTIO_NB_USER_CONNECTION")


class Surroundings(NamedTuple):
    """What a cell may change that no file tells of.

    Attributes:
        folder: The current directory, where the app file is looked for; "" if it is gone.
        variables: The environment variables that are connections.
    """

    folder: str
    variables: tuple[str, ...]

    @classmethod
    def now(
        cls,
        *,
        environ: Mapping[str, str] = os.environ,
        directory: Callable[[], str] = os.getcwd,
    ) -> Surroundings:
        """Return what they are now.

        Args:
            environ: The environment.
            directory: Returns the current directory.
        """
        try:
            folder = directory()
        except OSError:
            folder = ""
        return cls(folder, connection_variables(environ))


def connection_variables(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the environment variables that are connections.

    Args:
        environ: The environment.
    """
    return tuple(name for name in environ if _is_connection(name))


def _is_connection(name: str) -> bool:
    return name.startswith(VARIABLES) and any(
        name == variable or name.startswith(f"{variable}_") for variable in VARIABLES
    )
