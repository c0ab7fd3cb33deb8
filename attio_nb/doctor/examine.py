"""All looks, one after the other."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attio_nb.app.allowed import default_allowed_files
from attio_nb.app.current import AppFile
from attio_nb.app.trust import AppFileTrust
from attio_nb.callback import CallbackFiles
from attio_nb.connections.own import default_vault
from attio_nb.connections.store import MemoryStore
from attio_nb.doctor.finding import from_error, problem
from attio_nb.doctor.jupyter import (
    check_kernels,
    check_labextension,
    check_server_extension,
    disabled_labextensions,
    kernels,
    server_extensions,
)
from attio_nb.doctor.modes import check_modes, mend_modes
from attio_nb.doctor.network import check_network
from attio_nb.doctor.packages import check_packages, check_python, requirements
from attio_nb.doctor.project import (
    check_app_file,
    check_connections,
    check_person,
    check_redirect_uris,
)
from attio_nb.doctor.providers import check_providers
from attio_nb.doctor.stored import (
    check_folder,
    check_key,
    check_older_copy,
    check_set_aside,
    check_vault,
)
from attio_nb.errors import VaultError
from attio_nb.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.vault import Vault
    from attio_nb.doctor.finding import Finding

__all__ = ["examine", "mend"]

OLDEST_IPYKERNEL = "6.31"


def examine(
    environ: Mapping[str, str] = os.environ,
    directory: Path | None = None,
    *,
    ask_providers: bool = False,
) -> Iterator[Finding]:
    """Look at everything, and change nothing.

    Args:
        environ: The environment.
        directory: Where the app file is looked for, upwards; None is the working directory.
        ask_providers: Whether the OAuth providers of the app are asked for their metadata. Nothing
            else here needs a network, and an app file of a stranger may name any host.
    """
    yield check_python()
    yield from check_packages(requirements())
    yield from _jupyter()
    yield from check_network(environ)
    yield from _app(environ, directory or Path.cwd(), ask_providers)


def _jupyter() -> Iterator[Finding]:
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    try:
        # A relative path, such as in JUPYTER_PATH, may name a stranger's kernels.
        paths = list(filter(os.path.isabs, jupyter_path("labextensions")))
        yield check_labextension(paths, disabled_labextensions(paths))
        yield check_server_extension(server_extensions(jupyter_config_path()))
        folders = list(filter(os.path.isabs, jupyter_path("kernels")))
        yield from check_kernels(kernels(folders), OLDEST_IPYKERNEL)
    except ModuleNotFoundError as error:
        yield problem(
            f"Jupyter: {error.name} is not installed here.",
            "Run attio-nb doctor in the environment that starts JupyterLab as well.",
        )
    except RuntimeError:
        yield problem(
            "Jupyter: it cannot start here, since you have no home folder.",
            "Set HOME to a folder that you can write to.",
        )
    except (OSError, ValueError) as error:
        yield problem(
            f"Jupyter: its configuration cannot be read: {error}",
            "Correct the file: jupyter --paths lists the folders that it may be in.",
        )


def _app(environ: Mapping[str, str], directory: Path, ask_providers: bool) -> Iterator[Finding]:
    entries: Mapping[Slot, StoredConnection] = {}
    opened = False
    try:
        vault = default_vault(environ, notify=lambda message: None)
    except VaultError as error:
        yield from_error("Vault", error)
    else:
        key = check_key(vault.keys)
        yield key
        if key.well:
            found, entries = check_vault(vault)
            opened = found.well
            yield found
        yield from _beside(vault, environ)
    session = _session(entries, environ, directory)
    file = check_app_file(session)
    yield file
    if file.well:
        yield check_person(session)
        yield from check_connections(session, opened=opened)
        yield from check_redirect_uris(session)
        yield from check_providers(session, ask=ask_providers)


def mend(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Mend what can be mended without asking, and say what was done.

    Args:
        environ: The environment.
    """
    yield from mend_modes(_folders(environ))


def _folders(environ: Mapping[str, str]) -> list[Path]:
    """Return the folders that this package keeps its own files in."""
    folders: list[Path] = []
    # A person without a home has none of them.
    with suppress(VaultError):
        vault = default_vault(environ, notify=lambda message: None)
        allowed = default_allowed_files(environ)
        folders += [vault.path.parent, vault.keys.key_file.parent, allowed.path.parent]
    with suppress(ModuleNotFoundError, RuntimeError):
        from jupyter_core.paths import jupyter_runtime_dir

        folders.append(CallbackFiles.below(Path(jupyter_runtime_dir())).directory)
    return folders


def _beside(vault: Vault, environ: Mapping[str, str]) -> Iterator[Finding]:
    yield from check_older_copy(vault)
    yield from check_modes(_folders(environ))
    yield from check_set_aside(vault.path)
    if (folder := check_folder(vault.path)) is not None:
        yield folder


def _session(
    entries: Mapping[Slot, StoredConnection], environ: Mapping[str, str], directory: Path
) -> Session:
    # A copy, since the vault itself sets aside what it cannot open when a getter reads from it.
    store = MemoryStore()
    for slot, stored in entries.items():
        store.put(slot, stored)
    file = AppFile(lambda: directory, trust=AppFileTrust(environ=environ))
    return Session(store, file=file, environ=environ)
