"""Answers of model servers: completions, read from the shapes in which they come, and failures, in a few kinds.

A failure is `Limited` (wait, then retry), `Transient` (retry a limited number of times), `Refused` (this call will
never succeed) or UsageError (no call will ever succeed: wrong key, unknown model, unreachable server). The status tells
it, the error, or the finish reason: servers use about thirty, most of which mean an incomplete answer.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.core.jsons import too_deep
from toolalpaca.data.redaction import Redactor
from toolalpaca.llm.prompts import answer_in
from toolalpaca.llm.rate_limit import LONGEST_WAIT, retry_after

NO_SECRETS = Redactor(())
MOST_TOKENS = 10**9  # of one call; a server that counts more does not count
DEEPEST_MESSAGE = 10  # levels of a body at which its message is looked for; real ones have up to four
MESSAGE_KEYS = ("message", "error", "errors", "detail", "msg")  # of an error's body, as servers call them
_MESSAGE_NAME = re.compile(r"message|msg|description|reason|title", re.IGNORECASE)  # part of other keys for it
SERVER_FAILED = (FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.UNREADABLE_BODY, FailureKind.HTTP_5XX)
LONGEST_QUOTE = 200  # characters of a body in a message
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")  # of a call, as servers name them
_CALL_KEYS = ("tool_calls", "toolCalls", "function_call")  # of a message
_CALLING_PARTS = ("tool_use", "tool_call", "function_call")  # types of parts of the content
_REASONING_NAME = re.compile(r"reason|thought|thinking")
_REASONING_KEYS = ("reasoning_content", "reasoning")  # where most servers put what a model wrote before its answer


@dataclass(frozen=True)
class Completion:
    """One answer: its message (text and tool calls), its finish reason and the tokens `in`, `out` and `cached`."""

    message: dict[str, Any]
    finish_reason: str
    usage: dict[str, int]


def completion_of(answer: Any, stop: Sequence[str] = (), redactor: Redactor = NO_SECRETS) -> Completion:
    """Return the completion in a parsed body, its text cut at the first of the `stop` strings, with secrets redacted.

    Raises Transient if there is none, or if it is empty or incomplete, and Refused if a filter withholds it.
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
    failure = None if was_cut and not calls else failure_kind_of(finish_reason)
    if failure is FailureKind.TRUNCATED:
        raise Transient(failure, f"the answer was cut off at the token limit (finish_reason {finish_reason})")
    if failure is not None:
        raise (Refused if failure is FailureKind.CONTENT_FILTER else Transient)(
            failure, f"the answer is not whole (finish_reason {finish_reason})")
    if not calls and not text.strip():
        if message.get("refusal"):
            raise Refused(FailureKind.CONTENT_FILTER,
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
    """Yield the texts of a message's parts; what is not text, such as an image, has none."""
    if isinstance(parts, str):
        yield parts
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, str):
            yield part
        elif part.get("type", "text") in ("text", "output_text") and not part.get("thought"):
            yield part["text"]


def reasoning_fields(message: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a message that hold reasoning, as the server gave them, which some demand back."""
    return {key: value for key, value in message.items() if _REASONING_NAME.search(key) and not too_deep(value)
            and any(text.strip() for text in _reasoning_texts(value))}


def reasoning_of(message: dict[str, Any]) -> str:
    """Return the reasoning that came with an answer, in whichever field."""
    usual = next((message[key] for key in _REASONING_KEYS if isinstance(message.get(key), str)), "")
    return usual or _joined(_other_reasoning(message))


def _reasoning(message: dict[str, Any], thought: str) -> dict[str, Any]:
    """Return the reasoning in the server's own fields; as `reasoning` if it is in the text or deeper inside."""
    if fields := reasoning_fields(message):
        return dict(whole(fields))
    return {"reasoning": whole(_joined((*_other_reasoning(message), thought)))}


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(bare for text in texts if (bare := text.strip())))


def _other_reasoning(message: dict[str, Any]) -> Iterator[str]:
    """Yield the reasoning outside of the usual keys: in texts, objects or lists of other names, in parts of the
    content, and in what a gateway hands on of another provider's message."""
    for key, value in message.items():
        if key.endswith("specific_fields") and isinstance(value, dict):
            yield from _other_reasoning(value)
        elif _REASONING_NAME.search(key):
            yield from _reasoning_texts(value)
        elif key == "content" and isinstance(value, list):
            yield from _reasoning_texts([part for part in value if isinstance(part, dict)
                                         and (part.get("thought") or _REASONING_NAME.search(str(part.get("type"))))])


def _reasoning_texts(value: Any, levels: int = DEEPEST_MESSAGE) -> Iterator[str]:
    """Yield the texts in a value that holds reasoning, without its types and signatures."""
    if isinstance(value, str):
        yield value
    for part in value if isinstance(value, list) and levels else []:
        yield from _reasoning_texts(part, levels - 1)
    for name in ("thinking", "text", "summary", "content") if isinstance(value, dict) and levels else ():
        yield from _reasoning_texts(value.get(name), levels - 1)


def whole(value: Any) -> Any:
    """Return a string, or a JSON value's strings, with lone surrogates replaced by the replacement character."""
    if not isinstance(value, str):
        return json.loads(whole(json.dumps(value, ensure_ascii=False)))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _tool_calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a message's tool calls, each with a `function` whose arguments are text; raise TypeError if they are
    something else.

    They may be JSON text or a single call, without the `function` around it, with arguments that are not text or have
    another name, under the name of before tools, or among the parts of the content.
    """
    calls = next(filter(None, map(message.get, _CALL_KEYS)), None) or _parts_that_call(message.get("content"))
    calls = json.loads(calls) if isinstance(calls, str) else calls
    if isinstance(calls, dict):
        calls = calls["tool_calls"] if isinstance(calls.get("tool_calls"), list) else [calls]
    if not isinstance(calls, list) or too_deep(calls):
        raise TypeError("the tool calls are not a list, or one of them is nested too deeply")
    return [_tool_call(call) for call in calls]


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(call.get("function"), dict):
        function = {key: call[key] for key in ("name", *_ARGUMENT_KEYS) if key in call}
        function |= {"name": call["function"]} if isinstance(call.get("function"), str) else {}
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


class Limited(Exception):
    """The endpoint's rate limit was exceeded; `retry_after` is in seconds, if the response says so."""

    def __init__(self, retry_after: float | None) -> None:
        super().__init__("rate limit")
        self.retry_after = retry_after


class Transient(Exception):
    """A failure that a retry may fix; `kind` is what it is counted as.

    `elsewhere` means that the retry goes to another server, so that there is no need to wait.
    """

    elsewhere = False

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Refused(Exception):
    """The endpoint will never answer this request, however often it is sent: it is wrong, or a filter stops it."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def message_of(error: Any) -> str:
    """Return the message in an SDK error's body, else the error's own text."""
    return message_in(error.body) or str(error)


def message_in(body: Any, levels: int = DEEPEST_MESSAGE) -> str:
    """Return the message in an error's body, under whichever of the usual keys and in up to `levels` objects and lists;
    "" if there is none. A validation error begins with the place that it is about."""
    if isinstance(body, str):
        return body.strip()
    if isinstance(body, list) and levels:
        return "; ".join(text for part in body if (text := message_in(part, levels - 1)))
    if not isinstance(body, dict) or not levels:
        return ""
    texts = [message_in(body[key], levels - 1) for key in MESSAGE_KEYS if key in body]
    texts += [value.strip() for key, value in body.items() if isinstance(value, str) and _MESSAGE_NAME.search(key)]
    text = next(filter(None, texts), "")
    place = body.get("loc") if text else None
    return f"{'.'.join(map(str, place))}: {text}" if isinstance(place, list) else text


def failure_of_error(error: Any, message: str, model: str, url: str, key_name: str) -> Exception:
    """Return the exception for an SDK error with an HTTP status; `message` is its text with secrets redacted."""
    if error.status_code < 500 and _FILTERED.search(str(getattr(error, "code", ""))):
        return Refused(FailureKind.CONTENT_FILTER, f"HTTP {error.status_code}: {message}")
    if error.status_code != 429:
        return failure_of_status(error.status_code, message, model, url, key_name)
    if "insufficient_quota" in str(getattr(error, "code", "")):
        return UsageError(f"{url}: the account has no quota left ({message})")
    wait = retry_after(error.response.headers)
    if wait is not None and wait > LONGEST_WAIT:
        return Refused(FailureKind.RATE_LIMIT, f"the endpoint asks for {wait:,.0f} s of patience, and a call "
                       f"waits for at most {LONGEST_WAIT:.0f} s; run again later")
    return Limited(wait)


_FILTERED = re.compile(r"content_?(?:filter|policy)|responsible_?ai|moderation", re.IGNORECASE)  # codes of errors


def failure_of_status(status: int, message: str, model: str, url: str, key_name: str) -> Exception:
    """Return the exception for an HTTP status other than 200."""
    if status == 401:
        return UsageError(f"{url}: the API key was refused ({message}); check {key_name}")
    if status == 404:
        return UsageError(_not_found(url, model, message))
    kind = FailureKind.HTTP_5XX if status >= 500 else FailureKind.HTTP_4XX
    failure = Transient if status in (408, 409, 429) or status >= 500 else Refused
    return failure(kind, f"HTTP {status}: {message}")


def _not_found(url: str, model: str, message: str) -> str:
    """Return the message for a 404: an unknown model, or a wrong URL."""
    if not urlsplit(url).path.strip("/"):
        return (f"{url}: no model {model!r} was found there ({message}); the URL may lack its last part, which is /v1 "
                "for most servers")
    folder = ", nor is there a folder of this name" if "/" in model else ""
    return (f"{url}: model {model!r} was not found ({message}){folder}; "
            "set --model (of generation.py: -llm) or OPENAI_DEFAULT_MODEL to one it serves")


# By the words of a reason, the first that fits: `MAX_TOKENS`, `model_length`, `guardrail_intervened`, `eos_token` ...
_KINDS: tuple[tuple[re.Pattern[str], FailureKind | None], ...] = (
    (re.compile(r"length|max|limit|truncat|budget|incomplete|window|too_?many|out_?of_?tokens"), FailureKind.TRUNCATED),
    (re.compile(r"filter|safe|block|prohibit|recit|sensitiv|refus|polic|moderat|censor|spii|guard|risk|pii|violat|toxic"
                r"|harm|armou?r"), FailureKind.CONTENT_FILTER),
    (re.compile(r"err|abort|cancel|fail|time|overload|malform|interrupt|unavail|insufficient|kill|disconnect|pause"
                r"|unspecified|unexpected|unknown|user|client|server|forc|early|prematur|loop|(?<![a-z])(?:not|never)_"),
     FailureKind.UNFINISHED),
    (re.compile(r"(?<![a-z])(?:stop|eos|eot|end|complet|finish|tool|function|done|success|natural|normal)"
                r"|^</s>$"), None),
)


def failure_kind_of(finish_reason: str) -> FailureKind | None:
    """Return the kind of failure for a finish reason; None if the answer is complete.

    A missing reason, as from old servers, counts as complete; an unknown one does not.
    """
    reason = re.sub(r"(?<=[a-z])(?=[A-Z])|[\s-]+", "_", finish_reason.strip()).lower()
    if reason in ("", "none", "null"):
        return None
    return next((kind for words, kind in _KINDS if words.search(reason)), FailureKind.UNFINISHED)
