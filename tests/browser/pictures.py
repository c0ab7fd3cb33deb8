"""Pictures to look at, and the themes that they are taken in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page

__all__ = ["in_themes", "take", "wear"]

PICTURES = Path(__file__).parents[2] / "test-results/pictures"
THEMES = {
    "light": "JupyterLab Light",
    "dark": "JupyterLab Dark",
    "contrast": "JupyterLab Dark High Contrast",
}
CHANGE = "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
IS_APPLIED = "theme => document.body.dataset.jpThemeName === theme"


def wear(page: Page, theme: str = "light") -> None:
    """Have a page wear a theme. The server keeps it for the pages to come."""
    page.evaluate(CHANGE, THEMES[theme])
    page.wait_for_function(IS_APPLIED, arg=THEMES[theme])


def in_themes(page: Page, *themes: str) -> Iterator[str]:
    """Have a page wear each of these themes."""
    for theme in themes:
        wear(page, theme)
        yield theme


def take(part: Locator | Page, name: str) -> None:
    """Take a picture of a page, or of a part of it."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    part.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
