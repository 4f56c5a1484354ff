"""One conversation: the assistant thinks, acts and observes until it answers the user or runs into a limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from agent.executor import Tools
from agent.parser import Action, Answer, Unreadable, parse_turn
from agent.prompt_forms import (
    TEMPLATE_FOLDER,
    PromptForm,
    action_text,
    observation_text,
    opening,
    stop_strings,
    turn_text,
)
from toolalpaca.errors import RecordError
from toolalpaca.llm import Message, user_message
from toolalpaca.records import Instance, Step


class Assistant(Protocol):
    """What the loop needs of a model; `toolalpaca.llm.ChatModel` and the local models are two."""

    def complete(self, messages: list[Message], *, record: str, stop: list[str] | None = None) -> str:
        """The text of one answer."""


@dataclass(frozen=True)
class Limits:
    """How long a conversation may go on. Instances with more than five steps stay out of the training data, so ten
    leave room to recover from errors without paying for conversations that go in circles."""

    steps: int = 10
    characters: int = 100_000  # of the prompt, about 25,000 tokens
    seconds: float = 1_800.0


@dataclass
class Conversation:
    """An instruction on its way to an instance. `record` is the name under which its model calls are stored."""

    tools: Tools
    assistant: Assistant
    form: PromptForm
    record: str
    instruction: str
    limits: Limits = Limits()
    templates: Path = TEMPLATE_FOLDER
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> Instance:
        """The finished instance. Raises RecordError at a limit, or when a model or the simulator cannot be had."""
        text = opening(self.form, self.tools.api.head(self.form, self.templates), self.instruction)
        deadline = self.clock() + self.limits.seconds
        while len(self.steps) < self.limits.steps:
            self._check_limits(len(text), deadline)
            written = self.assistant.complete(user_message(text), record=self.record, stop=stop_strings(self.form))
            turn = parse_turn(written, self.form, has_observation=self._has_observation())
            if isinstance(turn, Answer):
                self._note(turn.notes)
                return self._instance(turn)
            step = self._step(turn)
            self.steps.append(step)
            text += turn_text(self.form, step) + observation_text(self.form, step)
        raise RecordError("step_limit", f"no final answer after {self.limits.steps} steps", retry_fresh=True)

    def _step(self, turn: Action | Unreadable) -> Step:
        if isinstance(turn, Unreadable):
            return [["", "", turn.text], turn.problem]
        self._note(turn.notes)
        seen, notes = self.tools.call(turn.name, turn.arguments)
        self._note(tuple(notes))
        log = action_text(self.form, turn.thought, turn.name, turn.input_text).strip()
        return [[turn.name, turn.input_text, log], seen]

    def _has_observation(self) -> bool:
        return any(action for (action, _, _), _ in self.steps)

    def _note(self, notes: tuple[str, ...]) -> None:
        self.notes += [f"step {len(self.steps) + 1}: {note}" for note in notes]

    def _check_limits(self, characters: int, deadline: float) -> None:
        if characters > self.limits.characters:
            raise RecordError("token_limit", f"the conversation has {characters} characters, "
                              f"the limit is {self.limits.characters}", retry_fresh=True)
        if self.clock() > deadline:
            raise RecordError("time_limit", f"not finished after {self.limits.seconds:g} s")

    def _instance(self, answer: Answer) -> Instance:
        instance: Instance = {"input": self.instruction, "output": answer.text, "Final Thought": answer.thought,
                              "intermediate_steps": self.steps}
        if self.notes:
            instance["notes"] = self.notes  # type: ignore[typeddict-unknown-key]
        return instance
