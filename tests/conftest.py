"""What every test stands on: a home of its own, and the programs that pip cannot bring."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.authorization.servers import AuthorizationServer
from tests.authorization.servers import django_provider as running_django_provider
from tests.authorization.servers import oidc_provider as running_oidc_provider

REPOSITORY = Path(__file__).parent.parent
KERNELS = {
    "ipykernel-6.31": REPOSITORY / ".venvs/ipykernel-6.31",
    "ipykernel-7.3": REPOSITORY / ".venvs/ipykernel-7.3",
    "ipykernel-newest": Path(sys.prefix),
}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the browser tests come last: Playwright keeps an event loop running from its first test
    on, beside which no other test could run one. Otherwise the files that take longest come first,
    so that no worker waits long for another one in the end: those that take pictures, then those
    with the most tests.
    """
    tests = Counter(item.path for item in items)

    def order(item: pytest.Item) -> tuple[bool, bool, int]:
        path = item.path
        return "browser" in path.parts, "pictures" not in path.name, -tests[path]

    items.sort(key=order)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let tests press Ctrl+C also where a script runs them in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def session_home() -> Iterator[Path]:
    """A home for what outlives a test, such as a Jupyter server; the developer's own stays apart.

    Its path is short: a socket's path may have 108 characters at most.
    """
    with (
        tempfile.TemporaryDirectory(prefix="attio-", ignore_cleanup_errors=True) as directory,
        pytest.MonkeyPatch.context() as patch,
    ):
        move_home(patch, Path(directory))
        forget_desktop(patch)
        yield Path(directory)


@pytest.fixture(autouse=True)
def home(session_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new, empty home for each test, where its vault, settings and Jupyter files go."""
    directory = tmp_path / "home"
    move_home(monkeypatch, directory)
    return directory


def move_home(patch: pytest.MonkeyPatch, directory: Path) -> None:
    """Point every variable that names a directory of the user's to one below `directory`."""
    directory.mkdir(exist_ok=True)
    for name, below in {
        "HOME": "",
        "USERPROFILE": "",
        "APPDATA": "roaming",
        "LOCALAPPDATA": "local",
        "XDG_CACHE_HOME": ".cache",
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "JUPYTER_CONFIG_DIR": ".jupyter",
        "JUPYTER_DATA_DIR": ".local/share/jupyter",
        "JUPYTER_RUNTIME_DIR": ".local/share/jupyter/runtime",
        "JUPYTERLAB_SETTINGS_DIR": ".jupyter/lab/user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": ".jupyter/lab/workspaces",
        "IPYTHONDIR": ".ipython",
    }.items():
        patch.setenv(name, str(directory / below))


def forget_desktop(patch: pytest.MonkeyPatch) -> None:
    """Cut the way to the developer's keyring, settings and hub, which a home does not hold."""
    for name in list(os.environ):
        if name.startswith(("ATTIO_NB_", "JUPYTERHUB_", "KEYRING_")):
            patch.delenv(name)
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "JUPYTER_PATH", "JUPYTER_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    # The Keychain and Windows' locker need no variable to be found.
    patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture(params=KERNELS)
def kernel_python(request: pytest.FixtureRequest) -> Path:
    """The Python of a kernel, once for each ipykernel that routes messages unlike the others."""
    environment = KERNELS[request.param]
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert python.exists(), f"{environment} is missing: run make setup"
    return python


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """Give the path of the first program found under one of some names.

    Without any, the test is skipped on a developer's machine, and fails where ``CI`` is set.
    """
    return find_program


@pytest.fixture(scope="session")
def chromium_path(program: Callable[..., str]) -> str:
    """The path of a Chromium; the variable ``CHROMIUM`` may name one."""
    return program(os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES, CHROMIUM_ON_MACOS)


@pytest.fixture(scope="session")
def oidc_provider(program: Callable[..., str], session_home: Path) -> Iterator[AuthorizationServer]:
    """npm's oidc-provider, running."""
    with running_oidc_provider(program("node"), session_home) as server:
        yield server


@pytest.fixture(scope="session")
def django_provider(session_home: Path) -> Iterator[AuthorizationServer]:
    """django-oauth-toolkit, running."""
    with running_django_provider(session_home) as server:
        yield server


def find_program(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    missing = f"Needs one of {', '.join(filter(None, names))}: make setup tells how to get it."
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
