"""What an app file says of how a connection is tried: an address, and how the value goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from attio_nb.app.addresses import checked_address
from attio_nb.app.headers import header_problem
from attio_nb.app.hosts import parse_host
from attio_nb.app.table import names_a_value
from attio_nb.web_address import parse_web_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attio_nb.app.model import Scheme
    from attio_nb.app.table import Table

__all__ = ["SCHEMES", "TEST_KEYS", "check_test_header", "check_test_url"]

TEST_KEYS = ("test_url", "test_scheme", "test_header")
SCHEMES: tuple[Scheme, ...] = ("bearer", "basic", "api-key")


def check_test_url(table: Table, hosts: Sequence[str]) -> str:
    """Return the address at which a connection is tried, or "" where there is none.

    Args:
        table: The connection.
        hosts: Where its value may go.

    Raises:
        AppFileError: The value may not go there.
    """
    url = checked_address(table, "test_url", "the value goes there in a header")
    if not url:
        return ""
    address = parse_web_address(url)
    if any(names_a_value(name) for name, _ in parse_qsl(address.query, keep_blank_values=True)):
        raise table.error(
            "test_url holds a value in its query. Remove it; the value goes there in a header.",
            "test_url",
        )
    if not any(parse_host(host).covers(address.host.strip("[]"), address.port) for host in hosts):
        listed = ", ".join(f'"{each}"' for each in (*hosts, address.netloc))
        raise table.error(
            f"test_url is at {address.netloc}, which is none of the hosts that the value may go "
            f"to. If it may go there, write hosts = [{listed}].",
            "test_url",
        )
    return url


def check_test_header(table: Table) -> str:
    """Return the name of the header that carries the value there, or "" where a scheme does.

    Raises:
        AppFileError: It cannot carry a value, or a scheme is named as well.
    """
    name = table.text("test_header")
    if name and "test_scheme" in table.values:
        raise table.error(
            "test_scheme stands beside test_header. Keep test_header where the service has a "
            "header of its own, and test_scheme where it reads Authorization.",
            "test_scheme",
        )
    if name and (problem := header_problem(name)):
        raise table.error(f"test_header cannot be used. {problem}", "test_header")
    return name
