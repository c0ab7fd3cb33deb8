"""A hidden line that something else may end, and the interrupts that end it."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from attio_nb.notebook.line import HiddenLine


def blocking(prompt: str) -> str:
    """Wait for a person who never types."""
    while True:
        time.sleep(0.01)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def loud() -> object:
    """Fail if an interrupt gets past the line."""
    before = signal.signal(signal.SIGINT, lambda *_: pytest.fail("an interrupt got past the line"))
    yield
    assert callable(signal.signal(signal.SIGINT, before))


def test_what_is_typed_is_masked() -> None:
    typed = HiddenLine(lambda prompt: "typed").read("")
    assert typed == "typed"
    assert "typed" not in repr(typed)


def test_the_end_of_the_input_is_an_empty_line() -> None:
    def closed(prompt: str) -> str:
        raise EOFError

    assert HiddenLine(closed).read("") == ""


def test_a_line_is_ended_from_another_thread_and_so_is_each_one_after_it() -> None:
    line = HiddenLine(blocking)
    threading.Timer(0.05, line.end).start()
    assert line.read("") is None
    assert line.read("") is None


def test_a_line_that_has_ended_is_not_asked_for() -> None:
    line = HiddenLine(lambda prompt: pytest.fail("it asked"))
    line.end()
    assert line.read("") is None


@pytest.mark.skipif(os.name == "nt", reason="os.kill ends the process there")
def test_a_real_interrupt_is_raised_once() -> None:
    threading.Timer(0.05, interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        HiddenLine(blocking).read("")


@pytest.mark.skipif(os.name == "nt", reason="os.kill ends the process there")
def test_an_interrupt_that_the_kernel_raises_anew_is_one() -> None:
    def read(prompt: str) -> str:
        try:
            return blocking(prompt)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("Interrupted by user") from None

    line = HiddenLine(read)
    threading.Timer(0.05, line.end).start()
    assert line.read("") is None
    threading.Timer(0.05, interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        HiddenLine(read).read("")


def test_however_an_end_falls_no_interrupt_gets_past_the_line() -> None:
    for turn in range(400):
        wait = turn % 20 / 10_000
        line = HiddenLine(lambda prompt, wait=wait: time.sleep(wait) or "typed")
        ender = threading.Thread(target=lambda line=line, wait=wait: time.sleep(wait) or line.end())
        ender.start()
        assert line.read("") in ("typed", None)
        ender.join()
        assert line.read("") is None


def test_what_else_goes_wrong_while_reading_comes_through() -> None:
    def broken(prompt: str) -> str:
        raise OSError("no terminal")

    line = HiddenLine(broken)
    with pytest.raises(OSError, match="no terminal"):
        line.read("")
    line.end()
