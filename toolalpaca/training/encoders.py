"""Encoders of the two formats that train.py trains on: segments, pieces of text that are trained or not, and messages,
conversations of a chat through the model's own template.

With their interface, the checked examples of a data file, the first of them printed with their trained tokens marked,
so that a person can see what a model would learn, and the golden prompt.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from transformers import PreTrainedTokenizerBase

from toolalpaca.conversation.golden_prompt import GoldenPrompt
from toolalpaca.core.errors import UsageError
from toolalpaca.core.jsons import type_name
from toolalpaca.core.log import one_line, printable
from toolalpaca.data.corpus_files import shards_of
from toolalpaca.data.example_files import SEGMENT_KEYS, read_examples
from toolalpaca.training.chat_template import ChatConversation, ChatTemplate, Rendered
from toolalpaca.training.masks import Tokenised, character_mask, from_encoding, span_mask, with_end
from toolalpaca.training.tokenizer import exact_backend


class Encoder(Protocol):
    """One format of examples. An example that was checked is a JSON value that `encode` takes without complaint."""

    kind: str

    def examples(self, value: Any) -> list[Any]:
        """Return the examples that a record becomes; raise ValueError saying what is wrong with it."""

    def characters(self, example: Any) -> int:
        """Return about how many characters it has."""

    def prompt(self, example: Any) -> str:
        """Return the text before the first trained character."""

    def served(self, example: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the messages and tools that a served model gets before the first trained turn."""

    def encode(self, examples: Sequence[Any]) -> list[Tokenised]:
        """Return the examples as tokens with their masks."""

    def title(self, example: Any) -> str:
        """Return how it begins, for messages about it."""

    def fingerprint(self) -> str:
        """Return a text that differs if the same record would become other tokens."""


def shortened(text: str) -> str:
    """Return the first line of a text, at most 90 characters of it."""
    return one_line(next(iter(text.strip().splitlines()), ""), 90)


def encodable(text: str) -> str:
    """Return the text with lone surrogates, which UTF-8 cannot encode, replaced by the replacement character."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)


def checked_examples(path: Path, encoder: Encoder) -> Iterator[tuple[int, Any]]:
    """Yield the number of each record of a file or of shards with each example it becomes.

    Raises UsageError naming a record that is not valid.
    """
    number = 0
    for shard in shards_of(path):
        for index, value in enumerate(read_examples(shard)):
            try:
                for example in encoder.examples(value):
                    yield number, example
            except ValueError as error:
                raise UsageError(f"{shard}: record {index}: {error}") from None
            number += 1


OPENED, CLOSED = "\u27e6", "\u27e7"  # brackets that no API's text contains


def show_masks(path: Path, encoder: Encoder, tokenizer: PreTrainedTokenizerBase, number: int) -> None:
    """Print the first examples of a file with their trained parts in brackets."""
    for record, example in islice(checked_examples(path, encoder), number):
        [tokens] = encoder.encode([example])
        print(f"--- record {record}: {len(tokens.input_ids)} tokens, {int(tokens.trained.sum())} trained in "
              f"{OPENED}brackets{CLOSED}, {tokens.straddling} over a border")
        print(printable(marked(tokens, tokenizer)))


def marked(tokens: Tokenised, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text of the tokens, each run of trained ones in brackets."""
    borders = np.flatnonzero(np.diff(tokens.trained.astype(np.int8))) + 1
    starts = [0, *borders.tolist(), len(tokens.trained)]
    written = []
    for start, end in zip(starts, starts[1:], strict=False):
        text = _text(tokens.input_ids, start, end, tokenizer)
        written.append(f"{OPENED}{text}{CLOSED}" if tokens.trained[start] else text)
    return "".join(written)


def _text(ids: Any, start: int, end: int, tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the text of some tokens. The one before them is read along, since a first token loses its blank."""
    before = ids[max(start - 1, 0):start].tolist()
    settings = {"clean_up_tokenization_spaces": False}
    whole = tokenizer.decode([*before, *ids[start:end].tolist()], **settings)
    return str(whole)[len(str(tokenizer.decode(before, **settings))):]


class SegmentEncoder:
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


MESSAGE_ROLES = ("system", "user", "assistant", "tool")


class ChatEncoder:
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
        if not isinstance(message, dict) or message.get("role") not in MESSAGE_ROLES:
            raise ValueError(f"message {index} has no role out of {', '.join(MESSAGE_ROLES)}")
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


def example_format(path: Path) -> str:
    """Return the format of a file's first example, segments or messages; raise UsageError for another."""
    first = next(read_examples(path), None)
    if first is None:
        raise UsageError(f"{path}: holds no examples")
    keys = set(first) if isinstance(first, dict) else set()
    if "messages" in keys:
        return "messages"
    for key in ("conversations", "text"):
        if key in keys:
            raise UsageError(f"{path}: record 0 has the key {key!r}: train.py trains on segments and messages; make "
                             "them with build_dataset.py --format")
    return "segments"


def encoder_for(path: Path, tokenizer: PreTrainedTokenizerBase) -> Encoder:
    """Return the encoder for the format of a file's first example; raise UsageError for a format not trained on."""
    if example_format(path) == "segments":
        return SegmentEncoder(tokenizer)
    return ChatEncoder(tokenizer)


def golden_prompt(path: Path, tokenizer: PreTrainedTokenizerBase) -> GoldenPrompt:
    """Return the prompt of a data file's first example as text and tokens, and the messages it is made of."""
    encoder = encoder_for(path, tokenizer)
    _, example = next(checked_examples(path, encoder))
    [tokens] = encoder.encode([example])
    messages, tools = encoder.served(example)
    text: Any = tokenizer.apply_chat_template(messages, tools=list(tools) or None, tokenize=False,
                                              add_generation_prompt=True)
    return {"messages": messages, "tools": tools, "text": str(text),
            "input_ids": tokens.input_ids[:tokens.prompt_length()].tolist()}
