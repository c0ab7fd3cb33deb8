"""The overview that ``%connect`` shows: a table in a notebook, lines in a terminal."""

from __future__ import annotations

import html
import math
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from attio_nb.plain_text import escape_unprintable, on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from attio_nb.app import App
    from attio_nb.connections.model import Grant, StoredConnection
    from attio_nb.execution import Execution
    from attio_nb.session import Status

__all__ = ["Overview"]

HEADER = ("Connection", "Owner", "Type", "State", "Connected by", "Since")
GRANT_HEADER = ("Scopes", "Token until")
MINUTE = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Overview:
    """The connections of an app, for display; no value is in it.

    Attributes:
        app: What the app file says, or None where there is none.
        execution: On whose behalf code runs.
        on_missing: What a getter does when there is no connection.
        statuses: The connections and their state.
        key_file: The file that holds the key of the vault, or None where a keyring does.
        folder: The folder from which the app file was looked for; None where that is not told.
    """

    app: App | None
    execution: Execution
    on_missing: str
    statuses: Sequence[Status]
    key_file: Path | None = None
    folder: Path | None = None

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/plain": self._text(), "text/html": self._html()}

    def __repr__(self) -> str:
        return self._text()

    def in_words(self, wording: Callable[[str], str]) -> str:
        """Return it as lines.

        Args:
            wording: Returns a cell or a sentence with what this place has in place of the magics.
        """
        return self._text(wording)

    def _heading(self) -> str:
        acting = f"acting as {self.execution.user} ({self.execution.role})"
        if self.app is None:
            folder = on_one_line(self.folder) if self.folder else "this folder"
            return f"No attio-app.toml in {folder} or in a folder above it; {acting}"
        return f"{escape_unprintable(self.app.name)}: {acting}, on missing: {self.on_missing}"

    def _about_key(self) -> str:
        if self.key_file is None:
            return ""
        return (
            f"The key of the vault is in the file {on_one_line(self.key_file)}, since no "
            "operating-system keyring was found. Anyone who can read that file and the vault can "
            "read your connections."
        )

    def _advice(self) -> str:
        if self.statuses:
            return ""
        return (
            "No connection is defined yet. Call get_workspace_connection() or "
            "get_user_connection() in a cell, "
            'or define one: %connect --add workspace --title "My API key"'
        )

    def _table(self) -> list[tuple[str, ...]]:
        """Return the header and the rows; what only a sign-in brings is there where one has."""
        rows = [(HEADER, GRANT_HEADER), *((_row(each), _grant(each)) for each in self.statuses)]
        with_grants = any(status.definition.oauth2 for status in self.statuses)
        cells = [(*row, *grant) if with_grants else row for row, grant in rows]
        return [tuple(map(escape_unprintable, row)) for row in cells]

    def _text(self, wording: Callable[[str], str] = str) -> str:
        rows = [tuple(map(wording, row)) for row in self._table()] if self.statuses else []
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join(
            filter(None, [self._heading(), *lines, wording(self._advice()), self._about_key()])
        )

    def _html(self) -> str:
        heading = f"<p><strong>{html.escape(self._heading())}</strong></p>"
        about_key = f"<p>{html.escape(self._about_key())}</p>" if self.key_file else ""
        if not self.statuses:
            return f"{heading}<p>{html.escape(self._advice())}</p>{about_key}"
        header, *rows = self._table()
        head = _html_row("th", header)
        body = "".join(_html_row("td", row) for row in rows)
        return f"{heading}<table><thead>{head}</thead><tbody>{body}</tbody></table>{about_key}"


def _row(status: Status) -> tuple[str, ...]:
    definition, stored = status.definition, status.stored
    command = " ".join(filter(None, ["%connect", definition.owner, definition.key]))
    if status.problem:
        state, by, since = f"not connected: {status.problem}", "", ""
    elif status.variable:
        state, by, since = f"connected ({status.variable})", "environment", ""
    elif stored:
        state = _standing(status, stored, command)
        by, since = stored.created_by, stored.created_at.astimezone().strftime(MINUTE)
    elif status.stored_under:
        state, by, since = (
            f"stored under {status.stored_under.name}: {command} --use-stored",
            "",
            "",
        )
    else:
        state, by, since = f"not connected: {command}", "", ""
    title = definition.label if not definition.key else f"{definition.label} ({definition.key})"
    return (title, definition.owner, definition.type, state, by, since)


def _standing(status: Status, stored: StoredConnection, command: str) -> str:
    if stored.grant is not None and stored.grant.expired:
        return f"expired: {command}"
    if status.new_addresses:
        return f"new addresses: {', '.join(status.new_addresses)}"
    return "connected" if stored.refused_at is None else f"refused by the service: {command}"


def _grant(status: Status) -> tuple[str, str]:
    """Return what was granted, or else is asked for, and when the token runs out."""
    oauth2, grant = status.definition.oauth2, status.stored.grant if status.stored else None
    if grant is None:
        return " ".join(oauth2.scopes) if oauth2 else "", ""
    return " ".join(grant.scopes), _token_until(grant)


def _token_until(grant: Grant) -> str:
    if grant.expired or grant.expires_at == math.inf:
        return ""
    is_refreshed = grant.refresh_token is not None
    if is_refreshed and grant.expires_at <= time.time():
        return "refreshed at its next use"
    until = datetime.fromtimestamp(grant.expires_at).astimezone().strftime(MINUTE)
    return f"{until}, then refreshed" if is_refreshed else until


def _html_row(cell: str, texts: Sequence[str]) -> str:
    return "<tr>" + "".join(_html_cell(cell, *pair) for pair in enumerate(texts)) + "</tr>"


def _html_cell(cell: str, column: int, text: str) -> str:
    # A date that is broken at its hyphens takes three lines.
    wrap = "; white-space: nowrap" if column == HEADER.index("Since") else ""
    return f'<{cell} style="text-align: left{wrap}">{html.escape(text)}</{cell}>'
