"""The prompts that stand in the notebooks of one kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.errors import CommandError

if TYPE_CHECKING:
    from attio_nb.connections.prompter import ConnectionRequest
    from attio_nb.notebook.cell import Cell
    from attio_nb.notebook.pending import PendingPrompt

__all__ = ["Prompts"]


class Prompts:
    """All prompts of this kernel, by id."""

    def __init__(self) -> None:
        self._prompts: dict[str, PendingPrompt] = {}

    def open(self, request: ConnectionRequest, cell: Cell, *, waiting: bool) -> PendingPrompt:
        """Show a prompt in the running cell; an older one for the same connection is over."""
        from attio_nb.notebook.pending import PendingPrompt

        for prompt in self._prompts.values():
            if prompt.request.identity == request.identity:
                prompt.end("over", "Asked again further on.")
        prompt = PendingPrompt(request, cell, waiting=waiting)
        # Known before it is shown: the front end speaks of it as soon as it has drawn it.
        self._prompts[prompt.id] = prompt
        prompt.show()
        return prompt

    def close(self) -> None:
        """End all prompts: nobody listens to them any more."""
        for prompt in self._prompts.values():
            prompt.end("over", "attio_nb was unloaded. Load it, then run the cell again.")

    def get(self, prompt_id: object) -> PendingPrompt:
        """Return a prompt.

        Raises:
            CommandError: This kernel has no such prompt.
        """
        prompt = self._prompts.get(str(prompt_id))
        if prompt is None:
            raise CommandError(
                "This prompt belongs to another kernel, or to one that was restarted. Run the cell "
                "again."
            )
        return prompt

    def known(self, prompt_ids: object) -> list[PendingPrompt]:
        """Return those of the prompts that this kernel has."""
        wanted = prompt_ids if isinstance(prompt_ids, list) else []
        return [self._prompts[id_] for id_ in wanted if id_ in self._prompts]
