"""Completions as servers write them: text, reasoning, tool calls and usage, read from the shapes they come in."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.core.errors import FailureKind
from toolalpaca.core.jsons import too_deep
from toolalpaca.data.redaction import Redactor
from toolalpaca.llm.endpoint_errors import Transient, failure_of
from toolalpaca.llm.prompts import answer_in

NO_SECRETS = Redactor(())
MOST_TOKENS = 10**9  # of one call; a server that counts more does not count
LONGEST_QUOTE = 200  # characters of a body in a message
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")  # of a call, as servers name them
_CALLING_PARTS = ("tool_use", "tool_call", "function_call")  # types of parts of the content
REASONING_KEYS = ("reasoning_content", "reasoning")  # where servers put what a model wrote before its answer


@dataclass(frozen=True)
class Completion:
    """One answer: its message (text and tool calls), its finish reason and the tokens `in`, `out` and `cached`."""

    message: dict[str, Any]
    finish_reason: str
    usage: dict[str, int]


def completion_of(answer: Any, stop: Sequence[str] = (), redactor: Redactor = NO_SECRETS) -> Completion:
    """Return the completion in a parsed body, its text cut at the first of the `stop` strings, with secrets redacted.

    Raises Transient if there is none, or if it is empty or incomplete.
    """
    try:
        choice = answer["choices"][0]
        message = choice.get("message") or {"content": choice["text"]}
        content, calls = _text(message.get("content")), _tool_calls(message)
        finish_reason, usage = str(choice.get("finish_reason") or "stop"), _usage(answer.get("usage"))
        thought, content = answer_in(content)
        reasoning = _reasoning(message, thought)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Transient(FailureKind.UNREADABLE_BODY,
                        f"the body is not a chat completion: {str(answer)[:LONGEST_QUOTE]!r}") from None
    text, was_cut = _cut_at(content, stop)
    failure = None if was_cut and not calls else failure_of(finish_reason)
    if failure is FailureKind.TRUNCATED:
        raise Transient(failure, f"the answer was cut off at the token limit (finish_reason {finish_reason})")
    if failure is not None:
        raise Transient(failure, f"the answer is not whole (finish_reason {finish_reason})")
    if not calls and not text.strip():
        if message.get("refusal"):
            raise Transient(FailureKind.CONTENT_FILTER,
                            f"the model refused to answer: {str(message['refusal'])[:LONGEST_QUOTE]!r}")
        raise Transient(FailureKind.EMPTY, "the answer is empty")
    parts = redactor.value({"content": text, "tool_calls": calls, **reasoning})
    return Completion({key: value for key, value in parts.items() if value}, finish_reason, usage)


def _cut_at(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Return the text up to the first of the strings, and whether one was found: not every server supports `stop`."""
    ends = [end for mark in ([stop] if isinstance(stop, str) else stop) if (end := text.find(mark)) >= 0]
    return text[:min(ends)] if ends else text, bool(ends)


def _text(content: Any) -> str:
    """Return a message's text, which may be a part or a list of parts; raise TypeError for anything else."""
    if content is None:
        return ""
    content = [content] if isinstance(content, dict) and isinstance(content.get("text"), str) else content
    if not isinstance(content, (str, list)):
        raise TypeError("the content is not text")
    return whole("".join(_texts(content)))


def _texts(parts: Any) -> Iterator[str]:
    """Yield the texts of a message's parts, or of a part of reasoning; what is not text, such as an image, has none."""
    if isinstance(parts, str):
        yield parts
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, str):
            yield part
        elif str(part.get("type")) in ("text", "output_text"):
            yield part["text"]


def _reasoning(message: dict[str, Any], thought: str) -> dict[str, str]:
    """Return the reasoning under the server's own key; under `reasoning` if it has another, or is in the text."""
    given = {key: message[key] for key in REASONING_KEYS if isinstance(message.get(key), str) and message[key].strip()}
    if given:
        return {key: whole(text) for key, text in given.items()}
    texts = [text.strip() for text in (*_other_reasoning(message), thought)]
    return {"reasoning": whole("\n".join(text for text in texts if text))}


def _other_reasoning(message: dict[str, Any]) -> Iterator[str]:
    """Yield the reasoning outside of the usual keys: `thinking`, a list of details, parts of the content."""
    if isinstance(message.get("thinking"), str):
        yield message["thinking"]
    for key in ("reasoning_details", "thinking_blocks", "content"):
        for part in message[key] if isinstance(message.get(key), list) else []:
            if isinstance(part, dict) and (key != "content" or part.get("type") in ("thinking", "reasoning")):
                yield from (text for name in ("thinking", "text", "summary") for text in _texts(part.get(name)))


def whole(value: Any) -> Any:
    """Return a string, or a JSON value's strings, with lone surrogates replaced by the replacement character."""
    if not isinstance(value, str):
        return json.loads(whole(json.dumps(value, ensure_ascii=False)))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _tool_calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a message's tool calls, each with a `function` whose arguments are text; raise TypeError if they are
    something else.

    They may be a single call, without the `function` around it, with arguments that are not text or have another name,
    under the name of before tools, or among the parts of the content.
    """
    calls = message.get("tool_calls") or message.get("function_call") or _parts_that_call(message.get("content"))
    if isinstance(calls, dict):
        calls = calls["tool_calls"] if isinstance(calls.get("tool_calls"), list) else [calls]
    if not isinstance(calls, list) or too_deep(calls):
        raise TypeError("the tool calls are not a list, or one of them is nested too deeply")
    return [_tool_call(call) for call in calls]


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(call.get("function"), dict):
        function = {key: call[key] for key in ("name", *_ARGUMENT_KEYS) if key in call}
        call = {**({"id": call["id"]} if call.get("id") else {}), "type": "function", "function": function}
    arguments = next((value for key in _ARGUMENT_KEYS if (value := call["function"].get(key)) is not None), None)
    text = json.dumps(arguments, ensure_ascii=False) if isinstance(arguments, (dict, list)) else arguments
    return {**call, "function": {"name": call["function"].get("name"), "arguments": text}}


def _parts_that_call(content: Any) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict) and part.get("type") in _CALLING_PARTS] \
        if isinstance(content, list) else []


def _usage(usage: Any) -> dict[str, int]:
    """Return the tokens `in`, `out` and `cached`; a missing or invalid count is 0."""
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    return {"in": _count(usage.get("prompt_tokens")), "out": _count(usage.get("completion_tokens")),
            "cached": _count(details.get("cached_tokens") if isinstance(details, dict) else None)}


def _count(value: Any) -> int:
    return value if type(value) is int and 0 < value <= MOST_TOKENS else 0
