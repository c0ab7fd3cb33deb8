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
from attio_nb.jupyter.routes import routes

if TYPE_CHECKING:
    from tests.jupyter.conftest import Server

ANSWERED = [
    (path.replace("([0-9a-f]{64})", "0" * 64), method)
    for path, handler, _ in routes("/user/alice/", CallbackFiles(Path("unused")))
    for method in RequestHandler.SUPPORTED_METHODS
    if getattr(handler, method.lower())
    not in (getattr(APIHandler, method.lower()), getattr(RequestHandler, method.lower()))
]
OPEN = ("/user/alice/attio-nb/oauth/callback", "GET")
"""It is checked by the state of a sign-in instead: see test_callback.py."""


@pytest.mark.parametrize(("path", "method"), [each for each in ANSWERED if each != OPEN])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token guessed"}], ids=["no", "wrong"])
def test_every_route_refuses_whoever_has_no_token(
    server: Server, path: str, method: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, urljoin(server.url, path), headers=headers, timeout=30)
    assert answer.status_code == 403
    assert "version" not in answer.text


def test_one_route_alone_is_open() -> None:
    assert ANSWERED.count(OPEN) == 1
    assert len(ANSWERED) > 1


def test_the_version_is_the_installed_one(server: Server) -> None:
    answer = httpx.get(f"{server.url}attio-nb/version", headers=server.headers, timeout=30)
    assert answer.json() == {"version": version("attio-nb")}
