"""One conversation: the assistant thinks, acts and observes until it answers the user or runs into a limit."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from toolalpaca.agent.dialogue import Dialogue
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.forms import action_text
from toolalpaca.conversation.parsing import Action, Answer, Unreadable
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.data.schema import Instance, Step
from toolalpaca.llm.cost_estimate import CHARACTERS_PER_TOKEN


@dataclass(frozen=True)
class Limits:
    """How long a conversation may go on. Instances with more than five steps stay out of the training data, so ten
    leave room to recover from errors without paying for conversations that go in circles."""

    steps: int = 10
    tokens: int = 25_000  # that the assistant has to read, about
    seconds: float = 1_800.0


@dataclass
class Conversation:
    """An instruction on its way to an instance."""

    tools: Tools
    dialogue: Dialogue
    instruction: str
    limits: Limits = Limits()
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> Instance:
        """The finished instance. Raises RecordError at a limit, or when a model or the API cannot be had."""
        deadline = self.clock() + self.limits.seconds
        while len(self.steps) < self.limits.steps:
            self._check_limits(deadline)
            for turn in self.dialogue.turn():
                if isinstance(turn, Answer):
                    self._note(turn.notes)
                    return self._instance(turn)
                step = self._step(turn)
                self.steps.append(step)
                self.dialogue.saw(step)
        raise RecordError(FailureKind.STEP_LIMIT, f"no final answer after {self.limits.steps} steps")

    def _step(self, turn: Action | Unreadable) -> Step:
        if isinstance(turn, Unreadable):
            return [["", "", turn.text], turn.problem]
        self._note(turn.notes)
        seen, notes = self.tools.call(turn.name, turn.arguments)
        self._note(tuple(notes))
        log = action_text(self.dialogue.form, turn.thought, turn.name, turn.input_text).strip()
        return [[turn.name, turn.input_text, log], seen]

    def _note(self, notes: tuple[str, ...]) -> None:
        self.notes += [f"step {len(self.steps) + 1}: {note}" for note in notes]

    def _check_limits(self, deadline: float) -> None:
        tokens = self.dialogue.size() // CHARACTERS_PER_TOKEN
        if tokens > self.limits.tokens:
            raise RecordError(FailureKind.TOKEN_LIMIT, f"the conversation has about {tokens} tokens, "
                              f"the limit is {self.limits.tokens}")
        if self.clock() > deadline:
            raise RecordError(FailureKind.TIME_LIMIT, f"not finished after {self.limits.seconds:g} s")

    def _instance(self, answer: Answer) -> Instance:
        instance: Instance = {"input": self.instruction, "output": answer.text, "Final Thought": answer.thought,
                              "intermediate_steps": self.steps}
        if self.notes:
            instance["notes"] = self.notes
        return instance
