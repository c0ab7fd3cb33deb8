"""An authorization server as far as a prompt sees it; the test plays the browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx

from tests.loopback import Loopback, Received, reply, serving

SECRET = "the-client-secret"

APP_FILE = """\
[app]
id = "prospects"
name = "Prospects"

[[connections]]
owner = "user"
type = "oauth2"
title = "Your Sequencer account"
client_id = "notebooks"
authorization_endpoint = "{url}/authorize"
token_endpoint = "{url}/token"
revocation_endpoint = "{url}/revoke"
scopes = ["mail.read", "mail.send"]
hosts = ["127.0.0.1"]
"""
DEVICE = 'device_authorization_endpoint = "{url}/device"\n'
CONFIDENTIAL = 'client_authentication = "client_secret_post"\n'


class Provider:
    """Gives a token ``at-CODE`` for each code.

    Attributes:
        refused: The code or the client secret that it refuses.
        gate: While it is cleared, no token is given.
        expires_in: Seconds that a token lasts.
        renews: Whether it renews them.
        device_allowed: Whether the person has signed in on the other device.
        revocation_status: What it answers to a revocation.
    """

    def __init__(self) -> None:
        self.refused = {"bad": "invalid_grant"}
        self.expires_in = 3600
        self.renews = True
        self.gate = threading.Event()
        self.gate.set()
        self.device_allowed = threading.Event()
        self.revocation_status = 200
        self.loopback: Loopback

    @property
    def url(self) -> str:
        return self.loopback.url

    @property
    def requests(self) -> list[Received]:
        return self.loopback.received

    def app_file(self, *more: str) -> str:
        """Return an app file with this provider, and what else is to stand in its connection."""
        return (APP_FILE + "".join(more)).format(url=self.url)

    def tokens_asked(self) -> list[dict[str, str]]:
        """Return the forms that came to the token endpoint."""
        return [dict(parse_qsl(r.body.decode())) for r in self.requests if r.path == "/token"]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        received = self.requests[-1]
        form = dict(parse_qsl(received.body.decode()))
        if received.path == "/token":
            self.gate.wait(30)
            status, content = self._token(form)
        elif received.path == "/device":
            status, content = 200, self._device()
        else:
            status, content = self.revocation_status, {}
        headers = {"Content-Type": "application/json"}
        reply(handler, status, json.dumps(content).encode(), headers)

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        for given in (form.get("code"), form.get("client_secret")):
            if given in self.refused:
                return 400, {"error": self.refused[given]}
        if "device_code" in form and not self.device_allowed.is_set():
            return 400, {"error": "authorization_pending"}
        if "refresh_token" in form and not self.renews:
            return 400, {"error": "invalid_grant"}
        code = form.get("code", "device")
        return 200, {
            "access_token": f"at-{code}",
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": f"rt-{code}",
        }

    def _device(self) -> dict[str, object]:
        return {
            "device_code": "the-device-code",
            "user_code": "ABCD-EFGH",
            "verification_uri": f"{self.url}/enter",
            "verification_uri_complete": f"{self.url}/enter?user_code=ABCD-EFGH",
            "expires_in": 600,
            "interval": 0.05,
        }


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run one until the block ends."""
    provider = Provider()
    with serving(provider.answer) as provider.loopback:
        yield provider
        provider.gate.set()


def callback(authorization_url: str, **answer: str) -> str:
    """Return the address that the provider sends a browser to."""
    asked = parse_qs(urlsplit(authorization_url).query)
    query = urlencode({"state": asked["state"][0], **answer})
    return f"{asked['redirect_uri'][0]}?{query}"


def come_back(authorization_url: str, **answer: str) -> httpx.Response:
    """Come back from the provider to where it was asked to send the browser."""
    return httpx.get(callback(authorization_url, **answer), timeout=30)
