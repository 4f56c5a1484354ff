"""A hostile Batch API: what it says about files, batches and results costs the calls in them and shows no key."""

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from model_server import HEAD, HELLO
from raw_server import raw_server

from toolalpaca.core.errors import RecordError, UsageError
from toolalpaca.llm import batch_api
from toolalpaca.llm.batch_api import BatchEndpoint
from toolalpaca.llm.chat import ChatModel
from toolalpaca.llm.roles import RoleSettings
from toolalpaca.llm.store import CallStore
from toolalpaca.llm.usage import Budget, Meter

KEY = "sk-proj-Ab3dEf6hIj9kLmN0"
BATCH = {"id": "batch_1", "object": "batch", "status": "completed", "output_file_id": "file-2"}
Served = dict[str, Any]


def result(key: str, **other: Any) -> dict[str, Any]:
    body = {"choices": [{"message": {"content": "well"}, "finish_reason": "stop"}]}
    return {"custom_id": key, "response": {"status_code": 200, "body": body}, "error": None, **other}


def outcome(served: Served, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the answer to a call, or the error, at a server that says what is `served` for a step instead of what is
    right: `file`, `made`, `seen` and the lines of `results` of a call's key."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for name in ("GATHER_SECONDS", "FIRST_POLL"):
        monkeypatch.setattr(batch_api, name, 0.02)
    monkeypatch.setattr(batch_api, "RETRIES", 0)
    folder.mkdir(exist_ok=True)
    calls: list[str] = []

    def reply(request: bytes) -> Any:
        if request.startswith(b"POST /v1/files"):
            calls.append(json.loads(next(line for line in request.splitlines() if b"custom_id" in line))["custom_id"])
            return served.get("file", {"id": "file-1", "object": "file"})
        if request.startswith(b"POST"):
            return served.get("made", {**BATCH, "status": "in_progress"})
        if b"/files/" in request.partition(b"\r\n")[0]:
            return served.get("results", lambda key: json.dumps(result(key)).encode())(calls[0])
        return served.get("seen", BATCH) if b"/batches/" in request else {"data": []}

    def serve(connection: Any) -> None:
        request = b""
        while data := connection.recv(65536):
            request += data
            head, _, body = request.partition(b"\r\n\r\n")
            told = re.search(rb"\ncontent-length: (\d+)", head.lower())
            length = int(told[1]) if told else 0
            if b"\r\n\r\n" in request and len(body) >= length:
                said = reply(request)
                text = said if isinstance(said, bytes) else json.dumps(said).encode()
                connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(text) + text)
                request = b""

    with raw_server(serve) as url:
        settings = RoleSettings("writer", "test", f"{url}/v1", timeout=5.0, max_retries=0)
        store = CallStore(folder)
        model = ChatModel(settings, "stage", BatchEndpoint(settings, 4, store), store, Meter(), Budget(settings, None))
        told: list[str] = []

        def ask() -> None:
            try:
                told.append(model.complete(HELLO, record="r"))
            except (RecordError, UsageError) as error:
                told.append(str(error))

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(60)
        store.close()
    assert told, "the call never ends"
    return told[0]


ODD: list[Any] = [None, [], [1], "x", 5, {"id": None}, {"id": 7}, {"id": ["a"]}, {"id": {"a": 1}}, {"id": ""},
                  {"id": "../../x"}, {"id": "a/b?c#d"}, {"id": "a\r\nX: y"}, {"id": "\x1b[2J"}, {"id": "x" * 100_000},
                  {"id": KEY}, {"id": KEY.upper()}, {"id": KEY[::-1]}, {"id": KEY.encode().hex()}]


@pytest.mark.parametrize("step", ["file", "made"])
@pytest.mark.parametrize("said", ODD, ids=range(len(ODD)))
def test_a_name_that_is_none_or_holds_the_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str,
                                                         said: Any) -> None:
    told = outcome({step: said}, tmp_path, monkeypatch)
    assert "cannot be used" in told and "attribute" not in told and told.isprintable() and len(told) < 500
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("utf-8", "replace")
    assert not any(form in told + stored for form in (KEY, KEY.upper(), KEY[::-1], KEY.encode().hex()))


@pytest.mark.parametrize("seen", [
    [], "x", None, 5, {}, {**BATCH, "status": ["completed"]}, {**BATCH, "status": 5},
    *({**BATCH, "status": "failed", "output_file_id": None, "errors": errors}
      for errors in (None, "x", [1], {"data": "x"}, {"data": [None, 5, {"message": KEY}, "no \x1b[2J"]}))])
def test_a_batch_of_odd_types_ends_its_calls_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                         seen: Any) -> None:
    told = outcome({"seen": seen}, tmp_path, monkeypatch)
    assert told != "well" and "attribute" not in told and KEY not in told and told.isprintable()


@pytest.mark.parametrize("name", ["batch_2", None, ["a"], KEY])
def test_a_batch_is_known_by_the_name_by_which_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                           name: Any) -> None:
    assert outcome({"seen": {**BATCH, "id": name}}, tmp_path, monkeypatch) == "well"


LINES: list[Callable[[str], bytes]] = [
    lambda key: b"[" * 100_000, lambda key: b'{"custom_id": NaN}', lambda key: b"\xff\xfe\x00",
    lambda key: b"\r" * 9_000,
    lambda key: json.dumps(result(key, custom_id={"a": key})).encode(), lambda key: json.dumps([result(key)]).encode(),
    *(lambda key, other=other: json.dumps(result(key, response=other)).encode()  # type: ignore[misc]
      for other in (None, [], "x", {"status_code": "200"}, {"status_code": 10**9}, {"status_code": 200, "body": [1]},
                    {"status_code": 200, "body": {"choices": {}}}, {"status_code": 400, "body": KEY}))]


@pytest.mark.parametrize("lines", LINES, ids=range(len(LINES)))
def test_a_line_that_is_no_result_costs_its_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 lines: Callable[[str], bytes]) -> None:
    told = outcome({"results": lines}, tmp_path / "a", monkeypatch)
    assert told != "well" and "cannot be used" not in told and KEY not in told
    right = outcome({"results": lambda key: lines(key) + b"\n" + json.dumps(result(key)).encode()}, tmp_path / "b",
                    monkeypatch)
    assert right == "well"


def test_results_have_a_size_limit_that_grows_with_the_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_api, "MOST_BYTES", 1_000)
    monkeypatch.setattr(batch_api, "CALL_BYTES", 1_000)
    assert outcome({"results": lambda key: json.dumps(result(key)).encode() + b" " * 1_500}, tmp_path / "a",
                   monkeypatch) == "well"
    assert "cannot be used" in outcome({"results": lambda key: b" " * 2_500}, tmp_path / "b", monkeypatch)
