"""Jupyter servers and hubs of the tests' own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.loopback import free_ports


def wait_for_server(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> dict[str, Any]:
    """Wait for the file that a Jupyter server writes once it listens, and return what it says.

    Args:
        process: The server.
        runtime: Its ``JUPYTER_RUNTIME_DIR``.
        log: Where its output goes, for the message when it ends instead.
    """
    description = runtime / f"jpserver-{process.pid}.json"
    while (told := _written(description)) is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"It ended with {process.wait(0.05)}: {log.read_text()}")
    return told


def end_server(process: subprocess.Popen[bytes], patience: float = 20.0) -> None:
    """End a Jupyter server, by force if it does not end by itself.

    One that is told to end while it reads a file for a page never does: the thread of AnyIO's that
    reads stays, and the interpreter waits for it.

    Args:
        process: The server.
        patience: Seconds until it is made to.
    """
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()


def _written(description: Path) -> dict[str, Any] | None:
    """Return what the file says, or None while it is missing or not written to its end."""
    try:
        told: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return told


HUB_CONFIG = """\
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}{base_url}"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.hub_port = {ports[1]}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.DummyAuthenticator.password = {password!r}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.Spawner.environment = {environment!r}
c.Spawner.http_timeout = 60
{options}
"""
HUB_PASSWORD = "battery staple"


@dataclass(frozen=True)
class Hub:
    """A JupyterHub for one user of any name, with the password `HUB_PASSWORD`.

    Attributes:
        port: Where it listens, on loopback.
        homes: Where the user's home is, below their name.
        log: Where its output and that of the user's server goes.
    """

    port: int
    homes: Path
    log: Path


@contextlib.contextmanager
def running_hub(
    directory: Path,
    proxy: Path,
    environment: Mapping[str, str],
    *,
    base_url: str = "/",
    domain: str = "",
    runtime: Path | None = None,
) -> Iterator[Hub]:
    """Run a JupyterHub until the block ends.

    Args:
        directory: Everything of it goes below.
        proxy: The program of its proxy.
        environment: What the users' servers have beside a home.
        base_url: The path that the hub and all servers are below.
        domain: The host of the hub, of which each user has a subdomain; "" for one host for all.
        runtime: The runtime directory of default servers. That of a named server is below it.
    """
    homes, log, config = directory / "homes", directory / "hub.log", directory / "config.py"
    homes.mkdir(parents=True)
    ports = free_ports(3)
    options = []
    if domain:
        options.append(f'c.JupyterHub.subdomain_host = "http://{domain}:{ports[0]}"')
    if runtime:
        path = f"lambda server: {str(runtime)!r} + '/' + server.name"
        options.append(f'c.Spawner.environment["JUPYTER_RUNTIME_DIR"] = {path}')
    config.write_text(
        HUB_CONFIG.format(
            ports=ports,
            proxy=str(proxy),
            password=HUB_PASSWORD,
            homes=str(homes),
            python=sys.executable,
            environment=dict(environment),
            base_url=base_url,
            options="\n".join(options),
        )
    )
    command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=directory, stdout=output, stderr=output) as process,
    ):
        try:
            while not answers(f"http://127.0.0.1:{ports[0]}{base_url}hub/api/"):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    raise AssertionError(f"It ended with {process.wait(0.1)}: {log.read_text()}")
            yield Hub(ports[0], homes, log)
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Say whether a server answers at an address."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
