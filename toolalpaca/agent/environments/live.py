"""`--real`: requests to the servers that the documents name, sent once, slowly, and with credentials kept close."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.base import Settings, Transport, new_session, receive
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.text import one_line
from toolalpaca.core.urls import server_base
from toolalpaca.data.schema import ApiRecord
from toolalpaca.llm.store import FinishedCalls, call_key
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

MOST_REDIRECTS = 5
LONGEST_PAUSE = 60.0  # seconds a rate limit is waited for
_PORTS = {"http": 80, "https": 443}
TRIES = 3  # of a request that was refused for its rate
TIMEOUT_REPLY = Reply(0, "", b"", infrastructure="timeout")


class HostPace:
    """At most so many requests a second to one host, whoever sends them."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Sleep until it is this request's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at.get(host, 0.0))
            self._free_at[host] = turn + self._gap
        time.sleep(turn - now)


@dataclass
class Internet:
    """The world outside: sessions per thread, a pace per host, and whether private addresses may be reached."""

    allow_private: bool = False
    per_second: float = 2.0
    timeout: float = 30.0
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def __post_init__(self) -> None:
        self.pace = HostPace(self.per_second)

    def check(self, host: str) -> None:
        """Raise RecordError for a host that is private or has no address."""
        if self.allow_private:
            return
        from toolalpaca.agent.environments.addresses import PrivateAddress, check_host

        try:
            check_host(host)
        except PrivateAddress as error:
            raise RecordError(FailureKind.PRIVATE_ADDRESS, f"{host}: {error}; --allow_private permits it") from None
        except (OSError, UnicodeError) as error:
            raise RecordError(FailureKind.API_UNREACHABLE, f"{host}: {error}") from None

    def session(self) -> Any:
        """This thread's connections."""
        if not hasattr(self._local, "session"):
            if self.allow_private:
                self._local.session = new_session()
            else:
                from toolalpaca.agent.environments.addresses import public_session

                self._local.session = public_session()
        return self._local.session


@dataclass
class RealApi:
    """One API in one conversation. What it answered is stored before it is used, so no request is sent twice."""

    internet: Internet
    api: Api
    credentials: Credentials
    store: FinishedCalls
    stage: str
    record: str
    settings: dict[str, Any]
    _sent: int = 0

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """The API's answer without any credential in it. Raises RecordError when the API cannot be reached."""
        self._sent += 1
        url = request.url(server_of(self.api.record, self.api.document, operation))
        scrubbed = self.credentials.scrub(f"{request.method} {url} {request.content!r}")
        key = call_key(kind="real", record=self.record, settings=self.settings, place=self._sent, request=scrubbed,
                       attempt=self.store.attempt(self.stage, self.record))
        value = self.store.once(key, stage=self.stage, record=self.record,
                                make=lambda: _stored(self._patiently(request, url), self.credentials))
        return Reply(value["status"], value["content_type"], base64.b64decode(value["body"]), value["cut"],
                     value["infrastructure"])

    def _patiently(self, request: HttpRequest, url: str) -> Reply:
        """A request that was refused for its rate was not carried out, so it may be sent again after a pause."""
        for number in range(TRIES):
            reply, headers = self._follow(request, url)
            if reply.status != 429:
                return reply
            if number + 1 < TRIES:
                time.sleep(min(LONGEST_PAUSE, _seconds(headers.get("Retry-After")) or 2.0 * (number + 1)))
        raise RecordError(FailureKind.API_RATE_LIMIT, f"{urlsplit(url).hostname} refuses more requests (status 429)")

    def _follow(self, request: HttpRequest, url: str) -> tuple[Reply, Any]:
        method, content = request.method, request.content
        headers, cookies = dict(request.headers), dict(request.cookies)
        for _ in range(MOST_REDIRECTS + 1):
            reply, answer_headers = self._once(method, url, headers, cookies, content)
            location = answer_headers.get("Location") if 300 <= reply.status < 400 else None
            if not location or reply.status == 304:
                return reply, answer_headers
            target = urljoin(url, location)
            if not _stays(url, target):
                target, headers, cookies = self._without_credentials(target, headers)
                content = content and self.credentials.scrub_bytes(content)
            if reply.status == 303 or (reply.status in (301, 302) and method == "POST"):
                method, content = ("HEAD" if method == "HEAD" else "GET"), None
                headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
            url = target
        raise RecordError(FailureKind.API_UNREACHABLE, f"more than {MOST_REDIRECTS} redirects")

    def _without_credentials(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str], dict[str, str]]:
        kept = {name: value for name, value in headers.items()
                if self.credentials.scrub(value) == value and name.lower() != "authorization"}
        return self.credentials.scrub(url), kept, {}

    def _once(self, method: str, url: str, headers: dict[str, str], cookies: dict[str, str],
              content: bytes | None) -> tuple[Reply, Any]:
        import requests

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RecordError(FailureKind.NO_SERVER, f"{self.credentials.scrub(url)[:100]!r} is no http address")
        self.internet.check(parts.hostname)
        self.internet.pace.wait(parts.hostname)
        try:
            reply, answer_headers = receive(
                self.internet.session(), method, url, headers={name: text.encode() for name, text in headers.items()},
                cookies=cookies, data=content, allow_redirects=False, timeout=self.internet.timeout,
                deadline=self.internet.timeout)
        except requests.Timeout:
            return TIMEOUT_REPLY, {}
        except requests.RequestException as error:
            raise RecordError(FailureKind.API_UNREACHABLE, self.credentials.scrub(_reason(error))) from None
        marked = f"status {reply.status}" if reply.status in (502, 503, 504) else ""
        return Reply(reply.status, reply.content_type, reply.body, reply.cut, marked), answer_headers


def server_of(record: ApiRecord, document: dict[str, Any], operation: Operation) -> str:
    """The operation's server: its own, its path's or the document's first, with variables at their defaults."""
    item = (document.get("paths") or {}).get(operation.path) or {}
    for owner in (operation.raw, item, document):
        servers = owner.get("servers") if isinstance(owner, dict) else None
        if isinstance(servers, list) and servers and isinstance(servers[0], dict):
            url = str(servers[0].get("url") or "")
            for name, variable in (servers[0].get("variables") or {}).items():
                url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
            found = urljoin(record.get("Link") or "", url)
            if urlsplit(found).scheme in ("http", "https"):
                return server_base(found)
    raise RecordError(FailureKind.NO_SERVER, "the document names no server with an http address")


def _stored(reply: Reply, credentials: Credentials) -> dict[str, Any]:
    return {"status": reply.status, "content_type": reply.content_type, "cut": reply.cut,
            "body": base64.b64encode(credentials.scrub_bytes(reply.body)).decode(),
            "infrastructure": reply.infrastructure}


def _stays(url: str, target: str) -> bool:
    """Whether a redirect leads to the same server, or from its plain door to its encrypted one."""
    here, there = _origin(url), _origin(target)
    return here == there or (here, there) == (("http", here[1], 80), ("https", here[1], 443))


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.strip().isdigit() else None


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    if isinstance(inner, BaseException):
        return _reason(inner)
    return one_line(f"{error} {error.__cause__ or ''}", 200)


@dataclass(frozen=True)
class RealWorld:
    """The API itself; what it answered is kept in the store."""

    internet: Internet
    store: FinishedCalls
    stage: str

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings) -> Iterator[tuple[Transport, Credentials]]:
        """The API with its credentials."""
        credentials = credentials_of(api.record, real=True)
        yield RealApi(self.internet, api, credentials, self.store, self.stage, name, settings), credentials
