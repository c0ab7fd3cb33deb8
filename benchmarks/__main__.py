"""Measure, and print the table: ``python -m benchmarks [PART…] [--rounds N]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks.browser import measure_browser
from benchmarks.getter import measure_getter
from benchmarks.kernel import measure_kernel
from benchmarks.oauth import measure_oauth
from benchmarks.panel import measure_panel
from benchmarks.start import measure_start
from benchmarks.table import Row, machine, table

PARTS: dict[str, tuple[Callable[[int], list[Row]], int]] = {
    "getter": (measure_getter, 40),
    "oauth": (measure_oauth, 40),
    "kernel": (measure_kernel, 15),
    "browser": (measure_browser, 8),
    "panel": (measure_panel, 6),
    "start": (measure_start, 8),
}
"""What there is to measure, and in how many rounds."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure attio_nb.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of: {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, help="how often each part measures")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    rows = []
    for name, (measure, rounds) in PARTS.items():
        if not options.parts or name in options.parts:
            print(f"measuring: {name} …", file=sys.stderr, flush=True)
            rows += measure(options.rounds or rounds)
    print(f"{machine()}\n\n{table(rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
