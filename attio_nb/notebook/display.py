"""The overview that ``%connect`` shows: a table in a notebook, lines in a terminal."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attio_nb.app import App
    from attio_nb.execution import Execution
    from attio_nb.session import Status

__all__ = ["Overview"]

HEADER = ("Connection", "Owner", "Type", "State", "Connected by", "Since")


@dataclass(frozen=True)
class Overview:
    """The connections of an app, for display; no value is in it.

    Attributes:
        app: What the app file says, or None where there is none.
        execution: On whose behalf code runs.
        on_missing: What a getter does when there is no connection.
        statuses: The connections and their state.
    """

    app: App | None
    execution: Execution
    on_missing: str
    statuses: Sequence[Status]

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/plain": self._text(), "text/html": self._html()}

    def __repr__(self) -> str:
        return self._text()

    def _heading(self) -> str:
        acting = f"acting as {self.execution.user} ({self.execution.role})"
        if self.app is None:
            return f"No attio-app.toml here or in a folder above; {acting}"
        return f"{self.app.name}: {acting}, on missing: {self.on_missing}"

    def _advice(self) -> str:
        if self.statuses:
            return ""
        return (
            "No connection is defined yet. Call get_workspace_connection() or "
            "get_user_connection() in a cell, "
            'or define one: %connect --add workspace --title "My API key"'
        )

    def _rows(self) -> list[tuple[str, ...]]:
        return [_row(status) for status in self.statuses]

    def _text(self) -> str:
        rows = [HEADER, *self._rows()] if self.statuses else []
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(filter(None, [self._heading(), *lines, self._advice()]))

    def _html(self) -> str:
        heading = f"<p><strong>{html.escape(self._heading())}</strong></p>"
        if not self.statuses:
            return f"{heading}<p>{html.escape(self._advice())}</p>"
        head = _html_row("th", HEADER)
        body = "".join(_html_row("td", row) for row in self._rows())
        return f"{heading}<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(status: Status) -> tuple[str, ...]:
    definition, stored = status.definition, status.stored
    command = " ".join(filter(None, ["%connect", definition.owner, definition.key]))
    if status.variable:
        state, by, since = f"connected ({status.variable})", "environment", ""
    elif stored:
        state, by = "connected", stored.created_by
        since = stored.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
    else:
        state, by, since = f"not connected: {command}", "", ""
    title = definition.label if not definition.key else f"{definition.label} ({definition.key})"
    return (title, definition.owner, definition.type, state, by, since)


def _html_row(cell: str, texts: Sequence[str]) -> str:
    style = ' style="text-align: left"'
    return (
        "<tr>" + "".join(f"<{cell}{style}>{html.escape(text)}</{cell}>" for text in texts) + "</tr>"
    )
