"""Encoders of the two formats that train.py trains on: segments, pieces of text that are trained or not, and messages,
conversations of a chat through the model's own template."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerBase

from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import type_name
from toolalpaca.data.example_files import SEGMENT_KEYS
from toolalpaca.training.encoders.chat_template import ChatConversation, ChatTemplate, Rendered
from toolalpaca.training.encoders.encoder import encodable, shortened
from toolalpaca.training.masks import Tokenised, character_mask, from_encoding, span_mask, with_end
from toolalpaca.training.tokenizer import exact_backend


class SegmentTokeniser:
    """Segments: `[[text, ...], [trainable, ...]]`, closed by the end-of-sequence token."""

    kind = "segments"

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.backend = exact_backend(tokenizer, plain_text=True)
        self.eos: int = tokenizer.eos_token_id

    def examples(self, value: Any) -> list[list[list[Any]]]:
        """Return the pieces and flags of the one example that a record is."""
        return [segments_of(value)]

    def characters(self, example: Any) -> int:
        """Return the characters of all pieces."""
        return sum(map(len, example[0]))

    def prompt(self, example: Any) -> str:
        """Return the pieces before the first trained one."""
        return "".join(example[0][:example[1].index(True)])

    def served(self, example: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the prompt as one message, which the plain chat template passes on."""
        return [{"role": "user", "content": self.prompt(example)}], []

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """Tokenise each example's whole text at once."""
        encodings = self.backend.encode_batch(["".join(pieces) for pieces, _ in examples])
        return [with_end(from_encoding(encoding, character_mask(*example)), self.eos)
                for encoding, example in zip(encodings, examples, strict=True)]

    def title(self, example: Any) -> str:
        """Return the first line, which names the API in every prompt form."""
        return shortened("".join(example[0]))

    def fingerprint(self) -> str:
        """Return a hash of the tokenizer."""
        return f"{self.kind} {hashlib.sha256(self.backend.to_str().encode()).hexdigest()} {self.eos}"


def segments_of(value: Any) -> list[list[Any]]:
    """Return the pieces and flags of one segments example; raise ValueError saying what is wrong with it."""
    if isinstance(value, dict):
        missing = [key for key in SEGMENT_KEYS if key not in value]
        if missing:
            raise ValueError(f"has no key {missing[0]!r}; build_dataset.py makes examples from the records that "
                             "instance_generation/generation.py writes")
        value = [value[key] for key in SEGMENT_KEYS]
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, list) for part in value):
        raise ValueError("expected [[text, ...], [true or false, ...]]")
    pieces, flags = value
    if len(pieces) != len(flags):
        raise ValueError(f"has {len(pieces)} pieces of text but {len(flags)} flags")
    for kind, wanted, part in ((str, "a string", pieces), (bool, "true or false", flags)):
        for index, item in enumerate(part):
            if not isinstance(item, kind):
                raise ValueError(f"piece {index} is {type_name(item)}, expected {wanted}")
    if not any(flag and piece for piece, flag in zip(pieces, flags, strict=True)):
        raise ValueError("has no trained text, so nothing could be learned from it")
    return [[encodable(piece) for piece in pieces], flags]


ROLES = ("system", "user", "assistant", "tool")


class ChatTokeniser:
    """Messages: `{"messages": [...], "tools": [...]}`.

    A template that writes a turn differently once others follow, as those do that drop earlier reasoning, gets one
    example for each turn of the assistant, in which the turn is the last and alone is trained (`"last_only"`).
    """

    kind = "messages"

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if not tokenizer.chat_template:
            raise UsageError(f"{tokenizer.name_or_path}: the tokenizer has no chat template, which examples in the "
                             "format messages need; train on --format segments, or give one with --chat_template")
        self.tokenizer = tokenizer
        self.backend = exact_backend(tokenizer, plain_text=False)
        self.template = ChatTemplate(tokenizer)

    def examples(self, value: Any) -> list[ChatConversation]:
        """Return the conversation in the form that the template takes, whole or one for each turn."""
        conversation = self.template.adapted(_with_objects(_checked(value)))
        messages, examples = conversation["messages"], [conversation]
        if not self.template.has_marks and self.template.whole(conversation) is None:
            examples = [{**conversation, "messages": messages[:index + 1], "last_only": True}
                        for index, message in enumerate(messages) if message["role"] == "assistant"]
        for example in examples:
            self.template.check_shown(example, self.rendered(example))
        return examples

    def characters(self, example: Any) -> int:
        """Return the characters of messages and tools as JSON."""
        return len(json.dumps(example))

    def prompt(self, example: Any) -> str:
        """Return the rendered text before the assistant's first trained turn."""
        rendered = self.rendered(example)
        return rendered.text[:rendered.turns[0][0]]

    def served(self, example: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the messages before the first trained turn, and the tools."""
        messages = example["messages"]
        first = next(index for index, message in enumerate(messages) if message["role"] == "assistant")
        return messages[:-1 if example.get("last_only") else first], example.get("tools") or []

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """Tokenise each rendered conversation at once."""
        rendered = [self.rendered(example) for example in examples]
        encodings = self.backend.encode_batch([one.text for one in rendered], add_special_tokens=False)
        tokens = [from_encoding(encoding, span_mask(len(one.text), one.turns))
                  for encoding, one in zip(encodings, rendered, strict=True)]
        return [with_end(one, self.tokenizer.eos_token_id) if how.needs_end else one
                for one, how in zip(tokens, rendered, strict=True)]

    def title(self, example: Any) -> str:
        """Return how the first message begins."""
        content = example["messages"][0]["content"]
        return shortened(content if isinstance(content, str) else content[0]["text"])

    def fingerprint(self) -> str:
        """Return a hash of tokenizer and template."""
        parts = self.backend.to_str() + json.dumps(self.tokenizer.chat_template)
        return f"{self.kind} {hashlib.sha256(parts.encode()).hexdigest()}"

    def rendered(self, example: ChatConversation) -> Rendered:
        """Return the conversation as one text and the characters of it that the assistant writes."""
        if self.template.has_marks:
            return self.template.marked(example)
        if example.get("last_only"):
            return self.template.last_turn(example)
        whole = self.template.whole(example)
        if whole is None:
            raise ValueError("the chat template writes this conversation differently now than when it was checked")
        return whole


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
    """Return tools and arguments as objects, which templates expect, even if the file holds them as JSON text."""
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
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: not valid JSON ({error})") from None
