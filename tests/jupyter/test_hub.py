"""A sign-in that comes back through a real JupyterHub, which has one callback for all its users."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from attio_nb.callback import CallbackFiles
from tests.authorization.servers import NODE_MODULES
from tests.jupyter.conftest import begun
from tests.notebook.provider import callback
from tests.servers import HUB_PASSWORD, running_hub

pytestmark = pytest.mark.skipif(os.name == "nt", reason="JupyterHub needs POSIX")


BASE_URL = "/team/"


class AtLoopback(httpx.HTTPTransport):
    """Finds the hub's host and those of its users on this computer, as a browser's DNS would."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return super().handle_request(there)


@dataclass(frozen=True)
class Alice:
    """A user of a hub: her browser, and where her servers and their kernels share files."""

    browser: httpx.Client
    hub: str
    runtime: Path
    log: Path

    @property
    def callback(self) -> str:
        """The one address that is registered at the provider."""
        return f"{self.hub}/user-redirect/attio-nb/oauth/callback"

    def start(self, server: str = "") -> None:
        """Start a server: the default one, or a named one."""
        spawn = "/".join(filter(None, [self.hub, "spawn/alice", server]))
        own = "/".join(filter(None, ["/user/alice", server, "lab"]))
        while not (answer := self.browser.get(spawn)).url.path.endswith(own):
            assert answer.is_success, answer.text
            time.sleep(0.1)


@pytest.fixture(scope="module")
def alice(session_home: Path, program: Callable[..., str]) -> Iterator[Alice]:
    """Log alice in to a hub that gives each user a subdomain."""
    assert program("node")
    directory = session_home / "hub"
    runtime, proxy = directory / "runtime", NODE_MODULES / ".bin/configurable-http-proxy"
    with (
        running_hub(
            directory, proxy, {}, base_url=BASE_URL, domain="lab.test", runtime=runtime
        ) as running,
        httpx.Client(follow_redirects=True, timeout=30, transport=AtLoopback()) as browser,
    ):
        hub = f"http://lab.test:{running.port}{BASE_URL}hub"
        browser.get(f"{hub}/login")
        token = next(each.value for each in browser.cookies.jar if each.name == "_xsrf")
        form = {"username": "alice", "password": HUB_PASSWORD, "_xsrf": token or ""}
        browser.post(f"{hub}/login", data=form)
        yield Alice(browser, hub, runtime, running.log)


@pytest.mark.parametrize("server", ["", "mail-2"])
def test_a_sign_in_comes_back_to_the_server_that_began_it(alice: Alice, server: str) -> None:
    """A named server is reached through the default one, which starts for that."""
    alice.start(server)
    path = "/".join(filter(None, [f"{BASE_URL}user/alice", server]))
    environ = {"JUPYTERHUB_SERVER_NAME": server, "JUPYTERHUB_SERVICE_PREFIX": f"{path}/"}
    files = CallbackFiles(alice.runtime / server / "attio_nb", environ=environ)
    with begun(files) as one:
        url = one.sign_in.authorization_url(alice.callback)
        answer = come_back(alice, callback(url, code="one"))
        asked = one.provider.tokens_asked()
    assert answer.url.host == "alice.lab.test"
    assert answer.url.raw_path.decode().startswith(f"{path}/attio-nb/oauth/callback?")
    assert "Connected. You can close this tab." in answer.text
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert one.got == ["at-one"]
    # The provider is told the address that it knows, not the one that the hub has led on to.
    assert [form["redirect_uri"] for form in asked] == [alice.callback]


def test_the_address_of_a_users_own_host_can_be_pasted(alice: Alice) -> None:
    files = CallbackFiles(alice.runtime / "attio_nb", environ={})
    with begun(files) as one:
        url = callback(one.sign_in.authorization_url(alice.callback), code="one")
        there = url.replace("lab.test", "alice.lab.test").replace("hub/user-redirect", "user/alice")
        one.sign_in.accept(there)
        assert one.sign_in.wait(30)
    assert one.got == ["at-one"]


def come_back(alice: Alice, address: str) -> httpx.Response:
    """Follow the hub until the page of a callback, which is behind a page while a server starts."""
    while "attio-nb/oauth/callback" not in (answer := alice.browser.get(address)).url.path:
        time.sleep(0.1)
    return answer


def test_a_state_that_nobody_expects_is_refused_and_not_logged(alice: Alice) -> None:
    alice.start()
    answer = alice.browser.get(f"{alice.callback}?code=a-secret-code&state=a-secret-state")
    assert answer.status_code == 400
    assert "Not connected." in answer.text
    lines = alice.log.read_text().splitlines()
    own = [line for line in lines if "ServerApp" in line and "attio-nb/oauth/callback" in line]
    assert own
    assert "a-secret" not in "".join(own)
