"""Registering a client at a provider that lets programs do so (RFC 7591)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import OAuthError, ProviderUnavailableError
from attio_nb.oauth.body import is_plain
from attio_nb.oauth.echoes import mask_echoes
from attio_nb.oauth.exchange import NoAnswerError
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.unregister import RegisteredClient, delete_client, registered_client
from attio_nb.web_address import AddressError, WebAddress, parse_web_address

if TYPE_CHECKING:
    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.oauth.exchange import Answer, Exchange

__all__ = ["Registration", "register_client", "wished_client"]

CLIENT_AUTHENTICATIONS = ("none", "client_secret_basic", "client_secret_post")
LONGEST_CLIENT_ID = 2000
"""In characters: it has to fit into the address of the authorization request."""
REDIRECT_PORTS = (8723, 8724)
"""What is registered where the app file names none: many providers want a port, to the letter."""


class Registration(NamedTuple):
    """A client that was registered.

    Attributes:
        oauth2: What the app file has to say of it.
        client_secret: Its secret, or None.
        client: What its provider calls it, and how it can be deleted there.
    """

    oauth2: OAuth2
    client_secret: SecretStr | None
    client: RegisteredClient


def register_client(
    oauth2: OAuth2, registration_endpoint: str, *, client_name: str, exchange: Exchange
) -> Registration:
    """Register a client, and use what the provider made of the wish (RFC 7591 section 3.2.1).

    Args:
        oauth2: What is wished for; it has no client id yet.
        registration_endpoint: Where clients are registered, or "".
        client_name: What people are shown at the provider.
        exchange: Sends the request.

    Raises:
        OAuthError: The provider lets no program register, refuses, or made a client of which no
            use can be made here.
        ProviderUnavailableError: There is no answer now.
    """
    if not registration_endpoint:
        raise OAuthError(
            "This provider lets no program register a client. Register one on its pages, and give "
            "its id with --client-id."
        )
    wished = wished_client(oauth2)
    try:
        answer = exchange.post_json(registration_endpoint, _wish(wished, client_name))
    except NoAnswerError as error:
        error.add_sentence("The client may have been registered there all the same.")
        raise
    members = _registered(answer)
    client = registered_client(registration_endpoint, answer.host, members)
    try:
        return _registration(wished, members, client)
    except OAuthError as error:
        error.add_sentence(delete_client(client, exchange))
        raise


def wished_client(oauth2: OAuth2) -> OAuth2:
    """Return what is asked of the provider: with ports to come back to, where none are named."""
    has_address = oauth2.redirect_ports or oauth2.redirect_uri
    return oauth2 if has_address else replace(oauth2, redirect_ports=REDIRECT_PORTS)


def _wish(oauth2: OAuth2, client_name: str) -> dict[str, Any]:
    method = oauth2.client_authentication
    return {
        "client_name": client_name,
        "redirect_uris": _redirect_uris(oauth2),
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method.removesuffix("_raw"),
        **({"scope": " ".join(oauth2.scopes)} if oauth2.scopes else {}),
    }


def _redirect_uris(oauth2: OAuth2) -> list[str]:
    if oauth2.redirect_uri:
        return [oauth2.redirect_uri]
    host, path = oauth2.redirect_host, oauth2.redirect_path
    return [f"http://{host}:{port}{path}" for port in oauth2.redirect_ports]


def _registered(answer: Answer) -> dict[str, Any]:
    if answer.status == 429 or answer.status >= 500:
        raise ProviderUnavailableError(
            f"{answer.host} registers no client now (status {answer.status}). Try again in a "
            "moment.",
            retry_after=answer.retry_after,
        )
    members = answer.members() or {}
    client_id = members.get("client_id")
    is_registered = answer.status in (200, 201) and isinstance(client_id, str) and client_id
    if not is_registered:
        error, described = members.get("error"), members.get("error_description")
        words = [
            quoted(answer.without_sent(word))
            for word in (error, described)
            if isinstance(word, str) and word
        ]
        raise OAuthError(
            f"{answer.host} registered no client"
            + (f": {': '.join(words)}. " if words else f" (status {answer.status}). ")
            + "Register one on its pages, and give its id with --client-id.",
            error=answer.code_without_sent(error) if isinstance(error, str) else "",
        )
    return members


def _not_sendable(host: str, name: str) -> OAuthError:
    return OAuthError(
        f"{host} registered a client with a {name} that cannot be sent back, so nothing was kept. "
        "Register one on its pages, and give its id with --client-id."
    )


def _registration(
    wished: OAuth2, members: dict[str, Any], client: RegisteredClient
) -> Registration:
    host = client.host
    if not is_plain(client.client_id, longest=LONGEST_CLIENT_ID):
        raise _not_sendable(host, "client_id")
    # What is left out is as it was wished for.
    method = f"{members.get('token_endpoint_auth_method') or wished.client_authentication}"
    if method not in CLIENT_AUTHENTICATIONS:
        said = mask_echoes(method, filter(None, [members.get("client_secret")]))
        raise OAuthError(
            f"{host} registered a client that proves itself by {quoted(said)}, which is not "
            "supported. Register one on its pages, and give its id with --client-id."
        )
    secret = members.get("client_secret")
    has_secret = method != "none" and isinstance(secret, str) and secret
    if method != "none" and not has_secret:
        raise OAuthError(
            f"{host} registered a client with {method}, and gave no secret for it. Register one on "
            "its pages, and give its id with --client-id."
        )
    if has_secret and not is_plain(secret):
        raise _not_sendable(host, "client_secret")
    scope = members.get("scope")
    words = f"{scope}".split() if isinstance(scope, str) else []
    scopes = tuple(word for word in words if is_plain(word))
    oauth2 = replace(
        wished,
        client_id=client.client_id,
        client_authentication=cast("ClientAuthentication", method),
        scopes=scopes or wished.scopes,
    )
    addresses = members.get("redirect_uris")
    if isinstance(addresses, list) and addresses:
        plain = [str.__str__(each) for each in addresses if isinstance(each, str)]
        oauth2 = _with_redirect_uris(plain, oauth2, host)
    return Registration(oauth2, SecretStr(f"{secret}") if has_secret else None, client)


def _with_redirect_uris(addresses: list[str], wished: OAuth2, host: str) -> OAuth2:
    """Return it with the redirect URIs that were registered, which may not be those wished for."""
    if not addresses or set(_redirect_uris(wished)) <= set(addresses):
        return wished
    usable = [(each, parsed) for each in addresses if (parsed := _usable(each))]
    for _, there in usable:
        if there.scheme == "http":
            ports = (there.port,) if there.port != 80 else ()
            return replace(
                wished,
                redirect_host=there.host,
                redirect_ports=ports,
                redirect_path=there.path,
            )
    if not usable:
        raise OAuthError(
            f"{host} registered a client with the redirect URI {quoted(addresses[0])}, which "
            "cannot be used. Register one on its pages, and give its id with --client-id."
        )
    return replace(
        wished,
        redirect_host="127.0.0.1",
        redirect_ports=(),
        redirect_path="/callback",
        redirect_uri=usable[0][0],
    )


def _usable(redirect_uri: str) -> WebAddress | None:
    """Return the parts of a redirect URI, or None where a browser must not come back to it."""
    try:
        address = parse_web_address(redirect_uri)
    except AddressError:
        return None
    # RFC 6749 section 3.1.2.
    return address if address.is_confidential and "#" not in redirect_uri else None
