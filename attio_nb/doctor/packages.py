"""Which versions are installed, and whether they are new enough."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING

from attio_nb import __version__
from attio_nb.doctor.finding import ok, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from attio_nb.doctor.finding import Finding

__all__ = ["check_packages", "check_python", "installed", "requirements"]

SHOWN = (
    "ipykernel",
    "ipywidgets",
    "jupyterlab",
    "notebook",
    "httpx",
    "keyring",
    "cryptography",
)
OPTIONAL = ("notebook",)


def installed(name: str) -> str | None:
    """Return the version of a distribution that is installed here, or None where it is not."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def requirements() -> list[str]:
    """Return what this package needs, as its metadata say it, without its extras."""
    return [each for each in metadata.requires("attio-nb") or () if "extra ==" not in each]


def check_python(executable: str = sys.executable) -> Finding:
    """Tell which Python runs this, and which version of this package."""
    return ok(f"Versions: attio_nb {__version__}, Python {platform.python_version()}, {executable}")


def check_packages(
    needed: Iterable[str], version: Callable[[str], str | None] = installed
) -> Iterator[Finding]:
    """Tell which versions are installed, and which of them are too old or missing.

    Args:
        needed: Requirements, such as ``ipykernel>=6.31``.
        version: Returns the version of a distribution, or None.
    """
    from packaging.requirements import Requirement

    found = [(name, version(name)) for name in SHOWN]
    there = [f"{name} {number}" for name, number in found if number]
    there += [f"no {name}" for name, number in found if not number and name in OPTIONAL]
    yield ok(f"Packages: {', '.join(there)}")
    for requirement in map(Requirement, needed):
        if requirement.marker is not None and not requirement.marker.evaluate():
            # It is for another operating system.
            continue
        number = version(requirement.name)
        if number is None or not requirement.specifier.contains(number, prereleases=True):
            yield problem(
                f"Packages: attio_nb needs {requirement}, and {number or 'none'} is installed.",
                f'Install it: {sys.executable} -m pip install "{requirement}"',
            )
