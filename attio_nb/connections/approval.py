"""Where a stored value may go: to the addresses that its owner saw, and to no others.

An app file is only text, and another one may have the same ``id``. So a store keeps the hosts and
the test address that were shown when somebody connected. What an app file names later is asked for
once, before the value is handed out or sent there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attio_nb.app.hosts import parse_host, shown_host
from attio_nb.connections.environment import is_from_environment
from attio_nb.connections.model import Addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from attio_nb.app import ConnectionDefinition
    from attio_nb.app.allowed import AllowedFiles, Record
    from attio_nb.app.hosts import HostPattern
    from attio_nb.connections.model import Slot, StoredConnection
    from attio_nb.connections.resolve import Place
    from attio_nb.connections.store import Store

__all__ = [
    "Approvals",
    "addresses_of",
    "approve",
    "approve_variables",
    "combined",
    "new_addresses",
    "rename_variable",
    "unapproved",
    "unapproved_hosts",
    "variable_addresses",
    "withdraw",
]

NONE = Addresses()

VARIABLES = "variables"
"""Where the record of an allowed app file has the addresses for values from the environment."""


class Approvals:
    """The addresses that a person has approved, for stored values and for those of the environment.

    A value from an environment variable has no owner who saw anything: it goes with code to every
    host of the app file, but no test sends it anywhere before somebody has approved that.

    Args:
        store: Where the values are.
        app_file: Returns the app file, or None where there is none.
        allowed: Returns the app files that the person has allowed.
    """

    def __init__(
        self,
        store: Store,
        *,
        app_file: Callable[[], Path | None],
        allowed: Callable[[], AllowedFiles],
    ) -> None:
        self._store = store
        self._app_file = app_file
        self._allowed = allowed

    def unapproved(self, place: Place, stored: StoredConnection) -> Addresses:
        """Return what the app file names for a connection and nobody has approved.

        Raises:
            SetupError: What was approved for the environment cannot be read.
        """
        definition = place.definition
        if not is_from_environment(stored):
            return unapproved(stored.approved, definition)
        path = self._app_file()
        if path is None or not (definition.test_url or stored.grant):
            return NONE
        approved = _of_variable(self._allowed().record(path), place.variable)
        named = variable_addresses(definition) if stored.grant else addresses_of(definition)
        return _unapproved(approved, named)

    def approve(self, place: Place, stored: StoredConnection, addresses: Addresses) -> bool:
        """Let a value go to further addresses, and return whether there still is one.

        Args:
            place: Where it was found.
            stored: What was found there.
            addresses: The addresses that the person was shown.

        Raises:
            VaultError: It could not be written; what was stored before is unharmed.
            SetupError: It could not be written for a value from the environment.
        """
        if not is_from_environment(stored):
            return approve(self._store, place.slot, addresses)
        path = self._app_file()
        if path is None:
            return False
        approved = {place.variable: addresses}
        # The file is in use already. One of another user in its place is not to be.
        approve_variables(self._allowed(), path, approved, allows=False)
        return True


def addresses_of(definition: ConnectionDefinition) -> Addresses:
    """Return the addresses that an app file names for a connection."""
    test_urls = (definition.test_url,) if definition.test_url else ()
    return Addresses(definition.hosts, test_urls)


def variable_addresses(definition: ConnectionDefinition) -> Addresses:
    """Return the addresses to which a test may send what environment variables hold.

    A refresh token or a client secret goes to the provider that the app file names.
    """
    hosts, test_urls = addresses_of(definition)
    oauth2 = definition.oauth2
    provider = (oauth2.token_endpoint or oauth2.issuer,) if oauth2 else ()
    return Addresses(hosts, (*test_urls, *provider))


def unapproved(approved: Addresses | None, definition: ConnectionDefinition) -> Addresses:
    """Return what an app file names for a connection and nobody has approved.

    Args:
        approved: What was approved; None for what an older version has stored, of which nobody
            knows what was shown.
        definition: What the app file says now.
    """
    return _unapproved(approved, addresses_of(definition))


def _unapproved(approved: Addresses | None, named: Addresses) -> Addresses:
    seen = approved or NONE
    written = frozenset(seen.hosts)
    patterns = [parse_host(host) for host in seen.hosts]
    hosts = [
        host
        for host in named.hosts
        if host not in written and not _is_included(parse_host(host), patterns)
    ]
    test_urls = [url for url in named.test_urls if url not in seen.test_urls]
    return Addresses(tuple(hosts), tuple(test_urls))


def _is_included(host: HostPattern, patterns: Iterable[HostPattern]) -> bool:
    return any(pattern.includes(host) for pattern in patterns)


def unapproved_hosts(stored: StoredConnection, definition: ConnectionDefinition) -> tuple[str, ...]:
    """Return the hosts to which code may not send a stored value yet.

    A value from an environment variable has no owner who saw anything. Whoever set the variable
    runs the code, so that it goes with that code to every host of the app file.
    """
    if is_from_environment(stored):
        return ()
    return unapproved(stored.approved, definition).hosts


def new_addresses(addresses: Addresses) -> tuple[str, ...]:
    """Return addresses as a person is shown them, one each."""
    return (*map(shown_host, addresses.hosts), *(f"{url} (Test)" for url in addresses.test_urls))


def approve(store: Store, slot: Slot, addresses: Addresses) -> bool:
    """Let a stored value go to further addresses.

    Args:
        store: Where the value is.
        slot: The slot that holds it.
        addresses: The addresses that the person was shown.

    Returns:
        Whether the slot holds a value.

    Raises:
        VaultError: It could not be written; what was stored before is unharmed.
    """
    # A refresh has to find what it has read, or else the token that it brings is lost.
    with store.renewing(slot):
        while (stored := store.get(slot)) is not None:
            approved = combined(stored.approved or NONE, addresses)
            if store.replace(slot, stored, stored._replace(approved=approved)):
                return True
    return False


def withdraw(store: Store, slot: Slot, addresses: Addresses) -> bool:
    """Let a stored value go to these addresses no more before somebody has approved them anew.

    Args:
        store: Where the value is.
        slot: The slot that holds it.
        addresses: The addresses, as an app file writes them.

    Returns:
        Whether one of them was approved.

    Raises:
        VaultError: It could not be written; what was stored before is unharmed.
    """
    with store.renewing(slot):
        while (stored := store.get(slot)) is not None:
            approved = stored.approved or NONE
            left = Addresses(*(_without(*each) for each in zip(approved, addresses, strict=True)))
            if left == approved:
                return False
            if store.replace(slot, stored, stored._replace(approved=left)):
                return True
    return False


def approve_variables(
    allowed: AllowedFiles,
    app_file: Path,
    addresses: Mapping[str, Addresses],
    *,
    allows: bool = True,
) -> None:
    """Let a test send values of environment variables to addresses of an app file.

    Args:
        allowed: The app files that the person has allowed.
        app_file: The app file.
        addresses: The addresses of each variable, by its name.
        allows: Whether the app file itself is allowed as well, whoever will own it.

    Raises:
        SetupError: It could not be written.
    """

    def added(record: Record) -> Record:
        approved = {
            variable: combined(_of_variable(record, variable) or NONE, named)._asdict()
            for variable, named in addresses.items()
        }
        return {**record, VARIABLES: {**_variables(record), **approved}}

    allowed.change(app_file, added, allows=allows)


def rename_variable(allowed: AllowedFiles, app_file: Path, before: str, after: str) -> None:
    """Keep what was approved for a variable of an app file under the variable's new name.

    Args:
        allowed: The app files that the person has allowed.
        app_file: The app file.
        before: The name of the variable until now.
        after: Its name from now on; what was approved for that already stays.

    Raises:
        SetupError: It could not be read or written.
    """
    if _of_variable(allowed.record(app_file), before) is None:
        return

    def renamed(record: Record) -> Record:
        variables = dict(_variables(record))
        if before in variables:
            variables.setdefault(after, variables.pop(before))
        return {**record, VARIABLES: variables}

    allowed.change(app_file, renamed, allows=False)


def _of_variable(record: Record | None, variable: str) -> Addresses | None:
    match _variables(record or {}).get(variable):
        case {"hosts": list(hosts), "test_urls": list(test_urls)}:
            return Addresses(*(tuple(map(str, each)) for each in (hosts, test_urls)))
    # A person may have edited the file: what is not understood approves nothing.
    return None


def _variables(record: Record) -> dict[str, Any]:
    variables = record.get(VARIABLES)
    return variables if isinstance(variables, dict) else {}


def combined(one: Addresses, other: Addresses) -> Addresses:
    """Return the addresses of both, each once."""
    return Addresses(*(tuple(dict.fromkeys(both)) for both in map(_joined, one, other)))


def _without(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in one if each not in other)


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return (*one, *other)
