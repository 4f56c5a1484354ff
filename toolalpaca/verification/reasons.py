"""Reasons why an instance does not pass: a code that is counted, and the finding in this instance."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NotRequired, TypedDict

STAGES = ("format", "execution", "semantics", "judge")

CODES = {
    "no_instance": "stage 6 could not make it",
    "malformed": "not in the form of an instance",
    "labels_in_text": "the assistant's text runs on into calls or observations of its own making",
    "unknown_function": "a call of a function that does not exist was answered",
    "wrong_function": "a call of another API's function, which was shown among the API's own",
    "unreadable_input": "the action input is no JSON object, but the call was answered",
    "wrong_arguments": "arguments do not fit the document, but the call was answered",
    "refused_without_reason": "the observation reports an error in arguments that fit",
    "no_call": "no call of the API succeeded",
    "infrastructure": "a call failed for reasons of the network or a server",
    "not_recovered": "a call failed and was never made good",
    "answer_breaks_document": "an API's answer does not fit the document",
    "answer_breaks_request": "an API's answer is about something else than what was asked",
    "ungrounded_argument": "an argument that nobody gave",
    "unsupported_answer": "the final answer states what no observation shows",
    "contradicted_answer": "the final answer contradicts an observation",
    "repeated_write": "the same change was made twice",
    "done_before_asking": "something was changed before the user was asked",
    "unasked_change": "something was changed that was not asked for",
    "wrong_thing": "a call is about another thing than the one that was named",
    "incomplete": "some of the things that were meant were left out",
    "unmade_action": "the final answer says that something was done which no call did",
    "unused_value": "a value that the user gave is in no call and not in the final answer",
    "left_out": "a part of what was asked for is not in the final answer",
    "not_found_untold": "what was looked for was not found, and the final answer does not say so",
    "only_asks": "the final answer is a question to the user",
    "judge_process": "the judge finds the calls wrong or cannot tell",
    "judge_response": "the judge finds the final answer wrong or cannot tell",
    "judge_failed": "the judge gave no verdict",
}


@dataclass(frozen=True)
class Reason:
    """One finding; `step` counts from 1 and is 0 for the instance as a whole."""

    stage: str
    code: str
    detail: str
    step: int = 0

    def text(self) -> str:
        """Return the finding as stored in the file."""
        where = f"step {self.step}: " if self.step else ""
        return f"{self.code}: {where}{self.detail}"


class Verification(TypedDict):
    """What is written beside an instance. A stage that was not reached, or not asked for, is null; `rank` is there if
    several conversations of one instruction were compared, 1 for the best."""

    passed: bool
    format: bool
    execution: bool | None
    semantics: bool | None
    judge: bool | None
    reasons: list[str]
    rank: NotRequired[int]


def verification(reasons: Iterable[Reason], reached: Iterable[str]) -> Verification:
    """Return the stored form of the stages that were reached and the reasons they found."""
    found, seen = list(reasons), set(reached)
    failed = {reason.stage for reason in found}
    stages = {stage: stage not in failed if stage in seen else None for stage in STAGES}
    return {"passed": not found, "reasons": [reason.text() for reason in found],
            **stages}  # type: ignore[typeddict-item]
