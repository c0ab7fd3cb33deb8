"""A sign-in on another device (RFC 8628), for a kernel that no browser can come back to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from attio_nb.errors import AuthorizationError, OAuthError, ProviderUnavailableError
from attio_nb.oauth.body import is_plain, positive_number
from attio_nb.oauth.client_authentication import post_as_client
from attio_nb.oauth.exchange import UnusableAnswerError
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.token import token_of
from attio_nb.oauth.token_endpoint import TokenEndpoint
from attio_nb.web_address import AddressError, WebAddress, parse_web_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.connections.secret import SecretStr
    from attio_nb.oauth.exchange import Answer, Exchange
    from attio_nb.oauth.metadata import Endpoints
    from attio_nb.oauth.token import Token

__all__ = ["DeviceAuthorization", "await_device", "request_device"]

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL = 5.0
"""In seconds, where the provider does not say (RFC 8628 section 3.2), and what slow_down adds."""
SHORTEST_INTERVAL, LONGEST_INTERVAL = 1.0, 60.0
EXPIRES_IN = 600.0
SHORTEST_LIFE, LONGEST_LIFE = 1.0, 3600.0
LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class DeviceAuthorization:
    """What a person needs to sign in on another device.

    Attributes:
        user_code: What they type there.
        verification_uri: Where they type it.
        verification_uri_complete: The same with the code in it, on the same host, or "".
        expires_in: Seconds that it is good for.
        interval: Seconds between two questions of ours whether they are done.
        device_code: What these questions name.
        client_authentication: How the provider knew the client when it gave the code.
    """

    user_code: str = field(repr=False)
    verification_uri: str
    verification_uri_complete: str = field(repr=False)
    expires_in: float
    interval: float
    device_code: SecretStr = field(repr=False)
    client_authentication: ClientAuthentication | None = None


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
    url = endpoints.require("device_authorization_endpoint")
    if not url:
        raise OAuthError("This provider has no sign-in on another device. Use the browser instead.")
    scope = {"scope": oauth2.scope_separator.join(oauth2.scopes)} if oauth2.scopes else {}
    # Whatever authenticates the client, RFC 8628 section 3.1 wants its id in the form.
    form = {"client_id": oauth2.client_id, **scope}
    answer, method = post_as_client(exchange, url, form, oauth2=oauth2, client_secret=client_secret)
    return replace(_device(answer, parse_web_address(url)), client_authentication=method)


def await_device(
    oauth2: OAuth2,
    endpoints: Endpoints,
    device: DeviceAuthorization,
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
    pause: Callable[[float], bool],
    clock: Callable[[], float] = time.monotonic,
    look_up_token_endpoint: Callable[[], str] = lambda: "",
) -> Token | None:
    """Ask again and again until the person is done on the other device.

    An answer that says nothing about the sign-in does not end it: a page of HTML, a redirect, a
    status of 429 or 5xx, or no answer at all.

    Args:
        oauth2: What the app file says of the provider.
        endpoints: Its endpoints.
        device: What the person was shown.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the requests.
        pause: Waits for so many seconds, and says whether to give up.
        clock: Seconds that only grow.
        look_up_token_endpoint: Asks the provider again where its token endpoint is.

    Returns:
        The token, or None where it was given up.

    Raises:
        AuthorizationError: The person refused, or the code has run out.
        OAuthError: The provider refuses.
    """
    poll = partial(
        TokenEndpoint(endpoints.token_endpoint, look_up_token_endpoint).post,
        _form(oauth2, device),
        oauth2=oauth2,
        client_secret=client_secret,
        exchange=exchange,
        remembered=device.client_authentication,
    )
    pace = _Pace(device.interval)
    began, paused = clock(), 0.0
    while (left := device.expires_in - max(paused, clock() - began)) > 0:
        wait = min(pace.wait, left)
        if pause(wait):
            return None
        paused += wait
        try:
            answer = poll()
            if _says_something(answer.answer):
                return token_of(answer, oauth2)
        except OAuthError as error:
            if error.error == "expired_token":
                break
            if not pace.follow(error):
                raise _denied(device, error) from None
        else:
            pace.slow_down()
    raise AuthorizationError(
        "The code has run out before it was used. Sign in again.", error="expired_token"
    )


class _Pace:
    """How long to wait before the token endpoint is asked again.

    Args:
        interval: Seconds between two requests, as the provider wants it.
    """

    def __init__(self, interval: float) -> None:
        self.interval = self.wait = interval

    def slow_down(self) -> None:
        """Wait twice as long after a request that had no answer (RFC 8628 section 3.5)."""
        self.wait = max(min(self.wait * 2, LONGEST_INTERVAL), self.interval)

    def follow(self, error: OAuthError) -> bool:
        """Wait as an error asks, or say with False that it ends the sign-in."""
        if isinstance(error, UnusableAnswerError):
            self.slow_down()
        elif isinstance(error, ProviderUnavailableError):
            if error.error == "slow_down":
                # RFC 8628 section 3.5: five seconds more from now on.
                self.interval += INTERVAL
                self.wait = self.interval
            else:
                self.slow_down()
            self.wait = max(self.wait, error.retry_after or 0.0)
        elif error.error == "authorization_pending":
            self.wait = self.interval
        else:
            return False
        return True


def _form(oauth2: OAuth2, device: DeviceAuthorization) -> dict[str, str]:
    resource = {"resource": oauth2.resource} if oauth2.resource else {}
    return {"grant_type": GRANT_TYPE, "device_code": device.device_code, **resource}


def _says_something(answer: Answer) -> bool:
    """Say whether an answer is about the sign-in; a page of a proxy or a firewall is not."""
    is_final = answer.members() is not None or answer.status in (401, 429)
    return (is_final or answer.status >= 500) and answer.status not in (408, 425)


def _denied(device: DeviceAuthorization, error: OAuthError) -> OAuthError:
    if error.error != "access_denied":
        return error
    host = parse_web_address(device.verification_uri).netloc
    return AuthorizationError(
        f"{host} says that access was denied. Sign in again to allow it.",
        error=error.error,
    )


def _device(answer: Answer, asked: WebAddress) -> DeviceAuthorization:
    members = answer.members() or {}
    if answer.status == 429 or answer.status >= 500:
        raise ProviderUnavailableError(
            f"{answer.host} gives no code now (status {answer.status}). Try again in a moment.",
            retry_after=answer.retry_after,
        )
    # Google says verification_url.
    uri = members.get("verification_uri") or members.get("verification_url")
    texts = [members.get("device_code"), members.get("user_code"), uri]
    if not (is_plain(texts[0]) and all(isinstance(text, str) and text for text in texts)):
        error = members.get("error")
        code = str.__str__(error) if isinstance(error, str) else ""
        raise OAuthError(
            f"{answer.host} gave no code for another device (status {answer.status}). Use the "
            "browser instead, or allow the device flow where the client is registered.",
            error=answer.code_without_sent(code),
        )
    user_code = f"{members['user_code']}"
    if not is_plain(user_code):
        raise OAuthError(
            f"{answer.host} gave the code {quoted(user_code)}, which nobody can type. Use the "
            "browser."
        )
    complete = members.get("verification_uri_complete") or members.get("verification_url_complete")
    address = _verification_address(uri, asked)
    with_code = _verification_address(complete, asked) if complete else None
    # The host that is shown is the one of the address without the code.
    is_same_host = with_code is not None and with_code.netloc == address.netloc
    return DeviceAuthorization(
        user_code=user_code,
        verification_uri=f"{uri}",
        verification_uri_complete=f"{complete}" if is_same_host else "",
        expires_in=_clamped(members.get("expires_in"), EXPIRES_IN, SHORTEST_LIFE, LONGEST_LIFE),
        interval=_clamped(members.get("interval"), INTERVAL, SHORTEST_INTERVAL, LONGEST_INTERVAL),
        device_code=members["device_code"],
    )


def _verification_address(url: object, asked: WebAddress) -> WebAddress:
    """Return the address to open on another device, once it is one that may be opened."""
    problem = ""
    text = f"{url}" if isinstance(url, str) else ""
    try:
        address = parse_web_address(text)
    except AddressError as error:
        problem = f"{error}"
    else:
        if len(text) > LONGEST_ADDRESS:
            problem = "is too long"
        elif not address.is_confidential:
            problem = "is plain http"
        elif not address.may_be_named_by(asked):
            problem = "is on this computer or on a private network"
    if problem:
        raise OAuthError(
            f"{asked.netloc} gave the address {quoted(text)} for another device, which {problem}. "
            "Use the browser."
        )
    return address


def _clamped(value: object, otherwise: float, shortest: float, longest: float) -> float:
    return min(max(positive_number(value) or otherwise, shortest), longest)
