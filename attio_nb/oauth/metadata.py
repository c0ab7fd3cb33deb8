"""Where a provider's endpoints are: looked up at its issuer, or named in the app file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from attio_nb.errors import OAuthError, ProviderUnavailableError
from attio_nb.oauth.exchange import NoAnswerError, host_of, is_guarded
from attio_nb.oauth.quoting import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attio_nb.app import OAuth2
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["Endpoints", "find_endpoints"]

NAMES = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
)
REGISTRATION = "registration_endpoint"


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of one provider.

    Attributes:
        issuer: Its issuer, or "" where the app file names the endpoints one by one.
        authorization_endpoint: Where a person signs in.
        token_endpoint: Where a code becomes a token.
        revocation_endpoint: Where a token is revoked, or "".
        device_authorization_endpoint: Where a sign-in on another device begins, or "".
        registration_endpoint: Where a program registers a client (RFC 7591), or "".
        revocation_auth_methods: How clients authenticate where tokens are revoked, as far as the
            metadata say it (RFC 8414 section 2).
        sends_iss: Whether it promises to name itself in each callback (RFC 9207 section 3).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""
    device_authorization_endpoint: str = ""
    registration_endpoint: str = ""
    revocation_auth_methods: tuple[str, ...] = ()
    sends_iss: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host that a person is sent to, then the other hosts that take part in it."""
        others = (self.issuer, self.token_endpoint)
        named = [host_of(url) for url in (self.authorization_endpoint, *others) if url]
        return tuple(dict.fromkeys(named))


def find_endpoints(oauth2: OAuth2, exchange: Exchange) -> Endpoints:
    """Return the endpoints of a provider; those that the app file names come first.

    Args:
        oauth2: What the app file says.
        exchange: Asks the issuer.

    Raises:
        OAuthError: The metadata is missing, or of a provider that must not be used.
        ProviderUnavailableError: The issuer did not answer.
    """
    metadata = _metadata(oauth2.issuer, exchange) if oauth2.issuer else {}
    found = {name: getattr(oauth2, name) or _address(metadata, name) for name in NAMES}
    for name in ("authorization_endpoint", "token_endpoint"):
        if not found[name]:
            raise OAuthError(
                f"The metadata of {oauth2.issuer} has no {name}. Name it in attio-app.toml."
            )
    sends_iss = metadata.get("authorization_response_iss_parameter_supported") is True
    registration_endpoint = _address(metadata, REGISTRATION)
    return Endpoints(
        issuer=oauth2.issuer,
        sends_iss=sends_iss,
        registration_endpoint=registration_endpoint,
        revocation_auth_methods=_revocation_auth_methods(metadata, found["revocation_endpoint"]),
        **found,
    )


def _metadata(issuer: str, exchange: Exchange) -> dict[str, Any]:
    if not is_guarded(issuer):
        raise OAuthError(f"The issuer {issuer} is not encrypted. Use its https address.")
    unavailable: ProviderUnavailableError | None = None
    for url in _well_known(issuer):
        try:
            answer = exchange.get(url)
        except NoAnswerError:
            # All of these addresses are on one host.
            raise
        except OAuthError:
            # A redirect: some providers send whatever they do not know to a page.
            continue
        if answer.status >= 500 or answer.status == 429:
            unavailable = _not_now(answer)
        elif answer.status == 200 and (metadata := answer.members()) is not None:
            return _checked({name: _plain(value) for name, value in metadata.items()}, issuer)
    raise unavailable or OAuthError(
        f"{issuer} has no metadata at any of its well-known addresses. Check issuer in "
        "attio-app.toml, or name authorization_endpoint and token_endpoint there."
    )


def _well_known(issuer: str) -> Iterator[str]:
    """The forms of RFC 8414 section 3 and of OpenID Connect Discovery section 4."""
    forms = [
        get_well_known_url(issuer, external=True, suffix=suffix)
        for suffix in ("oauth-authorization-server", "openid-configuration")
    ]
    appended = [
        f"{issuer.rstrip('/')}/.well-known/{suffix}"
        for suffix in ("openid-configuration", "oauth-authorization-server")
    ]
    yield from dict.fromkeys([*forms, *appended])


def _plain(value: Any) -> Any:
    return str.__str__(value) if isinstance(value, str) else value


def _not_now(answer: Answer) -> ProviderUnavailableError:
    return ProviderUnavailableError(
        f"{answer.host} answered with status {answer.status} when asked for its metadata. Try "
        "again in a moment.",
        retry_after=answer.retry_after,
    )


def _checked(metadata: dict[str, Any], issuer: str) -> dict[str, Any]:
    told = AuthorizationServerMetadata(metadata).get("issuer")
    if told != issuer:
        # RFC 8414 section 3.3. Whoever is meant is written the same to the letter.
        name = quoted(told) if isinstance(told, str) and told else "no name"
        raise OAuthError(
            f"The metadata of {issuer} gives its issuer as {name}, and it has to be the same to "
            "the letter. Write in attio-app.toml what the provider calls itself, if you trust it."
        )
    methods = metadata.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise OAuthError(
            f"{issuer} does not support PKCE with S256, without which a sign-in can be stolen. "
            "Ask the provider for it; nothing less is used."
        )
    return metadata


def _revocation_auth_methods(metadata: dict[str, Any], endpoint: str) -> tuple[str, ...]:
    if metadata.get("revocation_endpoint") != endpoint:
        # The app file names another endpoint, of which the metadata say nothing.
        return ()
    methods = metadata.get("revocation_endpoint_auth_methods_supported")
    listed = methods.split() if isinstance(methods, str) else methods
    if not isinstance(listed, list):
        return ()
    return tuple(_plain(each) for each in listed if isinstance(each, str))


def _address(metadata: dict[str, Any], name: str) -> str:
    value = metadata.get(name) or ""
    if not isinstance(value, str) or (value and not is_guarded(value)):
        raise OAuthError(
            f"The metadata of the provider name a {name} that is no address with https. Nothing "
            "is sent there; ask the provider for one."
        )
    return value
