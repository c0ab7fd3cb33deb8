"""A folder of a stranger, in which a module lies in wait under each name that may be imported."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

__all__ = ["lay_in_wait", "modules_run"]

TRAP = """\
import sys
frame, files = sys._getframe(), []
while frame:
    files.append(frame.f_code.co_filename)
    frame = frame.f_back
with open({record!r}, "a") as file:
    print({name!r}, *files, file=file)
raise ImportError("a module of the folder was run")
"""
ENTRY_POINTS = "[keyring.backends]\nstranger = stranger_backend\n"


def lay_in_wait(folder: Path, record: Path, *besides: str) -> None:
    """Write modules, packages and metadata that say in a file when they are run.

    Args:
        folder: Where they go.
        record: The file.
        besides: Further names of modules.
    """
    names = {*sys.stdlib_module_names, *packages_distributions(), *besides}
    for name in sorted(each for each in names if each.isidentifier()):
        (folder / f"{name}.py").write_text(TRAP.format(record=str(record), name=name))
    for package in ("attio_nb", "keyring", "cryptography", "jaraco/classes", "jaraco/functools"):
        (folder / package).mkdir(parents=True)
        trap = TRAP.format(record=str(record), name=package)
        (folder / package / "__init__.py").write_text(trap)
    for name in ("stranger", "attio_nb", "keyring"):
        (metadata := folder / f"{name}-99.dist-info").mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 99\n")
        (metadata / "entry_points.txt").write_text(ENTRY_POINTS)


def modules_run(record: Path) -> list[str]:
    """Return which modules were run, each with the files of the code that led there."""
    return record.read_text().splitlines() if record.exists() else []
