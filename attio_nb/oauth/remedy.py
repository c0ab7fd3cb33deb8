"""What mends a refusal, by its status, its error code and the provider's sentences."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["LATER_STATUSES", "REMEDIES", "Remedy", "remedy_of", "remedy_of_words"]

Remedy = Literal["client", "grant", "request", "later"]
"""What mends a refusal: another client secret (``client``), signing in again (``grant``), another
app file or registration (``request``), or another try (``later``).
"""

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


def remedy_of(status: int, code: str, everything: str) -> Remedy:
    """Return what mends a refusal.

    Args:
        status: The HTTP status of the answer.
        code: The error code of an RFC, a code of the provider's own, or "".
        everything: All names and texts of the answer, as one text.
    """
    if status in LATER_STATUSES or status >= 500:
        return "later"
    is_busy = bool(BUSY_WORDS.search(everything))
    # A 401 with "server_error" is ServiceNow's way to say that the client is wrong.
    if code in REMEDIES and not (status == 401 and code == "server_error"):
        return "later" if is_busy and REMEDIES[code] == "grant" else REMEDIES[code]
    if found := remedy_of_words(everything):
        return found
    if status == 401:
        return "client"
    return "grant" if code == "access_denied" else "request"


def remedy_of_words(everything: str) -> Remedy | None:
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
