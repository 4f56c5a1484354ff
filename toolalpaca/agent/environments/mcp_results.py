"""Results of MCP tools as API responses: contents as text, and which results say that the call failed.

A server should mark a failure (`isError`). Many return it as the text of a successful result instead, which is read as
a failure if the text is nothing but the report of one.
"""

import base64
import json
import re
from typing import Any

from toolalpaca.conversation.observation import Reply
from toolalpaca.core.jsons import parse_json

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
_TOLD = ("error", "errors", "message", "msg", "detail", "details", "reason", "errormessage", "description")
# What else is in an object about an error: its code, what was asked for, where and when, what to do.
_BESIDE = re.compile(r"error|code|status|type|success|^ok$|trace|stack|request|timestamp|hint|suggestion|help|doc",
                     re.IGNORECASE)


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
