"""Authorization servers that we have not made, each in a process of its own on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
CLIENT_SECRET = "the: client%secret"

APP_FILE = """\
[app]
id = "sequences"
name = "Sequences"

[[connections]]
owner = "user"
type = "oauth2"
title = "Sequencer account"
issuer = "{issuer}"
client_id = "{client_id}"
scopes = {scopes}
hosts = ["127.0.0.1"]
"""


@dataclass(frozen=True)
class AuthorizationServer:
    """A server at which alice can sign in.

    Attributes:
        issuer: What it calls itself.
        api: What a token is good for: it answers with ``{"sub": "alice"}``.
        log: Where its output goes.
        scopes: What can be asked for.
        connection: What else has to stand in the connection of an app file.
        metadata: Where it tells of itself, below ``.well-known``.
        device_client: The client of the device flow.
        device_connection: What else has to stand there for that.
    """

    issuer: str
    api: str
    log: Path
    scopes: str
    connection: str = ""
    metadata: str = "oauth-authorization-server"
    device_client: str = "public"
    device_connection: str = ""

    def app_file(self, client_id: str = "public", *more: str, scopes: str = "") -> str:
        """Return an app file with one connection, to this server.

        Args:
            client_id: ``public`` or ``confidential``.
            more: Lines for the connection.
            scopes: An array of TOML in place of what is asked for elsewhere.
        """
        app_file = APP_FILE.format(
            issuer=self.issuer, client_id=client_id, scopes=scopes or self.scopes
        )
        return "\n".join([app_file + self.connection, *more])

    def register(self, redirect_uri: str) -> str:
        """Register one more public client (RFC 7591), and return its id."""
        client = {
            "grant_types": ["authorization_code", "refresh_token"],
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": "none",
        }
        answer = httpx.post(f"{self.issuer}/reg", json=client, timeout=30)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["client_id"])


@contextmanager
def oidc_provider(node: str, directory: Path) -> Iterator[AuthorizationServer]:
    """Run npm's oidc-provider until the block ends."""
    assert NODE_MODULES.exists(), f"{NODE_MODULES} is missing: run make setup"
    log = directory / "oidc-provider.log"
    with _running([node, str(HERE / "oidc_server.mjs")], log) as issuer:
        yield AuthorizationServer(
            issuer=issuer,
            api=f"{issuer}/me",
            log=log,
            metadata="openid-configuration",
            scopes='["openid", "offline_access", "mail.read"]',
            # Without the prompt it grants no offline access.
            connection='authorization_parameters = { prompt = "consent" }',
        )


@contextmanager
def django_provider(directory: Path) -> Iterator[AuthorizationServer]:
    """Run django-oauth-toolkit until the block ends."""
    log = directory / "django.log"
    command = [sys.executable, str(HERE / "django_server.py"), str(directory)]
    with _running(command, log) as issuer:
        yield AuthorizationServer(
            issuer=issuer,
            api=issuer.replace("/accounts/o", "/whoami"),
            log=log,
            scopes='["mail.read"]',
            device_client="device",
            # Its metadata does not tell.
            device_connection=f'device_authorization_endpoint = "{issuer}/device-authorization/"',
        )


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[str]:
    """Run a server until the block ends; the first line that it prints is its address."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, env=os.environ, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, f"{command} has ended: {log.read_text()}"
            yield address
        finally:
            process.terminate()
