"""Which addresses lead to this computer itself."""

from __future__ import annotations

import ipaddress

__all__ = ["host_address", "is_loopback", "is_loopback_address"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_address(host: str) -> Address | None:
    """Return the IP address that a host is written as, or None for a name.

    An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is returned as the IPv4 address.

    Args:
        host: The host of a URL, with or without the brackets and the zone of IPv6.
    """
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_loopback_address(host: str) -> bool:
    """Tell whether a host is ``localhost`` or a loopback address, which no other computer has.

    Args:
        host: The host of a URL.
    """
    name = host.lower().removesuffix(".")
    address = host_address(name)
    return name == "localhost" if address is None else address.is_loopback


def is_loopback(host: str) -> bool:
    """Tell whether a host means this computer: also a name below ``localhost`` (RFC 6761 6.3).

    Args:
        host: The host of a URL.
    """
    return is_loopback_address(host) or host.lower().removesuffix(".").endswith(".localhost")
