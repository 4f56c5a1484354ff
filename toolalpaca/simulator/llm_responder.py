"""Answers by a model in the role of an API: requested, parsed in whatever form they come, checked and fixed."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from toolalpaca.core.errors import RecordError, StageStopped, UsageError
from toolalpaca.core.jsons import json_path, refuse_constant, repair_json
from toolalpaca.core.log import one_line
from toolalpaca.llm.chat import Message, asking_again, user_message
from toolalpaca.llm.prompts import Prompt, answer_in
from toolalpaca.openapi.coercion import coerced
from toolalpaca.simulator.catalog import ServedApi, ServedOperation
from toolalpaca.simulator.request_checks import Trouble
from toolalpaca.simulator.requests import CheckedRequest, Scene, shown_request
from toolalpaca.simulator.responses import LLM, NOTHING, ApiAnswer
from toolalpaca.simulator.schema_responder import SchemaResponder

_STATUS = re.compile(r"(?:status[ _]?(?:code)?|HTTP/\d(?:\.\d)?)[\s\"'*_`]{0,12}[:=]?[\s\"'*_`]{0,12}(\d{3})\b",
                     re.IGNORECASE)
_RESPONSE = re.compile(r"^[ \t#>*_`-]{0,20}(?:response(?:[ _](?:body|json))?|body)[\"'*_`]*\s*:[*_`]*\s*",
                       re.IGNORECASE | re.MULTILINE)
_EXPLANATION = re.compile(r"^[ \t#>*_`-]{0,20}explanation[\"'*_`]*\s*:", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_BLOCK = re.compile(  # up to its first line; none begins within a value or after one
    r"(?!\s*(?:\[\s*[\d\]-]|-?\d|true|false|null))[^{\"]*?(?:```|~~~)[ \t]*\w*[ \t]*\n?")
_STATUS_KEYS = frozenset({"statuscode", "status_code", "status code"})
_BODY_KEYS = ("response", "body", "Response", "Body", "data")
_NONE = object()

PLACEHOLDERS = {"name", "description", "operation", "instruction", "now", "history", "request"}
ROUNDS = 3


class ParsedAnswer(NamedTuple):
    """What a model answered; `status` is None if it named none, `body` None if it wrote null or nothing."""

    status: int | None
    body: Any


def read_answer(text: str) -> ParsedAnswer:
    """Return the status and body in a model's answer.

    Raises ValueError, with a message for the model, if there is no body.
    """
    text = answer_in(text)[1].strip()
    found = _STATUS.search(text)
    status = int(found[1]) if found else None
    label = _RESPONSE.search(text)
    start = label.end() if label else found.end() if found and _is_line_start(text, found) else 0
    explanation = _EXPLANATION.search(text, start)
    part = _unfenced(text[start:explanation.start() if explanation else len(text)],
                     opened=len(_FENCE.findall(text[:start])) % 2 == 1)
    value = _json_in(part, labelled=label is not None)
    if value is _NONE:
        if status is not None and label and not part.strip():
            return ParsedAnswer(status, None)
        raise ValueError("there is no JSON body: write 'Status Code: N', then 'Response: ' and the body as JSON")
    return _unwrapped(status, value)


def _is_line_start(text: str, match: re.Match[str]) -> bool:
    """Return whether the status begins a line rather than being inside a JSON body."""
    before = text[:match.start()].rsplit("\n", 1)[-1]
    return "{" not in before and '"' not in before


def _unfenced(text: str, *, opened: bool) -> str:
    """Return what is in the code block of a text, or before the end of the one that was `opened` before it."""
    block = None if opened else _BLOCK.match(text)
    text = text[block.end():] if block else text
    return (_FENCE.split(text, maxsplit=1)[0] if block or opened else text).strip().strip("`").strip()


def _json_in(text: str, *, labelled: bool) -> Any:
    """Return the first JSON value in the text. A bare word or number counts only right after the label."""
    decoder = json.JSONDecoder(parse_constant=refuse_constant)
    start = re.search(r"[\[{]", text)
    if labelled and (start is None or start.start() > 0):
        try:
            return decoder.raw_decode(text)[0]
        except (ValueError, RecursionError):
            pass  # no plain value, so an object or array further on
    if start is None:
        return _NONE
    try:
        return decoder.raw_decode(text[start.start():])[0]
    except RecursionError:
        return _NONE
    except ValueError:
        return _repaired(text[start.start():])


def _repaired(text: str) -> Any:
    """Return the value of JSON with single quotes, trailing commas, comments or without an end; _NONE if it is beyond
    repair."""
    try:
        value = repair_json(text)
    except ValueError:
        return _NONE
    return value if isinstance(value, (dict, list)) and value else _NONE


def _unwrapped(status: int | None, value: Any) -> ParsedAnswer:
    """Return status and body, also if a model has put both into one JSON object."""
    if isinstance(value, dict):
        named = next((key for key in value if key.lower() in _STATUS_KEYS), None)
        body = next((key for key in _BODY_KEYS if key in value), None)
        if named is not None and body is not None and re.fullmatch(r"\d{3}", str(value[named])):
            inner = value[body]
            return ParsedAnswer(int(value[named]), _parsed_text(inner) if isinstance(inner, str) else inner)
    return ParsedAnswer(status, value)


def _parsed_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


class LlmResponder:
    """Answers calls through a teacher: `ask` takes messages and an API's name and returns the text of one answer, or
    raises RecordError or UsageError. One of these serves all threads."""

    def __init__(self, ask: Callable[[list[Message], str], str], prompt: Prompt, request_type: str,
                 fallback: SchemaResponder) -> None:
        self._ask, self._prompt, self._fallback = ask, prompt, fallback
        self._request_type = request_type

    def answer(self, api: ServedApi, operation: ServedOperation, call: CheckedRequest, scene: Scene) -> ApiAnswer:
        """Return the model's answer if one fits within `ROUNDS` tries, else the one derived from the schema.

        Raises Trouble if the endpoint gives no answer: that is not the API's doing and never passed off as such.
        """
        first = user_message(self.prompt(api, operation, call, scene))
        messages = first
        for _ in range(ROUNDS):
            try:
                text = self._ask(messages, api.name)
            except (RecordError, UsageError, StageStopped) as error:
                raise Trouble("endpoint-failed", f"the language model gave no answer: {error}") from None
            try:
                return checked_answer(operation, text)
            except ValueError as error:
                messages = asking_again(first, text, str(error))
        return self._fallback.answer(operation, call, scene)

    def prompt(self, api: ServedApi, operation: ServedOperation, call: CheckedRequest, scene: Scene) -> str:
        """Return what the model is shown: the same for the same request in the same scene."""
        return self._prompt.fill(
            name=api.name, description=api.description or api.record.get("Introduction", ""),
            operation=operation.text, history="\n\n".join(scene.history) or "None.",
            instruction=scene.instruction or "Not known.",
            now=f"{scene.now:%A, %-d %B %Y, %H:%M}" if scene.now else "Not known; keep to the request's dates.",
            request=shown_request(call, api.base_url, self._request_type))


def checked_answer(operation: ServedOperation, text: str) -> ApiAnswer:
    """Return the answer in a model's text, with small slips fixed; raise ValueError saying what does not fit."""
    given = read_answer(text)
    status = _status(operation, given.status)
    response = operation.responses.of(status)
    if response is None:
        return ApiAnswer(status, given.body, LLM)
    if not response.has_content and (status == 204 or given.body is None):
        return ApiAnswer(status, NOTHING, LLM)
    body = given.body
    if body is not None and not response.fits(body) and response.schema is not None:
        body = coerced(response.schema, body, drop_unknown=True).value
    if not response.fits(body):
        raise ValueError(_problems(status, response.errors(body)))
    return ApiAnswer(status, body, LLM, response.media_type)


def _status(operation: ServedOperation, status: int | None) -> int:
    """Return the status that the model claims; a success that the document does not have counts as the one it has."""
    if status is None:
        return operation.responses.success()
    if 200 <= status < 300 and operation.responses.of(status) is None:
        return operation.responses.success()
    if 200 <= status < 300 or 400 <= status < 600:
        return status
    raise ValueError(f"the status {status} is not one that an API answers with; use 200 to 299 or 400 to 599")


def _problems(status: int, errors: list[Any]) -> str:
    lines = [f"{json_path(error.instance_path) or 'the body'}: {one_line(error.message, 200)}"
             for error in errors[:5]]
    return f"the body does not fit the schema of status {status}: " + "; ".join(lines)
