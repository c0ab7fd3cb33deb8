"""What an app file says of how a connection is tried, and where the answer names the account."""

from __future__ import annotations

import re
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

__all__ = [
    "SCHEMES",
    "TEST_KEYS",
    "check_account",
    "check_on_hosts",
    "check_test_header",
    "check_test_url",
    "is_on_hosts",
]

TEST_KEYS = ("test_url", "test_scheme", "test_header", "account")
SCHEMES: tuple[Scheme, ...] = ("bearer", "basic", "api-key")

MEMBERS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
LONGEST_PATH = 200
"""In characters."""


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
    check_on_hosts(table, "test_url", url, hosts)
    return url


def check_on_hosts(table: Table, key: str, url: str, hosts: Sequence[str]) -> None:
    """Refuse an address to which the value may not go.

    Args:
        table: The connection.
        key: The key that names the address.
        url: The address.
        hosts: Where the value may go.

    Raises:
        AppFileError: None of the hosts covers the address.
    """
    if is_on_hosts(url, hosts):
        return
    address = parse_web_address(url)
    listed = ", ".join(f'"{each}"' for each in (*hosts, address.netloc))
    raise table.error(
        f"{key} is at {address.netloc}, which is none of the hosts that the value may go to. If it "
        f"may go there, write hosts = [{listed}].",
        key,
    )


def is_on_hosts(url: str, hosts: Sequence[str]) -> bool:
    """Say whether one of the hosts covers an address; "" is on any of them.

    Args:
        url: The address.
        hosts: The hosts, as an app file writes them.
    """
    if not url:
        return True
    address = parse_web_address(url)
    return any(parse_host(host).covers(address.host.strip("[]"), address.port) for host in hosts)


def check_account(table: Table) -> str:
    """Return where an answer names the account, or "" where the file does not say.

    Raises:
        AppFileError: It is no path, or there is no answer to look into.
    """
    path = table.text("account")
    if not path:
        return ""
    if not MEMBERS.fullmatch(path) or len(path) > LONGEST_PATH:
        raise table.error(
            "account has to be the names of members with dots between them, such as "
            f"{table.example('account')}.",
            "account",
        )
    if table.values.get("type") != "oauth2" and "test_url" not in table.values:
        raise table.error(
            "account says where the answer of test_url names the account, and there is no "
            "test_url. Write one, or remove account.",
            "account",
        )
    return path


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
