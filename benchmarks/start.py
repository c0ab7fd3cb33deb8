"""The start of JupyterLab, with the extension and without it."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import BrowserContext

from benchmarks.browser import chromium, lab_server, prepare_home
from benchmarks.getter import APP
from benchmarks.kernel import temporary_home
from benchmarks.table import Row, ratio, times
from tests.browser.conftest import VIEWPORT

__all__ = ["OURS", "labextensions", "measure_start"]

OURS = "attio-nb"

# JupyterLab puts itself into the page before it starts; the time begins with the navigation.
NOTE_RESTORED = """
window.attioRestored = new Promise(resolve => {
    let app;
    Object.defineProperty(window, 'jupyterapp', {
        configurable: true,
        get: () => app,
        set: value => {
            app = value;
            app.restored.then(() => resolve(performance.now()));
        }
    });
});
"""
RESTORED = "() => window.attioRestored"
HAS_OURS = f"() => window.jupyterapp.hasPlugin('{OURS}:connections')"


def measure_start(rounds: int) -> list[Row]:
    """Measure in turns: every round starts it with the extension, and twice without.

    Args:
        rounds: How often.
    """
    taken: dict[str, list[float]] = {"without": [], "with": [], "again without": []}
    with temporary_home() as home, ExitStack() as stack:
        prepare_home(home, APP)
        browser = stack.enter_context(chromium())
        starts: dict[bool, Callable[[], float]] = {}
        for has_ours in (True, False):
            folder = labextensions(home / f"labextensions-{has_ours}", has_ours=has_ours)
            option = f"--LabApp.labextensions_path={folder}"
            address = stack.enter_context(lab_server(home / f"{has_ours}.log", option))
            context = stack.enter_context(browser.new_context(viewport=VIEWPORT))
            context.add_init_script(NOTE_RESTORED)
            starts[has_ours] = _starter(context, address, has_ours=has_ours)
            # The first start fills the cache of the browser, and the second the code's.
            starts[has_ours](), starts[has_ours]()
        for number in range(rounds):
            # Whatever is first may profit, or pay.
            for name in list(taken)[:: -1 if number % 2 else 1]:
                taken[name].append(starts[name == "with"]())
    return _rows(taken)


def labextensions(folder: Path, *, has_ours: bool = True) -> Path:
    """Copy what this environment has for JupyterLab, so that nothing changes it meanwhile.

    Args:
        folder: Where to, for JupyterLab's option ``labextensions_path``.
        has_ours: Whether this extension is among them; one that is disabled is still loaded.
    """
    skip = None if has_ours else shutil.ignore_patterns(OURS)
    shutil.copytree(Path(sys.prefix, "share/jupyter/labextensions"), folder, ignore=skip)
    return folder


def _starter(context: BrowserContext, address: str, *, has_ours: bool) -> Callable[[], float]:
    def start() -> float:
        page = context.new_page()
        page.goto(address)
        milliseconds: float = page.evaluate(RESTORED)
        assert page.evaluate(HAS_OURS) is has_ours
        # What goes on after it is not to go on during the next one.
        page.wait_for_load_state("networkidle")
        page.close()
        return milliseconds / 1000

    return start


def _rows(taken: dict[str, list[float]]) -> list[Row]:
    without, ours, again = taken["without"], taken["with"], taken["again without"]
    by_chance = [max(one / other, other / one) for one, other in zip(again, without, strict=True)]
    # By how much one start in four differs from another one of the very same.
    *_, most = statistics.quantiles(by_chance, n=4)
    return [
        times("start of JupyterLab, without the extension", without),
        times("start of JupyterLab, with the extension", ours),
        ratio("… takes as long as without", ours, without, at_most=round(most, 2)),
        ratio("without, once more: as long as without", again, without),
    ]
