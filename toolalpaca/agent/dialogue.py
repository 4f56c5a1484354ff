"""How the loop talks to the assistant: in one text that grows (the four prompt forms), or in native tool calls.

Both give the loop the assistant's next turn and take the steps that came of it, so that their instances look alike.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from toolalpaca.agent.api import Api
from toolalpaca.conversation.forms import (
    PROMPT_FORMS,
    TEMPLATE_FOLDER,
    PromptForm,
    action_text,
    observation_text,
    opening,
    stop_strings,
    turn_text,
)
from toolalpaca.conversation.functions import tool_schemas
from toolalpaca.conversation.parsing import Action, Answer, Turn, Unreadable, parse_turn, read_arguments
from toolalpaca.data.schema import Step
from toolalpaca.llm.chat import Message, user_message
from toolalpaca.llm.endpoint import Completion
from toolalpaca.llm.prompts import Prompt

TOOLS = "tools"  # the name of the fifth form
LOG_FORM = PROMPT_FORMS["train_v2"]  # the form in which steps made by tool calls are written down
_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]")


class Assistant(Protocol):
    """What the text forms need of a model; `toolalpaca.llm.chat.ChatModel` and the local models are two."""

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """The text of one answer."""


class ToolAssistant(Protocol):
    """What native tool calling needs of a model; `toolalpaca.llm.chat.ChatModel` is one."""

    def chat(self, messages: list[Message], *, record: str, **extra: Any) -> Completion:
        """One answer with its tool calls."""


class Dialogue(Protocol):
    """One conversation with the assistant."""

    form: PromptForm

    def turn(self) -> Sequence[Turn]:
        """What the assistant says next: one answer, one unreadable turn, or one or more actions."""

    def saw(self, step: Step) -> None:
        """Take the outcome of a turn's actions, one after the other."""

    def size(self) -> int:
        """How many characters the assistant has to read."""


@dataclass
class TextDialogue:
    """A conversation as one text, in one of the four forms."""

    form: PromptForm
    assistant: Assistant
    record: str
    text: str
    has_observation: bool = False

    @classmethod
    def begin(cls, form: PromptForm, assistant: Assistant, api: Api, record: str, instruction: str) -> "TextDialogue":
        """The conversation up to the first thought."""
        return cls(form, assistant, record, opening(form, api.head(form), instruction))

    def turn(self) -> Sequence[Turn]:
        """Read the text the model goes on with."""
        written = self.assistant.complete(user_message(self.text), record=self.record, stop=stop_strings(self.form))
        return [parse_turn(written, self.form, has_observation=self.has_observation)]

    def saw(self, step: Step) -> None:
        """Write down the step as training shows it."""
        self.text += turn_text(self.form, step) + observation_text(self.form, step)
        self.has_observation = self.has_observation or bool(step[0][0])

    def size(self) -> int:
        """The text's length."""
        return len(self.text)


@dataclass
class ToolDialogue:
    """A conversation in the endpoint's native tool calling; several calls in one turn become several steps."""

    assistant: ToolAssistant
    record: str
    messages: list[Message]
    tools: list[dict[str, Any]]
    names: dict[str, str]  # the function behind each name that the endpoint allows
    form: PromptForm = LOG_FORM
    _open: list[str] = field(default_factory=list)  # calls whose outcome the assistant has not seen

    @classmethod
    def begin(cls, assistant: ToolAssistant, api: Api, record: str, instruction: str) -> "ToolDialogue":
        """System prompt, functions and the user's instruction."""
        tools, names = _with_allowed_names(tool_schemas(api.record, get_details=api.get_details))
        for tool in tools:
            _hide(tool["function"]["parameters"], set(api.record.get("Authentication") or {}))
        system = tools_prompt().fill(name=api.record["Name"], introduction=api.record.get("Introduction") or "")
        messages: list[Message] = [{"role": "system", "content": system}, {"role": "user", "content": instruction}]
        return cls(assistant, record, messages, tools, names)

    def turn(self) -> Sequence[Turn]:
        """Read the calls of the answer, or its text."""
        message = self.assistant.chat(self.messages, record=self.record, tools=self.tools).message
        text, calls = str(message.get("content") or "").strip(), message.get("tool_calls") or []
        if not calls:
            return [Answer("", text) if text else Unreadable("", "Invalid format: the answer is empty.")]
        self.messages.append({"role": "assistant", "content": text, "tool_calls": calls})
        self._open = [str(call.get("id")) for call in calls]
        return [self._action(call, text if number == 0 else "") for number, call in enumerate(calls)]

    def saw(self, step: Step) -> None:
        """Hand the observation to the call it belongs to."""
        if self._open:
            self.messages.append({"role": "tool", "tool_call_id": self._open.pop(0), "content": step[1]})
        else:
            self.messages += [{"role": "assistant", "content": step[0][2] or "(empty)"},
                              {"role": "user", "content": step[1]}]

    def size(self) -> int:
        """The length of the messages and the functions."""
        return len(json.dumps(self.messages)) + len(json.dumps(self.tools))

    def _action(self, call: dict[str, Any], thought: str) -> Turn:
        function = call.get("function") or {}
        name = str(function.get("name") or "")
        read = read_arguments(str(function.get("arguments") or ""))
        if read.arguments is None:
            return Unreadable(action_text(self.form, thought, name, str(function.get("arguments"))).strip(),
                              f"Invalid format: the arguments of {name} {read.problem}.")
        return Action(thought, self.names.get(name, name), read.arguments, read.text, read.notes)


def tools_prompt(folder: Path = TEMPLATE_FOLDER) -> Prompt:
    """The system prompt of native tool calling."""
    return Prompt(folder / "Assistant_tools.txt", {"name", "introduction"})


def _with_allowed_names(tools: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Endpoints take letters, digits, `_` and `-`, 64 at most; the functions behind the names so changed."""
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


def _hide(parameters: dict[str, Any], secret: set[str]) -> None:
    """Take out the credentials, which are filled in for the assistant."""
    parameters["properties"] = {name: schema for name, schema in parameters["properties"].items()
                                if name not in secret}
    parameters["required"] = [name for name in parameters["required"] if name not in secret]
