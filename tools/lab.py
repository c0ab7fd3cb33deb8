"""Open the tour in JupyterLab, with the sandbox running beside it.

Usage: python tools/lab.py [OPTIONS OF JUPYTER LAB]
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

TOUR = Path(__file__).parent.parent / "notebooks" / "01-add-to-sequence.ipynb"
# A container's only person is root, and the server answers on loopback alone.
JUPYTERLAB = ["-P", "-m", "jupyterlab", "--allow-root", str(TOUR)]


def main(options: list[str]) -> int:
    # Ctrl-C is for JupyterLab, which asks whether it is meant; the sandbox goes when that goes.
    signal.signal(signal.SIGINT, lambda *_: None)
    sandbox = subprocess.Popen(
        [sys.executable, "-P", "-m", "attio_nb.cli", "sandbox"], start_new_session=True
    )
    try:
        return subprocess.call([sys.executable, *JUPYTERLAB, *options])
    finally:
        sandbox.terminate()
        sandbox.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
