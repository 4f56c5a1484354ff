"""The judge: a large model reads documentation, golden calls and trace; its answer is parsed into two verdicts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from toolalpaca.conversation.steps import describe_conversation
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.evaluation.cases import Case
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.prompts import AnswerForm, Prompt, answer_in
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.runner.executor import TaskContext

VERDICTS = ("Yes", "No", "Uncertain")
_CHOICE = {"enum": list(VERDICTS)}
FORM = AnswerForm("verdicts", {  # if the roles file asks for JSON
    "type": "object", "additionalProperties": False,
    "properties": {"reasoning": {"type": "string"}, "process_correctness": _CHOICE,
                   "final_response_correctness": _CHOICE},
    "required": ["reasoning", "process_correctness", "final_response_correctness"]}, FailureKind.UNREADABLE_VERDICT)
_MARKUP = re.compile(r"[*_`#>~\"'“”‘’|{}\[\]]+")
_LABEL = re.compile(r"\b(?:(?P<process>process)|(?:final\s+)?(?P<response>response)|final\s+answer)\s+correctness\b"
                    r"(?:\s*\([^()\n]*\))?", re.IGNORECASE)
# What may stand between the label and its verdict.
_BETWEEN = r"[\s:=\-–—]*(?:(?:is|was|verdict|answer|result)\b[\s:=\-–—]*)*"
# "no" opens sentences ("No call is missing"): it is a verdict only where it stands by itself or a reason follows.
_ENDS = r"(?=\s*(?:[.,;:!?)(/&–—-]|$|\n)|\s+(?:and|or|but|because|since|as|due|given|overall)\b)"
_NO = rf"\bno\b{_ENDS}"
_FIRST = re.compile(rf"{_BETWEEN}(?P<word>(?:yes|uncertain)\b|{_NO})", re.IGNORECASE)
# A second verdict in the same line; "uncertain" is an ordinary word too and counts only where it is joined on.
_FURTHER = re.compile(rf"(?P<word>\byes\b{_ENDS}|{_NO}|(?<=[/,;(&])\s*\buncertain\b|(?<=\bor\s)uncertain\b)",
                      re.IGNORECASE)

PLACEHOLDERS = {"functions", "instruction", "golden_answer", "solution"}
_TYPICAL_TOKENS = 220  # of a verdict with its reasoning


@dataclass(frozen=True)
class Verdicts:
    """A judge's two verdicts on one case, each Yes, No or Uncertain."""

    process: str
    response: str


def read_verdicts(answer: str) -> Verdicts:
    """Return the verdicts in a judge's answer, in any order and markup.

    Raises ValueError, with a message for the judge, if one is missing or two different ones answer the same question.
    """
    structured = _structured(answer)
    if structured is not None:
        return structured
    text = _plain(answer)
    found: dict[str, list[set[str]]] = {"process": [], "response": []}
    for label in _LABEL.finditer(text):
        words = _verdicts_after(text, label.end())
        if words:
            found["process" if label["process"] else "response"].append(words)
    return Verdicts(_settled("Process Correctness", found["process"]),
                    _settled("Final Response Correctness", found["response"]))


def _structured(answer: str) -> Verdicts | None:
    """Return the verdicts of an answer in the requested JSON form; None for any other, which is parsed as text."""
    try:
        value = FORM.read(answer)
    except ValueError:
        return None
    return value and Verdicts(value["process_correctness"], value["final_response_correctness"])


def _plain(answer: str) -> str:
    """Return the text without reasoning blocks and markup, underscores in keys such as process_correctness as
    blanks."""
    text = unicodedata.normalize("NFKC", answer_in(answer)[1])
    return _MARKUP.sub(" ", text)


def _verdicts_after(text: str, end_of_label: int) -> set[str]:
    """Return every verdict on the line of a label; none if the label is only mentioned."""
    first = _FIRST.match(text, end_of_label)
    if not first:
        return set()
    rest = text[first.end():].partition("\n")[0]
    label = _LABEL.search(rest)
    further = _FURTHER.finditer(rest[:label.start()] if label else rest)
    return {match["word"].strip().capitalize() for match in [first, *further]}


def _settled(label: str, statements: list[set[str]]) -> str:
    """Return the one verdict of all statements; a list of all three only repeats the question."""
    given = set().union(*(words for words in statements if len(words) < len(VERDICTS)))
    if len(given) == 1:
        return given.pop()
    problem = f'both {" and ".join(sorted(given))} are given for' if given else "there is no verdict for"
    raise ValueError(f'{problem} {label}; end with the line "{label}: " and one of Yes, No and Uncertain')


@dataclass(frozen=True)
class Vote:
    """One answer of the judge: its text and its verdicts."""

    text: str
    verdicts: Verdicts


@dataclass(frozen=True)
class Judgement:
    """The result of the votes on one case."""

    verdicts: Verdicts
    votes: list[Vote]
    unreadable: int = 0

    def entry(self) -> dict[str, Any]:
        """Return the judgement for the results file."""
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
        """Return the judgement; raise RecordError if not a single vote was given and readable."""
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
        model = replace(self.model, sample=sample)
        return model.ask(user_message(filled(self.prompt, case)), lambda text: Vote(text, read_verdicts(text)),
                         record=case.name, form=FORM)


@dataclass(frozen=True)
class JudgeWork:
    """The judge's work, from a case to its judgement."""

    prompt: Prompt
    votes: int = 1

    def begin(self, context: TaskContext) -> Callable[[Case], Judgement]:
        """Return `Judge.judge` with the judge's model."""
        return Judge(context.models["judge"], self.prompt, self.votes).judge


def majority(verdicts: Sequence[str]) -> str:
    """Return the verdict with the most votes; a tie is Uncertain."""
    ranked = Counter(verdicts).most_common(2)
    return "Uncertain" if len(ranked) > 1 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def filled(prompt: Prompt, case: Case) -> str:
    """Return the judge's prompt for one case."""
    solution = describe_conversation(case.turns or (case.instance,))
    return prompt.fill(functions=_functions(case), instruction=case.instruction, golden_answer=describe_golden(case),
                       solution=solution)


def _functions(case: Case) -> str:
    record = case.record
    parts = record.get("Function_Description") or {}
    return (record.get("NLDocumentation") or "\n".join(map(str, parts.values())) or "(not documented)").strip()


def describe_golden(case: Case) -> str:
    """Return the golden calls in the format of a solution's."""
    if case.golden is None:
        return "(none given)"
    lines = [f"Action: {call['Action']}\nAction Input: {call.get('Action_Input') or '{}'}" for call in case.golden]
    return "\n".join(lines) or "(no call is needed)"


def likely_calls(cases: Iterable[Case], prompt: Prompt, votes: int) -> Iterator[tuple[str, list[LikelyCall]]]:
    """Yield for each case the calls it takes if each verdict is readable the first time."""
    for case in cases:
        calls = votes if case.failure is None else 0
        yield case.name, [LikelyCall("judge", tokens_of(filled(prompt, case)), _TYPICAL_TOKENS)] * calls
