"""`--real`: requests to the servers named in the documents, sent once, rate-limited, with credentials protected.

A record may come from someone else, and `env:NAME` in it could send any variable of this machine to the servers in that
record's document. Therefore only those variables are sent that are named on the command line.
"""

import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of, variables_of
from toolalpaca.agent.environments.http_client import (
    Headers,
    PrivateAddress,
    RequestFailed,
    RequestTimeout,
    Target,
    ThreadClient,
    document_url,
    keeps_credentials,
    parse_target,
    redirected,
)
from toolalpaca.agent.environments.interface import TIMEOUT_REPLY, RealApi, Settings, Transport
from toolalpaca.conversation.observation import GATEWAY, Reply
from toolalpaca.core.errors import FailureKind, RecordError, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.core.urls import server_base
from toolalpaca.data.record_types import ApiRecord
from toolalpaca.llm.rate_limit import retry_after
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation, path_item

MOST_REDIRECTS = 5
LONGEST_PAUSE = 60.0  # seconds a rate limit is waited for
TRIES = 3  # of a request that was refused for its rate


class HostRateLimit:
    """Allows at most `per_second` requests a second to one host, from all threads together."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Sleep until the next request may be sent."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._free_at.get(host, 0.0))
            self._free_at[host] = turn + self._gap
        time.sleep(turn - now)


@dataclass
class LiveNetwork:
    """Sends requests to external servers: a client per thread, a rate limit per host, a deadline of `timeout`
    seconds."""

    allow_private: bool = False
    per_second: float = 2.0
    timeout: float = 30.0

    def __post_init__(self) -> None:
        self._rate, self._local = HostRateLimit(self.per_second), ThreadClient(public_only=not self.allow_private)

    def send(self, request: HttpRequest, target: Target) -> tuple[Reply, Headers]:
        """Return a response and its headers, TIMEOUT_REPLY if it is late; raise RecordError if there is none."""
        self._rate.wait(target.host)
        try:
            return self._local.client.send(request, target, seconds=self.timeout)
        except RequestTimeout:
            return TIMEOUT_REPLY, {}
        except PrivateAddress as error:
            raise RecordError(FailureKind.PRIVATE_ADDRESS,
                              f"{target.host}: {error}; --allow_private permits it") from None
        except (RequestFailed, OSError) as error:
            raise RecordError(FailureKind.API_UNREACHABLE, f"{target.authority}: {error}") from None


@dataclass
class LiveApi(RealApi):
    """One API at the server that its document names."""

    network: LiveNetwork = field(kw_only=True)
    api: Api = field(kw_only=True)

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the API's response with credentials redacted; raise RecordError if the API cannot be reached."""
        url = request.url(server_of(self.api.record, self.api.document, operation))
        scrubbed = self.credentials.scrub(f"{request.method} {url} {request.content!r}")
        return self.once(lambda: self._patiently(request, url), kind="real", request=scrubbed)

    def _patiently(self, request: HttpRequest, url: str) -> Reply:
        """Send the request, again after a pause if it was refused for its rate and hence not carried out."""
        target = self._target(url)
        for number in range(TRIES):
            reply, headers = self._follow(request, target)
            if reply.status != 429:
                marked = f"status {reply.status}" if reply.status in GATEWAY else reply.infrastructure
                return replace(reply, infrastructure=marked)
            if number + 1 < TRIES:
                time.sleep(min(LONGEST_PAUSE, retry_after(headers) or 2.0 * (number + 1)))
        raise RecordError(FailureKind.API_RATE_LIMIT, f"{target.host} refuses more requests (status 429)")

    def _follow(self, request: HttpRequest, target: Target) -> tuple[Reply, Headers]:
        for _ in range(MOST_REDIRECTS + 1):
            reply, headers = self.network.send(request, target)
            location = headers.get("location") if 300 <= reply.status < 400 else None
            if not location or reply.status == 304:
                return reply, headers
            before, target = target, self._redirected(target, location)
            if not keeps_credentials(before, target):
                target = replace(target, path=self.credentials.scrub(target.path))
                request = self._without_credentials(request)
            if reply.status == 303 or (reply.status in (301, 302) and request.method == "POST"):
                request = _as_get(request)
        raise RecordError(FailureKind.API_UNREACHABLE, f"more than {MOST_REDIRECTS} redirects")

    def _redirected(self, target: Target, location: str) -> Target:
        try:
            return redirected(target, location)
        except ValueError as error:
            raise RecordError(FailureKind.API_UNREACHABLE,
                              f"{target.authority} redirects to an address that is refused: {error}") from None

    def _without_credentials(self, request: HttpRequest) -> HttpRequest:
        kept = {name: value for name, value in request.headers.items()
                if self.credentials.scrub(value) == value and name.lower() != "authorization"}
        content = request.content and self.credentials.scrub_bytes(request.content)
        return replace(request, headers=kept, cookies={}, content=content)

    def _target(self, url: str) -> Target:
        try:
            return parse_target(url)
        except ValueError as error:
            raise RecordError(FailureKind.NO_SERVER, f"{ascii(self.credentials.scrub(url)[:100])}: {error}") from None


def _as_get(request: HttpRequest) -> HttpRequest:
    """Return the request without a body, with which a redirect is followed after a POST."""
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
    return replace(request, method="HEAD" if request.method == "HEAD" else "GET", headers=headers, content=None)


def server_of(record: ApiRecord, document: dict[str, Any], operation: Operation) -> str:
    """Return the operation's server: its own, its path's or the document's first, with default values for variables.

    Raises RecordError if there is none with an HTTP address.
    """
    item = path_item(document, operation.path, document["paths"][operation.path])
    for owner in (operation.raw, item, document):
        servers = owner.get("servers")
        if isinstance(servers, list) and servers and isinstance(servers[0], dict):
            url = str(servers[0].get("url") or "")
            variables = servers[0].get("variables")
            for name, variable in variables.items() if isinstance(variables, dict) else ():
                default = variable.get("default", "") if isinstance(variable, dict) else ""
                url = url.replace(f"{{{name}}}", str(default))
            found = _joined(record.get("Link") or "", url)
            if found is not None:
                return document_url(server_base(found))
    raise RecordError(FailureKind.NO_SERVER, "the document names no server with an http address")


def _joined(link: str, url: str) -> str | None:
    """Return the URL, resolved against the record's link if relative; None unless it leads to an HTTP server."""
    try:
        found = urljoin(link, url)
        return found if urlsplit(found).scheme in ("http", "https") else None
    except ValueError:
        return None


@dataclass(frozen=True)
class LiveEnvironment:
    """The real APIs; their responses are kept in the store."""

    network: LiveNetwork
    store: FinishedCalls
    stage: str

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield the API with its credentials; it is not told the user's goal."""
        credentials = credentials_of(api.record, real=True)
        yield LiveApi(credentials, self.store, self.stage, name, settings, network=self.network, api=api), credentials


def check_credentials(records: Sequence[ApiRecord], allowed: Collection[str], endpoint_keys: Iterable[str]) -> None:
    """Print each VARIABLE -> HOST before any request is made.

    Raises UsageError for a variable that is not in `allowed` or that holds a model endpoint's key (`endpoint_keys`),
    and for a missing credential.
    """
    destinations = {variable: hosts for variable, hosts in _destinations(records).items() if hosts}
    own = set(endpoint_keys)
    keys = {os.environ.get(name, "").strip() for name in own} - {""}
    for variable, hosts in destinations.items():
        where = f"{variable} -> {', '.join(hosts)}"
        if variable in own or os.environ.get(variable, "").strip() in keys:
            raise UsageError(f"{where}: this is the key of the model endpoint, which is sent to no API; give the API a "
                             "variable of its own")
        if variable not in allowed:
            raise UsageError(f"{where}: a record asks for this environment variable to be sent there; if that is "
                             f"right, add --credential {variable}")
    for record in records:
        credentials_of(record, real=True)
    for variable, hosts in destinations.items():
        log_line(f"credential {variable} -> {', '.join(hosts)}")


def _destinations(records: Iterable[ApiRecord]) -> dict[str, list[str]]:
    """Return the hosts to which each variable would be sent."""
    found: dict[str, list[str]] = {}
    for record in records:
        variables = variables_of(record)
        hosts = _hosts(record) if variables else []
        for variable in variables:
            found[variable] = list(dict.fromkeys([*found.get(variable, ()), *hosts]))
    return found


def _hosts(record: ApiRecord) -> list[str]:
    """Return the servers of an API's operations; [] for an invalid document."""
    try:
        api = Api(record)
        operations = list(api.operations.values())
    except RecordError:
        return []
    hosts: dict[str, None] = {}
    for operation in operations:
        try:
            hosts[parse_target(server_of(record, api.document, operation)).authority] = None
        except (RecordError, ValueError):
            continue  # no request of this operation will be sent
    return list(hosts)
