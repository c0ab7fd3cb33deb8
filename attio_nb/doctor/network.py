"""Which proxies and certificates the environment names, and whether they can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attio_nb.doctor.finding import from_error, ok
from attio_nb.errors import SetupError
from attio_nb.network.proxies import Proxies
from attio_nb.network.trust import describe_trust, make_ssl_context

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attio_nb.doctor.finding import Finding

__all__ = ["check_network"]


def check_network(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Report what is wrong with the network settings; nothing is sent for that.

    Args:
        environ: The environment.
    """
    proxies = Proxies(environ)
    problems = [from_error("Network", error) for error in proxies.problems()]
    yield from problems
    if not problems:
        used = ", ".join(f"{each!r}" for each in proxies.variables().values())
        yield ok(f"Network: {used or 'no proxy is set'}")
    try:
        make_ssl_context(environ)
    except SetupError as error:
        yield from_error("Network", error)
    else:
        trusted = describe_trust(environ) or "those that the operating system trusts"
        yield ok(f"Network: the certificates are {trusted}")
