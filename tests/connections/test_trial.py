"""A value is tried within the seconds that this may take, and nothing goes on to be waited for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

VALUE = "sk_live_1234"
URL = "https://service.example"
LOOKED_UP_FOR_EVER = f"""
import sys, threading

def wait(event, arguments):
    # Python tells of a look-up on the thread that does it, just before.
    if event == "socket.getaddrinfo":
        print("looked up", flush=True)
        threading.Event().wait()

from attio_nb.connections.auth import connection_auth
from attio_nb.connections.secret import SecretStr
from attio_nb.connections.trial import try_out
from attio_nb.errors import UnexpectedTransportError

sys.addaudithook(wait)

def try_it():
    try:
        auth = connection_auth(SecretStr("{VALUE}"), hosts=["service.example"])
        try_out("{URL}/me", auth, timeout=2)
    except UnexpectedTransportError as error:
        print(error, flush=True)
"""
ON_THE_MAIN_THREAD = "try_it()"
ON_A_THREAD = """
thread = threading.Thread(target=try_it, daemon=True)
thread.start()
thread.join()
"""


@pytest.mark.parametrize("ask", [ON_THE_MAIN_THREAD, ON_A_THREAD])
def test_a_name_that_is_looked_up_for_ever_holds_up_neither_the_answer_nor_the_end(
    ask: str,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOKED_UP_FOR_EVER + ask],
        capture_output=True,
        text=True,
        check=True,
        # A proxy would look the name up.
        env={**os.environ, "NO_PROXY": "*"},
        timeout=30,
    )
    assert done.stdout.splitlines() == [
        "looked up",
        f"{URL} did not answer within 2 seconds. Try again.",
    ]
    assert done.stderr == ""
