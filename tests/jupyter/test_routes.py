"""The routes of the server extension, asked over HTTP."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import pytest
from jupyter_server.base.handlers import APIHandler
from tornado.web import RequestHandler

from attio_nb.jupyter.routes import routes

if TYPE_CHECKING:
    from tests.jupyter.conftest import Server

ANSWERED = [
    (path, method)
    for path, handler in routes("/user/alice/")
    for method in RequestHandler.SUPPORTED_METHODS
    if getattr(handler, method.lower()) is not getattr(APIHandler, method.lower())
]


@pytest.mark.parametrize(("path", "method"), ANSWERED)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token guessed"}], ids=["no", "wrong"])
def test_every_route_refuses_whoever_has_no_token(
    server: Server, path: str, method: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, urljoin(server.url, path), headers=headers, timeout=30)
    assert answer.status_code == 403
    assert "version" not in answer.text


def test_the_version_is_the_installed_one(server: Server) -> None:
    token = {"Authorization": f"token {server.token}"}
    answer = httpx.get(f"{server.url}attio-nb/version", headers=token, timeout=30)
    assert answer.json() == {"version": version("attio-nb")}
