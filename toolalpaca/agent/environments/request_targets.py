"""Request targets: URLs parsed once, by the same rules by which the connection is made, and the check that they are
public, which keeps documents from reaching into the machine's own network."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urljoin

_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
                  r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True)
class Target:
    """A server and the resource on it; `path` is percent-encoded and includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return scheme, host and port, which are equal for URLs of the same server."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Return host and port as in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_target(url: str) -> Target:
    """Return the parts of an absolute URL.

    Raises ValueError unless it is plain ASCII, http or https, without user and password: URLs on which parsers disagree
    (backslashes, control characters, an "@", empty hosts) are never used.
    """
    match = _URL.fullmatch(url)
    if _NOT_IN_A_URL.search(url) or match is None:
        raise ValueError("it is not a plain http or https URL")
    scheme = match["scheme"].lower()
    port = int(match["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError("its port is not between 1 and 65535")
    return Target(scheme, match["host"].strip("[]").lower(), port, (match["path"] or "/") + (match["query"] or ""))


def redirected(target: Target, location: str) -> Target:
    """Return the target of a response's Location header; raise ValueError as `parse_target` does."""
    if _NOT_IN_A_URL.search(location):
        raise ValueError("it holds characters that a URL does not have")
    if _SCHEME.match(location):
        return parse_target(location)
    if location.startswith("//"):
        return parse_target(f"{target.scheme}:{location}")
    found = parse_target(urljoin(str(target), location))
    if found.origin != target.origin:
        raise ValueError("it is not a path, and not a URL either")
    return found


def keeps_credentials(before: Target, after: Target) -> bool:
    """Return whether a redirect stays on the same server, or goes from its port 80 to its port 443 (HTTPS)."""
    upgrade = ("http", before.host, 80), ("https", before.host, 443)
    return before.origin == after.origin or (before.origin, after.origin) == upgrade


def document_url(url: str) -> str:
    """Return a document's server URL with blanks and non-ASCII characters encoded."""
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return url  # parse_target says what is wrong with it
    return f"{scheme}{mark}{host}{slash}{quote(path, safe='/%:@!$&()*+,;=~?#[]' + chr(39))}"


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
