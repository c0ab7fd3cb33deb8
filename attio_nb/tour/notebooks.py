"""The notebooks of the tour: where they are, and copies of them."""

from __future__ import annotations

import re
import site
import sys
from pathlib import Path

import attio_nb
from attio_nb.errors import SetupError
from attio_nb.files import replace_file

__all__ = ["TOURS", "copy_missing", "copy_tours", "find_tours", "sandbox_port", "use_sandbox"]

CHECKOUT = Path(attio_nb.__file__).parent.parent
FOLDER = "notebooks"
TOURS = ("01-add-to-sequence.ipynb", "02-oauth.ipynb")
APP_FILE = "attio-app.toml"
FILES = (*TOURS, APP_FILE)
OWN_ID = 'id = "add-to-sequence"'
"""What the app file of the tour says of itself."""
READABLE = 0o644
STANDARD_PORT = 8787
SANDBOX = re.compile(r"http://127\.0\.0\.1:(\d{1,5})(?!\d)")
"""The address of the sandbox, as the notebooks and their app file name it."""


def find_tours() -> Path:
    """Find the tours beside the package in a clone, or where the wheel puts them.

    Raises:
        SetupError: They are in none of these places.
    """
    installed = [Path(base, "share", "attio-nb") for base in (sys.prefix, site.getuserbase())]
    for place in (CHECKOUT, *installed):
        if all((place / FOLDER / tour).is_file() for tour in TOURS):
            return place / FOLDER
    raise SetupError(f"The tour {TOURS[0]} was not found. Install attio-nb again.")


def copy_tours(
    source: Path, folder: Path, *, sandbox_url: str, option: str = "--folder"
) -> list[Path]:
    """Copy the tours and their app file; what has their names in the folder is replaced.

    Args:
        source: Where they are.
        folder: Where they go; it is made when it is missing.
        sandbox_url: Where the sandbox is, for the app file.
        option: The option of the command that names another folder.

    Returns:
        The copied notebooks, in the order in which they are to be run.

    Raises:
        SetupError: They cannot be copied.
    """
    _require_no_other_app(folder, option)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in TOURS:
            # A link that has the name is replaced, and what it leads to stays as it is.
            replace_file(folder / name, (source / name).read_bytes(), mode=READABLE)
        app = SANDBOX.sub(sandbox_url, (source / APP_FILE).read_text(encoding="utf-8"))
        replace_file(folder / APP_FILE, app.encode(), mode=READABLE)
    except OSError as error:
        raise _not_copied(folder, error, option) from error
    return [folder / name for name in TOURS]


def copy_missing(source: Path, folder: Path, *, reset: bool = False) -> bool:
    """Copy those of the tours and their app file that the folder does not have.

    Args:
        source: Where they are.
        folder: Where they go; it is made when it is missing.
        reset: Whether what is there is replaced too.

    Returns:
        Whether some of them were there already, and stay as they are.

    Raises:
        SetupError: They cannot be copied.
    """
    _require_no_other_app(folder, "--folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = [] if reset else [name for name in FILES if (folder / name).is_file()]
        for name in FILES:
            if name not in kept:
                replace_file(folder / name, (source / name).read_bytes(), mode=READABLE)
    except OSError as error:
        raise _not_copied(folder, error, "--folder") from error
    return bool(kept)


def _require_no_other_app(folder: Path, option: str) -> None:
    """Refuse a folder whose app file is the person's own: it would be replaced or changed."""
    file = folder / APP_FILE
    # A link is replaced, and what it leads to stays as it is.
    if file.is_file() and not file.is_symlink() and OWN_ID not in _read(file):
        raise SetupError(
            f"{folder} has the {APP_FILE} of another app, so nothing was copied there. Name "
            f"another folder with {option}."
        )


def sandbox_port(folder: Path) -> int:
    """Return the port at which the copied app file expects the sandbox."""
    found = SANDBOX.search(_read(folder / APP_FILE))
    return int(found[1]) if found else STANDARD_PORT


def use_sandbox(folder: Path, sandbox_url: str) -> None:
    """Let a copy of the tours name the sandbox where it is; nothing else in it is changed.

    Raises:
        SetupError: A file cannot be read or written.
    """
    for name in FILES:
        before = _read(folder / name)
        after = SANDBOX.sub(sandbox_url, before)
        if after != before:
            try:
                replace_file(folder / name, after.encode(), mode=READABLE)
            except OSError as error:
                raise _not_copied(folder, error, "--folder") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"{path} cannot be read ({error}). Copy the tour anew with --reset, or name another "
            "folder with --folder."
        ) from error


def _not_copied(folder: Path, error: OSError, option: str) -> SetupError:
    return SetupError(
        f"The tour cannot be copied to {folder} ({error.strerror or error}). Name another folder "
        f"with {option}."
    )
