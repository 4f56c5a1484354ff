"""Tools for chat templates that know none: the same information as text in ordinary messages.

The wording follows the form that open models with tools have in common: the tools as JSON in the system message, a
call as JSON inside `<tool_call>`, an answer inside `<tool_response>` in a message of the user.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import type_name
from toolalpaca.core.text import one_line
from toolalpaca.training.encoders.base import encodable, shortened
from toolalpaca.training.masks import Tokenised, from_encoding, span_mask, with_end
from toolalpaca.training.tokenizer import exact_backend

_PROBE = "zx81probe"
_INTRODUCTION = ("You can call these functions. To call one, write a JSON object with its name and arguments between "
                 "<tool_call> and </tool_call>.\n<tools>\n")

ROLES = ("system", "user", "assistant", "tool")
_MARKS = re.compile(r"\{%-?\s*generation\s*-?%\}")
Span = tuple[int, int]


def knows_tools(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether the chat template shows tools, calls and answers, found by trying."""
    call = {"id": "call_1", "type": "function", "function": {"name": f"{_PROBE}call", "arguments": {"x": 1}}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "q"}, {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "name": "f", "content": f"{_PROBE}answer"},
        {"role": "assistant", "content": "a"}]
    tool = {"type": "function", "function": {"name": f"{_PROBE}tool", "description": "",
                                             "parameters": {"type": "object", "properties": {}}}}
    try:
        text = str(tokenizer.apply_chat_template(messages, tools=[tool], tokenize=False))
    except Exception:  # noqa: BLE001 - a template that raises at tools does not know them, whatever it raises
        return False
    return all(f"{_PROBE}{part}" in text for part in ("call", "answer", "tool"))


def without_tools(example: dict[str, Any]) -> dict[str, Any]:
    """The example with its tools, calls and answers written out as text."""
    messages = [_as_text(message) for message in example["messages"]]
    if example.get("tools"):
        listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in example["tools"])
        text = f"{_INTRODUCTION}{listed}\n</tools>"
        if messages[0]["role"] == "system":
            text = f"{messages.pop(0)['content']}\n\n{text}".lstrip()
        messages.insert(0, {"role": "system", "content": text})
    return {"messages": messages, "tools": []}


def _as_text(message: dict[str, Any]) -> dict[str, str]:
    if message["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>\n{message['content']}\n</tool_response>"}
    calls = [json.dumps({"name": call["function"]["name"], "arguments": call["function"]["arguments"]},
                        ensure_ascii=False) for call in message.get("tool_calls") or []]
    parts = [message["content"], *(f"<tool_call>\n{call}\n</tool_call>" for call in calls)]
    return {"role": message["role"], "content": "\n".join(part for part in parts if part)}


class ChatTokeniser:
    """Messages: `{"messages": [...], "tools": [...]}`."""

    kind = "messages"

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if not tokenizer.chat_template:
            raise UsageError(f"{tokenizer.name_or_path}: the tokenizer has no chat template, which examples in the "
                             "format messages need; train on --format segments")
        self.tokenizer = tokenizer
        self.backend = exact_backend(tokenizer, plain_text=False)
        self.special = {token.content for token in tokenizer.added_tokens_decoder.values()}
        self.has_marks = bool(_MARKS.search(str(tokenizer.chat_template)))
        self.knows_tools = knows_tools(tokenizer)

    def examples(self, value: Any) -> list[dict[str, Any]]:
        """Return the messages and tools with arguments as objects, rewritten as text if the template knows no tools."""
        example = _with_objects(_checked(value))
        example = example if self.knows_tools else without_tools(example)
        if not any(start < end for start, end in self.rendered(example)[1]):
            raise ValueError("the chat template marks no text as the assistant's, so nothing could be learned from it")
        return [example]

    def characters(self, example: Any) -> int:
        """Characters of messages and tools as JSON."""
        return len(json.dumps(example))

    def prompt(self, example: Any) -> str:
        """Return the rendered text before the assistant's first turn."""
        text, spans = self.rendered(example)
        return text[:spans[0][0]]

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """One tokenisation of each rendered conversation."""
        rendered = [self.rendered(example) for example in examples]
        encodings = self.backend.encode_batch([text for text, _ in rendered], add_special_tokens=False)
        return [self._closed(from_encoding(encoding, span_mask(len(turns[0]), turns[1])), turns[0])
                for encoding, turns in zip(encodings, rendered, strict=True)]

    def title(self, example: Any) -> str:
        """How the first message begins."""
        return shortened(example["messages"][0]["content"])

    def fingerprint(self) -> str:
        """Hash of tokenizer and template."""
        parts = self.backend.to_str() + json.dumps(self.tokenizer.chat_template)
        return f"{self.kind} {hashlib.sha256(parts.encode()).hexdigest()}"

    def rendered(self, example: dict[str, Any]) -> tuple[str, list[Span]]:
        """The conversation as one text and the characters of it that the assistant writes."""
        messages, tools = example["messages"], example.get("tools") or None
        if self.has_marks:
            from transformers.utils.chat_template_utils import render_jinja_template

            settings: dict[str, Any] = dict(self.tokenizer.special_tokens_map)
            template = self.tokenizer.get_chat_template(tools=tools)
            marked: Any = render_jinja_template([messages], tools=tools, chat_template=template,
                                                return_assistant_tokens_mask=True, **settings)
            [text], [spans] = marked
            return text, [(start, end) for start, end in spans]
        text = self._render(messages, tools)
        return text, [self._turn(messages, tools, index, text) for index, message in enumerate(messages)
                      if message["role"] == "assistant"]

    def _turn(self, messages: list[dict[str, Any]], tools: Any, index: int, text: str) -> Span:
        before = self._render(messages[:index], tools, add_generation_prompt=True)
        after = self._render(messages[:index + 1], tools).rstrip()
        if not (text.startswith(before) and text.startswith(after) and len(before) < len(after)):
            raise ValueError(f"message {index}: the chat template writes this turn differently once others follow, so "
                             "that it cannot be told which text is the assistant's; a template with "
                             "{% generation %} marks says so itself")
        return len(before), len(after)

    def _render(self, messages: list[dict[str, Any]], tools: Any, *, add_generation_prompt: bool = False) -> str:
        try:
            return str(self.tokenizer.apply_chat_template(messages, tools=tools, tokenize=False,
                                                          add_generation_prompt=add_generation_prompt))
        except Exception as error:  # a template may raise whatever it likes, and Jinja adds its own
            raise ValueError(f"the chat template refuses it ({one_line(error)})") from None

    def _closed(self, tokens: Tokenised, text: str) -> Tokenised:
        """With the end-of-sequence token where the template closes a turn with no special token of its own."""
        if any(text.rstrip().endswith(token) for token in self.special):
            return tokens
        return with_end(tokens, self.tokenizer.eos_token_id)


def _checked(value: Any) -> dict[str, Any]:
    messages = value.get("messages") if isinstance(value, dict) else None
    if not isinstance(messages, list):
        raise ValueError("expected an object with a list of messages under 'messages'")
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise ValueError(f"message {index} has no role out of {', '.join(ROLES)}")
        if not isinstance(message.get("content") or "", str):
            raise ValueError(f"message {index}: 'content' is {type_name(message['content'])}, expected a string")
    if not any(message["role"] == "assistant" for message in messages):
        raise ValueError("has no message of the assistant, so nothing could be learned from it")
    return value


def _with_objects(example: dict[str, Any]) -> dict[str, Any]:
    """Tools and arguments as objects, which templates expect, also where the file holds them as JSON text."""
    return {"messages": [_message_with_objects(index, message) for index, message in enumerate(example["messages"])],
            "tools": _object(example.get("tools") or [], "'tools'")}


def _message_with_objects(index: int, message: dict[str, Any]) -> dict[str, Any]:
    plain = {**message, "content": encodable(message.get("content") or "")}
    if not message.get("tool_calls"):
        plain.pop("tool_calls", None)
        return plain
    try:
        plain["tool_calls"] = [{**call, "function": {**call["function"], "arguments": _object(
            call["function"].get("arguments") or {}, "arguments")}} for call in message["tool_calls"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"message {index}: 'tool_calls' is not in the form of chat completions ({error})") from None
    return plain


def _object(value: Any, where: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: not valid JSON ({error})") from None
