"""JupyterLab on a copy of the tour, with the sandbox beside it: ``attio-nb tour``."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from attio_nb.errors import SetupError
from attio_nb.programs import safe_environment
from attio_nb.tour.notebooks import TOURS, copy_missing, find_tours, sandbox_port, use_sandbox
from attio_nb.tour.sandbox import sandbox_beside

__all__ = ["run_tour"]

TERMINATED = 143
"""What a shell makes of a program that SIGTERM ended."""
START_SECONDS = 120.0
POLL_SECONDS = 0.2


def run_tour(
    folder: Path,
    *,
    port: int | None = None,
    reset: bool = False,
    options: Sequence[str] = (),
    say: Callable[[str], None],
    source: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Open JupyterLab on a copy of the tour until it is stopped.

    A second start finds the copy as the person left it.

    Args:
        folder: Where the copy is, or is made.
        port: The port of the sandbox on 127.0.0.1; None takes the one that the copy names.
        reset: Whether the notebooks are copied anew over those that are there.
        options: Further options of ``jupyter lab``.
        say: Prints a line.
        source: The folder of the tours; None takes the one that came with the package.
        environ: The environment of JupyterLab.

    Returns:
        The exit status of JupyterLab.

    Raises:
        SetupError: JupyterLab is not installed, the tour cannot be copied, or the sandbox cannot
            be started.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise SetupError(
            "The tour needs JupyterLab, which is not installed. Install it: pip install jupyterlab"
        )
    folder = folder.absolute()
    is_kept = copy_missing(source or find_tours(), folder, reset=reset)
    wanted = sandbox_port(folder) if port is None else port
    sandbox = sandbox_beside(wanted, is_chosen=port is not None)
    with sandbox as url, tempfile.TemporaryDirectory(prefix="attio-nb-tour-") as home:
        use_sandbox(folder, url)
        inherited = safe_environment(environ)
        token = secrets.token_urlsafe(32)
        environment = inherited | {"SANDBOX_URL": url, **_token_file(Path(home), token)}
        with _jupyterlab(folder, options, environment) as process:
            if (address := _address(process, token)) is not None:
                say(_welcome(folder, url, address, is_kept=is_kept))
            return process.wait()


def _token_file(home: Path, token: str) -> dict[str, str]:
    # With a token of ours JupyterLab prints no address itself, and ours is the last one. It is in
    # a file, since the kernels inherit the environment.
    file = home / "token"
    file.touch(mode=0o600)
    file.write_text(token)
    return {"JUPYTER_TOKEN_FILE": str(file)}


@contextlib.contextmanager
def _jupyterlab(
    folder: Path, options: Sequence[str], environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603  # the options are the person's own
        [sys.executable, "-P", "-m", "jupyterlab", *_options(folder), *options],
        env=environ,
        cwd=folder,
    )
    try:
        with _signals(process):
            yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _options(folder: Path) -> list[str]:
    return [
        # A container's only person is root, and the server answers on loopback alone.
        "--allow-root",
        "--log-level=WARN",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{TOURS[0]}",
    ]


@contextlib.contextmanager
def _signals(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def interrupted(*_: object) -> None:
        # In a terminal JupyterLab gets it as well, and asks whether it is meant.
        if not sys.stdin.isatty():
            process.terminate()

    def terminated(*_: object) -> None:
        sys.exit(TERMINATED)

    before = [
        (number, signal.signal(number, handler))
        for number, handler in ((signal.SIGINT, interrupted), (signal.SIGTERM, terminated))
    ]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _address(process: subprocess.Popen[bytes], token: str) -> str | None:
    """Wait until JupyterLab answers, and return the address of the first notebook in it.

    Returns:
        None where it has ended, or does not say where it is.
    """
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if (server := _running(process.pid, token)) is not None and _answers(server["url"]):
            query = f"?token={server['token']}" if server.get("token") else ""
            return f"{server['url']}lab/tree/{TOURS[0]}{query}"
        time.sleep(POLL_SECONDS)
    return None


def _running(pid: int, token: str) -> dict[str, Any] | None:
    from jupyter_server.serverapp import list_running_servers

    # On Windows the python.exe of a virtual environment starts another one, with a pid of its own.
    servers = list_running_servers()
    return next((each for each in servers if each["pid"] == pid or each["token"] == token), None)


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}api", timeout=5, trust_env=False, verify=False).is_success  # noqa: S501  # it says nothing
    return False


def _welcome(folder: Path, sandbox_url: str, address: str, *, is_kept: bool) -> str:
    kept = "as you left them; --reset copies them anew" if is_kept else "a copy, yours to change"
    return (
        "\nThe tour is ready. Ctrl-C stops it.\n\n"
        f"  Notebooks   {folder} ({kept})\n"
        f"  Sandbox     {sandbox_url}/\n"
        f"  JupyterLab  {address}"
    )
