"""The kernel's side of the control channel, which is open while a cell runs or waits.

``control_handlers`` is an attribute of ipykernel's kernel that its documentation does not name;
6.31 to 7.4 have it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from attio_nb.imports import with_installed_packages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.prompts.answers import Content

    Answer = Callable[[Content], Content]
    Handler = Callable[[Any, Any, Content], None]

__all__ = ["AT_ONCE", "LATER", "ControlChannel", "is_ipykernel"]

AT_ONCE = (
    "attio_ready",
    "attio_answer",
    "attio_sign_in",
    "attio_prompts",
    "attio_rerun",
    "attio_add",
)
"""What is answered on the control thread, where nothing may wait and nothing can be printed."""

LATER = (
    "attio_session",
    "attio_act_as",
    "attio_connect",
    "attio_disconnect",
    "attio_forget_client_secret",
    "attio_rename_key",
    "attio_remove",
    "attio_move_stored",
    "attio_test",
    "attio_approve",
)
"""What may wait, so that each has a thread, and the channel goes on answering others meanwhile.
Nothing can be printed there either.
"""


class ControlChannel:
    """Answers the labextension.

    Args:
        kernel: The ipykernel kernel.
        answers: Returns what answers each request, by name; it is called for each.
    """

    def __init__(self, kernel: Any, answers: Callable[[], Mapping[str, Answer]]) -> None:
        self._kernel = kernel
        self._answers = answers
        self._handlers = {
            **{f"{name}_request": self._at_once(name) for name in AT_ONCE},
            **{f"{name}_request": self._later(name) for name in LATER},
        }

    @property
    def supported(self) -> bool:
        """Whether this kernel lets a handler be added."""
        return is_ipykernel(self._kernel)

    def open(self) -> None:
        """Answer from now on."""
        if self.supported:
            self._kernel.control_handlers.update(self._handlers)

    def close(self) -> None:
        """Answer no more; what is being answered is answered to its end."""
        if self.supported:
            for name in self._handlers:
                self._kernel.control_handlers.pop(name, None)

    @with_installed_packages
    def _replied(self, name: str, content: Content) -> Content:
        # What answers is loaded with the first request, and not with the extension.
        from attio_nb.prompts.answers import replied

        return replied(self._answers()[name], content)

    def _at_once(self, name: str) -> Handler:
        def handle(stream: Any, ident: Any, parent: Content) -> None:
            content = self._replied(name, parent["content"])
            self._kernel.session.send(stream, f"{name}_reply", content, parent, ident)

        return handle

    def _later(self, name: str) -> Handler:
        def handle(stream: Any, ident: Any, parent: Content) -> None:
            def work() -> None:
                content = self._replied(name, parent["content"])
                # A stream belongs to the thread of its loop.
                stream.io_loop.add_callback(send, content)

            def send(content: Content) -> None:
                if not stream.closed():
                    self._kernel.session.send(stream, f"{name}_reply", content, parent, ident)

            threading.Thread(target=work, name=f"attio_nb {name}", daemon=True).start()

        return handle


def is_ipykernel(kernel: Any) -> bool:
    """Return whether a kernel is ipykernel, as far as this package uses it.

    Args:
        kernel: The ``kernel`` of an IPython shell.
    """
    return isinstance(getattr(kernel, "control_handlers", None), dict)
