"""A renewal, and what happens beside it: a sign-in, a disconnect, a fork, another process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from attio_nb.connections.model import Slot
from attio_nb.connections.prompter import ConnectionRequest
from attio_nb.connections.resolve import SignInNeeded
from attio_nb.connections.store import MemoryStore
from attio_nb.connections.vault import Vault
from attio_nb.errors import ConnectionExpiredError, ProviderUnavailableError
from tests.oauth.conftest import USER, VAULT_KEY, Person, Project
from tests.oauth.stub import PROMPTLY, Call, Reply, lost
from tests.oauth.test_cases_renewal import held, let_go, until


class Queue(MemoryStore):
    """A store that tells how often somebody has come to the lock of a renewal."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[Slot] = []

    @contextmanager
    def renewing(self, slot: Slot) -> Iterator[None]:
        self.came.append(slot)
        with super().renewing(slot):
            yield


class Held(httpx.BaseTransport):
    """The network, which lets the requests to one path through when the test says so."""

    def __init__(self, inner: httpx.BaseTransport, path: str) -> None:
        self.came, self.go = threading.Event(), threading.Event()
        self._inner, self._path = inner, path

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == self._path:
            self.came.set()
            self.go.wait(PROMPTLY)
        return self._inner.handle_request(request)


def revoked(project: Project) -> list[str]:
    """What the provider was asked to revoke."""
    return [call.form["token"] for call in project.provider.calls if call.path == "/revoke"]


def test_a_sign_in_during_a_renewal_stays_and_nothing_of_it_is_revoked(project: Project) -> None:
    project.expire()
    answer = held()
    answer.body = {"access_token": "the-renewed", "refresh_token": "the-renewed-too"}
    project.provider.token_answers.append(answer)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: project.session().get_connection("user"))
        assert answer.came.wait(PROMPTLY)
        connection = project.session(project.person).connect("user")
        let_go(answer)
        assert waiting.result().value == connection.value
    # Many providers end all that a person has granted to a client with any part of it.
    assert revoked(project) == []
    assert project.is_known(project.session().get_connection("user"))


def test_a_connection_that_is_deleted_during_a_renewal_leaves_nothing_alive(
    project: Project,
) -> None:
    project.expire()
    answer = held()
    answer.body = {"access_token": "the-renewed", "refresh_token": "the-renewed-too"}
    project.provider.token_answers.append(answer)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: project.session().get_connection("user"))
        assert answer.came.wait(PROMPTLY)
        project.store.delete(project.place.slot)
        let_go(answer)
        assert isinstance(waiting.exception(), ConnectionExpiredError)
    assert revoked(project) == ["the-renewed-too", "the-renewed"]
    assert project.stored is None


class TestADisconnect:
    @pytest.fixture
    def store(self) -> Queue:
        return Queue()

    def test_during_a_renewal_revokes_what_that_brings(
        self, project: Project, store: Queue
    ) -> None:
        project.expire()
        answer = held()
        answer.body = {"access_token": "the-renewed", "refresh_token": "the-renewed-too"}
        project.provider.token_answers.append(answer)
        with ThreadPoolExecutor(2) as pool:
            pool.submit(lambda: project.session().get_connection("user"))
            assert answer.came.wait(PROMPTLY)
            disconnecting = pool.submit(lambda: project.session().disconnect("user"))
            until(lambda: len(store.came) == 2 or bool(revoked(project)))
            let_go(answer)
            assert disconnecting.result().was_connected
        assert revoked(project) == ["the-renewed-too", "the-renewed"]
        assert project.stored is None

    def test_has_another_kernel_renew_nothing_that_stays_alive(
        self, project: Project, store: Queue
    ) -> None:
        seen, place, last = project.expire(), project.place, project.refresh_token
        network, client = Held(project.transport, "/revoke"), project.client()
        with ThreadPoolExecutor(1) as pool:
            session = project.session(transport=network)
            disconnecting = pool.submit(lambda: session.disconnect("user"))
            assert network.came.wait(PROMPTLY)
            renewal = client.renewal(place, seen)
            # With nothing to wait for, it would be over while the revocation is on its way.
            until(lambda: len(store.came) == 2 or renewal.done())
            network.go.set()
            assert disconnecting.result().was_connected
        assert isinstance(renewal.exception(PROMPTLY), SignInNeeded)
        assert revoked(project) == [last, f"{seen.value}"]
        assert project.stored is None


class LatePerson(Person):
    """Somebody for whom another kernel renews the old token before they have signed in."""

    def __init__(self, renew: Callable[[], object]) -> None:
        super().__init__()
        self.was_connected: list[bool] = []
        self._renew = renew

    def ask(self, request: ConnectionRequest, *, wait: bool = True) -> None:
        self._renew()
        self.was_connected.append(request.is_connected())
        super().ask(request, wait=wait)
        self.was_connected.append(request.is_connected())


def test_a_prompt_is_answered_by_a_sign_in_and_by_no_renewal(project: Project) -> None:
    seen, place = project.expire(), project.place
    person = LatePerson(lambda: project.client().current(place, seen))
    project.session(person).connect("user")
    assert project.provider.refreshes == 1
    assert person.was_connected == [False, True]


class TestAThreadThatCannotStart:
    def test_blocks_nobody(self, project: Project) -> None:
        seen, place, client = project.expire(), project.place, project.client()

        def fail(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        with pytest.MonkeyPatch.context() as no_more:
            no_more.setattr(threading.Thread, "start", fail)
            with pytest.raises(RuntimeError, match="new thread"):
                client.renewal(place, seen)
        renewed = client.renewal(place, seen).result(PROMPTLY)
        assert f"{renewed.value}" in project.provider.access_tokens
        assert project.provider.refreshes == 1


FORKING = """
import os
import sys

import httpx

from attio_nb import get_user_connection

connection = get_user_connection()
print("renewing", flush=True)
sys.stdin.readline()
if os.fork() == 0:
    with httpx.Client(trust_env=False) as client:
        print(client.get(sys.argv[1], auth=connection.auth()).status_code, flush=True)
    os._exit(0)
os.wait()
"""


class TestAFork:
    @pytest.fixture
    def store(self, make_vault: Callable[[], Vault]) -> Vault:
        """What processes share."""
        return make_vault()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
    def test_during_a_renewal_leaves_a_child_that_does_not_wait_for_ever(
        self, project: Project, store: Vault, tmp_path: Path
    ) -> None:
        project.connect()
        # Its token is still used, and renewed beside that.
        project.keep(stale_at=time.time() - 1)
        project.provider.forget_access_tokens()
        answer = held()
        answer.body = {"access_token": "the-renewed", "refresh_token": "the-renewed-too"}
        project.provider.token_answers.append(answer)
        was_refused = threading.Event()

        def refuse(call: Call) -> Reply | None:
            if call.headers["authorization"] == "Bearer the-renewed":
                return Reply({"hello": "you"})
            was_refused.set()
            return None

        project.provider.before_api = refuse
        process = subprocess.Popen(
            [
                *(sys.executable, "-W", "ignore::DeprecationWarning"),
                *("-c", FORKING, f"{project.provider.url}/api"),
            ],
            cwd=tmp_path / "project",
            env={
                **os.environ,
                "ATTIO_NB_DATA_DIR": str(store.path.parent.parent),
                "ATTIO_NB_VAULT_KEY": VAULT_KEY,
                "JUPYTERHUB_USER": USER,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "renewing\n"
            assert answer.came.wait(PROMPTLY)
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            assert was_refused.wait(PROMPTLY)
            let_go(answer)
            assert process.communicate(timeout=PROMPTLY) == ("200\n", None)
            assert process.returncode == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        assert project.provider.refreshes == 1


class LateFile(type(Path())):  # type: ignore[misc]
    """A file whose content reaches one thread late."""

    after_reading: Callable[[], None] = staticmethod(lambda: None)

    def read_bytes(self) -> bytes:
        content: bytes = super().read_bytes()
        self.after_reading()
        return content


def test_two_threads_leave_no_process_with_an_old_vault(
    project: Project, make_vault: Callable[[], Vault]
) -> None:
    project.connect()
    there, slot = make_vault(), project.place.slot
    old, new = project.stored, project.keep(received_at=1.0)
    assert old is not None
    there.put(slot, old)
    has_read, may_go_on = threading.Event(), threading.Event()

    def after_reading() -> None:
        if threading.current_thread() is first:
            has_read.set()
            may_go_on.wait(PROMPTLY)

    def clock() -> int:
        if threading.current_thread() is not first and not may_go_on.is_set():
            # In the middle of the second thread's step, the first one finishes its own.
            may_go_on.set()
            first.join(PROMPTLY)
        return time.time_ns() + 10**10

    path = LateFile(there.path)
    path.after_reading = after_reading
    here = Vault(path, there.keys, clock=clock)
    first = threading.Thread(target=here.get, args=(slot,))
    first.start()
    assert has_read.wait(PROMPTLY)
    there.put(slot, new)
    assert here.get(slot) == new
    assert not first.is_alive()
    assert here.get(slot) == new


def test_a_renewal_that_comes_too_late_leaves_the_file_as_it_is(
    project: Project, make_vault: Callable[[], Vault]
) -> None:
    project.connect()
    vault, slot, stored = make_vault(), project.place.slot, project.stored
    assert stored is not None
    vault.put(slot, stored)
    before = vault.path.read_bytes()
    assert not vault.replace(slot, stored._replace(id="another"), stored)
    assert vault.path.read_bytes() == before


def test_the_same_access_token_again_is_no_reason_to_ask_again(project: Project) -> None:
    seen, place = project.expire(), project.place
    project.provider.token_changes = {"access_token": project.token}
    first, *others = [project.client() for _ in range(4)]
    renewed = first.renewal(place, seen).result(PROMPTLY)
    assert renewed.value == seen.value
    for client in others:
        assert client.renewal(place, seen).result(PROMPTLY) == renewed
    assert project.provider.refreshes == 1


class TestAPause:
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    def test_lets_no_error_grow_that_each_getter_raises(self, project: Project) -> None:
        seen, place, client = project.expire(), project.place, project.client()
        project.provider.token_answers.append(Reply(b"", 429, {"Retry-After": "300"}))
        errors = []
        for _ in range(20):
            with pytest.raises(ProviderUnavailableError) as failed:
                client.current(place, seen)
            errors.append(failed.value)
        assert project.provider.refreshes == 1
        assert len({id(error) for error in errors}) == len(errors)
        _, second, *_, last = [len(traceback.extract_tb(each.__traceback__)) for each in errors]
        assert second == last


class TestA401:
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    def test_to_a_young_token_that_nothing_renews_is_about_something_else(
        self, project: Project
    ) -> None:
        project.provider.token_changes = {"refresh_token": None, "expires_in": None}
        connection = project.connect()
        project.provider.before_api = lambda call: Reply({"error": "for other apps"}, 401)
        assert project.call(connection).status_code == 401
        assert project.provider.count("/api") == 1
        assert not project.grant.expired

    def test_to_an_older_one_ends_it(self, project: Project) -> None:
        project.provider.token_changes = {"refresh_token": None, "expires_in": None}
        project.connect()
        project.keep(received_at=time.time() - 3600)
        connection = project.session().get_connection("user")
        project.provider.forget_access_tokens()
        with pytest.raises(ConnectionExpiredError):
            project.call(connection)
        assert project.grant.expired


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that hangs on it, shown or not."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)


class TestWhatWasSent:
    """It hangs on no error, where a debugger or an error reporter would find it."""

    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    def renewing(self, project: Project) -> Exception:
        with pytest.raises(ProviderUnavailableError) as failed:
            project.session().get_connection("user")
        return failed.value

    def signing_in(self, project: Project) -> Exception:
        signing_in = project.begin()
        with pytest.raises(ProviderUnavailableError) as failed:
            signing_in.accept(project.person.sent_back(signing_in))
        return failed.value

    @pytest.mark.parametrize("fails", [renewing, signing_in], ids=["renewing", "signing in"])
    def test_when_its_answer_is_lost(
        self, project: Project, fails: Callable[[TestWhatWasSent, Project], Exception]
    ) -> None:
        project.wants(client_authentication="client_secret_post")
        project.expire()
        project.provider.token_answers += [lost(carried_out=False), lost(carried_out=False)]
        errors = list(chain(fails(self, project)))
        assert not [each for each in errors if isinstance(each, httpx.HTTPError)]
        held = [{name: f"{value}" for name, value in vars(each).items()} for each in errors]
        for secret in (project.person.client_secret, project.refresh_token, "the-code"):
            assert secret not in str(held)
