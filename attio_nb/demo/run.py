"""The tour, run against a sandbox of its own and told step by step."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import site
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import attio_nb
from attio_nb.demo.player import Say, run_notebook
from attio_nb.errors import SetupError
from attio_nb.sandbox.log import Entry
from attio_nb.sandbox.server import running_sandbox

__all__ = ["demo_environment", "find_tour", "run_demo"]

CLONE = Path(attio_nb.__file__).parent.parent
TOUR = Path("notebooks", "01-add-to-sequence.ipynb")
APP_FILE = "attio-app.toml"


def run_demo(output: Path, *, say: Say, tour: Path | None = None) -> bool:
    """Run the tour against a sandbox of its own, and print each step as it happens.

    Nothing of the person's own is read or written: the vault, its key, IPython's history and the
    sandbox's data go to a temporary directory.

    Args:
        output: A folder, made when it is missing, for the notebook that was run.
        say: Prints a line.
        tour: The notebook; None takes the one that came with the package.

    Returns:
        Whether every cell did what it should.

    Raises:
        SetupError: There is no tour, or the folder cannot be written.
    """
    started = time.monotonic()
    executed = _prepare(tour or find_tour(), output)
    with (
        tempfile.TemporaryDirectory(prefix="attio-nb-demo-", ignore_cleanup_errors=True) as home,
        running_sandbox(on_request=lambda entry: say(_request_line(entry))) as url,
    ):
        say(_introduction(url=url, home=Path(home), executed=executed))
        environ = demo_environment(Path(home), sandbox_url=url)
        failure = run_notebook(executed, environ=environ, home=Path(home), say=say)
    say(_closing(failure, executed, time.monotonic() - started))
    return not failure


def find_tour() -> Path:
    """Find the tour beside the package in a clone, or where the wheel puts it.

    Raises:
        SetupError: It is in none of these places.
    """
    installed = [Path(base, "share", "attio-nb") for base in (sys.prefix, site.getuserbase())]
    for place in (CLONE, *installed):
        if (place / TOUR).is_file():
            return place / TOUR
    raise SetupError(f"The tour {TOUR.name} was not found. Install attio-nb again.")


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
    return inherited | {
        "ATTIO_NB_DATA_DIR": str(home / "data"),
        "ATTIO_NB_VAULT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "IPYTHONDIR": str(home / "ipython"),
        "NO_PROXY": "127.0.0.1",
        "SANDBOX_URL": sandbox_url,
    }


def _prepare(tour: Path, output: Path) -> Path:
    try:
        output.mkdir(parents=True, exist_ok=True)
        for source in (tour, tour.with_name(APP_FILE)):
            shutil.copyfile(source, output / source.name)
    except OSError as error:
        raise SetupError(
            f"The tour cannot be copied to {output} ({error}). Name another folder with --output."
        ) from error
    return output / tour.name


def _introduction(*, url: str, home: Path, executed: Path) -> str:
    return (
        "The tour, run by a real kernel. You have nothing to do: the answers are typed for you.\n\n"
        f"  sandbox    {url}\n"
        f"  vault      {home / 'data'} (deleted at the end; your own is not touched)\n"
        f"  notebook   {executed}"
    )


def _request_line(entry: Entry) -> str:
    return (
        f"      sandbox {entry.status} {entry.method} {entry.path} ({entry.key_name or 'no key'})"
    )


def _closing(failure: str, executed: Path, seconds: float) -> str:
    if failure:
        return f"\n{failure}\n\nThe notebook as far as it ran: {executed}"
    by_hand = "make lab" if (CLONE / "Makefile").is_file() else f"jupyter lab {executed}"
    return (
        f"\nDone in {seconds:.0f} seconds. The notebook with its outputs: {executed}\n"
        f"Now try it yourself in JupyterLab: {by_hand}"
    )
