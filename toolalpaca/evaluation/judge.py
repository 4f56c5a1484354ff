"""The judge: a large model reads documentation, golden calls and trace; its answer is parsed into two verdicts. And the
judging stage, in which known verdicts are reused and the others requested, several at a time."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from toolalpaca.conversation.steps import describe_conversation
from toolalpaca.core.errors import FailureKind, RecordError
from toolalpaca.core.log import log_line
from toolalpaca.evaluation.cases import Case
from toolalpaca.evaluation.results import VERDICTS, Entry, entry_of, failed_entry, known_entries
from toolalpaca.llm.chat import ChatModel, user_message
from toolalpaca.llm.prompts import AnswerForm, Prompt, answer_in
from toolalpaca.llm.usage import LikelyCall, tokens_of
from toolalpaca.runner.executor import Result, TaskContext
from toolalpaca.runner.stage import RunOptions, Stage, StagePlan

_CHOICE = {"enum": list(VERDICTS)}
VERDICTS_FORM = AnswerForm("verdicts", {  # if the roles file asks for JSON
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
        value = VERDICTS_FORM.read(answer)
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

    def entry(self, case: Case) -> Entry:
        """Return the judgement of a case for the results file."""
        said: dict[str, Any] = {"judgement": self.votes[0].text}
        if len(self.votes) + self.unreadable > 1:
            said["votes"] = [vars(vote.verdicts) | {"text": vote.text} for vote in self.votes]
            said["unreadable_votes"] = self.unreadable
        return entry_of(case, process_correctness=self.verdicts.process,
                        final_response_correctness=self.verdicts.response, **said)


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
                         record=case.name, form=VERDICTS_FORM)


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


STAGE = "evaluation"


@dataclass(frozen=True)
class JudgeConfig:
    """Command-line options of the judge: its prompt template, and how many verdicts it gives per case."""

    template: Path
    votes: int
    run: RunOptions


class Judging:
    """One run of the stage, opened before any call."""

    def __init__(self, config: JudgeConfig, cases: Sequence[Case], output: Path) -> None:
        """Open the stage; raise UsageError for an invalid template, roles file or existing output."""
        self._cases, self._votes, self._output = cases, config.votes, output
        self._prompt = Prompt(config.template, PLACEHOLDERS)
        # The number of votes is no setting of the store's: more votes add to those that were cast.
        plan = StagePlan(STAGE, output.parent, ("judge",), "judge", {"evaluation_prompt": self._prompt.fingerprint})
        self.stage = Stage(plan, config.run)
        if not config.run.dry_run:
            self.stage.begin(output, [case.name for case in cases])

    def settings(self) -> dict[str, Any]:
        """Return the settings that determine the verdicts, for the results file."""
        settings = {name: value for name, value in self.stage.report.settings.items() if name != "num_workers"}
        return settings | {"verdicts_of": "judge", "votes": self._votes}

    def dry_run(self) -> int:
        """Print the estimated cost of judging; return the exit code."""
        return self.stage.dry_run(likely_calls(self._cases, self._prompt, self._votes))

    def entries(self, *, continue_run: bool) -> list[Entry]:
        """Return one entry per case, in order.

        Cases without a solution take no call, nor do those that `continue_run` finds in the output file.
        """
        known = known_entries(self._output, self._cases, self.settings()) if continue_run else {}
        entries = {case.name: failed_entry(case) for case in self._cases if case.failure is not None} | known
        self.stage.report.made += len(entries)
        temperature = self.stage.roles["judge"].temperature
        if self._votes > 1 and temperature == 0:
            log_line("note: votes at temperature 0 are nearly copies of one another; set --temperature, such as 0.7")
        asked = [case for case in self._cases if case.name not in entries]
        work = JudgeWork(self._prompt, self._votes)
        results: list[Result[Judgement]] = self.stage.run(asked, work, name=lambda case: case.name, unit="case")
        for case, result in zip(asked, results, strict=True):
            entries[case.name] = _judged_entry(case, result)
        return [entries[case.name] for case in self._cases]


def _judged_entry(case: Case, result: Result[Judgement]) -> Entry:
    """Return the entry of a judged case, with the verdicts or the reason why there are none."""
    if result.value is not None:
        return result.value.entry(case)
    kind = {"judge_error_kind": result.error.kind} if result.error is not None else {}
    return entry_of(case, judge_error=str(result.error), **kind)
