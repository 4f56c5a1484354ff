"""An HTTP/1.1 client for untrusted servers: one request, one deadline, one name look-up whose result is checked; and
its targets, URLs parsed once, by the same rules by which the connection is made.

It connects to public addresses only, which keeps documents from reaching into the machine's own network, follows no
redirects, keeps no cookies, uses no proxies or passwords of the machine, and limits what it reads.
"""

import ipaddress
import re
import threading
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urljoin

import httpcore2 as httpcore

from toolalpaca.conversation.observation import Reply
from toolalpaca.core.log import one_line
from toolalpaca.llm.bounded_http import BoundedBackend, BoundedStream, bounded, bounds, decompressed
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import CONNECTION_HEADERS

_certificates = cache(httpcore.default_ssl_context)
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
                  r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
LARGEST_BODY = 5_000_000  # bytes of an answer that are read
_KEEPALIVE = 30.0  # seconds an idle connection is kept
_PIECE = 16_384  # bytes that one call hands to the system
_HEADERS = [(b"User-Agent", b"toolalpaca-pipeline"), (b"Accept", b"application/json, */*;q=0.5"),
            (b"Accept-Encoding", b"identity")]
_BODILESS = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"}

Headers = dict[str, str]  # by lower-case name


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


class RequestFailed(Exception):
    """There was no response; the message says why and contains nothing of the request."""


class UnknownHost(RequestFailed):
    """The host name has no address."""


class RequestTimeout(RequestFailed):
    """The response was incomplete at the deadline."""


class HttpClient:
    """The connections of one thread. With `public_only`, none leads to a private or local address."""

    def __init__(self, *, public_only: bool = False) -> None:
        self._network = _Network(public_only)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(), max_connections=None, keepalive_expiry=_KEEPALIVE,
            network_backend=self._network)

    def send(self, request: HttpRequest, target: Target, *, seconds: float,
             connect_seconds: float | None = None) -> tuple[Reply, Headers]:
        """Send a request to a target, which has its whole path; return the response, at most LARGEST_BODY bytes of it,
        and its headers.

        Raises RequestTimeout unless it is complete within `seconds`, however slowly it is sent, RequestFailed if there
        is none, UnknownHost and PrivateAddress.
        """
        self._network.connect_by = time.monotonic() + (connect_seconds or seconds)
        url = httpcore.URL(scheme=target.scheme.encode(), host=target.host.encode(), port=target.port,
                           target=target.path.encode())
        content = b"" if request.content is None and request.method not in _BODILESS else request.content
        try:
            with bounded(seconds, float("inf")), self._pool.stream(
                    request.method, url, headers=_sent(target, request), content=content) as response:
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                body, cut = _read(response.iter_stream(), named.get("content-encoding", ""))
                return Reply(response.status, named.get("content-type", ""), body, cut), named
        except httpcore.TimeoutException as error:
            raise RequestTimeout(str(error) or f"no whole answer within {seconds:g} s") from None
        except httpcore.LocalProtocolError:  # its message quotes the header, which may be a credential
            raise RequestFailed("the request holds characters that HTTP does not allow") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
            raise RequestFailed(one_line(error, 200)) from None


class ThreadClient(threading.local):
    """A client for each thread, made when the thread first asks for it."""

    def __init__(self, *, public_only: bool = False) -> None:
        self.client = HttpClient(public_only=public_only)


def _sent(target: Target, request: HttpRequest) -> list[tuple[bytes, bytes]]:
    own = {name.lower() for name in request.headers}
    sent = [(b"Host", target.authority.encode())]
    sent += [(name, value) for name, value in _HEADERS if name.decode().lower() not in own]
    sent += [(name.encode(), value.encode("utf-8", "replace")) for name, value in request.headers.items()
             if name.lower() not in CONNECTION_HEADERS]
    if request.cookies:
        sent.append((b"Cookie", "; ".join(f"{name}={value}" for name, value in request.cookies.items()).encode()))
    return sent


def _read(stream: Iterable[bytes], encoding: str) -> tuple[bytes, bool]:
    """Return the body, decompressed if the server compressed it unasked, and whether there was more of it."""
    body = bytearray()
    for piece in decompressed(stream, encoding):
        body += piece
        if len(body) > LARGEST_BODY:
            return bytes(body[:LARGEST_BODY]), True
    return bytes(body), False


class _Stream(BoundedStream):
    """A connection whose writing, too, ends with the time of the call, however slowly the server reads."""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        connection, rest = self.get_extra_info("socket"), memoryview(buffer)
        try:
            while rest:  # piece by piece: each call to send has its own time limit
                connection.settimeout(bounds.seconds(timeout))
                rest = rest[connection.send(rest[:_PIECE]):]
        except TimeoutError:
            raise httpcore.WriteTimeout("the server does not read the request") from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None


class _Network(BoundedBackend):
    """Connects to the checked addresses of a host, in the time for connecting."""

    stream = _Stream

    def __init__(self, public_only: bool) -> None:
        super().__init__(httpcore.SyncBackend())
        self._public_only = public_only
        self.connect_by = 0.0  # when a connection must have been made, by the monotonic clock

    def seconds(self, timeout: float | None) -> float | None:
        """Return the time that is left for connecting; raise ConnectTimeout if there is none."""
        left = self.connect_by - time.monotonic()
        if left <= 0:
            raise httpcore.ConnectTimeout("no connection in time")
        return bounds.seconds(left)

    def addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        """Return the addresses of a host; raise UnknownHost if there is none, PrivateAddress for one that is not
        public."""
        try:
            found = super().addresses(host, port, timeout)
        except httpcore.ConnectError as error:
            raise UnknownHost(f"{host}: {error}") from None
        for address in found if self._public_only else ():
            check_address(address)
        return found
