"""The files between a Jupyter server and its kernels, and the page at the end of a sign-in."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attio_nb.callback import CallbackFiles, state_hash
from attio_nb.callback_page import HEADERS, page

STATE = "a-state/../of-one-sign-in"


@pytest.fixture
def files(tmp_path: Path) -> CallbackFiles:
    return CallbackFiles.below(tmp_path / "runtime")


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "runtime" / "attio_nb").iterdir())


def test_an_answer_goes_from_the_server_to_the_kernel_and_the_outcome_back(
    files: CallbackFiles, tmp_path: Path
) -> None:
    assert not files.take(STATE)
    files.expect(STATE)
    assert names(tmp_path) == [f"{state_hash(STATE)}.pending"]
    assert files.expected(state_hash(STATE))
    assert files.take(STATE)
    assert not files.expected(state_hash(STATE))
    assert files.received(STATE) is None
    files.deliver(STATE, "code=x&state=y%2Fé")
    assert files.received(STATE) == "code=x&state=y%2Fé"
    assert files.received(STATE) is None
    assert files.outcome(STATE) is None
    files.tell(STATE, False, "Denied.")
    assert files.outcome(STATE) == (False, "Denied.")
    assert files.outcome(STATE) is None
    assert names(tmp_path) == []


def test_of_many_requests_at_once_one_takes_it(files: CallbackFiles) -> None:
    for turn in range(20):
        state = f"{STATE}{turn}"
        files.expect(state)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(files.take, [state] * 16)).count(True) == 1


def test_sign_ins_are_not_interchangeable(files: CallbackFiles) -> None:
    files.expect("one")
    assert not files.take("two")
    files.deliver("one", "code=x")
    assert files.received("two") is None


def test_one_that_is_forgotten_cannot_be_taken_and_what_was_told_can_still_be_read(
    files: CallbackFiles,
) -> None:
    files.expect(STATE)
    files.deliver(STATE, "code=x")
    files.tell(STATE, True, "")
    files.forget(STATE)
    files.forget(STATE)
    assert not files.take(STATE)
    assert files.received(STATE) is None
    assert files.outcome(STATE) == (True, "")


def test_what_killed_processes_left_is_gone_after_an_hour(tmp_path: Path) -> None:
    now = time.time()
    files = CallbackFiles.below(tmp_path / "runtime")
    later = CallbackFiles(tmp_path / "runtime" / "attio_nb", clock=lambda: now + 3700)
    files.expect("old")
    files.deliver("older", "code=x")
    assert not later.take("old")
    assert not later.expected(state_hash("old"))
    newcomer = CallbackFiles(tmp_path / "runtime" / "attio_nb", clock=lambda: now + 3700)
    newcomer.expect("new")
    assert names(tmp_path) == [f"{state_hash('new')}.pending"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_nobody_else_can_read_any_of_it(tmp_path: Path) -> None:
    directory = tmp_path / "runtime" / "attio_nb"
    directory.mkdir(parents=True)
    directory.chmod(0o777)
    files = CallbackFiles(directory)
    files.expect(STATE)
    files.deliver(STATE, "code=x")
    files.tell(STATE, True, "")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


def test_the_style_of_the_page_is_the_one_that_its_policy_allows() -> None:
    text = page(True).decode()
    (style,) = re.findall("<style>(.*)</style>", text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in HEADERS["Content-Security-Policy"]


def test_the_page_shows_a_message_as_text_whatever_is_in_it() -> None:
    text = page(False, "<script>alert(1)</script> \ud800").decode()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "Not connected." in text


def test_the_page_can_say_that_it_is_not_known_yet() -> None:
    assert "Still connecting." in page(None, "Look at the notebook.").decode()


def test_a_kernel_that_waits_for_hours_is_still_expected(tmp_path: Path) -> None:
    now = [time.time()]
    files = CallbackFiles(tmp_path / "shared", clock=lambda: now[0])
    files.expect(STATE)
    for _ in range(5):
        now[0] += 2400
        assert files.received(STATE) is None
    assert files.expected(state_hash(STATE))
    assert files.take(STATE)


def test_a_kernel_that_waits_no_more_is_not_expected(tmp_path: Path) -> None:
    now = [time.time()]
    files = CallbackFiles(tmp_path / "shared", clock=lambda: now[0])
    files.expect(STATE)
    now[0] += 3700
    assert not files.expected(state_hash(STATE))
