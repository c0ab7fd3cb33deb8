"""What an app file says of a connection of type ``oauth2``, by the names of the RFCs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attio_nb.app.addresses import checked_address
from attio_nb.app.model import ClientAuthentication, OAuth2
from attio_nb.app.table import described
from attio_nb.web_address import LOOPBACK_HOSTS, AddressError, parse_web_address

if TYPE_CHECKING:
    from attio_nb.app.table import Table

__all__ = [
    "CLIENT_AUTHENTICATIONS",
    "CLIENT_SECRET_PREFIXES",
    "OAUTH2_KEYS",
    "check_oauth2",
    "why_not_here",
]

OAUTH2_KEYS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "userinfo_endpoint",
    "client_id",
    "client_authentication",
    "scopes",
    "scope_separator",
    "authorization_parameters",
    "resource",
    "redirect_host",
    "redirect_ports",
    "redirect_path",
    "redirect_uri",
    "token_path",
    "expires_in",
)
"""In the order in which they are written."""

CLIENT_SECRET_PREFIXES = ("gocspx-", "sk-", "sk_", "xox", "ghp_", "eyj")
"""How what is no client id begins, in lower case; the first are Google's."""

CLIENT_AUTHENTICATIONS: tuple[ClientAuthentication, ...] = (
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_basic_raw",
)
LONGEST_LIFE = 10 * 365 * 24 * 60 * 60
"""Ten years, in seconds."""

NOT_IN_CLIENT_ID = re.compile(r"[^\x20-\x7e]")
"""RFC 6749 appendix A.1, which allows a space within."""
NOT_IN_SCOPE = re.compile(r"[^\x21\x23-\x5b\x5d-\x7e]")
"""RFC 6749 appendix A.4."""
PARAMETER = re.compile(r"[A-Za-z0-9._-]+")
"""RFC 6749 section 8.2."""
PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
NAMES = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")

NEW_EACH_TIME = "It is made anew for each sign-in: remove it."
RESERVED = {
    "client_id": "Write client_id as a key of the connection.",
    "client_secret": "No value stands in this file: %connect asks for it. If others have seen it, "
    "make a new one at the provider.",
    "code": NEW_EACH_TIME,
    "code_challenge": NEW_EACH_TIME,
    "code_challenge_method": "It is always S256: remove it.",
    "nonce": NEW_EACH_TIME,
    "redirect_uri": "Write redirect_ports, redirect_path or redirect_uri as a key of the "
    "connection.",
    "resource": "Write resource as a key of the connection.",
    "response_mode": "The answer always comes back as a query: remove it.",
    "response_type": 'It is always "code": remove it.',
    "scope": "Write scopes as a key of the connection.",
    "state": NEW_EACH_TIME,
}
"""Parameters that the client sets itself, and what to do instead."""

PKCE = "PKCE with S256 is always used, and a provider that does not know it ignores it: remove it."
ELSEWHERE = {
    "access_token_url": 'Did you mean "token_endpoint"?',
    "auth_uri": 'Did you mean "authorization_endpoint"?',
    "auth_url": 'Did you mean "authorization_endpoint"?',
    "authorization_url": 'Did you mean "authorization_endpoint"?',
    "authorize_url": 'Did you mean "authorization_endpoint"?',
    "client_name": 'Did you mean "title"?',
    "code_challenge_method": PKCE,
    "discovery_url": 'Did you mean "issuer"?',
    "extra_params": 'Did you mean "authorization_parameters"?',
    "jwks_uri": "No keys are needed: the ID token comes over TLS. Remove it.",
    "pkce": PKCE,
    "provider": "A provider's keys are written out: %connect --add --provider does it.",
    "redirect_url": 'Did you mean "redirect_uri"?',
    "server_metadata_url": 'Did you mean "issuer"?',
    "token_uri": 'Did you mean "token_endpoint"?',
    "token_url": 'Did you mean "token_endpoint"?',
    "use_pkce": PKCE,
    "userinfo_url": 'Did you mean "userinfo_endpoint"?',
}
"""Keys that other libraries have, and what they are here."""

PARAMETERS = ("access_type", "audience", "login_hint", "prompt")


def why_not_here(key: str, type: object) -> str:
    """Return what to do with a key that a connection of this type does not have, or "".

    Args:
        key: The key, as it was written.
        type: What the file gives as the type of the connection.
    """
    plain = key.lower().replace("-", "_")
    if type != "oauth2":
        return 'It is a key of type = "oauth2".' if plain in OAUTH2_KEYS else ""
    if plain in PARAMETERS:
        return f'Write authorization_parameters = {{ {plain} = "…" }}.'
    return ELSEWHERE.get(plain, "")


def check_oauth2(table: Table) -> OAuth2:
    """Return how one signs in, once all of it is right.

    Args:
        table: A connection of type ``oauth2``, all of whose keys are known.

    Raises:
        AppFileError: Something in it is not right; the first thing found.
    """
    _check_redirect(table)
    separator = table.choice("scope_separator", (" ", ",")) or " "
    oauth2 = OAuth2(
        client_id=_client_id(table),
        issuer=_issuer(table),
        authorization_endpoint=_endpoint(table, "authorization_endpoint"),
        token_endpoint=_endpoint(table, "token_endpoint"),
        revocation_endpoint=_endpoint(table, "revocation_endpoint"),
        device_authorization_endpoint=_endpoint(table, "device_authorization_endpoint"),
        userinfo_endpoint=_endpoint(table, "userinfo_endpoint"),
        client_authentication=table.choice("client_authentication", CLIENT_AUTHENTICATIONS)
        or "none",
        scopes=_scopes(table, separator),
        scope_separator=separator,
        authorization_parameters=_parameters(table),
        resource=_resource(table),
        redirect_host=table.choice("redirect_host", LOOPBACK_HOSTS) or "127.0.0.1",
        redirect_ports=_ports(table),
        redirect_path=_path(table),
        redirect_uri=_redirect_uri(table),
        token_path=_token_path(table),
        expires_in=table.seconds("expires_in", longest=LONGEST_LIFE),
    )
    _check_endpoints(table, oauth2)
    return oauth2


def _client_id(table: Table) -> str:
    value = table.required_text("client_id")
    if odd := NOT_IN_CLIENT_ID.search(value):
        raise table.error(
            f"client_id holds {_named(odd[0])}, and is made of ASCII characters only. Copy it "
            "again from where the client is registered.",
            "client_id",
        )
    if value.lower().startswith(CLIENT_SECRET_PREFIXES):
        raise table.error(
            "client_id begins as a secret does, and no secret stands in this file: the client "
            "secret is asked for once, when somebody connects. Write the client ID. If others have "
            "seen this secret, make a new one at the provider.",
            "client_id",
        )
    return value


def _check_endpoints(table: Table, oauth2: OAuth2) -> None:
    if oauth2.issuer or (oauth2.authorization_endpoint and oauth2.token_endpoint):
        return
    if oauth2.authorization_endpoint or oauth2.token_endpoint:
        missing = "token_endpoint" if oauth2.authorization_endpoint else "authorization_endpoint"
        raise table.error(
            f"a connection without issuer needs {missing} too, which is not there.", missing
        )
    raise table.error(
        "a connection of this type needs issuer, at which its endpoints are looked up, or both "
        'authorization_endpoint and token_endpoint. Add for example issuer = "https://auth.'
        'example.com".',
        "issuer",
    )


def _issuer(table: Table) -> str:
    issuer = _endpoint(table, "issuer")
    before, well_known, _ = issuer.partition("/.well-known/")
    if well_known:
        raise table.error(
            f'issuer is the address of its metadata. Write issuer = "{before}": the metadata are '
            "looked up from there.",
            "issuer",
        )
    if "?" in issuer:
        raise table.error("issuer holds a query. Write the address before the “?”.", "issuer")
    return issuer


def _endpoint(table: Table, key: str) -> str:
    return checked_address(table, key, "%connect asks for a client secret")


def _redirect_uri(table: Table) -> str:
    return checked_address(table, "redirect_uri", "register the address without it")


def _resource(table: Table) -> str:
    value = table.text("resource")
    scheme, colon, rest = value.partition(":")
    if value and not (scheme.isalnum() and colon and rest and " " not in value):
        raise table.error(
            f"resource has to be an absolute URI, such as {table.example('resource')}.", "resource"
        )
    if "#" in value:
        raise table.error("resource holds a fragment, which RFC 8707 forbids.", "resource")
    return value


def _scopes(table: Table, separator: str) -> tuple[str, ...]:
    value = table.values.get("scopes")
    if isinstance(value, str):
        raise table.error(
            f"scopes is a string; it has to be an array: scopes = {_array(value)}.", "scopes"
        )
    scopes = table.texts("scopes")
    for index, scope in enumerate(scopes):
        _check_scope(table, index, scope, separator)
        if scope in scopes[:index]:
            raise table.error(f'scopes holds "{scope}" twice. Remove one.', "scopes", index)
    return scopes


def _check_scope(table: Table, index: int, scope: str, separator: str) -> None:
    if " " in scope or separator in scope:
        raise table.error(
            f"scopes holds several scopes in one string. Write each for itself: {_array(scope)}.",
            "scopes",
            index,
        )
    if not scope:
        raise table.error("scopes holds an empty string. Remove it.", "scopes", index)
    if odd := NOT_IN_SCOPE.search(scope):
        raise table.error(
            f"scopes holds a scope with {_named(odd[0])} in it, which no scope has. Remove it.",
            "scopes",
            index,
        )


def _named(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"“{character}” ({code})" if character.isprintable() else code


def _array(scopes: str) -> str:
    """Return how scopes in one string are written."""
    words = re.split(r"[\s,]+", scopes.strip(", \t"))
    if not all(words) or any(map(NOT_IN_SCOPE.search, words)):
        words = ["mail.read", "mail.send"]
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _parameters(table: Table) -> tuple[tuple[str, str], ...]:
    value = table.table("authorization_parameters")
    return tuple((name, _parameter(table, name, each)) for name, each in value.items())


def _parameter(table: Table, name: str, value: Any) -> str:
    def refused(reason: str) -> Exception:
        return table.error(f"authorization_parameters {reason}", "authorization_parameters", name)

    if name.lower() in RESERVED:
        raise refused(f"names {name.lower()}, which is not theirs. {RESERVED[name.lower()]}")
    if not PARAMETER.fullmatch(name):
        raise refused('has to name parameters by letters, digits, ".", "_" and "-".')
    if not isinstance(value, str):
        raise refused(f"holds {described(value)} as {name}; each has to be a string.")
    if not value or not value.isprintable():
        raise refused(f"holds no text as {name}. Write some, or remove it.")
    return value


def _check_redirect(table: Table) -> None:
    if "redirect_uri" not in table.values:
        return
    for key in ("redirect_host", "redirect_ports", "redirect_path"):
        if key in table.values:
            raise table.error(
                f"{key} stands beside redirect_uri. Keep redirect_uri where nothing but that very "
                f"address is registered, and {key} where the browser comes back to this computer.",
                key,
            )


def _ports(table: Table) -> tuple[int, ...]:
    ports = table.array("redirect_ports")
    for index, port in enumerate(ports):
        if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
            raise table.error(
                "redirect_ports holds what is no port; ports are integers from 1 to 65535.",
                "redirect_ports",
                index,
            )
        if port in ports[:index]:
            raise table.error(f"redirect_ports holds {port} twice.", "redirect_ports", index)
    return tuple(ports)


def _path(table: Table) -> str:
    if table.values.get("redirect_path") == "":
        # Some providers want http://localhost:8080 as it was registered, without a slash.
        return ""
    value = table.text("redirect_path")
    if value and not _is_path(value):
        raise table.error(
            "redirect_path has to be the path of an address, which begins with one “/”: "
            f"redirect_path = {table.example('redirect_path')}.",
            "redirect_path",
        )
    return value or "/callback"


def _is_path(text: str) -> bool:
    """Say whether a browser comes back to the path as it is written."""
    try:
        return (
            PATH.fullmatch(text) is not None and parse_web_address(f"http://a{text}").path == text
        )
    except AddressError:
        return False


def _token_path(table: Table) -> str:
    value = table.text("token_path")
    if value and not NAMES.fullmatch(value):
        raise table.error(
            "token_path has to be names with dots between them, such as "
            f"{table.example('token_path')}.",
            "token_path",
        )
    return value
