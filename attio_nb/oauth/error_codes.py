"""The error codes of OAuth, and what providers write in their place."""

from __future__ import annotations

import re

__all__ = ["CODES", "MEANS", "NO_CODES", "identifier", "spaced_words", "standard_code"]

CODES = {
    # RFC 6749 sections 4.1.2.1 and 5.2
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "invalid_scope",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
    # RFC 8628 section 3.5
    "authorization_pending",
    "slow_down",
    "expired_token",
    # RFC 8707 section 2
    "invalid_target",
    # Not in any RFC, but what most providers say.
    "redirect_uri_mismatch",
}

ALIASES = {
    "invalid_client": (
        "app_not_found application_cannot_be_found application_not_found "
        "authentication_failure bad_client_credentials bad_client_id bad_client_secret "
        "bad_credentials client_authentication_failed client_not_found deleted_client "
        "disabled_client incorrect_client_credentials incorrect_client_secret "
        "invalid_api_key invalid_app_id invalid_app_secret invalid_appid invalid_appsecret "
        "invalid_client_authentication invalid_client_credentials "
        "invalid_client_id invalid_client_id_or_secret invalid_client_identifier "
        "invalid_client_secret invalid_clientid invalid_clientsecret invalid_credentials "
        "invalid_consumer_key invalid_secret unknown_client wrong_client_secret"
    ),
    "invalid_grant": (
        "account_inactive account_selection_required authorization_code_expired bad_auth_code "
        "bad_refresh_token bad_token bad_verification_code code_already_used code_expired "
        "code_invalid consent_required expired_auth_code expired_code expired_grant "
        "expired_refresh_token expired_session grant_expired grant_revoked inactive_org "
        "inactive_token inactive_user "
        "interaction_required invalid_auth invalid_auth_code invalid_authorization_code "
        "invalid_authorization_grant invalid_code invalid_rapt invalid_refresh_token "
        "invalid_session invalid_token invalid_verification_code login_required "
        "reauth_required reauthentication_required reauthorization_required "
        "refresh_token_expired refresh_token_invalid refresh_token_invalidated "
        "refresh_token_not_found refresh_token_not_valid refresh_token_reused "
        "refresh_token_revoked revoked_token session_expired token_expired token_inactive "
        "token_invalid token_not_found token_revoked"
    ),
    "access_denied": (
        "authorization_declined authorization_denied canceled cancelled consent_denied denied "
        "user_canceled user_cancelled user_cancelled_authorize user_cancelled_login user_declined "
        "user_denied"
    ),
    "invalid_scope": "bad_scope incorrect_scope invalid_scopes",
    "redirect_uri_mismatch": (
        "bad_redirect_uri invalid_redirect_uri mismatching_redirect_uri redirect_mismatch"
    ),
    "unauthorized_client": "unauthorised_client",
    "unsupported_grant_type": "bad_grant_type invalid_grant_type unsupported_grant",
    "temporarily_unavailable": (
        "bad_gateway busy fatal_error gateway_timeout internal_error internal_failure "
        "internal_server internal_server_error limit_exceeded maintenance quota_exceeded "
        "rate_exceeded rate_limit rate_limit_exceeded rate_limited ratelimited request_timeout "
        "server_busy service_unavailable throttled throttling timeout too_many_requests "
        "user_rate_limit_exceeded"
    ),
}
"""What providers say in place of the codes of the RFCs."""

MEANS = {alias: code for code, aliases in ALIASES.items() for alias in aliases.split()}

NO_CODES = {
    "bad_request",
    "error",
    "fail",
    "failed",
    "failure",
    "false",
    "forbidden",
    "none",
    "no_error",
    "not_found",
    "null",
    "oauth",
    "oauth_exception",
    "ok",
    "success",
    "true",
    "unauthorized",
    "unauthorised",
    "unprocessable_entity",
}
"""Words in the place of a code that give no reason, such as the name of the HTTP status."""


def standard_code(code: str) -> str:
    """Return the error code of an RFC that means the same as a provider's own, or that code.

    Args:
        code: As the provider wrote it.
    """
    name = identifier(code)
    return MEANS.get(name, name)


def identifier(text: str) -> str:
    """Return a code in lower case with underscores, without what stands before it.

    That may be an address (RFC 9457), a URN, or the name of a module.
    """
    last = re.split(r"[/#]", str.__str__(text).strip().rstrip("/"))[-1]
    if last.lower().startswith("urn:"):
        last = last.rsplit(":", 1)[-1]
    if " " not in last and "." in last.strip("."):
        last = last.strip(".").rsplit(".", 1)[-1]
    return spaced_words(last).strip().replace(" ", "_")


def spaced_words(text: str) -> str:
    """Return the words of a text, or of a name in camel case, in lower case."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text.replace("OAuth", "Oauth"))
    return re.sub(r"[^a-z0-9]+", " ", words.lower())
