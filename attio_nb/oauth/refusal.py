"""What a provider says when it refuses a request, wherever in its answer it says so.

RFC 6749 section 5.2 asks for a status of 400 or 401 and a member ``error`` with one of six codes.
Many providers use other members, other codes, other statuses, or a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from attio_nb.errors import OAuthError

__all__ = [
    "CODES",
    "LATER_STATUSES",
    "Refusal",
    "RefusedError",
    "Remedy",
    "has_error",
    "read_refusal",
    "standard_code",
]

Remedy = Literal["client", "grant", "request", "later"]
"""What mends a refusal: another client secret (``client``), signing in again (``grant``), another
app file or registration (``request``), or another try (``later``).
"""

MOST_MEMBERS, DEEPEST, LONGEST, MOST_TEXT = 50, 5, 2000, 20_000
"""How much of an answer is looked at. A reason is near the top of it."""

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

NO_ERRORS = {
    "", "0", "00", "000", "0000", "00000", "200", "false", "na", "nil", "no_error",
    "no_errors", "none", "null", "ok", "success", "successful", "undefined",
}  # fmt: skip
"""What stands in the place of an error where there is none."""

TOKEN_NAMES = {"accesstoken", "idtoken", "refreshtoken", "token"}

NOT_REASONS = {
    "docs", "documentationurl", "erroruri", "href", "id", "instance", "link", "links",
    "logid", "method", "path", "request", "requestid", "timestamp", "traceid", "uri", "url",
}  # fmt: skip
"""Members that say where something happened, and not why: many repeat the path of the request."""

REMEDIES: dict[str, Remedy] = {
    "invalid_client": "client",
    "invalid_grant": "grant",
    "expired_token": "grant",
    "server_error": "later",
    "slow_down": "later",
    "temporarily_unavailable": "later",
    "invalid_scope": "request",
    "invalid_target": "request",
    "redirect_uri_mismatch": "request",
    "unsupported_grant_type": "request",
    "unsupported_response_type": "request",
    "authorization_pending": "request",
}
"""Of the codes that say enough. What the others mean depends on the status and on the words."""

LATER_STATUSES = (408, 425, 429)

CODE_NAMES = [
    *("error", "errors", "errorcode", "code", "errorid", "errortype", "errorsubtype", "suberror"),
    *("ecode", "errcode", "subcode", "err", "type", "name", "reason", "status", "title", "fault"),
    *("faultcode", "message", "msg", "errordescription", "description", "errormessage"),
    *("errorsummary", "detail", "details", "faultstring", "errmsg"),
]
"""The members that may hold a code, without underscores and in lower case; the best ones first."""

IDENTIFIER_NAMES = {*CODE_NAMES[: CODE_NAMES.index("title")]}
"""Those that are meant for a code; in the others a sentence is no code, whatever it resembles."""

OWN_CODE_NAMES = {"error", "errorcode", "errortype", "ecode"}
"""Those whose content is taken for a code of the provider's own where nothing else is known."""

WORD_NAMES = [
    *("errordescription", "errormessage", "errorsummary", "description", "message", "msg"),
    *("errmsg", "localizedmessage", "detail", "details", "reason", "faultstring", "hint"),
    *("error", "errors", "err", "title"),
]
"""The members that may hold a sentence; the best ones first."""

CONTAINERS = {
    "body", "context", "data", "detail", "details", "err", "error", "errorcauses", "errordetail",
    "errordetails", "errors", "fault", "invalidparams", "meta", "response", "result", "status",
}  # fmt: skip

ERROR_NAMES = {
    "ecode", "err", "errcode", "error", "errorcode", "errordescription", "errormessage", "errors",
    "errormsg", "errortype", "fault",
}  # fmt: skip
"""Any of these makes an answer an error, whatever its status."""

REFRESH_TOKEN = re.compile(r"refresh[ _-]?token", re.IGNORECASE)
"""A refusal that speaks of the refresh token, and says nothing else that is understood."""

GRANT_WORDS = re.compile(
    r"\b(?:token|grant|authori[sz]ation code|auth code|session|consent)s?\b[^.]{0,60}?"
    r"\b(?:expired|revoked|invalid|incorrect|inactive|unknown|unrecogni[sz]ed|used|consumed"
    r"|(?:not|n't|no longer) (?:be )?(?:valid|active|found|recogni[sz]ed|exist))"
    r"|\b(?:expired|revoked|invalid|incorrect|inactive|unknown|unrecogni[sz]ed) "
    r"(?:the |access |oauth |auth |authori[sz]ation |user |refresh[ _-]?)*(?:token|grant|session)"
    r"|(?:refresh[ _]?|re)token[^.]{0,40}\b(?:expired|revoked|invalid|used|not (?:valid|found))"
    r"|\b(?:expired|invalid|used) authori[sz]ation code"
    r"|re-?authenticat|re-?authori[sz]|(?:sign|log)[ -]?in again"
    r"|\b(?:user|account)\b[^.]{0,40}\b(?:revoked|disabled|inactive|deleted|deactivated|suspended)"
    # In some of the languages that providers answer in.
    r"|(?:token|jeton|токен|令牌|トークン)[^.]{0,60}"
    r"(?:abgelaufen|ungültig|widerrufen|expir[éaó]|révoqu|invalide|caduc|revocad|inválid|scadut"
    r"|истек|истёк|недейств|无效|無效|过期|過期|失效|無効|期限切れ)",
    re.IGNORECASE,
)
"""A sentence that says that the grant has ended."""

GRANT_TYPE = re.compile(r"grant[ _-]?types?\b", re.IGNORECASE)
CLIENT_WORDS = re.compile(
    r"client[ _-]?(?:secret|credential|authentication|id\b|identifier)"
    r"|\b(?:app|application|consumer)[ _-]?(?:id|secret|key)\b"
    r"|\b(?:bad|invalid|wrong|incorrect|unknown) (?:oauth )?"
    r"(?:client|credentials|secret|api key|consumer)"
    r"|\bclient\b[^.]{0,30}\b(?:invalid|unknown|not (?:found|valid|known)|mismatch|disabled)"
    r"|\bauthori[sz]ation header|\bbasic auth|client-?geheimnis|\bsecret (?:du |del |do )?client"
    r"|应用密钥",
    re.IGNORECASE,
)
BUSY_WORDS = re.compile(
    r"too many (?:requests?|attempts)|made too many|\brate[ _-]?limit|\brate exceeded|throttl"
    r"|\b(?:being|already|currently) (?:being )?(?:process|refresh)|\bin progress\b|\bconcurrent"
    r"|being used by another",
    re.IGNORECASE,
)
"""What says that the same request would be granted later, whatever else is said."""

LATER_WORDS = re.compile(
    r"\btemporar(?:y|ily)\b|try (?:again|later)|\bretry\b|\bat this time\b|\bmaintenance\b"
    r"|\boverload|\bbusy\b|\bquota\b|\bservice unavailable\b|\binternal (?:server )?error\b"
    r"|\b(?:request|upstream|gateway|server|service|connection|database)\b[^.]{0,20}"
    r"\btimed?[ -]?out",
    re.IGNORECASE,
)
"""What says so where the provider blames neither the grant nor the client."""

ADDRESS = re.compile(r"(?<![\w/])(?:https?:/)?/\S+")
"""An address or a path. Its parts are no reason, even if it is ``/oauth/refresh_token``."""

CHALLENGE = re.compile(r'\b(error|error_description)\s*=\s*"([^"]*)"', re.IGNORECASE)


class RefusedError(OAuthError):
    """A provider has refused a request to its token endpoint.

    Args:
        message: What happened and what to do next.
        error: The provider's error code, or "".
        remedy: What mends it.
        said: What the provider said, in quotes; "" where that is no more than "invalid_grant".
    """

    def __init__(
        self, message: str, *, error: str = "", remedy: Remedy = "request", said: str = ""
    ) -> None:
        super().__init__(message, error=error)
        self.remedy: Remedy = remedy
        self.said = said


@dataclass(frozen=True)
class Refusal:
    """What a provider said when it refused. It may repeat what was sent, so no repr shows it.

    Attributes:
        code: The code of an RFC that means the same, or else the provider's own; "" without one.
        name: The code as the provider wrote it, or "".
        words: The provider's sentence, or "".
        remedy: What mends it.
    """

    code: str = field(repr=False)
    name: str = field(repr=False)
    words: str = field(repr=False)
    remedy: Remedy


def read_refusal(
    status: int, headers: Mapping[str, str], members: Mapping[str, Any] | None
) -> Refusal | None:
    """Return what the token endpoint said when it refused, or None where it did not refuse.

    Args:
        status: The HTTP status.
        headers: The headers, whose names are in lower case or are found in any case.
        members: What the body says, or None where it cannot be read.
    """
    found = members or {}
    if status < 400 and not _is_error(found):
        return None
    said = [*_said(found), *_challenge(headers.get("www-authenticate", ""))]
    name, code = _code(said)
    words = _words(said, name)
    return Refusal(code, name, words, _remedy(status, code, _everything(said)))


def standard_code(code: str) -> str:
    """Return the error code of an RFC that means the same as a provider's own, or that code.

    Args:
        code: As the provider wrote it.
    """
    name = _identifier(code)
    return MEANS.get(name, name)


def has_error(members: Mapping[str, Any]) -> bool:
    """Say whether an answer itself says that it is an error, whatever its status.

    Args:
        members: What the body says.
    """
    named = {_plain(name): value for name, value in members.items()}
    return _names_error(members) or named.get("ok") is False or named.get("success") is False


def _is_error(members: Mapping[str, Any]) -> bool:
    """Say whether an answer with a status of success holds an error; some providers do that."""
    if _names_error(members):
        return True
    if _has_token(members, {"accesstoken"}):
        return False
    if has_error(members):
        return True
    said = list(_said(members))
    if _code(said)[1] in CODES or any(
        member in ERROR_NAMES and is_given(text) for member, text in said
    ):
        return True
    # Only a sentence says so, beside a number or a word of the provider's own.
    return not _has_token(members, TOKEN_NAMES) and bool(_remedy_of_words(_everything(said)))


def _names_error(members: Mapping[str, Any]) -> bool:
    named = {_plain(name): value for name, value in members.items()}
    return any(is_given(named.get(name)) for name in ("error", "errors", "fault"))


def is_given(value: object) -> bool:
    """Say whether what stands in the place of an error is one; some write "none", 0 or "ok".

    Args:
        value: What stands there.
    """
    if isinstance(value, str):
        text = value.strip().lower()
        return bool(text) and text != "n/a" and _identifier(value) not in NO_ERRORS
    if isinstance(value, list):
        return any(is_given(each) for each in value)
    if isinstance(value, Mapping):
        # TikTok says {"code": "ok", "message": "", "log_id": "…"}.
        return any(
            is_given(each) for name, each in value.items() if _plain(f"{name}") not in NOT_REASONS
        )
    return bool(value) and (isinstance(value, bool) or value != 200)


def _has_token(value: object, names: set[str], depth: int = 0) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, list):
        return any(_has_token(each, names, depth + 1) for each in value[:MOST_MEMBERS])
    if not isinstance(value, Mapping):
        return False
    return any(
        (isinstance(each, str) and bool(each) and _plain(f"{name}") in names)
        or _has_token(each, names, depth + 1)
        for name, each in value.items()
    )


def _everything(said: list[tuple[str, str]]) -> str:
    """Return all of it as one text: the reason may be in the name of a member, or in the next."""
    texts = [(member, ADDRESS.sub(" ", text)) for member, text in said if member not in NOT_REASONS]
    return ". ".join(f"{member} {text}. {_spaced(text)}" for member, text in texts)[:MOST_TEXT]


def _said(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield each text that may belong to a reason, with the plain name of its member."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, each in list(value.items())[:MOST_MEMBERS]:
            is_nested = isinstance(each, Mapping | list)
            member = _plain(f"{key}")
            # In a container, the name of a member may be that of the field that is wrong.
            if not is_nested and depth and member not in (*CODE_NAMES, *WORD_NAMES):
                member = f"{key}"
            if not is_nested or depth or _may_contain(member):
                yield from _said(each, member, depth + 1)
    elif isinstance(value, list):
        for each in value[:MOST_MEMBERS]:
            yield from _said(each, name, depth + 1)
    elif isinstance(value, str) and value.strip():
        yield name, str.__str__(value).strip()[:LONGEST]
    elif isinstance(value, int) and not isinstance(value, bool):
        yield name, f"{value}"


def _may_contain(member: str) -> bool:
    return member in CONTAINERS or any(word in member for word in ("error", "exception", "fault"))


def _challenge(header: str) -> Iterator[tuple[str, str]]:
    """Yield the reason in a challenge (RFC 6750 section 3)."""
    for name, text in CHALLENGE.findall(header):
        yield _plain(name), text


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", str.__str__(name).lower())


def _code(said: list[tuple[str, str]]) -> tuple[str, str]:
    """Return the best code as the provider wrote it, and the code of an RFC that means the same."""
    candidates: list[tuple[str, str]] = []
    for wanted in CODE_NAMES:
        for member, text in said:
            if member == wanted and (code := _read(member, text)):
                candidates.append((_head(text), code))
    for name, code in candidates:
        if code in REMEDIES:
            return name, code
    known = [each for each in candidates if each[1] in CODES]
    return (known or candidates or [("", "")])[0]


def _read(member: str, text: str) -> str:
    """Return the code that a text is or begins with, or ""."""
    for part in (text, _head(text)):
        name = _identifier(part)
        for each in (name, re.sub(r"_(?:error|exception|failure)$", "", name)):
            code = MEANS.get(each, each)
            is_sure = member in IDENTIFIER_NAMES or " " not in part or each in CODES
            if code in CODES and is_sure:
                return code
    name = _identifier(_head(text))
    is_identifier = bool(re.fullmatch(r"[A-Za-z][\w.-]*", _head(text)))
    return name if member in OWN_CODE_NAMES and is_identifier and name not in NO_CODES else ""


def _head(text: str) -> str:
    """Return what comes before the explanation in ``invalid_client: It is wrong``."""
    head, colon, _ = text.partition(":")
    return head.strip() if colon and not text.lower().startswith(("http", "urn:")) else text


def _identifier(text: str) -> str:
    """Return a code in lower case with underscores, without what stands before it.

    That may be an address (RFC 9457), a URN, or the name of a module.
    """
    last = re.split(r"[/#]", str.__str__(text).strip().rstrip("/"))[-1]
    if last.lower().startswith("urn:"):
        last = last.rsplit(":", 1)[-1]
    if " " not in last and "." in last.strip("."):
        last = last.strip(".").rsplit(".", 1)[-1]
    return _spaced(last).strip().replace(" ", "_")


def _spaced(text: str) -> str:
    """Return the words of a text, or of a name in camel case, in lower case."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text.replace("OAuth", "Oauth"))
    return re.sub(r"[^a-z0-9]+", " ", words.lower())


def _words(said: list[tuple[str, str]], name: str) -> str:
    """Return the provider's sentence, or ""."""
    for wanted in WORD_NAMES:
        for member, text in said:
            if member != wanted or text == name:
                continue
            head, colon, rest = text.partition(":")
            is_prefixed = colon and head.strip() == name
            return rest.strip() if is_prefixed else text
    return ""


def _remedy(status: int, code: str, everything: str) -> Remedy:
    if status in LATER_STATUSES or status >= 500:
        return "later"
    is_busy = bool(BUSY_WORDS.search(everything))
    # A 401 with "server_error" is ServiceNow's way to say that the client is wrong.
    if code in REMEDIES and not (status == 401 and code == "server_error"):
        return "later" if is_busy and REMEDIES[code] == "grant" else REMEDIES[code]
    if found := _remedy_of_words(everything):
        return found
    if status == 401:
        return "client"
    return "grant" if code == "access_denied" else "request"


def _remedy_of_words(everything: str) -> Remedy | None:
    """Return what mends a refusal by its sentences, or None where they do not say."""
    if BUSY_WORDS.search(everything):
        return "later"
    is_about_grant = not GRANT_TYPE.search(everything)
    if is_about_grant and GRANT_WORDS.search(everything):
        return "grant"
    is_about_client = bool(CLIENT_WORDS.search(everything))
    if LATER_WORDS.search(everything) and not is_about_client:
        return "later"
    if is_about_grant and REFRESH_TOKEN.search(everything):
        return "grant"
    return "client" if is_about_client else None
