"""How often may be asked what somebody could guess at."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from attio_nb.callback import CallbackFiles, state_hash
from attio_nb.connections.own import default_vault
from attio_nb.jupyter.folders import Folders
from attio_nb.jupyter.limits import Bucket, TooManyError
from attio_nb.jupyter.tab import Tab
from tests.jupyter.conftest import running_server

if TYPE_CHECKING:
    from tests.jupyter.conftest import Server

ENOUGH = 300
"""More than any bucket holds."""


class Clock:
    """A clock that stands still until it is set forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_is_filled_up_again() -> None:
    clock = Clock()
    bucket = Bucket(2, 0.5, clock=clock)
    bucket.take()
    bucket.take()
    with pytest.raises(TooManyError, match="Wait 2 seconds, then try again") as refusal:
        bucket.take()
    assert refusal.value.seconds == 2
    clock.now += 1
    with pytest.raises(TooManyError, match="Wait 1 second, then"):
        bucket.take()
    clock.now += 1
    bucket.take()


def test_a_bucket_holds_no_more_than_at_first() -> None:
    clock = Clock()
    bucket = Bucket(2, 1, clock=clock)
    clock.now += 1000
    bucket.take()
    bucket.take()
    with pytest.raises(TooManyError):
        bucket.take()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose patience may be used up."""
    directory = tmp_path_factory.mktemp("limits")
    with running_server(directory, directory / "root") as running:
        yield running


def statuses(ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(ask, range(ENOUGH)))


def once_answered(ask: Callable[[int], httpx.Response]) -> httpx.Response:
    """Ask until the answer is another one than to wait, and return that."""
    answers = (ask(number) for number in itertools.count())
    return next(each for each in answers if each.status_code != 429)


def assert_limited(answers: list[httpx.Response], usual: int) -> None:
    """Assert that some were answered as ever, and others told to wait."""
    refused = [each for each in answers if each.status_code == 429]
    assert {each.status_code for each in answers} == {usual, 429}
    assert all(int(each.headers["Retry-After"]) >= 1 for each in refused)
    assert "then try again" in refused[0].text


def test_who_guesses_at_states_waits_and_who_is_expected_does_not(server: Server) -> None:
    guesses = statuses(
        lambda number: server.http.get(f"{server.callback}?code=x&state=guess-{number}")
    )
    assert_limited(guesses, 400)

    def expects_guess(number: int) -> httpx.Response:
        return server.request("GET", f"oauth/expects/{number:064x}")

    # The first guesses may have used up the patience of this second.
    assert_limited([once_answered(expects_guess), *statuses(expects_guess)], 200)

    state = secrets.token_urlsafe(32)
    server.files.expect(state)
    expects = server.request("GET", f"oauth/expects/{state_hash(state)}")
    assert expects.json() == {"expected": True}
    with ThreadPoolExecutor(1) as pool:
        landed = pool.submit(server.http.get, f"{server.callback}?code=x&state={state}")
        while server.files.received(state) is None:
            assert not landed.done()
        server.files.tell(state, True, "")
        assert landed.result().status_code == 200


def test_who_guesses_at_prompts_waits(server: Server) -> None:
    def guess(number: int) -> httpx.Response:
        content = {"prompt_id": f"guess-{number}", "action": "cancel"}
        return server.request("POST", "ask/attio_answer", json=content)

    assert_limited(statuses(guess), 200)
    # What names no prompt goes on.
    reply = server.ask("attio_connect", path="notebook.ipynb", owner="user", key=None, acting="")
    assert reply["status"] == "ok"
    assert server.ask("attio_ready", prompt_id=reply["prompt_id"])["state"] == "asking"


@pytest.mark.parametrize(
    "named",
    [
        {"prompt_id": "guess"},
        {"prompt_id": ["guess"]},
        {"prompt_ids": "guess"},
        {"prompt_ids": [["guess"]]},
        {"prompt_ids": [], "prompt_id": "guess"},
        {"prompt_ids": ["known", "guess"]},
        {"prompt_ids": ["known"], "prompt_id": "guess"},
    ],
    ids=str,
)
def test_no_way_to_name_a_prompt_is_free_to_guess(tmp_path: Path, named: dict[str, object]) -> None:
    patience = Bucket(0, 1)
    vault = default_vault({"ATTIO_NB_DATA_DIR": str(tmp_path / "data")})
    callbacks = CallbackFiles.below(tmp_path)
    tab = Tab(Folders(tmp_path), vault, callbacks=callbacks, guesses=patience)
    wanted = {"path": "notebook.ipynb", "owner": "user", "key": None, "acting": ""}
    known = tab.ask("attio_connect", wanted)["prompt_id"]
    if "prompt_ids" in named and isinstance(listed := named["prompt_ids"], list):
        named = {**named, "prompt_ids": [known if id_ == "known" else id_ for id_ in listed]}

    with pytest.raises(TooManyError):
        tab.ask("attio_ready", named)
    assert tab.ask("attio_ready", {"prompt_id": known})["status"] == "ok"
    (listed_prompt,) = tab.ask("attio_prompts", {"prompt_ids": [known]})["prompts"]
    assert listed_prompt["prompt_id"] == known


def test_who_tries_a_connection_over_and_over_waits(server: Server) -> None:
    content = {"path": "notebook.ipynb", "owner": "user", "key": None, "acting": ""}
    assert_limited(
        statuses(lambda number: server.request("POST", "ask/attio_test", json=content)), 200
    )


def test_who_looks_at_definitions_over_and_over_waits(server: Server, tmp_path: Path) -> None:
    content = {"path": "notebook.ipynb", "acting": "", "definition": {}, "editing": None}
    assert_limited(
        statuses(lambda number: server.request("POST", "definitions/check", json=content)), 200
    )
