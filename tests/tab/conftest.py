"""A session that has nothing around it but a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from attio_nb.app.current import AppFile
from attio_nb.connections.store import MemoryStore
from attio_nb.session import Session

Opened = Callable[..., Session]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Open a session of alice's with this app file."""

    def opened(text: str = "", **environ: str) -> Session:
        if text:
            (tmp_path / "attio-app.toml").write_text(text)
        file = AppFile(lambda: tmp_path)
        return Session(MemoryStore(), file=file, environ={"JUPYTERHUB_USER": "alice", **environ})

    return opened
