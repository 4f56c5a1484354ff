"""One OpenAI-compatible endpoint, of one server or several: sends a chat completion over the SDK and sorts what can go
wrong into few kinds.

Failures are `Limited` (wait, then again), `Transient` (try again, up to a limit), `Refused` (this call never will) or
UsageError (nobody's call will: a wrong key, an unknown model, nobody listening).
"""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.core.text import one_line
from toolalpaca.llm.load_balancer import Server, Servers
from toolalpaca.llm.rate_limit import LONGEST_WAIT, AdaptiveLimiter, retry_after, seconds_of
from toolalpaca.llm.roles import DEFAULT_BASE_URL, RoleSettings

PROBE_TRIES = 3
SERVER_FAILED = (FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.UNREADABLE_BODY, FailureKind.HTTP_5XX)
CONNECT_SECONDS = 10.0  # to one of several servers; where there is another, a silent host is not waited for


class Limited(Exception):
    """The endpoint asks for patience; `retry_after` is in seconds where it says how long."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("rate limit")
        self.retry_after = retry_after


class Transient(Exception):
    """A failure that another try may fix; `kind` is what it is counted under.

    `elsewhere` says that the next try goes to another server, so that there is nothing to wait for.
    """

    elsewhere = False

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Refused(Exception):
    """The endpoint will not answer this very request, however often it is sent."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Completion:
    """One answer: its message (text and tool calls), why it ended and the tokens `in`, `out` and `cached`."""

    message: dict[str, Any]
    finish_reason: str
    usage: dict[str, int]


class Endpoint:
    """The SDK's clients and the limiter of a role's base URLs and key, shared by the roles and workers using them."""

    def __init__(self, settings: RoleSettings, workers: int) -> None:
        self.base_url = settings.base_url
        self.limiter = AdaptiveLimiter(workers, settings.ceiling)
        self._key = settings.api_key
        self._key_name = settings.api_key_env
        self._workers = workers
        self._probe_lock = threading.Lock()
        self._servers = Servers(settings.base_urls)
        self._failed_at: dict[str, Server] = {}  # where a call has just failed, by its key
        self._connected = False
        self._unusable: UsageError | None = None  # what the first worker found, so that the others need not try

    def complete(self, request: dict[str, Any], timeout: float, key: str = "") -> Completion:
        """Send one request, `timeout` seconds for all of it; `key` names it in the store of finished calls.

        Raises Limited, Transient, Refused or UsageError.
        """
        self.connect()
        with self._servers.call(avoid=self._failed_at.pop(key, None)) as call:
            try:
                return self._complete(call.server, request, timeout)
            except Transient as failure:
                if failure.kind in SERVER_FAILED:
                    failure.elsewhere = self._servers.failed(call, certainly=failure.kind is FailureKind.CONNECTION)
                    if failure.elsewhere and key:
                        self._failed_at[key] = call.server
                raise

    def _complete(self, server: Server, request: dict[str, Any], timeout: float) -> Completion:
        import httpx2
        import openai

        deadline = time.monotonic() + timeout
        try:
            with server.client.chat.completions.with_streaming_response.create(
                    **request, timeout=self._timeout(timeout)) as response:
                body = self._without_key(_read(response, deadline))
                headers = response.headers
        except UnicodeEncodeError:  # half a surrogate pair in what is sent
            return self._complete(server, _whole(request), timeout)
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout) and len(self._servers.all) > 1:
                raise Transient(FailureKind.CONNECTION,
                                f"{server.shown}: no connection within {CONNECT_SECONDS:g} s") from None
            raise Transient(FailureKind.TIMEOUT, f"no answer within {timeout:g} s") from None
        except openai.APIStatusError as error:
            raise self._sorted(error, request["model"], server.shown) from None
        except openai.APIConnectionError as error:
            raise Transient(FailureKind.CONNECTION, self._clean(str(error.__cause__ or error))) from None
        except httpx2.HTTPError as error:  # the connection broke while the body was read
            raise Transient(FailureKind.CONNECTION, self._clean(str(error))) from None
        self._obey_headers(headers)
        return completion_of(_json(body))

    def _timeout(self, seconds: float) -> Any:
        """A call's time limit; where there are several servers, a shorter one for the connection."""
        import openai

        several = len(self._servers.all) > 1
        return openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)) if several else seconds

    def connect(self) -> None:
        """Make the clients at the first call that really leaves, and see that somebody listens."""
        if self._connected:
            return
        if not self._key and DEFAULT_BASE_URL in (server.url for server in self._servers.all):
            raise UsageError(f"no API key: set {self._key_name}, or OPENAI_BASE_URL for a server that needs none")
        with self._probe_lock:
            if self._unusable:
                raise self._unusable
            if not self._connected:
                try:
                    self._make_clients()
                    self._check_servers()
                except UsageError as error:
                    self._unusable = error
                    raise
                self._connected = True

    @property
    def _client(self) -> Any:
        """The first server's client."""
        return self._servers.all[0].client

    def _make_clients(self) -> None:
        """One per server, with the connections of all in one pool."""
        import openai

        pool = openai.DefaultHttpxClient(limits=_limits(self._workers))
        for server in self._servers.all:
            try:
                server.client = openai.OpenAI(base_url=server.url, api_key=self._key or "none", max_retries=0,
                                              http_client=pool)
            except Exception as error:  # whatever the SDK and its HTTP library make of a base URL that is none
                raise UsageError(f"{server.shown}: not a usable base URL ({error})") from None

    def _check_servers(self) -> None:
        """See that one server answers, and name those that do not."""
        servers = self._servers.all
        with ThreadPoolExecutor(min(32, len(servers))) as threads:
            problems = list(threads.map(self._probe, servers))
        silent = [f"{server.shown} ({problem})" for server, problem in zip(servers, problems, strict=True) if problem]
        if silent and len(servers) == 1:
            raise UsageError(f"{servers[0].shown}: no answer ({problems[0]}); is the server running, and "
                             "OPENAI_BASE_URL right?")
        if len(silent) == len(servers):
            raise UsageError(f"none of the {len(servers)} model servers answers: {', '.join(silent)}; are they "
                             "running, and OPENAI_BASE_URL right?")
        if silent:
            log_line(f"warning: {len(silent)} of {len(servers)} model servers left out until they answer: "
                     f"{', '.join(silent)}")
        for server, problem in zip(servers, problems, strict=True):
            if problem:
                self._servers.take_down(server)

    def _probe(self, server: Server) -> str:
        """Why a server does not answer, else nothing. Any HTTP answer will do: which models a server lists says nothing
        about which it serves."""
        import openai

        for left in reversed(range(PROBE_TRIES)):
            try:
                server.client.models.with_raw_response.list(timeout=10)
            except openai.APIStatusError:
                return ""
            except openai.APIConnectionError as error:
                if not left:
                    return self._clean(str(error.__cause__ or error))
                time.sleep(0.5)
            else:
                return ""
        return ""

    def _sorted(self, error: Any, model: str, url: str) -> Exception:
        status, message = error.status_code, self._clean(_message(error))
        if status == 429:
            if "insufficient_quota" in str(getattr(error, "code", "")):
                return UsageError(f"{url}: the account has no quota left ({message})")
            wait = retry_after(error.response.headers)
            if wait is not None and wait > LONGEST_WAIT:
                return Refused(FailureKind.RATE_LIMIT, f"the endpoint asks for {wait:,.0f} s of patience, and a call "
                               f"waits for at most {LONGEST_WAIT:.0f} s; run again later")
            return Limited(wait)
        return self._failure(status, message, model, url)

    def _failure(self, status: int, message: str, model: str, url: str) -> Exception:
        """What an HTTP status other than 200 means for the call and for the stage."""
        if status == 401:
            return UsageError(f"{url}: the API key was refused ({message}); check {self._key_name}")
        if status == 404:
            return UsageError(_not_found(url, model, message))
        if status in (408, 409, 429) or status >= 500:
            return Transient(_http_kind(status), f"HTTP {status}: {message}")
        return Refused(_http_kind(status), f"HTTP {status}: {message}")

    def _obey_headers(self, headers: Any) -> None:
        for what in ("requests", "tokens"):
            if headers.get(f"x-ratelimit-remaining-{what}") == "0":
                wait = seconds_of(headers.get(f"x-ratelimit-reset-{what}", ""))
                if wait and wait <= LONGEST_WAIT:  # what is longer is left to the 429 that will come
                    self.limiter.pause(wait)

    def _without_key(self, body: bytes) -> bytes:
        """A body without the key, before any of it is kept or quoted."""
        return body.replace(self._key.encode(), b"[key]") if self._key else body

    def _clean(self, message: str) -> str:
        """A message without line breaks and without the key, which some servers echo."""
        if self._key:
            message = message.replace(self._key, "[key]")
        return one_line(message)


def _limits(workers: int) -> Any:
    import httpx2

    return httpx2.Limits(max_connections=workers + 8, max_keepalive_connections=workers + 8)


def _read(response: Any, deadline: float) -> bytes:
    """The whole body, given up at the deadline even when the server sends a byte now and then."""
    chunks = []
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise Transient(FailureKind.TIMEOUT, "the answer was not complete in time")
    return b"".join(chunks)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Transient(FailureKind.UNREADABLE_BODY, f"the body is no JSON: {body[:80]!r}") from None


def completion_of(answer: Any) -> Completion:
    """The completion in a decoded body; raises Transient when there is none, or it is empty or cut off."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        content, calls = _text(message.get("content")), _tool_calls(message.get("tool_calls"))
        completion = Completion(
            {key: value for key, value in (("content", content), ("tool_calls", calls)) if value},
            str(choice.get("finish_reason") or "stop"), _usage(answer.get("usage")))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Transient(FailureKind.UNREADABLE_BODY, f"the body is no chat completion: {str(answer)[:80]!r}") from None
    if completion.finish_reason == "length":
        raise Transient(FailureKind.TRUNCATED, "the answer was cut off at the token limit (finish_reason length)")
    if not calls and not content.strip():
        raise Transient(FailureKind.EMPTY, "the answer is empty")
    return completion


def _text(content: Any) -> str:
    """A message's text, which may come in parts and go into the next request. Raises TypeError for what is no text."""
    if isinstance(content, list):
        content = "".join(part["text"] for part in content if part.get("type") == "text")
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("the content is no text")
    return _whole(content)


def _whole(value: Any) -> Any:
    """A text, or all texts in a JSON value, with the replacement character for half of a surrogate pair."""
    if not isinstance(value, str):
        return json.loads(_whole(json.dumps(value, ensure_ascii=False)))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _tool_calls(calls: Any) -> list[dict[str, Any]]:
    if not isinstance(calls or [], list):
        raise TypeError("the tool calls are no list")
    return calls or []


def _usage(usage: Any) -> dict[str, int]:
    """The tokens `in`, `out` and `cached`; a count that is missing or none is 0."""
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    return {"in": _count(usage.get("prompt_tokens")), "out": _count(usage.get("completion_tokens")),
            "cached": _count(details.get("cached_tokens") if isinstance(details, dict) else None)}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _message(error: Any) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return body["message"]
    return str(error)


def _http_kind(status: int) -> FailureKind:
    return FailureKind.HTTP_5XX if status >= 500 else FailureKind.HTTP_4XX


def back_off(failures: int) -> float:
    """Seconds before the next try: exponential, with jitter so that many workers do not come back at once."""
    return min(30.0, 0.5 * 2 ** (failures - 1)) * random.uniform(0.5, 1.0)


def _not_found(url: str, model: str, message: str) -> str:
    """What a 404 means: a model that is not served, unless it is the address that is wrong."""
    if not urlsplit(url).path.strip("/"):
        return (f"{url}: no model {model!r} was found there ({message}); the URL may lack its last part, which is /v1 "
                "for most servers")
    folder = ", nor is there a folder of this name" if "/" in model else ""
    return (f"{url}: model {model!r} was not found ({message}){folder}; "
            "set --model (stage 6: -llm) or OPENAI_DEFAULT_MODEL to one it serves")
