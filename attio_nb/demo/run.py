"""The tours, run against a sandbox of their own and told step by step."""

from __future__ import annotations

import base64
import os
import secrets
import site
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import attio_nb
from attio_nb.demo.person import Say
from attio_nb.demo.player import run_notebook
from attio_nb.errors import SetupError
from attio_nb.files import replace_file
from attio_nb.programs import safe_environment
from attio_nb.sandbox.log import Entry
from attio_nb.sandbox.server import running_sandbox

__all__ = ["copy_tours", "demo_environment", "find_tours", "run_demo"]

CLONE = Path(attio_nb.__file__).parent.parent
FOLDER = "notebooks"
TOURS = ("01-add-to-sequence.ipynb", "02-oauth.ipynb")
APP_FILE = "attio-app.toml"
READABLE = 0o644
STANDARD_URL = "http://127.0.0.1:8787"
"""Where the app file of the tours says that the sandbox is."""


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
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="attio-nb-demo-", ignore_cleanup_errors=True) as home,
        running_sandbox(on_request=lambda entry: say(_request_line(entry))) as url,
    ):
        copied = copy_tours(tours or find_tours(), output, sandbox_url=url)
        say(_introduction(url=url, home=Path(home), output=output))
        environ = demo_environment(Path(home), sandbox_url=url)
        failure = ""
        for tour in copied:
            say(f"\n{tour.name}")
            failure = run_notebook(tour, environ=environ, home=Path(home), say=say)
            if failure:
                break
    say(_closing(failure, tour, time.monotonic() - started))
    return not failure


def find_tours() -> Path:
    """Find the tours beside the package in a clone, or where the wheel puts them.

    Raises:
        SetupError: They are in none of these places.
    """
    installed = [Path(base, "share", "attio-nb") for base in (sys.prefix, site.getuserbase())]
    for place in (CLONE, *installed):
        if all((place / FOLDER / tour).is_file() for tour in TOURS):
            return place / FOLDER
    raise SetupError(f"The tour {TOURS[0]} was not found. Install attio-nb again.")


def copy_tours(folder: Path, output: Path, *, sandbox_url: str) -> list[Path]:
    """Copy the tours and their app file, which then names the sandbox where it is.

    Args:
        folder: Where they are.
        output: Where they go; it is made when it is missing.
        sandbox_url: Where the sandbox is.

    Returns:
        The copied notebooks, in the order in which they are to be run.

    Raises:
        SetupError: They cannot be copied.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name in TOURS:
            # A link that has the name is replaced, and what it leads to stays as it is.
            replace_file(output / name, (folder / name).read_bytes(), mode=READABLE)
        app = (folder / APP_FILE).read_text(encoding="utf-8").replace(STANDARD_URL, sandbox_url)
        replace_file(output / APP_FILE, app.encode(), mode=READABLE)
    except OSError as error:
        raise SetupError(
            f"The tours cannot be copied to {output} ({error}). Name another folder with --output."
        ) from error
    return [output / name for name in TOURS]


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


def _request_line(entry: Entry) -> str:
    return (
        f"      sandbox {entry.status} {entry.method} {entry.path} ({entry.key_name or 'no key'})"
    )


def _closing(failure: str, last: Path, seconds: float) -> str:
    if failure:
        return f"\n{failure}\n\nThe notebook as far as it ran: {last}"
    by_hand = "make lab" if (CLONE / "Makefile").is_file() else f"jupyter lab {last.parent}"
    return (
        f"\nDone in {seconds:.0f} seconds. The notebooks with their outputs: {last.parent}\n"
        f"Now try it yourself in JupyterLab: {by_hand}"
    )
