"""`--real --mcp_server`: conversations whose calls are executed by an MCP server, one connection each; and the results
of its tools as API responses: contents as text, and which results say that the call failed.

The server is named on the command line and never by a record, which may come from someone else. It should mark a
failure (`isError`). Many return it as the text of a successful result instead, which is read as a failure if the text
is nothing but the report of one.
"""

import asyncio
import base64
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from toolalpaca.agent.api import Api
from toolalpaca.agent.environments.credentials import Credentials, credentials_of
from toolalpaca.agent.environments.interface import TIMEOUT_REPLY, RealApi, Settings, Transport
from toolalpaca.conversation.observation import Reply
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.jsons import parse_json
from toolalpaca.core.log import one_line
from toolalpaca.core.mcp_client import mcp_client, mcp_problem, mcp_target, secrets_of, server_log
from toolalpaca.core.words import MESSAGE_FIELDS
from toolalpaca.data.redaction import is_random
from toolalpaca.llm.store import FinishedCalls
from toolalpaca.openapi.http_request import HttpRequest
from toolalpaca.openapi.operations import Operation

CALL_SECONDS = 60.0
ERROR_STATUS = 400  # what a tool's failure is shown as; MCP has no statuses
_LONGEST_REPORT = 1_000  # characters of a report of failure; longer texts are contents, such as a log
_MOST_LINES = 3
# What is set before and after a label for emphasis is not part of it: "**Error:** ...", "[ERROR] ...".
_LABEL = re.compile(
    r"[\W_]*(?!(?:no|zero|without)\b)(?:[\w./()'-]+\s+){0,3}?[\w.]*(?:error|exception|failure|fatal)s?[\])*_`\"']*"
    r"(?:\s+(?:\w+ing|occurred|while|when|in|from|on|at|with|for|during|code|of|\(?-?\d+\)?)\b[^\n:]{0,80}?)?\s*"
    r"(?::|\s[-–—]\s|(?<=\])\s)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_MEASURE = re.compile(r"[\W_]*(?:(?:no|none|zero|nil|n/a|null|false)?\W*$|\d)", re.IGNORECASE)  # how many, how large
_HTTP_STATUS = re.compile(r"[\W_]*[45]\d\d\b")
_CALLED = r"(?:request|query|call|tool|operation|command|connection|execution|server|api)"
_NOT_DONE = re.compile(
    rf"[\W_]*(?:sorry,?\s+)?(?:(?:i|we|it|(?:(?:the|your|this)\s+)?{_CALLED})\s+)?(?:(?:was|were|is|are|am|has|have)\s+)?"
    r"(?:(?:failed|unable) to|cannot|can['’]t|could(?: not|n['’]t))\s+\w+"
    rf"|[\W_]*(?:sorry,?\s+)?(?:(?:the|your|this)\s+)?(?:\w+\s+)?{_CALLED}\s+(?:has\s+)?failed\b(?!\s*:?\s*\d)"
    r"|[\W_]*(?:access|permission|request|authori[sz]ation|authentication)\s+(?:(?:was|has been)\s+)?"
    r"(?:denied|failed|refused)\b", re.IGNORECASE)
_TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\):")
_MARKED = ("iserror", "failed")
_SUCCESS = ("success", "succeeded", "ok")
_OUTCOME = ("status", "result", "outcome", "type")
_FAILED = frozenset(("error", "failed", "failure", "fail"))
_TOLD = MESSAGE_FIELDS | {"errors"}
# What else is in an object about an error: its code, what was asked for, where and when, what to do.
_BESIDE = re.compile(r"error|code|status|type|success|^ok$|trace|stack|request|timestamp|hint|suggestion|help|doc",
                     re.IGNORECASE)


class Connection:
    """A client of a server, running in the event loop of another thread."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._loop = target, loop
        self._calls: asyncio.Queue[tuple[str, dict[str, Any], Future[Any]] | None] = asyncio.Queue()
        self._task = asyncio.run_coroutine_threadsafe(self._serve(), loop)

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Return a tool's result; raise RecordError if the server cannot be reached, TimeoutError if it is late."""
        result: Future[Any] = Future()
        self._loop.call_soon_threadsafe(self._calls.put_nowait, (name, arguments, result))
        wait([result, self._task], CALL_SECONDS, FIRST_COMPLETED)
        if result.done():
            return result.result()
        if self._task.done():
            problem = self._task.exception() or "it has ended"
            raise RecordError(FailureKind.API_UNREACHABLE, f"the MCP server: {problem}")
        raise TimeoutError

    def close(self) -> None:
        """Disconnect from the server."""
        self._loop.call_soon_threadsafe(self._calls.put_nowait, None)

    async def _serve(self) -> None:
        with server_log() as log:
            try:
                async with mcp_client(self._target, log, read_timeout_seconds=CALL_SECONDS) as client:
                    while (call := await self._calls.get()) is not None:
                        name, arguments, result = call
                        try:
                            result.set_result(await client.call_tool(name, arguments))
                        except Exception as error:  # what the server refuses is this call's answer
                            result.set_exception(error)
            except Exception as error:  # each transport of the SDK raises its own exceptions
                raise ConnectionError(mcp_problem(error, log)) from None


@dataclass
class McpApi(RealApi):
    """A server's tools in one conversation."""

    connection: Connection = field(kw_only=True)

    def send(self, request: HttpRequest, operation: Operation) -> Reply:
        """Return the tool's answer; raise RecordError if the server cannot be reached."""
        arguments = json.loads(request.content or b"{}")
        shown = self.credentials.scrub(json.dumps(arguments, sort_keys=True))
        return self.once(lambda: self._reply(operation, arguments), kind="mcp", tool=operation.name, arguments=shown)

    def _reply(self, operation: Operation, arguments: dict[str, Any]) -> Reply:
        try:
            return reply_of(self.connection.call(operation.name, arguments))
        except TimeoutError:
            return TIMEOUT_REPLY
        except RecordError as error:
            raise RecordError(error.kind, self.credentials.scrub(error.args[0])) from None
        except Exception as error:
            return Reply(ERROR_STATUS, "text/plain; charset=utf-8", one_line(error, 500).encode())


@dataclass(frozen=True)
class McpEnvironment:
    """An MCP server in place of the APIs: a URL, or a command that is started for each conversation."""

    server: str
    store: FinishedCalls
    stage: str
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, repr=False)

    def __post_init__(self) -> None:
        mcp_target(self.server, "--mcp_server")
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    @contextmanager
    def conversation(self, api: Api, name: str, settings: Settings, instruction: str = "",
                     now: datetime | None = None) -> Iterator[tuple[Transport, Credentials]]:
        """Yield a new connection with the record's credentials."""
        target = mcp_target(self.server, "--mcp_server")
        secrets = tuple(filter(is_random, secrets_of(target)))  # of its URL or command, which an answer could repeat
        credentials = replace(credentials_of(api.record, real=True), of_server=secrets)
        connection = Connection(target, self._loop)
        try:
            yield McpApi(credentials, self.store, self.stage, name, settings, connection=connection), credentials
        finally:
            connection.close()


def reply_of(result: Any) -> Reply:
    """Return a tool's result as an API response: a single image unchanged, everything else as text."""
    status, content = ERROR_STATUS if result.is_error or says_failed(result) else 200, result.content
    if len(content) == 1 and content[0].type == "image":
        return Reply(status, content[0].mime_type, base64.b64decode(content[0].data))
    if not content and result.structured_content is not None:
        return Reply(status, "application/json", json.dumps(result.structured_content, ensure_ascii=False).encode())
    text = "\n".join(map(_text_of, content))
    return Reply(status, "text/plain; charset=utf-8", text.encode("utf-8", "replace"))


def says_failed(result: Any) -> bool:
    """Return whether a result that is not marked as a failure is nothing but the report of one.

    Structured contents that say more than the text are a result.
    """
    structured = result.structured_content
    if any(part.type != "text" for part in result.content):
        return False
    text = "\n".join(part.text for part in result.content)
    if structured is not None and not (isinstance(structured, dict) and [*structured.values()] == [text]):
        return _is_failure(structured)
    try:
        return _is_failure(parse_json(text))
    except ValueError:
        return _is_failure(text)


def _is_failure(body: Any) -> bool:
    """Return whether a JSON value is the report of a failure, or an object that is about one and holds nothing else."""
    if isinstance(body, str):
        return _reports_failure(body)
    if not isinstance(body, dict):
        return False
    fields = {re.sub(r"[\W_]", "", str(name)).lower(): value for name, value in body.items() if value}
    if any(fields.get(name) is True for name in _MARKED) or any(body.get(name) is False for name in _SUCCESS):
        return True
    if any(name not in _TOLD and not _BESIDE.search(name) for name in fields):
        return False
    outcomes = {value.lower() for name in _OUTCOME if isinstance(value := fields.get(name), str)}
    return bool(fields.get("error") or fields.get("errors") or
                outcomes & _FAILED and any(name in fields for name in _TOLD))


def _reports_failure(text: str) -> bool:
    """Return whether a text is a short report of a failure, or a traceback."""
    if _TRACEBACK.match(text):
        return True
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > _MOST_LINES or len(text) > _LONGEST_REPORT:
        return False
    label = _LABEL.match(text)
    if label is not None:
        return not _MEASURE.match(label["rest"]) or bool(_HTTP_STATUS.match(label["rest"]))
    return bool(_NOT_DONE.match(text))


def _text_of(part: Any) -> str:
    if part.type == "text":
        return part.text
    if part.type == "resource" and getattr(part.resource, "text", None) is not None:
        return part.resource.text
    if part.type == "resource_link":
        return f"[{part.name}: {part.uri}]"
    data = getattr(part, "data", None) or getattr(getattr(part, "resource", None), "blob", None) or ""
    return f"[{getattr(part, 'mime_type', None) or part.type}, {len(data) * 3 // 4} bytes]"
