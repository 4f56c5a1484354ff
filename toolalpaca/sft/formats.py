"""Formats of training examples: a finished conversation as pieces of text, or as messages for trainers that know tools.

`messages` is what TRL, axolotl and ms-swift read; `sharegpt` is LLaMA-Factory's own, in which parallel calls are a list
and their answers one text, a line or more each. A turn that could not be read as a call is left out together with the
reply it got, since nothing happened in it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from toolalpaca.conversation.action_input import read_arguments
from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.rendering import Segment, conversation_pieces, prompt_head
from toolalpaca.conversation.steps import Step, call_id, merged_turns, steps_of, user_turns
from toolalpaca.data.example_files import SEGMENT_COLUMNS
from toolalpaca.data.record_types import ApiRecord, Column, Instance
from toolalpaca.sft.selection import preference_example

DROP, THINK, CONTENT = "drop", "think", "content"  # what becomes of a turn's thought

Call = tuple[Step, dict[str, Any]]  # a step and its arguments
ChangeTools = Callable[[Iterable[dict[str, Any]]], list[dict[str, Any]]]  # the schemas of the functions, renamed or not


@dataclass(frozen=True)
class Rendering:
    """How an instance is written down as a training example."""

    example_format: str  # a key of FORMATS
    form: PromptForm
    get_details: bool = True  # whether the function getDetails is on offer
    reasoning: bool = False  # whether a model's reasoning is kept
    renamed_share: float = 0.0  # of the APIs, from 0 to 1, that get other names
    seed: int = 0  # decides which APIs and conversations the two shares are
    thoughts: str = DROP  # what becomes of thoughts in messages
    learn_refused: bool = True  # whether calls that were refused before they were sent are trained
    mistaken_share: float = 0.0  # of the conversations, from 0 to 1, that get a mistake before a right call
    # what a model did about the same tasks, by API and instruction, whose mistakes come before right calls
    tried: Mapping[tuple[str, str], Instance] = field(default_factory=dict)


ExampleMaker = Callable[[Rendering, ApiRecord, Instance, ChangeTools], Any]


def turns_of(instance: Instance) -> Iterator[list[Call]]:
    """Yield the assistant's turns that hold calls, in order, each with its calls."""
    calls = [(step, arguments) for step in steps_of(instance)
             if step.is_call and (arguments := read_arguments(step.input).arguments) is not None]
    for _, group in groupby(calls, key=lambda call: call[0].turn):
        yield list(group)


def system_text(record: ApiRecord) -> str:
    """Return what the assistant is told before the first message."""
    about = (record.get("Introduction") or record.get("Description") or "").strip()
    return f"You help the user by calling the functions of the {record['Name']} API. {about}".strip()


def messages_example(record: ApiRecord, instance: Instance, tools: list[dict[str, Any]], *,
                     reasoning: bool = False, thoughts: str = DROP) -> dict[str, Any] | None:
    """Return `{"messages": [...], "tools": [...]}` with `tool_calls`, or None if no step could be read as a call."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system_text(record)}]
    number = 0
    for part in user_turns(instance):
        messages.append({"role": "user", "content": part["input"].strip()})
        for calls in turns_of(part):
            messages += _turn_messages(calls, number, reasoning, thoughts)
            number += len(calls)
        thought = str(part.get("Final Reasoning") or "").strip() if reasoning else ""
        messages.append({"role": "assistant", **_reasoning_key(thought), "content": part["output"].strip()})
    if not number and _holds_calls(instance):
        return None
    return {"messages": messages, "tools": tools}


def _holds_calls(instance: Instance) -> bool:
    return any(step.is_call for step in steps_of(merged_turns(instance)))


def _turn_messages(calls: Sequence[Call], before: int, reasoning: bool, thoughts: str) -> Iterator[dict[str, Any]]:
    """Yield one turn's calls as one message, and a message for each answer; `before` calls were made earlier."""
    first = calls[0][0]
    yield {"role": "assistant", **_reasoning_key(first.reasoning if reasoning else ""),
           "content": _shown(first.thought, thoughts),
           "tool_calls": [{"id": call_id(number), "type": "function",
                           "function": {"name": step.action, "arguments": arguments}}
                          for number, (step, arguments) in enumerate(calls, start=before + 1)]}
    for number, (step, _) in enumerate(calls, start=before + 1):
        yield {"role": "tool", "tool_call_id": call_id(number), "name": step.action,
               "content": step.observation.strip()}


def _reasoning_key(text: str) -> dict[str, str]:
    return {"reasoning_content": text.strip()} if text.strip() else {}


def sharegpt_example(record: ApiRecord, instance: Instance, tools: list[dict[str, Any]], *,
                     reasoning: bool = False, thoughts: str = DROP) -> dict[str, Any] | None:
    """Return `{"conversations": [...], "system": str, "tools": JSON text}`.

    None if there are steps, but none that could be read as a call.
    """
    turns: list[dict[str, str]] = []
    for part in user_turns(instance):
        turns.append({"from": "human", "value": part["input"].strip()})
        for calls in turns_of(part):
            turns += _sharegpt_turn(calls, reasoning, thoughts)
        before = _think_block(str(part.get("Final Reasoning") or "")) if reasoning else ""
        turns.append({"from": "gpt", "value": before + part["output"].strip()})
    if not any(turn["from"] == "function_call" for turn in turns) and _holds_calls(instance):
        return None
    functions = [tool["function"] for tool in tools]
    return {"conversations": turns, "system": system_text(record), "tools": json.dumps(functions, ensure_ascii=False)}


def _sharegpt_turn(calls: Sequence[Call], reasoning: bool, thoughts: str) -> list[dict[str, str]]:
    first = calls[0][0]
    functions = [{"name": step.action, "arguments": arguments} for step, arguments in calls]
    seen = "\n".join(step.observation.strip() for step, _ in calls)
    before = _think_block(first.reasoning if reasoning else "", first.thought if thoughts == THINK else "")
    call = json.dumps(functions[0] if len(functions) == 1 else functions, ensure_ascii=False)
    return [{"from": "function_call", "value": before + call}, {"from": "observation", "value": seen}]


def _shown(thought: str, thoughts: str) -> str:
    """Return a turn's thought as the text next to its calls."""
    return thought if thoughts == CONTENT else _think_block(thought).strip() if thoughts == THINK else ""


def _think_block(*texts: str) -> str:
    inside = "\n\n".join(text.strip() for text in texts if text.strip())
    return f"<think>\n{inside}\n</think>\n\n" if inside else ""


def is_read_inexactly(number: float) -> bool:
    """Return whether `datasets` makes another number of one in a JSON column, such as 0.6000000000000001 of 0.6.

    Its reader adds the whole part to the digits after the point times a power of ten.
    """
    whole, point, digits = repr(abs(number)).partition(".")
    return bool(point) and "e" not in digits and int(whole) + int(digits) * float(f"1e-{len(digits)}") != abs(number)


def _pieces(rendering: Rendering, record: ApiRecord, instance: Instance) -> list[Segment]:
    head = prompt_head(rendering.form, record, get_details=rendering.get_details)
    return conversation_pieces(rendering.form, head, instance, reasoning=rendering.reasoning,
                               learn_refused=rendering.learn_refused)


def _segments(rendering: Rendering, record: ApiRecord, instance: Instance, _: ChangeTools) -> list[list[Any]]:
    pieces = _pieces(rendering, record, instance)
    return [[text for text, _ in pieces], [trainable for _, trainable in pieces]]


def _text(rendering: Rendering, record: ApiRecord, instance: Instance, _: ChangeTools) -> dict[str, str]:
    pieces = _pieces(rendering, record, instance)
    return {"text": "".join(text for text, _ in pieces)}


def _chat(make: Callable[..., dict[str, Any] | None]) -> ExampleMaker:
    """Return the maker of examples with tools from one of those above."""

    def example(rendering: Rendering, record: ApiRecord, instance: Instance, change: ChangeTools
                ) -> dict[str, Any] | None:
        tools = change(tool_schemas(record, get_details=rendering.get_details))
        return make(record, instance, tools, reasoning=rendering.reasoning, thoughts=rendering.thoughts)

    return example


@dataclass(frozen=True)
class ExampleFormat:
    """A format of training examples: what makes one of an instance, its keys, and what `--help` says of it.

    `thoughts` are the values of `--thoughts` that it can follow, `marks_trained` says whether it tells which turns are
    trained, and `pair` makes an example of two: of a conversation that passed the verification and of one that did not.
    """

    make: ExampleMaker
    columns: Mapping[str, Column]
    help: str
    thoughts: Sequence[str] = (DROP,)
    marks_trained: bool = False
    pair: Callable[[Any, Any], Any] | None = None


_MESSAGES = dict.fromkeys(("messages", "tools"), Column.OBJECTS)
_PAIR = dict.fromkeys(("prompt", "chosen", "rejected", "tools"), Column.OBJECTS)
_SHAREGPT = {"conversations": Column.TURNS, "system": Column.TEXT, "tools": Column.TEXT}
FORMATS = {
    "segments": ExampleFormat(_segments, SEGMENT_COLUMNS, "text pieces and which of them are trained",
                              marks_trained=True),
    "messages": ExampleFormat(_chat(messages_example), _MESSAGES, "chat messages with tools and tool_calls",
                              (DROP, THINK, CONTENT)),
    "sharegpt": ExampleFormat(_chat(sharegpt_example), _SHAREGPT, "conversations with function_call and observation",
                              (DROP, THINK)),
    "text": ExampleFormat(_text, {"text": Column.TEXT}, "one text"),
    "dpo": ExampleFormat(_chat(messages_example), _PAIR,
                         "prompt, chosen and rejected messages, of a conversation that passed the verification and one "
                         "of the same instruction that did not", (DROP, THINK, CONTENT), pair=preference_example),
}
