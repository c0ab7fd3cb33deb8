"""Whether Jupyter has found both extensions, and which of its kernels can load this package."""

from __future__ import annotations

import json
import re
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
ASK_KERNEL = """
import json
from importlib.metadata import PackageNotFoundError, version
def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
print(json.dumps([found("ipykernel"), found("attio-nb")]))
"""
PYTHON_PROGRAM = re.compile(r"(?:python|pypy)[0-9.]*w?(?:\.exe)?", re.IGNORECASE)
IPYKERNEL = re.compile(r"ipykernel(?:_launcher|\.\w+)?")
KERNEL_SECONDS = 30.0


class Kernel(NamedTuple):
    """A kernel that Jupyter can start.

    Attributes:
        name: Its name.
        python: The program that runs it: a Python, or another one such as ``docker``.
        language: The language of its cells.
        is_ipykernel: Whether it is ipykernel, and not another kernel for Python.
    """

    name: str
    python: str
    language: str = "python"
    is_ipykernel: bool = True


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
    """Return the kernels that Jupyter finds.

    Args:
        paths: The folders in which it looks for kernels; its own Python is one anyway.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager(kernel_dirs=list(paths)).get_all_specs()
    return [
        # Jupyter, too, takes a bare name for its own Python.
        Kernel(
            name,
            program if Path(program).is_absolute() or not _is_python(program) else sys.executable,
            language,
            any(map(IPYKERNEL.fullmatch, arguments)),
        )
        for name, found in sorted(specs.items())
        if (argv := found["spec"]["argv"])
        for program, *arguments in [argv]
        for language in [found["spec"]["language"] or "unknown"]
    ]


def check_kernels(
    found: Iterable[Kernel], oldest: str, *, version: str = __version__
) -> Iterator[Finding]:
    """Tell what each kernel can do with this package.

    Args:
        found: The kernels.
        oldest: The oldest ipykernel that will do.
        version: The version of this package that fits the labextension.
    """
    findings, is_usable = [], False
    for kernel in found:
        finding, has_attio_nb = _about_kernel(kernel, oldest, version)
        findings.append(finding)
        is_usable = is_usable or has_attio_nb
    if not is_usable:
        yield problem(
            "Kernels: none has attio_nb.",
            f"Make this Python one: {sys.executable} -m ipykernel install --user",
        )
    yield from findings


def _about_kernel(kernel: Kernel, oldest: str, version: str) -> tuple[Finding, bool]:
    """Return a finding, and whether attio_nb is installed in this kernel."""
    name = f"Kernel {kernel.name}"
    if kernel.language.lower() != "python":
        return ok(f"{name}: its language is {kernel.language}, and attio_nb is for Python"), False
    if not _is_python(kernel.python):
        return ok(
            f"{name}: {kernel.python} starts it, so that doctor cannot see what is installed there"
        ), False
    versions = _versions_in(kernel)
    if versions is None:
        fix = f"Remove it, or install its Python again: jupyter kernelspec remove {kernel.name}"
        return problem(f"{name}: {kernel.python} cannot be started.", fix), False
    ipykernel, ours = versions
    if not ours:
        install = f"{kernel.python} -m pip install attio-nb"
        return ok(f"{name}: without attio_nb; {install} would bring it there"), False
    return _about_versions(kernel, ipykernel, ours, oldest, version), True


def _about_versions(
    kernel: Kernel, ipykernel: str, ours: str, oldest: str, version: str
) -> Finding:
    from packaging.version import Version

    name, install = f"Kernel {kernel.name}", f"{kernel.python} -m pip install"
    if ours != version:
        return problem(
            f"{name}: it has attio_nb {ours}, and this is {version}.",
            f"Install the same: {install} attio-nb=={version}",
        )
    if not kernel.is_ipykernel:
        return ok(
            f"{name}: attio_nb {ours}, without ipykernel: a getter asks in an input line below its "
            "cell, and the Connections tab connects at the Jupyter server"
        )
    if not ipykernel or Version(ipykernel) < Version(oldest):
        what = (
            f"ipykernel {ipykernel} is older than {oldest}" if ipykernel else "it has no ipykernel"
        )
        return problem(
            f"{name}: {what}.",
            f'Renew it, then restart the kernel: {install} "ipykernel>={oldest}"',
        )
    return ok(f"{name}: attio_nb {ours}, ipykernel {ipykernel}")


def _is_python(program: str) -> bool:
    return PYTHON_PROGRAM.fullmatch(Path(program).name) is not None


def _versions_in(kernel: Kernel) -> list[str] | None:
    """Return the versions of ipykernel and of this package, "" for one that is missing.

    None where the kernel's Python cannot be asked.
    """
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
    versions: list[str] = json.loads(answer.stdout)
    return versions
