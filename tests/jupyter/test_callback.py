"""Where a browser comes back to after a sign-in, on a real server below a path."""

from __future__ import annotations

import asyncio
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from attio_nb.callback import CallbackFiles, state_hash
from attio_nb.errors import AuthorizationError
from attio_nb.jupyter.callback import LONGEST_QUERY, outcome_of, state_of
from tests.jupyter.conftest import begun
from tests.notebook.provider import come_back as come_back_from
from tests.visits import REQUESTS_OF_PAGES, SPECULATIVE, VISITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.jupyter.conftest import Server


def await_value(look: Callable[[], str | None]) -> str:
    """Look until there is something to see."""
    while (seen := look()) is None:
        threading.Event().wait(0.01)
    return seen


class Kernel:
    """Plays the kernel: expects sign-ins, and tells how each went.

    Args:
        files: The files that it shares with the server.
    """

    def __init__(self, files: CallbackFiles) -> None:
        self.files = files
        self.received: list[str] = []

    def expect(self, *, ok: bool = True, message: str = "") -> str:
        """Expect a sign-in, which will go as is said, and return its state."""
        state = secrets.token_urlsafe(32)
        self.files.expect(state)
        threading.Thread(target=self._wait, args=(state, ok, message), daemon=True).start()
        return state

    def _wait(self, state: str, ok: bool, message: str) -> None:
        self.received.append(await_value(lambda: self.files.received(state)))
        self.files.tell(state, ok, message)


@pytest.fixture
def kernel(server: Server) -> Kernel:
    return Kernel(server.files)


def come_back(server: Server, query: str) -> httpx.Response:
    """Come back from the provider, as a browser that has no token of the server."""
    return httpx.get(f"{server.callback}?{query}", timeout=30)


def test_a_sign_in_is_delivered_as_it_came_and_the_page_says_that_it_worked(
    server: Server, kernel: Kernel
) -> None:
    state = kernel.expect()
    answer = come_back(server, f"code=a%2Bb&state={state}&iss=https%3A%2F%2Fas.example")
    assert answer.status_code == 200
    assert "Connected. You can close this tab." in answer.text
    assert kernel.received == [f"code=a%2Bb&state={state}&iss=https%3A%2F%2Fas.example"]


def test_the_page_says_why_a_sign_in_failed_and_shows_markup_as_text(
    server: Server, kernel: Kernel
) -> None:
    state = kernel.expect(ok=False, message='The provider says "<script>no</script>".')
    answer = come_back(server, f"error=access_denied&state={state}")
    assert answer.status_code == 400
    assert "Not connected." in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;no" in answer.text


def test_the_page_loads_nothing_and_passes_nothing_on(server: Server, kernel: Kernel) -> None:
    for query in (f"code=x&state={kernel.expect()}", "code=x&state=wrong"):
        headers = come_back(server, query).headers
        assert "default-src 'none'; style-src 'sha256-" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=x",
        "code=x&state=",
        "code=x&state=wrong",
        "error=access_denied&state=wrong",
        "state={state}",
        "state={state}&error=",
        "state={state}&error=+&code=",
        "code=x&error=access_denied",
        "code=x&state={state}&state={state}",
        "code=x&code=y&state={state}",
        "code=x&state=other&state={state}",
        "code=x&state=..%2F..%2Fetc",
        "code=x&state=%00",
        "code=x&state=%ed%a0%80",
        "code=x&state={state}&" + "a=1&" * 60,
        "code=" + "x" * LONGEST_QUERY + "&state={state}",
    ],
)
def test_what_is_no_answer_to_an_expected_sign_in_is_refused_and_the_sign_in_goes_on(
    server: Server, kernel: Kernel, query: str
) -> None:
    state = kernel.expect()
    answer = come_back(server, query.format(state=state))
    assert answer.status_code == 400
    assert "Not connected." in answer.text
    assert kernel.received == []
    assert come_back(server, f"code=x&state={state}").status_code == 200


def test_the_same_answer_counts_once(server: Server, kernel: Kernel) -> None:
    query = f"code=x&state={kernel.expect()}"
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(
            a.status_code for a in pool.map(lambda _: come_back(server, query), range(8))
        )
    assert statuses == [200] + [400] * 7
    assert kernel.received == [query]
    assert come_back(server, query).status_code == 400


def test_the_server_goes_on_answering_while_a_kernel_is_busy(server: Server) -> None:
    state = secrets.token_urlsafe(32)
    server.files.expect(state)
    with ThreadPoolExecutor(20) as pool:
        held = pool.submit(come_back, server, f"code=x&state={state}")
        await_value(lambda: server.files.received(state))
        for _ in range(3):
            version = httpx.get(f"{server.url}attio-nb/version", headers=server.headers, timeout=5)
            assert version.status_code == 200
        assert not held.done()
        server.files.tell(state, True, "")
        assert held.result().status_code == 200


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE"])
def test_no_other_method_delivers(server: Server, kernel: Kernel, method: str) -> None:
    state = kernel.expect()
    answer = httpx.request(method, f"{server.callback}?code=x&state={state}", timeout=30)
    assert answer.status_code != 200
    assert server.files.expected(state_hash(state))
    assert come_back(server, f"code=x&state={state}").status_code == 200


@pytest.mark.parametrize(("name", "value"), SPECULATIVE)
def test_a_page_that_is_prefetched_or_previewed_uses_nothing_up(
    server: Server, kernel: Kernel, name: str, value: str
) -> None:
    state = kernel.expect()
    url = f"{server.callback}?code=x&state={state}"
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, url, headers={name: value}, timeout=30)
        assert answer.status_code in (404, 405)
        assert answer.headers["Cache-Control"] == "no-store"
    assert server.files.expected(state_hash(state))
    assert come_back(server, f"code=x&state={state}").status_code == 200


@pytest.mark.parametrize("headers", VISITS)
def test_a_visit_of_a_person_is_taken(
    server: Server, kernel: Kernel, headers: dict[str, str]
) -> None:
    url = f"{server.callback}?code=x&state={kernel.expect()}"
    assert httpx.get(url, headers=headers, timeout=30).status_code == 200


def test_a_host_that_is_not_this_server_delivers_nothing(server: Server, kernel: Kernel) -> None:
    state = kernel.expect()
    answer = httpx.get(
        f"{server.callback}?code=x&state={state}", headers={"Host": "evil.example"}, timeout=30
    )
    assert answer.status_code == 403
    assert server.files.expected(state_hash(state))


def test_neither_code_nor_state_is_in_the_servers_log(server: Server, kernel: Kernel) -> None:
    state = kernel.expect()
    referer = {"Referer": f"https://as.example/authorize?state={state}"}
    for query in (
        f"code=very-secret-code&state={state}",
        f"code=very-secret-code&state={state}",
        f"co%64e=very-secret-code&st%61te={state}&code=x",
    ):
        httpx.get(f"{server.callback}?{query}", headers=referer, timeout=30)
    httpx.get(
        f"{server.callback}?co%64e=very-secret-code&st%61te={state}",
        headers={"Host": "evil.example", **referer},
        timeout=30,
    )
    httpx.post(f"{server.callback}?co%64e=very-secret-code&st%61te={state}", timeout=30)
    log = server.log.read_text()
    assert "attio-nb/oauth/callback" in log
    assert "very-secret-code" not in log
    assert state not in log


def test_a_page_learns_whether_the_kernel_shares_files_with_this_server(server: Server) -> None:
    state = secrets.token_urlsafe(32)

    def expected() -> object:
        url = f"{server.url}attio-nb/oauth/expects/{state_hash(state)}"
        return httpx.get(url, headers=server.headers, timeout=30).json()

    assert expected() == {"expected": False}
    server.files.expect(state)
    assert expected() == {"expected": True}
    server.files.forget(state)
    assert expected() == {"expected": False}


@pytest.mark.parametrize(
    ("answer", "said", "kept"),
    [
        ({"code": "one"}, "Connected. You can close this tab.", ["at-one"]),
        ({"error": "access_denied"}, "access was denied", []),
        ({"code": "bad"}, "invalid_grant", []),
    ],
    ids=["connected", "denied", "no token"],
)
def test_a_sign_in_comes_back_through_the_server(
    server: Server, answer: dict[str, str], said: str, kept: list[str]
) -> None:
    with begun(server.files) as one:
        url = one.sign_in.authorization_url(server.callback)
        assert said in come_back_from(url, **answer).text
    assert one.got == kept


class TestARedirectUriOfItsOwn:
    """What a connection has beside those of another provider (RFC 9700 section 4.4.2.2)."""

    def at(self, server: Server, name: str, query: str) -> httpx.Response:
        """Come back to the address with this name in it."""
        url = f"{server.callback}/{name}" if name else server.callback
        return httpx.get(f"{url}?{query}", headers=server.headers, timeout=30)

    @pytest.mark.parametrize("name", ["mail", "workspace-mail", "Mail_2", "a.b~c"])
    def test_takes_the_answer_that_arrives_there(self, server: Server, name: str) -> None:
        with begun(server.files, redirect_path=f"/callback/{name}") as one:
            url = one.sign_in.authorization_url(server.callback)
            assert redirect_uri_in(url) == f"{server.callback}/{name}"
            assert "Connected." in come_back_from(url, code="one").text
        assert one.got == ["at-one"]

    @pytest.mark.parametrize(("own", "arrived"), [("mail", ""), ("mail", "other"), ("", "mail")])
    @pytest.mark.usefixtures("nothing_expected")
    def test_refuses_what_arrives_at_that_of_another(
        self, server: Server, own: str, arrived: str
    ) -> None:
        state = secrets.token_urlsafe(32)
        server.files.expect(state, own)
        for query in (f"code=x&state={state}", f"error=access_denied&state={state}", REFUSAL):
            assert self.at(server, arrived, query).status_code == 400
        assert server.files.expected(state_hash(state))
        assert server.files.received(state) is None

    @pytest.mark.parametrize("path", ["/a/b", "/a%2Fb", "/..%2F", "/%00"])
    def test_is_no_other_path(self, server: Server, kernel: Kernel, path: str) -> None:
        state = kernel.expect()
        url = f"{server.callback}{path}?code=x&state={state}"
        assert httpx.get(url, headers=server.headers, timeout=30).status_code == 404
        assert server.files.expected(state_hash(state))

    def test_is_that_of_a_hub_too(self, server: Server) -> None:
        hub = "https://hub.example/hub/user-redirect/attio-nb/oauth/callback"
        with begun(server.files, redirect_path="/callback/mail") as one:
            url = one.sign_in.authorization_url(hub)
            assert redirect_uri_in(url) == f"{hub}/mail"
            state = parse_qs(urlsplit(url).query)["state"][0]
            # The hub leads on to the server of the user.
            assert self.at(server, "mail", f"code=one&state={state}").status_code == 200
        assert one.got == ["at-one"]

    def test_can_be_pasted_from(self, server: Server) -> None:
        with begun(server.files, redirect_path="/callback/mail") as one:
            url = one.sign_in.authorization_url(server.callback)
            state = parse_qs(urlsplit(url).query)["state"][0]
            with pytest.raises(AuthorizationError):
                one.sign_in.accept(f"{server.callback}?code=one&state={state}")
            with pytest.raises(AuthorizationError):
                one.sign_in.accept(f"{server.callback}/other?code=one&state={state}")
            one.sign_in.accept(f"{server.callback}/mail?code=one&state={state}")
        assert one.got == ["at-one"]

    def test_leaves_other_paths_on_this_computer_with_the_plain_address(
        self, server: Server
    ) -> None:
        with begun(server.files, redirect_path="/in/mail") as one:
            url = one.sign_in.authorization_url(server.callback)
            assert redirect_uri_in(url) == server.callback
            assert "Connected." in come_back_from(url, code="one").text


def redirect_uri_in(authorization_url: str) -> str:
    return parse_qs(urlsplit(authorization_url).query)["redirect_uri"][0]


REFUSAL = "error=invalid_scope&error_description=No+such+scope."


@pytest.fixture
def nothing_expected(server: Server) -> None:
    """No kernel expects a sign-in that another test has left behind."""
    for path in (server.log.parent / "runtime" / "attio_nb").glob("*.pending"):
        # The sign-in that has left it may be removing it just now.
        path.unlink(missing_ok=True)


@pytest.mark.usefixtures("nothing_expected")
class TestARefusalWithoutState:
    def refused(self, server: Server, query: str = REFUSAL, **headers: str) -> httpx.Response:
        """Come back with it as a person who is logged in at the server."""
        url, sent = f"{server.callback}?{query}", {**server.headers, **headers}
        answer = httpx.get(url, headers=sent, timeout=30)
        assert answer.status_code == 400
        assert "Not connected." in answer.text
        return answer

    @pytest.mark.parametrize("headers", VISITS)
    @pytest.mark.parametrize("query", [REFUSAL, f"{REFUSAL}&state=", f"{REFUSAL}&code=&state="])
    def test_ends_the_one_sign_in_that_is_expected(
        self, server: Server, headers: dict[str, str], query: str
    ) -> None:
        with begun(server.files) as one:
            one.sign_in.authorization_url(server.callback)
            assert "The provider refused" in self.refused(server, query, **headers).text
            assert one.sign_in.wait(30)
            assert "No such scope”" in str(one.sign_in.error)

    def test_ends_none_of_several(self, server: Server, kernel: Kernel) -> None:
        states = [kernel.expect(), kernel.expect()]
        assert "Copy the address" in self.refused(server).text
        assert kernel.received == []
        for state in states:
            assert come_back(server, f"code=x&state={state}").status_code == 200

    def test_ends_nothing_where_nothing_is_expected(self, server: Server) -> None:
        assert "Copy the address" in self.refused(server).text

    def test_of_somebody_who_is_not_logged_in_ends_nothing(
        self, server: Server, kernel: Kernel
    ) -> None:
        state = kernel.expect()
        assert come_back(server, REFUSAL).status_code == 400
        assert server.files.expected(state_hash(state))
        assert come_back(server, f"code=x&state={state}").status_code == 200

    @pytest.mark.parametrize("headers", REQUESTS_OF_PAGES)
    def test_that_a_page_requests_ends_nothing(
        self, server: Server, kernel: Kernel, headers: dict[str, str]
    ) -> None:
        state = kernel.expect()
        self.refused(server, **headers)
        assert come_back(server, f"code=x&state={state}").status_code == 200

    @pytest.mark.parametrize("query", [f"{REFUSAL}&state=wrong", f"{REFUSAL}&code=x", "error="])
    def test_is_no_answer_that_is_something_else(
        self, server: Server, kernel: Kernel, query: str
    ) -> None:
        state = kernel.expect()
        self.refused(server, query)
        assert come_back(server, f"code=x&state={state}").status_code == 200


def test_a_kernel_that_says_nothing_leaves_an_honest_page(tmp_path: Path) -> None:
    ok, message = asyncio.run(outcome_of(CallbackFiles(tmp_path), "state", 0.2))
    assert ok is None
    assert "has not said yet" in message


def test_a_state_is_read_as_it_was_sent() -> None:
    assert state_of("code=1&state=a%2Fb") == "a/b"
