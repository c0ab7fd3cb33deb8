"""Showing the one error in an exception group as itself.

``asyncio.TaskGroup`` wraps what a getter raises in a group, and a group would show as a page of
traceback.
"""

from __future__ import annotations

from typing import Any

from attio_nb.errors import AttioError

__all__ = ["only_error", "show_only_error_of_group", "stop_showing_only_error"]

GROUPS = (BaseExceptionGroup,)


def only_error(group: BaseException) -> AttioError | None:
    """Return the one error of ours in a group, or None where it holds something else as well."""
    while isinstance(group, BaseExceptionGroup) and len(group.exceptions) == 1:
        group = group.exceptions[0]
    return group if isinstance(group, AttioError) else None


def show_only_error_of_group(shell: Any) -> None:
    """Let a shell show a group with one error of this project as that error.

    Args:
        shell: An IPython shell; where something else handles its exceptions already, it keeps doing
            so.
    """
    if not shell.custom_exceptions:
        shell.set_custom_exc(GROUPS, _show)
    if not hasattr(shell, "_last_traceback"):
        # ipykernel 7.4 reads it for its reply and sets it only once an error was shown.
        shell._last_traceback = None


def stop_showing_only_error(shell: Any) -> None:
    """Let a shell show groups as it did before.

    Args:
        shell: An IPython shell; what something else put in place meanwhile stays.
    """
    if shell.custom_exceptions == GROUPS:
        shell.custom_exceptions = ()


def _show(
    shell: Any, kind: type, error: BaseException, traceback: Any, tb_offset: int | None = None
) -> None:
    shown = only_error(error) or error
    shell.showtraceback((type(shown), shown, shown.__traceback__), tb_offset=tb_offset)
