"""The authorization request (RFC 6749 section 4.1.1, with PKCE), and what may come back from it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AuthorizationError
from attio_nb.oauth.echoes import mask_echoes
from attio_nb.oauth.error_codes import standard_code
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.refusal import is_given
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from attio_nb.app import OAuth2
    from attio_nb.oauth.metadata import Endpoints

__all__ = ["AuthorizationRequest", "Code", "StrayCallbackError"]

NOT_NOW = {"server_error", "temporarily_unavailable", "slow_down"}
"""Errors that a second try may mend; the first two are of RFC 6749 section 4.1.2.1."""

OURS = ("code", "state", "iss", "error", "error_description", "error_uri")


class StrayCallbackError(AuthorizationError):
    """What came back belongs to no sign-in, or to another one: the waiting goes on."""


class Code(NamedTuple):
    """An authorization code, and the address that it came back to.

    Attributes:
        value: The code.
        redirect_uri: What the token endpoint has to be told that it was sent to.
    """

    value: SecretStr
    redirect_uri: str


@dataclass(frozen=True)
class AuthorizationRequest:
    """One authorization request. What makes it safe is random and used once.

    Attributes:
        oauth2: What the app file says of the provider.
        endpoints: Its endpoints.
        state: What a callback must bring back (RFC 6749 section 10.12).
        nonce: What an OpenID provider puts into its ID token.
        code_verifier: What only this process knows (RFC 7636 section 4.1).
    """

    oauth2: OAuth2
    endpoints: Endpoints
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_verifier: SecretStr = field(
        default_factory=lambda: SecretStr(secrets.token_urlsafe(64)), repr=False
    )

    @property
    def sends_nonce(self) -> bool:
        """Whether an ID token has to bring the nonce back (OpenID Connect Core section 2)."""
        return "openid" in self.oauth2.scopes

    def url(self, redirect_uri: str) -> str:
        """Return the address at which a person signs in.

        Args:
            redirect_uri: Where the provider sends them back to.
        """
        parameters = {
            "response_type": "code",
            "client_id": self.oauth2.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.oauth2.scope_separator.join(self.oauth2.scopes),
            "resource": self.oauth2.resource,
            **dict(self.oauth2.authorization_parameters),
            "state": self.state,
            # OpenID Connect Core section 3.1.2.1; others have no use for it, and some refuse it.
            "nonce": self.nonce if self.sends_nonce else "",
            "code_challenge": create_s256_code_challenge(str.__str__(self.code_verifier)),
            "code_challenge_method": "S256",
        }
        query = urlencode({name: value for name, value in parameters.items() if value})
        parts = urlsplit(self.endpoints.authorization_endpoint)
        # RFC 6749 section 3.1: a query that the endpoint has already stays.
        query = "&".join(filter(None, [parts.query, query]))
        return urlunsplit(parts._replace(path=parts.path or "/", query=query))

    def code(
        self,
        address: str,
        redirect_uris: Collection[str],
        *,
        client_secret: Callable[[], SecretStr | None] = lambda: None,
    ) -> Code:
        """Return the code that a callback address brings, once every check is passed.

        Some providers leave ``state`` out when they refuse. Such a refusal counts: it carries
        nothing to use, and whoever receives it sees to it that only a visit of the person brings
        it here.

        Args:
            address: The whole address, received or pasted.
            redirect_uris: Where a callback of this request may have been sent.
            client_secret: Returns the secret of the client, which a refusal may repeat.

        Raises:
            StrayCallbackError: It is not the answer to this request; the right one may still come.
            AuthorizationError: It is, and the sign-in is over.
        """
        redirect_uri = _redirect_uri(address, redirect_uris)
        parameters = _parameters(SecretStr(urlsplit(address).query))
        state, code = parameters.get("state", ""), parameters.get("code", "")
        error = parameters.get("error", "").strip()
        if not state and error and not code and self._may_be_from(parameters.get("iss")):
            raise self._refused(error, parameters, client_secret())
        if not _are_same(state, self.state):
            raise StrayCallbackError(
                "This address belongs to another sign-in, or to an older one. Use the page that "
                "was opened last."
            )
        if not code:
            # Facebook's name for it.
            error = error or parameters.get("error_code", "").strip()
        elif not is_given(error):
            error = ""
        if not (code or error):
            raise StrayCallbackError(
                "This address holds no answer from the provider. Finish signing in first."
            )
        self._check_issuer(parameters)
        if error:
            raise self._refused(error, parameters, client_secret())
        return Code(SecretStr(code), redirect_uri)

    def _may_be_from(self, issuer: str | None) -> bool:
        return not issuer or not self.endpoints.issuer or issuer == self.endpoints.issuer

    def _check_issuer(self, parameters: Mapping[str, str]) -> None:
        # RFC 9207 section 2.4: compared as strings, and nothing of the answer is used if they
        # differ.
        issuer, told = self.endpoints.issuer, parameters.get("iss")
        if told is None and self.endpoints.sends_iss:
            raise AuthorizationError(
                f"The answer does not say that it is from {issuer}, which promises to say so. "
                "It was not used; sign in again."
            )
        if told is not None and issuer and told != issuer:
            raise AuthorizationError(
                f"The answer says that it is from {quoted(told)}, and not from {issuer}. It was "
                "not used; sign in again, and check issuer in attio-app.toml if it stays so."
            )

    def _refused(
        self, error: str, parameters: Mapping[str, str], client_secret: SecretStr | None
    ) -> AuthorizationError:
        host = parse_web_address(self.endpoints.authorization_endpoint).netloc
        sent = [self.state, self.nonce, self.code_verifier, parameters.get("code", "")]
        hidden = [each for each in (*sent, client_secret) if each]
        code, description = (
            mask_echoes(text, hidden) for text in (error, _description(parameters))
        )
        known = standard_code(code)
        if known == "access_denied":
            reason = f" ({quoted(description)})" if description else ""
            return AuthorizationError(
                f"{host} says that access was denied{reason}. Sign in again to allow it.",
                error=known,
            )
        said = quoted(code) + (f": {quoted(description)}" if description else "")
        if known in NOT_NOW:
            return AuthorizationError(
                f"{host} cannot sign you in now: {said}. Try again in a moment.", error=known
            )
        return AuthorizationError(
            f"{host} refused the sign-in with {said}. Check the connection in attio-app.toml and "
            "where its client is registered.",
            error=code,
        )


def _description(parameters: Mapping[str, str]) -> str:
    return parameters.get("error_description") or parameters.get("error_message", "")


def _redirect_uri(address: str, redirect_uris: Collection[str]) -> str:
    try:
        sent_to = _place(address)
    except ValueError:
        sent_to = None
    for redirect_uri in redirect_uris:
        if sent_to == _place(redirect_uri):
            return redirect_uri
    places = " or ".join(sorted(set(redirect_uris)))
    raise StrayCallbackError(
        f"This is not the address that the sign-in ends at, which begins with {places}. Copy all "
        "of it from the page that you were sent to."
    )


def _are_same(one: str, other: str) -> bool:
    return hmac.compare_digest(*(each.encode("utf-8", "surrogatepass") for each in (one, other)))


def _place(address: str) -> tuple[str, str | None, int | None, str]:
    """Return what of an address a browser shows as it was registered."""
    parts = urlsplit(address)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port, parts.path or "/"


def _parameters(query: str) -> dict[str, str]:
    pairs = [(name, SecretStr(value)) for name, value in parse_qsl(query, keep_blank_values=True)]
    names = [name for name, _ in pairs if name in OURS]
    if len(names) != len(set(names)):
        # RFC 6749 section 3.1.
        raise StrayCallbackError("This address names a parameter twice. Sign in again.")
    return dict(pairs)
