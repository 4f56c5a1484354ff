"""The interface between the loop and the assistant, and the text dialogue: a growing prompt in one of the forms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.conversation.forms import PromptForm
from toolalpaca.conversation.native_calls import Functions
from toolalpaca.conversation.parsing import FinalAnswer, Turn, parse_turn
from toolalpaca.conversation.rendering import (
    next_question,
    observation_text,
    opening,
    stop_strings,
    thinking,
    turn_text,
)
from toolalpaca.conversation.steps import Step
from toolalpaca.llm.chat import Message, user_message
from toolalpaca.llm.completion import REASONING_KEYS, Completion


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


def reasoning_of(message: dict[str, Any]) -> str:
    """Return the reasoning that came with an answer, under whichever key."""
    return next((str(message[key]) for key in REASONING_KEYS if message.get(key)), "")


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
    def begin(cls, form: PromptForm, assistant: Assistant, api: Api, record: str, instruction: str) -> "TextDialogue":
        """Return the conversation up to the first thought."""
        return cls(form, assistant, record, opening(form, api.head(form), instruction), api.parameters)

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
