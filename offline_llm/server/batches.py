"""The Batch API: `/v1/files` and `/v1/batches`, kept in memory while the server runs.

A batch is processed line by line in its own thread and takes at least `--latency`. Faults affect it as they would at a
real service: lines with 429, 500 or drop go to the error file, a hang lets the batch expire with that line undone,
malformed lines contain malformed answers.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

from offline_llm.seeding import digest
from offline_llm.server.chat_protocol import ApiError
from offline_llm.server.faults import FaultPlan

ENDPOINT = "/v1/chat/completions"
DAY = 86_400
Answer = Callable[[Any, bool], dict[str, Any]]  # a request's body, and whether to malform; raises ApiError


class Batches:
    """The files and the batches. Thread-safe."""

    def __init__(self, answer: Answer, faults: FaultPlan | None, latency: float, stopping: threading.Event) -> None:
        self._answer, self._faults, self._latency, self._stopping = answer, faults, latency, stopping
        self._files: dict[str, dict[str, Any]] = {}
        self._contents: dict[str, bytes] = {}
        self._batches: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def add_routes(self, app: Flask) -> None:
        """Add the endpoints to the app."""
        for rule, method, view in (
                ("/v1/files", "POST", self._upload), ("/v1/files", "GET", self._list_files),
                ("/v1/files/<name>", "GET", self._file), ("/v1/files/<name>", "DELETE", self._delete_file),
                ("/v1/files/<name>/content", "GET", self._content), ("/v1/batches", "POST", self._create),
                ("/v1/batches", "GET", self._list_batches), ("/v1/batches/<name>", "GET", self._batch),
                ("/v1/batches/<name>/cancel", "POST", self._cancel)):
            app.add_url_rule(rule, view_func=view, methods=[method], endpoint=f"{method} {rule}")

    def _upload(self) -> Response:
        upload = request.files.get("file")
        if upload is None:
            raise ApiError(400, "'file' is missing: send it as multipart/form-data.", param="file")
        return jsonify(self._keep(upload.read(), upload.filename or "upload", request.form.get("purpose", "batch")))

    def _keep(self, data: bytes, filename: str, purpose: str) -> dict[str, Any]:
        with self._lock:
            name = f"file-{len(self._files)}{digest(data.decode('utf-8', 'replace')):016x}"
            self._contents[name] = data
            self._files[name] = {"id": name, "object": "file", "bytes": len(data), "created_at": int(time.time()),
                                 "filename": filename, "purpose": purpose, "status": "processed"}
            return self._files[name]

    def _list_files(self) -> Response:
        return jsonify(object="list", data=list(self._files.values()), has_more=False)

    def _file(self, name: str) -> Response:
        return jsonify(_known(self._files, name, "File"))

    def _delete_file(self, name: str) -> Response:
        _known(self._files, name, "File")
        with self._lock:
            self._contents[name] = b""
        return jsonify(id=name, object="file", deleted=True)

    def _content(self, name: str) -> Response:
        _known(self._files, name, "File")
        return Response(self._contents[name], mimetype="application/octet-stream")

    def _create(self) -> Response:
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict) or body.get("endpoint") != ENDPOINT:
            raise ApiError(400, f"'endpoint' must be {ENDPOINT}.", param="endpoint")
        source = _known(self._files, str(body.get("input_file_id")), "File")
        now = int(time.time())
        with self._lock:
            name = f"batch_{len(self._batches)}{digest(source['id'], body.get('metadata')):016x}"
            batch = {"id": name, "object": "batch", "endpoint": ENDPOINT, "errors": None, "input_file_id": source["id"],
                     "completion_window": body.get("completion_window", "24h"), "status": "validating",
                     "output_file_id": None, "error_file_id": None, "created_at": now, "expires_at": now + DAY,
                     "request_counts": {"total": 0, "completed": 0, "failed": 0}, "metadata": body.get("metadata")}
            self._batches[name] = batch
        threading.Thread(target=self._work, args=(batch, self._contents[source["id"]]), daemon=True).start()
        return jsonify(batch)

    def _list_batches(self) -> Response:
        newest = list(reversed(self._batches.values()))
        after = request.args.get("after")
        start = next((index + 1 for index, batch in enumerate(newest) if batch["id"] == after), 0)
        limit = request.args.get("limit", 20, type=int)
        data = newest[start:start + max(1, limit)]
        return jsonify(object="list", data=data, first_id=data[0]["id"] if data else None,
                       last_id=data[-1]["id"] if data else None, has_more=start + len(data) < len(newest))

    def _batch(self, name: str) -> Response:
        return jsonify(_known(self._batches, name, "Batch"))

    def _cancel(self, name: str) -> Response:
        batch = _known(self._batches, name, "Batch")
        with self._lock:
            if batch["status"] in ("validating", "in_progress"):
                batch["status"] = "cancelled"
        return jsonify(batch)

    def _work(self, batch: dict[str, Any], data: bytes) -> None:
        """Process a batch, from validation to the files with its results."""
        started = time.monotonic()
        try:
            lines = [_checked_line(line) for line in data.decode().splitlines() if line.strip()]
        except ValueError as error:
            problem = {"code": "invalid_json_line", "message": str(error), "param": None, "line": None}
            batch.update(status="failed", errors={"object": "list", "data": [problem]})
            return
        batch["request_counts"]["total"] = len(lines)
        batch["status"] = "in_progress"
        done: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        expired = False
        for line in lines:
            outcome, fault = self._line(line)
            (done if fault is None else failed).append(outcome)
            expired = expired or fault == "hang"
            batch["request_counts"].update(completed=len(done), failed=len(failed))
        self._stopping.wait(max(0.0, self._latency - (time.monotonic() - started)))
        with self._lock:
            if batch["status"] == "cancelled":
                return
        for key, results in (("output_file_id", done), ("error_file_id", failed)):
            if results:
                text = "\n".join(json.dumps(result, ensure_ascii=False) for result in results)
                batch[key] = self._keep(text.encode(), f"{batch['id']}_{key}.jsonl", "batch_output")["id"]
        batch["status"] = "expired" if expired else "completed"

    def _line(self, line: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """Return one line's result and its error, None if there is none."""
        content = digest(line["body"])
        fault, times = self._faults.decide(content) if self._faults else (None, 0)
        entry: dict[str, Any] = {"id": f"batch_req_{content:016x}", "custom_id": line["custom_id"], "response": None,
                                 "error": None}
        if fault == "hang":
            message = "This request could not be executed before the completion window expired."
            return {**entry, "error": {"code": "batch_expired", "message": message}}, fault
        try:
            if fault in ("429", "500", "drop"):
                raise ApiError(429 if fault == "429" else 500, "A fault that --fault asked for.", kind="server_error")
            body, status = self._answer(line["body"], fault == "malformed"), 200
        except ApiError as error:
            body, status = error.body, error.status
        response = {"status_code": status, "request_id": f"req_{content:016x}{times}", "body": body}
        return {**entry, "response": response}, None if status == 200 else str(status)


def _known(kept: dict[str, dict[str, Any]], name: str, kind: str) -> dict[str, Any]:
    if name not in kept:
        raise ApiError(404, f"No such {kind} object: {name}", param="id")
    return kept[name]


def _checked_line(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("a line is nested too deeply") from None
    if not isinstance(value, dict) or not isinstance(value.get("custom_id"), str) or value.get("url") != ENDPOINT:
        raise ValueError(f"a line needs a custom_id, a body, and {ENDPOINT} as its url")
    return {"custom_id": value["custom_id"], "body": value.get("body")}
