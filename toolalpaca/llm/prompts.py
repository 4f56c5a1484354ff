"""Prompts filled from templates, and the answers to them: lists, documents and objects read from a model's text.

An answer has no reasoning blocks and no special tokens of the chat template.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

from toolalpaca.core.errors import FailureKind, UsageError
from toolalpaca.core.jsons import repair_json


class Prompt:
    """One template. `fingerprint` changes with its text, so that a changed prompt counts as a changed setting."""

    def __init__(self, path: Path, placeholders: set[str]) -> None:
        """Read the template; raise UsageError if it is missing, blank or has an unknown placeholder."""
        try:
            self.text = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: the prompt template cannot be read ({error})") from None
        self._template = Template(self.text)
        if not self.text:
            raise UsageError(f"{path}: the prompt template is empty")
        if not self._template.is_valid():
            raise UsageError(f"{path}: a '$' that opens no placeholder; write '$$' for a dollar sign")
        unknown = set(self._template.get_identifiers()) - placeholders
        if unknown:
            raise UsageError(f"{path}: unknown placeholders {', '.join(sorted(unknown))}; "
                             f"there are {', '.join(sorted(placeholders))}")
        self.fingerprint = hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def fill(self, **values: str) -> str:
        """Return the prompt with its placeholders filled."""
        return self._template.substitute(values)


_THINKING = r"(?:think(?:ing)?(?:_process)?|reason(?:ing)?)"
_TAG = (rf"\s?(?:(?:\w{{1,20}}[:_]|ant)?(?:{_THINKING}|scratch_?pad|reflection|rationale|monologue|thoughts?_process)"
        r"|chain_of_thought|analysis)")
_TOKEN = rf"(?:{_THINKING}|thoughts?)"
_OPEN = re.compile(rf"<{_TAG}(?:\s[^<>\n]{{0,80}})?>|\[THINK\]|◁think▷|<\|inner_prefix\|>"
                   rf"|<[|｜](?:(?:begin|start)_(?:of_)?{_TOKEN}|(?:\w{{1,20}}_)?{_TOKEN}_(?:begin|start))[|｜]>",
                   re.IGNORECASE)
_CLOSE = re.compile(rf"</{_TAG}\s?>|\[/THINK\]|◁/think▷|<\|inner_suffix\|>"
                    rf"|<[|｜](?:end_(?:of_)?{_TOKEN}|(?:\w{{1,20}}_)?{_TOKEN}_end)[|｜]>", re.IGNORECASE)
_WITHIN_SENTENCE = re.compile(r"(?:\w |[\"'`])[\"'`(]?\Z")
_TAGS = re.compile(f"{_OPEN.pattern}|{_CLOSE.pattern}", re.IGNORECASE)
_ANALYSIS = re.compile(  # of the channels of gpt-oss, with its tokens or after a server dropped them, and of others
    r"(?:<\|start\|>assistant)?<\|channel\|>analysis<\|message\|>(?P<tokens>.*?)(?:<\|end\|>|(?=<\|start\|>)|\Z)"
    r"|<\|channel>(?:thought|analysis)\n(?P<channel>.*?)(?:<channel\|>|\Z)"
    r"|<unused\d+>thought\n(?P<unused>.*?)(?:<unused\d+>|\Z)"
    r"|<\|think(?:ing)?\|>(?P<block>.*?)(?:<\|/think(?:ing)?\|>|<\|end\|>(?:<\|begin\|>assistant)?(?:<\|content\|>)?|\Z)"
    r"|\A\s*<thought>(?P<opening>.*?)</thought>(?=\s*\S)(?![\W_]*(?:\w+ )?(?i:action|tool|function|final"
    r"|response|answer))"
    r"|\[REASONING\](?P<bracket>.*?)\[/REASONING\]|\[THINKING\](?P<brackets>.*?)\[/THINKING\]"
    r"|<details type=\"reasoning\"[^<>]{0,80}>(?P<details>.*?)</details>"
    rf"|^```{_TOKEN}[ \t]*\n(?P<fenced>.*?)(?:^```[ \t]*$|\Z)"
    r"|\Aanalysis(?=\S)(?P<bare>.*?)assistant(?=final|commentary)(?:final)?", re.DOTALL | re.MULTILINE)
_FINAL = re.compile(r"(?:<\|start\|>assistant)?<\|channel\|>final<\|message\|>")
_RESPONSE = re.compile(  # what opens a response; all before the first two is reasoning
    r"\A(?P<thought>.*?)(?:\[BEGIN FINAL RESPONSE\]|<\|begin_of_solution\|>)"
    r"|\A\s*Here(?: is|'s) my thought process:(?P<process>.*?)\nHere(?: is|'s) my response:"
    r"|\A\s*(?:<(?:response|output)>|<\|START_(?:RESPONSE|TEXT)\|>"
    r"|<answer>(?=\W*(?:\w+ )?(?:thought|action|final answer)\b))",
    re.DOTALL | re.IGNORECASE)
_RESPONSE_END = re.compile(r"\[END FINAL RESPONSE\]|<\|end_of_solution\|>|<\|END_(?:RESPONSE|TEXT)\|>"
                           r"|</(?:response|output|answer)>", re.IGNORECASE)

_ROLE = r"(?:assistant|user|system|tool|model)"
_HEADER = re.compile(  # what opens the assistant's own turn
    rf"\A\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\|start_header_id\|>{_ROLE}<\|end_header_id\|>|<\|im_start\|>{_ROLE}"
    rf"|<start_of_turn>{_ROLE}|<\|start\|>assistant(?=<\|channel\|>)|<\|assistant\|>)\s*")
_END = re.compile(  # what ends a turn, or opens the next one
    r"<\|(?:im_end|eot_id|eom_id|end|endoftext|end_of_text|end_of_turn|return|call|user|observation|im_start"
    r"|start_header_id|END_OF_TURN_TOKEN|start_of_role|end_of_role|eot|eos)\|>|<｜end▁of▁sentence｜>|<｜User｜>"
    r"|<end_of_turn>|<start_of_turn>|<turn\|>|<eos>|<eod>|\[\|endofturn\|\]|\[e~\[|\[/INST\]|\s\[INST\]|</s>(?=\s*(?:\Z|[<\[]))")
_INPUT_FOLLOWS = re.compile(r"\s*(?:\w+ )?action[ _]input\b", re.IGNORECASE)  # the turn went on after the token

_LAST = re.compile(  # a token that nobody knows but that can only be one, at the end of a text
    r"(?:<[/\\]?\|/?(?!\w*(?:tool|function|action|call)(?!\w*(?:response|result|output)))[\w▁-]{2,}(?:\|>?)?|<｜[\w▁]+｜>"
    r"|<0x[0-9A-F]{2}>|▁|\[/?(?:INST|EOS|EOT|BOS|PAD|UNK|SEP|CLS|[gs]?MASK)\]|</?INST>|\[end of text\]"
    r"|<[/\\]?(?:(?:\w{1,20}[:_])?(?:(?-i:s)|[bes]o[stpd]|pad|unk|sep|mask)|_?end(?:_of_\w+)?|(?-i:[A-Z]+_END))>"
    r"|[<\[](?:special|unused|reserved|extra_id|ctrl)_?\d+[>\]]|[\[\]](?:e~|~!?b)[\[\]])\Z", re.IGNORECASE)
_LONE_TAG = re.compile(r"</(assistant|answer|response|final_answer|output)>\Z")  # closes what nothing opened
_LONGEST_TOKEN = 60  # characters


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning in a text and the text without it.

    A closing tag alone ends reasoning that the template opened in the prompt; nothing that follows an unclosed block is
    part of the answer. A tag within a sentence that nothing closes is only spoken of.
    """
    found: list[str] = []

    def keep(match: re.Match[str]) -> str:
        found.append(next(filter(None, match.groups()), ""))
        return ""

    text = _FINAL.sub("", _ANALYSIS.sub(keep, text))
    outside: list[str] = []
    place, opened = 0, False
    for tag in _TAGS.finditer(text):
        part, place = text[place:tag.start()], tag.end()
        closes = _CLOSE.fullmatch(tag[0]) is not None
        if opened:
            found.append(part)
            opened = not closes
        elif closes:  # the block was opened in the prompt: all before it is reasoning
            found += [*outside, part]
            outside = []
        else:
            outside.append(part)
            opened = True
    if opened and _WITHIN_SENTENCE.search(outside[-1]):
        outside[-1], opened, place = text[place - len(outside[-1]) - len(tag[0]):place], False, place
    (found if opened else outside).append(text[place:])
    answer = "".join(outside)
    if response := _RESPONSE.match(answer):
        found.append(response["thought"] or response["process"] or "")
        answer = _RESPONSE_END.split(answer[response.end():], maxsplit=1)[0]
    return "\n".join(part.strip() for part in found if part.strip()), answer


def without_special_tokens(text: str) -> str:
    """Return the text without the tokens that begin an assistant's turn, up to the first token that ends one."""
    while header := _HEADER.match(text):
        text = text[header.end():]
    while (end := _END.search(text)) and _INPUT_FOLLOWS.match(text, end.end()):
        text = text[:end.start()] + text[end.end():]
    text = text[:end.start()].rstrip() if end else text
    while (last := _LAST.search(text.rstrip()[-_LONGEST_TOKEN:])) or (
            (last := _LONE_TAG.search(text.rstrip()[-_LONGEST_TOKEN:])) and f"<{last[1]}>" not in text):
        text = text.rstrip()[:-len(last[0])].rstrip()
    return text


def answer_in(text: str) -> tuple[str, str]:
    """Return the reasoning and the answer in a model's text, both without special tokens."""
    reasoning, answer = split_reasoning(text)
    return reasoning, without_special_tokens(answer)


_NUMBER = re.compile(  # of an item, as people and models write it: 1. 1) (1) **1.** 1、 #1 Question 1: ①
    r"^(?:[ \t>#•-]|\*[ \t])*(?P<mark>\*{1,3}|_{1,3}|`)?"
    r"(?:(?:instruction|request|question|query|task|example|item|function|user|q)[ \t]*#?)?"
    r"(?:[(\[（【<](?P<inside>\d{1,3})[)\]）】>][.:：]?|(?P<circled>[①-⑳])|(?<=#)(?P<hashed>\d{1,3})(?=[ \t])"
    r"|(?P<plain>\d{1,3})(?:(?P=mark))?[ \t]*(?:\\?(?:\.\)|[.):](?!\d))|[、。．：]|\ufe0f?\u20e3|[-–—](?=[ \t])))"
    r"(?P<closed>(?P=mark))?", re.MULTILINE | re.IGNORECASE)
LONGEST_YAML = 500_000  # characters of an answer; the library reads some 100,000 a second
_FENCE = re.compile(r"```[ \t]*+\w*+[ \t]*+\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_YAML_START = re.compile(r"^[\"']?(openapi|swagger)[\"']?\s*+:", re.MULTILINE)


def numbered_items(text: str) -> list[str]:
    """Return the items of a numbered list with their continuation lines; text before number 1 is ignored."""
    starts = list(_NUMBER.finditer(text))
    first = next((place for place, match in enumerate(starts) if _number_of(match) == 1), None)
    if first is None:
        return []
    starts = starts[first:]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return [_item(match, text[match.end():end].strip()) for match, end in zip(starts, ends, strict=True)]


def _number_of(start: re.Match[str]) -> int:
    number = start["inside"] or start["hashed"] or start["plain"]
    return int(number) if number else ord(start["circled"]) - ord("①") + 1


def _item(start: re.Match[str], text: str) -> str:
    """Return an item's text without the end of an emphasis that was opened before its number."""
    return text if not start["mark"] or start["closed"] else text.removesuffix(start["mark"]).rstrip()


def document_in(text: str) -> dict[str, Any]:
    """Return the OpenAPI document in an answer, as JSON or YAML, bare, fenced or within prose.

    Raises ValueError saying what is missing, such as the rest of a truncated document.
    """
    problem = "no OpenAPI document was found: the answer must be one JSON object with an \"openapi\" key"
    for candidate in _candidates(text):
        for read in (_read_json, _read_yaml):
            try:
                value = read(candidate)
            except ValueError as error:
                if read is _read_json and '"openapi"' in candidate:
                    problem = f"the JSON is broken or cut off: {error}"
                elif read is _read_yaml and _YAML_START.search(candidate):
                    problem = str(error)
                continue
            if isinstance(value, dict) and ("openapi" in value or "swagger" in value):
                return value
    raise ValueError(problem)


def _candidates(text: str) -> Iterator[str]:
    yield from _FENCE.findall(text)
    brace = text.find("{")
    if brace >= 0:
        yield text[brace:]
    yaml_start = _YAML_START.search(text)
    if yaml_start:
        yield text[yaml_start.start():]


def _read_json(text: str) -> Any:
    """Return the JSON value at the start of the text; repairable mistakes are repaired, a missing end is not."""
    text = text.strip()
    try:
        return json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError) as error:
        end = text.rfind("}")
        if not text.startswith("{") or end < 0 or _open_braces(text[:end + 1]) != 0:
            raise ValueError(str(error)) from None
        return repair_json(text[:end + 1])


def _open_braces(text: str) -> int:
    outside_strings = re.sub(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', "", text)
    return outside_strings.count("{") - outside_strings.count("}")


def _read_yaml(text: str) -> Any:
    if not re.search(r"^\W?(openapi|swagger)\W?\s*+:", text, re.MULTILINE):
        raise ValueError("no key openapi")
    if len(text) > LONGEST_YAML:
        raise ValueError(f"the YAML is longer than {LONGEST_YAML:,} characters; give JSON")
    from toolalpaca.openapi.yaml_text import read_yaml  # few answers are YAML

    return read_yaml(text)


@dataclass(frozen=True)
class AnswerForm:
    """What is asked of an answer: its JSON Schema, if it can be given as JSON, in how many `rounds` at most, and the
    `failure` if none of them gives a usable one."""

    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    failure: FailureKind = FailureKind.UNREADABLE_ANSWER
    rounds: int = 3

    def response_format(self) -> dict[str, Any]:
        """Return the request's `response_format`, in OpenAI's format."""
        return {"type": "json_schema", "json_schema": {"name": self.name, "schema": self.schema}}

    def read(self, answer: str) -> Any:
        """Return the JSON value in an answer, repaired if possible, or the first one of this form within prose; None if
        there is none.

        Raises ValueError with the validation error if the answer is JSON in another form.
        """
        text = answer.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
        if not text.startswith("{"):
            return self._read_within(text)
        try:
            value = _read_json(text)
        except ValueError:
            value = repair_json(text)
        return self._checked(value)

    def _read_within(self, text: str) -> Any:
        for candidate in _candidates(text):
            try:
                return self._checked(_read_json(candidate))
            except ValueError:
                continue
        return None

    def _checked(self, value: Any) -> Any:
        import jsonschema

        try:
            jsonschema.validate(value, self.schema)
        except jsonschema.ValidationError as error:
            raise ValueError(f"{error.json_path}: {error.message}") from None
        return value


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_TEXT = {"type": "string", "minLength": 1}

ANY_FORM = AnswerForm("text")
INSTRUCTIONS = AnswerForm("instructions", _object(instructions={"type": "array", "items": _TEXT, "minItems": 1}),
                          FailureKind.TOO_FEW_INSTRUCTIONS)
INTRODUCTION = AnswerForm("introduction", failure=FailureKind.INVALID_INTRODUCTION)
FUNCTIONS = AnswerForm("functions", _object(functions={"type": "array", "minItems": 1, "items": _object(
    name=_TEXT, description=_TEXT, input={"type": "string"}, output={"type": "string"})}),
                       FailureKind.INVALID_FUNCTIONS)
DOCUMENT = AnswerForm("openapi_document", {"type": "object", "required": ["openapi", "paths"], "properties": {
    "openapi": _TEXT, "paths": {"type": "object"}}}, FailureKind.INVALID_DOCUMENT, rounds=5)
