"""Testing a value that a person has typed, before it is kept."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from attio_nb.app.model import APP_FILE
from attio_nb.connections.account import account_in
from attio_nb.connections.questions import ANOTHER, Choice, Question
from attio_nb.errors import AttioError, InvalidSecretError
from attio_nb.imports import with_installed_packages
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app.model import ConnectionDefinition
    from attio_nb.connections.prompter import Answer
    from attio_nb.connections.trial import TrialAnswer

__all__ = ["REFUSED", "test_value"]

TIMEOUT = 10.0
"""In seconds: somebody waits for the answer."""

REFUSED = "refused"
"""What a person has confirmed who keeps a value that its service has refused."""

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def test_value(
    definition: ConnectionDefinition,
    answer: Answer,
    *,
    mask: Callable[[str], str],
    timeout: float = TIMEOUT,
    environ: Mapping[str, str] = os.environ,
) -> Question | Answer:
    """Send a value to the ``test_url`` of its connection, and say what came back.

    A test that cannot be made keeps nobody from connecting: the note of the answer says so.

    Args:
        definition: What the person was shown of the connection, with the address.
        answer: What they have typed.
        mask: Returns a text with a mask in place of the value.
        timeout: Seconds that the service may take.
        environ: The environment, which may name a proxy and certificates.

    Returns:
        The answer with a note; or what to ask, where the service has refused the value.
    """
    if not definition.test_url or REFUSED in answer.confirmed:
        return answer
    host = parse_web_address(definition.test_url).netloc
    try:
        status, body = _on_a_thread(lambda: _sent(definition, answer, timeout, environ))
    except InvalidSecretError:
        return replace(
            answer, note=f"It was not tested at {host}, since no HTTP header can carry it."
        )
    except AttioError as error:
        return replace(answer, note=f"It was not tested: {error}")
    if status in REFUSALS:
        return _question(answer, host, HTTPStatus(status))
    account = account_in(body, definition.account, mask=mask) if body else ""
    return replace(answer, note=_note(host, status), account=account)


def _sent(
    definition: ConnectionDefinition, answer: Answer, timeout: float, environ: Mapping[str, str]
) -> TrialAnswer:
    from attio_nb.connections.auth import connection_auth
    from attio_nb.connections.trial import try_out

    auth = connection_auth(
        answer.value,
        scheme=definition.test_scheme,
        header=definition.test_header or None,
        hosts=definition.hosts,
        connection_key=definition.key,
    )
    return try_out(
        definition.test_url,
        auth,
        timeout=timeout,
        wants_body=bool(definition.account),
        environ=environ,
    )


def _question(answer: Answer, host: str, status: HTTPStatus) -> Question:
    if status == HTTPStatus.UNAUTHORIZED:
        text = f"{host} has refused this value (401), so it was not saved."
        note = f"{host} has refused it (401)."
    else:
        text = (
            f"{host} does not let this value do what the test asks for (403), so it was not saved. "
            "The value may be wrong, or lack a permission."
        )
        note = f"{host} has not let it do what the test asks for (403)."
    kept = replace(
        answer,
        confirmed=answer.confirmed | {REFUSED},
        note=note,
        is_refused=status == HTTPStatus.UNAUTHORIZED,
    )
    choices = (Choice(ANOTHER, None), Choice("Keep it all the same", kept))
    return Question(text, choices, unattended=None)


def _note(host: str, status: int) -> str:
    if 200 <= status < 300:
        return f"It works: {host} answered {status}."
    if status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"It is not known whether it works: {host} answered {status}. Test it later."
    return (
        f"It is not known whether it works: {host} answered {status}. Check test_url in {APP_FILE}."
    )


def _on_a_thread(work: Callable[[], TrialAnswer]) -> TrialAnswer:
    """Do work on a thread without an event loop; an interrupt need not wait for it."""
    done: Future[TrialAnswer] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    target = with_installed_packages(run)
    threading.Thread(target=target, name="attio_nb test", daemon=True).start()
    return done.result()
