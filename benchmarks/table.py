"""What was measured, as a Markdown table."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

__all__ = ["Row", "counts", "machine", "memory", "ratio", "table", "times"]

HEADER = ("what", "median", "lowest to highest", "target", "met")
BESIDE_US = ("ipykernel", "jupyterlab", "msal", "authlib", "google-auth", "requests-oauthlib")
UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        what: What was measured.
        median: Its figure, with its unit.
        spread: Its lowest and its highest figure, or "".
        target: What it should be, or "".
        met: Whether it is; None where there is no target.
    """

    what: str
    median: str
    spread: str = ""
    target: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return _line((self.what, self.median, self.spread, self.target, met))


def times(what: str, seconds: Sequence[float], *, at_most: float | None = None) -> Row:
    """Return the row of something that took some seconds in each round.

    Args:
        what: What was measured.
        seconds: The time of each round.
        at_most: What the median should be at most, in seconds.
    """
    middle = statistics.median(seconds)
    return Row(
        what,
        _duration(middle),
        f"{_duration(min(seconds))} to {_duration(max(seconds))}",
        "" if at_most is None else f"≤ {_duration(at_most)}",
        None if at_most is None else middle <= at_most,
    )


def ratio(
    what: str,
    slow: Sequence[float],
    fast: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Row:
    """Return the row of how many times one thing takes as long as another, round by round.

    Args:
        what: What was measured.
        slow: The time of each round of the one.
        fast: The time of the same rounds of the other.
        at_least: What the median should be at least.
        at_most: What it should be at most, in place of that.
    """
    ratios = [one / other for one, other in zip(slow, fast, strict=True)]
    middle = statistics.median(ratios)
    target, met = "", None
    if at_least is not None:
        target, met = f"≥ {at_least:g} times", middle >= at_least
    if at_most is not None:
        target, met = f"≤ {at_most:g} times", middle <= at_most
    # Near one, a tenth is much.
    places = 1 if middle >= 2 else 2
    return Row(
        what,
        f"{middle:.{places}f} times",
        f"{min(ratios):.{places}f} times to {max(ratios):.{places}f} times",
        target,
        met,
    )


def counts(what: str, numbers: Sequence[int], *, exactly: int | None = None) -> Row:
    """Return the row of how often something happened in each round.

    Args:
        what: What happened.
        numbers: How often, in each round.
        exactly: How often it should, in every round.
    """
    low, middle, high = _low_middle_high(numbers)
    return Row(
        what,
        f"{middle:g}",
        f"{low:g} to {high:g}",
        "" if exactly is None else f"exactly {exactly}",
        None if exactly is None else low == high == exactly,
    )


def memory(what: str, sizes: Sequence[int]) -> Row:
    """Return the row of some sizes in bytes."""
    low, middle, high = (f"{size / 1e6:.1f} MB" for size in _low_middle_high(sizes))
    return Row(what, middle, f"{low} to {high}")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    return "\n".join([_line(HEADER), _line(["---"] * len(HEADER)), *map(str, rows)])


def machine() -> str:
    """Return in a line what it was measured on, and when."""
    versions = [f"{name} {version(name)}" for name in BESIDE_US]
    return (
        f"{date.today():%Y-%m-%d}; {_processor()}, {os.cpu_count()} cores; {platform.system()} "
        f"{platform.machine()}; Python {platform.python_version()}; {', '.join(versions)}"
    )


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _duration(seconds: float) -> str:
    size, unit = next(((s, u) for s, u in UNITS if abs(seconds) >= s), UNITS[-1])
    return f"{seconds / size:.3g} {unit}"


def _low_middle_high(figures: Sequence[float]) -> tuple[float, float, float]:
    return min(figures), statistics.median(figures), max(figures)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
