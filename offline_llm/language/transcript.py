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
    """A conversation so far: all that the user has said, one thing after the other, and all steps.

    The first `earlier` steps belong to turns that are answered; `speaker` is the prefix of the assistant's labels.
    """

    said: tuple[str, ...]
    steps: list[Step]
    earlier: int = 0
    speaker: str = ""

    @property
    def instruction(self) -> str:
        """All that the user has said as one text."""
        return " ".join(self.said)


_QUESTION = re.compile(r"(?:\A|\n)(Question|USER):[ \t]?")
_LABEL = re.compile(r"(?:\A|\n)(?:ASSISTANT )?"
                    r"(Question|USER|Thought|Action Input|Action|Observation|Final Answer|Response):")
_INVALID = "Invalid format"  # opens what the executor says of a turn that it could not read


def read_conversation(prompt: str) -> Conversation | None:
    """Return the conversation at the end of an assistant's prompt; None if there is none."""
    start = _beginning(prompt)
    if start is None:
        return None
    speaker = "ASSISTANT " if prompt[start:].lstrip().startswith("USER") else ""
    pieces = _LABEL.split(prompt[start:])
    said: list[str] = []
    steps: list[Step] = []
    earlier, action, action_input = 0, "", ""
    for label, text in zip(pieces[1::2], map(str.strip, pieces[2::2]), strict=True):
        if label in ("Question", "USER"):
            said.append(text)
            earlier = len(steps)
        elif label == "Thought":
            action = action_input = ""
        elif label == "Action":
            action = text
        elif label == "Action Input":
            action_input = text
        elif label == "Observation":
            steps.append(Step(action, parse_arguments(action_input), text))
    return Conversation(tuple(said), steps, earlier, speaker)


def _beginning(prompt: str) -> int | None:
    """Return where the conversation begins: the template comes before it and may show the form."""
    openings = list(_QUESTION.finditer(prompt))
    while len(openings) > 1 and _is_answered(prompt[openings[-2].end():openings[-1].start()]):
        openings.pop()
    return openings[-1].start() if openings else None


def _is_answered(turn: str) -> bool:
    """Return whether a turn ends in an answer, so that what the user says next is a later turn."""
    return re.search(r"\n(?:ASSISTANT )?(?:Final Answer|Response):", turn) is not None


def parse_arguments(text: str) -> dict[str, Any] | None:
    """The JSON object in an action input."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def conversation_in(messages: list[dict[str, Any]]) -> Conversation:
    """Return a conversation in native tool calling, its steps in the order of their answers."""
    calls: dict[str, tuple[str, dict[str, Any] | None]] = {}
    said: list[str] = []
    steps: list[Step] = []
    earlier = 0
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
        elif message["role"] == "user" and not message["content"].startswith(_INVALID):
            said.append(message["content"])
            earlier = len(steps)
    return Conversation(tuple(said), steps, earlier)
