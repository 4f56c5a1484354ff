"""An OpenAI-compatible endpoint of one or more servers: sends chat completions through the SDK with a deadline and a
size limit, and redacts secrets in responses."""

import json
import random
import threading
import time
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.core.log import log_line, one_line
from toolalpaca.core.urls import proxy_secrets, secrets_in
from toolalpaca.data.redaction import SHORTEST_IN_RECORD, Redactor
from toolalpaca.llm.completion import (
    LONGEST_QUOTE,
    SERVER_FAILED,
    Completion,
    Refused,
    Transient,
    completion_of,
    failure_of_error,
    failure_of_status,
    message_of,
    whole,
)
from toolalpaca.llm.load_balancer import ModelServer, Servers
from toolalpaca.llm.rate_limit import AdaptiveLimiter, exhausted_for
from toolalpaca.llm.roles import DEFAULT_BASE_URL, RoleSettings
from toolalpaca.llm.unsupported_parameters import REFUSALS, Parameters

PROBE_TRIES, PROBE_SECONDS = 3, 10.0
_ROLE_KEY_ONLY = {"bearer_auth": True}  # not the administrator's key, which the SDK takes from the environment too
LONGEST_REFUSAL = 10_000  # characters of a message that are looked through for the name of a parameter
CONNECT_SECONDS = 10.0  # to one of several servers; if there is another, a silent host is not waited for


class _Adapted(Exception):
    """The request was refused for a parameter that the next attempt will not have."""


class Endpoint:
    """The SDK clients and the limiter for a role's base URLs and key, shared by all roles and workers that use them."""

    def __init__(self, settings: RoleSettings, workers: int) -> None:
        self.base_url = settings.base_url
        self.limiter = AdaptiveLimiter(workers, settings.ceiling)
        self.parameters = Parameters()
        self._key = settings.api_key
        self._key_name = settings.api_key_env
        secrets = [*(secret for url in settings.base_urls for secret in secrets_in(url)), *proxy_secrets()]
        self._message_redactor = Redactor([self._key or "", *secrets], SHORTEST_IN_RECORD)
        self._answer_redactor = Redactor([self._key or "", *secrets], only_random=True)
        self._workers = workers
        self._probe_lock = threading.Lock()
        self._servers = Servers(settings.base_urls)
        self._failed_at: dict[str, ModelServer] = {}  # where a call has just failed, by its key
        self._connected = False
        self._unusable: UsageError | None = None  # what the first worker found, so that the others need not try

    def complete(self, request: dict[str, Any], timeout: float, key: str = "") -> Completion:
        """Send one request with a deadline of `timeout` seconds in total; `key` identifies it in the store.

        Raises Limited, Transient, Refused or UsageError.
        """
        self.connect()
        with self._servers.call(avoid=self._failed_at.pop(key, None)) as call:
            try:
                return self._complete_adapted(call.server, request, timeout)
            except Transient as failure:
                if failure.kind in SERVER_FAILED:
                    failure.elsewhere = self._servers.failed(call, certainly=failure.kind is FailureKind.CONNECTION)
                    if failure.elsewhere and key:
                        self._failed_at[key] = call.server
                raise

    def _complete_adapted(self, server: ModelServer, request: dict[str, Any], timeout: float) -> Completion:
        """Send the request without the parameters that the model refuses; if it refuses another one, adapt and send
        again."""
        while True:
            try:
                return self._complete(server, self.parameters.adapted(request), timeout, request.get("stop") or ())
            except _Adapted:
                continue
            except UnicodeEncodeError:  # half a surrogate pair in what is sent
                request = whole(request)

    def _complete(self, server: ModelServer, request: dict[str, Any], timeout: float,
                  stop: Sequence[str]) -> Completion:
        import httpx2
        import openai

        from toolalpaca.llm.bounded_http import AnswerTooLarge, body_of, bounded

        try:
            # chat.completions.create() compares the request with its types, which is a quarter of a call's work.
            with bounded(timeout), closing(server.client.post(
                    "/chat/completions", cast_to=httpx2.Response, body=request, stream=True,
                    options={"timeout": self._timeout(timeout), "security": _ROLE_KEY_ONLY})) as response:
                body, headers = body_of(response), response.headers
        except (openai.APITimeoutError, httpx2.TimeoutException) as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout) and len(self._servers.all) > 1:
                raise Transient(FailureKind.CONNECTION,
                                f"{server.shown}: no connection within {CONNECT_SECONDS:g} s") from None
            raise Transient(FailureKind.TIMEOUT, f"no answer within {timeout:g} s") from None
        except openai.APIStatusError as error:
            raise self._failure(error, request, server) from None
        except (AnswerTooLarge, openai.APIConnectionError) as error:
            if AnswerTooLarge in (type(error), type(error.__cause__)):
                raise Transient(FailureKind.TOO_LARGE, "the answer is larger than an answer can be") from None
            raise Transient(FailureKind.CONNECTION, self._clean(error.__cause__ or error)) from None
        except (httpx2.HTTPError, zlib.error) as error:  # the connection broke while the body was read
            raise Transient(FailureKind.CONNECTION, self._clean(error)) from None
        if wait := exhausted_for(headers):
            self.limiter.pause(wait)
        return self.completion_in(body, stop)

    def completion_in(self, body: bytes, stop: Sequence[str] = ()) -> Completion:
        """Return the completion in a body, with secrets redacted; raise Transient or Refused if there is none."""
        try:
            return completion_of(_json(body), stop, self._answer_redactor)
        except (Transient, Refused) as failure:
            raise type(failure)(failure.kind, self._clean(failure)) from None

    def _timeout(self, seconds: float) -> Any:
        """Return a call's time limit; if there are several servers, with a shorter limit for connecting."""
        import openai

        several = len(self._servers.all) > 1
        return openai.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)) if several else seconds

    def connect(self) -> None:
        """Create the clients before the first call, and check that a server is listening."""
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
        """Return the first server's client."""
        return self._servers.all[0].client

    def _make_clients(self) -> None:
        """Create one client per server, all sharing one connection pool."""
        import openai

        from toolalpaca.llm.bounded_http import bounded_client

        pool = bounded_client(self._workers + 8)
        for server in self._servers.all:
            try:
                server.client = openai.OpenAI(base_url=server.url, api_key=self._key or "none", max_retries=0,
                                              http_client=pool)
            except Exception as error:  # whatever the SDK and its HTTP library make of a base URL that is none
                raise UsageError(f"{server.shown}: not a usable base URL ({self._clean(error)})") from None

    def _check_servers(self) -> None:
        """Check that at least one server answers, and log those that do not."""
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

    def _probe(self, server: ModelServer) -> str:
        """Return why a server does not answer, else "". Any HTTP response will do, since the models a server lists
        are not necessarily the ones it serves."""
        import openai

        from toolalpaca.llm.bounded_http import bounded

        for left in reversed(range(PROBE_TRIES)):
            try:
                with bounded(PROBE_SECONDS):
                    server.client.models.with_raw_response.list(timeout=PROBE_SECONDS)
            except openai.APIConnectionError as error:
                if not left:
                    return self._clean(error.__cause__ or error)
                time.sleep(0.5)
            except Exception:  # an HTTP status, or an answer that is not a list of models: a server is there
                return ""
            else:
                return ""
        return ""

    def listed(self) -> set[str]:
        """Return the names of the models that the first server lists that answers; none if none does."""
        import httpx2
        import openai

        from toolalpaca.llm.bounded_http import AnswerTooLarge, body_of, bounded

        self._make_clients()
        for server in self._servers.all:
            try:
                with bounded(PROBE_SECONDS), closing(server.client.get(
                        "/models", cast_to=httpx2.Response, stream=True,
                        options={"timeout": PROBE_SECONDS, "security": _ROLE_KEY_ONLY})) as response:
                    models = _json(body_of(response))["data"]
                return {model["id"] for model in models}
            except (openai.OpenAIError, httpx2.HTTPError, zlib.error, AnswerTooLarge, Transient, TypeError, KeyError):
                continue
        return set()

    def _failure(self, error: Any, request: dict[str, Any], server: ModelServer) -> Exception:
        """Return the exception for an SDK error with an HTTP status."""
        if error.status_code in REFUSALS and self.adapt(request, message_of(error), error.body):
            return _Adapted()
        return failure_of_error(error, self._clean(message_of(error)), request["model"], server.shown, self._key_name)

    def adapt(self, request: dict[str, Any], message: str, body: Any) -> bool:
        """Learn from a refusal which parameter the model does not accept; return whether to try again."""
        done = self.parameters.refused(request, self._message_redactor.text(message[:LONGEST_REFUSAL]), body)
        if done:
            log_line(done)
        return done is not None

    def failure_of_status(self, status: int, message: str, model: str) -> Exception:
        """Return the exception for an HTTP status other than 200, for a line of a batch."""
        return failure_of_status(status, self._clean(message), model, self._servers.all[0].shown, self._key_name)

    def _clean(self, message: object) -> str:
        """Return a message on one line, without the secrets that servers and libraries echo."""
        return one_line(self._message_redactor.text(str(message) or type(message).__name__))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Transient(FailureKind.UNREADABLE_BODY,
                        f"the body is not JSON: {body[:LONGEST_QUOTE].decode(errors='replace')!r}") from None


def back_off(failures: int) -> float:
    """Return the seconds before the next attempt: exponential, with jitter so that workers do not retry in step."""
    return min(30.0, 0.5 * 2 ** (failures - 1)) * random.uniform(0.5, 1.0)
