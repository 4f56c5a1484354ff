"""The chat-completions protocol: validates request bodies and builds responses, usage and errors in OpenAI's format."""

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

from offline_llm.seeding import digest

MODEL = "offline"
CHARACTERS_PER_TOKEN = 4  # a rough estimate is enough for usage
MESSAGE_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


@dataclass(eq=False)
class ApiError(Exception):
    """A response other than 200, with the fields of OpenAI's error object."""

    status: int
    message: str
    _: KW_ONLY
    code: str | None = None
    param: str | None = None
    kind: str = "invalid_request_error"
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

    @property
    def body(self) -> dict[str, Any]:
        """Return the error object."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


@dataclass(frozen=True)
class ChatReply:
    """A role's answer: text, or native tool calls (`[{"name", "arguments"}]`)."""

    text: str = ""
    tool_calls: Sequence[dict[str, str]] = ()
    finish_reason: str | None = None  # overrides the one that the text itself implies


@dataclass(frozen=True)
class ChatRequest:
    """A validated request. `messages` have their content flattened to text; `raw` is the original body."""

    messages: list[dict[str, Any]]
    raw: dict[str, Any]
    stop: list[str] = field(default_factory=list)
    temperature: float = 1.0
    seed: int | None = None
    n: int = 1
    max_tokens: int | None = None
    tools: list[dict[str, Any]] = field(default_factory=list)

    def variant(self, choice: int) -> tuple[object, ...]:
        """Return what distinguishes this sample from others for the same messages; () at temperature 0."""
        if self.temperature == 0:
            return ()
        return tuple(part for part in (self.seed, choice) if part)


def parse_request(body: object) -> ChatRequest:
    """Validate a request body; raise ApiError as OpenAI would for an invalid one."""
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise ApiError(400, "you must provide a model parameter", param="model")
    if model != MODEL:
        raise ApiError(404, f"The model `{model}` does not exist: this is the offline model, its name is `{MODEL}`",
                       code="model_not_found", param="model")
    if body.get("stream"):
        raise ApiError(400, "The offline model does not stream: leave out `stream`.", param="stream")
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    temperature = _number(body, "temperature", 0, 2)
    return ChatRequest(
        messages=_messages(body.get("messages")), raw=body, stop=_stop(body.get("stop")),
        temperature=1.0 if temperature is None else temperature, seed=_integer(body, "seed", None),
        n=_integer(body, "n", 1, 1, 128) or 1, max_tokens=_integer(body, limit, None, 1),
        tools=_tools(body.get("tools")))


def _messages(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise ApiError(400, "'messages' must be a list with at least one message.", param="messages")
    return [_message(message, f"messages[{index}]") for index, message in enumerate(value)]


def _message(message: object, where: str) -> dict[str, Any]:
    if not isinstance(message, dict) or message.get("role") not in MESSAGE_ROLES:
        raise ApiError(400, f"'{where}' must be an object with a role, one of {', '.join(MESSAGE_ROLES)}.", param=where)
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content
                          if isinstance(part, dict) and isinstance(part.get("text"), str))
    elif content is None and message["role"] == "assistant":
        content = ""
    if not isinstance(content, str):
        raise ApiError(400, f"'{where}.content' must be text.", param=f"{where}.content")
    return {**message, "content": content}


def _stop(value: object) -> list[str]:
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or len(stops) > 4 or not all(isinstance(stop, str) and stop for stop in stops):
        raise ApiError(400, "'stop' must be a text or up to four of them.", param="stop")
    return stops


def _tools(value: object) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, list) and all(
            isinstance(tool, dict) and isinstance(tool.get("function"), dict)
            and isinstance(tool["function"].get("name"), str) for tool in value):
        return [tool["function"] for tool in value]
    raise ApiError(400, "'tools' must be a list of objects with a named function.", param="tools")


def _number(body: dict[str, Any], key: str, low: float, high: float) -> float | None:
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise ApiError(400, f"'{key}' must be a number from {low} to {high}.", param=key)
    return float(value)


def _integer(body: dict[str, Any], key: str, default: int | None, low: float = -math.inf,
             high: float = math.inf) -> int | None:
    value = body.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ApiError(400, f"'{key}' must be a whole number{f' of {low} or more' if low > 0 else ''}.", param=key)
    return value


def count_tokens(text: str) -> int:
    """Return a rough number of tokens."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def completion(request: ChatRequest, replies: Sequence[ChatReply]) -> dict[str, Any]:
    """Return the response body: each reply cut at the stop strings and at `max_tokens`, with the usage."""
    choices = [_choice(request, index, reply) for index, reply in enumerate(replies)]
    prompt = sum(count_tokens(message["content"]) + 4 for message in request.messages)
    written = sum(count_tokens(_written(choice["message"])) for choice in choices)
    return {"id": f"chatcmpl-offline{digest(request.raw):016x}", "object": "chat.completion", "created": 0,
            "model": MODEL, "system_fingerprint": "rules-not-a-language-model", "choices": choices,
            "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}}


def _written(message: dict[str, Any]) -> str:
    calls = [call["function"]["name"] + call["function"]["arguments"] for call in message.get("tool_calls", [])]
    return (message["content"] or "") + "".join(calls)


def _choice(request: ChatRequest, index: int, reply: ChatReply) -> dict[str, Any]:
    if reply.tool_calls:
        calls = [{"id": f"call_{digest(request.raw, index, position):016x}", "type": "function", "function": dict(call)}
                 for position, call in enumerate(reply.tool_calls)]
        message = {"role": "assistant", "content": reply.text or None, "tool_calls": calls}
        return {"index": index, "message": message, "finish_reason": "tool_calls", "logprobs": None}
    text, reason = cut(reply.text, request.stop, request.max_tokens)
    return {"index": index, "message": {"role": "assistant", "content": text},
            "finish_reason": reply.finish_reason or reason, "logprobs": None}


def cut(text: str, stop: Sequence[str], max_tokens: int | None) -> tuple[str, str]:
    """Return the text up to the first stop string or the token limit, and the finish reason."""
    ends = [position for position in (text.find(mark) for mark in stop) if position >= 0]
    text = text[:min(ends)] if ends else text
    if max_tokens is not None and count_tokens(text) > max_tokens:
        return text[:max_tokens * CHARACTERS_PER_TOKEN], "length"
    return text, "stop"
