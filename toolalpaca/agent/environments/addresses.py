"""Connections that refuse private addresses, so that no document can reach into the machine's own network.

A host is looked up first, and the address is checked once more on the connection itself, before anything is sent: a
name may lead elsewhere at the second look.
"""

import ipaddress
import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from toolalpaca.agent.environments.base import new_session

# Networks whose addresses end in an IPv4 address: mapped, compatible, translated, and NAT64 (two).
_EMBEDDING = [ipaddress.IPv6Network(network) for network in (
    "::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")]


class PrivateAddress(OSError):
    """The connection leads to an address that is not public."""


def check_address(address: str) -> None:
    """Raise PrivateAddress for loopback, private, link-local and other addresses that are not public."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    within = _ipv4_within(parsed) if isinstance(parsed, ipaddress.IPv6Address) else None
    parsed = within or parsed
    if not parsed.is_global or parsed.is_multicast or (parsed.version == 6 and parsed.is_site_local):
        raise PrivateAddress(f"{address} is a private or local address")


def _ipv4_within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to through a gateway (6to4, NAT64) or is another form of."""
    if address.sixtofour:
        return address.sixtofour
    if any(address in network for network in _EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def check_host(host: str) -> None:
    """Raise PrivateAddress when any address of a host is not public; OSError when it has none."""
    for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        check_address(str(address[0]))


class _Guarded:
    """Checks the peer of a fresh connection."""

    def _new_conn(self) -> Any:
        connection = super()._new_conn()  # type: ignore[misc]
        try:
            check_address(connection.getpeername()[0])
        except PrivateAddress:
            connection.close()
            raise
        return connection


class _GuardedHttp(_Guarded, HTTPConnection):
    pass


class _GuardedHttps(_Guarded, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHttps


class _GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


def public_session() -> requests.Session:
    """A session whose connections all lead to public addresses; proxies of the environment are not used."""
    session = new_session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _GuardedAdapter())
    return session
