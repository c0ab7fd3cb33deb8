"""The kernel's side of the control channel, which is open while a cell waits.

``control_handlers`` is an attribute of ipykernel's kernel that its documentation does not name;
6.31 to 7.4 have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.prompts.answers import answers, replied

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.prompts.answers import Content
    from attio_nb.prompts.prompts import Prompts

__all__ = ["ControlChannel"]


class ControlChannel:
    """Answers the labextension about the prompts of a kernel.

    Every message is answered on the control thread, where nothing may wait and nothing can be
    printed.

    Args:
        kernel: The ipykernel kernel.
        prompts: Its prompts.
    """

    def __init__(self, kernel: Any, prompts: Prompts) -> None:
        self._kernel = kernel
        self._answers = answers(prompts)

    @property
    def supported(self) -> bool:
        """Whether this kernel lets a handler be added."""
        return isinstance(getattr(self._kernel, "control_handlers", None), dict)

    def open(self) -> None:
        """Answer from now on."""
        if self.supported:
            for name, answer in self._answers.items():
                self._kernel.control_handlers[f"{name}_request"] = self._handler(
                    f"{name}_reply", answer
                )

    def close(self) -> None:
        """Answer no more."""
        if self.supported:
            for name in self._answers:
                self._kernel.control_handlers.pop(f"{name}_request", None)

    def _handler(
        self, reply: str, answer: Callable[[Content], Content]
    ) -> Callable[[Any, Any, Content], None]:
        def handle(stream: Any, ident: Any, parent: Content) -> None:
            content = replied(answer, parent["content"])
            self._kernel.session.send(stream, reply, content, parent, ident)

        return handle
