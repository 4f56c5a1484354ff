"""Public addresses: the check that keeps documents from reaching into the machine's own network."""

import ipaddress
from collections.abc import Iterable

# Networks whose addresses end in an IPv4 address: mapped, compatible, translated, and NAT64 (two).
_EMBEDDING = [ipaddress.IPv6Network(network) for network in (
    "::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")]


class PrivateAddress(OSError):
    """The connection leads to an address that is not public."""


def check_address(address: str) -> None:
    """Raise PrivateAddress for loopback, private, link-local and other addresses that are not public."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    embedded = _embedded_ipv4(parsed) if isinstance(parsed, ipaddress.IPv6Address) else None
    parsed = embedded or parsed
    if not parsed.is_global or parsed.is_multicast or (parsed.version == 6 and parsed.is_site_local):
        raise PrivateAddress(f"{address} is a private or local address")


def _embedded_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address embeds or leads to through a gateway (6to4, NAT64); None if none."""
    if address.sixtofour:
        return address.sixtofour
    if any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def check_addresses(addresses: Iterable[str]) -> None:
    """Raise PrivateAddress if any of a host's addresses is not public."""
    for address in addresses:
        check_address(address)
