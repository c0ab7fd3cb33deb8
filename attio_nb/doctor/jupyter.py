"""Whether Jupyter has found both extensions, and which of its kernels can load this package."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from attio_nb import __version__
from attio_nb.doctor.finding import ok, problem
from attio_nb.programs import safe_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attio_nb.doctor.finding import Finding

__all__ = [
    "Kernel",
    "check_kernels",
    "check_labextension",
    "check_server_extension",
    "disabled_labextensions",
    "kernels",
    "server_extensions",
]

LABEXTENSION = "attio-nb"
SERVER_EXTENSION = "attio_nb.jupyter"
REINSTALL = f"{sys.executable} -m pip install --force-reinstall --no-deps attio-nb"
ASK_KERNEL = (
    "from importlib.metadata import version; print(version('ipykernel'), version('attio-nb'))"
)
KERNEL_SECONDS = 30.0


class Kernel(NamedTuple):
    """A kernel that Jupyter can start.

    Attributes:
        name: Its name.
        python: The Python that runs it.
    """

    name: str
    python: str


def check_labextension(
    paths: Sequence[str], disabled: Iterable[str], *, version: str = __version__
) -> Finding:
    """Tell whether JupyterLab and Notebook will load the labextension.

    Args:
        paths: The folders in which they look for labextensions; the first one that has it counts.
        disabled: Names of extensions and plugins that are switched off.
        version: The version that fits this package.
    """
    folder = next((f for p in paths if (f := Path(p, LABEXTENSION, "package.json")).exists()), None)
    if folder is None:
        return problem(
            f"Labextension: {LABEXTENSION} is in none of {', '.join(paths)}.",
            f"Install it where JupyterLab runs: {REINSTALL}",
        )
    off = [name for name in disabled if _is_ours(name)]
    if off:
        return problem(
            f"Labextension: {', '.join(off)} is disabled.",
            f"Switch it on: {sys.executable} -m jupyter labextension enable {off[0]}",
        )
    found = _version_in(folder)
    if found != version:
        return problem(
            f"Labextension: {folder.parent} has version {found}, and attio_nb is {version}.",
            f"Install it again, then reload the page: {REINSTALL}",
        )
    return ok(f"Labextension: {found}, on, in {folder.parent}")


def _is_ours(name: str) -> bool:
    return name == LABEXTENSION or name.startswith(f"{LABEXTENSION}:")


def _version_in(description: Path) -> str:
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"


def disabled_labextensions(paths: Sequence[str]) -> list[str]:
    """Return what JupyterLab's page configuration switches off.

    Args:
        paths: The folders in which it looks for labextensions.
    """
    from jupyterlab.commands import get_app_dir  # type: ignore[import-untyped]
    from jupyterlab_server.config import get_page_config

    config = get_page_config(list(paths), str(Path(get_app_dir(), "settings")))
    disabled: list[str] = config["disabledExtensions"]
    return disabled


def check_server_extension(extensions: Mapping[str, bool]) -> Finding:
    """Tell whether a Jupyter server will load the server extension.

    Args:
        extensions: What the configuration switches on or off.
    """
    on = extensions.get(SERVER_EXTENSION)
    if on:
        return ok("Server extension: on")
    if on is None:
        return problem(
            f"Server extension: no configuration names {SERVER_EXTENSION}.",
            f"Install it where the server runs: {REINSTALL}",
        )
    return problem(
        f"Server extension: {SERVER_EXTENSION} is disabled.",
        f"Switch it on: {sys.executable} -m jupyter server extension enable {SERVER_EXTENSION}",
    )


def server_extensions(paths: Sequence[str]) -> Mapping[str, bool]:
    """Return which server extensions the configuration switches on or off.

    Args:
        paths: The configuration folders, the strongest first.
    """
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=list(paths))
    extensions: Mapping[str, bool] = manager.get_jpserver_extensions()  # type: ignore[no-untyped-call]
    return extensions


def kernels(paths: Sequence[str]) -> list[Kernel]:
    """Return the Python kernels that Jupyter finds.

    Args:
        paths: The folders in which it looks for kernels; its own Python is one anyway.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager(kernel_dirs=list(paths)).get_all_specs()
    return [
        # Jupyter, too, takes a bare name for its own Python.
        Kernel(name, argv[0] if Path(argv[0]).is_absolute() else sys.executable)
        for name, found in sorted(specs.items())
        if found["spec"]["language"] == "python" and (argv := found["spec"]["argv"])
    ]


def check_kernels(
    found: Iterable[Kernel], oldest: str, *, version: str = __version__
) -> Iterator[Finding]:
    """Tell which kernels can load this package.

    Args:
        found: The kernels.
        oldest: The oldest ipykernel that will do.
        version: The version of this package that fits the labextension.
    """
    results = [(kernel, _versions_in(kernel)) for kernel in found]
    if not any(versions for _, versions in results):
        yield problem(
            "Kernels: none has attio_nb.",
            f"Make this Python one: {sys.executable} -m ipykernel install --user",
        )
    for kernel, versions in results:
        yield _about_kernel(kernel, versions, oldest, version)


def _about_kernel(kernel: Kernel, versions: list[str] | None, oldest: str, version: str) -> Finding:
    from packaging.version import Version

    install = f"{kernel.python} -m pip install"
    if versions is None:
        return ok(
            f"Kernel {kernel.name}: without attio_nb; {install} attio-nb would bring it there"
        )
    ipykernel, ours = versions
    if Version(ipykernel) < Version(oldest):
        return problem(
            f"Kernel {kernel.name}: ipykernel {ipykernel} is older than {oldest}.",
            f'Renew it, then restart the kernel: {install} "ipykernel>={oldest}"',
        )
    if ours != version:
        return problem(
            f"Kernel {kernel.name}: it has attio_nb {ours}, and this is {version}.",
            f"Install the same: {install} attio-nb=={version}",
        )
    return ok(f"Kernel {kernel.name}: attio_nb {ours}, ipykernel {ipykernel}")


def _versions_in(kernel: Kernel) -> list[str] | None:
    """Return a kernel's versions of ipykernel and of this package, or None where one is missing."""
    try:
        # Python before 3.11 looks for modules in the current folder, whatever its environment says.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as empty:
            answer = subprocess.run(  # noqa: S603  # a kernel's Python, as Jupyter starts it
                [kernel.python, "-c", ASK_KERNEL],
                cwd=empty,
                env=safe_environment(),
                capture_output=True,
                text=True,
                check=True,
                timeout=KERNEL_SECONDS,
            )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.split()
