"""The routes of the server extension, asked over HTTP."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import pytest
from jupyter_server.base.handlers import APIHandler
from tornado.web import RequestHandler

from attio_nb.callback import CallbackFiles
from attio_nb.jupyter.limits import Bucket
from attio_nb.jupyter.routes import routes
from attio_nb.jupyter.tab import Tab

if TYPE_CHECKING:
    from tests.jupyter.conftest import Server

GROUPS = {"([0-9a-f]{64})": "0" * 64, "([a-z_]+)": "attio_connect"}


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
OPEN = ("/user/alice/attio-nb/oauth/callback", "GET")
"""It is checked by the state of a sign-in instead: see test_callback.py."""

CLOSED = [each for each in ANSWERED if each != OPEN]
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


def test_one_route_alone_is_open() -> None:
    assert ANSWERED.count(OPEN) == 1
    assert len(WRITING) == 4
    assert len(CLOSED) == 8


def test_the_version_is_the_installed_one(server: Server) -> None:
    answer = httpx.get(f"{server.url}attio-nb/version", headers=server.headers, timeout=30)
    assert answer.json() == {"version": version("attio-nb")}
