"""The prompt as a widget: what the labextension draws in the cell. No trait ever holds a value,
a code, or an address that leads to one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipywidgets import DOMWidget
from traitlets import Bool, Dict, Enum, Int, List, Unicode

from attio_nb.prompts.face import first_traits

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from attio_nb.prompts.pending import PendingPrompt

__all__ = ["PromptWidget", "prompt_widget"]

MODULE, VERSION = "attio-nb", "^0.1.0"


class PromptWidget(DOMWidget):
    """A prompt in a cell's output; the answer comes back sealed, over the control channel."""

    _model_module = Unicode(MODULE).tag(sync=True)
    _model_module_version = Unicode(VERSION).tag(sync=True)
    _model_name = Unicode("PromptModel").tag(sync=True)
    _view_module = Unicode(MODULE).tag(sync=True)
    _view_module_version = Unicode(VERSION).tag(sync=True)
    _view_name = Unicode("PromptView").tag(sync=True)

    prompt_id = Unicode().tag(sync=True)
    kind = Enum(["secret", "new-connection", "oauth2", "approval", "member"], "secret").tag(
        sync=True
    )
    heading = Unicode().tag(sync=True)
    description = Unicode().tag(sync=True)
    help_url = Unicode().tag(sync=True)
    public_key = Unicode().tag(sync=True)
    app_file = Unicode().tag(sync=True)
    stdin_allowed = Bool().tag(sync=True)
    scopes = List(Unicode()).tag(sync=True)
    expired = Bool().tag(sync=True)
    new_addresses = List(Unicode()).tag(sync=True)
    members = List(Dict()).tag(sync=True)
    client_secret = Bool().tag(sync=True)
    client_secret_stored = Bool().tag(sync=True)
    question = Unicode().tag(sync=True)
    choices = List(Dict()).tag(sync=True)
    revision = Int().tag(sync=True)
    state = Unicode("asking").tag(sync=True)
    message = Unicode().tag(sync=True)

    _handle: DisplayHandle | None = None

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, object]:
        bundle: dict[str, object] = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = self.heading
        return bundle

    def show(self) -> None:
        """Put it into the output of the cell that is running."""
        from IPython.display import display

        self._handle = display(self, display_id=True)

    def withdraw(self) -> None:
        """Take it out again: no front end has drawn it."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
        self.close()


def prompt_widget(prompt: PendingPrompt) -> PromptWidget:
    """Return the widget of a prompt, as it stands when it is first shown."""
    return PromptWidget(**first_traits(prompt))
