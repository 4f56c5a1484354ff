"""The judge of the paper: a large model that reads the documentation, the golden calls and the whole trace."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolalpaca.errors import RecordError
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.trace import describe_solution
from toolalpaca.evaluation.verdict import FORM, Verdicts, read_verdicts
from toolalpaca.forecast import LikelyCall, tokens_of
from toolalpaca.llm import ChatModel, user_message
from toolalpaca.prompts import Prompt
from toolalpaca.work import Kit

PLACEHOLDERS = {"functions", "instruction", "golden_answer", "solution"}
UNREADABLE = "unreadable_verdict"
_TYPICAL_TOKENS = 220  # of a verdict with its reasoning


@dataclass(frozen=True)
class Vote:
    """One answer of the judge: the text and what was read in it."""

    text: str
    verdicts: Verdicts


@dataclass(frozen=True)
class Judgement:
    """What the votes on one case come to."""

    verdicts: Verdicts
    votes: list[Vote]
    unreadable: int = 0

    def entry(self) -> dict[str, Any]:
        """The judgement as it stands in the results file."""
        said: dict[str, Any] = {"judgement": self.votes[0].text}
        if len(self.votes) + self.unreadable > 1:
            said["votes"] = [vars(vote.verdicts) | {"text": vote.text} for vote in self.votes]
            said["unreadable_votes"] = self.unreadable
        return said


@dataclass(frozen=True)
class Judge:
    """Asks one model for `votes` verdicts on a case."""

    model: ChatModel
    prompt: Prompt
    votes: int = 1

    def judge(self, case: Case) -> Judgement:
        """Raises RecordError when not one vote could be had or read."""
        votes: list[Vote] = []
        failures: list[RecordError] = []
        for sample in range(self.votes):
            try:
                votes.append(self._vote(case, sample))
            except RecordError as error:
                failures.append(error)
        if not votes:
            raise failures[0]
        return Judgement(Verdicts(majority([vote.verdicts.process for vote in votes]),
                                  majority([vote.verdicts.response for vote in votes])), votes, len(failures))

    def _vote(self, case: Case, sample: int) -> Vote:
        return self.model.ask(user_message(filled(self.prompt, case)), lambda text: Vote(text, read_verdicts(text)),
                              record=case.name, reason=UNREADABLE, sample=sample, form=FORM)


@dataclass(frozen=True)
class JudgeWork:
    """The judge's work: from a case to its judgement."""

    prompt: Prompt
    votes: int = 1

    def begin(self, kit: Kit) -> Callable[[Case], Judgement]:
        """`Judge.judge` with the judge's model."""
        return Judge(kit.models["judge"], self.prompt, self.votes).judge


def majority(verdicts: Sequence[str]) -> str:
    """The verdict that more votes have than any other; a tie is Uncertain."""
    ranked = Counter(verdicts).most_common(2)
    return "Uncertain" if len(ranked) > 1 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def filled(prompt: Prompt, case: Case) -> str:
    """The judge's prompt for one case."""
    return prompt.fill(functions=_functions(case), instruction=case.instruction,
                       golden_answer=describe_golden(case), solution=describe_solution(case.instance))


def _functions(case: Case) -> str:
    record = case.record
    parts = record.get("Function_Description") or {}
    return (record.get("NLDocumentation") or "\n".join(map(str, parts.values())) or "(not documented)").strip()


def describe_golden(case: Case) -> str:
    """The golden calls in the form of a solution's."""
    if case.golden is None:
        return "(none given)"
    lines = [f"Action: {call['Action']}\nAction Input: {call.get('Action_Input') or '{}'}" for call in case.golden]
    return "\n".join(lines) or "(no call is needed)"


def likely_calls(cases: Iterable[Case], prompt: Prompt, votes: int) -> Iterator[tuple[str, list[LikelyCall]]]:
    """For each case the calls it takes to judge it when each verdict can be read at once."""
    for case in cases:
        calls = votes if case.failure is None else 0
        yield case.name, [LikelyCall("judge", tokens_of(filled(prompt, case)), _TYPICAL_TOKENS)] * calls
