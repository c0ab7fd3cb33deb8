"""Where a browser comes back to after a sign-in, on the Jupyter server that its notebook is on."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated

from attio_nb.callback_page import HEADERS, SPECULATIVE, WITHOUT_STATE, page
from attio_nb.callback_request import (
    LONGEST_QUERY,
    MOST_PARAMETERS,
    is_refusal_without_state,
    is_speculative,
    is_visit,
)
from attio_nb.hub import path_of_server
from attio_nb.jupyter.asked import LimitedHandler
from attio_nb.jupyter.limits import TooManyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attio_nb.callback import CallbackFiles
    from attio_nb.jupyter.limits import Bucket

__all__ = ["CallbackHandler", "ExpectsHandler", "outcome_of", "state_of"]

PATIENCE_SECONDS = 40.0
POLL_SECONDS = 0.1

NOT_EXPECTED = (
    "No notebook waits for this sign-in: it was used already, it took too long, or its cell has "
    "ended. Run the cell again, and sign in from there."
)
NOT_DELIVERED = (
    "The Jupyter server could not write to its runtime directory. Copy the address of this page "
    "into the prompt in the notebook instead."
)
REFUSED = "The provider refused the sign-in. The prompt in the notebook says why."
STILL_WORKING = "The notebook has not said yet how it went. Look there: its prompt will."


class CallbackHandler(JupyterHandler):
    """Takes what a provider answers to a sign-in, and hands it to the kernel that began it.

    Whoever comes here needs no token: they know a state that only this sign-in has, and it counts
    once. Nothing of the query is logged.
    """

    def initialize(
        self, files: CallbackFiles, guesses: Bucket, environ: Mapping[str, str] = os.environ
    ) -> None:
        """Keep the query for `get`, and from every log.

        Args:
            files: The files that kernels look at.
            guesses: How often somebody may come who is not expected.
            environ: The environment, in which a JupyterHub names this server.
        """
        self._files = files
        self._environ = environ
        self._guesses = guesses
        self._query = self.request.query
        self.request.uri = self.request.path
        # The provider's page: its address may hold the state.
        self.request.headers.pop("Referer", None)

    @allow_unauthenticated
    async def get(self, name: str = "") -> None:
        """Answer with a page that says how it went, once the kernel has told it.

        Args:
            name: What stands behind the path, for a connection with a redirect URI of its own.
        """
        if is_speculative(self.request.headers.get_all()):
            self._show(404, False, SPECULATIVE)
            return
        if is_refusal_without_state(self._query):
            self._refuse_without_state(name)
            return
        state = state_of(self._query)
        # Whoever is expected gets through, however many others come.
        if state is None or not self._files.take(state, name):
            self._lead_on_or_refuse(state or "", name)
            return
        try:
            self._files.deliver(state, self._query)
        except OSError:
            self._show(500, False, NOT_DELIVERED)
            return
        ok, message = await outcome_of(self._files, state, PATIENCE_SECONDS)
        self._show(200 if ok is not False else 400, ok, message)

    def _lead_on_or_refuse(self, state: str, name: str) -> None:
        """Send the browser to the server of a JupyterHub user that has begun this sign-in."""
        path = path_of_server(state, self._environ)
        if path is None:
            self._refuse()
            return
        for header, value in HEADERS.items():
            self.set_header(header, value)
        own = f"/{name}" if name else ""
        self.redirect(f"{path}attio-nb/oauth/callback{own}?{self._query}")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Show the page for what goes wrong before `get`, such as a host that is not allowed."""
        self._show(status_code, False, NOT_EXPECTED)

    def _refuse_without_state(self, name: str) -> None:
        """Hand a refusal without state to the one sign-in that may be meant.

        Only where a person who is logged in here has come from another site: no other page, and
        nobody else, may end a sign-in of theirs.
        """
        is_theirs = self.current_user is not None and is_visit(self.request.headers.get_all())
        try:
            is_delivered = is_theirs and self._files.deliver_refusal(self._query, name)
        except OSError:
            is_delivered = False
        if is_delivered:
            self._show(400, False, REFUSED)
        else:
            self._refuse(WITHOUT_STATE)

    def _refuse(self, message: str = NOT_EXPECTED) -> None:
        try:
            self._guesses.take()
        except TooManyError as error:
            self.set_header("Retry-After", str(error.seconds))
            self._show(429, False, str(error))
        else:
            self._show(400, False, message)

    def _show(self, status: int, ok: bool | None, message: str) -> None:
        self.set_status(status)
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.finish(page(ok, message))


class ExpectsHandler(LimitedHandler):
    """Says whether a kernel of this server expects a sign-in, so that a page may send it here.

    A kernel on another machine writes its files where this server does not look.
    """

    def initialize(self, files: CallbackFiles, guesses: Bucket) -> None:
        """Take the files that kernels write.

        Args:
            files: The files.
            guesses: How often somebody may name a sign-in that is not expected.
        """
        self._files = files
        self._guesses = guesses

    @authenticated
    @authorized
    def get(self, hashed: str) -> None:
        """Answer with ``{"expected": true}``, or false.

        Args:
            hashed: The hash of the sign-in's state, as `attio_nb.callback.state_hash` makes it.
        """
        expected = self._files.expected(hashed)
        try:
            if not expected:
                self._guesses.take()
        except TooManyError as error:
            self.refuse(error)
        else:
            self.finish({"expected": expected})


def state_of(query: str) -> str | None:
    """Return the state of the answer to a sign-in, or None for what cannot be one.

    An answer holds a code or an error, and no parameter twice (RFC 6749 section 3.1).
    """
    if len(query) > LONGEST_QUERY:
        return None
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        return None
    parameters = dict(pairs)
    has_answer = parameters.get("code") or parameters.get("error", "").strip()
    if len(parameters) != len(pairs) or not has_answer:
        return None
    return parameters.get("state") or None


async def outcome_of(files: CallbackFiles, state: str, patience: float) -> tuple[bool | None, str]:
    """Wait until the kernel has told how a sign-in went.

    Args:
        files: The files it tells it in.
        state: The state of the sign-in.
        patience: How many seconds to wait.

    Returns:
        Whether it worked, None where that is not known in time, and what there is to say.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    while (told := files.outcome(state)) is None:
        if loop.time() > until:
            return None, STILL_WORKING
        await asyncio.sleep(POLL_SECONDS)
    return told
