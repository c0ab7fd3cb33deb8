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


@dataclass(frozen=True)
class Alice:
    """A user of a hub: her browser, and the files that her server and her kernels share."""

    browser: httpx.Client
    hub: str
    files: CallbackFiles
    log: Path

    @property
    def callback(self) -> str:
        """The one address that is registered at the provider."""
        return f"{self.hub}/user-redirect/attio-nb/oauth/callback"


@pytest.fixture(scope="module")
def alice(session_home: Path, program: Callable[..., str]) -> Iterator[Alice]:
    """Log alice in, and let her server start."""
    assert program("node")
    directory = session_home / "hub"
    runtime, proxy = directory / "runtime", NODE_MODULES / ".bin/configurable-http-proxy"
    with (
        running_hub(directory, proxy, {"JUPYTER_RUNTIME_DIR": str(runtime)}) as running,
        httpx.Client(follow_redirects=True, timeout=30) as browser,
    ):
        hub = f"http://127.0.0.1:{running.port}/hub"
        browser.get(f"{hub}/login")
        token = next(each.value for each in browser.cookies.jar if each.name == "_xsrf")
        form = {"username": "alice", "password": HUB_PASSWORD, "_xsrf": token or ""}
        browser.post(f"{hub}/login", data=form)
        while "/user/alice/" not in str(browser.get(f"{hub}/spawn/alice").url):
            time.sleep(0.1)
        yield Alice(browser, hub, CallbackFiles.below(runtime), running.log)


def test_a_sign_in_comes_back_to_the_users_own_server(alice: Alice) -> None:
    with begun(alice.files) as one:
        url = one.sign_in.authorization_url(alice.callback)
        answer = alice.browser.get(callback(url, code="one"))
        asked = one.provider.tokens_asked()
    assert answer.url.path == "/user/alice/attio-nb/oauth/callback"
    assert "Connected. You can close this tab." in answer.text
    assert "style-src 'sha256-" in answer.headers["Content-Security-Policy"]
    assert one.got == ["at-one"]
    # The provider is told the address that it knows, not the one that the hub has led on to.
    assert [form["redirect_uri"] for form in asked] == [alice.callback]


def test_a_state_that_nobody_expects_is_refused_and_not_logged(alice: Alice) -> None:
    answer = alice.browser.get(f"{alice.callback}?code=a-secret-code&state=a-secret-state")
    assert answer.status_code == 400
    assert "Not connected." in answer.text
    lines = alice.log.read_text().splitlines()
    own = [line for line in lines if "ServerApp" in line and "attio-nb/oauth/callback" in line]
    assert own
    assert "a-secret" not in "".join(own)
