"""A sign-in on another device (RFC 8628), for a kernel that no browser can come back to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from attio_nb.errors import AuthorizationError, OAuthError, ProviderUnavailableError
from attio_nb.oauth.body import is_plain
from attio_nb.oauth.exchange import host_of, is_guarded
from attio_nb.oauth.token import client_authentication, request_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import OAuth2
    from attio_nb.connections.secret import SecretStr
    from attio_nb.oauth.exchange import Answer, Exchange
    from attio_nb.oauth.metadata import Endpoints
    from attio_nb.oauth.token import Token

__all__ = ["DeviceAuthorization", "await_device", "request_device"]

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL = 5.0
"""In seconds, where the provider does not say (RFC 8628 section 3.2), and what slow_down adds."""
LONGEST_INTERVAL = 60.0
EXPIRES_IN = 600.0
LONGEST_LIFE = 3600.0
LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class DeviceAuthorization:
    """What a person needs to sign in on another device.

    Attributes:
        user_code: What they type there.
        verification_uri: Where they type it.
        verification_uri_complete: The same with the code in it, or "".
        expires_in: Seconds that it is good for.
        interval: Seconds between two questions of ours whether they are done.
        device_code: What these questions name.
    """

    user_code: str = field(repr=False)
    verification_uri: str
    verification_uri_complete: str = field(repr=False)
    expires_in: float
    interval: float
    device_code: SecretStr = field(repr=False)


def request_device(
    oauth2: OAuth2,
    endpoints: Endpoints,
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
) -> DeviceAuthorization:
    """Ask the provider for a code that can be typed on another device.

    Args:
        oauth2: What the app file says of the provider.
        endpoints: Its endpoints.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the request.

    Raises:
        OAuthError: The provider has no device flow, or refuses.
        ProviderUnavailableError: There is no answer now.
    """
    url = endpoints.device_authorization_endpoint
    if not url:
        raise OAuthError("This provider has no sign-in on another device. Use the browser instead.")
    headers, fields = client_authentication(oauth2, client_secret)
    scope = {"scope": oauth2.scope_separator.join(oauth2.scopes)} if oauth2.scopes else {}
    # Whatever authenticates the client, RFC 8628 section 3.1 wants its id in the form.
    form = {"client_id": oauth2.client_id, **scope, **fields}
    return _device(exchange.post(url, form, headers))


def await_device(
    oauth2: OAuth2,
    endpoints: Endpoints,
    device: DeviceAuthorization,
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
    pause: Callable[[float], bool],
) -> Token | None:
    """Ask again and again until the person is done on the other device.

    Args:
        oauth2: What the app file says of the provider.
        endpoints: Its endpoints.
        device: What the person was shown.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the requests.
        pause: Waits for so many seconds, and says whether to give up.

    Returns:
        The token, or None where it was given up.

    Raises:
        AuthorizationError: The person refused, or the code has run out.
        OAuthError: The provider refuses.
    """
    form = {"grant_type": GRANT_TYPE, "device_code": device.device_code}
    interval, left = device.interval, device.expires_in
    while left > 0:
        if pause(interval):
            return None
        left -= interval
        try:
            return request_token(
                oauth2,
                endpoints.token_endpoint,
                form,
                client_secret=client_secret,
                exchange=exchange,
            )
        except ProviderUnavailableError as error:
            interval = _slower(interval, error)
        except OAuthError as error:
            if error.error == "expired_token":
                break
            if error.error == "access_denied":
                raise AuthorizationError(
                    f"{host_of(device.verification_uri)} says that access was denied. Sign in "
                    "again to allow it.",
                    error=error.error,
                ) from None
            if error.error != "authorization_pending":
                raise
    raise AuthorizationError(
        "The code has run out before it was used. Sign in again.", error="expired_token"
    )


def _slower(interval: float, error: ProviderUnavailableError) -> float:
    # RFC 8628 section 3.5: five seconds more when told to slow down, twice as long when there was
    # no answer.
    if error.error == "slow_down":
        return interval + INTERVAL
    return min(max(interval * 2, error.retry_after or 0.0), max(LONGEST_INTERVAL, interval))


def _device(answer: Answer) -> DeviceAuthorization:
    members = answer.members() or {}
    if answer.status == 429 or answer.status >= 500:
        raise ProviderUnavailableError(
            f"{answer.host} gives no code now (status {answer.status}). Try again in a moment.",
            retry_after=answer.retry_after,
        )
    # Google says verification_url.
    uri = members.get("verification_uri") or members.get("verification_url")
    texts = [members.get("device_code"), members.get("user_code"), uri]
    if not all(is_plain(text) for text in texts):
        error = members.get("error")
        code = str.__str__(error) if isinstance(error, str) else ""
        raise OAuthError(
            f"{answer.host} gave no code for another device (status {answer.status}). Use the "
            "browser instead, or allow the device flow where the client is registered.",
            error=code,
        )
    complete = members.get("verification_uri_complete") or members.get("verification_url_complete")
    return DeviceAuthorization(
        user_code=f"{members['user_code']}",
        verification_uri=_web_address(f"{uri}", answer.host),
        verification_uri_complete=_web_address(f"{complete}", answer.host) if complete else "",
        expires_in=min(_number(members.get("expires_in"), EXPIRES_IN), LONGEST_LIFE),
        interval=_number(members.get("interval"), INTERVAL),
        device_code=members["device_code"],
    )


def _web_address(url: str, host: str) -> str:
    if not url.isprintable() or len(url) > LONGEST_ADDRESS or not is_guarded(url):
        raise OAuthError(
            f"{host} gave an address for another device that is none. Use the browser."
        )
    return url


def _number(value: Any, otherwise: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < 1e9 else otherwise
