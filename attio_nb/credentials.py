"""What looks like a credential: a value that was typed or pasted where only names belong.

What is typed as a title, a host, a key, a scope or an address is written into a file that others
read. A key that is pasted there by mistake is noticed by three things: it is the value itself or a
part of it, it begins as the keys of a known service do, or it is long and random.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Kind", "is_or_has", "looks_like_credential", "shown_word"]

Kind = Literal["name", "host", "address", "page", "client-id"]
"""What a text is meant to be. A page is one for people: its address may have a long id in it."""

KNOWN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
    [srp]k_(?:live|test)_ [A-Za-z0-9]         # Stripe, Clerk
  | (?:sk|pk|rk)[-_] (?:(?:live|test|prod|ant|proj|or|lf|svcacct|admin|api\d*)[-_]\w
                       |(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{8,})  # OpenAI, Anthropic and others
  | whsec_\w
  | gh[opusr]_\w | github_pat_\w              # GitHub
  | gl(?:pat|dt|rt|soat|ft|imt|agent|cbt|ptt|oas)-\w            # GitLab
  | xox[abcdeprs]-\w | xapp-\d | xwfp-\w      # Slack
  | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{8,}       # AWS
  | AIza[\w-]{16,} | ya29\.\w | GOCSPX-\w     # Google
  | eyJ(?=[a-z]*[A-Z0-9])[A-Za-z0-9_-]{7,}    # JSON in base64: a JWT, a service's own token
  | SG\.[\w-]{8,}                             # SendGrid
  | (?<!-)key-[0-9a-f]{32}                    # Mailgun
  | pat-(?:na|eu|ap)\d+-\w | CLI-\w+-          # HubSpot
  | pat[A-Za-z0-9]{14}\.\w                    # Airtable
  | lin_(?:api|oauth|wh)_\w                   # Linear
  | (?:secret|ntn)_[A-Za-z0-9]{16,}           # Notion
  | shp(?:at|ss|ca|pa)_\w                     # Shopify
  | sq0(?:atp|csp|idp)-\w | EAAA[\w-]{16,}    # Square
  | EAA[A-Za-z0-9]{24,}                       # Meta
  | do[opr]_v1_\w                             # DigitalOcean
  | (?:npm|hf|gsk|r8|tvly|pplx|fc|figd|rdme|phc|phx|sntry[su]|nfp|vcp|dckr_pat|dckr_oat|pul|PMAK
     |NRAK|NRAL|ATATT|ATCTT|ATBB|HRKU|dp\.pt|dp\.st|sbp|sb_secret|pscale_(?:tkn|pw|oauth)|ops
     |cal_live|cal_test|apify_api|e2b|jina|nvapi|xai|csk|fw|lsv2_(?:pt|sk)|attio_[a-z]+)
     [-_.]?(?=[A-Za-z]*\d)[A-Za-z0-9]{12,}
  | pypi-AgE\w | re_[A-Za-z0-9]{8}_[A-Za-z0-9]{16,}  # PyPI, Resend
  | dapi[0-9a-f]{16,} | (?:SK|AC)[0-9a-f]{32} # Databricks, Twilio
  )
  | -----BEGIN\ [A-Z ]*(?:KEY|CERTIFICATE)
  | hooks\.slack\.com/(?:services|workflows|triggers)/\w
  | (?:discord|discordapp)\.com/api/webhooks/\d
  | /bot\d{6,}:[\w-]{16,} | (?<!\d)\d{8,10}:AA[\w-]{30,}        # Telegram
    """,
    re.VERBOSE,
)
SCHEME = re.compile(
    r"(?i)(?:^|\b(?:proxy-)?authorization\s*[:=]\s*)(?:bearer|basic|token|api-?key)[\s:=]+"
    r"(?=\S*[\d=+/_.-])(\S{8,})"
)
"""A credential as a header carries it."""

ASSIGNED = re.compile(
    r"(?i)(?:^|[\s\"'{,;])[\w.-]*(?:key|token|secret|password|passwd|pwd)[\"']?\s*[:=]\s*[\"']?"
    r"(?=[^\s\"']*\d)[^\s\"']{8,}"
)
"""A credential as a file of variables, or JSON, has it."""

UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RUN = re.compile(r"[A-Za-z0-9+/_~=-]{16,}")
HEXADECIMAL = re.compile(r"(?=(?:\D*\d){3})(?=(?:\d*[A-Fa-f]){3})(?:[0-9a-f]+|[0-9A-F]+)")
HYPHENS = re.compile("[-_~]")
SEPARATORS = re.compile(r"[^A-Za-z0-9]+")
PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
"""A word of camel case, an abbreviation, or a number: what names are made of."""

LONG, VERY_LONG = 16, 24
PART = 8
"""In characters: shorter parts of a value stand in any text."""

SECRET_PARAMETERS = re.compile(
    r"(?i)(?:^|[_.-])(?:(?:api|access|private|subscription|auth)?[_-]?key|.*token|.*secret|pass(?:word)?"
    r"|pwd|sig(?:nature)?|credentials?|apikey|auth)$"
)


def looks_like_credential(text: str, kind: Kind = "name") -> bool:
    """Say whether a text looks like a credential, and not like what it is meant to be.

    A UUID with its hyphens is taken for an id.

    Args:
        text: What was typed or pasted.
        kind: What it is meant to be.
    """
    text = str.__str__(text)
    if KNOWN.search(text) or SCHEME.search(text) or ASSIGNED.search(text):
        return True
    if kind == "client-id":
        # An id of a client is often as random as a secret.
        return False
    if kind == "name" and "://" in text and _is_in_address(text, pages=True):
        return True
    if kind in ("address", "page") and "://" in text:
        return _is_in_address(text, pages=kind == "page")
    if kind == "host":
        return _is_in_host(text)
    return any(_is_random(run) for run in _runs(text))


def is_or_has(text: str, value: str) -> bool:
    """Say whether a text is a value, holds it, or holds a part of it that tells it.

    Args:
        text: What was typed as a title, a host or the like.
        value: The value that was typed beside it.
    """
    text, value = (str.__str__(each).strip().casefold() for each in (text, value))
    if not text or not value:
        return False
    if text == value or (len(value) >= PART and value in text):
        return True
    # Words such as "sequencer" stand in the title of a service and in its keys.
    return any(
        any(character.isdigit() for character in part) or len(set(part)) > PART
        for part in _common_parts(text, value)
    )


def shown_word(word: str) -> str:
    """Return a word in quotation marks for a message, or what it is where it may be a credential.

    Args:
        word: What somebody typed where a name belongs.
    """
    return "a word that may be a credential" if looks_like_credential(word) else f'"{word}"'


def _common_parts(text: str, value: str) -> list[str]:
    """Return what both have in common: parts of eight characters with a digit, or of twelve."""
    found = []
    for size in (PART, PART + PART // 2):
        parts = {value[at : at + size] for at in range(len(value) - size + 1)}
        common = [
            text[at : at + size]
            for at in range(len(text) - size + 1)
            if text[at : at + size] in parts
        ]
        found += common if size > PART else [part for part in common if _has_digit(part)]
    return found


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _runs(text: str) -> list[str]:
    return RUN.findall(text)


def _is_in_host(text: str) -> bool:
    host = text.removeprefix("*.").partition(":")[0].rstrip(".")
    labels = host.split(".")
    if len(labels) > 1 and re.fullmatch(r"[A-Za-z]{2,}|xn--[A-Za-z0-9-]+", labels[-1]):
        # Clouds give hosts random names, in lower case.
        return any(_is_mixed(label) and _is_random(label) for label in labels)
    return any(_is_random(run) for label in labels for run in _runs(label))


def _is_in_address(text: str, *, pages: bool) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return any(_is_random(run) for run in _runs(text))
    if parts.password:
        return True
    for name, value in parse_qsl(f"{parts.query}&{parts.fragment}"):
        if len(value) >= PART and (SECRET_PARAMETERS.search(name) or any(map(_is_random, [value]))):
            return True
    if pages:
        return False
    return any(
        len(segment) >= VERY_LONG and _is_mixed(segment) and _is_random(segment)
        for segment in parts.path.split("/")
    )


def _is_mixed(text: str) -> bool:
    return bool(re.search("[a-z]", text) and re.search("[A-Z]", text))


def _is_random(run: str) -> bool:
    """Say whether a run of letters and digits changes between them as no name does."""
    if run.lower().startswith("xn--"):
        # A name in another alphabet, see RFC 3492.
        return False
    run = UUID.sub("-", run)
    parts = [part for part in SEPARATORS.split(run) if part]
    if any(_has_no_words(part) for part in parts):
        return True
    # Base64 of URLs has hyphens and underscores in it.
    joined = "".join(parts)
    pieces = sum(len(PIECE.findall(part)) for part in parts)
    if not HYPHENS.search(run) and len(joined) >= 2 * LONG and _is_mixed(joined):
        # Base64 proper has other signs in it, and names hardly ever have those.
        return _has_digit(joined) and pieces / len(joined) >= 0.3
    return (
        len(joined) >= LONG
        and _has_digit(joined)
        and not joined.isdigit()
        and max(map(len, parts)) >= PART // 2
        and pieces / len(joined) >= 0.45
    )


def _has_no_words(part: str) -> bool:
    if len(part) < LONG or part.isdigit():
        return False
    if HEXADECIMAL.fullmatch(part):
        return True
    density = len(PIECE.findall(part)) / len(part)
    if not _has_digit(part):
        return _is_mixed(part) and len(part) >= LONG + 4 and density >= 0.4
    return density >= 0.22 if len(part) >= VERY_LONG else density > 1 / 3
