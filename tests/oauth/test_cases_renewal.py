"""Cases 43 to 53: renewing a token, whoever asks for it and whatever gets in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from attio_nb.connections.approval import approve
from attio_nb.connections.model import Addresses, Connection, StoredConnection
from attio_nb.connections.resolve import SignInNeeded
from attio_nb.connections.store import Store
from attio_nb.connections.vault import Vault
from attio_nb.errors import (
    ConnectionExpiredError,
    OAuthError,
    ProviderUnavailableError,
    VaultError,
)
from attio_nb.files import replace_file
from attio_nb.oauth.client import OAuthClient
from tests.authorization.person import NO_TLS
from tests.oauth.conftest import A_DAY, USER, VAULT_KEY, Project
from tests.oauth.stub import PROMPTLY, Call, Reply, lost

Again = Callable[[], Connection]


@pytest.fixture
def again(project: Project) -> Again:
    """Get the connection in a new session, where nobody can be asked."""
    return lambda: project.session().get_connection("user")


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something that a thread does has come about."""
    end = time.monotonic() + PROMPTLY
    while not is_so():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def held() -> Reply:
    """A refresh that is carried out when the test says so."""
    return Reply(held=threading.Event())


def let_go(reply: Reply) -> None:
    assert reply.held is not None
    reply.held.set()


class TestRefreshTokens:
    @pytest.mark.parametrize("told", [{}, *({"refresh_token": each} for each in (None, "", 7))])
    def test_case_43_a_refresh_that_brings_none(
        self, project: Project, again: Again, told: dict[str, object]
    ) -> None:
        project.provider.rotates = False
        project.expire()
        before = project.refresh_token
        body = {"access_token": "the-access-token", **told}
        project.provider.token_answers.append(Reply(body))
        assert again().value == "the-access-token"
        assert project.refresh_token == before
        project.expire()
        assert project.is_known(again())

    def test_case_44_a_new_one_is_saved_before_the_token_is_used(
        self, project: Project, again: Again, make_vault: Callable[[], Vault]
    ) -> None:
        project.expire()
        spent = project.refresh_token
        place, seen = project.place, []

        def look(call: Call) -> None:
            # As another process sees it, or a kernel that is started after a power cut.
            store = make_vault() if isinstance(project.store, Vault) else project.store
            seen.append((call.headers["authorization"], store.get(place.slot)))

        project.provider.before_api = look
        assert project.call(again()).status_code == 200
        ((sent, stored),) = seen
        assert stored is not None
        assert stored.grant is not None
        assert sent == f"Bearer {stored.value}"
        assert f"{stored.grant.refresh_token}" not in ("", spent)
        assert project.provider.refreshes == 1


class FullDisk:
    """What puts a new content in place of a file, as long as there is room."""

    def __init__(self) -> None:
        self.is_full = False

    def __call__(self, path: Path, content: bytes) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        replace_file(path, content)


class Filling(Reply):
    """A token, after which there is no room left."""

    def __init__(self, disk: FullDisk) -> None:
        super().__init__({"access_token": "the-access-token", "refresh_token": "the-next"})
        self._disk = disk

    @property
    def content(self) -> bytes:
        self._disk.is_full = True
        return super().content


class TestAFullDisk:
    @pytest.fixture
    def disk(self) -> FullDisk:
        return FullDisk()

    @pytest.fixture
    def store(self, make_vault: Callable[[], Vault], disk: FullDisk) -> Store:
        made = make_vault()
        return Vault(made.path, made.keys, replace=disk)

    @pytest.mark.parametrize("approved", [(), ("new.example",)])
    def test_case_44_a_token_that_cannot_be_saved_is_saved_later(
        self,
        project: Project,
        disk: FullDisk,
        make_vault: Callable[[], Vault],
        approved: tuple[str, ...],
    ) -> None:
        before = project.expire()
        session = project.session()
        # It fills up once the provider has been asked.
        project.provider.token_answers.append(answer := Filling(disk))
        for _ in range(2):
            with pytest.raises(VaultError):
                session.get_connection("user")
        assert answer.came.is_set()
        assert make_vault().get(project.place.slot) == before
        disk.is_full = False
        # Somebody may approve addresses before it is saved.
        assert approve(project.store, project.place.slot, Addresses(approved))
        # The refresh token was spent by the first, and is not sent again.
        assert session.get_connection("user").value == "the-access-token"
        assert project.provider.refreshes == 1
        assert project.refresh_token == "the-next"
        assert project.stored is not None
        assert project.stored.approved == Addresses(("127.0.0.1", *approved))


class TestAReplyThatIsLost:
    def test_case_45_it_is_asked_for_once_more(self, project: Project, again: Again) -> None:
        project.provider.grace = True
        project.expire()
        project.provider.token_answers.append(lost())
        assert project.is_known(again())
        assert project.provider.refreshes == 2

    def test_case_45_then_invalid_grant_needs_a_sign_in(
        self, project: Project, again: Again
    ) -> None:
        project.expire()
        project.provider.token_answers.append(lost())
        with pytest.raises(ConnectionExpiredError):
            again()
        assert project.provider.refreshes == 2
        for _ in range(3):
            with pytest.raises(ConnectionExpiredError):
                again()
        assert project.provider.refreshes == 2

    def test_case_45_lost_twice_it_is_retried_later(self, project: Project, again: Again) -> None:
        before = project.expire()
        project.provider.token_answers += [lost(carried_out=False), lost(carried_out=False)]
        with pytest.raises(ProviderUnavailableError):
            again()
        assert project.provider.refreshes == 2
        assert project.stored == before
        assert project.is_known(again())


class TestInvalidGrant:
    @pytest.fixture
    def gone(self, project: Project) -> StoredConnection:
        before = project.expire()
        project.provider.token_answers.append(Reply({"error": "invalid_grant"}, 400))
        return before

    def test_case_46_it_is_final(
        self, project: Project, again: Again, gone: StoredConnection
    ) -> None:
        session = project.session()
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(session.get_connection, "user") for _ in range(16)]
        for each in asked:
            assert isinstance(each.exception(), ConnectionExpiredError)
        for _ in range(8):
            with pytest.raises(ConnectionExpiredError, match="expired"):
                again()
        assert project.provider.refreshes == 1
        assert project.grant.expired

    def test_case_46_the_person_is_asked_and_the_id_stays(
        self, project: Project, gone: StoredConnection
    ) -> None:
        connection = project.connect()
        assert [request.expired for request in project.person.asked] == [False, True]
        assert connection.id == gone.id
        assert project.is_known(connection)
        assert not project.grant.expired

    def test_case_46_unless_somebody_has_signed_in_meanwhile(
        self, project: Project, again: Again
    ) -> None:
        project.expire()
        answer = held()
        answer.body, answer.status = {"error": "invalid_grant"}, 400
        project.provider.token_answers.append(answer)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(again)
            assert answer.came.wait(PROMPTLY)
            connection = project.session(project.person).connect("user")
            let_go(answer)
            assert waiting.result().value == connection.value
        assert not project.grant.expired
        assert project.provider.refreshes == 1


KERNEL = """
import sys
from attio_nb import get_user_connection
print("ready", flush=True)
sys.stdin.readline()
print("asking", flush=True)
print(f"{get_user_connection().value}", flush=True)
"""


class Kernels:
    """Processes that each wait, and then get the connection."""

    def __init__(self, folder: Path, vault: Path) -> None:
        self._folder = folder
        self._environ = {
            **os.environ,
            "ATTIO_NB_DATA_DIR": str(vault.parent.parent),
            "ATTIO_NB_VAULT_KEY": VAULT_KEY,
            "JUPYTERHUB_USER": USER,
        }
        self._running = ExitStack()

    def close(self) -> None:
        self._running.close()

    def start(self, count: int) -> list[subprocess.Popen[str]]:
        """Start some, and wait until each has loaded what it needs."""
        started = [self._start() for _ in range(count)]
        for kernel in started:
            assert kernel.stdout is not None
            assert kernel.stdout.readline() == "ready\n"
        return started

    def go(self, kernel: subprocess.Popen[str]) -> None:
        assert kernel.stdin is not None
        assert kernel.stdout is not None
        kernel.stdin.write("go\n")
        kernel.stdin.flush()
        assert kernel.stdout.readline() == "asking\n"

    def _start(self) -> subprocess.Popen[str]:
        kernel = subprocess.Popen(
            [sys.executable, "-c", KERNEL],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._running.enter_context(kernel)
        self._running.callback(kernel.kill)
        return kernel


class TestManyAtOnce:
    @pytest.fixture
    def expired(self, project: Project) -> StoredConnection:
        return project.expire()

    def test_case_47_16_threads(self, project: Project, expired: StoredConnection) -> None:
        together = threading.Barrier(16)
        # Each with a session of its own, and so no lock in common but the store's.
        sessions = [project.session() for _ in range(16)]

        def get(number: int) -> str:
            together.wait(PROMPTLY)
            return f"{sessions[number % 16].get_connection('user').value}"

        with ThreadPoolExecutor(16) as pool:
            tokens = set(pool.map(get, range(16)))
        assert tokens == {project.token}
        assert tokens < project.provider.access_tokens
        assert project.provider.refreshes == 1

    def test_case_47_16_threads_of_one_session(
        self, project: Project, expired: StoredConnection
    ) -> None:
        together, session = threading.Barrier(16), project.session()

        def get(_: int) -> str:
            together.wait(PROMPTLY)
            return f"{session.get_connection('user').value}"

        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(get, range(16))) == {project.token}
        assert project.provider.refreshes == 1

    def test_case_47_16_tasks_on_two_event_loops(
        self, project: Project, again: Again, expired: StoredConnection
    ) -> None:
        # Connections that were got while their tokens were good.
        project.keep(expires_at=time.time() + 60, stale_at=time.time() + 60)
        connections = [again(), again()]
        project.expire()
        together = threading.Barrier(2)

        async def tasks(connection: Connection) -> list[int]:
            together.wait(PROMPTLY)
            auth, url = connection.auth(), f"{project.provider.url}/api"
            async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as client:
                answers = await asyncio.gather(*(client.get(url, auth=auth) for _ in range(8)))
            return [answer.status_code for answer in answers]

        with ThreadPoolExecutor(2) as pool:
            for statuses in pool.map(lambda each: asyncio.run(tasks(each)), connections):
                assert statuses == [200] * 8
        assert project.provider.refreshes == 1

    def test_case_48_8_threads_that_each_saw_a_401(self, project: Project, again: Again) -> None:
        project.connect()
        project.provider.forget_access_tokens()
        together, connection = threading.Barrier(8), again()
        refused = Reply({"error": "unauthorized"}, 401)

        def all_are_refused(call: Call) -> Reply | None:
            if call.headers["authorization"] != f"Bearer {connection.value}":
                return None
            together.wait(PROMPTLY)
            return refused

        project.provider.before_api = all_are_refused
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: project.call(connection), range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert project.provider.refreshes == 1
        assert project.provider.count("/api") == 16


class TestManyProcesses:
    @pytest.fixture
    def store(self, make_vault: Callable[[], Vault]) -> Vault:
        """What processes share."""
        return make_vault()

    @pytest.fixture
    def expired(self, project: Project) -> StoredConnection:
        return project.expire()

    @pytest.fixture
    def kernels(self, project: Project, store: Vault, tmp_path: Path) -> Iterator[Kernels]:
        kernels = Kernels(tmp_path / "project", store.path)
        yield kernels
        kernels.close()

    def test_case_47_6_processes(
        self, project: Project, kernels: Kernels, expired: StoredConnection
    ) -> None:
        started = kernels.start(6)
        answer = held()
        answer.body = {"access_token": "the-access-token", "refresh_token": "the-refresh-token"}
        project.provider.token_answers.append(answer)
        for kernel in started:
            kernels.go(kernel)
        assert answer.came.wait(PROMPTLY)
        let_go(answer)
        tokens = [kernel.communicate(timeout=PROMPTLY)[0].strip() for kernel in started]
        assert tokens == ["the-access-token"] * 6
        assert project.token == "the-access-token"
        assert project.provider.refreshes == 1

    def test_case_50_a_process_killed_while_it_holds_the_lock(
        self, project: Project, kernels: Kernels, again: Again, expired: StoredConnection
    ) -> None:
        (kernel,) = kernels.start(1)
        answer = held()
        answer.hangs_up = True
        project.provider.token_answers.append(answer)
        kernels.go(kernel)
        assert answer.came.wait(PROMPTLY)
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(again)
            kernel.send_signal(signal.SIGKILL)
            kernel.wait(PROMPTLY)
            assert project.is_known(waiting.result(PROMPTLY))
        let_go(answer)
        assert project.provider.refreshes == 2
        assert not project.grant.expired

    def test_case_51_a_process_that_is_interrupted_during_a_refresh(
        self, project: Project, kernels: Kernels, expired: StoredConnection
    ) -> None:
        answer = held()
        answer.body = {"access_token": "the-access-token", "refresh_token": "the-next"}
        project.provider.token_answers.append(answer)
        (kernel,) = kernels.start(1)
        kernels.go(kernel)
        assert answer.came.wait(PROMPTLY)
        kernel.send_signal(signal.SIGINT)
        let_go(answer)
        assert kernel.wait(PROMPTLY) != 0
        assert project.token == "the-access-token"
        assert project.refresh_token == "the-next"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class TestTime:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def client(self, project: Project, clock: Clock) -> OAuthClient:
        return project.client(clock=clock)

    def given(self, project: Project, clock: Clock, seconds: float) -> StoredConnection:
        """Keep a token that was given for so many seconds just now."""
        project.provider.token_changes = {"expires_in": seconds}
        signing_in = project.begin(clock=clock)
        project.person.comes_back(signing_in)
        assert project.stored is not None
        return project.stored

    @pytest.mark.parametrize("seconds", [20, 60])
    def test_case_49_a_short_token_is_not_renewed_for_each_request(
        self, project: Project, client: OAuthClient, clock: Clock, seconds: int
    ) -> None:
        stored, place = self.given(project, clock, seconds), project.place
        began = clock.now
        while clock.now < began + seconds * 0.74:
            assert client.current(place, stored) == stored
            clock.now += 0.1
        assert project.provider.refreshes == 0
        # Stale: still used, and renewed once beside that.
        clock.now = began + seconds * 0.8
        answer = held()
        answer.body = {"access_token": "the-next", "expires_in": seconds}
        project.provider.token_answers.append(answer)
        for _ in range(50):
            assert client.current(place, stored) == stored
        assert answer.came.wait(PROMPTLY)
        let_go(answer)
        until(lambda: project.token == "the-next")
        for _ in range(50):
            assert client.current(place, project.stored or stored).value == "the-next"
        assert project.provider.refreshes == 1

    def test_case_49_a_renewal_beside_that_fails_is_not_tried_for_each_request(
        self, project: Project, clock: Clock
    ) -> None:
        now = 0.0
        client = project.client(clock=clock, monotonic=lambda: now)
        stored, place = self.given(project, clock, 60), project.place
        clock.now += 50
        project.provider.token_answers += [Reply(b"", 500)] * 9
        client.current(place, stored)
        until(lambda: project.provider.refreshes == 1)
        # Whoever waits for the token joins the renewal, so that it is over then.
        with pytest.raises(ProviderUnavailableError):
            client.result(place, client.renewal(place, stored))
        asked = project.provider.refreshes
        for _ in range(50):
            assert client.current(place, stored) == stored
        assert project.provider.refreshes == asked <= 2

    @pytest.mark.parametrize("step", [A_DAY, 365 * A_DAY])
    def test_case_53_a_clock_that_is_set_forward_costs_one_renewal(
        self, project: Project, client: OAuthClient, clock: Clock, step: float
    ) -> None:
        stored, place = self.given(project, clock, 3600), project.place
        clock.now += step
        renewed = client.current(place, stored)
        assert f"{renewed.value}" in project.provider.access_tokens
        assert project.grant.received_at == clock.now
        assert project.grant.expires_at == clock.now + 3600
        for _ in range(5):
            assert client.current(place, renewed) == renewed
        assert project.provider.refreshes == 1

    @pytest.mark.parametrize("step", [2 * 60.0, A_DAY, 365 * A_DAY])
    def test_case_53_a_clock_that_is_set_back_costs_one_renewal_at_most(
        self, project: Project, client: OAuthClient, clock: Clock, step: float
    ) -> None:
        stored, place = self.given(project, clock, 3600), project.place
        clock.now -= step
        # It is good as far as anybody knows, and nobody waits.
        assert client.current(place, stored) == stored
        until(lambda: project.grant.received_at == clock.now)
        renewed = project.stored
        assert renewed is not None
        for _ in range(5):
            assert client.current(place, renewed) == renewed
        assert project.provider.refreshes == 1

    def test_case_53_a_clock_that_is_set_a_little_costs_nothing(
        self, project: Project, client: OAuthClient, clock: Clock
    ) -> None:
        stored, place = self.given(project, clock, 3600), project.place
        for step in (-30.0, 30.0):
            clock.now += step
            assert client.current(place, stored) == stored
        assert project.provider.refreshes == 0

    def test_case_53_a_401_wins_over_the_clock(self, project: Project, again: Again) -> None:
        project.connect()
        project.keep(stale_at=time.time() + A_DAY, expires_at=time.time() + A_DAY)
        connection = again()
        project.provider.forget_access_tokens()
        assert project.call(connection).status_code == 200
        assert project.provider.refreshes == 1

    def test_case_53_a_401_to_a_new_token_is_not_renewed_for_ever(
        self, project: Project, again: Again
    ) -> None:
        project.connect()
        project.provider.before_api = lambda call: Reply({"error": "unauthorized"}, 401)
        assert project.call(again()).status_code == 401
        assert project.provider.count("/api") == 2
        assert project.provider.refreshes == 1


class TestInterrupts:
    def test_case_51_ctrl_c_during_a_refresh(self, project: Project, again: Again) -> None:
        project.expire()
        answer = held()
        answer.body = {"access_token": "the-access-token", "refresh_token": "the-next"}
        project.provider.token_answers.append(answer)
        me, session = threading.get_ident(), project.session()

        def press() -> None:
            assert answer.came.wait(PROMPTLY)
            signal.pthread_kill(me, signal.SIGINT)

        finger = threading.Thread(target=press)
        finger.start()
        with pytest.raises(OAuthError, match="Interrupted"):
            session.get_connection("user")
        finger.join()
        let_go(answer)
        until(lambda: project.token == "the-access-token")
        assert project.refresh_token == "the-next"
        assert session.get_connection("user").value == "the-access-token"
        assert project.provider.refreshes == 1

    def test_case_51_a_task_that_is_cancelled_during_a_refresh(
        self, project: Project, again: Again
    ) -> None:
        project.connect()
        connection = again()
        project.expire()
        answer = held()
        answer.body = {"access_token": "the-access-token", "refresh_token": "the-next"}
        project.provider.token_answers.append(answer)

        async def cancelled() -> None:
            async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as client:
                call = client.get(f"{project.provider.url}/api", auth=connection.auth())
                task = asyncio.create_task(call)
                assert await asyncio.to_thread(answer.came.wait, PROMPTLY)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        asyncio.run(cancelled())
        let_go(answer)
        until(lambda: project.token == "the-access-token")
        assert project.refresh_token == "the-next"
        assert project.provider.refreshes == 1
        assert project.provider.count("/api") == 0


def test_case_52_a_refresh_names_no_scope(project: Project, again: Again) -> None:
    project.expire()
    project.provider.token_changes = {"scope": "mail.read"}
    again()
    call = project.provider.token_calls[-1]
    assert call.form["grant_type"] == "refresh_token"
    assert not call.form.keys() & {"scope", "redirect_uri", "code_verifier"}
    project.wants(scopes=("mail.read", "mail.send", "something.new"))
    project.expire()
    again()
    assert "scope" not in project.provider.token_calls[-1].form


def test_a_grant_that_never_renews_is_asked_for_when_it_ends(
    project: Project, again: Again
) -> None:
    project.provider.token_changes = {"refresh_token": None}
    project.expire()
    with pytest.raises(ConnectionExpiredError):
        again()
    with pytest.raises(SignInNeeded):
        project.client().current(project.place, project.stored or project.expire())
    assert project.provider.refreshes == 0
