"""The listener on this computer to which a browser comes back (RFC 8252 section 7.3)."""

from __future__ import annotations

import atexit
import errno
import os
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from attio_nb.callback_page import HEADERS, SPECULATIVE, WITHOUT_STATE, page
from attio_nb.callback_request import is_refusal_without_state, is_speculative, is_visit
from attio_nb.errors import AttioError, AuthorizationError
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attio_nb.app import OAuth2

__all__ = ["CONNECTED", "Listener", "listen"]

LOOPBACK, LOOPBACK6 = "127.0.0.1", "::1"
IDLE_SECONDS = 10.0
"""How long a connection may say nothing; each has a thread of its own."""

ANSWER_SECONDS = 2.0
"""How long the end of a process waits for the answer to a browser."""

CONNECTED = "Go back to the notebook."


class Listener:
    """Waits for one browser, however many others knock.

    Args:
        servers: The servers, bound and not serving yet.
        redirect_uri: The address that they answer.

    Attributes:
        redirect_uri: The address that a provider is told to send the browser to.
    """

    def __init__(self, servers: Sequence[_Server], redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._servers = servers
        for server in servers:
            threading.Thread(
                target=with_installed_packages(server.serve_forever),
                args=(0.05,),
                name="attio_nb callback",
                daemon=True,
            ).start()

    def close(self) -> None:
        """Free the port; an answer that is being given is finished."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


def listen(oauth2: OAuth2, accept: Callable[[str], None]) -> Listener:
    """Listen on the first port that can be had.

    Args:
        oauth2: Which host, ports and path are registered at the provider.
        accept: Takes the address of a callback; the browser waits for its end. Raises an
            `AttioError` that the browser is shown.

    Raises:
        AuthorizationError: None of the registered ports can be had.
    """
    for port in oauth2.redirect_ports or (0,):
        try:
            servers = _servers(oauth2.redirect_host, port)
        except OSError:
            continue
        host = f"{oauth2.redirect_host}:{servers[0].server_port}"
        for server in servers:
            server.expect(host, oauth2.redirect_path or "/", accept)
        return Listener(servers, f"http://{host}{oauth2.redirect_path}")
    raise AuthorizationError(_no_port(oauth2.redirect_ports))


def _servers(host: str, port: int) -> list[_Server]:
    if host == "[::1]":
        return [_Server6((LOOPBACK6, port), _Handler)]
    server = _Server((LOOPBACK, port), _Handler)
    if host != "localhost":
        return [server]
    # A browser that is sent to localhost may try either address first.
    try:
        return [server, _Server6((LOOPBACK6, server.server_port), _Handler)]
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            server.server_close()
            raise
        # There is no IPv6 here.
        return [server]


def _no_port(ports: Sequence[int]) -> str:
    listed = " and ".join(map(str, ports)) or "any"
    return (
        f"The browser has no port to come back to: another program, or the sign-in of another "
        f"notebook, uses {listed}. End it, or register a further port at the provider and add it "
        "to redirect_ports in attio-app.toml."
    )


@contextmanager
def _before_the_process_ends() -> Iterator[None]:
    """Have the process wait, if it ends meanwhile, for the end of the block.

    A script goes on once it is connected, and may be over before the browser has its answer.
    """
    ended = threading.Event()
    atexit.register(ended.wait, ANSWER_SECONDS)
    try:
        yield
    finally:
        ended.set()
        atexit.unregister(ended.wait)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    # On Windows it would let two programs have one port.
    allow_reuse_address = os.name != "nt"

    def expect(self, host: str, path: str, accept: Callable[[str], None]) -> None:
        """Say which callback is meant."""
        port = self.server_port
        self.hosts = {host, f"127.0.0.1:{port}", f"localhost:{port}"}
        self.host, self.path, self.accept = host, path, accept

    @with_installed_packages
    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one browser, on a thread of its own."""
        super().process_request_thread(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of browsers that hang up; what they sent may hold a code."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "attio_nb", ""
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            # A page of another site whose name resolves to this computer (DNS rebinding).
            self._answer(421, "This address answers as 127.0.0.1 or localhost only.")
        elif self.path.partition("?")[0] != self.server.path:
            self._answer(404, "There is nothing here.")
        elif is_speculative(self.headers.items()):
            self._answer(404, SPECULATIVE)
        elif is_refusal_without_state(self.path.partition("?")[2]) and not is_visit(
            self.headers.items()
        ):
            # A page on this computer could end the sign-in with it.
            self._answer(400, WITHOUT_STATE)
        else:
            self._take()

    def _take(self) -> None:
        with _before_the_process_ends():
            try:
                self.server.accept(f"http://{self.server.host}{self.path}")
            except AttioError as error:
                self._answer(400, str(error))
            else:
                self._answer(200, CONNECTED, ok=True)

    def _refuse(self) -> None:
        self._answer(405, "A browser comes here with GET.", Allow="GET")

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _refuse

    def _answer(self, status: int, message: str, *, ok: bool = False, **headers: str) -> None:
        content = page(ok, message)
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no HTTP without repeating it."""
        self._answer(code, "This was not understood.")

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the request line holds the code."""
