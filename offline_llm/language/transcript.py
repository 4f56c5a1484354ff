"""A conversation between user and assistant, read back from a prompt in one of the text forms or from messages."""

import json
import re
from dataclasses import dataclass
from typing import Any

from offline_llm.language.functions import DATE_TIME, GET_DETAILS, RETRIEVAL


@dataclass(frozen=True)
class Step:
    """One call that was made, with what came back. `arguments` is None where the input was no JSON object."""

    action: str
    arguments: dict[str, Any] | None
    observation: str

    @property
    def succeeded(self) -> bool:
        """Whether the observation is an answer and no complaint."""
        if self.action in (GET_DETAILS, RETRIEVAL, DATE_TIME):
            return not re.match(r"Missing required|Parameter type|Unknown param|Invalid|There is no file",
                                self.observation)
        return re.match(r"\s*Status Code:\s*2\d\d", self.observation) is not None

    @property
    def response(self) -> Any:
        """The JSON value that came back; None when there is none."""
        text = self.observation.partition("Response:")[2].strip()
        try:
            return json.JSONDecoder().raw_decode(text)[0]
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Conversation:
    """The part of a prompt that belongs to one conversation; `speaker` is the prefix of the assistant's labels."""

    instruction: str
    steps: list[Step]
    speaker: str = ""


_QUESTION = re.compile(r"(?:\A|\n\n)(Question|USER):[ \t]?")
_LABEL = re.compile(r"\n(?:ASSISTANT )?(Thought|Action Input|Action|Observation|Final Answer|Response):")


def read_conversation(prompt: str) -> Conversation | None:
    """The conversation at the end of an assistant's prompt; None when there is none."""
    openings = list(_QUESTION.finditer(prompt))
    if not openings:
        return None
    opening = openings[-1]  # the template comes first and may show the form
    pieces = _LABEL.split(prompt[opening.end():])
    instruction = pieces[0].strip()
    steps: list[Step] = []
    action = action_input = ""
    for label, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if label == "Thought":
            action = action_input = ""
        elif label == "Action":
            action = text.strip()
        elif label == "Action Input":
            action_input = text.strip()
        elif label == "Observation":
            steps.append(Step(action, parse_arguments(action_input), text.strip()))
    return Conversation(instruction, steps, "ASSISTANT " if opening[1] == "USER" else "")


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The JSON object in an action input."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def steps_from_messages(messages: list[dict[str, Any]]) -> list[Step]:
    """The calls of a conversation in native tool calling, in the order of their answers."""
    calls: dict[str, tuple[str, dict[str, Any] | None]] = {}
    steps = []
    for message in messages:
        tool_calls = message.get("tool_calls")
        for call in tool_calls if isinstance(tool_calls, list) else []:
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                calls[str(call.get("id"))] = (str(function.get("name")),
                                              parse_arguments(str(function.get("arguments") or "")))
        if message["role"] == "tool":
            name, arguments = calls.get(str(message.get("tool_call_id")), ("", None))
            steps.append(Step(name, arguments, message["content"].strip()))
    return steps
