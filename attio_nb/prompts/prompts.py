"""All the prompts of one kernel, or of one server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.prompts.cell import Cell
    from attio_nb.prompts.face import Face
    from attio_nb.prompts.pending import PendingPrompt

__all__ = ["Prompts"]


class Prompts:
    """All prompts, by id.

    Args:
        make_face: Makes what pages see of a prompt in a cell; None for prompts that a page draws by
            itself.

    Attributes:
        changed: Is called, on any thread, after what pages see of a prompt has changed; it must not
            wait for anything.
    """

    def __init__(self, make_face: Callable[[PendingPrompt], Face] | None = None) -> None:
        self.changed: Callable[[], object] = _nothing
        self._make_face = make_face
        self._prompts: dict[str, PendingPrompt] = {}

    def open(self, request: ConnectionRequest, cell: Cell, *, waiting: bool) -> PendingPrompt:
        """Show a prompt in the running cell; an older one there for the same connection is over."""
        return self._open(request, cell, waiting=waiting)

    def open_aside(self, request: ConnectionRequest) -> PendingPrompt:
        """Open a prompt that the page draws outside of every cell, in place of an older one."""
        return self._open(request, None, waiting=False)

    def noticed(self) -> None:
        """End the prompts below cells that have ended, where somebody has connected elsewhere.

        A cell that waits looks by itself.

        Raises:
            VaultError: What is stored cannot be read.
        """
        for prompt in list(self._prompts.values()):
            is_left = prompt.cell and not prompt.waiting and prompt.state == "asking"
            if is_left and prompt.request.is_connected():
                prompt.end("connected", "Connected from another place.")

    def asking(self) -> list[PendingPrompt]:
        """Return the prompts that can still be answered."""
        return [prompt for prompt in list(self._prompts.values()) if not prompt.is_over]

    def close(self) -> None:
        """End all prompts: nobody listens to them any more."""
        for prompt in list(self._prompts.values()):
            prompt.end("over", "attio_nb was unloaded. Load it, then run the cell again.")

    def get(self, prompt_id: object) -> PendingPrompt:
        """Return a prompt.

        Raises:
            CommandError: There is no such prompt here.
        """
        prompt = self._prompts.get(str(prompt_id))
        if prompt is None:
            raise CommandError(
                "This prompt belongs to another kernel, or to one that was restarted. Run the cell "
                "again."
            )
        return prompt

    def known(self, prompt_ids: object) -> list[PendingPrompt]:
        """Return those of the prompts that are known here."""
        wanted = prompt_ids if isinstance(prompt_ids, list) else []
        return [self._prompts[id_] for id_ in wanted if id_ in self._prompts]

    def _open(
        self, request: ConnectionRequest, cell: Cell | None, *, waiting: bool
    ) -> PendingPrompt:
        from attio_nb.prompts.face import PageFace
        from attio_nb.prompts.pending import PendingPrompt

        for prompt in list(self._prompts.values()):
            if prompt.request.identity == request.identity and bool(prompt.cell) is bool(cell):
                prompt.end("over", "Asked again further on." if cell else "Asked again.")
        make_face = self._make_face if cell else None
        prompt = PendingPrompt(
            request,
            cell,
            waiting=waiting,
            make_face=make_face or PageFace,
            changed=lambda: self.changed(),
        )
        # Known before it is shown: the front end speaks of it as soon as it has drawn it.
        self._prompts[prompt.id] = prompt
        prompt.show()
        return prompt


def _nothing() -> None:
    """Tell nobody."""
