"""What programs ask of the provider: its metadata, tokens, revocation, device codes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.provider.devices import Devices
from attio_nb.sandbox.provider.effects import DEVICE as TWISTED_DEVICE
from attio_nb.sandbox.provider.effects import INSTEAD, KEEPING, MEMBERS, METADATA, WIRE
from attio_nb.sandbox.provider.faults import OFF, Faults, FaultSetting
from attio_nb.sandbox.provider.grants import Grants, Issued
from attio_nb.sandbox.provider.model import CODE, DEVICE, REFRESH, Client, OAuthProblem
from attio_nb.sandbox.provider.reading import client_of, fields_of, issuer_of, parse_scopes

__all__ = ["Endpoints", "handle_oauth_problems"]

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
AUTHENTICATION = ["none", "client_secret_basic", "client_secret_post"]

Fields = Annotated[dict[str, str], Depends(fields_of)]


class Endpoints:
    """The endpoints that programs ask.

    Args:
        grants: What was granted.
        devices: Who waits for it.
        faults: What goes wrong.
        sleep: Lets seconds pass.
    """

    def __init__(
        self,
        grants: Grants,
        devices: Devices,
        faults: Faults,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._grants = grants
        self._devices = devices
        self._faults = faults
        self._sleep = sleep

    def add_to(self, app: FastAPI) -> None:
        """Give an application these endpoints."""
        router = APIRouter(include_in_schema=False)
        for suffix in ("oauth-authorization-server", "openid-configuration"):
            router.add_api_route(f"/.well-known/{suffix}/oauth", self.metadata)
            router.add_api_route(f"/oauth/.well-known/{suffix}", self.metadata)
        router.add_api_route("/oauth/token", self.token, methods=["POST"])
        router.add_api_route("/oauth/revoke", self.revoke, methods=["POST"])
        router.add_api_route("/oauth/device_authorization", self.device, methods=["POST"])
        app.include_router(router)

    def metadata(self, request: Request) -> Response:
        """Tell where everything is (RFC 8414)."""
        issuer = issuer_of(request)
        members: dict[str, Any] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "revocation_endpoint": f"{issuer}/revoke",
            "device_authorization_endpoint": f"{issuer}/device_authorization",
            "scopes_supported": list(Scope),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [CODE, REFRESH, DEVICE],
            "token_endpoint_auth_methods_supported": AUTHENTICATION,
            "revocation_endpoint_auth_methods_supported": AUTHENTICATION,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "service_documentation": issuer,
        }
        name, setting = self._fault(request, "metadata")
        if name in INSTEAD:
            return INSTEAD[name](setting)
        return JSONResponse(METADATA[name](members) if name else members)

    def token(self, request: Request, fields: Fields) -> Response:
        """Give tokens for a code, a refresh token or a device code (RFC 6749 section 3.2)."""
        client = client_of(request, fields)
        grant_type = fields.get("grant_type", "")
        request.state.oauth = f"{client.id} ({grant_type.rpartition(':')[2] or 'no grant_type'})"
        name, setting = self._fault(request, "token", grant_type)
        if name in INSTEAD:
            return INSTEAD[name](setting)
        if name == "token-late":
            self._sleep(setting.seconds)
        issued = self._issue(client, grant_type, fields, rotate=name not in KEEPING)
        members = self._members(issued)
        if name in WIRE:
            return WIRE[name](members, setting)
        return JSONResponse(MEMBERS.get(name, dict)(members), headers=NO_STORE)

    def _issue(
        self, client: Client, grant_type: str, fields: dict[str, str], *, rotate: bool
    ) -> Issued:
        match grant_type:
            case "authorization_code":
                return self._grants.redeem_code(
                    _needed(fields, "code"),
                    client_id=client.id,
                    redirect_uri=_needed(fields, "redirect_uri"),
                    verifier=_needed(fields, "code_verifier"),
                )
            case "refresh_token":
                return self._grants.refresh(
                    _needed(fields, "refresh_token"),
                    client_id=client.id,
                    scopes=parse_scopes(fields["scope"]) if "scope" in fields else None,
                    rotate=rotate,
                )
            case "urn:ietf:params:oauth:grant-type:device_code":
                return self._devices.poll(_needed(fields, "device_code"), client_id=client.id)
            case "":
                raise OAuthProblem("invalid_request", "grant_type is missing.")
            case _:
                raise OAuthProblem(
                    "unsupported_grant_type", f"There are {CODE}, {REFRESH} and {DEVICE}."
                )

    def _members(self, issued: Issued) -> dict[str, Any]:
        members = {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": round(self._grants.policy.token_lifetime),
            "scope": " ".join(issued.approval.scopes),
        }
        if issued.refresh_token is not None:
            members["refresh_token"] = issued.refresh_token
        return members

    def revoke(self, request: Request, fields: Fields) -> Response:
        """Revoke a token, and all that was granted with it (RFC 7009)."""
        client = client_of(request, fields)
        request.state.oauth = client.id
        name, setting = self._fault(request, "revoke")
        if name in INSTEAD:
            return INSTEAD[name](setting)
        self._grants.revoke_token(_needed(fields, "token"), client_id=client.id)
        return WIRE[name]({}, setting) if name in WIRE else Response(headers=NO_STORE)

    def device(self, request: Request, fields: Fields) -> Response:
        """Let a device wait for a person (RFC 8628 section 3.1)."""
        client = client_of(request, fields)
        request.state.oauth = client.id
        scopes = parse_scopes(fields.get("scope", ""))
        name, setting = self._fault(request, "device")
        if name in INSTEAD:
            return INSTEAD[name](setting)
        codes = self._devices.begin(client.id, scopes)
        uri = f"{issuer_of(request)}/device"
        members = {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": uri,
            "verification_uri_complete": f"{uri}?user_code={codes.user_code}",
            "expires_in": codes.expires_in,
            "interval": codes.interval,
        }
        return JSONResponse(TWISTED_DEVICE.get(name, dict)(members), headers=NO_STORE)

    def _fault(
        self, request: Request, place: Any, grant_type: str = ""
    ) -> tuple[str, FaultSetting]:
        taken = self._faults.take(place, grant_type)
        if taken is None:
            return "", OFF
        fault, setting = taken
        request.state.fault = fault.name
        return fault.name, setting


def handle_oauth_problems(app: FastAPI) -> None:
    """Give the errors of the endpoints the form that the RFCs say."""
    app.exception_handler(OAuthProblem)(_on_oauth_problem)


def _on_oauth_problem(_: Request, problem: OAuthProblem) -> Response:
    return JSONResponse(
        {"error": problem.code, "error_description": problem.description},
        problem.status,
        {**NO_STORE, **problem.headers},
    )


def _needed(fields: dict[str, str], name: str) -> str:
    if name not in fields:
        raise OAuthProblem("invalid_request", f"{name} is missing.")
    return fields[name]
