"""The keyring that the keyring package is set to, and what is said where it cannot be loaded."""

from __future__ import annotations

import configparser
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from attio_nb.errors import VaultKeyError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keyring.backend import KeyringBackend

__all__ = ["configured_keyring"]

BACKEND_VARIABLE = "PYTHON_KEYRING_BACKEND"
SECTION, OPTION = "backend", "default-keyring"


def configured_keyring(environ: Mapping[str, str] = os.environ) -> KeyringBackend:
    """Return the keyring that the keyring package is set to, or has chosen.

    Args:
        environ: The environment, where the package looks first (keyring's documentation,
            "Configuring").

    Raises:
        VaultKeyError: Its configuration names a back end that cannot be loaded, or is damaged.
    """
    import keyring

    path = _config_file()
    if path is None and not environ.get(BACKEND_VARIABLE):
        # The package looks for its file in the home folder, and fails without one.
        from keyring.backends.fail import Keyring

        nowhere: KeyringBackend = Keyring()  # type: ignore[no-untyped-call]
        return nowhere
    try:
        return keyring.get_keyring()
    except Exception as error:
        message = _message(error, path, environ)
        if not message:
            raise
    raise VaultKeyError(message)


def _config_file() -> Path | None:
    from keyring.util.platform_ import config_root

    try:
        path: Path = config_root() / "keyringrc.cfg"
        return path
    except RuntimeError:
        return None


def _message(error: Exception, path: Path | None, environ: Mapping[str, str]) -> str:
    """Return what is wrong with the configuration, or "" where it is something else."""
    if backend := environ.get(BACKEND_VARIABLE):
        source, correct = f"The environment variable {BACKEND_VARIABLE}", "or unset the variable"
    elif path is not None and path.exists():
        source, correct = f"The keyring's file {path}", "or correct the file"
        try:
            backend = _backend_in(path)
        except (configparser.Error, UnicodeDecodeError, OSError):
            return f"{source} cannot be read. Correct it, or delete it."
    if not backend:
        return ""
    return (
        f"{source} names the back end {backend}, which cannot be loaded ({_reason(error)}). "
        f"Install it, {correct}."
    )


def _backend_in(path: Path) -> str:
    config = configparser.RawConfigParser()
    config.read(path, encoding="utf-8")
    with suppress(configparser.NoOptionError, configparser.NoSectionError):
        return config.get(SECTION, OPTION).strip()
    return ""


def _reason(error: Exception) -> str:
    # What an import says names a module; the words of a back end may say anything.
    is_about_names = isinstance(error, ImportError | AttributeError)
    return str(error) if is_about_names and str(error) else type(error).__name__
