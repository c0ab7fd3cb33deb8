"""A connection is tried at its service, or at its provider, and what came of it is one sentence."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.approval import approve
from attio_nb.connections.model import Addresses, Slot
from attio_nb.connections.prompter import Answer, ConnectionRequest
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.store import MemoryStore
from attio_nb.session import Session
from attio_nb.tab import expired, testing
from tests.loopback import Loopback, free_port, reply, serving
from tests.oauth.conftest import Person as Signer
from tests.oauth.conftest import Project
from tests.oauth.stub import Call, Provider, Reply, lost
from tests.oauth.stub import running as running_provider
from tests.oauth.test_cases_renewal import until

VALUE = "sk-live-5f3a9c"
SLOT = Slot("prospects", "local", "workspace", "local", None)
APP = """\
[app]
id = "prospects"

[[connections]]
owner = "workspace"
type = "secret"
title = "Sequencer"
hosts = ["127.0.0.1"]
"""


class Person:
    """Answers once; whoever asks again finds nobody."""

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self.asked += 1
        assert self.asked == 1, "somebody was asked"
        request.accept(Answer(SecretStr(VALUE)))


def session_in(folder: Path, *lines: str, **environ: str) -> Session:
    (folder / "attio-app.toml").write_text("\n".join([APP, *lines]))
    return Session(
        MemoryStore(),
        file=AppFile(lambda: folder),
        prompter=Person(),
        environ={"JUPYTERHUB_USER": "me", **environ},
    )


@contextmanager
def answering(status: int, **headers: str) -> Iterator[Loopback]:
    with serving(lambda handler: reply(handler, status, headers=headers)) as server:
        yield server


def outcome(folder: Path, url: str, *lines: str) -> testing.Tested:
    """Connect, and test the connection at an address."""
    session = session_in(folder, f'test_url = "{url}"', *lines)
    session.get_connection("workspace")
    return testing.test_connection(session, "workspace", None)


@pytest.mark.parametrize("status", [200, 204])
def test_a_service_that_takes_the_value_says_that_it_works(tmp_path: Path, status: int) -> None:
    with answering(status) as service:
        done = outcome(tmp_path, f"{service.url}/me?fields=id")
    assert done == (True, f"It works: 127.0.0.1:{service.port} answered {status}.")
    (request,) = service.received
    assert (request.method, request.path) == ("GET", "/me?fields=id")
    assert request.headers["authorization"] == f"Bearer {VALUE}"
    assert request.headers["user-agent"] == "attio_nb"


@pytest.mark.parametrize(
    ("line", "name", "content"),
    [
        ('test_scheme = "api-key"', "authorization", f"API-Key {VALUE}"),
        ('test_header = "X-Api-Key"', "x-api-key", VALUE),
    ],
)
def test_the_value_is_sent_as_the_app_file_says(
    tmp_path: Path, line: str, name: str, content: str
) -> None:
    with answering(200) as service:
        assert outcome(tmp_path, service.url, line).ok
    assert service.received[0].headers[name] == content


def test_a_value_that_is_refused_is_marked_and_one_that_is_taken_again_is_not(
    tmp_path: Path,
) -> None:
    statuses = iter([401, 200])
    with serving(lambda handler: reply(handler, next(statuses))) as service:
        session = session_in(tmp_path, f'test_url = "{service.url}"')
        session.get_connection("workspace")

        def is_marked() -> bool:
            stored = session.store.get(SLOT)
            return stored is not None and stored.refused_at is not None

        done = testing.test_connection(session, "workspace", None)
        assert done == (
            False,
            f"127.0.0.1:{service.port} has refused it (401). Connect again.",
        )
        until(is_marked)
        assert testing.test_connection(session, "workspace", None).ok
        until(lambda: not is_marked())


def test_a_value_from_the_environment_that_is_refused_is_to_be_set_anew(tmp_path: Path) -> None:
    with answering(401) as service:
        session = session_in(
            tmp_path, f'test_url = "{service.url}"', ATTIO_NB_WORKSPACE_CONNECTION=VALUE
        )
        session.approval_request("workspace").accept(Answer(SecretStr("")))
        done = testing.test_connection(session, "workspace", None)
    assert not done.ok
    assert "the environment variable ATTIO_NB_WORKSPACE_CONNECTION another" in done.message
    assert session.store.entries() == {}


def test_what_the_value_may_not_do_there_is_no_refusal(tmp_path: Path) -> None:
    with answering(403) as service:
        done = outcome(tmp_path, service.url)
    assert not done.ok
    assert "connected" in done.message
    assert "scope is missing there; connecting again as before does not help." in done.message


@pytest.mark.parametrize("status", [302, 404, 418, 429, 500, 503])
def test_any_other_answer_tells_nothing_of_the_connection(tmp_path: Path, status: int) -> None:
    with answering(200) as elsewhere, answering(status, Location=elsewhere.url) as service:
        done = outcome(tmp_path, service.url)
    assert done == (
        False,
        f"127.0.0.1:{service.port} answered {status}: the connection may be fine. "
        "Check test_url in attio-app.toml.",
    )
    assert elsewhere.received == []


def test_where_nobody_listens_the_test_says_so(tmp_path: Path) -> None:
    port = free_port()
    done = outcome(tmp_path, f"http://127.0.0.1:{port}/me?id=7")
    assert not done.ok
    assert done.message.startswith(f"http://127.0.0.1:{port} refused the connection.")


def test_a_body_without_end_is_not_read(tmp_path: Path) -> None:
    let_go = threading.Event()

    def begin(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        handler.wfile.flush()
        handler.close_connection = True
        let_go.wait(20)

    with serving(begin) as service:
        assert outcome(tmp_path, service.url).ok
        let_go.set()


def test_a_service_that_dawdles_is_waited_for_so_long_and_no_longer(tmp_path: Path) -> None:
    stop = threading.Event()

    def dawdle(handler: BaseHTTPRequestHandler) -> None:
        # Each piece comes soon enough, and the last one never does.
        handler.close_connection = True
        try:
            while not stop.wait(0.05):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\n"[:1])
                handler.wfile.flush()
        except OSError:
            stop.set()

    with serving(dawdle) as service:
        session = session_in(tmp_path, f'test_url = "{service.url}"')
        session.get_connection("workspace")
        done = testing.test_connection(session, "workspace", None, timeout=0.3)
        stop.set()
    assert done == (
        False,
        f"{service.url} did not answer within 0.3 seconds. Try again.",
    )


def test_nobody_is_asked_where_nobody_has_connected(tmp_path: Path) -> None:
    session = session_in(tmp_path, 'test_url = "https://127.0.0.1/"')
    done = testing.test_connection(session, "workspace", None)
    assert done == (False, "Nobody has connected yet, so there is nothing to test.")
    assert session.store.entries() == {}


def test_a_secret_without_an_address_cannot_be_tested(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    session.get_connection("workspace")
    done = testing.test_connection(session, "workspace", None)
    status = session.status("workspace")
    assert done == (False, testing.why_no_test(status.definition, status.stored))
    assert "Write test_url into attio-app.toml." in done.message


@pytest.mark.parametrize("key", [None, "other"])
def test_a_connection_that_the_app_file_does_not_define_is_told_of(
    tmp_path: Path, key: str | None
) -> None:
    done = testing.test_connection(session_in(tmp_path), "user", key)
    assert not done.ok
    assert "attio-app.toml defines no user connection" in done.message


def test_without_an_app_file_the_test_says_so(tmp_path: Path) -> None:
    session = Session(MemoryStore(), file=AppFile(lambda: tmp_path), environ={})
    done = testing.test_connection(session, "workspace", None)
    assert not done.ok
    assert done.message.startswith(f"No attio-app.toml was found in {tmp_path} or in a folder")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def project(tmp_path: Path, provider: Provider) -> Iterator[Project]:
    """A connection that has been signed in to."""
    project = Project(tmp_path, provider, MemoryStore())
    project.connect()
    yield project
    project.close()


def try_it(project: Project) -> testing.Tested:
    """Test it in a session where whoever is asked fails the test."""
    signer = Signer()
    done = testing.test_connection(project.session(signer), "user", None)
    assert signer.asked == []
    return done


def at_the_api(project: Project) -> Project:
    lines = [f'issuer = "{project.provider.url}"', f'test_url = "{project.provider.url}/api"']
    project.write(*lines)
    addresses = Addresses(test_urls=(f"{project.provider.url}/api",))
    assert approve(project.store, project.place.slot, addresses)
    return project


def unauthorized(call: Call) -> Reply:
    return Reply({}, 401)


class TestAToken:
    def test_is_sent_to_the_service(self, project: Project) -> None:
        before = project.token
        assert try_it(at_the_api(project)).ok
        assert project.token == before

    def test_is_renewed_when_the_service_refuses_it(self, project: Project) -> None:
        project.provider.forget_access_tokens()
        assert try_it(at_the_api(project)).ok
        assert project.provider.refreshes == 1

    def test_is_renewed_when_its_time_has_come(self, project: Project) -> None:
        project.expire()
        assert try_it(at_the_api(project)).ok
        assert project.provider.refreshes == 1

    def test_that_is_refused_after_a_renewal_is_marked(self, project: Project) -> None:
        project.provider.before_api = unauthorized
        done = try_it(at_the_api(project))
        assert not done.ok
        assert "has refused it (401). Connect again." in done.message
        until(lambda: project.stored is not None and project.stored.refused_at is not None)

    def test_that_is_refused_and_not_renewed_any_more_has_expired(self, project: Project) -> None:
        project.provider.before_api = unauthorized
        project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
        assert try_it(at_the_api(project)) == (False, expired.NOT_RENEWED)
        assert project.grant.expired

    def test_that_has_expired_is_sent_nowhere(self, project: Project) -> None:
        project.keep(expired=True)
        assert try_it(at_the_api(project)) == (False, expired.NOT_RENEWED)
        assert project.provider.count("/api") == 0

    def test_of_another_provider_is_sent_nowhere(self, project: Project) -> None:
        at_the_api(project)
        project.keep(authority="another client at another provider")
        assert try_it(project) == (False, expired.OTHER_AUTHORITY)
        assert project.provider.count("/api") == 0


class TestAGrantWithoutAnAddress:
    def test_is_proved_by_a_renewal_which_is_kept(self, project: Project) -> None:
        before = project.token, project.refresh_token
        assert try_it(project) == (True, testing.RENEWED)
        assert project.provider.refreshes == 1
        assert before[0] != project.token
        assert before[1] != project.refresh_token

        assert try_it(project).ok
        assert project.is_known(project.connect())

    def test_that_has_ended_is_told_of(self, project: Project) -> None:
        project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
        assert try_it(project) == (False, expired.NOT_RENEWED)
        assert project.grant.expired

    def test_is_kept_where_the_provider_has_no_answer(self, project: Project) -> None:
        before = project.stored
        project.provider.token_answers.extend([lost(carried_out=False)] * 2)
        done = try_it(project)
        assert not done.ok
        assert "127.0.0.1" in done.message
        assert project.stored == before

    def test_and_without_a_refresh_token_cannot_be_tested(self, project: Project) -> None:
        project.keep(refresh_token=None)
        done = try_it(project)
        assert not done.ok
        assert "Write test_url into attio-app.toml." in done.message
        assert project.provider.refreshes == 0


class TestTheAccount:
    def kept(self, folder: Path, body: bytes, *lines: str, **headers: str) -> tuple[str, str]:
        """Test a connection, and return what was said and which account is kept."""
        with serving(lambda handler: reply(handler, 200, body, headers=headers)) as service:
            session = session_in(folder, f'test_url = "{service.url}"', *lines)
            session.get_connection("workspace")
            done = testing.test_connection(session, "workspace", None)
            assert done.ok
            (request,) = service.received
            assert request.headers["accept-encoding"] == "identity"
        stored = session.store.get(SLOT)
        assert stored is not None
        return done.message.partition("answered 200")[2], stored.account

    def test_that_the_answer_names_is_said_and_kept(self, tmp_path: Path) -> None:
        body = b'{"data": {"email": "bob@example.com"}}'
        assert self.kept(tmp_path, body, 'account = "data.email"') == (
            " for bob@example.com.",
            "bob@example.com",
        )

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"bob@example.com",
            b'{"email": "bob@example.com"}',
            b'{"data": {"email": "' + VALUE.encode() + b'"}}',
            b'{"data": {"email": "bob"}}' + b" " * 300_000,
        ],
    )
    def test_that_cannot_be_read_changes_nothing(self, tmp_path: Path, body: bytes) -> None:
        assert self.kept(tmp_path, body, 'account = "data.email"') == (".", "")

    def test_is_not_looked_for_where_the_app_file_does_not_say(self, tmp_path: Path) -> None:
        assert self.kept(tmp_path, b'{"email": "bob@example.com"}') == (".", "")

    def test_is_not_read_from_an_answer_that_is_compressed(self, tmp_path: Path) -> None:
        packed = gzip.compress(b'{"email": "bob@example.com"}')
        headers = {"Content-Encoding": "gzip"}
        assert self.kept(tmp_path, packed, 'account = "email"', **headers) == (".", "")

    def test_of_an_answer_that_never_ends_is_given_up(self, tmp_path: Path) -> None:
        held = threading.Event()

        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b'{"email"')
            held.wait(10)

        with serving(drip) as service:
            session = session_in(tmp_path, f'test_url = "{service.url}"', 'account = "email"')
            session.get_connection("workspace")
            done = testing.test_connection(session, "workspace", None, timeout=0.3)
            held.set()
        assert not done.ok
        assert "did not answer within 0.3 seconds" in done.message

    def test_of_a_value_from_the_environment_is_said_and_kept_nowhere(self, tmp_path: Path) -> None:
        body = b'{"email": "bob@example.com"}'
        with serving(lambda handler: reply(handler, 200, body)) as service:
            session = session_in(
                tmp_path,
                f'test_url = "{service.url}"',
                'account = "email"',
                ATTIO_NB_WORKSPACE_CONNECTION=VALUE,
            )
            session.approval_request("workspace").accept(Answer(SecretStr("")))
            done = testing.test_connection(session, "workspace", None)
            assert "for bob@example.com" in done.message
            assert session.store.get(SLOT) is None

    def test_of_a_token_is_kept_beside_it(self, project: Project) -> None:
        project.provider.before_api = lambda call: Reply({"user": {"login": "bob"}})
        at_the_api(project)
        path = project.folder / "attio-app.toml"
        path.write_text(path.read_text() + 'account = "user.login"\n')
        assert try_it(project).message.endswith("answered 200 for bob.")
        assert project.stored is not None
        assert project.stored.account == "bob"

    def test_is_forgotten_by_connecting_again(self, tmp_path: Path) -> None:
        self.kept(tmp_path, b'{"email": "bob@example.com"}', 'account = "email"')
        session = session_in(tmp_path)
        session.request("workspace").accept(Answer(SecretStr(VALUE)))
        session.request("workspace").accept(Answer(SecretStr("another-value")))
        stored = session.store.get(SLOT)
        assert stored is not None
        assert stored.account == ""


def test_no_message_holds_a_value(tmp_path: Path, project: Project) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    said = []
    for status in (200, 302, 401, 403, 404, 500):
        with answering(status) as service:
            said.append(outcome(secret, f"{service.url}/{status}").message)
    said.append(outcome(secret, f"http://127.0.0.1:{free_port()}").message)
    said += [try_it(project).message, try_it(at_the_api(project)).message]
    assert len(said) == 9
    for value in (VALUE, project.token, project.refresh_token):
        assert not any(value in message for message in said)
