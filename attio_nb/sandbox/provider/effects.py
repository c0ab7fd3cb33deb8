"""What each fault does to an answer. `Faults` says which, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from attio_nb.sandbox.provider.faults import FaultSetting

__all__ = [
    "CALLBACK",
    "DEVICE",
    "INSTEAD",
    "KEEPING",
    "MEMBERS",
    "METADATA",
    "WIRE",
    "HangUp",
    "Later",
    "Members",
]

SCRIPT = "<script>alert(1)</script> \x1b[31mred\x1b[0m"
APOLOGY = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1><p>nginx</p>"

Members = dict[str, Any]
Pairs = list[tuple[str, str]]


class HangUp(Response):
    """Ends the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close it, and wait until it is."""
        scope["state"]["hang_up"]()
        await _gone(receive)


class Later(Response):
    """Another response, after a while; sooner where nobody waits for it any more.

    Args:
        response: The response.
        seconds: How long the while is.
    """

    def __init__(self, response: Response, seconds: float) -> None:
        super().__init__()
        self._response = response
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, and answer."""
        try:
            await asyncio.wait_for(_gone(receive), self._seconds)
        except TimeoutError:
            await self._response(scope, receive, send)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _json(content: object, status: int = 200, **headers: str) -> JSONResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(content, status, {"Cache-Control": "no-store", **named})


def _busy(status: int, setting: FaultSetting) -> Response:
    return _json({"message": "Too busy."}, status, Retry_After=f"{setting.seconds:.0f}")


def _huge(_: FaultSetting) -> Response:
    return Response(b'{"access_token": "' + b"x" * 5_000_000 + b'"}', 200, {}, "application/json")


INSTEAD: Mapping[str, Callable[[FaultSetting], Response]] = {
    "token-500": lambda _: _json({"message": "Internal error"}, 500),
    "token-502": lambda _: HTMLResponse(APOLOGY, 502),
    "token-html": lambda _: HTMLResponse("<!doctype html><title>Sign in</title>"),
    "token-huge": _huge,
    "token-deep": lambda _: Response(b"[" * 200_000, 200, {}, "application/json"),
    "token-redirect": lambda _: Response(status_code=307, headers={"Location": "/oauth/token"}),
    "token-429": lambda setting: _busy(429, setting),
    "token-401": lambda _: _json({"message": "Unauthorized"}, 401),
    "token-error-200": lambda _: _json(
        {"error": "bad_verification_code", "error_description": "The code is wrong or expired."}
    ),
    "token-error-object": lambda _: _json(
        {"error": {"message": "The code is wrong or expired.", "type": "OAuthException"}}, 400
    ),
    "token-error-script": lambda _: _json(
        {"error": "invalid_request", "error_description": SCRIPT}, 400
    ),
    "token-invalid-grant": lambda _: _json({"error": "invalid_grant"}, 400),
    "token-slow-down": lambda _: _json({"error": "slow_down"}, 400),
    "token-expired": lambda _: _json({"error": "expired_token"}, 400),
    "token-hang-up": lambda _: HangUp(),
    "revoke-503": lambda setting: _busy(503, setting),
    "revoke-401": lambda _: _json({"error": "invalid_client"}, 401),
    "device-500": lambda _: _json({"message": "Internal error"}, 500),
    "metadata-503": lambda setting: _busy(503, setting),
}
"""Answered, and nothing is done."""


def _without(*names: str) -> Callable[[Members], Members]:
    return lambda members: {key: value for key, value in members.items() if key not in names}


def _with(**changes: object) -> Callable[[Members], Members]:
    return lambda members: members | changes


def _nested(members: Members) -> Members:
    inner = {name: members.pop(name) for name in ("access_token", "token_type", "scope")}
    return {"ok": True, "authed_user": inner | {"id": "U1234"} | members}


MEMBERS: Mapping[str, Callable[[Members], Members]] = {
    "token-nested": _nested,
    "token-no-expires-in": _without("expires_in"),
    "token-odd-expires-in": _with(expires_in="soon"),
    "token-text-expires-in": lambda members: members | {"expires_in": str(members["expires_in"])},
    "token-no-type": _without("token_type"),
    "token-dpop": _with(token_type="DPoP"),  # noqa: S106 - A type, no token.
    "token-line-break": lambda members: (
        members | {"access_token": members["access_token"] + "\r\nX-Injected: 1"}
    ),
    "token-scope-commas": lambda members: members | {"scope": members["scope"].replace(" ", ",")},
    "token-scope-list": lambda members: members | {"scope": members["scope"].split()},
    "token-no-scope": _without("scope"),
    "token-null-refresh": _with(refresh_token=None),
    "token-empty-refresh": _with(refresh_token=""),
}
"""Done, and told otherwise."""


def _form(members: Members, _: FaultSetting) -> Response:
    return Response(urlencode(members), 200, {}, "application/x-www-form-urlencoded")


KEEPING = frozenset({"token-no-rotation", "token-null-refresh", "token-empty-refresh"})
"""A refresh leaves the refresh token good, since none comes in its place."""


WIRE: Mapping[str, Callable[[Members, FaultSetting], Response]] = {
    "token-form": _form,
    "token-slow": lambda members, setting: Later(_json(members), setting.seconds),
    "token-lost-reply": lambda _, __: HangUp(),
    "revoke-hang-up": lambda _, __: HangUp(),
}
"""Done, and sent otherwise."""


METADATA: Mapping[str, Callable[[Members], Members]] = {
    "metadata-wrong-issuer": _with(issuer="https://evil.example"),
    "metadata-plain-http": _with(token_endpoint="http://sequencer.example/oauth/token"),  # noqa: S106
    "metadata-no-s256": _with(code_challenge_methods_supported=["plain"]),
    "metadata-silent": _without(
        "grant_types_supported",
        "token_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
        "scopes_supported",
    ),
}


def _device_url(members: Members) -> Members:
    renamed = {"verification_url": members.pop("verification_uri")}
    return {name: value for name, value in members.items() if "complete" not in name} | renamed


DEVICE: Mapping[str, Callable[[Members], Members]] = {
    "device-no-interval": _without("interval"),
    "device-verification-url": _device_url,
    "device-no-complete-uri": _without("verification_uri_complete"),
}


def _drop(pairs: Pairs, *names: str) -> Pairs:
    return [(name, value) for name, value in pairs if name not in names]


def _put(pairs: Pairs, **values: str) -> Pairs:
    return _drop(pairs, *values) + list(values.items())


def _denied(pairs: Pairs) -> Pairs:
    return _put(_drop(pairs, "code"), error="access_denied")


CALLBACK: Mapping[str, Callable[[Pairs], Pairs]] = {
    "callback-wrong-state": lambda pairs: _put(pairs, state="another-state"),
    "callback-no-state": lambda pairs: _drop(pairs, "state"),
    "callback-access-denied": _denied,
    "callback-denied-wrong-state": lambda pairs: _put(_denied(pairs), state="another-state"),
    "callback-empty": lambda pairs: _drop(pairs, "code", "error", "error_description"),
    "callback-code-and-error": lambda pairs: _put(pairs, error="server_error"),
    "callback-duplicate": lambda pairs: [
        *pairs,
        *(pair for pair in pairs if pair[0] in ("code", "error")),
    ],
    "callback-wrong-iss": lambda pairs: _put(pairs, iss="https://evil.example"),
    "callback-no-iss": lambda pairs: _drop(pairs, "iss"),
    "callback-iss-slash": lambda pairs: _put(pairs, iss=f"{dict(pairs)['iss']}/"),
    "callback-script": lambda pairs: _put(
        _drop(pairs, "code"), error="server_error", error_description=SCRIPT
    ),
}
