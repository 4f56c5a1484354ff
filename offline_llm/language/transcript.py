"""A conversation between user and assistant, parsed from a prompt in a text form or from chat messages."""

import json
from dataclasses import dataclass
from typing import Any

from offline_llm.language.described_functions import DATE_TIME, GET_DETAILS, RETRIEVAL
from toolalpaca.conversation.forms import LOG_FORM, PromptForm
from toolalpaca.conversation.observation import Observation
from toolalpaca.conversation.rendering import read_prompt


@dataclass(frozen=True)
class TranscriptStep:
    """A call that was made and its result. `arguments` is None if the input was not a JSON object."""

    action: str
    arguments: dict[str, Any] | None
    observation: str

    @property
    def succeeded(self) -> bool:
        """Return whether the observation is a successful response."""
        if self.action in (GET_DETAILS, RETRIEVAL, DATE_TIME):
            return not (Observation(self.observation).refuses_arguments
                        or self.observation.startswith(("Invalid", "There is no file")))
        return Observation(self.observation).succeeded

    @property
    def response(self) -> Any:
        """Return the response as JSON; None if there is none."""
        return Observation(self.observation).body


@dataclass(frozen=True)
class Transcript:
    """A conversation so far: everything the user has said, in order, and all steps.

    The first `earlier` steps belong to turns that have been answered; `head` is the prompt's text before the
    conversation.
    """

    said: tuple[str, ...]
    steps: list[TranscriptStep]
    earlier: int = 0
    form: PromptForm = LOG_FORM
    head: str = ""

    @property
    def instruction(self) -> str:
        """Return everything the user has said as one text."""
        return " ".join(self.said)



def read_conversation(prompt: str) -> Transcript | None:
    """Return the conversation at the end of an assistant's prompt; None if there is none."""
    found = read_prompt(prompt)
    if found is None:
        return None
    steps = [TranscriptStep(step.action, parse_arguments(step.input), step.observation) for step in found.steps]
    return Transcript(found.questions, steps, found.earlier, found.form, found.head)


def parse_arguments(text: str) -> dict[str, Any] | None:
    """Return the JSON object in an action input; None if it is not one."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def conversation_in(messages: list[dict[str, Any]]) -> Transcript:
    """Return a conversation in native tool calling, its steps in the order of their results."""
    calls: dict[str, tuple[str, dict[str, Any] | None]] = {}
    said: list[str] = []
    steps: list[TranscriptStep] = []
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
            steps.append(TranscriptStep(name, arguments, message["content"].strip()))
        elif message["role"] == "user" and not Observation(message["content"]).refuses_format:
            said.append(message["content"])
            earlier = len(steps)
    return Transcript(tuple(said), steps, earlier)
