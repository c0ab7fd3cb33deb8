"""The tours, run against a sandbox of their own and told step by step."""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attio_nb.demo.person import Say
from attio_nb.demo.player import run_notebook
from attio_nb.demo.steps import Steps
from attio_nb.programs import safe_environment
from attio_nb.sandbox.server import running_sandbox
from attio_nb.tour.notebooks import CHECKOUT, copy_tours, find_tours

__all__ = ["demo_environment", "run_demo"]


def run_demo(output: Path, *, say: Say, tours: Path | None = None) -> bool:
    """Run the tours against a sandbox of their own, and print each step as it happens.

    Nothing of the person's own is read or written: the vault, its key, IPython's history and the
    sandbox's data go to a temporary directory.

    Args:
        output: A folder, made when it is missing, for the notebooks that were run.
        say: Prints a line.
        tours: The folder of the tours; None takes the one that came with the package.

    Returns:
        Whether every cell did what it should.

    Raises:
        SetupError: There are no tours, or the folder cannot be written.
    """
    steps = Steps(say)
    with (
        tempfile.TemporaryDirectory(prefix="attio-nb-demo-", ignore_cleanup_errors=True) as home,
        running_sandbox(on_request=steps.add_request) as url,
    ):
        copied = copy_tours(tours or find_tours(), output, sandbox_url=url, option="--output")
        say(_introduction(url=url, home=Path(home), output=output))
        environ = demo_environment(Path(home), sandbox_url=url)
        failure = ""
        for tour in copied:
            say(f"\n{tour.name}")
            failure = run_notebook(
                tour, environ=environ, home=Path(home), say=say, on_step=steps.end_step
            )
            if failure:
                break
    say(_closing(failure, tour))
    say(steps.summary(failed=failure != ""))
    return not failure


def demo_environment(
    home: Path, *, sandbox_url: str, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Give a kernel a vault, a key and an IPython profile of its own.

    Args:
        home: The directory for all of it.
        sandbox_url: Where the tour finds the sandbox.
        environ: What the kernel inherits; connections in it are left out.
    """
    inherited = {k: v for k, v in environ.items() if not k.startswith("ATTIO_NB_")}
    return safe_environment(inherited) | {
        "ATTIO_NB_DATA_DIR": str(home / "data"),
        "ATTIO_NB_VAULT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "IPYTHONDIR": str(home / "ipython"),
        "NO_PROXY": "127.0.0.1",
        "SANDBOX_URL": sandbox_url,
    }


def _introduction(*, url: str, home: Path, output: Path) -> str:
    return (
        "The tours, run by a real kernel. You have nothing to do: it is typed for you, and signed "
        "in.\n\n"
        f"  sandbox    {url}\n"
        f"  vault      {home / 'data'} (deleted at the end; your own is not touched)\n"
        f"  notebooks  {output}"
    )


def _closing(failure: str, last: Path) -> str:
    if failure:
        return f"\n{failure}\n\nThe notebook as far as it ran: {last}"
    by_hand = "make lab" if (CHECKOUT / "Makefile").is_file() else "attio-nb tour"
    return (
        f"\nThe notebooks with their outputs: {last.parent}\n"
        f"Now try it yourself in JupyterLab: {by_hand}"
    )
