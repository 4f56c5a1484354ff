"""HTTP to model servers with a deadline and a size limit for the whole response, however slowly the server sends.

The HTTP library limits the time between two pieces of a response, not the whole: headers, bodies, trailers and interim
responses sent in drips would block a call forever. Therefore each read only gets the time that is left.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpcore2
import httpx2
import openai

from toolalpaca.core.urls import NameTimeout, addresses_of

MOST_BYTES = 16 * 1024**2  # of one answer, as it comes over the network


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


_bounds = _CallBounds()


@contextmanager
def bounded(seconds: float, most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Limit everything the current thread does through a `bounded_client` to `seconds` and `most_bytes` in total."""
    _bounds.deadline, _bounds.bytes_left = time.monotonic() + seconds, most_bytes
    try:
        yield
    finally:
        _bounds.deadline, _bounds.bytes_left = None, float("inf")


def bounded_client(connections: int) -> Any:
    """Return an HTTP client for the SDK with this many connections, whose calls `bounded` limits."""
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    client = openai.DefaultHttpxClient(limits=limits, headers={"Accept-Encoding": "identity"},
                                       event_hooks={"response": [_leave_compressed]})
    for transport in (client._transport, *client._mounts.values()):  # a mount for each proxy of the environment
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = _Backend(pool._network_backend)
    return client


def _leave_compressed(response: Any) -> None:
    """Keep the SDK, which reads the whole body of an error, from decompressing one that should not be compressed."""
    if not response.is_success and "content-encoding" in response.headers:
        del response.headers["content-encoding"]


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[Any] | None = None) -> httpcore2.NetworkStream:
        try:
            addresses = addresses_of(host, port, _bounds.seconds(timeout))
        except NameTimeout as error:
            raise httpcore2.ConnectTimeout(str(error)) from None
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from None
        for address in addresses[:-1]:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return self._connected(address, port, timeout, local_address, socket_options)
        return self._connected(addresses[-1], port, timeout, local_address, socket_options)

    def _connected(self, address: str, port: int, timeout: float | None, *more: Any) -> httpcore2.NetworkStream:
        return _BoundedStream(self._inner.connect_tcp(address, port, _bounds.seconds(timeout), *more))

    def connect_unix_socket(self, path: str, timeout: float | None = None,
                            socket_options: Iterable[Any] | None = None) -> httpcore2.NetworkStream:
        return _BoundedStream(self._inner.connect_unix_socket(path, _bounds.seconds(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _BoundedStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, _bounds.seconds(timeout))
        _bounds.received(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _bounds.seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore2.NetworkStream:
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, _bounds.seconds(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
