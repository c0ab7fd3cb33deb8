"""How a client authenticates (RFC 6749 section 2.3), and requests that do so."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import ProviderUnavailableError
from attio_nb.oauth.refusal import RefusedError, read_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["ClientAnswer", "client_authentication", "post_as_client"]


class ClientAnswer(NamedTuple):
    """The answer to a request of a client.

    Attributes:
        answer: The answer.
        method: How the client authenticated in the request that was answered.
    """

    answer: Answer
    method: ClientAuthentication


def post_as_client(
    exchange: Exchange,
    url: str,
    form: Mapping[str, str],
    *,
    oauth2: OAuth2,
    client_secret: SecretStr | None,
    remembered: ClientAuthentication | None = None,
) -> ClientAnswer:
    """Post a form to an endpoint that knows the client.

    RFC 6749 section 2.3.1 encodes the id and the secret of HTTP Basic, and some servers do not
    decode them. Where the encoding changes anything and the server refuses the client, the form is
    posted once more without it. That spends no code and no refresh token: ``invalid_client`` says
    that the authentication failed (section 5.2), and a server authenticates the client before it
    looks at the grant (sections 4.1.3 and 6).

    Args:
        exchange: Sends the requests.
        url: The address of the endpoint.
        form: The fields, but for those that authenticate the client.
        oauth2: What the app file says of the client.
        client_secret: The secret of the client, where it has one.
        remembered: How the server has known the client before; it is tried first.

    Raises:
        OAuthError: The client has a secret that is not stored here, or the answer cannot be read.
        ProviderUnavailableError: There is no answer now.
    """
    method, other = _methods(oauth2, client_secret, remembered)
    headers, fields = client_authentication(oauth2, client_secret, method)
    answer = exchange.post(url, {**form, **fields}, headers)
    if other is None or not _is_client_refused(answer):
        return ClientAnswer(answer, method)
    headers, fields = client_authentication(oauth2, client_secret, other)
    try:
        second = exchange.post(url, {**form, **fields}, headers)
    except ProviderUnavailableError:
        return ClientAnswer(answer, method)
    return ClientAnswer(answer, method) if _is_busy(second) else ClientAnswer(second, other)


def client_authentication(
    oauth2: OAuth2, client_secret: SecretStr | None, method: ClientAuthentication | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the headers and the form fields by which an endpoint knows the client.

    Args:
        oauth2: What the app file says.
        client_secret: The secret of the client; not needed for a public one.
        method: How the client authenticates, if not as the app file says.

    Raises:
        OAuthError: The client has a secret, and it is not known here.
    """
    client_id, method = oauth2.client_id, method or oauth2.client_authentication
    if method == "none":
        return {}, {"client_id": client_id}
    if client_secret is None:
        raise RefusedError(
            f"The secret of the client {client_id} is not stored. Connect again to type it.",
            error="invalid_client",
            remedy="client",
        )
    if method == "client_secret_post":
        return {}, {"client_id": client_id, "client_secret": client_secret}
    if method == "client_secret_basic":
        return _basic(_encoded(client_id), _encoded(client_secret)), {}
    return _basic(client_id, client_secret), {}


def _methods(
    oauth2: OAuth2, client_secret: SecretStr | None, remembered: ClientAuthentication | None
) -> tuple[ClientAuthentication, ClientAuthentication | None]:
    """Return how the client authenticates, and what is tried once where it is refused."""
    configured = oauth2.client_authentication
    texts = (oauth2.client_id, client_secret or "")
    if configured != "client_secret_basic" or all(_encoded(text) == text for text in texts):
        return configured, None
    if remembered == "client_secret_basic_raw":
        return remembered, configured
    return configured, "client_secret_basic_raw"


def _encoded(text: str) -> SecretStr:
    # A space as %20: those who decode forms read it too, and a "+" would be one to all others.
    return SecretStr(quote(f"{text}", safe=""))


def _basic(client_id: str, secret: SecretStr) -> dict[str, str]:
    pair = SecretStr(base64.b64encode(f"{client_id}:{secret}".encode()).decode())
    return {"Authorization": SecretStr(f"Basic {pair}")}


def _is_client_refused(answer: Answer) -> bool:
    refusal = read_refusal(answer.status, answer.headers, answer.refusal_members())
    # A 401 with "invalid_request" may be about anything, and is not worth a second request.
    return refusal is not None and refusal.remedy == "client" and refusal.code != "invalid_request"


def _is_busy(answer: Answer) -> bool:
    return answer.status == 429 or answer.status >= 500
