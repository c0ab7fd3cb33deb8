"""What a provider says when it refuses a request, wherever in its answer it says so.

RFC 6749 section 5.2 asks for a status of 400 or 401 and a member ``error`` with one of six codes.
Many providers use other members, other codes, other statuses, or a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from attio_nb.errors import OAuthError
from attio_nb.oauth.error_codes import CODES, MEANS, NO_CODES, identifier, spaced_words
from attio_nb.oauth.remedy import REMEDIES, Remedy, remedy_of, remedy_of_words

__all__ = ["Refusal", "RefusedError", "has_error", "is_given", "read_refusal"]

MOST_MEMBERS, DEEPEST, LONGEST, MOST_TEXT = 50, 5, 2000, 20_000
"""How much of an answer is looked at. A reason is near the top of it."""

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
    return Refusal(code, name, words, remedy_of(status, code, _everything(said)))


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
    return not _has_token(members, TOKEN_NAMES) and bool(remedy_of_words(_everything(said)))


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
        return bool(text) and text != "n/a" and identifier(value) not in NO_ERRORS
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
    return ". ".join(f"{member} {text}. {spaced_words(text)}" for member, text in texts)[:MOST_TEXT]


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
        name = identifier(part)
        for each in (name, re.sub(r"_(?:error|exception|failure)$", "", name)):
            code = MEANS.get(each, each)
            is_sure = member in IDENTIFIER_NAMES or " " not in part or each in CODES
            if code in CODES and is_sure:
                return code
    name = identifier(_head(text))
    is_identifier = bool(re.fullmatch(r"[A-Za-z][\w.-]*", _head(text)))
    return name if member in OWN_CODE_NAMES and is_identifier and name not in NO_CODES else ""


def _head(text: str) -> str:
    """Return what comes before the explanation in ``invalid_client: It is wrong``."""
    head, colon, _ = text.partition(":")
    return head.strip() if colon and not text.lower().startswith(("http", "urn:")) else text


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
