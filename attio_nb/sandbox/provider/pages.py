"""What people see of the provider: sign-in and consent, the device page, the grants, the faults."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from attio_nb.sandbox.model import Scope
from attio_nb.sandbox.provider.authorization import (
    Destination,
    Request,
    read_destination,
    read_request,
)
from attio_nb.sandbox.provider.devices import Devices
from attio_nb.sandbox.provider.effects import CALLBACK
from attio_nb.sandbox.provider.faults import FAULTS, Faults, FaultSetting
from attio_nb.sandbox.provider.grants import Approval, Grants
from attio_nb.sandbox.provider.model import (
    CLIENTS,
    CODE,
    DEVICE,
    PEOPLE,
    REFRESH,
    SCOPES,
    OAuthProblem,
)
from attio_nb.sandbox.provider.reading import issuer_of, lists_of, own_page_only
from attio_nb.sandbox.rendering import Renderer

__all__ = ["OAuthPages", "oauth_section"]

FREQUENCIES = ("off", "next 1", "next 3", "5 %", "50 %", "always")

Form = Annotated[dict[str, list[str]], Depends(lists_of)]


def oauth_section(request: HttpRequest) -> dict[str, Any]:
    """Give a template what it needs to say how one signs in with OAuth."""
    return {"issuer": issuer_of(request), "clients": CLIENTS.values(), "snippet": _snippet(request)}


class OAuthPages:
    """The pages of the provider.

    Args:
        grants: What was granted.
        devices: Who waits for it.
        faults: What goes wrong.
        renderer: Makes the pages.
    """

    def __init__(
        self, grants: Grants, devices: Devices, faults: Faults, renderer: Renderer
    ) -> None:
        self._grants = grants
        self._devices = devices
        self._faults = faults
        self._page = renderer.page

    def add_to(self, app: FastAPI) -> None:
        """Give an application these pages."""
        router = APIRouter(include_in_schema=False)
        own = [Depends(own_page_only)]
        router.add_api_route("/oauth", self.about)
        router.add_api_route("/oauth/authorize", self.ask)
        router.add_api_route("/oauth/authorize", self.decide, methods=["POST"], dependencies=own)
        router.add_api_route("/oauth/device", self.ask_device)
        router.add_api_route(
            "/oauth/device", self.decide_device, methods=["POST"], dependencies=own
        )
        router.add_api_route("/oauth/grants", self.grants)
        router.add_api_route("/oauth/grants", self.change_grant, methods=["POST"], dependencies=own)
        router.add_api_route("/oauth/faults", self.faults)
        router.add_api_route("/oauth/faults", self.set_faults, methods=["POST"], dependencies=own)
        router.add_api_route(
            "/oauth/faults", self.clear_faults, methods=["DELETE"], dependencies=own
        )
        router.add_api_route(
            "/oauth/faults/form", self.save_faults, methods=["POST"], dependencies=own
        )
        app.include_router(router)

    def about(self, request: HttpRequest) -> HTMLResponse:
        """Show how one connects with OAuth."""
        return self._page("oauth.html", policy=self._grants.policy, **oauth_section(request))

    def ask(self, request: HttpRequest) -> Response:
        """Let a person sign in, who is then asked (RFC 6749 section 3.1)."""
        return self._answer(request, {})

    def decide(self, request: HttpRequest, form: Form) -> Response:
        """Take the next step: the person has signed in, or has said yes or no."""
        return self._answer(request, form)

    def _answer(self, request: HttpRequest, form: dict[str, list[str]]) -> Response:
        query = request.url.query
        try:
            destination = read_destination(query)
        except OAuthProblem as problem:
            return self._page("oauth_error.html", status=400, message=problem.description)
        try:
            asked = read_request(query, destination)
            person = _one(form, "person")
            if person not in PEOPLE:
                return self._sign_in(request, asked.destination.client.name)
            if not _one(form, "decision"):
                return self._consent(request, asked, person)
            approval = _decision(form, destination.client.id, person, asked.scopes)
        except OAuthProblem as problem:
            error = [("error", problem.code), ("error_description", problem.description)]
            return self._send_back(request, destination, error)
        code = self._grants.new_code(
            approval, redirect_uri=destination.redirect_uri, challenge=asked.challenge
        )
        return self._send_back(request, destination, [("code", code)])

    def _sign_in(self, request: HttpRequest, client: str, **hidden: str) -> HTMLResponse:
        return self._page(
            "sign_in.html",
            action=_here(request),
            client=client,
            people=PEOPLE.values(),
            hidden=hidden,
        )

    def _consent(self, request: HttpRequest, asked: Request, person: str) -> HTMLResponse:
        destination = asked.destination
        return self._page(
            "consent.html",
            action=_here(request),
            client=destination.client,
            person=PEOPLE[person],
            scopes=[(scope, SCOPES[scope]) for scope in asked.scopes],
            hidden={"person": person},
            leads_to=destination.redirect_uri,
            forms_lead_to=destination.source,
        )

    def _send_back(
        self, request: HttpRequest, destination: Destination, answer: Sequence[tuple[str, str]]
    ) -> Response:
        pairs = [*answer, ("state", destination.state), ("iss", issuer_of(request))]
        taken = self._faults.take("callback")
        if taken:
            pairs = CALLBACK[taken[0].name](pairs)
        address = destination.address([pair for pair in pairs if pair[1]])
        # 303, so that what the person posted here is posted nowhere else (RFC 9700 section 4.12).
        return RedirectResponse(
            address, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        )

    def ask_device(self, user_code: str = "") -> HTMLResponse:
        """Let a person type the code that their device shows (RFC 8628 section 3.3)."""
        return self._page("device.html", user_code=user_code, trouble="")

    def decide_device(self, request: HttpRequest, form: Form) -> HTMLResponse:
        """Take the next step: a code was typed, the person has signed in, or has said yes or no."""
        user_code, person = _one(form, "user_code"), _one(form, "person")
        waiting = self._devices.waiting(user_code)
        if waiting is None:
            trouble = "No device waits with this code. Look at it again, or start anew there."
            return self._page("device.html", status=400, user_code=user_code, trouble=trouble)
        client = CLIENTS[waiting.client_id]
        if person not in PEOPLE:
            return self._sign_in(request, client.name, user_code=user_code)
        if not _one(form, "decision"):
            return self._page(
                "consent.html",
                action=_here(request),
                client=client,
                person=PEOPLE[person],
                scopes=[(scope, SCOPES[scope]) for scope in waiting.scopes],
                hidden={"person": person, "user_code": user_code},
                leads_to="",
            )
        try:
            approval = _decision(form, client.id, person, waiting.scopes)
        except OAuthProblem:
            approval = None
        self._devices.decide(user_code, approval)
        return self._page("device_done.html", allowed=approval is not None, client=client)

    def grants(self) -> HTMLResponse:
        """Show what stands, with what a person may do about it."""
        return self._page(
            "grants.html",
            grants=self._grants.standing(),
            people=PEOPLE,
            clients=CLIENTS,
            now=self._grants.now(),
        )

    def change_grant(self, form: Form) -> Response:
        """Revoke a grant, or end its access token."""
        change = {"revoke": self._grants.revoke, "expire": self._grants.expire}
        if _one(form, "change") in change:
            change[_one(form, "change")](_one(form, "grant"))
        return RedirectResponse("/oauth/grants", 303)

    def faults(self) -> HTMLResponse:
        """Show the switches."""
        return self._page(
            "faults.html",
            places=[(place, list(faults)) for place, faults in _by_place()],
            on=self._faults.all(),
            frequencies=FREQUENCIES,
            grant_types=(CODE, REFRESH, DEVICE),
        )

    def set_faults(
        self, settings: Annotated[dict[str, str | FaultSetting], Body()]
    ) -> JSONResponse:
        """Turn switches from a program, and tell which are on."""
        self._faults.set(settings)
        return self._on()

    def clear_faults(self) -> JSONResponse:
        """Turn everything off from a program."""
        self._faults.clear()
        return self._on()

    def save_faults(self, form: Form) -> Response:
        """Turn switches from the page."""
        if _one(form, "change") == "clear":
            self._faults.clear()
        else:
            only = _one(form, "grant_type")
            self._faults.set(
                {
                    name: FaultSetting(
                        when=_one(form, name),
                        grant_type=only if fault.place == "token" else "",
                        seconds=self._faults[name].seconds,
                    )
                    for name, fault in FAULTS.items()
                    if name in form
                }
            )
        return RedirectResponse("/oauth/faults", 303)

    def _on(self) -> JSONResponse:
        return JSONResponse(
            {name: setting.model_dump() for name, setting in self._faults.all().items()}
        )


def _decision(
    form: dict[str, list[str]], client_id: str, person: str, asked: tuple[Scope, ...]
) -> Approval:
    """Find out what a person said yes to.

    Raises:
        OAuthProblem: They said no.
    """
    # The page always sends one that is empty: a program that sends none means all.
    ticked = form.get("scope", [*asked])
    scopes = tuple(scope for scope in asked if scope in ticked)
    if _one(form, "decision") != "allow" or not scopes:
        raise OAuthProblem("access_denied", "The person said no.")
    return Approval(client_id, person, scopes)


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _here(request: HttpRequest) -> str:
    # The authorization request stays in the address, from page to page.
    return f"{request.url.path}?{request.url.query}".rstrip("?")


def _by_place() -> Any:
    return groupby(FAULTS.values(), key=lambda fault: fault.place)


def _snippet(request: HttpRequest) -> str:
    scopes = ", ".join(f'"{scope}"' for scope in Scope)
    return f"""\
[[connections]]
owner = "user"
type = "oauth2"
title = "Sequencer account"
issuer = "{issuer_of(request)}"
client_id = "sandbox-public"
scopes = [{scopes}]
hosts = ["{request.url.hostname}"]
"""
