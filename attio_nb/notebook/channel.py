"""The kernel's side of the control channel, which is open while a cell runs or waits.

``control_handlers`` is an attribute of ipykernel's kernel that its documentation does not name;
6.31 to 7.4 have it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from attio_nb.prompts.answers import replied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.prompts.answers import Content

    Answer = Callable[[Content], Content]
    Handler = Callable[[Any, Any, Content], None]

__all__ = ["ControlChannel"]


class ControlChannel:
    """Answers the labextension.

    Args:
        kernel: The ipykernel kernel.
        at_once: What answers each request on the control thread, where nothing may wait and nothing
            can be printed.
        later: What answers each request that may wait: on a thread of its own, so that the channel
            goes on answering others. Nothing can be printed there either.
    """

    def __init__(
        self, kernel: Any, *, at_once: Mapping[str, Answer], later: Mapping[str, Answer]
    ) -> None:
        self._kernel = kernel
        self._handlers = {
            **{f"{name}_request": self._at_once(name, answer) for name, answer in at_once.items()},
            **{f"{name}_request": self._later(name, answer) for name, answer in later.items()},
        }

    @property
    def supported(self) -> bool:
        """Whether this kernel lets a handler be added."""
        return isinstance(getattr(self._kernel, "control_handlers", None), dict)

    def open(self) -> None:
        """Answer from now on."""
        if self.supported:
            self._kernel.control_handlers.update(self._handlers)

    def close(self) -> None:
        """Answer no more; what is being answered is answered to its end."""
        if self.supported:
            for name in self._handlers:
                self._kernel.control_handlers.pop(name, None)

    def _at_once(self, name: str, answer: Answer) -> Handler:
        def handle(stream: Any, ident: Any, parent: Content) -> None:
            content = replied(answer, parent["content"])
            self._kernel.session.send(stream, f"{name}_reply", content, parent, ident)

        return handle

    def _later(self, name: str, answer: Answer) -> Handler:
        def handle(stream: Any, ident: Any, parent: Content) -> None:
            def work() -> None:
                content = replied(answer, parent["content"])
                # A stream belongs to the thread of its loop.
                stream.io_loop.add_callback(send, content)

            def send(content: Content) -> None:
                if not stream.closed():
                    self._kernel.session.send(stream, f"{name}_reply", content, parent, ident)

            threading.Thread(target=work, name=f"attio_nb {name}", daemon=True).start()

        return handle
