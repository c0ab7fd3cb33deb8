"""Where a provider's endpoints are: looked up at its issuer, or named in the app file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url

from attio_nb.errors import OAuthError, ProviderUnavailableError
from attio_nb.oauth.exchange import NoAnswerError, checked_host
from attio_nb.oauth.quoting import quoted
from attio_nb.web_address import AddressError, parse_web_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attio_nb.app import OAuth2
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["ENDPOINTS", "NEEDED", "EndpointName", "Endpoints", "find_endpoints"]

EndpointName = Literal[
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "registration_endpoint",
    "userinfo_endpoint",
]
ENDPOINTS: tuple[EndpointName, ...] = (
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "registration_endpoint",
    "userinfo_endpoint",
)
NEEDED: tuple[EndpointName, ...] = ("authorization_endpoint", "token_endpoint")


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of one provider. Ask for one that is to be used with `require`.

    Attributes:
        issuer: Its issuer, or "" where the app file names the endpoints one by one.
        authorization_endpoint: Where a person signs in.
        token_endpoint: Where a code becomes a token.
        revocation_endpoint: Where a token is revoked, or "".
        device_authorization_endpoint: Where a sign-in on another device begins, or "".
        registration_endpoint: Where a program registers a client (RFC 7591), or "".
        userinfo_endpoint: Where the account is named that has signed in (OpenID Connect Core
            section 5.3), or "".
        revocation_auth_methods: How clients authenticate where tokens are revoked, as far as the
            metadata say it (RFC 8414 section 2).
        sends_iss: Whether it promises to name itself in each callback (RFC 9207 section 3).
        problems: Why an endpoint must not be used, by its name; its address above is "".
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""
    device_authorization_endpoint: str = ""
    registration_endpoint: str = ""
    userinfo_endpoint: str = ""
    revocation_auth_methods: tuple[str, ...] = ()
    sends_iss: bool = False
    problems: Mapping[EndpointName, str] = field(default_factory=dict)

    def require(self, name: EndpointName) -> str:
        """Return the address of an endpoint, or "" where the provider has none.

        Args:
            name: The endpoint that is to be used now.

        Raises:
            OAuthError: The provider's metadata give an address that must not be used, or none
                where every provider has one.
        """
        if problem := self.problems.get(name):
            raise OAuthError(problem)
        address: str = getattr(self, name)
        return address

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host that a person is sent to, then every other host that is sent something.

        A token, a code or the client secret goes to each of them in the end: to the revocation
        endpoint when the person disconnects.
        """
        others = (
            self.issuer,
            self.token_endpoint,
            self.revocation_endpoint,
            self.device_authorization_endpoint,
        )
        urls = [url for url in (self.authorization_endpoint, *others) if url]
        return tuple(dict.fromkeys(parse_web_address(url).netloc for url in urls))


def find_endpoints(oauth2: OAuth2, exchange: Exchange) -> Endpoints:
    """Return the endpoints of a provider; those that the app file names come first.

    An address in the metadata is judged when it is used, by `Endpoints.require`.

    Args:
        oauth2: What the app file says.
        exchange: Asks the issuer.

    Raises:
        OAuthError: The metadata is missing, or of a provider that must not be used.
        ProviderUnavailableError: The issuer did not answer.
    """
    metadata = _metadata(oauth2.issuer, exchange) if oauth2.issuer else {}
    found: dict[EndpointName, str] = {}
    problems: dict[EndpointName, str] = {}
    for name in ENDPOINTS:
        found[name] = getattr(oauth2, name, "")
        if found[name] or not oauth2.issuer:
            continue
        if problem := _problem(oauth2.issuer, name, metadata.get(name)):
            problems[name] = f"{problem} {_advice(name)}"
        else:
            found[name] = metadata.get(name) or ""
    return Endpoints(
        issuer=oauth2.issuer,
        sends_iss=metadata.get("authorization_response_iss_parameter_supported") is True,
        problems=problems,
        revocation_auth_methods=_revocation_auth_methods(metadata, found["revocation_endpoint"]),
        **found,
    )


def _problem(issuer: str, name: EndpointName, value: object) -> str:
    """Return why an endpoint that metadata name must not be used, or ""."""
    if value is None or value == "":
        return f"The metadata of {issuer} has no {name}." if name in NEEDED else ""
    if not isinstance(value, str):
        return f"The metadata of {issuer} gives something else than a text as {name}."
    named = f"The metadata of {issuer} gives {quoted(value)} as {name}, which"
    try:
        address = parse_web_address(value)
    except AddressError as error:
        return f"{named} {error}. Nothing is sent there."
    if "#" in value:
        # RFC 6749 sections 3.1 and 3.2.
        return f"{named} holds a fragment. Nothing is sent there."
    if not address.may_be_named_by(parse_web_address(issuer)):
        where = "on this computer" if address.is_loopback else "on a private network"
        return f"{named} is {where}, and the issuer is not. Nothing is sent there."
    if not address.is_confidential:
        return f"{named} is no address with https. Nothing is sent there."
    return ""


def _advice(name: EndpointName) -> str:
    if name == "registration_endpoint":
        return "Register a client on the provider's pages, and give its id with --client-id."
    return f"Ask the provider to correct it, or write {name} in attio-app.toml."


def _metadata(issuer: str, exchange: Exchange) -> dict[str, Any]:
    checked_host(issuer)
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
