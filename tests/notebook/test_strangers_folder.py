"""What a page makes a kernel do runs no module of the notebook's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from tests.loopback import free_ports, serving
from tests.notebook.conftest import KERNEL_PORTS, Message, Notebook, install_kernel
from tests.notebook.provider import come_back, running_provider
from tests.notebook.test_tab import answer, await_state, connect
from tests.strangers import lay_in_wait, modules_run

REPOSITORY = Path(__file__).parent.parent.parent
LOADING = (REPOSITORY / "labextension/src/loading.ts").read_text(encoding="utf-8")
[LOAD_CODE] = re.findall(r"LOAD_CODE = `(.*)`;", LOADING, re.DOTALL)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Where the stranger's modules say that they were run."""
    return tmp_path / "record.txt"


@pytest.fixture
def stranger(
    kernel_python: Path,
    project: Path,
    record: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Notebook]:
    """A notebook in a stranger's folder, of which no cell was run."""
    # The keyring's back ends are looked for, too.
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    name = f"stranger-{kernel_python.parent.parent.name}"
    install_kernel(name, kernel_python, Path(os.environ["JUPYTER_DATA_DIR"]))
    ports = dict(zip(KERNEL_PORTS, free_ports(len(KERNEL_PORTS)), strict=True))
    manager = KernelManager(kernel_name=name, cache_ports=False, **ports)
    manager.start_kernel(
        cwd=str(project), env={**os.environ, "ATTIO_NB_DATA_DIR": str(project.parent / "data")}
    )
    notebook = Notebook(manager)
    try:
        # What a kernel imports when it starts is not ours.
        lay_in_wait(project, record, "stranger_backend")
        yield notebook
    finally:
        notebook.client.stop_channels()
        manager.shutdown_kernel(now=True)


def execute_silently(notebook: Notebook, code: str) -> Message:
    """Run code as the labextension does, and return the content of the reply."""
    reply = notebook.client.execute_interactive(
        code, silent=True, store_history=False, allow_stdin=False, stop_on_error=False, timeout=60
    )
    content: Message = reply["content"]
    return content


def test_the_panel_runs_nothing_of_the_folder(
    stranger: Notebook, project: Path, record: Path
) -> None:
    loaded = execute_silently(stranger, LOAD_CODE)
    assert loaded["status"] == "ok", loaded
    with serving() as service:
        file = project / "attio-app.toml"
        file.write_text(
            file.read_text().replace(
                'hosts = ["127', f'test_url = "{service.url}/me"\nhosts = ["127', 1
            )
        )
        assert stranger.ask("attio_session")["acting"]["role"] == "admin"
        answer(stranger, connect(stranger), "sk-panel")
        tested = stranger.ask("attio_test", owner="workspace", key=None)
        assert tested["ok"], tested
        gone = stranger.ask("attio_disconnect", owner="workspace", key=None)
        assert gone["was_connected"], gone
    assert modules_run(record) == []


def test_signing_in_runs_nothing_of_the_folder(
    stranger: Notebook, project: Path, record: Path
) -> None:
    with running_provider() as provider:
        (project / "attio-app.toml").write_text(provider.app_file())
        assert execute_silently(stranger, LOAD_CODE)["status"] == "ok"
        prompt = connect(stranger, "user")
        told = stranger.sign_in(prompt)
        assert told["state"] == "ready", told
        come_back(told["authorization_url"], code="one")
        await_state(stranger, prompt, "connected")
        assert stranger.ask("attio_test", owner="user", key=None)["status"] == "ok"
        assert stranger.ask("attio_disconnect", owner="user", key=None)["was_connected"]
    assert modules_run(record) == []


def test_a_cell_imports_from_its_folder_as_ever(stranger: Notebook, project: Path) -> None:
    (project / "attio_nb_own_module.py").write_text("number = 7\n")
    assert execute_silently(stranger, LOAD_CODE)["status"] == "ok"
    assert stranger.ask("attio_session")["status"] == "ok"
    ran = stranger.run("import attio_nb_own_module; attio_nb_own_module.number")
    assert ran.results == ["7"]


def test_loading_leaves_no_name_behind(stranger: Notebook) -> None:
    before = "sorted(name for name in globals() if not name.startswith('_'))"
    names = stranger.run(before).results
    assert execute_silently(stranger, LOAD_CODE)["status"] == "ok"
    assert stranger.run(before).results == names
