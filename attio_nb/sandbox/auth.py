"""Which key a request carries, and what that key may do.

Four ways of sending a key are understood, since each is used by some API that people connect to::

    Authorization: Bearer <key>
    Authorization: Basic base64(":" + <key>)
    Authorization: API-Key <key>
    X-API-Key: <key>
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
from attio_nb.sandbox.store import SandboxStore

__all__ = ["SCHEMES", "Gate", "read_key"]

_HOW = "Send `Authorization: Bearer <key>`; the keys to paste are on the page /keys."


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
        limiter: Counts their requests.
    """

    def __init__(self, store: SandboxStore, limiter: RateLimiter) -> None:
        self._store = store
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
        key = self._known(read_key(request.headers))
        request.state.key = key
        self._limit(key)
        if scope is not None and scope not in key.scopes:
            raise _forbidden(key, scope)
        return key

    def _known(self, value: str) -> ApiKey:
        key = self._store.key(value)
        if key is None:
            raise _unauthorized("unknown-key", f"There is no such key. {_HOW}")
        if key.revoked:
            raise _unauthorized("revoked-key", f"The key “{key.name}” was revoked. {_HOW}")
        return key

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
    return ProblemError(
        403,
        "missing-scope",
        f"The key “{key.name}” lacks the right {scope}. Connecting again with it does not help: "
        "use a key that has it.",
        headers={"WWW-Authenticate": challenge},
    )
