"""Deleting a client that was registered and cannot be used (RFC 7592)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from attio_nb.connections.secret import SecretStr
from attio_nb.errors import AttioError
from attio_nb.oauth.quoting import quoted
from attio_nb.web_address import AddressError, parse_web_address

if TYPE_CHECKING:
    from attio_nb.oauth.exchange import Exchange

__all__ = ["RegisteredClient", "delete_client", "registered_client"]


class RegisteredClient(NamedTuple):
    """A client as its provider knows it.

    Attributes:
        host: The provider.
        client_id: Its id.
        configuration_endpoint: Where it can be deleted (RFC 7592 section 1.2), or "".
        access_token: What allows that, or None.
    """

    host: str
    client_id: str
    configuration_endpoint: str = ""
    access_token: SecretStr | None = None


def registered_client(
    registration_endpoint: str, host: str, members: dict[str, Any]
) -> RegisteredClient:
    """Return what the answer to a registration says about how to delete the client.

    Args:
        registration_endpoint: Where it was registered. The access token goes to this origin only.
        host: What to call the provider.
        members: The answer.
    """
    client_id = f"{members['client_id']}"
    url, token = members.get("registration_client_uri"), members.get("registration_access_token")
    if not (isinstance(url, str) and isinstance(token, str) and token):
        return RegisteredClient(host, client_id)
    if _origin(f"{url}") != _origin(registration_endpoint):
        return RegisteredClient(host, client_id)
    return RegisteredClient(host, client_id, str.__str__(url), SecretStr(token))


def delete_client(client: RegisteredClient, exchange: Exchange) -> str:
    """Delete a client at its provider (RFC 7592 section 2.3); nothing is raised.

    Args:
        client: The client.
        exchange: Sends the request.

    Returns:
        A sentence that says whether it is gone, or what is left behind and where.
    """
    if client.access_token is None:
        return _left_behind(client, "")
    try:
        headers = {"Authorization": SecretStr(f"Bearer {client.access_token}")}
        answer = exchange.delete(client.configuration_endpoint, headers)
    except AttioError as error:
        return _left_behind(client, f" could not be deleted ({error})")
    if 200 <= answer.status < 300 or answer.status in (404, 410):
        return f"The client that {client.host} had registered was deleted there again."
    return _left_behind(client, f" could not be deleted (status {answer.status})")


def _left_behind(client: RegisteredClient, why: str) -> str:
    name = f"The client {quoted(client.client_id)} that {client.host} has registered"
    return f"{name}{why or ' is left behind'}: delete it on the pages of the provider."


def _origin(url: str) -> tuple[str, str] | None:
    try:
        address = parse_web_address(url)
    except AddressError:
        return None
    return address.scheme, address.netloc
