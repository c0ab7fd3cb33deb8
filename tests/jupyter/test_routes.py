"""The routes of the server extension, asked over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import pytest
from jupyter_server.base.handlers import APIHandler
from tornado.web import RequestHandler

from attio_nb.app.read import read_app
from attio_nb.callback import CallbackFiles
from attio_nb.connections.model import Grant, StoredConnection
from attio_nb.connections.resolve import place_of
from attio_nb.connections.secret import SecretStr
from attio_nb.execution import Execution
from attio_nb.jupyter.limits import Bucket
from attio_nb.jupyter.routes import routes
from attio_nb.jupyter.tab import Tab
from attio_nb.oauth.client import client_slot
from attio_nb.prompts.answers import answers
from attio_nb.prompts.prompts import Prompts
from attio_nb.tab.actions import actions

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.session import Session
    from tests.jupyter.conftest import Project, Server

GROUPS = {
    "([0-9a-f]{64})": "0" * 64,
    "([a-z_]+)": "attio_connect",
    "([A-Za-z0-9._~-]+)": "mail",
}


def no_tab() -> Tab:
    raise AssertionError("nobody is answered")


def filled(pattern: str) -> str:
    for group, example in GROUPS.items():
        pattern = pattern.replace(group, example)
    return pattern


ANSWERED = [
    (filled(pattern), method)
    for pattern, handler, _ in routes(
        "/user/alice/", CallbackFiles(Path("unused")), Bucket(1, 1), no_tab
    )
    for method in RequestHandler.SUPPORTED_METHODS
    if getattr(handler, method.lower())
    not in (getattr(APIHandler, method.lower()), getattr(RequestHandler, method.lower()))
]
OPEN = [
    ("/user/alice/attio-nb/oauth/callback", "GET"),
    ("/user/alice/attio-nb/oauth/callback/mail", "GET"),
]
"""They are checked by the state of a sign-in instead: see test_callback.py."""

CLOSED = [each for each in ANSWERED if each not in OPEN]
WRITING = [each for each in ANSWERED if each[1] != "GET"]


@pytest.fixture(scope="module")
def cookies(server: Server) -> httpx.Cookies:
    """What a browser has that is logged in."""
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        browser.get(f"{server.url}login", params={"token": server.token, "next": server.base_url})
        assert browser.get(f"{server.url}attio-nb/version").status_code == 200
        return browser.cookies


@pytest.mark.parametrize(("path", "method"), CLOSED)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token guessed"}], ids=["no", "wrong"])
def test_every_route_refuses_whoever_has_no_token(
    server: Server, path: str, method: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, urljoin(server.url, path), headers=headers, timeout=30)
    assert answer.status_code == 403
    assert set(answer.json()) <= {"message", "reason"}


@pytest.mark.parametrize(("path", "method"), WRITING)
@pytest.mark.parametrize("token", [{}, {"X-XSRFToken": "guessed"}], ids=["no", "wrong"])
def test_every_route_that_writes_refuses_what_another_site_lets_a_browser_send(
    server: Server, cookies: httpx.Cookies, path: str, method: str, token: dict[str, str]
) -> None:
    with httpx.Client(cookies=cookies, timeout=30) as browser:
        answer = browser.request(method, urljoin(server.url, path), headers=token, json={})
        assert answer.status_code == 403
        assert "XSRF" in answer.json()["message"] or "_xsrf" in answer.json()["message"]
        own = {"X-XSRFToken": next(c.value or "" for c in cookies.jar if c.name == "_xsrf")}
        let_in = browser.request(method, urljoin(server.url, path), headers=own, json={})
        assert let_in.status_code in (200, 400)


DENYING = """
from jupyter_server.auth import Authorizer

class Denying(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "attio-nb"

c.ServerApp.authorizer_class = Denying
"""


def test_every_route_refuses_whom_the_servers_authorizer_denies_it(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "jupyter_server_config.py").write_text(DENYING)
    server = start(JUPYTER_CONFIG_DIR=str(config))
    for path, method in CLOSED:
        url = urljoin(server.url, path)
        answer = server.http.request(method, url, headers=server.headers, json={})
        assert answer.status_code == 403, (method, path)


def test_the_callback_alone_is_open() -> None:
    assert [each for each in ANSWERED if each in OPEN] == OPEN
    assert len(WRITING) == 5
    assert len(CLOSED) == 9


APP = """
[[connections]]
owner = "user"
type = "secret"

[[connections]]
owner = "workspace"
type = "oauth2"
client_id = "notebooks"
authorization_endpoint = "http://127.0.0.1:9/authorize"
token_endpoint = "http://127.0.0.1:9/token"
client_authentication = "client_secret_post"
"""
VALUES = [f"one-of-the-values-{number}" for number in range(4)]


def keep_values(project: Project) -> None:
    """Put every kind of value into the vault."""
    project.write(APP)
    app = read_app(project.file)
    execution, now = Execution("local", "alice", "admin"), datetime.now(UTC)
    secret, sign_in = (place_of(app.id, each, execution) for each in app.connections)
    refresh_token = SecretStr(VALUES[2])
    grant = Grant(sign_in.authority, refresh_token, 0, inf, inf, (), expired=False)
    for slot, value, more in (
        (secret.slot, VALUES[0], None),
        (sign_in.slot, VALUES[1], grant),
        (client_slot(sign_in), VALUES[3], None),
    ):
        project.server.vault.put(
            slot, StoredConnection("an-id", SecretStr(value), "bob", now, more)
        )


def test_no_answer_and_no_line_of_the_log_holds_a_value(project: Project) -> None:
    keep_values(project)
    assert project.standings() == ["connected", "connected"]
    own = {"path": project.path, "acting": "", "definition": {}, "editing": None}
    wanted = [(path, method, {}) for path, method in CLOSED if "/ask/" not in path]
    for type_ in [*answers(Prompts()), *actions(no_session, Prompts()), "attio_session"]:
        for owner in ("user", "workspace"):
            asked = {"owner": owner, "key": None, "prompt_id": "x", "prompt_ids": ["x"]}
            wanted.append((f"/user/alice/attio-nb/ask/{type_}", "POST", asked))
    for path, method, more in wanted:
        url, headers = urljoin(project.server.url, path), project.server.headers
        answer = project.server.http.request(
            method, url, headers=headers, params={"path": project.path}, json=own | more
        )
        assert answer.status_code in (200, 400)
        assert not [value for value in VALUES if value in answer.text]
    # Everything was deleted, the secret of the client too.
    assert project.standings() == ["not-connected", "not-configured"]
    log = project.server.log.read_text()
    assert not [value for value in VALUES if value in log]


def no_session() -> Session:
    raise AssertionError("nobody is asked")


def test_the_version_is_the_installed_one(server: Server) -> None:
    answer = httpx.get(f"{server.url}attio-nb/version", headers=server.headers, timeout=30)
    assert answer.json() == {"version": version("attio-nb")}
