"""An HTTP/1.1 client for untrusted servers: one request, one deadline, one name look-up whose result is checked.

It follows no redirects, keeps no cookies, uses no proxies or passwords of the machine, and limits what it reads.
"""

import socket
import ssl
import time
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore2 as httpcore

from toolalpaca.agent.environments.request_targets import Target, check_addresses
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.urls import NameTimeout, addresses_of
from toolalpaca.llm.bounded_http import decompressed
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import CONNECTION_HEADERS

LARGEST_BODY = 5_000_000  # bytes of an answer that are read
_KEEPALIVE = 30.0  # seconds an idle connection is kept
_PIECE = 16_384  # bytes that one call hands to the system
_HEADERS = [(b"User-Agent", b"toolalpaca-pipeline"), (b"Accept", b"application/json, */*;q=0.5"),
            (b"Accept-Encoding", b"identity")]
_BODILESS = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"}

Headers = dict[str, str]  # by lower-case name


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
        self._network.begin(seconds, connect_seconds or seconds)
        url = httpcore.URL(scheme=target.scheme.encode(), host=target.host.encode(), port=target.port,
                           target=target.path.encode())
        content = b"" if request.content is None and request.method not in _BODILESS else request.content
        try:
            with self._pool.stream(request.method, url, headers=_sent(target, request), content=content) as response:
                named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                body, cut = _read(response.iter_stream(), named.get("content-encoding", ""))
                return Reply(response.status, named.get("content-type", ""), body, cut), named
        except httpcore.TimeoutException as error:
            raise RequestTimeout(str(error) or f"no whole answer within {seconds:g} s") from None
        except httpcore.LocalProtocolError:  # its message quotes the header, which may be a credential
            raise RequestFailed("the request holds characters that HTTP does not allow") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
            raise RequestFailed(" ".join(str(error).split())[:200] or type(error).__name__) from None


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


@cache
def _certificates() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


class _Network(httpcore.NetworkBackend):
    """Connects to the checked addresses, and limits each read and write to the remaining time."""

    def __init__(self, public_only: bool) -> None:
        self._public_only = public_only
        self._system = httpcore.SyncBackend()
        self._latest = self._connect_by = 0.0

    def begin(self, seconds: float, connect_seconds: float) -> None:
        """Start the clock for the next request."""
        now = time.monotonic()
        self._latest, self._connect_by = now + seconds, now + min(seconds, connect_seconds)

    def left(self) -> float:
        """Return the seconds until the deadline; raise ReadTimeout if none are left."""
        return _left(self._latest)

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore.NetworkStream:
        """Return a connection to the first of the host's addresses that accepts one."""
        try:
            addresses = addresses_of(host, port, _left(self._connect_by))
        except NameTimeout as error:
            raise httpcore.ConnectTimeout(str(error)) from None
        except socket.gaierror as error:
            raise UnknownHost(f"{host}: {error.strerror or error}") from None
        if self._public_only:
            check_addresses(addresses)
        for address in addresses[:-1]:
            try:
                return self._connected(address, port)
            except httpcore.ConnectError:
                continue
        return self._connected(addresses[-1], port)

    def _connected(self, address: str, port: int) -> "httpcore.NetworkStream":
        return _DeadlineStream(self._system.connect_tcp(address, port, _left(self._connect_by)), self)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection whose operations all end at its request's deadline."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        connection, rest = self._stream.get_extra_info("socket"), memoryview(buffer)
        try:
            while rest:  # piece by piece: each call to send has its own time limit
                connection.settimeout(self._network.left())
                rest = rest[connection.send(rest[:_PIECE]):]
        except TimeoutError:
            raise httpcore.WriteTimeout("the server does not read the request") from None
        except OSError as error:
            raise httpcore.WriteError(str(error)) from None

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:
        encrypted = self._stream.start_tls(ssl_context, server_hostname, self._network.left())
        return _DeadlineStream(encrypted, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(latest: float) -> float:
    left = latest - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("no whole answer in time")
    return left
