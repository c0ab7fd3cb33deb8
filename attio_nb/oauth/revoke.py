"""Revoking the tokens of a grant (RFC 7009)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from attio_nb.errors import AttioError, ProviderUnavailableError
from attio_nb.oauth.client_authentication import post_as_client
from attio_nb.oauth.quoting import quoted
from attio_nb.oauth.refusal import has_error, read_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from attio_nb.app import ClientAuthentication, OAuth2
    from attio_nb.connections.model import StoredConnection
    from attio_nb.connections.secret import SecretStr
    from attio_nb.oauth.client_authentication import ClientAnswer
    from attio_nb.oauth.exchange import Answer, Exchange
    from attio_nb.oauth.metadata import Endpoints

__all__ = ["Revocation", "revoke"]

LONGEST_PAUSE = 5.0
"""In seconds, before a provider is asked once more, whatever its Retry-After says."""

NOT_OFFERED = (
    "Its provider offers no revocation. To end its access at once, remove the app in your account "
    "at the provider."
)
NO_CLIENT_SECRET = "the client secret is not stored."  # noqa: S105  # a reason
REMOVE_THE_APP = "To end its access at once, remove the app in your account at the provider."

WITH_SECRET: tuple[ClientAuthentication, ...] = (
    "client_secret_basic",
    "client_secret_post",
    "none",
)
"""The ways in which a client with a secret can authenticate, the preferred one first."""

ENDED = {
    "expiredtoken", "invalidgrant", "invalidrefreshtoken", "invalidtoken", "revokedtoken",
    "tokenexpired", "tokeninactive", "tokennotfound", "tokenrevoked",
}  # fmt: skip
"""Error codes of a token that is not good any more, as letters. Slack's ``invalid_auth`` is about
whoever asks.
"""

Hint = Literal["refresh_token", "access_token"]
NAMES: dict[Hint, str] = {"refresh_token": "refresh token", "access_token": "access token"}


@dataclass(frozen=True)
class Revocation:
    """What came of revoking a grant at its provider.

    Attributes:
        state: ``revoked`` where no token of the grant is good any more; ``not-offered`` where the
            provider has no revocation endpoint; ``failed`` where a token may still be good.
        message: What happened to each token, in sentences for the person.
    """

    state: Literal["revoked", "not-offered", "failed"]
    message: str


class _Result(NamedTuple):
    """What came of one token: it was revoked, it had ended before, or it is still good."""

    name: str
    state: Literal["revoked", "ended", "unsupported", "failed"]
    host: str = ""
    reason: str = ""
    answered: bool = True


def revoke(
    oauth2: OAuth2,
    endpoints: Endpoints,
    stored: StoredConnection,
    *,
    client_secret: SecretStr | None,
    exchange: Exchange,
    pause: Callable[[float], object],
) -> Revocation:
    """Revoke the refresh token of a grant, then its access token; nothing is raised.

    A server that revokes a refresh token should end the access tokens too, and many do not (RFC
    7009 section 2.1), so both are sent.

    Args:
        oauth2: What the app file says of the provider.
        endpoints: The endpoints of the provider.
        stored: What is kept of the grant.
        client_secret: The secret of the client, where it has one.
        exchange: Sends the requests.
        pause: Waits for so many seconds.
    """
    if not endpoints.revocation_endpoint:
        return Revocation("not-offered", NOT_OFFERED)
    method = _authentication(oauth2, endpoints.revocation_auth_methods)
    client = replace(oauth2, client_authentication=method)
    results: list[_Result] = []
    for hint, token in _tokens(stored):
        # A provider that gave no answer twice is not waited for as long once more.
        tries = 2 if all(result.answered for result in results) else 1
        try:
            post = partial(
                post_as_client,
                exchange,
                endpoints.revocation_endpoint,
                {"token": token, "token_type_hint": hint},
                oauth2=client,
                client_secret=client_secret,
                remembered=stored.grant.client_authentication if stored.grant else None,
            )
            answer, asked = _posted(post, pause, tries=tries)
        except AttioError as error:
            answered = not isinstance(error, ProviderUnavailableError)
            # The advice to connect again and type the secret is of no use to a disconnection.
            has_secret = client_secret is not None or client.client_authentication == "none"
            reason = f"{error}" if has_secret else NO_CLIENT_SECRET
            results.append(_Result(NAMES[hint], "failed", reason=reason, answered=answered))
        else:
            results.append(_result(NAMES[hint], answer, asked))
    is_over = all(result.state in ("revoked", "ended") for result in results)
    return Revocation("revoked" if is_over else "failed", _message(results))


def _tokens(stored: StoredConnection) -> list[tuple[Hint, SecretStr]]:
    grant = stored.grant
    refresh_token = grant.refresh_token if grant and not grant.expired else None
    tokens: list[tuple[Hint, SecretStr]] = [("access_token", stored.value)]
    return [("refresh_token", refresh_token), *tokens] if refresh_token else tokens


def _authentication(oauth2: OAuth2, supported: Collection[str]) -> ClientAuthentication:
    """Return how the client authenticates at the revocation endpoint (RFC 8414 section 2).

    Metadata that say nothing leave it as it is at the token endpoint: RFC 8414 has a default of
    ``client_secret_basic``, but many servers leave the member out and take both.
    """
    configured = oauth2.client_authentication
    if configured == "none" or not supported or configured.removesuffix("_raw") in supported:
        return configured
    return next((method for method in WITH_SECRET if method in supported), configured)


def _posted(
    post: Callable[[], ClientAnswer], pause: Callable[[float], object], *, tries: int
) -> tuple[Answer, int]:
    """Return the answer, and how often it was asked for."""
    __tracebackhide__ = True
    try:
        answer = post().answer
    except ProviderUnavailableError:
        if tries == 1:
            raise
        return post().answer, 1
    if answer.status in (429, 503):
        # RFC 7009 section 2.2.1: the token is to be taken as still good, and asked for once more.
        pause(min(answer.retry_after or 1.0, LONGEST_PAUSE))
        return post().answer, 2
    return answer, 1


def _result(name: str, answer: Answer, asked: int) -> _Result:
    refusal = read_refusal(answer.status, answer.headers, answer.refusal_members())
    # "Token revoked" is no refusal here.
    if answer.status < 300 and not has_error(answer.members() or {}):
        return _Result(name, "revoked", answer.host)
    code = re.sub(r"[^a-z]", "", refusal.name.lower()) if refusal else ""
    if code in ENDED:
        # RFC 7009 section 2.2 says 200 for a token that is gone; Google says 400 "invalid_token".
        return _Result(name, "ended", answer.host)
    if code == "unsupportedtokentype":
        # RFC 7009 section 2.2.1.
        return _Result(name, "unsupported", answer.host)
    said = quoted(answer.without_sent(refusal.name)) if refusal and refusal.name else ""
    times = " twice" if asked == 2 and answer.status in (429, 503) else ""
    reason = ", ".join(filter(None, [f"status {answer.status}{times}", said]))
    return _Result(name, "failed", answer.host, reason)


def _message(results: list[_Result]) -> str:
    # Both tokens often have the same fate, which is told once.
    fates: dict[_Result, list[str]] = {}
    for result in results:
        fates.setdefault(result._replace(name=""), []).append(f"the {result.name}")
    sentences = [_sentence(fate, " and ".join(names)) for fate, names in fates.items()]
    if any(fate.state in ("unsupported", "failed") for fate in fates):
        sentences.append(REMOVE_THE_APP)
    return " ".join(sentences)


def _sentence(fate: _Result, names: str) -> str:
    match fate.state:
        case "revoked":
            return f"It was revoked at {fate.host}: {names}."
        case "ended":
            return f"{fate.host} says that {names} had ended already."
        case "unsupported":
            return f"{fate.host} does not support revoking {names}."
        case "failed" if fate.host:
            return f"{fate.host} did not revoke {names} ({fate.reason})."
        case "failed":
            return f"Revoking {names} failed: {fate.reason}"
