"""Testing what somebody connects with: a value before it is kept, or the token of a sign-in."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

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
    from attio_nb.connections.secret import SecretStr
    from attio_nb.connections.trial import TrialAnswer

__all__ = ["REFUSED", "TokenTest", "test_token", "test_value"]

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
    sent = _sent(definition, answer.value, timeout, environ)
    if isinstance(sent, str):
        return replace(answer, note=sent)
    status, body = sent
    if status in REFUSALS:
        return _question(answer, host, HTTPStatus(status))
    account = account_in(body, definition.account, mask=mask) if body else ""
    return replace(answer, note=_note(host, status), account=account)


class TokenTest(NamedTuple):
    """What a service answered to the access token of a sign-in.

    Attributes:
        note: What to say about it, as sentences; "" where nothing was sent.
        is_refused: Whether the service has refused the token (401).
        account: The account that the answer names, safe to show, or "".
    """

    note: str = ""
    is_refused: bool = False
    account: str = ""


def test_token(
    definition: ConnectionDefinition,
    token: SecretStr,
    *,
    mask: Callable[[str], str],
    timeout: float = TIMEOUT,
    environ: Mapping[str, str] = os.environ,
) -> TokenTest:
    """Send an access token to the ``test_url`` of its connection, and say what came back.

    The token is kept whatever the service answers: its refresh token may be the only one.

    Args:
        definition: What the person was shown of the connection, with the address.
        token: The access token.
        mask: Returns a text with a mask in place of the tokens.
        timeout: Seconds that the service may take.
        environ: The environment, which may name a proxy and certificates.
    """
    if not definition.test_url:
        return TokenTest()
    host = parse_web_address(definition.test_url).netloc
    sent = _sent(definition, token, timeout, environ)
    if isinstance(sent, str):
        return TokenTest(sent)
    status, body = sent
    if status == HTTPStatus.UNAUTHORIZED:
        note = (
            f"But {host} has refused its access token (401). Sign in again with another account, "
            f"or check the scopes and test_url in {APP_FILE}."
        )
        return TokenTest(note, is_refused=True)
    if status == HTTPStatus.FORBIDDEN:
        note = (
            f"But {host} has not let it do what the test asks for (403). Sign in again with "
            f"another account, or add the missing scopes in {APP_FILE} and sign in again."
        )
        return TokenTest(note)
    account = account_in(body, definition.account, mask=mask) if body else ""
    return TokenTest(_note(host, status), account=account)


def _sent(
    definition: ConnectionDefinition,
    value: SecretStr,
    timeout: float,
    environ: Mapping[str, str],
) -> TrialAnswer | str:
    """Return what the service answered, or the sentence that says why it was not tested."""
    try:
        return _on_a_thread(lambda: _tried(definition, value, timeout, environ))
    except InvalidSecretError:
        host = parse_web_address(definition.test_url).netloc
        return f"It was not tested at {host}, since no HTTP header can carry it."
    except AttioError as error:
        return f"It was not tested: {error}"


def _tried(
    definition: ConnectionDefinition,
    value: SecretStr,
    timeout: float,
    environ: Mapping[str, str],
) -> TrialAnswer:
    from attio_nb.connections.auth import connection_auth
    from attio_nb.connections.trial import try_out

    auth = connection_auth(
        value,
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
