"""The rooms of the package import each other one way, and importing the package costs little."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import attio_nb

PACKAGE = Path(attio_nb.__file__).parent
FLOORS = (
    {"errors", "hub", "plain_text"},
    {
        "callback",
        "callback_page",
        "callback_request",
        "console",
        "credentials",
        "files",
        "home",
        "imports",
        "network",
        "notices",
        "programs",
        "tracebacks",
        "transport_errors",
        "web_address",
    },
    {"app", "execution", "people", "connections", "oauth", "sandbox"},
    {"functions"},
    {
        "asking",
        "choosing",
        "environment_grants",
        "grants",
        "key_changes",
        "making",
        "session",
        "hosting",
    },
    {"api", "__init__"},
    {"prompts"},
    {"tab", "tour"},
    {"notebook", "jupyter", "script", "commands", "cli", "demo", "doctor", "allow"},
)
HOMES = {
    "IPython": ("notebook", "__init__"),
    "ipykernel": ("notebook",),
    "traitlets": ("notebook",),
    "jupyter_client": ("notebook", "demo", "doctor"),
    "jupyter_core": ("notebook", "jupyter", "doctor"),
    "jupyter_events": ("jupyter",),
    "jupyter_server": ("jupyter", "doctor", "tour"),
    "nbclient": ("demo",),
    "segno": ("prompts",),
    "tornado": ("jupyter",),
    "watchfiles": ("jupyter",),
    "keyring": ("connections",),
    "cryptography": ("connections", "oauth", "prompts"),
    "tomlkit": ("app",),
    "authlib": ("oauth",),
    "httpx": (
        "connections",
        "oauth",
        "functions",
        "network",
        "transport_errors",
        "api",
        "demo",
        "tour",
    ),
    "truststore": ("network",),
    "fastapi": ("sandbox",),
    "uvicorn": ("sandbox",),
}
HEAVY = (
    "authlib",
    "IPython",
    "cryptography",
    "httpx",
    "ipywidgets",
    "jupyterlab",
    "keyring",
    "pydantic",
    "tomlkit",
    "truststore",
)
THREADS = ("threading.Thread", "threading.Timer", "Thread", "Timer")
TOP = len(FLOORS)

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE / "labextension")


def room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


ROOMS = {room(module) for module in MODULES}


def floor(name: str) -> int:
    for height, rooms in enumerate(FLOORS):
        if name in rooms:
            return height
    raise AssertionError(f"attio_nb/{name} is a new room: give it a floor in {__file__}")


def imported_names(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno} imports relatively"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_rooms(module: Path) -> set[str]:
    paths = (name.split(".") for name in imported_names(module))
    names = {path[1] for path in paths if path[0] == "attio_nb" and len(path) > 1}
    return {name if name in ROOMS else "__init__" for name in names}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
class TestAModule:
    def test_imports_no_room_above_its_own(self, module: Path) -> None:
        here = TOP if room(module) == "__init__" else floor(room(module))
        assert {name for name in imported_rooms(module) if floor(name) > here} == set()

    def test_uses_an_outside_library_only_where_that_has_its_home(self, module: Path) -> None:
        libraries = {name.split(".")[0] for name in imported_names(module)}
        strays = {
            name for name in libraries if room(module) not in HOMES.get(name, (room(module),))
        }
        assert strays == set()


@pytest.mark.parametrize("package", ["app", "connections", "oauth", "prompts", "tab", "notebook"])
def test_a_package_that_two_threads_may_load_imports_none_of_its_modules(package: str) -> None:
    """A thread that imports a module holds its lock while it waits for the package."""
    code = f"import attio_nb.{package}, sys; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = [name for name in answer.stdout.split() if name.startswith(f"attio_nb.{package}.")]
    assert loaded == []


def test_what_serves_the_page_knows_nothing_of_what_runs_in_the_kernel() -> None:
    serving = [module for module in MODULES if room(module) == "jupyter"]
    assert serving
    assert set().union(*map(imported_rooms, serving)) <= {
        "app",
        "callback",
        "callback_page",
        "callback_request",
        "connections",
        "errors",
        "hub",
        "imports",
        "jupyter",
        "prompts",
        "session",
        "tab",
    }


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import attio_nb, json, sys; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(answer.stdout))
    assert "attio_nb" in loaded
    assert loaded.isdisjoint(HEAVY)


LOAD = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().run_line_magic("load_ext", "attio_nb")
print(json.dumps(sorted(sys.modules)))
"""


def test_loading_the_extension_loads_nothing_that_only_a_cell_needs() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(answer.stdout.splitlines()[-1]))
    assert "attio_nb.notebook.extension" in loaded
    rooms = {name.split(".")[1] for name in loaded if name.startswith("attio_nb.")}
    assert rooms == {"errors", "hosting", "imports", "notebook", "plain_text", "prompts"}
    assert "attio_nb.notebook.command" not in loaded


def test_each_thread_imports_installed_packages_only() -> None:
    """A page may have started it, in a folder of somebody else."""
    started = 0
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in THREADS:
                started += 1
                # Beside its import.
                text = module.read_text(encoding="utf-8")
                assert text.count("with_installed_packages") > 1, module
    assert started > 10
