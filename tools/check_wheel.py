"""See that an installed wheel works where there is no Node: Jupyter finds it, and it starts.

Usage: python tools/check_wheel.py ENVIRONMENT
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXPECTED = (
    (("jupyter", "labextension", "list"), r"attio-nb v\S+ enabled OK"),
    (("jupyter", "server", "extension", "list"), r"attio_nb\.jupyter OK"),
    (("attio-nb", "--help"), r"attio-nb"),
    (("python", "-c", "import attio_nb; print(attio_nb.__file__)"), r"site-packages"),
)


def main(environment: Path) -> int:
    programs = environment.resolve() / ("Scripts" if os.name == "nt" else "bin")
    if shutil.which("node", path=str(programs)):
        sys.exit(f"{programs} has a Node: it proves nothing here")
    with tempfile.TemporaryDirectory() as home:
        clean = {"PATH": str(programs), "HOME": home, "JUPYTER_PLATFORM_DIRS": "1"}
        results = [check(command, pattern, home, clean) for command, pattern in EXPECTED]
    return 0 if all(results) else 1


def check(command: tuple[str, ...], pattern: str, directory: str, environ: dict[str, str]) -> bool:
    program = shutil.which(command[0], path=environ["PATH"]) or command[0]
    answer = subprocess.run(
        [program, *command[1:]],
        cwd=directory,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    plain = " ".join(re.sub(r"\x1b\[\d*m", "", answer.stdout).split())
    good = answer.returncode == 0 and re.search(pattern, plain) is not None
    print("ok    " if good else "FAILED", " ".join(command))
    if not good:
        print(answer.stdout)
    return good


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
