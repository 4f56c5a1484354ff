"""HTTP to model servers with a deadline and a size limit for the whole response, however slowly the server sends.

The HTTP library limits the time between two pieces of a response, not the whole: headers, bodies, trailers and interim
responses sent in drips would block a call forever. Therefore each read only gets the time that is left.
"""

import threading
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore2

from toolalpaca.core.errors import UsageError
from toolalpaca.core.log import one_line
from toolalpaca.core.urls import NameTimeout, addresses_of

MOST_BYTES = 16 * 1024**2  # of one answer
_ENCODING = "toolalpaca.content_encoding"  # the header that is hidden from the library
_SERVER = "toolalpaca.server"  # where a request was to go before any redirect


class AnswerTooLarge(Exception):
    """A server sent more than the size limit of a call."""


class _CallBounds(threading.local):
    """The remaining time and size of the current thread's call."""

    deadline: float | None = None
    bytes_left: float = float("inf")

    def seconds(self, timeout: float | None) -> float | None:
        """Return the time limit of the next operation, at most `timeout`; raise httpcore2.ReadTimeout at the
        deadline."""
        if self.deadline is None:
            return timeout
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer was not complete in time")
        return left if timeout is None else min(timeout, left)

    def received(self, count: int) -> None:
        """Count received bytes; raise AnswerTooLarge above the limit."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise AnswerTooLarge


bounds = _CallBounds()


@contextmanager
def bounded(seconds: float, most_bytes: float = MOST_BYTES) -> Iterator[None]:
    """Limit everything the current thread does through clients with a BoundedBackend to `seconds` and `most_bytes`."""
    bounds.deadline, bounds.bytes_left = time.monotonic() + seconds, most_bytes
    try:
        yield
    finally:
        bounds.deadline, bounds.bytes_left = None, float("inf")


def bounded_client(connections: int, *, leave_server: bool = False) -> Any:
    """Return an HTTP client for the SDK with this many connections, whose calls `bounded` limits.

    It decompresses nothing, since a library may do so without a limit: `body_of` does. It follows a redirect to another
    server with `leave_server` only, since that server would get the prompts. Raises UsageError for a proxy of the
    environment that is none.
    """
    import httpx2
    import openai

    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    hooks: dict[str, list[Any]] = {"request": [] if leave_server else [_stay], "response": [_leave_compressed]}
    try:
        client = openai.DefaultHttpxClient(limits=limits, headers={"Accept-Encoding": "identity"}, event_hooks=hooks)
    except (ImportError, ValueError, httpx2.InvalidURL) as error:  # what it says may hold the proxy's password
        reason = one_line(error) if isinstance(error, ImportError) else type(error).__name__
        raise UsageError(f"a proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names cannot be used ({reason})") from None
    for transport in (client._transport, *client._mounts.values()):  # a mount for each proxy of the environment
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = BoundedBackend(pool._network_backend)
    return client


def _leave_compressed(response: Any) -> None:
    response.extensions[_ENCODING] = response.headers.pop("content-encoding", "")


def _stay(request: Any) -> None:
    """Raise RemoteProtocolError for a request to which another server has redirected; https in place of http is not
    another one.

    It looks at the request that is about to be made, not at the Location header, which parsers may read differently.
    """
    import httpx2

    url = request.url
    here = url.scheme, url.host, url.port
    before = request.extensions.setdefault(_SERVER, here)
    if before != here and (before, here) != (("http", url.host, None), ("https", url.host, None)):
        raise httpx2.RemoteProtocolError(f"the server redirects to {url.netloc.decode('ascii', 'replace')}, which is "
                                         "not followed; give that server's own base URL if it is right")


def body_of(response: Any, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the body of a streamed response of a `bounded_client`, decompressed; raise AnswerTooLarge above the
    limit."""
    body = bytearray()
    for piece in decompressed(response.iter_raw(), response.extensions.get(_ENCODING, "")):
        body += piece
        if len(body) > most_bytes:
            raise AnswerTooLarge
    return bytes(body)


def decompressed(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield what a compressed body holds, in pieces of at most 64 KiB; a body in an unknown encoding unchanged.

    What follows the end of the compressed data is not read. Raises zlib.error for a damaged body.
    """
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        yield from pieces
        return
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, as the first bytes say
    for piece in pieces:
        if unpack.eof:
            return
        while piece and not unpack.eof:
            yield unpack.decompress(piece, 65_536)
            piece = unpack.unconsumed_tail
        if unpack.unused_data:
            return


class BoundedStream(httpcore2.NetworkStream):
    """A connection whose operations end with the time of the thread's call."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, bounds.seconds(timeout))
        bounds.received(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, bounds.seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore2.NetworkStream:
        return type(self)(self._inner.start_tls(ssl_context, server_hostname, bounds.seconds(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class BoundedBackend(httpcore2.NetworkBackend):
    """Makes the connections of a thread's call within its bounds."""

    stream = BoundedStream

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore2.NetworkStream:
        addresses = self.addresses(host, port, timeout)
        for address in addresses[:-1]:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return self._connected(address, port, timeout, local_address, socket_options)
        return self._connected(addresses[-1], port, timeout, local_address, socket_options)

    def seconds(self, timeout: float | None) -> float | None:
        """Return the time limit of the next step of connecting."""
        return bounds.seconds(timeout)

    def addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        """Return the addresses of a host."""
        try:
            return addresses_of(host, port, self.seconds(timeout))
        except NameTimeout as error:
            raise httpcore2.ConnectTimeout(str(error)) from None
        except OSError as error:
            raise httpcore2.ConnectError(error.strerror or str(error)) from None

    def _connected(self, address: str, port: int, timeout: float | None, *more: Any) -> httpcore2.NetworkStream:
        return self.stream(self._inner.connect_tcp(address, port, self.seconds(timeout), *more))

    def connect_unix_socket(self, path: str, timeout: float | None = None,
                            socket_options: Iterable[Any] | None = None) -> httpcore2.NetworkStream:
        return self.stream(self._inner.connect_unix_socket(path, bounds.seconds(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
