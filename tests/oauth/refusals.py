"""What providers answer to a wrong client secret, to a refresh token that has ended, and so on."""

from __future__ import annotations

from typing import Any, NamedTuple

from attio_nb.oauth.remedy import Remedy


class Told(NamedTuple):
    """One answer of a token endpoint.

    Attributes:
        provider: Who answers so, and to what.
        status: The HTTP status.
        body: The members, or None for a body that is none.
        remedy: What mends it.
        code: The code of an RFC that means the same, or "" where nobody could tell.
    """

    provider: str
    status: int
    body: Any
    remedy: Remedy
    code: str


def _error(error: Any, description: str = "", **more: Any) -> dict[str, Any]:
    return {"error": error, **({"error_description": description} if description else {}), **more}


SECRET = [
    Told("RFC 6749", 401, _error("invalid_client"), "client", "invalid_client"),
    Told("no body", 401, None, "client", ""),
    Told("an empty object", 401, {}, "client", ""),
    Told("Google", 401, _error("invalid_client", "Unauthorized"), "client", "invalid_client"),
    Told("Google, deleted", 401, _error("deleted_client"), "client", "invalid_client"),
    Told(
        "Microsoft",
        401,
        _error("invalid_client", "AADSTS7000215: Invalid client secret provided.",
               error_codes=[7000215], error_uri="https://login.example/error"),
        "client", "invalid_client",
    ),
    Told(
        "GitHub", 200,
        _error("incorrect_client_credentials", "The client_id and/or client_secret are incorrect."),
        "client", "invalid_client",
    ),
    Told("Slack", 200, {"ok": False, "error": "bad_client_secret"}, "client", "invalid_client"),
    Told("Slack, id", 200, {"ok": False, "error": "invalid_client_id"}, "client", "invalid_client"),
    Told("Zoho", 200, _error("invalid_client_secret"), "client", "invalid_client"),
    Told(
        "Dropbox", 400, _error("invalid_client: Invalid client_id or client_secret"),
        "client", "invalid_client",
    ),
    Told(
        "HubSpot", 400,
        {"status": "BAD_CLIENT_SECRET", "message": "missing or invalid client secret"},
        "client", "invalid_client",
    ),
    Told(
        "Salesforce", 400, _error("invalid_client_id", "client identifier invalid"),
        "client", "invalid_client",
    ),
    Told(
        "Keycloak", 401,
        _error("unauthorized_client", "Invalid client or Invalid client credentials"),
        "client", "unauthorized_client",
    ),
    Told(
        "Bitbucket", 400, _error("unauthorized_client", "Invalid OAuth client credentials"),
        "client", "unauthorized_client",
    ),
    Told("Auth0", 401, _error("access_denied", "Unauthorized"), "client", "access_denied"),
    Told(
        "Okta", 401,
        {"errorCode": "invalid_client", "errorSummary": "Invalid value for 'client_id' parameter.",
         "errorLink": "invalid_client", "errorId": "oae", "errorCauses": []},
        "client", "invalid_client",
    ),
    Told(
        "Facebook", 400,
        {"error": {"message": "Error validating client secret.", "type": "OAuthException",
                   "code": 1, "fbtrace_id": "A"}},
        "client", "",
    ),
    Told(
        "Zoom", 401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"},
        "client", "invalid_client",
    ),
    Told("Twitch", 403, {"status": 403, "message": "invalid client secret"}, "client", ""),
    Told("Twitch, id", 400, {"status": 400, "message": "invalid client"}, "client",
         "invalid_client"),
    Told(
        "Fitbit", 401,
        {"errors": [{"errorType": "invalid_client", "message": "Invalid authorization header."}],
         "success": False},
        "client", "invalid_client",
    ),
    Told(
        "Strava", 401,
        {"message": "Authorization Error",
         "errors": [{"resource": "Application", "field": "", "code": "invalid"}]},
        "client", "",
    ),
    Told("Reddit", 401, {"message": "Unauthorized", "error": 401}, "client", ""),
    Told("Discord", 401, {"message": "401: Unauthorized", "code": 0}, "client", ""),
    Told(
        "Spring", 401,
        {"timestamp": 1, "status": 401, "error": "Unauthorized", "message": "Bad credentials",
         "path": "/oauth/token"},
        "client", "",
    ),
    Told("Spring Security", 401, _error("unauthorized", "Bad credentials"), "client", ""),
    Told("ServiceNow", 401, _error("server_error", "access_denied"), "client", "server_error"),
    Told(
        "Apigee", 401,
        {"fault": {"faultstring": "Invalid client identifier x",
                   "detail": {"errorcode": "oauth.v2.InvalidClientIdentifier"}}},
        "client", "invalid_client",
    ),
    Told("Apigee, own words", 401, {"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"},
         "client", "invalid_client"),
    Told(
        "Snowflake", 400,
        {"data": None, "message": "This is an invalid client.", "code": None, "success": False,
         "error": "invalid_client"},
        "client", "invalid_client",
    ),
    Told(
        "PayPal", 401,
        {"name": "AUTHENTICATION_FAILURE", "message": "Authentication failed.", "links": []},
        "client", "invalid_client",
    ),
    Told(
        "Cognito", 400, _error("invalid_client", "invalid_client_secret"),
        "client", "invalid_client",
    ),
    Told("ClickUp", 400, {"err": "Client not found", "ECODE": "OAUTH_010"}, "client",
         "invalid_client"),
    Told(
        "problem+json", 401,
        {"type": "https://as.example/problems/invalid-client", "title": "Invalid client",
         "status": 401, "detail": "The client secret is wrong."},
        "client", "invalid_client",
    ),
    Told("a URN", 400, _error("urn:ietf:params:oauth:error:invalid_client"), "client",
         "invalid_client"),
    Told("camel case", 400, {"errorCode": "InvalidClientSecret"}, "client", "invalid_client"),
    Told("spaces", 400, _error("Invalid Client"), "client", "invalid_client"),
    Told("a list of words", 400, {"errors": ["Invalid client secret"]}, "client",
         "invalid_client"),
    Told("an object in upper case", 400, {"ERROR": {"CODE": "INVALID_CLIENT"}}, "client",
         "invalid_client"),
]  # fmt: skip

GRANT = [
    Told("RFC 6749", 400, _error("invalid_grant"), "grant", "invalid_grant"),
    Told(
        "Google", 400, _error("invalid_grant", "Token has been expired or revoked."),
        "grant", "invalid_grant",
    ),
    Told(
        "Atlassian", 403, _error("unauthorized_client", "refresh_token is invalid"),
        "grant", "unauthorized_client",
    ),
    Told(
        "Zoom", 401, {"reason": "Invalid Token!", "error": "invalid_request"},
        "grant", "invalid_grant",
    ),
    Told(
        "Dropbox", 400, _error("invalid_grant: The refresh token is expired"),
        "grant", "invalid_grant",
    ),
    Told(
        "Microsoft", 400,
        _error("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity."),
        "grant", "invalid_grant",
    ),
    Told("Microsoft, consent", 400, _error("interaction_required"), "grant", "invalid_grant"),
    Told("GitHub", 200, _error("bad_refresh_token", "The refresh token passed is incorrect."),
         "grant", "invalid_grant"),
    Told("Slack", 200, {"ok": False, "error": "token_revoked"}, "grant", "invalid_grant"),
    Told("Slack, gone", 200, {"ok": False, "error": "account_inactive"}, "grant", "invalid_grant"),
    Told("Zoho", 200, _error("invalid_code"), "grant", "invalid_grant"),
    Told(
        "HubSpot", 400,
        {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"},
        "grant", "invalid_grant",
    ),
    Told("Salesforce", 400, _error("inactive_user", "user is inactive"), "grant", "invalid_grant"),
    Told(
        "Fitbit", 400,
        {"errors": [{"errorType": "invalid_grant", "message": "Refresh token invalid: x."}],
         "success": False},
        "grant", "invalid_grant",
    ),
    Told(
        "Strava", 400,
        {"message": "Bad Request",
         "errors": [{"resource": "RefreshToken", "field": "refresh_token", "code": "invalid"}]},
        "grant", "",
    ),
    Told(
        "Twitch", 400,
        {"error": "Bad Request", "status": 400, "message": "Invalid refresh token"},
        "grant", "",
    ),
    Told("Figma", 400, {"error": True, "status": 400, "message": "Invalid refresh token"},
         "grant", ""),
    Told(
        "Facebook", 400,
        {"error": {"message": "Error validating access token: Session has expired on Monday.",
                   "type": "OAuthException", "code": 190, "error_subcode": 463}},
        "grant", "",
    ),
    Told(
        "Intuit", 401,
        {"fault": {"type": "AUTHENTICATION",
                   "error": [{"message": "AuthenticationFailed", "detail": "Token expired: x",
                              "code": "3200"}]}},
        "grant", "",
    ),
    Told(
        "Intuit, older", 400, _error("invalid_grant", "Incorrect or invalid refresh token"),
        "grant", "invalid_grant",
    ),
    Told(
        "LinkedIn", 400,
        _error("invalid_request", "The provided refresh token is invalid or has expired"),
        "grant", "invalid_request",
    ),
    Told(
        "DeviantArt", 400,
        _error("invalid_request", "The refresh_token is invalid.", status="error"),
        "grant", "invalid_request",
    ),
    Told("X", 400, _error("invalid_request", "Value passed for the token was invalid."),
         "grant", "invalid_request"),
    Told("Spring", 401, _error("invalid_token", "Invalid refresh token (expired): x"), "grant",
         "invalid_grant"),
    Told(
        "Apigee", 401,
        {"fault": {"faultstring": "Invalid Refresh Token",
                   "detail": {"errorcode": "keymanagement.service.invalid_refresh_token"}}},
        "grant", "invalid_grant",
    ),
    Told(
        "Apigee, own words", 400,
        {"ErrorCode": "InvalidRequest", "Error": "Refresh Token expired"},
        "grant", "invalid_grant",
    ),
    Told(
        "TikTok", 200,
        {"data": {"description": "refresh_token is expired", "error_code": 10010},
         "message": "error"},
        "grant", "",
    ),
    Told("WeChat", 200, {"errcode": 40030, "errmsg": "invalid refresh_token"}, "grant", ""),
    Told(
        "Amazon", 400,
        {"__type": "com.amazonaws.switchboard#InvalidGrantException", "error": "InvalidGrant"},
        "grant", "invalid_grant",
    ),
    Told("Rails", 422, {"errors": {"refresh_token": ["is invalid"]}}, "grant", ""),
    Told("not found", 404, {"message": "Refresh token not found"}, "grant", ""),
    Told("gone", 410, {"code": "REFRESH_TOKEN_REVOKED"}, "grant", "invalid_grant"),
    Told(
        "problem+json", 400,
        {"type": "about:blank", "title": "Bad Request", "status": 400,
         "detail": "The refresh token was revoked."},
        "grant", "",
    ),
    Told("camel case", 400, {"errorCode": "refreshTokenExpired"}, "grant", "invalid_grant"),
    Told("spaces", 400, _error("Invalid Grant"), "grant", "invalid_grant"),
    Told("a list of codes", 400, {"errors": ["invalid_grant"]}, "grant", "invalid_grant"),
    Told("an empty error beside it", 400, {"error": "", "message": "The grant was revoked."},
         "grant", ""),
    Told("refused", 403, _error("access_denied", "The user has denied access."), "grant",
         "access_denied"),
]  # fmt: skip

OTHERS = [
    Told("a bare code", 400, _error("unauthorized_client"), "request", "unauthorized_client"),
    Told(
        "a grant type", 400,
        _error("unauthorized_client", "The client may not use the grant type refresh_token."),
        "request", "unauthorized_client",
    ),
    Told("scopes", 400, _error("invalid_scope"), "request", "invalid_scope"),
    Told("an address", 400, _error("redirect_uri_mismatch"), "request", "redirect_uri_mismatch"),
    Told("Slack, address", 200, {"ok": False, "error": "bad_redirect_uri"}, "request",
         "redirect_uri_mismatch"),
    Told("nothing", 400, {}, "request", ""),
    Told("a page", 403, None, "request", ""),
    Told("GitHub, suspended", 200, _error("application_suspended"), "request",
         "application_suspended"),
    Told(
        "Zoho, limit", 400,
        {"error": "Access Denied", "status": "failure",
         "error_description": "You have made too many requests continuously."},
        "later", "access_denied",
    ),
    Told("Slack, limit", 200, {"ok": False, "error": "ratelimited"}, "later",
         "temporarily_unavailable"),
    Told("408", 408, None, "later", ""),
    Told("425", 425, {}, "later", ""),
    Told("429", 429, _error("invalid_grant"), "later", "invalid_grant"),
    Told("500", 500, _error("invalid_client"), "later", "invalid_client"),
    Told("RFC 6749, later", 400, _error("temporarily_unavailable"), "later",
         "temporarily_unavailable"),
]  # fmt: skip
