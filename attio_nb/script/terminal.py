"""The terminal of a process: whether somebody can be asked there, and in which browser."""

from __future__ import annotations

import functools
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from attio_nb.console import say
from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Terminal", "find_terminal", "open_browser"]

TERMINAL = "/dev/tty"
"""The terminal of a process, also where its input and output are redirected (POSIX.1, 10.1)."""


KERNEL_VARIABLE = "JPY_PARENT_PID"
"""What Jupyter sets for each kernel, and so for each program that a kernel starts."""


class Terminal:
    """The terminal of a process.

    Args:
        stream: Shows lines in it; None opens the terminal for each line.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def show(self, text: object) -> None:
        """Print a line there, and nowhere else: the output of a script may go to a file."""
        if self._stream is not None:
            say(text, stream=self._stream)
            return
        with open(TERMINAL, "w", encoding=_encoding(), errors="replace") as stream:
            say(text, stream=stream)


def find_terminal(
    streams: Sequence[Any] | None = None, *, environ: Mapping[str, str] = os.environ
) -> Terminal | None:
    """Return the terminal in which somebody can be asked, or None.

    ``getpass`` asks in the terminal of the process even where its input is redirected. So does
    this, if one of its streams is a terminal: otherwise nobody looks there, as when another program
    captures everything.

    Args:
        streams: The standard streams; None for those of the process.
        environ: The environment.
    """
    if streams is None:
        streams = (sys.stdin, sys.stdout, sys.stderr)
    # A cell with !python add.py gives it a terminal in which nobody can type.
    is_of_cell = KERNEL_VARIABLE in environ
    if is_of_cell or _is_child() or not any(map(_is_terminal, streams)):
        return None
    if os.name != "nt":
        # A daemon, and some containers, have no terminal of their own but a stream that is one.
        with suppress(OSError):
            terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
            try:
                # The shell stops a background process that reads from its terminal.
                is_in_foreground = os.tcgetpgrp(terminal) == os.getpgrp()
            finally:
                os.close(terminal)
            return Terminal() if is_in_foreground else None
    standard_input, _, standard_error = streams
    is_usable = _is_terminal(standard_input) and standard_error is not None
    return Terminal(standard_error) if is_usable else None


def open_browser(
    url: str,
    *,
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    open_url: Callable[[str], object] | None = None,
) -> None:
    """Open an address in the browser of the person, where there is one beside the terminal.

    Nothing waits for the browser, and nothing is said where there is none: the address is printed
    as well.

    Args:
        url: An http or https address.
        environ: The environment. ``BROWSER`` names a browser, as for Python's `webbrowser`.
        platform: The operating system, as ``sys.platform`` names it.
        open_url: Opens an address; None for `webbrowser`.
    """
    is_chosen = bool(environ.get("BROWSER"))
    has_desktop = platform in ("darwin", "win32") or any(
        environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    # In a session over ssh the browser would open on the other computer.
    if not is_chosen and (not has_desktop or environ.get("SSH_CONNECTION")):
        return
    if not url.startswith(("https://", "http://")):
        return
    work = with_installed_packages(open_url or functools.partial(_open, is_chosen=is_chosen))
    threading.Thread(target=work, args=(url,), name="attio_nb browser", daemon=True).start()


def _open(url: str, *, is_chosen: bool) -> None:
    import webbrowser

    with suppress(webbrowser.Error, OSError):
        browser = webbrowser.get()
        # Others are browsers such as w3m, which would take the terminal for themselves.
        if is_chosen or type(browser) is not webbrowser.GenericBrowser:
            browser.open(url)


def _encoding() -> str:
    return getattr(sys.__stderr__, "encoding", None) or "utf-8"


def _is_terminal(stream: Any) -> bool:
    # A stream may be None (pythonw), closed, or of somebody else's making.
    with suppress(AttributeError, ValueError, OSError):
        return bool(stream.isatty())
    return False


def _is_child() -> bool:
    """Say whether this process was started by `multiprocessing`, beside others that may ask."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is not None and multiprocessing.parent_process() is not None
