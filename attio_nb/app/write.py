"""Writing the app file, so that what people wrote in it stays as it is."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import tempfile
import unicodedata
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.app.draft import require_renamable
from attio_nb.app.edit import with_element, with_value, without_element
from attio_nb.app.guard import require_no_credential
from attio_nb.app.model import APP_FILE
from attio_nb.app.naming import with_key
from attio_nb.app.ownership import effective_user
from attio_nb.app.places import find_places
from attio_nb.app.read import decode, parse_app, read_bytes
from attio_nb.app.written import changes, toml_item, written
from attio_nb.errors import AppFileError
from attio_nb.files import make_private_directory, replace_file
from attio_nb.home import user_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from tomlkit.items import Table

    from attio_nb.app.model import App, ConnectionDefinition, Owner

__all__ = [
    "add_connection",
    "beginning",
    "create_app",
    "remove_connection",
    "replace_connection",
]

UTF8_MARK = b"\xef\xbb\xbf"

READ_ONLY = (
    "it cannot be written: it is read-only for you. Nothing was changed: make it writable, or ask "
    "whoever it belongs to, and try again."
)

BEGINNING = """\
# The connections of this app, as in the Connections tab of an Attio app. No value ever stands in
# this file: it can be committed and reviewed.

[app]
id = "{id}" # what is stored is kept under this id: leave it as it is
name = "{name}"

# Whoever runs this app alone is its admin. Name the members to share it:
# [[members]]
# id = "ada" # the login name, or the name on JupyterHub
# role = "admin" # or "member", who cannot configure workspace connections
"""


def _is_writable(file: Path) -> bool:
    # To replace a file takes no more than a folder that can be written.
    return os.access(file, os.W_OK)


def create_app(
    directory: Path,
    definition: ConnectionDefinition,
    *,
    suffix: Callable[[], str] = lambda: secrets.token_hex(3),
    require: Callable[[Path], object] = lambda path: None,
    dry_run: bool = False,
) -> App:
    """Write a new app file with one connection, which gets a key if it has none.

    Args:
        directory: Where it is to stand.
        definition: The connection.
        suffix: Returns what makes the id, which begins with the name of the directory, unique.
        require: Raises where the file must not be written.
        dry_run: Whether everything is checked and nothing is written.

    Returns:
        What the file says.

    Raises:
        AppFileError: There is one already, it cannot be written, or the connection is not right;
            nothing was written.
    """
    path = directory.absolute() / APP_FILE
    require_no_credential(written(definition), path, 0)
    text = _extended(beginning(path, suffix()), with_key(definition, ()))
    app = parse_app(text, path, unwritten=0)
    with _told(path), _one_writer(path):
        if os.path.lexists(path):
            raise AppFileError("there is one already; it was left as it is.", path=path)
        require(path)
        if dry_run:
            _require_room(path.parent)
            return app
        # As readable as its directory is: there is nothing to hide in it.
        replace_file(path, text.encode(), mode=directory.stat().st_mode & 0o666)
    return app


def add_connection(
    path: Path,
    definition: ConnectionDefinition,
    *,
    is_writable: Callable[[Path], bool] = _is_writable,
    require: Callable[[Path], object] = lambda path: None,
    dry_run: bool = False,
) -> App:
    """Add a connection to an app file, with a key if it has none; comments and order stay.

    Args:
        path: The file.
        definition: The connection.
        is_writable: Says whether whoever runs this may write a file that is there.
        require: Raises where the file, given without links, must not be written.
        dry_run: Whether everything is checked and nothing is written.

    Returns:
        What the file says now, or would say; the new connection is its last one.

    Raises:
        AppFileError: The file was not right, or would not be with this connection, or cannot be
            written; it was left as it is.
    """

    def change(text: str) -> tuple[str, App]:
        return _with_connection(text, definition, path)

    return _rewritten(path, change, is_writable, require, dry_run=dry_run)


def replace_connection(
    path: Path,
    owner: Owner,
    key: str | None,
    definition: ConnectionDefinition,
    *,
    opened: ConnectionDefinition | None = None,
    is_writable: Callable[[Path], bool] = _is_writable,
    require: Callable[[Path], object] = lambda path: None,
) -> App:
    """Change what an app file says of a connection; all that stays the same stays as it is written.

    Args:
        path: The file.
        owner: Whose it is.
        key: Its key; None where the owner has one connection only.
        definition: What the file is to say of it.
        opened: What the file said when somebody began to change that: what others have changed
            since then stays. None where it says that still.
        is_writable: Says whether whoever runs this may write a file that is there.
        require: Raises where the file, given without links, must not be written.

    Returns:
        What the file says now.

    Raises:
        AppFileError: The file was not right, or would not be with this connection, or cannot be
            written; or the connection would have another owner, or no key any more; or somebody
            else has changed the same of it since it was opened. It was left as it is.
        UnknownConnectionError: There is no such connection.
    """

    def change(text: str) -> tuple[str, App]:
        return _with_change(text, owner, key, definition, opened, path)

    return _rewritten(path, change, is_writable, require)


def remove_connection(
    path: Path,
    owner: Owner,
    key: str | None,
    *,
    is_writable: Callable[[Path], bool] = _is_writable,
    require: Callable[[Path], object] = lambda path: None,
) -> App:
    """Take a connection out of an app file, with the comment directly above it.

    Args:
        path: The file.
        owner: Whose it is.
        key: Its key; None for the one without a key.
        is_writable: Says whether whoever runs this may write a file that is there.
        require: Raises where the file, given without links, must not be written.

    Returns:
        What the file says now.

    Raises:
        AppFileError: The file was not right, or cannot be written; it was left as it is.
        UnknownConnectionError: There is no such connection.
    """

    def change(text: str) -> tuple[str, App]:
        app = parse_app(text, path)
        index = app.connections.index(app.exact_definition(owner, key))
        left = without_element(text, ("connections", index))
        return left, _require_only_without(index, app, left, path)

    return _rewritten(path, change, is_writable, require)


def beginning(path: Path, suffix: str) -> str:
    """Return how an app file begins.

    Args:
        path: The file, which is called after its folder.
        suffix: What makes its id unique.
    """
    id, name = _slug(path.parent.name), _words(path.parent.name)
    return BEGINNING.format(id=f"{id}-{suffix}", name=name)


def _rewritten(
    path: Path,
    change: Callable[[str], tuple[str, App]],
    is_writable: Callable[[Path], bool],
    require: Callable[[Path], object],
    *,
    dry_run: bool = False,
) -> App:
    target = Path(os.path.realpath(path))
    with _told(path), _one_writer(target):
        while True:
            require(target)
            before = read_bytes(path)
            text = decode(before, path)
            changed, app = change(text)
            if changed == text:
                return app
            if not is_writable(target):
                raise AppFileError(READ_ONLY, path=path)
            if dry_run:
                _require_room(target.parent)
                return app
            mark = UTF8_MARK if before.startswith(UTF8_MARK) else b""
            content = mark + changed.encode()
            # An editor takes no lock: what it saved in between is read again.
            unchanged = functools.partial(_holds, path, before)
            if replace_file(target, content, like=target.stat(), still=unchanged):
                return app


def _require_room(directory: Path) -> None:
    # As `replace_file` does: permission bits say nothing of a read-only or full file system.
    with tempfile.NamedTemporaryFile(prefix=f".{APP_FILE}-", suffix=".tmp", dir=directory) as file:
        file.write(b"\n" * 4096)
        file.flush()


def _holds(path: Path, content: bytes) -> bool:
    return read_bytes(path) == content


def _with_connection(text: str, definition: ConnectionDefinition, path: Path) -> tuple[str, App]:
    there = parse_app(text, path).connections
    require_no_credential(written(definition), path, len(there))
    extended = _extended(text, with_key(definition, there))
    return extended, parse_app(extended, path, unwritten=len(there))


def _with_change(
    text: str,
    owner: Owner,
    key: str | None,
    definition: ConnectionDefinition,
    opened: ConnectionDefinition | None,
    path: Path,
) -> tuple[str, App]:
    app = parse_app(text, path)
    before = app.definition(owner, key)
    index = app.connections.index(before)
    require_renamable(before, definition, path, index)
    wanted = changes(opened or before, definition)
    require_no_credential(wanted, path, index)
    if opened:
        _require_unchanged(wanted, changes(opened, before), path, index)
    for name, value in wanted.items():
        text = with_value(text, ("connections", index, name), value)
    return text, parse_app(text, path, unwritten=index)


def _require_only_without(index: int, before: App, text: str, path: Path) -> App:
    """Return what a text says, once nothing but one connection is missing there."""
    left = before.connections[:index] + before.connections[index + 1 :]
    with suppress(AppFileError):
        app = parse_app(text, path)
        if app == replace(before, connections=left):
            return app
    raise AppFileError(
        "this connection cannot be taken out here without a change to the rest of the file. "
        "Nothing was changed: take it out in an editor.",
        path=path,
    )


def _require_unchanged(
    wanted: dict[str, Any], meanwhile: dict[str, Any], path: Path, index: int
) -> None:
    for name, value in meanwhile.items():
        if name in wanted and wanted[name] != value:
            raise AppFileError(
                f"{name} was changed in the file while it was being edited here. Nothing was "
                "saved: copy what you need, and edit it anew.",
                path=path,
                place=("connections", index, name),
            )


def _extended(text: str, definition: ConnectionDefinition) -> str:
    place = ("connections",)
    if any(each.place == place for each in find_places(text).statements):
        return with_element(text, place, written(definition))
    # At the end it is right whatever stands above; tomlkit would gather tables that stand apart.
    addition = f"[[connections]]\n{_table(definition).as_string()}"
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = newline if text.endswith("\n") else newline * 2
    return text + gap + addition.replace("\n", newline)


def _table(definition: ConnectionDefinition) -> Table:
    import tomlkit

    table = tomlkit.table()
    for name, value in written(definition).items():
        table[name] = toml_item(value)
    return table


def _slug(folder: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.]+", "-", ascii_only).strip("-._")[:60] or "app"


def _words(folder: str) -> str:
    words = re.sub(r"[^\w.]+|_+", " ", folder).strip()
    return words[:1].upper() + words[1:100].rstrip() or "App"


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppFileError(
            f"it cannot be written: {reason}. Nothing was changed.", path=path
        ) from error


@contextmanager
def _one_writer(path: Path) -> Iterator[None]:
    from filelock import FileLock

    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    with FileLock(_locks() / f"{name}.lock", timeout=10, mode=0o600):
        yield


def _locks() -> Path:
    # Not beside the app file, where it would be committed with it.
    home = user_folder("cache")
    with suppress(OSError):
        directory = home / "locks" if home else None
        if directory is not None:
            make_private_directory(directory)
            # It may be there since before the home became one that cannot be written.
            if os.access(directory, os.W_OK):
                return directory
    directory = Path(tempfile.gettempdir()) / f"attio_nb-locks-{effective_user() or 0}"
    make_private_directory(directory)
    return directory
