"""Jupyter finds both extensions by itself after an installation."""

from __future__ import annotations

import re
import subprocess
import sys


def listed_by(*command: str) -> list[str]:
    answer = subprocess.run(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=60,
    )
    plain = re.sub(r"\x1b\[\d*m", "", answer.stdout)
    return [" ".join(line.split()) for line in plain.splitlines()]


def test_the_server_extension_is_on_and_loads() -> None:
    lines = listed_by("jupyter", "server", "extension", "list")
    assert "attio_nb.jupyter enabled" in lines
    assert "attio_nb.jupyter OK" in lines


def test_the_labextension_is_on_and_fits_this_jupyterlab() -> None:
    lines = listed_by("jupyter", "labextension", "list")
    assert [line for line in lines if re.match(r"attio-nb v[\d.]+ enabled OK", line)] != []
