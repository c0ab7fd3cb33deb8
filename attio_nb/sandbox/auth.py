"""Which key or access token a request carries, and what that may do.

Four ways of sending a key are understood, since each is used by some API that people connect to::

    Authorization: Bearer <key>
    Authorization: Basic base64(":" + <key>)
    Authorization: API-Key <key>
    X-API-Key: <key>

An access token of the provider (``Grants``) is sent in the first of these ways only (RFC 6750).
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping

from fastapi import Request
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBase
from fastapi.openapi.models import SecurityBase as Description
from fastapi.security.base import SecurityBase

from attio_nb.sandbox.limits import RateLimiter
from attio_nb.sandbox.model import ApiKey, Scope
from attio_nb.sandbox.problems import ProblemError
from attio_nb.sandbox.provider.faults import Faults
from attio_nb.sandbox.provider.grants import Grants
from attio_nb.sandbox.provider.model import PEOPLE
from attio_nb.sandbox.seed import AMPLE
from attio_nb.sandbox.store import SandboxStore

__all__ = ["SCHEMES", "Gate", "read_key"]

_HOW = "Send `Authorization: Bearer <key>`; the keys to paste are on the page /keys."


_ENDED = {
    "expired": "has expired. Refresh it.",
    "revoked": "was revoked. Connect again.",
}


class Scheme(SecurityBase):
    """One way of sending a key, for the OpenAPI document; `Gate` does the work."""

    def __init__(self, name: str, description: Description) -> None:
        self.scheme_name = name
        self.model = description

    async def __call__(self) -> None:
        """Let every request pass."""


SCHEMES = (
    Scheme("Bearer", HTTPBase(scheme="bearer", description="Paste a key.")),
    Scheme("Basic", HTTPBase(scheme="basic", description="No user name; the key is the password.")),
    Scheme("X-API-Key", APIKey.model_validate({"in": APIKeyIn.header, "name": "X-API-Key"})),
)


class Gate:
    """Lets a request in when its key is good, may do what it asks, and is not used too often.

    Args:
        store: Knows the keys.
        grants: Knows the access tokens.
        faults: What goes wrong with these.
        limiter: Counts their requests.
    """

    def __init__(
        self, store: SandboxStore, grants: Grants, faults: Faults, limiter: RateLimiter
    ) -> None:
        self._store = store
        self._grants = grants
        self._faults = faults
        self._limiter = limiter

    def admit(self, request: Request, scope: Scope | None = None) -> ApiKey:
        """Find out whose request this is.

        Args:
            request: The request; its key is remembered in ``request.state.key``.
            scope: The right that it needs; None when any good key will do.

        Raises:
            ProblemError: 401 without a good key, 429 when it is used too often, 403 without the
                right.
        """
        key = self._known(request.headers)
        request.state.key = key
        if key.is_access_token:
            self._misbehave(request, key)
        self._limit(key)
        if scope is not None and scope not in key.scopes:
            raise _forbidden(key, scope)
        return key

    def _known(self, headers: Mapping[str, str]) -> ApiKey:
        value = read_key(headers)
        key = self._store.key(value)
        if key is None and headers.get("authorization", "").lower().startswith("bearer "):
            key = self._of_token(value)
        if key is None:
            raise _unauthorized("unknown-key", f"There is no such key. {_HOW}")
        if key.revoked:
            raise _unauthorized("revoked-key", f"The key “{key.name}” was revoked. {_HOW}")
        return key

    def _of_token(self, value: str) -> ApiKey | None:
        token = self._grants.access_token(value)
        if token is None:
            return None
        person = PEOPLE[token.approval.person]
        if token.state != "good":
            raise _unauthorized(
                f"{token.state}-token", f"The access token of {person.name} {_ENDED[token.state]}"
            )
        return ApiKey(
            value=token.grant_id,
            name=f"{person.name} (OAuth)",
            owner=person.email,
            scopes=token.approval.scopes,
            limit=AMPLE,
            purpose="An access token.",
            is_access_token=True,
        )

    def _misbehave(self, request: Request, token: ApiKey) -> None:
        taken = self._faults.take("api")
        if taken is None:
            return
        request.state.fault = taken[0].name
        if taken[0].name == "api-token-ends":
            self._grants.expire(token.value)
            raise _unauthorized("expired-token", f"The access token of {token.name} ended early.")
        name = "127.0.0.1" if request.url.hostname == "localhost" else "localhost"
        raise ProblemError(
            307,
            "elsewhere",
            "It is at another origin now.",
            headers={"Location": str(request.url.replace(hostname=name))},
        )

    def _limit(self, key: ApiKey) -> None:
        seconds = math.ceil(self._limiter.wait(key.value, key.limit))
        if seconds:
            raise ProblemError(
                429,
                "rate-limited",
                f"The key “{key.name}” may be used {key.limit.requests} times within "
                f"{key.limit.seconds} seconds. Try again in {seconds} seconds.",
                headers={"Retry-After": str(seconds)},
            )


def read_key(headers: Mapping[str, str]) -> str:
    """Read the key that the headers of a request carry.

    Args:
        headers: Found without regard to upper and lower case.

    Raises:
        ProblemError: 401: there is none, or it is sent in a way that is not understood.
    """
    authorization = headers.get("authorization", "")
    scheme, _, value = authorization.partition(" ")
    match scheme.lower():
        case "":
            key = headers.get("x-api-key", "")
        case "bearer" | "api-key":
            key = value.strip()
        case "basic":
            key = _basic_password(value)
        case _:
            raise _unauthorized(
                "unknown-scheme", f"The Authorization header has an unknown scheme. {_HOW}"
            )
    if not key:
        raise _unauthorized("no-key", f"This request has no key. {_HOW}")
    return key


def _basic_password(encoded: str) -> str:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, password = "", ""
    if user or not password:
        raise _unauthorized(
            "malformed-key", 'Basic carries base64(":" + key): no user name, the key as password.'
        )
    return password


def _unauthorized(code: str, detail: str) -> ProblemError:
    error = "" if code == "no-key" else ', error="invalid_token"'
    challenge = f'Bearer realm="sequencer"{error}'
    return ProblemError(401, code, detail, headers={"WWW-Authenticate": challenge})


def _forbidden(key: ApiKey, scope: Scope) -> ProblemError:
    challenge = f'Bearer realm="sequencer", error="insufficient_scope", scope="{scope}"'
    lacking = (
        f"The access token of {key.name} lacks the scope {scope}. Connect again, and allow it."
        if key.is_access_token
        else f"The key “{key.name}” lacks the right {scope}. Connecting again with it does not "
        "help: use a key that has it."
    )
    return ProblemError(403, "missing-scope", lacking, headers={"WWW-Authenticate": challenge})
