"""Which certificate authorities are trusted."""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from attio_nb.errors import SetupError
from attio_nb.plain_text import on_one_line

__all__ = ["describe_trust", "make_ssl_context"]

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")

KEY_LOG = "SSLKEYLOGFILE"
"""Python writes the keys of all connections there, for programs that look into traffic."""

SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Linux distributions keep them; a Python that comes from elsewhere looks in other places."""

HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The file names by which OpenSSL finds certificates in a folder."""


def make_ssl_context(
    environ: Mapping[str, str] = os.environ,
    *,
    platform: str = sys.platform,
    system_paths: tuple[str, ...] | None = None,
) -> ssl.SSLContext:
    """Return a TLS context that trusts what ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names.

    Without them it trusts what the operating system trusts, so that the authority of a company's
    network counts; where the system has no certificates, it trusts those of certifi.

    Args:
        environ: The environment.
        platform: The name of the operating system, as in `sys.platform`.
        system_paths: The files and folders in which Linux may keep certificates, in place of the
            usual ones.

    Raises:
        SetupError: A variable names no certificates, or a file for keys that cannot be written.
    """
    _check_key_log(environ.get(KEY_LOG, ""))
    if file := environ.get("SSL_CERT_FILE"):
        return _from_file(file)
    if folders := environ.get("SSL_CERT_DIR"):
        return _from_folders(folders)
    if platform in ("darwin", "win32"):
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Elsewhere truststore would read the same files, but anew for each connection.
    paths = _linux_paths() if system_paths is None else system_paths
    return _of_linux(paths) or _from_certifi()


def describe_trust(environ: Mapping[str, str] = os.environ) -> str:
    """Return the variable that names the trusted authorities, with its value, or "".

    Args:
        environ: The environment.
    """
    return next((f"{name}={environ[name]}" for name in VARIABLES if environ.get(name)), "")


def _check_key_log(file: str) -> None:
    """Raise where the file for the keys cannot be written, as every TLS context would."""
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = file
        return
    except (OSError, ValueError):
        problem = "the file cannot be written"
    raise SetupError(
        f"The environment variable {KEY_LOG}={on_one_line(file)} cannot be used: {problem}. "
        "Correct it, or unset it, since whoever reads that file can read your connections."
    )


def _from_file(file: str) -> ssl.SSLContext:
    problem = ""
    try:
        return ssl.create_default_context(cafile=file)
    except FileNotFoundError:
        problem = "there is no such file"
    except ssl.SSLError:
        problem = "the file holds no certificate in PEM format"
    except OSError:
        problem = "it is a folder" if Path(file).is_dir() else "the file cannot be read"
    except ValueError:
        problem = "no file can have this name"
    raise _unusable("SSL_CERT_FILE", file, problem)


def _from_folders(folders: str) -> ssl.SSLContext:
    found = [Path(each) for each in folders.split(os.pathsep) if each]
    if not any(each.is_dir() for each in found):
        raise _unusable("SSL_CERT_DIR", folders, "there is no such folder")
    if not any(_has_certificates(each) for each in found):
        raise _unusable(
            "SSL_CERT_DIR",
            folders,
            "the folder has no certificates by the names that OpenSSL looks for (openssl rehash "
            "makes them)",
        )
    return ssl.create_default_context(capath=folders)


def _has_certificates(folder: Path) -> bool:
    with suppress(OSError):
        return any(HASHED.fullmatch(each.name) for each in folder.iterdir())
    return False


def _unusable(name: str, value: str, problem: str) -> SetupError:
    return SetupError(
        f"The environment variable {name}={on_one_line(value)} cannot be used: {problem}. "
        "Correct it, or unset it to trust the certificates of the operating system."
    )


def _linux_paths() -> tuple[str, ...]:
    paths = ssl.get_default_verify_paths()
    return (paths.openssl_cafile, *SYSTEM_FILES, paths.openssl_capath)


def _of_linux(paths: tuple[str, ...]) -> ssl.SSLContext | None:
    for path in map(Path, paths):
        if _has_certificates(path):
            return ssl.create_default_context(capath=path)
        with suppress(OSError):
            return ssl.create_default_context(cafile=path)
    return None


def _from_certifi() -> ssl.SSLContext:
    import certifi

    return ssl.create_default_context(cafile=certifi.where())
