"""The assistant as the conversation loop sees it: a text dialogue, whose prompt grows in one of the forms, or the
endpoint's native tool calling, whose parallel calls in one turn become several steps."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from toolalpaca.agent.api import Api
from toolalpaca.conversation.action_input import read_arguments
from toolalpaca.conversation.forms import LOG_FORM, PromptForm, holds_label
from toolalpaca.conversation.functions import meant_function, tool_schemas
from toolalpaca.conversation.native_calls import MARK, Functions, find_call
from toolalpaca.conversation.observation import INVALID_FORMAT
from toolalpaca.conversation.parsing import Action, FinalAnswer, Turn, Unreadable, parse_turn
from toolalpaca.conversation.rendering import (
    next_question,
    observation_text,
    opening,
    stop_strings,
    thinking,
    turn_text,
)
from toolalpaca.conversation.steps import Step, call_id
from toolalpaca.core.files import PROMPTS
from toolalpaca.data.record_types import GET_DETAILS
from toolalpaca.llm.chat import Message, user_message
from toolalpaca.llm.completion import Completion, reasoning_fields, reasoning_of
from toolalpaca.llm.prompts import Prompt


class Assistant(Protocol):
    """The interface of a model for text forms, implemented by `EndpointAssistant` and the local models."""

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """Return the text of one answer, preceded by its reasoning, if any, in a `<think>` block."""


class ToolAssistant(Protocol):
    """The interface of a model for native tool calling, implemented by `toolalpaca.llm.chat.ChatModel`."""

    def chat(self, messages: list[Message], *, record: str, **extra: Any) -> Completion:
        """Return one answer with its tool calls."""


class Dialogue(Protocol):
    """One conversation with the assistant."""

    form: PromptForm

    def next_turn(self) -> Sequence[Turn]:
        """Return the assistant's next turn: one answer, one unreadable turn, or one or more actions."""

    def observe(self, step: Step) -> None:
        """Add the result of one of the turn's actions."""

    def continue_with(self, answer: FinalAnswer, said: str) -> None:
        """Add the assistant's answer and the user's next message."""

    def size(self) -> int:
        """Return how many characters the assistant has to read."""


@dataclass(frozen=True)
class EndpointAssistant:
    """A model of an endpoint as the assistant of the text forms."""

    model: ToolAssistant

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """Return the text of one answer, preceded by its reasoning."""
        message = self.model.chat(messages, record=record, stop=stop).message
        return thinking(reasoning_of(message)) + str(message.get("content") or "")


@dataclass
class TextDialogue:
    """A conversation as one text, in one of the prompt forms."""

    form: PromptForm
    assistant: Assistant
    record: str
    text: str
    functions: Functions
    has_observation: bool = False

    @classmethod
    def begin(cls, assistant: Assistant, api: Api, record: str, instruction: str, form: PromptForm,
              examples: str = "") -> "TextDialogue":
        """Return the conversation up to the first thought, after the text of worked `examples`."""
        text = opening(form, api.head(form) + examples, instruction)
        return cls(form, assistant, record, text, api.parameters)

    def next_turn(self) -> Sequence[Turn]:
        """Parse the model's continuation of the text."""
        written = self.assistant.complete(user_message(self.text), record=self.record, stop=stop_strings(self.form))
        return [parse_turn(written, self.form, has_observation=self.has_observation, functions=self.functions)]

    def observe(self, step: Step) -> None:
        """Append the step as in training, without its reasoning."""
        self.text += turn_text(self.form, step) + observation_text(self.form, step)
        self.has_observation = self.has_observation or step.is_call

    def continue_with(self, answer: FinalAnswer, said: str) -> None:
        """Append the answer, and the user's next message as a new question."""
        self.text += self.form.answer_text(answer.thought, answer.text) + next_question(self.form, said)

    def size(self) -> int:
        """Return the text's length."""
        return len(self.text)


ASK_WITH_CALL = (f"{INVALID_FORMAT}: this asks the user in prose, whom only {GET_DETAILS} reaches. Call {GET_DETAILS} "
                 "with the question, or give the final answer.")
WITHOUT_LABELS = (f'{INVALID_FORMAT}: the text has labels such as "{LOG_FORM.action}". Call the function as a tool, or '
                  "give the final answer without labels.")
_SIGNATURE = re.compile(r"extra_content|signature|specific_fields")  # of a call, which some servers demand back
_OFFER = re.compile(  # the last sentence of an answer, by which it offers more: nothing waits for a reply
    r"\W*(?:(?:would|do) you (?:like|want|prefer) (?:me to|another|more|to (?:see|know|hear)|any\w* (?:more|else))\b|"
    r"(?:do you )?want me to\b|(?:shall|should) i\b(?!.* or )|"
    r"(?:is there )?anything else\b|(?:how|what) else can i\b|(?:can|may) i (?:help|assist)\b|"
    r"would that (?:help|be)\b)",
    re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.!?…:;–—])[\s*_)\"'”]+|\n+")
_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]")
_TAGGED_ANSWER = re.compile(r"<((?:final_)?(?:answer|response))>\s*(?P<answer>.*?)\s*</\1>", re.DOTALL | re.IGNORECASE)


@dataclass
class ToolDialogue:
    """A conversation as chat messages with tool calls."""

    assistant: ToolAssistant
    record: str
    messages: list[Message]
    tools: list[dict[str, Any]]
    names: dict[str, str]  # the function that each name allowed by the endpoint stands for
    functions: Functions  # the parameters of the functions, by name
    form: PromptForm = LOG_FORM
    _open: list[str] = field(default_factory=list)  # calls whose outcome the assistant has not seen
    _made: int = 0  # ids of calls that had none
    _asked_in_prose: bool = False

    @classmethod
    def begin(cls, assistant: ToolAssistant, api: Api, record: str, instruction: str) -> "ToolDialogue":
        """Return the system prompt, the functions and the user's instruction."""
        tools, names = _with_allowed_names(tool_schemas(api.record, get_details=api.get_details))
        system = tools_prompt().fill(name=api.record["Name"], introduction=api.record.get("Introduction") or "")
        messages: list[Message] = [{"role": "system", "content": system}, {"role": "user", "content": instruction}]
        return cls(assistant, record, messages, tools, names, api.parameters)

    def next_turn(self) -> Sequence[Turn]:
        """Parse the calls of the answer, or its text."""
        message = self.assistant.chat(self.messages, record=self.record, tools=self.tools).message
        text, calls = str(message.get("content") or "").strip(), message.get("tool_calls") or []
        reasoning = reasoning_of(message)
        if not calls:
            return [self._text_turn(text, reasoning)]
        given: list[dict[str, Any]] = []
        for call in calls:
            given.append(self._checked(call, {one["id"] for one in given}))
        self.messages.append(cast(Message, {"role": "assistant", "content": text, "tool_calls": given,
                                            **reasoning_fields(message)}))  # some servers insist on it
        self._open = [call["id"] for call in given]
        return [self._action(call, text if number == 0 else "", reasoning if number == 0 else "")
                for number, call in enumerate(calls)]

    def observe(self, step: Step) -> None:
        """Add the observation to the call it belongs to."""
        if self._open:
            self.messages.append({"role": "tool", "tool_call_id": self._open.pop(0), "content": step.observation})
        else:
            written = self.form.call_text(step.thought, step.action, step.input) if step.is_call else step.thought
            self.messages += [{"role": "assistant", "content": written.strip() or "(empty)"},
                              {"role": "user", "content": step.observation}]

    def continue_with(self, answer: FinalAnswer, said: str) -> None:
        """Add the answer and the user's next message."""
        self.messages += [{"role": "assistant", "content": answer.text}, {"role": "user", "content": said}]

    def size(self) -> int:
        """Return the length of the messages and the functions."""
        return len(json.dumps(self.messages)) + len(json.dumps(self.tools))

    def _text_turn(self, text: str, reasoning: str) -> Turn:
        """Parse a turn without tool calls: a call that the server left in the text, a question, or the answer."""
        if not text:
            return Unreadable("", f"{INVALID_FORMAT}: the answer is empty.", reasoning)
        found = find_call(text, self._allowed)
        name = self._function(found.name) if found else ""
        if found and (name in self.functions or found.problem or MARK.search(text)):
            read = read_arguments(found.input_text, name, self.functions.get(name))
            if found.problem or read.arguments is None:
                problem = found.problem or f"the arguments of {name} {read.problem}"
                return Unreadable(text, f"{INVALID_FORMAT}: {problem}. Make the call again.", reasoning)
            return Action(found.before.strip(), name, read.arguments, read.text, read.notes, reasoning)
        if holds_label(text):
            return self._labelled_turn(text, reasoning)
        if self._is_question(text):
            self._asked_in_prose = True
            return Unreadable(text, ASK_WITH_CALL, reasoning)
        tagged = _TAGGED_ANSWER.fullmatch(text)
        return FinalAnswer("", tagged["answer"] if tagged else text, reasoning=reasoning)

    def _labelled_turn(self, text: str, reasoning: str) -> Turn:
        """Parse a turn written as in a text form, which some models fall back to."""
        observed = any(message["role"] == "tool" for message in self.messages)
        turn = parse_turn(text, self.form, has_observation=observed, functions=self.functions)
        if isinstance(turn, Unreadable):
            return Unreadable(text, WITHOUT_LABELS, reasoning)
        return replace(turn, reasoning=reasoning)

    def _is_question(self, text: str) -> bool:
        """Return whether the text asks the user before any call was made; the assistant is told once how to ask.

        An answer that ends by offering something more is one.
        """
        untouched = all(message["role"] in ("system", "user") for message in self.messages)
        if not untouched or self._asked_in_prose or GET_DETAILS not in self.functions:
            return False
        *before, last = [one for one in _SENTENCE_END.split(text.rstrip("*_ )\"'”")) if one]
        return last.endswith(("?", "？")) and not (any(not one.endswith("?") for one in before) and _OFFER.match(last))

    @property
    def _allowed(self) -> Functions:
        """Return the parameters also under the names that the endpoint accepts."""
        return {**{name: self.functions.get(function, ()) for name, function in self.names.items()}, **self.functions}

    def _function(self, name: str) -> str:
        meant = meant_function(name, self._allowed)
        return self.names.get(meant, meant)

    def _checked(self, call: dict[str, Any], taken: set[str]) -> dict[str, Any]:
        """Return the call as it is sent back: with an id of its own, the function's name as the
        endpoint was given it, and arguments that are valid JSON."""
        function = call.get("function") or {}
        name, text = str(function.get("name") or "").strip(), str(function.get("arguments") or "")
        read = read_arguments(text)
        id_ = str(call.get("id") or "")
        if not id_ or id_ in taken:
            self._made += 1
            id_ = call_id(self._made)
        meant = self._function(name)
        name = next((allowed for allowed, function in self.names.items() if function == meant), name)
        signed = {key: value for key, value in call.items() if _SIGNATURE.search(key)}
        return {**signed, "id": id_, "type": "function",
                "function": {"name": _UNSAFE.sub("_", name)[:64] or "unknown", "arguments": read.text or "{}"}}

    def _action(self, call: dict[str, Any], thought: str, reasoning: str) -> Turn:
        function = call.get("function") or {}
        name, text = self._function(str(function.get("name") or "")), str(function.get("arguments") or "")
        read = read_arguments(text, name, self.functions.get(name))
        if read.arguments is None:
            return Unreadable(self.form.call_text(thought, name, text).strip(),
                              f"{INVALID_FORMAT}: the arguments of {name} {read.problem}.", reasoning)
        return Action(thought, name, read.arguments, read.text, read.notes, reasoning)


def tools_prompt() -> Prompt:
    """Return the system prompt of native tool calling."""
    return Prompt(PROMPTS / "Assistant_tools.txt", {"name", "introduction"})


def _with_allowed_names(tools: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the tools under names that endpoints accept (letters, digits, `_` and `-`, at most 64), and the
    function for each of these names."""
    names: dict[str, str] = {}
    changed = []
    for tool in tools:
        function = tool["function"]
        allowed = stem = _UNSAFE.sub("_", function["name"])[:60]
        number = 2
        while allowed in names:
            allowed, number = f"{stem}_{number}", number + 1
        names[allowed] = function["name"]
        changed.append({**tool, "function": {**function, "name": allowed}})
    return changed, names
