"""The kernel's side of the control channel, which is open while a cell waits.

``control_handlers`` is an attribute of ipykernel's kernel that its documentation does not name;
6.31 to 7.4 have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.errors import AttioError, AuthorizationError, InvalidSecretError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.notebook.pending import PendingPrompt
    from attio_nb.notebook.prompts import Prompts

__all__ = ["ControlChannel"]

Content = dict[str, Any]

NOT_UNDERSTOOD = "The kernel did not understand the answer. Reload the page and run the cell again."

TRAITS = (
    "prompt_id",
    "kind",
    "heading",
    "description",
    "help_url",
    "public_key",
    "app_file",
    "stdin_allowed",
    "scopes",
    "expired",
    "client_secret",
    "revision",
    "state",
    "message",
)


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
        self._prompts = prompts
        self._answers: dict[str, Callable[[Content], Content]] = {
            "attio_ready": self._ready,
            "attio_answer": self._answer,
            "attio_sign_in": self._sign_in,
            "attio_prompts": self._list,
            "attio_rerun": self._rerun,
        }

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
            try:
                content = {"status": "ok", **answer(parent["content"])}
            except AttioError as error:
                content = {
                    "status": "error",
                    "message": str(error),
                    "retry": isinstance(error, InvalidSecretError | AuthorizationError),
                }
            except Exception:
                content = {"status": "error", "message": NOT_UNDERSTOOD}
            self._kernel.session.send(stream, reply, content, parent, ident)

        return handle

    def _ready(self, content: Content) -> Content:
        prompt = self._prompts.get(content.get("prompt_id"))
        prompt.drawn.set()
        return {"state": prompt.state, "message": prompt.widget.message}

    def _answer(self, content: Content) -> Content:
        prompt = self._prompts.get(content.get("prompt_id"))
        match content.get("action"):
            case "connect":
                prompt.answer(content.get("sealed"))
            case "cancel":
                prompt.cancel()
            case "stdin":
                prompt.use_stdin()
            case "client-secret":
                prompt.open_sign_in().keep_client_secret(prompt.opened(content.get("sealed")))
            case "address":
                prompt.open_sign_in().accept(prompt.opened(content.get("sealed")))
            case "device":
                prompt.open_sign_in().use_device()
            case "again":
                prompt.open_sign_in().again()
            case _:
                raise AttioError(
                    "The page and the kernel have different versions of attio_nb. Reload the page."
                )
        return {}

    def _sign_in(self, content: Content) -> Content:
        prompt = self._prompts.get(content.get("prompt_id"))
        callback_url = str(content.get("callback_url") or "")
        return prompt.sign_in_told(callback_url, local=content.get("local") is True)

    def _list(self, content: Content) -> Content:
        return {
            "prompts": [
                _described(prompt) for prompt in self._prompts.known(content.get("prompt_ids"))
            ]
        }

    def _rerun(self, content: Content) -> Content:
        cell = self._prompts.get(content.get("prompt_id")).rerun()
        return {"cell_id": cell.cell_id, "code": cell.code}


def _described(prompt: PendingPrompt) -> Content:
    return {
        "cell_id": prompt.cell.cell_id,
        **{trait: getattr(prompt.widget, trait) for trait in TRAITS},
    }
