"""Requests to a token endpoint, which a provider may move while its metadata are cached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attio_nb.oauth.client_authentication import post_as_client
from attio_nb.oauth.refusal import read_refusal
from attio_nb.web_address import AddressError, WebAddress, parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.connections.secret import SecretStr
    from attio_nb.oauth.client_authentication import ClientAnswer
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["TokenEndpoint"]

GONE = (404, 405, 410)
"""HTTP statuses of a page that is not there, or is no token endpoint any more."""

TOKEN_ERRORS = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
}
"""What only a token endpoint says (RFC 6749 section 5.2, RFC 8628 section 3.5)."""


@dataclass
class TokenEndpoint:
    """The token endpoint of one provider. It is looked up again, once, where it has moved.

    Attributes:
        url: Its address.
        look_up: Asks for the provider's metadata again and returns the token endpoint in them; ""
            where it is not looked up, or cannot be just now.
    """

    url: str
    look_up: Callable[[], str] = lambda: ""
    _is_looked_up: bool = field(default=False, init=False)

    def post(
        self,
        form: Mapping[str, str],
        *,
        oauth2: OAuth2,
        client_secret: SecretStr | None,
        exchange: Exchange,
        remembered: ClientAuthentication | None = None,
    ) -> ClientAnswer:
        """Post a form as the client.

        Where nothing is at the address any more, the form is posted to the address that the
        metadata give now, and never to the same one again: a code and a refresh token may be good
        for one use.

        Args:
            form: The fields, but for those that authenticate the client.
            oauth2: What the app file says of the client.
            client_secret: The secret of the client, where it has one.
            exchange: Sends the requests.
            remembered: How the provider has known the client before.

        Raises:
            OAuthError: The client has a secret that is not stored here, or the answer cannot be
                read.
            ProviderUnavailableError: There is no answer now.
        """

        def post() -> ClientAnswer:
            return post_as_client(
                exchange,
                self.url,
                form,
                oauth2=oauth2,
                client_secret=client_secret,
                remembered=remembered,
            )

        answer = post()
        if _is_gone(answer.answer) and self._has_moved():
            return post()
        return answer

    def _has_moved(self) -> bool:
        if self._is_looked_up:
            # A device asks again and again.
            return False
        self._is_looked_up = True
        url = self.look_up()
        if not url or _parsed(url) == _parsed(self.url):
            return False
        self.url = url
        return True


def _is_gone(answer: Answer) -> bool:
    if answer.status not in GONE:
        return False
    refusal = read_refusal(answer.status, answer.headers, answer.refusal_members())
    is_of_token_endpoint = refusal is not None and (
        refusal.remedy in ("grant", "client") or refusal.code in TOKEN_ERRORS
    )
    return not is_of_token_endpoint


def _parsed(url: str) -> WebAddress | None:
    try:
        address = parse_web_address(url)
    except AddressError:
        return None
    return address._replace(path=address.path or "/")
