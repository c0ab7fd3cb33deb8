"""``attio-nb allow``: app files of other people, allowed by the person who runs this."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.app import APP_FILE, read_app
from attio_nb.app.allowed import default_allowed_files
from attio_nb.app.hosts import shown_host
from attio_nb.app.ownership import effective_user, file_owners, user_name
from attio_nb.app.shown import shell_word
from attio_nb.app.trust import AppFileTrust
from attio_nb.connections.approval import (
    addresses_of,
    approve,
    approve_variables,
    variable_addresses,
    withdraw,
)
from attio_nb.connections.own import default_store
from attio_nb.errors import AppFileError, CommandError
from attio_nb.plain_text import on_one_line, quoted_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from attio_nb.app import App, ConnectionDefinition, OAuth2
    from attio_nb.app.allowed import AllowedFiles
    from attio_nb.connections.model import Addresses, Slot
    from attio_nb.connections.store import Store

__all__ = ["allow", "forget", "list_allowed"]


def allow(
    path: Path | None,
    *,
    say: Callable[[str], object],
    allowed: AllowedFiles | None = None,
    store: Store | None = None,
) -> None:
    """Allow an app file for good, and say what that means. To run this is the consent.

    What is stored for its connections, and what environment variables hold for them, may then go to
    the addresses that it names now.

    Args:
        path: The app file, or its folder; None for the one above the working directory.
        say: Is given each line.
        allowed: Where allowed app files are kept; None for those of the person who runs this.
        store: Where connections are kept; None for the vault of the person who runs this.

    Raises:
        CommandError: There is no app file.
        AppFileError: The app file cannot be used; it was not allowed.
        SetupError: It could not be kept.
        VaultError: It could not be kept for what is stored.
    """
    file = _app_file(path)
    # A link may lead elsewhere by the time that the file is read, so it is followed once.
    real = file.resolve()
    # Whoever allows it sees what is in it.
    app = read_app(real)
    described = list(_described(file, real, app))
    _approve(real, app, allowed or default_allowed_files(), store or default_store())
    for line in described:
        say(line)


def forget(
    path: Path,
    *,
    say: Callable[[str], object],
    allowed: AllowedFiles | None = None,
    store: Store | None = None,
) -> None:
    """Allow an app file no more, also one that is gone.

    The addresses that it names now are not approved any more for what is stored.

    Args:
        path: The app file, or its folder.
        say: Is given each line.
        allowed: Where allowed app files are kept; None for those of the person who runs this.
        store: Where connections are kept; None for the vault of the person who runs this.

    Raises:
        CommandError: It was not allowed.
        SetupError: It could not be kept.
        VaultError: It could not be kept for what is stored.
    """
    allowed = allowed or default_allowed_files()
    for file in (path / APP_FILE, path):
        if allowed.forget(file):
            say(f"{on_one_line(file)} is not allowed any more.")
            _withdraw(file, store or default_store(), say)
            return
    raise CommandError(
        f"{on_one_line(path)} was not allowed. attio-nb allow --list shows the app files that are."
    )


def list_allowed(*, say: Callable[[str], object], allowed: AllowedFiles | None = None) -> None:
    """Say which app files are allowed.

    Args:
        say: Is given each line.
        allowed: Where allowed app files are kept; None for those of the person who runs this.

    Raises:
        SetupError: They cannot be read.
    """
    allowed = allowed or default_allowed_files()
    files = list(filter(allowed.is_allowed, allowed.entries()))
    if not files:
        say("You have allowed no app file.")
    for file in files:
        say(
            on_one_line(file)
            if file.exists()
            else f"{on_one_line(file)} (there is no such file now)"
        )


def _approve(file: Path, app: App, allowed: AllowedFiles, store: Store) -> None:
    # Before anything is kept: a vault that cannot be opened leaves the app file as it was.
    slots = store.entries()
    for slot, addresses in _stored_for(app, slots):
        approve(store, slot, addresses)
    variables = {each.environment_variable: variable_addresses(each) for each in app.connections}
    approve_variables(allowed, file, variables)


def _withdraw(file: Path, store: Store, say: Callable[[str], object]) -> None:
    try:
        app = read_app(file)
    except AppFileError as error:
        say(
            f"{error} The addresses that were approved for stored values stay approved. Connect "
            "again to approve others in their place."
        )
        return
    changed = [withdraw(store, slot, each) for slot, each in _stored_for(app, store.entries())]
    if any(changed):
        say("The addresses that it names are approved no more: the next getter asks about them.")


def _stored_for(app: App, slots: Iterable[Slot]) -> list[tuple[Slot, Addresses]]:
    """Return the slots of an app's connections, and the addresses that the app file names."""
    named = {
        (app.id, app.workspace, each.owner, each.key): addresses_of(each)
        for each in app.connections
    }
    keys = [(slot, (slot.app, slot.workspace, slot.owner, slot.key)) for slot in slots]
    return [(slot, named[key]) for slot, key in keys if key in named]


def _app_file(path: Path | None) -> Path:
    file = AppFileTrust().find(Path.cwd()) if path is None else path
    if file is None:
        raise CommandError(
            f"No {APP_FILE} was found in {on_one_line(Path.cwd())} or in a folder above it. Name "
            "the one that you mean: attio-nb allow PATH"
        )
    return file / APP_FILE if file.is_dir() else file


def _described(file: Path, real: Path, app: App) -> Iterator[str]:
    others = (file_owners(file) | file_owners(real)) - {effective_user()}
    yield f"You allow {on_one_line(real)}, the app file of {quoted_name(app.name)}."
    if others and effective_user() is not None:
        names = " and ".join(sorted(map(user_name, others)))
        yield f"It belongs to {on_one_line(names)}, who can change it at any time."
    for definition in app.connections:
        yield from _connection(definition)
    yield f"To allow it no more: attio-nb allow --forget {shell_word(real)}"


def _connection(definition: ConnectionDefinition) -> Iterator[str]:
    key = f", key {definition.key}" if definition.key else ""
    yield f"  {quoted_name(definition.label)} ({definition.owner}{key})"
    hosts = ", ".join(map(shown_host, definition.hosts)) or "no host, since the app file names none"
    yield f"    its value may be sent to: {on_one_line(hosts)}"
    if definition.test_url:
        yield f"    it is tested at: {on_one_line(definition.test_url)}"
    if definition.oauth2:
        yield f"    you sign in at: {on_one_line(', '.join(_addresses(definition.oauth2)))}"


def _addresses(oauth2: OAuth2) -> Iterator[str]:
    named = (
        oauth2.issuer,
        oauth2.authorization_endpoint,
        oauth2.token_endpoint,
        oauth2.revocation_endpoint,
        oauth2.device_authorization_endpoint,
    )
    yield from filter(None, named)
