"""The conversation loop: the assistant thinks, acts and observes until it answers the user or reaches a limit."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from toolalpaca.agent.dialogue import Dialogue
from toolalpaca.agent.tools import Tools
from toolalpaca.conversation.parsing import Action, FinalAnswer, Unreadable
from toolalpaca.conversation.steps import Step, step_keys
from toolalpaca.core.errors import FailureKind, RecordError, StageStopped, UsageError
from toolalpaca.data.record_types import Instance
from toolalpaca.llm.usage import CHARACTERS_PER_TOKEN
from toolalpaca.runner.executor import unexpected


@dataclass(frozen=True)
class ConversationLimits:
    """Limits on a conversation.

    Instances with more than five steps are excluded from training data, so ten leave room for recovery from errors
    without paying for conversations that repeat themselves.
    """

    steps: int = 10
    tokens: int = 25_000  # that the assistant has to read, about
    seconds: float = 1_800.0


@dataclass
class Conversation:
    """An instruction on its way to an instance; `next_words` returns what the user says after each answer, given the
    turns that are answered, and None at the end. `steps` are those of the present turn of the user."""

    tools: Tools
    dialogue: Dialogue
    instruction: str
    limits: ConversationLimits = ConversationLimits()
    next_words: Callable[[Sequence[Instance]], str | None] = lambda turns: None
    clock: Callable[[], float] = time.monotonic
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    turn: int = 0
    turns: list[Instance] = field(default_factory=list)

    def run(self) -> Instance:
        """Return the finished instance.

        Raises RecordError at a limit, or if a model or the API cannot be reached; the error holds the steps made so
        far.
        """
        try:
            return self._run()
        except (UsageError, StageStopped):
            raise
        except Exception as error:  # a fault of our own code, too, leaves the steps before it
            failure = error if isinstance(error, RecordError) else unexpected(error)
            failure.partial = {**self._made(), **failure.partial}
            raise failure from error.__cause__

    def _run(self) -> Instance:
        deadline = self.clock() + self.limits.seconds
        while True:
            answer = self._answer(deadline)
            self.turns.append(self._answered_turn(answer))
            said = self.next_words(self.turns)
            if said is None:
                return _joined(self.turns)
            self.dialogue.continue_with(answer, said)
            self.instruction, self.steps, self.notes, self.turn = said, [], [], 0

    def _answer(self, deadline: float) -> FinalAnswer:
        while len(self.steps) < self.limits.steps:
            self._check_limits(deadline)
            self.turn += 1
            for turn in self.dialogue.next_turn():
                if isinstance(turn, FinalAnswer):
                    self._note(turn.notes)
                    return turn
                step = self._step(turn)
                self.steps.append(step)
                self.dialogue.observe(step)
        raise RecordError(FailureKind.STEP_LIMIT, f"no final answer after {self.limits.steps} steps")

    def _step(self, turn: Action | Unreadable) -> Step:
        if isinstance(turn, Unreadable):
            return Step(turn.text, "", "", turn.problem, self.turn, turn.reasoning)
        self._note(turn.notes)
        seen, notes = self.tools.call(turn.name, turn.arguments)
        self._note(tuple(notes))
        return Step(turn.thought, turn.name, turn.input_text, seen, self.turn, turn.reasoning)

    def _note(self, notes: tuple[str, ...]) -> None:
        self.notes += [f"step {len(self.steps) + 1}: {note}" for note in notes]

    def _check_limits(self, deadline: float) -> None:
        tokens = self.dialogue.size() // CHARACTERS_PER_TOKEN
        if tokens > self.limits.tokens:
            raise RecordError(FailureKind.TOKEN_LIMIT, f"the conversation has about {tokens} tokens, "
                              f"the limit is {self.limits.tokens}")
        if self.clock() > deadline:
            raise RecordError(FailureKind.TIME_LIMIT, f"not finished after {self.limits.seconds:g} s")

    def _made(self) -> Instance:
        """Return the instance keys for the turns, steps and notes so far."""
        keys = self._keys()
        return _joined([*self.turns, {"input": self.instruction, **keys}]) if self.turns else keys

    def _keys(self) -> Instance:
        keys = step_keys(self.steps, self.dialogue.form)
        return {**keys, "notes": self.notes} if self.notes else keys

    def _answered_turn(self, answer: FinalAnswer) -> Instance:
        """Return the user's present turn with its answer."""
        instance: Instance = {"input": self.instruction, "output": answer.text, "Final Thought": answer.thought,
                              **self._keys()}
        if answer.reasoning:
            instance["Final Reasoning"] = answer.reasoning
        return instance


def _joined(turns: Sequence[Instance]) -> Instance:
    """Return the first turn with the later ones in its `Turns`."""
    return {**turns[0], "Turns": list(turns[1:])} if len(turns) > 1 else turns[0]
