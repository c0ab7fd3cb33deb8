"""An authorization server and a small API on loopback, which misbehave as a test says."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

PROMPTLY = 20.0
"""In seconds: how long a test waits for what has to happen. No test waits as long."""


class Call(NamedTuple):
    """One request that came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Reply:
    """One answer.

    Attributes:
        body: Bytes as they are; anything else as JSON.
        status: The HTTP status.
        headers: Further headers.
        held: Set by the test when the answer may be given.
        came: Set by the stub when the request has come.
        carried_out: Whether what was asked for is done first, whatever the answer says.
        hangs_up: Whether the connection is closed in place of an answer.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    came: threading.Event = field(default_factory=threading.Event)
    carried_out: bool = False
    hangs_up: bool = False

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def lost(*, carried_out: bool = True) -> Reply:
    """An answer that never arrives, to a request that was carried out or not."""
    return Reply(carried_out=carried_out, hangs_up=True)


Pairs = list[tuple[str, str]]


class Provider:
    """An authorization server that keeps the rules, until it is told otherwise.

    Attributes:
        url: Its address, which is its issuer too.
        calls: What came in.
        metadata: What its metadata say; None for a member that is left out.
        token_path: Where its token endpoint is; its metadata say so once `move_token_endpoint` is
            called.
        gone: What is answered at a path where something was once.
        back: What becomes of the parameters of a callback.
        token_answers: What the token endpoint answers next, in place of a token.
        token_changes: What the members of a token answer are changed to; None leaves one out.
        revocation_answers: What the revocation endpoint answers next.
        device_answers: What the token endpoint answers next to a device.
        device: What the device endpoint answers.
        client_secret: The secret that a client has to send in the form; None for any, or none.
        wrong_client_secret: What another secret is answered.
        rotates: Whether a refresh token is good for one refresh; using it again ends the grant.
        grace: Whether the last refresh token that was used may be used again.
        access_tokens: Those that the API takes.
        codes: Those that were not redeemed yet.
        knows_client: Says whether a request comes from a client that it knows.
        refuses_client: What it answers to all others; nothing is spent by them.
        before_api: Is called for each call of the API, before it is answered.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.metadata: dict[str, Any] = {
            "issuer": url,
            "authorization_endpoint": f"{url}/authorize",
            "token_endpoint": f"{url}/token",
            "revocation_endpoint": f"{url}/revoke",
            "device_authorization_endpoint": f"{url}/device_authorization",
            "registration_endpoint": f"{url}/register",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.well_known = ["/.well-known/oauth-authorization-server"]
        self.metadata_answers: deque[Reply] = deque()
        self.token_path = "/token"
        self.gone: dict[str, Reply] = {}
        self.back: Callable[[Pairs], Pairs] = list
        self.token_answers: deque[Reply] = deque()
        self.token_changes: dict[str, Any] = {}
        self.revocation_answers: deque[Reply] = deque()
        self.device_answers: deque[Reply] = deque()
        self.device: Reply | None = None
        self.registration = Reply({}, 201)
        self.client_secret: str | None = None
        self.wrong_client_secret = Reply({"error": "invalid_client"}, 401)
        self.rotates = True
        self.grace = False
        self.access_tokens: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.knows_client: Callable[[Call], bool] = lambda call: True
        self.refuses_client = Reply({"error": "invalid_client"}, 401)
        self.before_api: Callable[[Call], Reply | None] = lambda call: None
        self._lock = threading.Lock()
        self._refresh_tokens: set[str] = set()
        self._spent: deque[str] = deque()

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(call.path == path for call in self.calls)

    @property
    def token_calls(self) -> list[Call]:
        """What the token endpoint was asked."""
        return [call for call in self.calls if call.path in ("/token", self.token_path)]

    @property
    def refreshes(self) -> int:
        """How often a refresh was asked for."""
        return sum(call.form.get("grant_type") == "refresh_token" for call in self.token_calls)

    def move_token_endpoint(self, path: str, gone: Reply) -> None:
        """Let the token endpoint be elsewhere, as the metadata say from now on.

        Args:
            path: Where it is.
            gone: What is answered where it was.
        """
        self.gone[self.token_path] = gone
        self.token_path = path
        self.metadata["token_endpoint"] = f"{self.url}{path}"

    def forget_access_tokens(self) -> None:
        """Take no access token any more that was given until now."""
        self.access_tokens.clear()

    def answer(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
        if call.path in self.well_known:
            if self.metadata_answers:
                return self.metadata_answers.popleft()
            return Reply(
                {name: value for name, value in self.metadata.items() if value is not None}
            )
        if call.path in self.gone:
            return self.gone[call.path]
        paths: dict[str, Callable[[Call], Reply]] = {
            "/authorize": self._authorize,
            self.token_path: self._token,
            "/revoke": self._revoke,
            "/device_authorization": self._device_authorization,
            "/register": lambda call: self.registration,
            "/api": self._api,
        }
        for_clients = ("/token", "/revoke", "/device_authorization")
        if call.path in for_clients and not self.knows_client(call):
            return self.refuses_client
        return paths.get(call.path, lambda call: Reply({"error": "not here"}, 404))(call)

    def _authorize(self, call: Call) -> Reply:
        code = f"the-code-{secrets.token_hex(8)}"
        with self._lock:
            self.codes[code] = call.query
        pairs = [("code", code), ("state", call.query["state"]), ("iss", self.url)]
        location = f"{call.query['redirect_uri']}?{urlencode(self.back(pairs))}"
        return Reply(status=302, headers={"Location": location})

    def _token(self, call: Call) -> Reply:
        is_device = call.form.get("grant_type", "").endswith("device_code")
        answers = self.device_answers if is_device else self.token_answers
        with self._lock:
            told = answers.popleft() if answers else None
        if told is None:
            return self._granted(call)
        if told.carried_out:
            self._granted(call)
        return told

    def _granted(self, call: Call) -> Reply:
        if self.client_secret is not None and call.form.get("client_secret") != self.client_secret:
            return self.wrong_client_secret
        with self._lock:
            match call.form.get("grant_type", ""):
                case "authorization_code":
                    is_granted = self._redeemed(call.form)
                case "refresh_token":
                    is_granted = self._refreshed(call.form["refresh_token"])
                case _:
                    is_granted = True
            if not is_granted:
                return Reply({"error": "invalid_grant"}, 400)
            access_token = f"the-access-token-{secrets.token_hex(8)}"
            self.access_tokens.add(access_token)
            members = {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": 3600,
                "scope": "mail.read mail.send",
                "refresh_token": self._new_refresh_token(call.form.get("refresh_token")),
                **self.token_changes,
            }
        return Reply({name: value for name, value in members.items() if value is not None})

    def _redeemed(self, form: dict[str, str]) -> bool:
        asked = self.codes.pop(form["code"], None)
        if asked is None:
            return False
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return (
            challenge == asked["code_challenge"] and form["redirect_uri"] == asked["redirect_uri"]
        )

    def _refreshed(self, token: str) -> bool:
        if token in self._refresh_tokens:
            if self.rotates:
                self._refresh_tokens.discard(token)
                self._spent.append(token)
            return True
        if self.grace and self._spent and self._spent[-1] == token:
            return True
        if token in self._spent:
            # Somebody has stolen one of the two.
            self._refresh_tokens.clear()
        return False

    def _new_refresh_token(self, before: str | None) -> str:
        if before is not None and not self.rotates:
            return before
        token = f"the-refresh-token-{secrets.token_hex(8)}"
        self._refresh_tokens.add(token)
        return token

    def _revoke(self, call: Call) -> Reply:
        with self._lock:
            if self.revocation_answers:
                return self.revocation_answers.popleft()
            self._refresh_tokens.discard(call.form["token"])
            self.access_tokens.discard(call.form["token"])
        return Reply()

    def _device_authorization(self, call: Call) -> Reply:
        return self.device or Reply(
            {
                "device_code": "the-device-code",
                "user_code": "ABCD-EFGH",
                "verification_uri": f"{self.url}/device",
                "expires_in": 600,
                "interval": 0.01,
            }
        )

    def _api(self, call: Call) -> Reply:
        told = self.before_api(call)
        if told is not None:
            return told
        is_known = call.headers.get("authorization", "")[len("Bearer ") :] in self.access_tokens
        return Reply({"hello": "you"}) if is_known else Reply({"error": "unauthorized"}, 401)


@contextmanager
def running(*, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Provider]:
    """Run a provider on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            form = dict(parse_qsl(body, keep_blank_values=True))
            call = Call(
                self.command, path, dict(parse_qsl(query, keep_blank_values=True)), headers, form
            )
            self._reply(provider.answer(call))

        do_POST = do_HEAD = do_PUT = do_DELETE = do_GET

        def _reply(self, reply: Reply) -> None:
            reply.came.set()
            if reply.held is not None:
                reply.held.wait(PROMPTLY)
            if reply.hangs_up:
                self.close_connection = True
                return
            # Whoever asked may be gone.
            with suppress(OSError):
                self.send_response(reply.status)
                content_type = {"Content-Type": "application/json"}
                for name, value in {**content_type, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that hang up."""

    with Server((host, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https" if tls else "http"
        provider = Provider(f"{scheme}://{host}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def is_open(url: str) -> bool:
    """Say whether something listens at an address."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5):
            return True
    except ConnectionRefusedError:
        return False
