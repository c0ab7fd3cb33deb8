"""What people have granted, and every code and token of it. Secrets are kept as hashes only."""

from __future__ import annotations

import base64
import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from attio_nb.sandbox.database import Database
from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.provider.model import OAuthProblem, Policy

__all__ = [
    "AccessToken",
    "Approval",
    "Grant",
    "Grants",
    "Issued",
    "approval_of",
    "hash_of",
    "join_scopes",
    "new_secret",
    "split_scopes",
]

CODE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Approval:
    """A person said yes.

    Attributes:
        client_id: To which client.
        person: Who.
        scopes: To what.
    """

    client_id: str
    person: str
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """What one approval came to.

    Attributes:
        id: Its id.
        approval: Who said yes to what.
        since: When it was granted.
        renewed: When it last got an access token.
        expires: When its latest access token ends.
    """

    id: str
    approval: Approval
    since: datetime
    renewed: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens as they go out.

    Attributes:
        access_token: A new access token.
        refresh_token: A new refresh token; None where the old one stays.
        approval: What they are for.
    """

    access_token: str
    refresh_token: str | None
    approval: Approval


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token that the API was shown.

    Attributes:
        grant_id: Its grant.
        approval: Who said yes to what.
        state: Whether it is good.
    """

    grant_id: str
    approval: Approval
    state: str


class Grants:
    """Every grant, safe to share between threads and processes.

    Args:
        database: Where they are kept.
        policy: How long things last.
        now: What time it is.
    """

    def __init__(self, database: Database, policy: Policy, now: Callable[[], datetime]) -> None:
        self._database = database
        self.now = now
        self.policy = policy

    def new_code(self, approval: Approval, *, redirect_uri: str, challenge: str) -> str:
        """Make an authorization code, good once and for a minute.

        Args:
            approval: What the person said yes to.
            redirect_uri: Where the code is sent, which the token endpoint has to be told again.
            challenge: The ``code_challenge`` of PKCE.
        """
        code = new_secret("code")
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO oauth_codes VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    hash_of(code),
                    approval.client_id,
                    approval.person,
                    join_scopes(approval.scopes),
                    redirect_uri,
                    challenge,
                    self._seconds() + CODE_SECONDS,
                ),
            )
        return code

    def redeem_code(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> Issued:
        """Give tokens for an authorization code.

        Raises:
            OAuthProblem: The code is not good, or was used already: then its grant is revoked.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM oauth_codes WHERE hash = ?", (hash_of(code),)
            ).fetchone()
            trouble = self._trouble_with_code(connection, row, client_id, redirect_uri, verifier)
            if not trouble:
                return self._first_tokens(connection, row)
        # Only now, so that what was revoked stays so.
        raise OAuthProblem("invalid_grant", trouble)

    def _trouble_with_code(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row | None,
        client_id: str,
        redirect_uri: str,
        verifier: str,
    ) -> str:
        if row is None or row["client_id"] != client_id:
            return "There is no such code for this client."
        if row["grant_id"] is not None:
            self._revoke(connection, row["grant_id"], "code used twice")
            return "The code was used already, so that everything it gave is revoked now."
        if row["expires_at"] <= self._seconds():
            return "The code has expired."
        # Whoever fails here does not get to try again.
        connection.execute("UPDATE oauth_codes SET expires_at = 0 WHERE hash = ?", (row["hash"],))
        if row["redirect_uri"] != redirect_uri:
            return "The code was sent to another redirect_uri."
        if row["challenge"] != _s256(verifier):
            return "The code_verifier does not fit the code_challenge."
        return ""

    def _first_tokens(self, connection: sqlite3.Connection, row: sqlite3.Row) -> Issued:
        grant_id = secrets.token_hex(8)
        issued = self.grant(connection, approval_of(row), grant_id)
        connection.execute(
            "UPDATE oauth_codes SET grant_id = ? WHERE hash = ?", (grant_id, row["hash"])
        )
        return issued

    def grant(self, connection: sqlite3.Connection, approval: Approval, grant_id: str) -> Issued:
        """Begin a grant within a transaction, and give its first tokens.

        Args:
            connection: The transaction.
            approval: What the person said yes to.
            grant_id: A new id.
        """
        connection.execute(
            "INSERT INTO oauth_grants VALUES (?, ?, ?, ?, ?, NULL)",
            (
                grant_id,
                approval.client_id,
                approval.person,
                join_scopes(approval.scopes),
                self._seconds(),
            ),
        )
        return self._issue(connection, grant_id, approval, parent=None)

    def refresh(
        self, token: str, *, client_id: str, scopes: Iterable[Scope] | None, rotate: bool = True
    ) -> Issued:
        """Give new tokens for a refresh token.

        Args:
            token: The refresh token.
            client_id: Who asks.
            scopes: What the access token shall be for; None for all that was granted.
            rotate: Give a new refresh token, and spend this one.

        Raises:
            OAuthProblem: It is not good, or was spent already: then its grant is revoked.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT * FROM oauth_refresh_tokens JOIN oauth_grants ON grant_id = id"
                " WHERE hash = ?",
                (hash_of(token),),
            ).fetchone()
            trouble = self._trouble_with_refresh(connection, row, client_id)
            if not trouble:
                return self._next_tokens(connection, row, scopes, rotate=rotate)
        raise OAuthProblem("invalid_grant", trouble)

    def _trouble_with_refresh(
        self, connection: sqlite3.Connection, row: sqlite3.Row | None, client_id: str
    ) -> str:
        if row is None or row["client_id"] != client_id:
            return "There is no such refresh token for this client."
        if row["revoked"] is not None:
            return f"The grant was revoked ({row['revoked']})."
        if self._was_reused(connection, row):
            self._revoke(connection, row["grant_id"], "refresh token used twice")
            return "The refresh token was used already, so that its whole grant is revoked now."
        return ""

    def _was_reused(self, connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
        """Say whether a refresh token comes too late: a later one of its grant is in use."""
        if row["spent_at"] is None:
            # Of several that a lost reply left behind, one is used; the others are then stale.
            return _any_spent(connection, row["parent"])
        age = self._seconds() - row["spent_at"]
        return age >= self.policy.refresh_grace or _any_spent(connection, row["hash"])

    def _next_tokens(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        scopes: Iterable[Scope] | None,
        *,
        rotate: bool,
    ) -> Issued:
        granted = approval_of(row)
        wanted = granted.scopes if scopes is None else tuple(scopes)
        if not set(wanted) <= set(granted.scopes):
            raise OAuthProblem("invalid_scope", "That is more than was granted.")
        approval = Approval(granted.client_id, granted.person, wanted)
        if not rotate:
            return self._issue(connection, row["grant_id"], approval, parent=None, renewable=False)
        connection.execute(
            "UPDATE oauth_refresh_tokens SET spent_at = coalesce(spent_at, ?) WHERE hash = ?",
            (self._seconds(), row["hash"]),
        )
        return self._issue(connection, row["grant_id"], approval, parent=row["hash"])

    def _issue(
        self,
        connection: sqlite3.Connection,
        grant_id: str,
        approval: Approval,
        *,
        parent: str | None,
        renewable: bool = True,
    ) -> Issued:
        now, access_token = self._seconds(), new_secret("access")
        connection.execute(
            "INSERT INTO oauth_access_tokens VALUES (?, ?, ?, ?, ?)",
            (
                hash_of(access_token),
                grant_id,
                join_scopes(approval.scopes),
                now,
                now + self.policy.token_lifetime,
            ),
        )
        if not renewable:
            return Issued(access_token, None, approval)
        refresh_token = new_secret("refresh")
        connection.execute(
            "INSERT INTO oauth_refresh_tokens VALUES (?, ?, ?, NULL)",
            (hash_of(refresh_token), grant_id, parent),
        )
        return Issued(access_token, refresh_token, approval)

    def access_token(self, value: str) -> AccessToken | None:
        """Look at an access token that the API was shown; None when there is no such one.

        Its state is ``good``, ``expired`` or ``revoked``.
        """
        rows = self._database.rows(
            "SELECT grant_id, client_id, person, tokens.scopes AS scopes, expires_at, revoked"
            " FROM oauth_access_tokens AS tokens JOIN oauth_grants ON grant_id = id"
            " WHERE hash = ?",
            hash_of(value),
        )
        if not rows:
            return None
        row = rows[0]
        state = "expired" if row["expires_at"] <= self._seconds() else "good"
        if row["revoked"] is not None:
            state = "revoked"
        return AccessToken(row["grant_id"], approval_of(row), state)

    def revoke_token(self, token: str, *, client_id: str) -> None:
        """Revoke the grant that a token of either kind belongs to; an unknown one is no trouble.

        Raises:
            OAuthProblem: It belongs to another client.
        """
        with self._database.transaction() as connection:
            for table in ("oauth_refresh_tokens", "oauth_access_tokens"):
                row = connection.execute(
                    f"SELECT client_id, grant_id FROM {table}"  # noqa: S608 - Of our own names.
                    " JOIN oauth_grants ON grant_id = id WHERE hash = ?",
                    (hash_of(token),),
                ).fetchone()
                if row is None:
                    continue
                if row["client_id"] != client_id:
                    raise OAuthProblem("unauthorized_client", "It is a token of another client.")
                self._revoke(connection, row["grant_id"], "by the client")

    def standing(self) -> list[Grant]:
        """List the grants that are not revoked, the newest first."""
        rows = self._database.rows(
            "SELECT id, client_id, person, oauth_grants.scopes AS scopes, created_at,"
            " max(issued_at) AS renewed_at, max(expires_at) AS expires_at"
            " FROM oauth_grants JOIN oauth_access_tokens ON grant_id = id"
            " WHERE revoked IS NULL GROUP BY id ORDER BY created_at DESC, id"
        )
        return [
            Grant(
                id=row["id"],
                approval=approval_of(row),
                since=_datetime(row["created_at"]),
                renewed=_datetime(row["renewed_at"]),
                expires=_datetime(row["expires_at"]),
            )
            for row in rows
        ]

    def revoke(self, grant_id: str) -> None:
        """Revoke a grant, as the person who gave it."""
        with self._database.transaction() as connection:
            self._revoke(connection, grant_id, "by the person")

    def expire(self, grant_id: str) -> None:
        """End the access tokens of a grant now; its refresh token stays good."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE oauth_access_tokens SET expires_at = min(expires_at, ?) WHERE grant_id = ?",
                (self._seconds(), grant_id),
            )

    def _revoke(self, connection: sqlite3.Connection, grant_id: str, why: str) -> None:
        connection.execute(
            "UPDATE oauth_grants SET revoked = coalesce(revoked, ?) WHERE id = ?", (why, grant_id)
        )

    def _seconds(self) -> float:
        return self.now().timestamp()


def _s256(verifier: str) -> str:
    # RFC 7636 section 4.2.
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _any_spent(connection: sqlite3.Connection, parent: str | None) -> bool:
    found = connection.execute(
        "SELECT 1 FROM oauth_refresh_tokens WHERE parent = ? AND spent_at IS NOT NULL", (parent,)
    )
    return found.fetchone() is not None


def new_secret(kind: str) -> str:
    """Make a code or a token of a kind."""
    # A leaked one is known by its look.
    return f"sandbox-{kind}-{secrets.token_urlsafe(24)}"


def hash_of(secret: str) -> str:
    """Return what is kept of a code or a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def join_scopes(scopes: Iterable[Scope]) -> str:
    """Write scopes as they are kept, and sent."""
    return " ".join(scopes)


def split_scopes(scopes: str) -> tuple[Scope, ...]:
    """Read scopes as they are kept."""
    return tuple(map(Scope, scopes.split()))


def approval_of(row: sqlite3.Row) -> Approval:
    """Read what a person said yes to."""
    return Approval(row["client_id"], row["person"], split_scopes(row["scopes"]))


def _datetime(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
