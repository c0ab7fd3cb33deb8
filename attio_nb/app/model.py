"""What an app file says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from attio_nb.app.nearest import did_you_mean, one_of
from attio_nb.credentials import shown_word
from attio_nb.errors import UnknownConnectionError, UnknownMemberError
from attio_nb.plain_text import escape_unprintable, on_one_line

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "APP_FILE",
    "App",
    "ClientAuthentication",
    "ConnectionDefinition",
    "Member",
    "OAuth2",
    "OnMissing",
    "Owner",
    "Role",
    "Scheme",
]

APP_FILE = "attio-app.toml"

FILE = "_FILE"
"""What stands behind the name of an environment variable that holds the path of a file."""

REFRESH_TOKEN, CLIENT_ID, CLIENT_SECRET = "_REFRESH_TOKEN", "_CLIENT_ID", "_CLIENT_SECRET"
"""What stands behind the name of a connection's variable for what an OAuth client needs."""

Owner = Literal["workspace", "user"]
"""Whose a connection is: all members share the workspace's, and each user has their own."""

Role = Literal["admin", "member"]
"""What a member may do: only an admin configures workspace connections."""

OnMissing = Literal["ask", "raise"]
"""What a getter does where there is no connection."""

Scheme = Literal["bearer", "basic", "api-key"]
"""How the ``Authorization`` header carries a value."""

ClientAuthentication = Literal[
    "none", "client_secret_basic", "client_secret_post", "client_secret_basic_raw"
]
"""How the token endpoint knows the client (RFC 7591 section 2). ``client_secret_basic_raw`` is the
quirk of providers that do not decode what RFC 6749 section 2.3.1 says to encode.
"""


@dataclass(frozen=True, slots=True)
class OAuth2:
    """How one signs in to a connection of type ``oauth2``, by the names of the RFCs.

    Attributes:
        client_id: The client that was registered at the provider.
        issuer: Where the endpoints are looked up (RFC 8414), or "".
        authorization_endpoint: Where a person signs in, or "" to look it up.
        token_endpoint: Where a code becomes a token, or "" to look it up.
        revocation_endpoint: Where a token is revoked (RFC 7009), or "".
        device_authorization_endpoint: Where a sign-in on another device begins (RFC 8628), or "".
        userinfo_endpoint: Where the provider names the account that has signed in (OpenID Connect
            Core section 5.3), or "". It is on one of the hosts of the connection.
        client_authentication: How the token endpoint knows the client.
        scopes: What is asked for.
        scope_separator: What stands between the scopes in a request.
        authorization_parameters: Further parameters of the authorization request, as pairs.
        resource: The resource that tokens are for (RFC 8707), or "".
        redirect_host: ``127.0.0.1`` or ``localhost``, as the provider wants it.
        redirect_ports: The ports that are registered; any free one where there are none.
        redirect_path: The path that is registered; "" where the registered address ends with its
            port.
        redirect_uri: A registered address at which nothing of ours listens, such as one with
            https; the person then pastes where they land. "" for the loopback interface.
        token_path: The way to the token in the answer, such as ``authed_user``, or "".
        expires_in: Seconds that a token lasts when the provider does not say; None for no end.
    """

    client_id: str
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    revocation_endpoint: str = ""
    device_authorization_endpoint: str = ""
    userinfo_endpoint: str = ""
    client_authentication: ClientAuthentication = "none"
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    authorization_parameters: tuple[tuple[str, str], ...] = ()
    resource: str = ""
    redirect_host: str = "127.0.0.1"
    redirect_ports: tuple[int, ...] = ()
    redirect_path: str = "/callback"
    redirect_uri: str = ""
    token_path: str = ""
    expires_in: float | None = None

    @property
    def authority(self) -> str:
        """What a grant and a client's secret are bound to: the client, and where they may be sent.

        An app file that was changed so sends neither of them anywhere else.
        """
        addresses = (
            self.issuer,
            self.token_endpoint,
            self.revocation_endpoint,
            self.device_authorization_endpoint,
        )
        return " ".join([self.client_id, *filter(None, addresses)])


@dataclass(frozen=True, slots=True)
class ConnectionDefinition:
    """One ``[[connections]]`` of an app file.

    Attributes:
        owner: Whose it is.
        key: What tells it from others of the same owner; None for the one that a getter without a
            key means.
        type: How one connects. A secret is one string, such as an API key; ``oauth2`` is a sign-in.
        title: What the prompt calls it; "" for a title made from owner and key, see `label`.
        help_url: A page that says how to get a value, or "".
        hosts: Where the value may be sent: ``host``, ``host:port`` or ``*.example.com``.
        oauth2: How one signs in; None for a secret.
        test_url: An address at one of the hosts, at which it can be tried, or "".
        test_scheme: How the value is sent there.
        test_header: The name of a header that carries the bare value there, in place of a scheme,
            or "".
        account: Where the answer of ``test_url``, the userinfo or the ID token names the account,
            as member names with dots between them, or "".
    """

    owner: Owner
    key: str | None = None
    type: Literal["secret", "oauth2"] = "secret"
    title: str = ""
    help_url: str = ""
    hosts: tuple[str, ...] = ()
    oauth2: OAuth2 | None = None
    test_url: str = ""
    test_scheme: Scheme = "bearer"
    test_header: str = ""
    account: str = ""

    @property
    def label(self) -> str:
        """What to call it in front of a person."""
        if self.title:
            return escape_unprintable(self.title)
        return f"{self.owner.title()} connection" + (f" “{self.key}”" if self.key else "")

    @property
    def environment_variable(self) -> str:
        """The variable that holds its value where nobody can be asked, as in CI."""
        name = f"ATTIO_NB_{self.owner.upper()}_CONNECTION"
        return f"{name}__{self.key.upper().replace('-', '_')}" if self.key else name

    @property
    def environment_variables(self) -> tuple[str, ...]:
        """All variables that it may be read from, `environment_variable` first."""
        variable = self.environment_variable
        suffixes = ("", REFRESH_TOKEN, CLIENT_ID, CLIENT_SECRET) if self.oauth2 else ("",)
        return tuple(f"{variable}{each}{end}" for each in suffixes for end in ("", FILE))


@dataclass(frozen=True, slots=True)
class Member:
    """One ``[[members]]`` of an app file.

    Attributes:
        id: Their login name, or their JupyterHub name.
        role: What they may do.
    """

    id: str
    role: Role


@dataclass(frozen=True, slots=True)
class App:
    """All that an app file says.

    Attributes:
        id: With the workspace, it keeps what is stored apart from what other apps store.
        name: What prompts call the app.
        workspace: The id of the workspace.
        on_missing: What a getter does where there is no connection.
        prompt_timeout: Seconds that a prompt waits for an answer.
        connections: In the order of the file.
        members: In the order of the file; empty where the person who runs it is the only one.
        path: The file, or None for an app that is in no file.
    """

    id: str
    name: str
    workspace: str = "local"
    on_missing: OnMissing = "ask"
    prompt_timeout: float = 600.0
    connections: tuple[ConnectionDefinition, ...] = ()
    members: tuple[Member, ...] = ()
    path: Path | None = None

    def definitions(self, owner: Owner) -> tuple[ConnectionDefinition, ...]:
        """Return the connections of one owner, in the order of the file."""
        return tuple(each for each in self.connections if each.owner == owner)

    def definition(self, owner: Owner, key: str | None = None) -> ConnectionDefinition:
        """Return one connection.

        Args:
            owner: Whose it is.
            key: Its key; None for the connection without a key, or else for the only one.

        Raises:
            UnknownConnectionError: There is no such connection, or there are several and no key
                says which one is meant.
        """
        there = self.definitions(owner)
        for each in there:
            if each.key == key:
                return each
        if key is None and len(there) == 1:
            return there[0]
        raise UnknownConnectionError(self._no_definition(owner, key, there))

    def exact_definition(self, owner: Owner, key: str | None) -> ConnectionDefinition:
        """Return one connection, and never the only one in place of the one without a key.

        Raises:
            UnknownConnectionError: There is no such connection.
        """
        there = self.definitions(owner)
        for each in there:
            if each.key == key:
                return each
        if key is None and there:
            raise UnknownConnectionError(
                f"{self._file} defines no {owner} connection without a key. Look at the list of "
                "connections again."
            )
        raise UnknownConnectionError(self._no_definition(owner, key, there))

    def admins(self) -> tuple[str, ...]:
        """Return the ids of the members who may configure workspace connections."""
        return tuple(member.id for member in self.members if member.role == "admin")

    def member(self, id: str) -> Member:
        """Return one member.

        Raises:
            UnknownMemberError: The file names no such member.
        """
        for member in self.members:
            if member.id == id:
                return member
        raise UnknownMemberError(self._no_member(id))

    @property
    def _file(self) -> str:
        return self.path.name if self.path else APP_FILE

    def _no_definition(
        self, owner: Owner, key: str | None, there: tuple[ConnectionDefinition, ...]
    ) -> str:
        keys = [each.key for each in there if each.key is not None]
        named = shown_word(key or "")
        if not there and key and named != f'"{key}"':
            return f"{self._file} defines no {owner} connection, and that word is no key for one."
        if not there:
            command = " ".join(filter(None, ["%connect --add", owner, key]))
            return f"{self._file} defines no {owner} connection. Define one: {command}"
        if not keys:
            return (
                f"{self._file} defines one {owner} connection, and it has no key. Leave "
                f"{named} out, or give the connection that key in the file."
            )
        if key is None:
            return (
                f"{self._file} defines {len(there)} {owner} connections. Say which one: "
                f'get_{owner}_connection("{keys[0]}"). There are {_listed(keys)}.'
            )
        hint = did_you_mean(key, keys)
        without = " and one without a key" if len(keys) < len(there) else ""
        verb = "is" if len(keys) == 1 and not without else "are"
        return _joined(
            f"{self._file} defines no {owner} connection with the key {named}.",
            hint,
            f"There {verb} {_listed(keys)}{without}.",
            f"The app file is {on_one_line(self.path)}." if self.path and not hint else "",
            f"To add it: %connect --add {owner} {key}" if named == f'"{key}"' and not hint else "",
        )

    def _no_member(self, id: str) -> str:
        ids = [member.id for member in self.members]
        if not ids:
            return f"{self._file} names no members. Add [[members]]."
        return _joined(
            f"{_capitalised(shown_word(id))} is no member in {self._file}.",
            did_you_mean(id, ids),
            f"Use {one_of(ids)}.",
        )


def _listed(words: list[str]) -> str:
    *others, last = [f'"{word}"' for word in words]
    return f"{', '.join(others)} and {last}" if others else last


def _capitalised(words: str) -> str:
    return words[:1].upper() + words[1:]


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
