"""`--batch`: the same calls through the OpenAI Batch API, which is slower, cheaper and not rate-limited.

Workers call `complete` as on any endpoint and wait. Waiting calls are uploaded as one batch, and each result goes to
its worker. The store records which calls are in which batch before the upload, and every batch carries a token of ours,
so that a run that was killed finds its batches again instead of paying for new ones.
"""

import json
import re
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.core.log import log_line
from toolalpaca.core.urls import without_credentials
from toolalpaca.llm.bounded_http import MOST_BYTES, body_of, bounded
from toolalpaca.llm.completion import Completion, Refused, Transient, completion_of, message_in
from toolalpaca.llm.endpoint import Endpoint
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore, call_key
from toolalpaca.llm.unsupported_parameters import REFUSALS

GATHER_SECONDS = 1.0  # a batch leaves when no further call has come for this long
FIRST_POLL, LONGEST_POLL, POLL_GROWTH = 0.5, 60.0, 1.5  # seconds between looks, which grow
RETRIES = 5  # of an upload or a look, which a worker does not try again as it does a call
PAGE_SIZE = 100  # batches that one request lists, the most that the API allows
LONGEST_NAP = 0.05  # seconds until this thread looks again whether calls wait or a batch is to be looked at
MOST_CALLS = 50_000  # in one batch, by the API's rules
CALL_SECONDS, TRANSFER_SECONDS = 300.0, 1800.0  # for a look at the batches, and for an upload or a download
MOST_RESULT_BYTES, CALL_BYTES = 2 * 1024**3, 1024**2  # of a batch's results, at most and for each of its calls
METADATA = "toolalpaca_token"
ENDED = {"completed", "failed", "expired", "cancelled"}
_NAME = re.compile(r"[\w.:-]{1,200}", re.ASCII)


@dataclass
class _Waiting:
    request: dict[str, Any]
    future: "Future[Completion]"


class BatchEndpoint(Endpoint):
    """An endpoint that answers through batches, at the first base URL. One thread uploads, polls and distributes
    results."""

    def __init__(self, settings: RoleSettings, workers: int, store: CallStore) -> None:
        first, *others = settings.base_urls
        if others:
            log_line(f"--batch: all batches go to {without_credentials(first)}, the first of {len(others) + 1} base "
                     "URLs")
        super().__init__(replace(settings, base_url=first), workers)
        self._store = store
        self._lock = threading.Condition()
        self._new: dict[str, _Waiting] = {}
        self._sent: dict[str, _Waiting] = {}
        self._results: dict[str, Completion | Exception] = {}
        self._open: set[str] = set()
        self._last_arrival = 0.0
        self._thread: threading.Thread | None = None
        self._broken: Exception | None = None

    def complete(self, request: dict[str, Any], timeout: float, key: str = "") -> Completion:
        """Wait for the call's result in a batch, however long it takes; raise as `Endpoint.complete` does."""
        self.connect()
        with self._lock:
            if self._thread is None:
                self._adopt_earlier_batches()
                self._thread = threading.Thread(target=self._serve, daemon=True)
                self._thread.start()
            if self._broken:
                raise self._broken
            waiting = _Waiting(request, Future())
            if (result := self._results.pop(key, None)) is not None:
                _deliver(waiting, result)
            elif self._store.batch_of(key) in self._open:
                self._sent[key] = waiting
            else:
                self._new[key] = waiting
            self._last_arrival = time.monotonic()
            self._lock.notify()
        return waiting.future.result()

    def _adopt_earlier_batches(self) -> None:
        """Resume the batches of an earlier run; one whose upload was interrupted is found by its token."""
        unnamed = set()
        for token, name in self._store.open_batches():
            if name:
                self._open.add(name)
            else:
                unnamed.add(token)
        if unnamed:
            with bounded(CALL_SECONDS):
                for batch in self._client.batches.list(limit=PAGE_SIZE):
                    metadata = getattr(batch, "metadata", None)
                    carried = metadata.get(METADATA) if isinstance(metadata, dict) else None
                    if carried in unnamed:
                        name = self._name_of(batch)
                        self._store.name_batch(carried, name)
                        self._open.add(name)

    def _serve(self) -> None:
        pause, next_poll = FIRST_POLL, 0.0
        try:
            while True:
                with self._lock:
                    self._lock.wait(LONGEST_NAP)
                    ready = self._gathered(time.monotonic())
                if ready:
                    self._upload(ready)
                    pause, next_poll = FIRST_POLL, 0.0
                if self._open and time.monotonic() >= next_poll:
                    pause = FIRST_POLL if self._poll() else min(LONGEST_POLL, pause * POLL_GROWTH)
                    next_poll = time.monotonic() + pause
        except Exception as error:  # whatever ends this thread must reach those who wait, or they wait forever
            self._fail_all(error)

    def _gathered(self, now: float) -> dict[str, _Waiting]:
        if not self._new or (now - self._last_arrival < GATHER_SECONDS and len(self._new) < MOST_CALLS):
            return {}
        keys = list(self._new)[:MOST_CALLS]
        ready = {key: self._new.pop(key) for key in keys}
        self._sent.update(ready)
        return ready

    def _upload(self, calls: dict[str, _Waiting]) -> None:
        token = call_key(keys=sorted(calls), time=time.time())
        self._store.begin_batch(token, calls)
        lines = [json.dumps({"custom_id": key, "method": "POST", "url": "/v1/chat/completions",
                             "body": self.parameters.adapted(call.request)}) for key, call in calls.items()]
        client = self._client.with_options(max_retries=RETRIES)
        with bounded(TRANSFER_SECONDS):
            file = client.files.create(file=("calls.jsonl", "\n".join(lines).encode()), purpose="batch")
            batch = client.batches.create(input_file_id=self._name_of(file), endpoint="/v1/chat/completions",
                                          completion_window="24h", metadata={METADATA: token})
        name = self._name_of(batch)
        self._store.name_batch(token, name)
        with self._lock:
            self._open.add(name)

    def _poll(self) -> bool:
        """Check the open batches; return whether one of them has ended."""
        client = self._client.with_options(max_retries=RETRIES)
        with bounded(CALL_SECONDS):
            seen = [(name, client.batches.retrieve(name)) for name in sorted(self._open)]
        ended = [(name, batch) for name, batch in seen if _status(batch) in ENDED]
        for name, batch in ended:
            keys, results = self._store.batch_keys(name), dict[str, Completion | Exception]()
            most = min(MOST_RESULT_BYTES, MOST_BYTES + len(keys) * CALL_BYTES)
            for file in filter(None, (batch.output_file_id, batch.error_file_id)):
                with bounded(TRANSFER_SECONDS, most), \
                        client.files.with_streaming_response.content(str(file)) as response:
                    content = BytesIO(body_of(response.http_response, most))
                results |= dict(self._result(entry) for entry in map(_entry, content) if entry)
            self._hand_out(name, results, self._reason(batch))
            self._store.leave_batch(name, [key for key in keys if not isinstance(results.get(key), Completion)])
        return bool(ended)

    def _name_of(self, made: Any) -> str:
        """Return the server's name of a file or a batch, which is stored and is a part of addresses."""
        name = getattr(made, "id", None)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or self._clean(name) != name:
            raise UsageError("the server does not say by which name it knows what it was sent")
        return name

    def _reason(self, batch: Any) -> Exception:
        """Return why a batch that has ended holds no result of a call."""
        if batch.status != "failed":
            return Transient(_batch_kind(batch.status), f"the batch ended as {batch.status} without this call")
        errors = getattr(batch.errors, "data", None)
        texts = [str(getattr(error, "message", error)) for error in (errors if isinstance(errors, list) else [])]
        return Refused(FailureKind.BATCH_FAILED, self._clean("; ".join(texts) or "the batch was refused"))

    def _result(self, entry: dict[str, Any]) -> tuple[str, Completion | Exception]:
        key, response = str(entry["custom_id"]), entry.get("response")
        response = response if isinstance(response, dict) else {}
        status, body = response.get("status_code"), response.get("body") or {}
        status = status if isinstance(status, int) and 100 <= status < 600 else 500
        request = self._sent[key].request if key in self._sent else {"model": ""}
        try:
            if status == 200:
                return key, completion_of(body, request.get("stop") or (), self._answer_redactor)
        except (Transient, Refused) as failure:
            return key, type(failure)(failure.kind, self._clean(failure))
        message = message_in(body) or message_in(entry.get("error")) or "no answer in the batch"
        if status in REFUSALS and self.adapt(self.parameters.adapted(request), message, body):
            return key, Transient(FailureKind.HTTP_4XX, self._clean(message))
        return key, self.failure_of_status(status, message, request["model"])

    def _hand_out(self, name: str, results: dict[str, Completion | Exception], missing: Exception) -> None:
        with self._lock:
            self._open.discard(name)
            for key in self._store.batch_keys(name):
                result = results.get(key, missing)
                if key in self._sent:
                    _deliver(self._sent.pop(key), result)
                elif isinstance(result, Completion):
                    self._results[key] = result

    def _fail_all(self, error: Exception) -> None:
        problem = UsageError(f"{self._servers.all[0].shown}: the Batch API cannot be used ({self._clean(error)}); "
                             "run without --batch, or again later: finished calls are stored")
        with self._lock:
            self._broken = problem
            for waiting in [*self._new.values(), *self._sent.values()]:
                _deliver(waiting, problem)
            self._new.clear()
            self._sent.clear()


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return a line of a batch's results; None for one that is not the result of a call, which is then missing."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and "custom_id" in entry else None


def _status(batch: Any) -> str:
    status = getattr(batch, "status", None)
    if not isinstance(status, str):
        raise UsageError("the server does not say whether a batch has ended")
    return status


def _batch_kind(status: str) -> FailureKind:
    return FailureKind.BATCH_EXPIRED if status == "expired" else FailureKind.BATCH_INCOMPLETE


def _deliver(waiting: _Waiting, result: Completion | Exception) -> None:
    if isinstance(result, Completion):
        waiting.future.set_result(result)
    else:
        waiting.future.set_exception(result)
